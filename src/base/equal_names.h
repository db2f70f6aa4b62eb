// equal_names: whether two short texts are the same. A call of memcmp costs more than the
// comparison of a header field's or a member's name.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace sally {

namespace names_detail {

// Whether both begin, and end, with the same `Word`; together these cover up to two of them.
template <typename Word>
bool equal_ends(const char* a, const char* b, size_t size) {
  const auto load = [](const char* from) {
    Word out;
    std::memcpy(&out, from, sizeof out);
    return out;
  };
  const size_t last = size - sizeof(Word);
  return ((load(a) ^ load(b)) | (load(a + last) ^ load(b + last))) == 0;
}

}  // namespace names_detail

// As `a == b`, for texts of any length.
inline bool equal_names(std::string_view a, std::string_view b) {
  using names_detail::equal_ends;
  const size_t size = a.size();
  if (size != b.size()) {
    return false;
  }
  if (size > 2 * sizeof(uint64_t)) {
    return std::memcmp(a.data(), b.data(), size) == 0;
  }
  if (size >= sizeof(uint64_t)) {
    return equal_ends<uint64_t>(a.data(), b.data(), size);
  }
  if (size >= sizeof(uint32_t)) {
    return equal_ends<uint32_t>(a.data(), b.data(), size);
  }
  if (size >= sizeof(uint16_t)) {
    return equal_ends<uint16_t>(a.data(), b.data(), size);
  }
  return size == 0 || a.front() == b.front();
}

}  // namespace sally
