// Survey: one quick look at a text that tells which decoders have anything to do in it.
#pragma once

#include <cstdint>
#include <string_view>

#include "content/normalise/views.h"

namespace sally::content {

class ViewKinds {
 public:
  void add(ViewKind kind) { bits_ |= 1U << static_cast<unsigned>(kind); }
  [[nodiscard]] bool has(ViewKind kind) const {
    return (bits_ >> static_cast<unsigned>(kind) & 1U) != 0;
  }
  [[nodiscard]] bool empty() const { return bits_ == 0; }

 private:
  uint32_t bits_ = 0;
};

// May name a kind too many, and leaves out kTags and kSelectors, which `text`, being normalised,
// cannot hold. Some nanoseconds for a word.
[[nodiscard]] ViewKinds survey(std::string_view text);

}  // namespace sally::content
