#include "content/service/presidio.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "base/text.h"
#include "content/anonymise/anonymiser.h"
#include "content/best_spans.h"
#include "content/custom/custom_recognizers.h"
#include "content/custom/regex_size.h"
#include "content/service/code_points.h"
#include "content/service/findings_limit.h"
#include "content/service/spans_json.h"
#include "formats/json/document.h"
#include "formats/json/writer.h"

namespace sally::content {
namespace {

using formats::JsonDocument;
using formats::JsonValue;
using formats::JsonWriter;

constexpr size_t kMostTexts = 10'000;
constexpr size_t kMostReplaced = 16UL * 1024 * 1024;  // octets of all that stands for spans

Error wrong(std::string message, std::string hint = {}) {
  return Error(ErrorKind::kInvalidInput, std::move(message), std::move(hint));
}

Result<std::vector<std::string_view>> texts_of(const JsonValue& root, std::string_view name) {
  std::vector<std::string_view> out;
  const auto member = root.find(name);
  if (!member || member->is_null()) {
    return out;
  }
  TRY(const JsonValue array, member->as_array());
  for (const JsonValue one : array) {
    TRY(const std::string_view text, one.as_string());
    out.push_back(text);
  }
  return out;
}

// What an analysis asks for besides the text.
struct Wanted {
  std::vector<std::string_view> entities;  // none: all
  std::vector<std::string_view> allowed;   // values that are no findings
  double threshold = 0;
  bool explain = false;
  std::optional<CustomRecognizers> own;

