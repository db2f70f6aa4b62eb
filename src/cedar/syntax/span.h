// Where something stands in a text, and what is wrong there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/error.h"
#include "base/result.h"

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
class [[nodiscard]] ParseResult : public Expected<T, std::vector<Problem>> {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): a value is a success.
  ParseResult(T value) : Expected<T, std::vector<Problem>>(std::move(value)) {}
  // NOLINTNEXTLINE(google-explicit-constructor): problems are a failure; there is at least one.
  ParseResult(std::vector<Problem> problems)
      : Expected<T, std::vector<Problem>>(std::move(problems)) {
    SALLY_CHECK(!this->problems().empty());
  }

  [[nodiscard]] const std::vector<Problem>& problems() const { return this->error(); }
};

}  // namespace sally::cedar
