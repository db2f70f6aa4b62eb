// What readers of text files share.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "formats/input.h"
#include "formats/json/reader.h"

namespace sally::vet::dependency {

// What a lock file may be.
inline constexpr uint64_t kMostLock = uint64_t{64} << 20;
inline constexpr formats::JsonLimits kLockLimits = {
    .bytes = kMostLock, .depth = 64, .members = 4'000'000};

// The whole of it, without a byte order mark. kTooLarge above kMostLock.
Result<std::string> read_text(const formats::Input& input);

struct TextLine {
  std::string_view text;  // without its end
  uint32_t number;        // from 1
  uint64_t offset;        // of its first octet
};
// The lines of `text`, which outlives them.
std::vector<TextLine> lines_of(std::string_view text);

}  // namespace sally::vet::dependency
