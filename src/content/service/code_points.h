// Places in a text as JSON's users count them: code points, where we count octets.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace sally::content {

// Tells code points of a text from octets, asked for in rising order.
class CodePointCounter {
 public:
  explicit CodePointCounter(std::string_view text) : text_(text) {}
  size_t before(size_t octet) {
    for (; at_ < octet; ++at_) {
      count_ += (static_cast<unsigned char>(text_[at_]) & 0xC0U) != 0x80U ? 1U : 0U;
    }
    return count_;
  }

 private:
  std::string_view text_;
  size_t at_ = 0;
  size_t count_ = 0;
};

// Where each code point of `text` begins, and its end.
[[nodiscard]] inline std::vector<size_t> code_point_offsets(std::string_view text) {
  std::vector<size_t> out;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U) {
      out.push_back(i);
    }
  }
  out.push_back(text.size());
  return out;
}

}  // namespace sally::content
