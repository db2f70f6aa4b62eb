// What a text holds, in JSON.
#pragma once

#include <string_view>
#include <vector>

#include "content/text_finder.h"
#include "formats/json/writer.h"

namespace sally::content {

// A score in hundredths: what a float has beyond says nothing.
[[nodiscard]] double shown(float score);

enum class Explain : bool { kNo, kYes };

// The member `spans` of the object that is being written: `start` and `end` in code points, `type`,
// `score`, of a secret its `rule`. With `kYes` also what stands there and how it was hidden.
void write_spans(formats::JsonWriter& json, std::string_view text, const std::vector<Found>& found,
                 Explain explain);

}  // namespace sally::content
