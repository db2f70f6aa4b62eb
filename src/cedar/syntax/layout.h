// Layout: text with places where a line may break, set to a width. After Wadler's "prettier
// printer" and Oppen's: a group is put on one line where it fits, or else breaks at each of its own
// breaks. Comments to the end of the line are part of it: what follows one stands on the next line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sally::cedar {

class Layout {
 public:
  // Views are kept until set() was called.
  void text(std::string_view text) { add(Kind::kText, text); }
  // Stands on a line of its own.
  void comment(std::string_view comment) { add(Kind::kComment, comment); }
  // Stands behind what was last on its line.
  void trailing_comment(std::string_view comment) { add(Kind::kTrailing, comment); }
  void space() { add(Kind::kSpace); }
  void space_or_break() { add(Kind::kSpaceOrBreak); }
  void break_or_nothing() { add(Kind::kBreak); }
  void new_line() { add(Kind::kNewLine); }
  void blank_line() { add(Kind::kBlankLine); }

  enum class Fit : uint8_t { kWhereItFits, kNever };
  void open(Fit fit = Fit::kWhereItFits) {
    add(fit == Fit::kNever ? Kind::kOpenBroken : Kind::kOpen);
  }
  void close() { add(Kind::kClose); }
  void indent() { add(Kind::kIndent); }
  void dedent() { add(Kind::kDedent); }

  // The text, ending with a line end where there is any. Widths count code points.
  [[nodiscard]] std::string set(size_t width, size_t indent_width) const;

 private:
  enum class Kind : uint8_t {
    kText,
    kComment,
    kTrailing,
    kSpace,
    kSpaceOrBreak,
    kBreak,
    kNewLine,
    kBlankLine,
    kOpen,
    kOpenBroken,
    kClose,
    kIndent,
    kDedent,
  };
  struct Item {
    Kind kind;
    std::string_view text;
  };
  class Setter;

  void add(Kind kind, std::string_view text = {}) { items_.push_back({kind, text}); }
  // Whether the group that opens at `at` and what is stuck to its end take at most `room`.
  [[nodiscard]] bool fits(size_t at, size_t room) const;
  [[nodiscard]] size_t width_until_break(size_t at) const;

  std::vector<Item> items_;
};

}  // namespace sally::cedar
