#include "formats/json/lenient.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace sally::formats {
namespace {

constexpr size_t kManyNames = 32;  // of one object; above, duplicates are found by sorting

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char low = static_cast<char>(c | 0x20);
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

}  // namespace

class LenientParser {
 public:
  LenientParser(std::string_view text, LenientJson& out) : text_(text), out_(out) {}

  void run() {
    add(LenientJson::Type::kArray, {});
    if (text_.size() > UINT32_MAX) {
      text_ = text_.substr(0, UINT32_MAX);
    }
    if (text_.starts_with("\xEF\xBB\xBF")) {
      at_ = 3;
    }
    open_.push_back(0);
    while (!out_.fault_) {
      skip_space();
      if (at_ == text_.size() && open_.size() == 1) {
        break;
      }
      step();
    }
    while (!open_.empty()) {
      close();
    }
  }

 private:
  using Type = LenientJson::Type;

  void fault(std::string what) {
    out_.fault_ = Error(ErrorKind::kInvalidInput, std::move(what));
    out_.fault_offset_ = at_;
  }

  uint32_t add(Type type, std::string_view text) {
    if (!open_.empty()) {
      ++out_.nodes_[open_.back()].count;
    }
    const auto index = static_cast<uint32_t>(out_.nodes_.size());
    out_.nodes_.push_back({.name = std::exchange(name_, {}),
                           .text = text,
                           .offset = static_cast<uint32_t>(at_),
                           .end = index + 1,
                           .count = 0,
                           .type = type});
    return index;
  }

  void close() {
    LenientJson::Node& node = out_.nodes_[open_.back()];
    node.end = static_cast<uint32_t>(out_.nodes_.size());
    if (node.type == Type::kObject && !out_.duplicate_) {
      find_duplicate(open_.back());
    }
    open_.pop_back();
  }

  void find_duplicate(uint32_t object) {
    names_.clear();
    for (uint32_t i = object + 1; i < out_.nodes_[object].end; i = out_.nodes_[i].end) {
      const std::string_view name = out_.nodes_[i].name;
      if (out_.nodes_[object].count <= kManyNames &&
          std::ranges::find(names_, name) != names_.end()) {
        out_.duplicate_ = name;
        return;
      }
      names_.push_back(name);
    }
    if (out_.nodes_[object].count > kManyNames) {
      std::ranges::sort(names_);
      const auto twice = std::ranges::adjacent_find(names_);
      if (twice != names_.end()) {
        out_.duplicate_ = *twice;
      }
    }
  }

  void skip_space() {
    while (at_ < text_.size()) {
      if (is_space(text_[at_])) {
        ++at_;
      } else if (text_.substr(at_).starts_with("//")) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (text_.substr(at_).starts_with("/*")) {
        at_ = std::min(std::min(text_.find("*/", at_ + 2), text_.size()) + 2, text_.size());
      } else {
        return;
      }
    }
  }

  // One value, or the end of what is open, with the commas around it.
  void step() {
    const Type within = out_.nodes_[open_.back()].type;
    const bool document = open_.size() == 1;
    if (at_ == text_.size()) {
      fault("ends too early");
      return;
    }
    if (!document) {
      const char c = text_[at_];
      if (c == (within == Type::kObject ? '}' : ']')) {
        ++at_;
        close();
        return;
      }
      if (out_.nodes_[open_.back()].count > 0) {
        if (c != ',') {
          fault("expected a comma");
          return;
        }
        ++at_;
        skip_space();
        if (at_ < text_.size() && text_[at_] == (within == Type::kObject ? '}' : ']')) {
          return;  // a comma too many: some take it
        }
      }
    }
    if (within == Type::kObject && !read_name()) {
      return;
    }
    read_value();
  }

  bool read_name() {
    if (at_ == text_.size() || text_[at_] != '"') {
      fault("expected the name of a member");
      return false;
    }
    std::string_view name;
    if (!read_string(name)) {
      return false;
    }
    skip_space();
    if (at_ == text_.size() || text_[at_] != ':') {
      fault("expected a colon");
      return false;
    }
    ++at_;
    skip_space();
    name_ = name;
    return true;
  }

  void read_value() {
    if (at_ == text_.size()) {
      fault("ends too early");
      return;
    }
    if (out_.nodes_.size() >= LenientJson::kMostNodes) {
      fault("more values than can be read");
      return;
    }
    const char c = text_[at_];
    if (c == '{' || c == '[') {
      if (open_.size() > LenientJson::kMostDepth) {
        fault("nested too deeply");
        return;
      }
      const uint32_t index = add(c == '{' ? Type::kObject : Type::kArray, {});
      open_.push_back(index);
      ++at_;
      return;
    }
    if (c == '"') {
      const uint32_t index = add(Type::kString, {});
      std::string_view text;
      if (read_string(text)) {
        out_.nodes_[index].text = text;
      }
      return;
    }
    const size_t from = at_;
    size_t end = at_;
    while (end < text_.size() && !is_space(text_[end]) &&
           std::string_view(",]}:\"{[").find(text_[end]) == std::string_view::npos) {
      ++end;
    }
    const std::string_view word = text_.substr(from, end - from);
    static constexpr std::array<std::string_view, 4> kNumbers = {"NaN", "Infinity", "-Infinity",
                                                                 "-NaN"};
    Type type = Type::kNumber;
    if (word == "null") {
      type = Type::kNull;
    } else if (word == "true" || word == "false") {
      type = Type::kBoolean;
    } else if (std::ranges::find(kNumbers, word) == kNumbers.end() &&
               (word.empty() || (word[0] != '-' && (word[0] < '0' || word[0] > '9')) ||
                word.find_first_not_of("0123456789+-.eE") != std::string_view::npos)) {
      fault("expected a value");
      return;
    }
    add(type, word);
    at_ = end;
  }

