#include "content/outflow/decoded_forms.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/encoding.h"
#include "content/normalise/utf8.h"
#include "content/outflow/web_url.h"

namespace sally::content {
namespace {

constexpr size_t kMaxDepth = 3;
constexpr size_t kMinDecoded = 4;  // octets
constexpr size_t kFactor = 8;
constexpr size_t kFloor = 2'048;

int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') {
    return c - 'A';
  }
  if (c >= 'a' && c <= 'z') {
    return c - 'a' + 26;
  }
  if (c >= '0' && c <= '9') {
    return c - '0' + 52;
  }
  return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

int base32_value(char c) {
  const char low = to_lower(c);
  if (low >= 'a' && low <= 'z') {
    return low - 'a';
  }
  return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

// Digits of `bits` bits each, the first one first; what is left over is dropped.
template <typename Value>
std::string decode_digits(std::string_view digits, unsigned bits, Value value) {
  std::string out;
  uint32_t held = 0;
  unsigned have = 0;
  for (const char c : digits) {
    held = held << bits | static_cast<uint32_t>(value(c));
    have += bits;
    if (have >= 8) {
      have -= 8;
      out.push_back(static_cast<char>(held >> have & 0xFFU));
    }
  }
  return out;
}

class Expander {
 public:
  explicit Expander(size_t size) : left_(kFactor * size + kFloor) {}

  void expand(std::string_view text, bool encoded, size_t depth) {
    if (text.size() > left_) {
      return;
    }
    left_ -= text.size();
    forms_.push_back({std::string(text), encoded});
    if (depth == kMaxDepth) {
      return;
    }
    if (text.find('%') != std::string_view::npos) {
      if (const std::string made = percent_decoded(text); made != text) {
        expand(made, encoded, depth + 1);
      }
    }
    for (size_t at = 0; at < text.size();) {
      if (base64_value(text[at]) < 0) {
        ++at;
        continue;
      }
      size_t end = at;
      while (end < text.size() && base64_value(text[end]) >= 0) {
        ++end;
      }
      const std::string_view token = text.substr(at, end - at);
      run(token, depth);
      // The signs of an alphabet may be the URL's own.
      if (token.find_first_of("-_/+") != std::string_view::npos) {
        for (size_t part = 0; part < token.size();) {
          const size_t stop = std::min(token.find_first_of("-_/+", part), token.size());
          if (stop - part < token.size()) {
            run(token.substr(part, stop - part), depth);
          }
          part = stop + 1;
        }
      }
      at = end;
    }
  }

  [[nodiscard]] std::vector<DecodedForm> take() && { return std::move(forms_); }

 private:
  void run(std::string_view token, size_t depth) {
    if (token.size() < kMinDecoded * 4 / 3) {
      return;
    }
    const auto hex = [](char c) { return hex_value(c); };
    if (std::ranges::all_of(token, [](char c) { return hex_value(c) >= 0; })) {
      add(decode_digits(token, 4, hex), depth);
    }
    if (std::ranges::all_of(token, [](char c) { return base32_value(c) >= 0; })) {
      add(decode_digits(token, 5, base32_value), depth);
    }
    add(decode_digits(token, 6, base64_value), depth);
  }

  void add(const std::string& made, size_t depth) {
    if (made.size() < kMinDecoded) {
      return;
    }
    // Only what reads as text is looked into again; all else is a form, and no more.
    const auto printable = static_cast<size_t>(
        std::ranges::count_if(made, [](char c) { return c >= ' ' && c < 0x7F; }));
    const bool text = printable * 10 >= made.size() * 9;
    expand(made, true, text ? depth + 1 : kMaxDepth);
  }

  std::vector<DecodedForm> forms_;
  size_t left_;
};

}  // namespace

std::vector<DecodedForm> decoded_forms(std::string_view text) {
  Expander expander(text.size());
  expander.expand(text, false, 0);
  return std::move(expander).take();
}

bool reads_as_text(std::string_view text, size_t least) {
  if (text.size() < least || !is_utf8(text)) {
    return false;
  }
  size_t letters = 0;
  for (const char c : text) {
    const auto octet = static_cast<uint8_t>(c);
    if (octet < ' ' && c != '\n' && c != '\t' && c != '\r') {
      return false;
    }
    letters += octet >= 0x80 || is_ascii_alnum(octet) || c == ' ' ? 1 : 0;
  }
  return letters * 4 >= text.size() * 3;
}

}  // namespace sally::content
