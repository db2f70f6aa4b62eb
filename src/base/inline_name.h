// InlineName: a short name that stands in its row of a table. A table of views sends whoever reads
// it to texts that lie all over the program, each in a cache line of its own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sally {

class InlineName {
 public:
  static constexpr size_t kMost = 31;

  // A longer name does not compile.
  consteval InlineName(std::string_view name) : size_(static_cast<uint8_t>(name.size())) {
    for (size_t i = 0; i < name.size(); ++i) {
      text_[i] = name[i];
    }
  }
  consteval InlineName(const char* name) : InlineName(std::string_view(name)) {}

  [[nodiscard]] constexpr std::string_view view() const { return {text_.data(), size_}; }
  [[nodiscard]] constexpr size_t size() const { return size_; }

 private:
  std::array<char, kMost> text_{};
  uint8_t size_;
};

}  // namespace sally
