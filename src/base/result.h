// Result<T>: a value or an Error. The only way a function of this project fails.
//
//   Result<Port> parse_port(std::string_view text);
//   TRY(auto port, parse_port(text));            // in a function that returns a Result
//   CO_TRY(auto n, co_await conn.read(buffer));  // in a coroutine
//
// Access is checked in release builds: reading the value of a failure aborts.
#pragma once

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/error.h"

namespace sally {

struct Unit {};

// A value, or what is wrong as an `E`. For rooms whose callers must tell more apart than an Error
// does; TRY works among functions whose failures are of one kind.
template <typename T, typename E>
class [[nodiscard]] Expected {
 public:
  using value_type = T;

  template <typename U = T>
    requires(std::is_constructible_v<T, U &&> &&
             !std::is_same_v<std::remove_cvref_t<U>, Expected> &&
             !std::is_same_v<std::remove_cvref_t<U>, E>)
  // NOLINTNEXTLINE(google-explicit-constructor): a value is a success.
  Expected(U&& value) : state_(std::in_place_index<0>, std::forward<U>(value)) {}
  // NOLINTNEXTLINE(google-explicit-constructor): what is wrong is a failure.
  Expected(E error) : state_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& operator*() & {
    SALLY_CHECK(ok());
    return *std::get_if<0>(&state_);
  }
  const T& operator*() const& {
    SALLY_CHECK(ok());
    return *std::get_if<0>(&state_);
  }
  T&& operator*() && {
    SALLY_CHECK(ok());
    return std::move(*std::get_if<0>(&state_));
  }
  T* operator->() { return &**this; }
  const T* operator->() const { return &**this; }

  [[nodiscard]] const E& error() const& {
    SALLY_CHECK(!ok());
    return *std::get_if<1>(&state_);
  }
  [[nodiscard]] E&& error() && {
    SALLY_CHECK(!ok());
    return std::move(*std::get_if<1>(&state_));
  }

  // The value, or `other` where there is none.
  T value_or(T other) && { return ok() ? std::move(**this) : std::move(other); }

 private:
  std::variant<T, E> state_;
};

template <typename T = Unit>
using Result = Expected<T, Error>;

inline Result<> ok() {
  return Unit{};
}

}  // namespace sally

#define SALLY_CONCAT_INNER(a, b) a##b
#define SALLY_CONCAT(a, b) SALLY_CONCAT_INNER(a, b)
#define SALLY_TRY_IMPL(tmp, ret, decl, expr) \
  auto tmp = (expr);                         \
  if (!tmp.ok()) [[unlikely]] {              \
    ret std::move(tmp).error();              \
  }                                          \
  decl = std::move(*tmp)
#define SALLY_CHECKED_IMPL(tmp, ret, expr) \
  do {                                     \
    auto tmp = (expr);                     \
    if (!tmp.ok()) [[unlikely]] {          \
      ret std::move(tmp).error();          \
    }                                      \
  } while (false)

// Declares `decl` from the value of `expr`, or returns its error.
#define TRY(decl, ...) SALLY_TRY_IMPL(SALLY_CONCAT(try_, __LINE__), return, decl, (__VA_ARGS__))
#define CO_TRY(decl, ...) \
  SALLY_TRY_IMPL(SALLY_CONCAT(try_, __LINE__), co_return, decl, (__VA_ARGS__))
// The same where the value is of no interest.
#define TRY_OK(...) SALLY_CHECKED_IMPL(SALLY_CONCAT(try_, __LINE__), return, (__VA_ARGS__))
#define CO_TRY_OK(...) SALLY_CHECKED_IMPL(SALLY_CONCAT(try_, __LINE__), co_return, (__VA_ARGS__))
