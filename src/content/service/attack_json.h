// Whether a text is an attack, in JSON.
#pragma once

#include <optional>
#include <string_view>

#include "content/attack/attack_detector.h"
#include "content/attack_thresholds.h"
#include "content/service/spans_json.h"
#include "formats/json/document.h"
#include "formats/json/writer.h"

namespace sally::content {

// The member `attack` of the object that is being written: `score`, `label` and `reasons`: where it
// was seen, if not in the text as it is read, and whose list it is known from. With `kYes` also
// `words`: what moved the score most. `from`: who says the text, by which it is judged; nothing:
// from AttackDetector::kLabelled on.
void write_attack(formats::JsonWriter& json, std::string_view text, const AttackDetector& detector,
                  std::optional<Provenance> from, Explain explain);

// The member `provenance` of a text that is asked about; nothing where it has none.
[[nodiscard]] Result<std::optional<Provenance>> provenance_of(const formats::JsonValue& asked);

}  // namespace sally::content
