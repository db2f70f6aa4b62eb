// Where something stands in a text, and what is wrong there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/check.h"
#include "base/error.h"

namespace sally::cedar {

// Bytes [begin, end) of a source text. Empty where there is no text (read from JSON).
struct Span {
  uint32_t begin = 0;
  uint32_t end = 0;

  friend bool operator==(const Span&, const Span&) = default;
};

// A text and how to call it in messages: a path, `<stdin>`.
struct Source {
  std::string name;
  std::string text;
};

// Lines and columns count from 1; columns count code points.
struct Position {
  uint32_t line = 1;
  uint32_t column = 1;
};
[[nodiscard]] Position position_at(std::string_view text, uint32_t offset);

// One thing that is wrong with a text: `message` is lower case and one line, with input in
// backticks; `help` says what to do and may be empty.
struct Problem {
  Span span;
  std::string message;
  std::string help;
};

// The problem for people, several lines without colour: `name:line:column: message`, the line it
// stands in with carets below it, `hint: ...`. Control characters are never passed on.
[[nodiscard]] std::string render(const Source& source, const Problem& problem);
// The problem as an Error of kInvalidInput: `name:line:column: message`, the help as its hint.
[[nodiscard]] Error to_error(const Source& source, const Problem& problem);

// What a parser answers: a value, or at least one problem, in the order of the text.
template <typename T>
class [[nodiscard]] ParseResult {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): a value is a success.
  ParseResult(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  // NOLINTNEXTLINE(google-explicit-constructor): problems are a failure; there is at least one.
  ParseResult(std::vector<Problem> problems) : state_(std::in_place_index<1>, std::move(problems)) {
    SALLY_CHECK(!this->problems().empty());
  }

  [[nodiscard]] bool ok() const { return state_.index() == 0; }

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

  [[nodiscard]] const std::vector<Problem>& problems() const {
    SALLY_CHECK(!ok());
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, std::vector<Problem>> state_;
};

}  // namespace sally::cedar
