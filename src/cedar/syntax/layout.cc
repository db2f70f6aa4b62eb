#include "cedar/syntax/layout.h"

#include <algorithm>

#include "base/check.h"

namespace sally::cedar {
namespace {

constexpr size_t kWidest = 1000;  // no width is larger: what is wider need not be measured

size_t width_of(std::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; }));
}

}  // namespace

class Layout::Setter {
 public:
  explicit Setter(size_t indent_width) : indent_width_(indent_width) {}

  [[nodiscard]] size_t column() const {
    return at_line_start_ ? depth_ * indent_width_ : column_ + (space_ ? 1 : 0);
  }

  void text(std::string_view text) {
    if (must_break_) {
      line_end();
    }
    if (at_line_start_) {
      column_ = depth_ * indent_width_;
      out_.append(column_, ' ');
    } else if (space_) {
      out_ += ' ';
      ++column_;
    }
    at_line_start_ = false;
    space_ = false;
    out_ += text;
    const size_t last_line = text.rfind('\n');
    column_ = last_line == std::string_view::npos ? column_ + width_of(text)
                                                  : width_of(text.substr(last_line + 1));
  }

  void comment(std::string_view comment) {
    line_end();
    text(comment);
    must_break_ = true;
  }

  void trailing_comment(std::string_view comment) {
    space_ = true;
    text(comment);
    must_break_ = true;
  }

  void space() { space_ = true; }

  // Nothing where the line has just begun.
  void line_end() {
    space_ = false;
    must_break_ = false;
    if (!at_line_start_) {
      out_ += '\n';
      at_line_start_ = true;
    }
  }

  void blank_line() {
    line_end();
    if (!out_.empty() && !out_.ends_with("\n\n")) {
      out_ += '\n';
    }
  }

  void indent() { ++depth_; }
  void dedent() { --depth_; }

  std::string take() {
    line_end();
    while (out_.ends_with("\n\n")) {
      out_.pop_back();
    }
    return std::move(out_);
  }

 private:
  size_t indent_width_;
  std::string out_;
  size_t column_ = 0;
  size_t depth_ = 0;
  bool at_line_start_ = true;
  bool space_ = false;       // one is owed, should text follow on this line
  bool must_break_ = false;  // behind a comment
};

bool Layout::fits(size_t at, size_t room) const {
  size_t used = 0;
  size_t depth = 0;
  bool commented = false;  // nothing may follow on this line
  do {
    const Item& item = items_[at];
    switch (item.kind) {
      case Kind::kText:
        if (commented || item.text.find('\n') != std::string_view::npos) {
          return false;
        }
        used += width_of(item.text);
        break;
      case Kind::kComment:
        // Before everything else it does not matter to the group.
        if (used > 0) {
          return false;
        }
        break;
      case Kind::kTrailing:
        commented = true;
        break;
      case Kind::kSpace:
      case Kind::kSpaceOrBreak:
        ++used;
        break;
      case Kind::kBreak:
      case Kind::kIndent:
      case Kind::kDedent:
        break;
      case Kind::kNewLine:
      case Kind::kBlankLine:
      case Kind::kOpenBroken:
        return false;
      case Kind::kOpen:
        ++depth;
        break;
      case Kind::kClose:
        --depth;
        break;
    }
    ++at;
  } while (depth > 0 && used <= room && at < items_.size());
  return used + (commented ? 0 : width_until_break(at)) <= room;
}

// What is stuck to the item before `at`: up to the first place where the line may end.
size_t Layout::width_until_break(size_t at) const {
  size_t used = 0;
  for (; at < items_.size(); ++at) {
    const Item& item = items_[at];
    if (item.kind == Kind::kText) {
      const size_t line = item.text.find('\n');
      used += width_of(item.text.substr(0, line));
      if (line != std::string_view::npos) {
        break;
      }
    } else if (item.kind == Kind::kSpace) {
      ++used;
    } else if (item.kind != Kind::kOpen && item.kind != Kind::kClose &&
               item.kind != Kind::kIndent && item.kind != Kind::kDedent) {
      break;
    }
    if (used > kWidest) {
      break;
    }
  }
  return used;
}

std::string Layout::set(size_t width, size_t indent_width) const {
  width = std::min(width, kWidest);
  Setter out(indent_width);
  std::vector<bool> broken;  // of the groups that are open
  const auto breaks = [&] { return broken.empty() || broken.back(); };
  for (size_t i = 0; i < items_.size(); ++i) {
    const Item& item = items_[i];
    switch (item.kind) {
      case Kind::kText:
        out.text(item.text);
        break;
      case Kind::kComment:
        out.comment(item.text);
        break;
      case Kind::kTrailing:
        out.trailing_comment(item.text);
        break;
      case Kind::kSpace:
        out.space();
        break;
      case Kind::kSpaceOrBreak:
        breaks() ? out.line_end() : out.space();
        break;
      case Kind::kBreak:
        if (breaks()) {
          out.line_end();
        }
        break;
      case Kind::kNewLine:
        out.line_end();
        break;
      case Kind::kBlankLine:
        out.blank_line();
        break;
      case Kind::kOpen: {
        const size_t column = out.column();
        broken.push_back(!fits(i, width - std::min(width, column)));
        break;
      }
      case Kind::kOpenBroken:
        broken.push_back(true);
        break;
      case Kind::kClose:
        SALLY_CHECK(!broken.empty());
        broken.pop_back();
        break;
      case Kind::kIndent:
        out.indent();
        break;
      case Kind::kDedent:
        out.dedent();
        break;
    }
  }
  return out.take();
}

}  // namespace sally::cedar
