// The text of samples.json, built into the program.
#pragma once

#include <string_view>

namespace sally::cedar {

extern const std::string_view kSamples;

}  // namespace sally::cedar
