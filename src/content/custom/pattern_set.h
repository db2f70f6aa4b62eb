// PatternSet: many regular expressions looked for in one pass (Vectorscan).
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sally::content::custom {

struct Expression {
  std::string regex;
  bool caseless = false;
  bool only_ends = false;  // where it begins is told as 0: much cheaper where expressions are many
};

// What is wrong with which expression.
struct BadExpression {
  size_t index = 0;
  std::string message;
};

// Immutable; shared by threads, each of which scans with a scratch space of its own.
class PatternSet {
 public:
  // Refuses what Vectorscan cannot compile and what matches the empty text.
  static Expected<PatternSet, BadExpression> compile(std::span<const Expression> expressions);
  PatternSet(PatternSet&&) noexcept;
  PatternSet& operator=(PatternSet&&) noexcept;
  ~PatternSet();

  // Calls `match` for every end of every match, mostly in the order of the ends: the expression's
  // index, where it begins (leftmost) and ends. Octets that are not UTF-8 match as U+001A.
  using Match = std::function<void(size_t expression, size_t begin, size_t end)>;
  void scan(std::string_view text, const Match& match) const;

 private:
  struct Rep;
  explicit PatternSet(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

// `text` as an expression that matches it and nothing else.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace sally::content::custom
