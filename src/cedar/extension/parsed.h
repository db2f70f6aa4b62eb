// Parsed<T>: what a constructor of an extension type gives. A failure is one fixed text: policies
// call constructors while they are evaluated, where nothing may be allocated.
#pragma once

#include <optional>
#include <string_view>

namespace sally::cedar {

template <typename T>
class [[nodiscard]] Parsed {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): a value is a success.
  constexpr Parsed(T value) : value_(value) {}
  // `problem`: lower case, a literal.
  static constexpr Parsed failed(std::string_view problem) { return Parsed(problem, {}); }

  [[nodiscard]] constexpr bool ok() const { return value_.has_value(); }
  // Only where ok().
  [[nodiscard]] constexpr const T& operator*() const { return value_.value(); }
  // Empty where ok().
  [[nodiscard]] constexpr std::string_view problem() const { return problem_; }

 private:
  constexpr Parsed(std::string_view problem, std::optional<T> value)
      : value_(value), problem_(problem) {}

  std::optional<T> value_;
  std::string_view problem_;
};

}  // namespace sally::cedar
