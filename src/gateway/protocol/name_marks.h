// Marks: which of 64 kinds of names (by length and first octet) a list has. Most names that are not
// in a list are of a kind that it has not, which one bit tells.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace sally::gateway {

constexpr uint64_t mark_of(std::string_view name) {
  constexpr uint64_t kSpread = 11;
  return name.empty()
             ? 0
             : uint64_t{1} << ((name.size() * kSpread + static_cast<uint8_t>(name[0])) % 64);
}

template <typename Names>
constexpr uint64_t marks_of(const Names& names) {
  uint64_t marks = 0;
  for (const std::string_view name : names) {
    marks |= mark_of(name);
  }
  return marks;
}

}  // namespace sally::gateway