  [[nodiscard]] bool asks_for(std::string_view type) const {
    return entities.empty() || std::ranges::find(entities, type) != entities.end();
  }
};

// What compiling the recognisers of a question may cost: some milliseconds.
constexpr size_t kMostPatterns = 50;
constexpr size_t kMostWrittenOut = 1'000;  // of all patterns, as written_out
constexpr size_t kMostWords = 1'000;
constexpr size_t kMostInWords = 16'384;  // octets of all words

// What is left to the recognisers of a question.
struct Budget {
  size_t patterns = kMostPatterns;
  size_t size = kMostWrittenOut;
  size_t words = kMostWords;
  size_t in_words = kMostInWords;
};

Result<> spend(size_t cost, size_t& left, std::string_view what, size_t most) {
  if (cost > left) {
    return wrong(fmt::format("`{}` has more than {} {}", kOwnRecognizers, most, what),
                 "recognizers in the configuration of the gate may be larger");
  }
  left -= cost;
  return ok();
}

// A recogniser of Presidio's as one of ours.
Result<CustomRecognizer> own_of(const JsonValue& json, Budget& budget) {
  constexpr std::string_view kMembers[] = {"name",     "supported_language", "supported_languages",
                                           "patterns", "deny_list",          "deny_list_score",
                                           "context",  "supported_entity",   "supported_entities",
                                           "id",       "global_regex_flags", "type",
                                           "version"};
  TRY_OK(json.only(kMembers));
  CustomRecognizer out;
  TRY(out.type, json.string("supported_entity"));
  if (const auto patterns = json.find("patterns"); patterns && !patterns->is_null()) {
    TRY(const JsonValue array, patterns->as_array());
    TRY_OK(spend(array.size(), budget.patterns, "patterns", kMostPatterns));
    for (const JsonValue one : array) {
      TRY(const std::string_view regex, one.string("regex"));
      TRY_OK(spend(written_out(regex), budget.size, "characters in patterns, repeats written out",
                   kMostWrittenOut));
      TRY(const double score, one.number("score"));
      out.patterns.push_back({std::string(regex), static_cast<float>(score)});
    }
  }
  const auto words = [&](std::string_view name, std::vector<std::string>& to) -> Result<> {
    TRY(const auto texts, texts_of(json, name));
    TRY_OK(spend(texts.size(), budget.words, "words", kMostWords));
    for (const std::string_view one : texts) {
      TRY_OK(spend(one.size(), budget.in_words, "octets of words", kMostInWords));
    }
    to.assign(texts.begin(), texts.end());
    return ok();
  };
  TRY_OK(words("deny_list", out.deny_list));
  TRY_OK(words("context", out.context));
  return out;
}

Result<> read_own(const JsonValue& root, Wanted& out) {
  const auto member = root.find(kOwnRecognizers);
  if (!member || member->is_null()) {
    return ok();
  }
  TRY(const JsonValue array, member->as_array());
  Budget budget;
  std::vector<CustomRecognizer> recognizers;
  for (const JsonValue one : array) {
    TRY(auto recognizer, own_of(one, budget));
    recognizers.push_back(std::move(recognizer));
  }
  if (!recognizers.empty()) {
    TRY(out.own, CustomRecognizers::create(std::move(recognizers)));
  }
  return ok();
}

// What the finder finds, and what the question's own recognisers do.
std::vector<Found> find_all(const TextFinder& finder, const Wanted& wanted, std::string_view text) {
  std::vector<Found> all = finder.find(text);
  if (!wanted.own) {
    return all;
  }
  // What nobody asked for takes the place of nothing.
  std::erase_if(all, [&wanted](const Found& one) { return !wanted.asks_for(one.type); });
  std::vector<CustomEntity> own;
  wanted.own->find(text, own);
  for (const CustomEntity& entity : own) {
    all.push_back(
        {.begin = entity.begin, .end = entity.end, .type = entity.type, .score = entity.score});
  }
  std::vector<Found> out;
  keep_best(all, out);
  return out;
}

Result<Wanted> wanted_of(const JsonValue& root) {
  constexpr std::string_view kMembers[] = {"text",
                                           "language",
                                           "entities",
                                           "correlation_id",
                                           "score_threshold",
                                           "return_decision_process",
                                           "context",
                                           "trace",
                                           "allow_list",
                                           "allow_list_match",
                                           "nlp_artifacts",
                                           kOwnRecognizers};
  TRY_OK(root.only(kMembers));
  Wanted out;
  TRY(out.entities, texts_of(root, "entities"));
  TRY(out.allowed, texts_of(root, "allow_list"));
  TRY_OK(read_own(root, out));
  if (const auto threshold = root.find("score_threshold"); threshold && !threshold->is_null()) {
    TRY(out.threshold, threshold->as_double());
  }
  if (const auto explain = root.find("return_decision_process"); explain && !explain->is_null()) {
    TRY(out.explain, explain->as_bool());
  }
  if (const auto match = root.find("allow_list_match"); match && !match->is_null()) {
    TRY(const std::string_view how, match->as_string());
    if (how != "exact") {
      return wrong("`allow_list_match` is not `exact`");
    }
  }
  return out;
}

// `left`: how many findings may still be told of.
Result<> write_analysis(JsonWriter& json, const TextFinder& finder, std::string_view text,
                        const Wanted& wanted, size_t& left) {
  CodePointCounter points(text);
  const std::vector<Found> all = find_all(finder, wanted, text);
  TRY_OK(count_findings(all.size(), left));
  json.begin_array();
  for (const Found& one : all) {
    const size_t start = points.before(one.begin);
    const size_t end = points.before(one.end);
    const std::string_view value = text.substr(one.begin, one.end - one.begin);
    const bool allowed = std::ranges::find(wanted.allowed, value) != wanted.allowed.end();
    if (!wanted.asks_for(one.type) || allowed || one.score < wanted.threshold) {
      continue;
    }
    const std::string_view recognizer = one.type == kSecretType ? "secrets"
                                        : one.model.empty()     ? "personal"
                                                                : "names";
    json.begin_object();
    json.key("analysis_explanation");
    if (wanted.explain) {
      json.begin_object();
      json.member("recognizer", recognizer).member("score", shown(one.score));
      json.key("pattern_name");
      one.rule.empty() ? json.null() : json.string(one.rule);
      json.member("textual_explanation", one.written.empty()
                                             ? std::string("as it stands")
                                             : "hidden as " + std::string(one.written));
      json.end_object();
    } else {
      json.null();
    }
    json.member("end", end).member("entity_type", one.type).member("score", shown(one.score));
    json.member("start", start);
    json.key("recognition_metadata").begin_object();
    json.member("recognizer_name", recognizer);
    json.end_object();
    json.end_object();
  }
  json.end_array();
  return ok();
}

struct Analyzed {
  size_t begin;
  size_t end;
  std::string_view type;
  double score;
};

// `settings` as an operator. Named `type` as in Presidio.
Result<anonymise::Operator> operator_of(const JsonValue& settings) {
  constexpr std::string_view kMembers[] = {"type",     "new_value", "masking_char", "chars_to_mask",
                                           "from_end", "hash_type", "salt",         "key"};
  TRY_OK(settings.only(kMembers));
  anonymise::OperatorSettings out;
  TRY(out.name, settings.string("type"));
  const auto text = [&](std::string_view name, std::optional<std::string_view>& to) -> Result<> {
    if (const auto member = settings.find(name); member && !member->is_null()) {
      TRY(to, member->as_string());
    }
    return ok();
  };
  TRY_OK(text("new_value", out.new_value));
  TRY_OK(text("masking_char", out.masking_char));
  TRY_OK(text("hash_type", out.hash_type));
  if (out.name == "hash" && !out.hash_type) {
    out.hash_type = "sha256";  // as there; ours would be a digest under the tenant's key
  }
  TRY_OK(text("salt", out.salt));
  TRY_OK(text("key", out.key));
  if (const auto count = settings.find("chars_to_mask")) {
    TRY(out.chars_to_mask, count->as_int64());
  }
  if (const auto from_end = settings.find("from_end")) {
    TRY(out.from_end, from_end->as_bool());
  }
  return anonymise::make_operator(out);
}

Result<anonymise::OperatorTable> table_of(const JsonValue& root, std::string_view name) {
  anonymise::OperatorTable out;
  const auto member = root.find(name);
  if (!member || member->is_null()) {
    return out;
  }
  TRY(const JsonValue object, member->as_object());
  if (const auto standard = object.find("DEFAULT")) {
    TRY(auto op, operator_of(*standard));
    out = anonymise::OperatorTable(std::move(op));
  }
  for (const JsonValue one : object) {
    if (one.name() != "DEFAULT") {
      TRY(auto op, operator_of(one));
      out.set(one.name(), std::move(op));
    }
  }
  return out;
}

// The spans of `root`'s member, in order and apart: of those that overlap the surer, then the
// longer one.
Result<std::vector<Analyzed>> spans_of(const JsonValue& root, std::string_view name,
                                       const std::vector<size_t>& offsets) {
  TRY(const JsonValue member, root.member(name));
  TRY(const JsonValue array, member.as_array());
  if (array.size() > kMostFindings) {
    return wrong(fmt::format("more than {} spans", kMostFindings));
  }
  std::vector<Analyzed> all;
  for (const JsonValue one : array) {
    TRY(const JsonValue start_member, one.member("start"));
    TRY(const JsonValue end_member, one.member("end"));
    TRY(const uint64_t start, start_member.as_uint64());
    TRY(const uint64_t end, end_member.as_uint64());
    TRY(const std::string_view type, one.string("entity_type"));
    if (start > end || end >= offsets.size()) {
      return wrong(fmt::format("`{}` has a span from {} to {}, and the text {} characters", name,
                               start, end, offsets.size() - 1));
    }
    double score = 1;
    if (const auto given = one.find("score"); given && !given->is_null()) {
      TRY(score, given->as_double());
    }
    if (start < end) {
      all.push_back({offsets[start], offsets[end], type, score});
    }
  }
  std::ranges::sort(all, [](const Analyzed& a, const Analyzed& b) {
    return a.score != b.score ? a.score > b.score : a.end - a.begin > b.end - b.begin;
  });
  std::vector<Analyzed> out;
  for (const Analyzed& one : all) {
    const auto at = std::ranges::lower_bound(out, one.begin, {}, &Analyzed::begin);
    const bool free = (at == out.end() || at->begin >= one.end) &&
                      (at == out.begin() || std::prev(at)->end <= one.begin);
    if (free) {
      out.insert(at, one);
    }
  }
  return out;
}

// A value that stands for many spans makes much of little.
Result<> check_size(const std::vector<Analyzed>& found, const anonymise::OperatorTable& table) {
  size_t size = 0;
  for (const Analyzed& one : found) {
    const auto* const replace = std::get_if<anonymise::Replace>(&table.of(one.type));
    size += replace != nullptr && replace->text ? replace->text->size() : 0;
    if (size > kMostReplaced) {
      return wrong("what is to stand for the spans is more than 16 MiB");
    }
  }
  return ok();
}

Result<std::string> apply(const anonymise::Keys& keys, Random& random, ByteView body,
                          std::string_view operators, std::string_view results) {
  TRY(const JsonDocument document, JsonDocument::parse(as_text(body)));
  const JsonValue root = document.root();
  const std::string_view members[] = {"text", operators, results};
  TRY_OK(root.only(members));
  TRY(const std::string_view text, root.string("text"));
  TRY(const auto table, table_of(root, operators));
  TRY(const auto found, spans_of(root, results, code_point_offsets(text)));
  TRY_OK(check_size(found, table));
  std::vector<anonymise::Span> spans;
  for (const Analyzed& one : found) {
    spans.push_back({one.begin, one.end, one.type});
  }
  anonymise::Exchange exchange(nullptr, {}, WallTime{});
  const anonymise::Input input{text, spans};
  TRY(const auto done, anonymise::anonymise(exchange, table, keys, {&input, 1}, random));
  const anonymise::Anonymised& result = done.front();
  if (result.blocked) {
    return wrong("the operator of a span lets nothing pass");
  }
  CodePointCounter points(result.text);
  struct Place {
    size_t start;
    size_t end;
  };
  std::vector<Place> places;
  for (const anonymise::Item& item : result.items) {
    const size_t start = points.before(item.begin);
    places.push_back({start, points.before(item.end)});
  }
  std::string out;
  JsonWriter json(out);
  json.begin_object().member("text", result.text);
  json.key("items").begin_array();
  for (size_t i = result.items.size(); i-- > 0;) {  // the last one first, as Presidio has them
    const anonymise::Item& item = result.items[i];
    json.begin_object();
    json.member("start", places[i].start).member("end", places[i].end);
    json.member("entity_type", found[item.span].type);
    json.member("text", std::string_view(result.text).substr(item.begin, item.end - item.begin));
    json.member("operator", item.op);
    json.end_object();
  }
  json.end_array().end_object();
  json.finish();
  return out;
}

}  // namespace

Result<std::string> analyze(const TextFinder& finder, ByteView body) {
  TRY(const JsonDocument document, JsonDocument::parse(as_text(body)));
  const JsonValue root = document.root();
  TRY(const Wanted wanted, wanted_of(root));
  TRY(const JsonValue text, root.member("text"));
  std::string out;
  JsonWriter json(out);
  size_t left = kMostFindings;
  if (text.is_string()) {
    TRY_OK(write_analysis(json, finder, *text.as_string(), wanted, left));
  } else {
    TRY(const JsonValue texts, text.as_array());
    if (texts.size() > kMostTexts) {
      return wrong(fmt::format("more than {} texts", kMostTexts));
    }
    json.begin_array();
    for (const JsonValue one : texts) {
      TRY(const std::string_view each, one.as_string());
      TRY_OK(write_analysis(json, finder, each, wanted, left));
    }
    json.end_array();
  }
  json.finish();
  return out;
}

Result<std::string> anonymize(const anonymise::Keys& keys, Random& random, ByteView body) {
  return apply(keys, random, body, "anonymizers", "analyzer_results");
}

Result<std::string> deanonymize(const anonymise::Keys& keys, Random& random, ByteView body) {
  return apply(keys, random, body, "deanonymizers", "anonymizer_results");
}

}  // namespace sally::content
