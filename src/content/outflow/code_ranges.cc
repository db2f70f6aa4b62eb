#include "content/outflow/code_ranges.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <string>

#include "base/encoding.h"
#include "content/normalise/utf8.h"

namespace sally::content {
namespace {

constexpr size_t kIndentedCode = 4;  // columns that make a line code by themselves

// A line without what makes it part of a quotation or a list.
struct Line {
  size_t begin = 0;  // of its own text
  size_t end = 0;    // without the line end
  size_t next = 0;
  size_t quotes = 0;
  size_t indent = 0;  // octets before its own text, behind the last `>`
  bool marked = false;
  [[nodiscard]] bool is_blank() const { return begin == end; }
};

Line line_at(std::string_view text, size_t at) {
  Line line;
  line.next = std::min(text.find('\n', at), text.size());
  line.end = line.next;
  line.next = std::min(line.next + 1, text.size());
  if (line.end > at && text[line.end - 1] == '\r') {
    --line.end;
  }
  size_t from = at;
  for (;;) {
    while (at < line.end && (text[at] == ' ' || text[at] == '\t')) {
      ++at;
    }
    if (at < line.end && text[at] == '>') {
      ++line.quotes;
      from = ++at;
      continue;
    }
    size_t digits = at;
    while (digits < line.end && digits - at < 9 &&
           is_ascii_digit(static_cast<uint8_t>(text[digits]))) {
      ++digits;
    }
    const bool number =
        digits > at && digits < line.end && (text[digits] == '.' || text[digits] == ')');
    const bool bullet = at < line.end && (text[at] == '-' || text[at] == '*' || text[at] == '+');
    const size_t marker = number ? digits + 1 : at + 1;
    if ((number || bullet) && marker < line.end && text[marker] == ' ') {
      line.marked = true;
      at = marker;
      continue;
    }
    break;
  }
  line.begin = at;
  line.indent = at - from;
  return line;
}

class CodeFinder {
 public:
  explicit CodeFinder(std::string_view text) : text_(text) {}

  std::vector<Span> run() && {
    read();
    if (fence_size_ > 0) {
      add(fence_begin_, text_.size());
    }
    return std::move(out_);
  }

  std::string state() && {
    constexpr std::string_view kDoubtful = "<?x?>\n";
    read();
    if (doubtful_) {
      return std::string(kDoubtful);
    }
    if (fence_size_ > 0) {
      const size_t before =
          fence_begin_ < 2 ? std::string_view::npos : text_.rfind('\n', fence_begin_ - 2);
      const size_t begin = before == std::string_view::npos ? 0 : before + 1;
      const std::string_view fence = text_.substr(begin, fence_begin_ - begin);
      // Nothing is code behind what is too long to be kept.
      return std::string(fence.size() <= kLongestState ? fence : kDoubtful);
    }
    return raw_ ? "<x>\n" : open_ ? "`\n" : "";
  }

 private:
  void read() {
    for (size_t at = 0; at < text_.size() && !doubtful_;) {
      const Line line = line_at(text_, at);
      at = fence_size_ > 0 ? in_fence(at, line) : outside(at, line);
    }
  }
  [[nodiscard]] size_t run_of(char c, size_t at, size_t end) const {
    const size_t begin = at;
    while (at < end && text_[at] == c) {
      ++at;
    }
    return at - begin;
  }
  void add(size_t begin, size_t end) {
    if (begin < end) {
      out_.push_back({begin, end});
    }
  }

  size_t outside(size_t, const Line& line) {
    if (line.is_blank()) {
      raw_ = false;
      open_ = false;
      return line.next;
    }
    const char first = text_[line.begin];
    if (raw_) {
      return line.next;
    }
    if (first == '<' && begins_html(line)) {
      return line.next;
    }
    if (first == '`' || first == '~') {
      const size_t size = run_of(first, line.begin, line.end);
      const std::string_view info = text_.substr(line.begin + size, line.end - line.begin - size);
      if (size >= 3 && (first == '~' || info.find('`') == std::string_view::npos)) {
        if (line.indent >= kIndentedCode && !line.marked) {
          doubtful_ = true;
          return line.next;
        }
        fence_ = line;
        fence_char_ = first;
        fence_size_ = size;
        fence_begin_ = line.next;
        return line.next;
      }
    }
    spans_of(line);
    return line.next;
  }