  bool read_string(std::string_view& out) {
    const size_t from = at_ + 1;
    size_t end = from;
    bool escaped = false;
    for (;;) {
      end = text_.find_first_of("\"\\", end);
      if (end == std::string_view::npos) {
        fault("a string has no end");
        return false;
      }
      if (text_[end] == '"') {
        break;
      }
      escaped = true;
      end += 2;
    }
    const std::string_view raw = text_.substr(from, end - from);
    at_ = end + 1;
    out = escaped ? decode(raw) : raw;
    return true;
  }

  // Never longer than what it is made from.
  std::string_view decode(std::string_view raw) {
    if (out_.decoded_ == nullptr) {
      // Not value-initialised: what is not used costs nothing.
      out_.decoded_ = std::make_unique_for_overwrite<char[]>(text_.size());
    }
    char* const begin = out_.decoded_.get() + used_;
    char* to = begin;
    for (size_t i = 0; i < raw.size(); ++i) {
      if (raw[i] != '\\' || i + 1 == raw.size()) {
        *to++ = raw[i];
        continue;
      }
      const char c = raw[++i];
      static constexpr std::string_view kFrom = "bfnrt";
      static constexpr std::string_view kTo = "\b\f\n\r\t";
      if (const size_t plain = kFrom.find(c); plain != std::string_view::npos) {
        *to++ = kTo[plain];
      } else if (c == 'u') {
        to = put_point(point_at(raw, i), to);
      } else {
        *to++ = c;
      }
    }
    used_ += static_cast<size_t>(to - begin);
    return {begin, static_cast<size_t>(to - begin)};
  }

  // The character whose `u` is at `i` of `raw`; leaves `i` at its last letter.
  static uint32_t point_at(std::string_view raw, size_t& i) {
    const auto unit = [&](size_t from) -> std::optional<uint32_t> {
      uint32_t value = 0;
      for (size_t k = from; k < from + 4; ++k) {
        const int digit = k < raw.size() ? hex_digit(raw[k]) : -1;
        if (digit < 0) {
          return std::nullopt;
        }
        value = value * 16 + static_cast<uint32_t>(digit);
      }
      return value;
    };
    const auto high = unit(i + 1);
    if (!high) {
      return 'u';
    }
    i += 4;
    if (*high >= 0xD800 && *high < 0xDC00 && i + 2 < raw.size() && raw[i + 1] == '\\' &&
        raw[i + 2] == 'u') {
      const auto low = unit(i + 3);
      if (low && *low >= 0xDC00 && *low < 0xE000) {
        i += 6;
        return 0x10000 + ((*high - 0xD800) << 10) + (*low - 0xDC00);
      }
    }
    return *high >= 0xD800 && *high < 0xE000 ? 0xFFFD : *high;
  }

  static char* put_point(uint32_t point, char* to) {
    if (point < 0x80) {
      *to++ = static_cast<char>(point);
    } else if (point < 0x800) {
      *to++ = static_cast<char>(0xC0 | (point >> 6));
      *to++ = static_cast<char>(0x80 | (point & 0x3F));
    } else if (point < 0x10000) {
      *to++ = static_cast<char>(0xE0 | (point >> 12));
      *to++ = static_cast<char>(0x80 | ((point >> 6) & 0x3F));
      *to++ = static_cast<char>(0x80 | (point & 0x3F));
    } else {
      *to++ = static_cast<char>(0xF0 | (point >> 18));
      *to++ = static_cast<char>(0x80 | ((point >> 12) & 0x3F));
      *to++ = static_cast<char>(0x80 | ((point >> 6) & 0x3F));
      *to++ = static_cast<char>(0x80 | (point & 0x3F));
    }
    return to;
  }

  std::string_view text_;
  LenientJson& out_;
  size_t at_ = 0;
  size_t used_ = 0;
  std::string_view name_;
  std::vector<uint32_t> open_;
  std::vector<std::string_view> names_;
};

LenientJson LenientJson::parse(std::string_view text) {
  LenientJson out;
  LenientParser(text, out).run();
  return out;
}

LenientJson::Value LenientJson::documents() const {
  return {this, 0};
}

LenientJson::Value LenientJson::root() const {
  static const LenientJson kNone = [] {
    LenientJson none;
    none.nodes_.push_back(
        {.name = {}, .text = {}, .offset = 0, .end = 1, .count = 0, .type = Type::kNull});
    return none;
  }();
  return nodes_.size() > 1 ? Value(this, 1) : Value(&kNone, 0);
}

std::optional<LenientJson::Value> LenientJson::Value::find(std::string_view name) const {
  std::optional<Value> found;
  if (is_object()) {
    for (const Value member : *this) {
      if (member.name() == name) {
        found = member;
      }
    }
  }
  return found;
}

std::string_view LenientJson::Value::string(std::string_view name) const {
  const auto member = find(name);
  return member && member->is_string() ? member->text() : std::string_view();
}

}  // namespace sally::formats
