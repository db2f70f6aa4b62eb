#include "formats/toml/toml.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "base/encoding.h"
#include "base/text.h"

namespace sally::formats {
namespace {

bool is_bare(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == '\x7f';
}

void append_utf8(std::string& out, uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

// A table while it is read: nodes that do not move, so that headers can come back to them.
struct Draft {
  // What made a table decides who may add to it.
  enum class Origin : uint8_t { kImplied, kHeader, kDotted, kClosed };
  TomlNode::Kind kind = TomlNode::Kind::kTable;
  Origin origin = Origin::kImplied;
  uint32_t line = 0;
  std::string text;
  std::vector<std::unique_ptr<Draft>> items;
  std::vector<std::string> order;
  std::map<std::string, std::unique_ptr<Draft>, std::less<>> members;
};

// Depth is bounded by the reader: recursion is as deep as the tree.
TomlNode finished(Draft& draft) {
  TomlNode out{.kind = draft.kind, .line = draft.line, .text = std::move(draft.text)};
  out.items.reserve(draft.items.size());
  for (const std::unique_ptr<Draft>& item : draft.items) {
    out.items.push_back(finished(*item));
  }
  out.members.reserve(draft.order.size());
  for (std::string& key : draft.order) {
    TomlNode value = finished(*draft.members.find(key)->second);
    out.members.push_back({.key = std::move(key), .value = std::move(value)});
  }
  return out;
}

class Reader {
 public:
  Reader(std::string_view text, const TomlLimits& limits) : text_(text), limits_(limits) {}

  Result<TomlNode> read() {
    Draft root;
    root.line = 1;
    Draft* table = &root;
    size_t depth = 0;
    for (;;) {
      skip_blanks();
      if (at_end()) {
        return finished(root);
      }
      if (next() == '[') {
        const bool is_list = peek(1) == '[';
        at_ += is_list ? 2 : 1;
        TRY(const std::vector<std::string> path, key());
        if (next() != ']' || (is_list && peek(1) != ']')) {
          return wrong("a header is not closed");
        }
        at_ += is_list ? 2 : 1;
        TRY(table, open(root, path, is_list));
        depth = path.size() + (is_list ? 1 : 0);
      } else if (next() != '\n' && next() != '\r' && next() != '#') {
        TRY_OK(assignment(*table, depth));
      }
      TRY_OK(end_of_line());
    }
  }

 private:
  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
  [[nodiscard]] char next() const { return peek(0); }
  [[nodiscard]] char peek(size_t ahead) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  [[nodiscard]] bool sees(std::string_view what) const {
    return text_.substr(at_).starts_with(what);
  }
  [[nodiscard]] Error wrong(std::string_view what) const {
    return Error(ErrorKind::kInvalidInput, fmt::format("no valid TOML: line {}: {}", line_, what));
  }

  void skip_blanks() {
    while (next() == ' ' || next() == '\t') {
      ++at_;
    }
  }

  Result<> end_of_line() {
    skip_blanks();
    if (next() == '#') {
      while (!at_end() && next() != '\n' && !sees("\r\n")) {
        if (is_control(next())) {
          return wrong("a control character");
        }
        ++at_;
      }
    }
    if (at_end()) {
      return ok();
    }
    if (next() == '\r') {
      ++at_;
    }
    if (next() != '\n') {
      return wrong("something stands where the line should end");
    }
    ++at_;
    ++line_;
    return ok();
  }

  // Steps over blanks, lines and comments within a list.
  Result<> skip_lines() {
    for (;;) {
      skip_blanks();
      if (at_end() || (next() != '#' && next() != '\n' && next() != '\r')) {
        return ok();
      }
      TRY_OK(end_of_line());
    }
  }

  Result<std::vector<std::string>> key() {
    std::vector<std::string> path;
    for (;;) {
      skip_blanks();
      if (path.size() >= limits_.depth) {
        return Error(ErrorKind::kTooLarge, fmt::format("line {}: a key of too many parts", line_));
      }
      if (next() == '"' || next() == '\'') {
        if (sees("\"\"\"") || sees("'''")) {
          return wrong("a key of several lines");
        }
        TRY(path.emplace_back(), quoted());
      } else {
        const size_t begin = at_;
        while (is_bare(next())) {
          ++at_;
        }
        if (at_ == begin) {
          return wrong("a key is missing");
        }
        path.emplace_back(text_.substr(begin, at_ - begin));
      }
      skip_blanks();
      if (next() != '.') {
        return path;
      }
      ++at_;
    }
  }

  Result<Draft*> add(Draft& table, const std::string& name, TomlNode::Kind kind,
                     Draft::Origin origin) {
    if (++values_ > limits_.values) {
      return Error(ErrorKind::kTooLarge, fmt::format("more than {} values", limits_.values));
    }
    auto draft = std::make_unique<Draft>();
    draft->kind = kind;
    draft->origin = origin;
    draft->line = line_;
    Draft* const added = draft.get();
    if (!table.members.emplace(name, std::move(draft)).second) {
      return wrong(fmt::format("`{}` stands twice", printable(name)));
    }
    table.order.push_back(name);
    return added;
  }

  // The table that a header names.
  Result<Draft*> open(Draft& root, const std::vector<std::string>& path, bool is_list) {
    Draft* table = &root;
    for (size_t i = 0; i < path.size(); ++i) {
      const bool last = i + 1 == path.size();
      const auto found = table->members.find(path[i]);
      if (found == table->members.end()) {
        TRY(Draft * added,
            add(*table, path[i], last && is_list ? TomlNode::Kind::kList : TomlNode::Kind::kTable,
                last ? Draft::Origin::kHeader : Draft::Origin::kImplied));
        table = added;
        if (last && is_list) {
          TRY(table, append(*table));
        }
        continue;
      }
      Draft* there = found->second.get();
      if (last && is_list) {
        if (there->kind != TomlNode::Kind::kList || there->origin != Draft::Origin::kHeader) {
          return wrong(fmt::format("`{}` is no list of tables", printable(path[i])));
        }
        TRY(table, append(*there));
        continue;
      }
      if (there->kind == TomlNode::Kind::kList && there->origin == Draft::Origin::kHeader &&
          !last) {
        table = there->items.back().get();
        continue;
      }
      const bool may_enter =
          there->kind == TomlNode::Kind::kTable && (last ? there->origin == Draft::Origin::kImplied
                                                         : there->origin != Draft::Origin::kClosed);
      if (!may_enter) {
        return wrong(fmt::format("`{}` stands twice", printable(path[i])));
      }
      if (last) {
        there->origin = Draft::Origin::kHeader;
      }
      table = there;
    }
    return table;
  }

  Result<Draft*> append(Draft& list) {
    if (++values_ > limits_.values) {
      return Error(ErrorKind::kTooLarge, fmt::format("more than {} values", limits_.values));
    }
    list.items.push_back(std::make_unique<Draft>());
    list.items.back()->line = line_;
    list.items.back()->origin = Draft::Origin::kHeader;
    return list.items.back().get();
  }

  Result<> assignment(Draft& table, size_t depth) {
    TRY(const std::vector<std::string> path, key());
    if (next() != '=') {
      return wrong("`=` is missing");
    }
    ++at_;
    skip_blanks();
    Draft* inner = &table;
    for (size_t i = 0; i + 1 < path.size(); ++i) {
      const auto found = inner->members.find(path[i]);
      if (found == inner->members.end()) {
        TRY(inner, add(*inner, path[i], TomlNode::Kind::kTable, Draft::Origin::kDotted));
        continue;
      }
      inner = found->second.get();
      if (inner->kind != TomlNode::Kind::kTable ||
          (inner->origin != Draft::Origin::kDotted && inner->origin != Draft::Origin::kImplied)) {
        return wrong(fmt::format("`{}` stands twice", printable(path[i])));
      }
    }
    TRY(Draft * value, add(*inner, path.back(), TomlNode::Kind::kBare, Draft::Origin::kClosed));
    return read_value(*value, depth + path.size());
  }

  // Recursion is bounded by the depth.
  Result<> read_value(Draft& value, size_t depth) {  // NOLINT(misc-no-recursion)
    if (depth > limits_.depth) {
      return Error(ErrorKind::kTooLarge,
                   fmt::format("line {}: more than {} levels deep", line_, limits_.depth));
    }
    switch (next()) {
      case '"':
      case '\'': {
        value.kind = TomlNode::Kind::kText;
        TRY(value.text, sees("\"\"\"") || sees("'''") ? long_quoted() : quoted());
        return ok();
      }
      case '[':
        return read_list(value, depth);
      case '{':
        return read_inline_table(value, depth);
      default:
        return read_bare(value);
    }
  }

  Result<> read_list(Draft& list, size_t depth) {  // NOLINT(misc-no-recursion)
    list.kind = TomlNode::Kind::kList;
    ++at_;
    for (;;) {
      TRY_OK(skip_lines());
      if (next() == ']' && !at_end()) {
        ++at_;
        return ok();
      }
      TRY(Draft * item, append(list));
      item->origin = Draft::Origin::kClosed;
      TRY_OK(read_value(*item, depth + 1));
      TRY_OK(skip_lines());
      if (next() == ',') {
        ++at_;
      } else if (next() != ']') {
        return wrong("a list is not closed");
      }
    }
  }

  Result<> read_inline_table(Draft& table, size_t depth) {  // NOLINT(misc-no-recursion)
    table.kind = TomlNode::Kind::kTable;
    ++at_;
    skip_blanks();
    if (next() == '}') {
      ++at_;
      return ok();
    }
    for (;;) {
      TRY_OK(assignment(table, depth));
      skip_blanks();
      if (next() == '}') {
        ++at_;
        return ok();
      }
      if (next() != ',') {
        return wrong("an inline table is not closed");
      }
      ++at_;
    }
  }

  Result<> read_bare(Draft& value) {
    value.kind = TomlNode::Kind::kBare;
    const size_t begin = at_;
    const auto is_part = [](char c) { return is_bare(c) || c == '.' || c == ':' || c == '+'; };
    while (is_part(next())) {
      ++at_;
    }
    // `1979-05-27 07:32:00`: one space between date and time.
    constexpr size_t kDate = 10;
    if (at_ - begin == kDate && text_[begin + 4] == '-' && next() == ' ' && peek(1) >= '0' &&
        peek(1) <= '9' && peek(3) == ':') {
      ++at_;
      while (is_part(next())) {
        ++at_;
      }
    }
    if (at_ == begin) {
      return wrong("a value is missing");
    }
    value.text = text_.substr(begin, at_ - begin);
    const char first = value.text.front();
    const bool is_word =
        value.text == "true" || value.text == "false" || value.text == "inf" || value.text == "nan";
    if (!is_word && first != '+' && first != '-' && (first < '0' || first > '9')) {
      return wrong("a text without quotes");
    }
    return ok();
  }

  Result<> escape(std::string& out) {
    ++at_;
    const char c = next();
    ++at_;
    constexpr std::string_view kSigns = "btnfr\"\\";
    constexpr std::string_view kMeant = "\b\t\n\f\r\"\\";
    if (const size_t sign = kSigns.find(c); sign != std::string_view::npos && c != '\0') {
      out += kMeant[sign];
      return ok();
    }
    if (c != 'u' && c != 'U') {
      return wrong("no valid escape");
    }
    const size_t digits = c == 'u' ? 4 : 8;
    uint32_t value = 0;
    for (size_t i = 0; i < digits; ++i, ++at_) {
      const char d = to_lower(next());
      const bool is_number = d >= '0' && d <= '9';
      if (!is_number && (d < 'a' || d > 'f')) {
        return wrong("no valid escape");
      }
      value = value << 4 | static_cast<uint32_t>(is_number ? d - '0' : d - 'a' + 10);
    }
    if (value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) {
      return wrong("no valid escape");
    }
    append_utf8(out, value);
    return ok();
  }

  Result<std::string> quoted() {
    const char quote = next();
    ++at_;
    std::string out;
    for (;;) {
      if (at_end() || (is_control(next()))) {
        return wrong("a text is not closed");
      }
      if (next() == quote) {
        ++at_;
        return out;
      }
      if (next() == '\\' && quote == '"') {
        TRY_OK(escape(out));
      } else {
        out += text_[at_++];
      }
    }
  }

  Result<std::string> long_quoted() {
    const char quote = next();
    const std::string end(3, quote);
    at_ += 3;
    if (sees("\r\n")) {
      at_ += 2;
      ++line_;
    } else if (next() == '\n') {
      ++at_;
      ++line_;
    }
    std::string out;
    for (;;) {
      if (at_end()) {
        return wrong("a text is not closed");
      }
      if (sees(end)) {
        at_ += 3;
        // Up to two quotes may stand before the end.
        for (int more = 0; more < 2 && next() == quote; ++more, ++at_) {
          out += quote;
        }
        return out;
      }
      if (next() == '\\' && quote == '"') {
        if (skip_continuation()) {
          continue;
        }
        TRY_OK(escape(out));
        continue;
      }
      if (next() == '\n') {
        ++line_;
      } else if (is_control(next()) && !sees("\r\n")) {
        return wrong("a control character");
      }
      out += text_[at_++];
    }
  }

  // A backslash at the end of a line takes all white space up to the next text.
  bool skip_continuation() {
    size_t ahead = at_ + 1;
    while (ahead < text_.size() && (text_[ahead] == ' ' || text_[ahead] == '\t')) {
      ++ahead;
    }
    if (ahead >= text_.size() || (text_[ahead] != '\n' && text_.substr(ahead, 2) != "\r\n")) {
      return false;
    }
    while (ahead < text_.size() && (text_[ahead] == ' ' || text_[ahead] == '\t' ||
                                    text_[ahead] == '\n' || text_[ahead] == '\r')) {
      line_ += text_[ahead] == '\n' ? 1 : 0;
      ++ahead;
    }
    at_ = ahead;
    return true;
  }

  std::string_view text_;
  const TomlLimits& limits_;
  size_t at_ = 0;
  uint32_t line_ = 1;
  size_t values_ = 0;
};

}  // namespace

const TomlNode* TomlNode::find(std::string_view key) const {
  const auto found =
      std::ranges::find_if(members, [&](const TomlMember& member) { return member.key == key; });
  return found == members.end() ? nullptr : &found->value;
}

std::string_view TomlNode::text_of(std::string_view key) const {
  const TomlNode* found = find(key);
  return found != nullptr && found->kind == Kind::kText ? std::string_view(found->text)
                                                        : std::string_view();
}

Result<TomlNode> parse_toml(std::string_view text, const TomlLimits& limits) {
  if (text.size() > limits.bytes) {
    return Error(ErrorKind::kTooLarge, fmt::format("{} bytes of TOML", text.size()));
  }
  if (text.starts_with("\xEF\xBB\xBF")) {
    text.remove_prefix(3);
  }
  if (!is_utf8(text)) {
    return Error(ErrorKind::kInvalidInput, "the file is not UTF-8 text");
  }
  return Reader(text, limits).read();
}

}  // namespace sally::formats
