#include "content/guard/guard_api.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/encoding.h"
#include "base/text.h"
#include "formats/json/document.h"
#include "formats/json/writer.h"

namespace sally::content {
namespace {

using formats::JsonDocument;
using formats::JsonValue;
using formats::JsonWriter;

constexpr std::array<std::string_view, 4> kApis = {"chat", "moderation", "classify", "shields"};
constexpr size_t kDepth = 16;
constexpr size_t kMembers = 2'000;
constexpr int kMostTokens = 16;  // of a chat model's answer: the first word counts

// What a chat model's answer begins with, lower case.
struct Word {
  std::string_view word;
  float score;
};
constexpr std::array kWords = {
    Word{"unsafe", 1},    Word{"safe", 0},   Word{"yes", 1},       Word{"no", 0},
    Word{"injection", 1}, Word{"benign", 0}, Word{"jailbreak", 1}, Word{"malicious", 1},
};
// Labels of classifiers that say a text is none; every other says it is an attack. Lower case.
constexpr std::array<std::string_view, 8> kHarmless = {"benign", "safe",  "legit",    "label_0",
                                                       "no",     "clean", "harmless", "normal"};

Error unreadable(std::string_view why) {
  return Error(ErrorKind::kUpstream, "the guard model's answer cannot be read: " + std::string(why),
               "look at `attacks.second_opinion`: is `api` what the server speaks?");
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), to_lower);
  return out;
}

// The beginning and the end of a text that is too long, each cut where a character begins.
std::string shown(std::string_view text) {
  if (text.size() <= GuardSettings::kMostShown) {
    return std::string(text);
  }
  const auto continues = [text](size_t at) {
    return (static_cast<uint8_t>(text[at]) & 0xC0U) == 0x80;
  };
  constexpr size_t kHalf = GuardSettings::kMostShown / 2;
  size_t end = kHalf;
  while (end > 0 && continues(end)) {
    --end;
  }
  size_t begin = text.size() - kHalf;
  while (begin < text.size() && continues(begin)) {
    ++begin;
  }
  return std::string(text.substr(0, end)) + "\n[...]\n" + std::string(text.substr(begin));
}

Result<Opinion> opinion_of(double score) {
  if (!std::isfinite(score) || score < 0 || score > 1) {
    return unreadable("a score is not between 0 and 1");
  }
  return Opinion{static_cast<float>(score)};
}

Result<Opinion> read_chat(const JsonValue& root) {
  TRY(const JsonValue choices, root.member("choices"));
  TRY(const JsonValue list, choices.as_array());
  if (list.size() == 0) {
    return unreadable("it has no choices");
  }
  TRY(const JsonValue message, (*list.begin()).member("message"));
  TRY(const std::string_view content, message.string("content"));
  const std::string said = lower_case(content.substr(0, 64));
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto begin = std::ranges::find_if(said, is_letter);
  const auto end = std::find_if_not(begin, said.end(), is_letter);
  const std::string_view first(begin, end);
  const auto* const known = std::ranges::find(kWords, first, &Word::word);
  if (known == kWords.end()) {
    return unreadable("its first word is neither yes nor no");
  }
  return Opinion{known->score};
}

Result<Opinion> read_moderation(const JsonValue& root) {
  TRY(const JsonValue results, root.member("results"));
  TRY(const JsonValue list, results.as_array());
  if (list.size() == 0) {
    return unreadable("it has no results");
  }
  TRY(const bool flagged, (*list.begin()).boolean("flagged"));
  return Opinion{flagged ? 1.0F : 0.0F};
}

