// UsageCounter: token counts under the names that OpenAI and Anthropic give them.
#pragma once

#include <algorithm>
#include <optional>
#include <string_view>

#include "formats/json/reader.h"
#include "gateway/protocol/protocol.h"

namespace sally::gateway {

class UsageCounter {
 public:
  // A number `name: raw` of a `usage` object. Unknown names, and what is no count, are left alone.
  void count(std::string_view name, std::string_view raw) {
    for (const auto& [known, part] : kNames) {
      if (name == known) {
        const auto value = formats::json_int64(raw);
        if (value && *value >= 0) {
          // Counts of tokens are far below this; a sum of three cannot overflow.
          parts_[part] = std::min(*value, int64_t{1} << 48);
        }
        return;
      }
    }
  }
  // What was read so far. Anthropic reports cached input apart: it counts as input.
  [[nodiscard]] Usage usage() const {
    Usage out;
    if (parts_[kInput]) {
      out.input =
          *parts_[kInput] + parts_[kCacheWritten].value_or(0) + parts_[kCacheRead].value_or(0);
    }
    out.output = parts_[kOutput];
    return out;
  }

 private:
  enum Part : uint8_t { kInput, kCacheWritten, kCacheRead, kOutput, kParts };
  struct Name {
    std::string_view name;
    Part part;
  };
  static constexpr Name kNames[] = {{"prompt_tokens", kInput},
                                    {"completion_tokens", kOutput},
                                    {"input_tokens", kInput},
                                    {"output_tokens", kOutput},
                                    {"cache_creation_input_tokens", kCacheWritten},
                                    {"cache_read_input_tokens", kCacheRead}};
  std::optional<int64_t> parts_[kParts];
};

}  // namespace sally::gateway
