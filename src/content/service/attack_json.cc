#include "content/service/attack_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/text.h"
#include "content/service/code_points.h"

namespace sally::content {
namespace {

constexpr size_t kMostWords = 8;

double rounded(float value, double parts) {
  return std::round(static_cast<double>(value) * parts) / parts;
}

void write_words(formats::JsonWriter& json, std::string_view text,
                 std::vector<AttackReason> words) {
  struct Place {
    size_t start = 0;
    size_t end = 0;
  };
  // Counted in the order of the text, written in that of their weight.
  std::vector<size_t> order(words.size());
  for (size_t i = 0; i < order.size(); ++i) {
    order[i] = i;
  }
  std::ranges::sort(order, {}, [&](size_t i) { return words[i].span.begin; });
  std::vector<Place> places(words.size());
  CodePointCounter starts(text);
  for (const size_t i : order) {
    places[i].start = starts.before(words[i].span.begin);
  }
  std::ranges::sort(order, {}, [&](size_t i) { return words[i].span.end; });
  CodePointCounter ends(text);
  for (const size_t i : order) {
    places[i].end = ends.before(words[i].span.end);
  }
  json.key("words").begin_array();
  for (size_t i = 0; i < words.size(); ++i) {
    const Span& span = words[i].span;
    json.begin_object().member("start", places[i].start).member("end", places[i].end);
    json.member("text", text.substr(span.begin, span.end - span.begin));
    json.member("weight", rounded(words[i].weight, 1e3)).end_object();
  }
  json.end_array();
}

}  // namespace

void write_attack(formats::JsonWriter& json, std::string_view text, const AttackDetector& detector,
                  std::optional<Provenance> from, Explain explain) {
  const AttackScore score = detector.score(text);
  const AttackLabel label =
      label_of(score, from ? AttackThresholds(detector).of(*from) : AttackDetector::kLabelled);
  json.key("attack").begin_object();
  json.member("score", rounded(score.score, 1e6)).member("label", name_of(label));
  json.key("reasons").begin_array();
  if (label != AttackLabel::kNone) {
    for (const std::string_view reason : reasons_of(score)) {
      json.string(reason);
    }
  }
  json.end_array();
  if (explain == Explain::kYes) {
    write_words(json, text, detector.explain(text, kMostWords));
  }
  json.end_object();
}

Result<std::optional<Provenance>> provenance_of(const formats::JsonValue& asked) {
  if (!asked.find("provenance")) {
    return std::optional<Provenance>();
  }
  TRY(const std::string_view name, asked.string("provenance"));
  const auto out = parse_provenance(name);
  if (!out) {
    return Error(ErrorKind::kInvalidInput,
                 fmt::format("`provenance`: nobody is called `{}`", printable(name, 40)),
                 "system, user, assistant, tool, tool-description, retrieved or unknown");
  }
  return out;
}

}  // namespace sally::content
