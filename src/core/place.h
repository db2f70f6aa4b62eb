// Place: where a text stands (`messages[1].content`), written only when somebody asks: hardly any
// text has a finding.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace sally {

// A view: what it was made of outlives it.
class Place {
 public:
  // Appends the place that `source` stands for.
  using Write = void (*)(const void* source, std::string& out);

  template <std::convertible_to<std::string_view> Text>
  Place(const Text& text) : text_(text) {}  // NOLINT(google-explicit-constructor)
  Place(const void* source, Write write) : source_(source), write_(write) {}

  [[nodiscard]] std::string str() const {
    std::string out(text_);
    if (write_ != nullptr) {
      write_(source_, out);
    }
    return out;
  }

 private:
  std::string_view text_;
  const void* source_ = nullptr;
  Write write_ = nullptr;
};

}  // namespace sally
