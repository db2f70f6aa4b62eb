#include "content/service/spans_json.h"

#include <cmath>

#include "content/service/code_points.h"

namespace sally::content {

double shown(float score) {
  constexpr double kHundred = 100;
  return std::round(static_cast<double>(score) * kHundred) / kHundred;
}

void write_spans(formats::JsonWriter& json, std::string_view text, const std::vector<Found>& found,
                 Explain explain) {
  CodePointCounter points(text);
  json.key("spans").begin_array();
  for (const Found& one : found) {
    json.begin_object();
    json.member("start", points.before(one.begin)).member("end", points.before(one.end));
    json.member("type", one.type).member("score", shown(one.score));
    if (!one.rule.empty()) {
      json.member("rule", one.rule);
    }
    if (explain == Explain::kYes) {
      if (!one.written.empty()) {
        json.member("written", one.written);
      }
      if (!one.model.empty()) {
        json.member("model", one.model);
      }
      json.member("text", text.substr(one.begin, one.end - one.begin));
    }
    json.end_object();
  }
  json.end_array();
}

}  // namespace sally::content