// `[{"label": "JAILBREAK", "score": 0.98}, ...]`, perhaps once more in a list; or one that is not.
Result<Opinion> read_classes(JsonValue value) {
  if (value.is_array() && value.size() > 0 && (*value.begin()).is_array()) {
    value = *value.begin();
  }
  double harmless = 0;
  double others = 0;
  size_t labels = 0;
  const auto take = [&](const JsonValue& one) -> Result<> {
    TRY(const std::string_view label, one.string("label"));
    TRY(const double score, one.number("score"));
    TRY_OK(opinion_of(score));
    ++labels;
    (std::ranges::find(kHarmless, lower_case(label)) == kHarmless.end() ? others : harmless) +=
        score;
    return ok();
  };
  if (value.is_object()) {
    TRY_OK(take(value));
  } else {
    TRY(const JsonValue list, value.as_array());
    for (const JsonValue one : list) {
      TRY_OK(take(one));
    }
  }
  if (labels == 0) {
    return unreadable("it has no labels");
  }
  // Where only the best label is told, the rest of the one is the other side's.
  return opinion_of(std::min(1.0, others > 0 ? others : 1 - harmless));
}

Result<Opinion> read_shields(const JsonValue& root) {
  size_t looked = 0;
  bool attack = false;
  const auto take = [&](const JsonValue& analysis) -> Result<> {
    TRY(const bool detected, analysis.boolean("attackDetected"));
    attack = attack || detected;
    ++looked;
    return ok();
  };
  if (const auto user = root.find("userPromptAnalysis"); user && !user->is_null()) {
    TRY_OK(take(*user));
  }
  if (const auto documents = root.find("documentsAnalysis"); documents && !documents->is_null()) {
    TRY(const JsonValue list, documents->as_array());
    for (const JsonValue one : list) {
      TRY_OK(take(one));
    }
  }
  if (looked == 0) {
    return unreadable("it holds no analysis");
  }
  return Opinion{attack ? 1.0F : 0.0F};
}

Result<Opinion> read(GuardApi api, const JsonValue& root) {
  switch (api) {
    case GuardApi::kChat:
      return read_chat(root);
    case GuardApi::kModeration:
      return read_moderation(root);
    case GuardApi::kClassify:
      return read_classes(root);
    case GuardApi::kShields:
      return read_shields(root);
  }
  return unreadable("its API is not known");
}

}  // namespace

std::string_view name_of(GuardApi api) {
  return kApis[static_cast<size_t>(api)];
}

std::optional<GuardApi> parse_guard_api(std::string_view text) {
  const auto* const found = std::ranges::find(kApis, text);
  return found == kApis.end() ? std::nullopt
                              : std::optional(static_cast<GuardApi>(found - kApis.begin()));
}

Secret guard_question(const GuardSettings& settings, const DoubtfulText& text) {
  const std::string part = shown(text.text);
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  switch (settings.api) {
    case GuardApi::kChat: {
      std::string told = settings.prompt;
      if (const size_t hole = told.find(GuardSettings::kHole); hole != std::string::npos) {
        told.replace(hole, GuardSettings::kHole.size(), part);
      }
      json.member("model", settings.model);
      json.key("messages").begin_array().begin_object();
      json.member("role", "user").member("content", told);
      json.end_object().end_array();
      json.member("max_tokens", kMostTokens).member("temperature", 0).member("stream", false);
      break;
    }
    case GuardApi::kModeration:
      if (!settings.model.empty()) {
        json.member("model", settings.model);
      }
      json.member("input", part);
      break;
    case GuardApi::kClassify:
      json.member("inputs", part).member("truncate", true);
      break;
    case GuardApi::kShields: {
      const bool document = is_untrusted(text.provenance);
      json.member("userPrompt", document ? std::string_view() : std::string_view(part));
      json.key("documents").begin_array();
      if (document) {
        json.string(part);
      }
      json.end_array();
      break;
    }
  }
  json.end_object();
  json.finish();
  return Secret::take(std::move(out));
}

Result<Opinion> read_guard_answer(GuardApi api, std::string_view body) {
  const auto document =
      JsonDocument::parse(body, {.bytes = body.size(), .depth = kDepth, .members = kMembers});
  if (!document.ok()) {
    return unreadable("it is no JSON");
  }
  auto opinion = read(api, document->root());
  if (!opinion.ok() && opinion.error().kind() != ErrorKind::kUpstream) {
    return unreadable(opinion.error().message());
  }
  return opinion;
}

}  // namespace sally::content