  // Raw HTML begins: where it ends with a blank line, until then, otherwise for good.
  bool begins_html(const Line& line) {
    size_t at = line.begin + 1;
    at += at < line.end && text_[at] == '/' ? 1 : 0;
    const char c = at < line.end ? text_[at] : '\0';
    if (c == '!' || c == '?') {
      doubtful_ = true;
      return true;
    }
    size_t end = at;
    while (end < line.end && is_ascii_alnum(static_cast<uint8_t>(text_[end]))) {
      ++end;
    }
    const std::string_view name = text_.substr(at, end - at);
    if (name.empty() || (end < line.end && text_[end] == ':')) {
      return false;  // an autolink, or nothing
    }
    for (const std::string_view one : {"script", "pre", "style", "textarea"}) {
      doubtful_ |= equal_ignoring_case(name, one);
    }
    raw_ = true;
    return true;
  }

  size_t in_fence(size_t begin, const Line& line) {
    if (!line.is_blank()) {
      const size_t spaces = spaces_of(begin, line);
      if (line.quotes < fence_.quotes || spaces < fence_.indent) {
        // The quotation or the list is over, and the block with it; or it is not.
        doubtful_ = true;
        fence_size_ = 0;
        add(fence_begin_, begin);
        return line.next;
      }
      const size_t size = run_of(fence_char_, line.begin, line.end);
      const bool alone =
          text_.substr(line.begin + size, line.end - line.begin - size).find_first_not_of(" \t") ==
          std::string_view::npos;
      if (size >= fence_size_ && alone && !line.marked && line.quotes == fence_.quotes &&
          spaces < fence_.indent + kIndentedCode) {
        doubtful_ = spaces >= kIndentedCode;
        fence_size_ = 0;
        add(fence_begin_, begin);
      }
    }
    return line.next;
  }

  // Columns before the first sign that is no quotation's.
  [[nodiscard]] size_t spaces_of(size_t at, const Line& line) const {
    for (size_t quotes = 0; quotes < line.quotes; ++at) {
      quotes += text_[at] == '>' ? 1 : 0;
    }
    size_t spaces = 0;
    while (at < line.end && (text_[at] == ' ' || text_[at] == '\t')) {
      ++spaces;
      ++at;
    }
    return spaces;
  }

  // The code spans of one line, where each run of backticks has its like in the same line.
  void spans_of(const Line& line) {
    struct Run {
      size_t begin;
      size_t size;
      bool escaped;
    };
    if (open_) {
      return;
    }
    std::vector<Run> runs;
    std::map<size_t, std::vector<size_t>> by_size;  // where runs of a size are, in runs
    for (size_t at = std::min(text_.find('`', line.begin), line.end); at < line.end;
         at = std::min(text_.find('`', at), line.end)) {
      size_t slashes = 0;
      while (at - slashes > line.begin && text_[at - slashes - 1] == '\\') {
        ++slashes;
      }
      const size_t size = run_of('`', at, line.end);
      by_size[size].push_back(runs.size());
      runs.push_back({at, size, slashes % 2 == 1});
      at += size;
    }
    const size_t before = out_.size();
    for (size_t i = 0; i < runs.size();) {
      const size_t lead = runs[i].escaped ? 1 : 0;
      const size_t size = runs[i].size - lead;
      if (size == 0) {
        ++i;
        continue;
      }
      const auto like = by_size.find(size);
      auto end = std::vector<size_t>::iterator{};
      if (like != by_size.end()) {
        end = std::ranges::upper_bound(like->second, i);
      }
      if (like == by_size.end() || end == like->second.end()) {
        open_ = true;
        break;
      }
      const Run& last = runs[*end];
      const Span span{runs[i].begin + runs[i].size, last.begin};
      // In a table, a cell ends before a span does.
      if (text_.substr(span.begin, span.end - span.begin).find('|') != std::string_view::npos) {
        open_ = true;
        break;
      }
      add(span.begin, span.end);
      i = *end + 1;
    }
    if (open_) {
      out_.resize(before);
    }
  }

  std::string_view text_;
  std::vector<Span> out_;
  bool doubtful_ = false;  // nothing more is code
  bool raw_ = false;       // in HTML, until a blank line
  bool open_ = false;      // a code span may go on, until a blank line
  Line fence_;
  char fence_char_ = '\0';
  size_t fence_size_ = 0;  // 0: in none
  size_t fence_begin_ = 0;
};

}  // namespace

std::vector<Span> find_code(std::string_view text) {
  return CodeFinder(text).run();
}

std::string code_state(std::string_view text) {
  return CodeFinder(text).state();
}

bool is_inside(const std::vector<Span>& ranges, size_t at) {
  const auto after =
      std::ranges::upper_bound(ranges, at, {}, [](const Span& span) { return span.begin; });
  return after != ranges.begin() && at < std::prev(after)->end;
}

}  // namespace sally::content
