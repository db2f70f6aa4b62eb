// CodeDanger: code and commands in an answer that harm whoever runs them. It annotates: whether
// somebody warns of such a command or gives it is not told here.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "content/custom/pattern_set.h"
#include "core/finding.h"

namespace sally::content {

struct FoundDanger {
  size_t begin = 0;  // octets of the text: the line, or the first of those the command goes on over
  size_t end = 0;
  std::string_view rule;  // `reverse-shell`: always valid
  Severity severity = Severity::kMedium;
  friend bool operator==(const FoundDanger&, const FoundDanger&) = default;
};

// Whether a command goes on behind the line at the end of `text`, which may have its line end.
[[nodiscard]] bool goes_on(std::string_view text);

// Immutable; shared by all threads. Made once: its expressions take a while to compile.
class CodeDanger {
 public:
  static constexpr size_t kShortest = 5;  // octets: a shorter text is none of them

  // kInternal where an expression of code_dangers.def is none.
  static Result<CodeDanger> create();

  // Adds what a whole text holds, in order, each rule once for a line. Linear.
  void find(std::string_view text, std::vector<FoundDanger>& out) const;

 private:
  explicit CodeDanger(custom::PatternSet patterns) : patterns_(std::move(patterns)) {}
  custom::PatternSet patterns_;
};

// The table for people, one rule to a line.
std::string code_dangers_reference();

}  // namespace sally::content
