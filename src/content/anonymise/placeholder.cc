#include "content/anonymise/placeholder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/encoding.h"

namespace sally::content::anonymise {
namespace {

using State = PlaceholderMatch::State;

constexpr size_t kMostLabel = 40;
constexpr size_t kTagText = 8;
constexpr size_t kMostNumber = 10;
constexpr size_t kMostBody = store::Vault::kMostLabel + 1 + kMostNumber + 1 + kTagText;
constexpr std::string_view kBase32 = "0123456789abcdefghjkmnpqrstvwxyz";

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr char to_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 0x20) : c;
}

std::array<char, kTagText> text_of(const store::VaultTag& tag) {
  uint64_t bits = 0;
  for (const std::byte octet : tag) {
    bits = bits << 8 | std::to_integer<uint64_t>(octet);
  }
  std::array<char, kTagText> out;
  for (size_t i = kTagText; i-- > 0; bits >>= 5) {
    out[i] = kBase32[bits & 31];
  }
  return out;
}

bool read_tag(std::string_view text, store::VaultTag& tag) {
  uint64_t bits = 0;
  for (const char c : text) {
    const size_t digit = kBase32.find(to_lower(c));
    if (digit == std::string_view::npos) {
      return false;
    }
    bits = bits << 5 | digit;
  }
  for (size_t i = tag.size(); i-- > 0; bits >>= 8) {
    tag[i] = static_cast<std::byte>(bits);
  }
  return true;
}

// `body` is what stands between the brackets, without escapes.
bool read_body(std::string_view body, Placeholder& out) {
  if (body.size() < kTagText + 4 || body[body.size() - kTagText - 1] != '_' ||
      !read_tag(body.substr(body.size() - kTagText), out.tag)) {
    return false;
  }
  body.remove_suffix(kTagText + 1);
  const size_t underscore = body.rfind('_');
  if (underscore == std::string_view::npos || underscore == 0 || !is_letter(body[0])) {
    return false;
  }
  const std::string_view number = body.substr(underscore + 1);
  if (number.empty() || number.size() > kMostNumber || !std::ranges::all_of(number, is_digit) ||
      number[0] == '0') {
    return false;
  }
  const auto read = std::from_chars(number.data(), number.data() + number.size(), out.number);
  if (read.ec != std::errc() || underscore > store::Vault::kMostLabel) {
    return false;
  }
  out.label.resize(underscore);
  std::ranges::transform(body.substr(0, underscore), out.label.begin(), to_upper);
  return true;
}

// Reads a text from the left; what an escape hides is read without it.
class Reader {
 public:
  Reader(std::string_view text, Writing writing)
      : text_(text.substr(0, kLongestPlaceholder)),
        escape_(writing == Writing::kJsonString ? "\\\\" : "\\"),
        cut_(text.size() >= kLongestPlaceholder) {}

  struct Character {
    State state;  // kYes: there is one
    char value = 0;
    bool escaped = false;
  };
  Character next() {
    const std::string_view rest = text_.substr(at_);
    const bool escaped = rest.starts_with(escape_);
    if (!escaped && escape_.starts_with(rest)) {
      return {ends()};  // nothing, or the beginning of an escape
    }
    if (escaped && rest.size() == escape_.size()) {
      return {ends()};
    }
    const size_t skipped = escaped ? escape_.size() : 0;
    at_ += skipped + 1;
    return {State::kYes, rest[skipped], escaped};
  }
  [[nodiscard]] size_t at() const { return at_; }

 private:
  [[nodiscard]] State ends() const { return cut_ ? State::kNo : State::kMore; }

  std::string_view text_;
  std::string_view escape_;
  bool cut_;
  size_t at_ = 0;
};

}  // namespace

std::string label_of(std::string_view type) {
  std::string out;
  for (const char c : type.substr(0, kMostLabel)) {
    out += is_letter(c) || is_digit(c) ? to_upper(c) : '_';
  }
  if (out.empty() || !is_letter(out[0])) {
    out.insert(0, "VALUE_");
  }
  return out;
}

std::string to_text(const store::VaultEntry& entry) {
  const std::array<char, kTagText> tag = text_of(entry.tag);
  return fmt::format("[{}_{}_{}]", entry.label, entry.number,
                     std::string_view(tag.data(), tag.size()));
}

PlaceholderMatch match_placeholder(std::string_view text, Writing writing) {
  Reader reader(text, writing);
  const Reader::Character open = reader.next();
  if (open.state != State::kYes) {
    return {.state = open.state, .length = 0, .placeholder = {}};
  }
  if (open.value != '[') {
    return {};
  }
  std::array<char, kMostBody> body;
  for (size_t size = 0;;) {
    const Reader::Character next = reader.next();
    if (next.state != State::kYes) {
      return {.state = next.state, .length = 0, .placeholder = {}};
    }
    if (next.value == ']') {
      PlaceholderMatch out;
      // Escaped at both ends or at none: `C:\[..]` keeps its backslash.
      if (next.escaped == open.escaped &&
          read_body(std::string_view(body.data(), size), out.placeholder)) {
        out.state = State::kYes;
        out.length = reader.at();
      }
      return out;
    }
    const bool part =
        next.value == '_' || (!next.escaped && (is_letter(next.value) || is_digit(next.value)));
    if (!part || size == body.size()) {
      return {};
    }
    body[size++] = next.value;
  }
}

}  // namespace sally::content::anonymise
