// Octets written in letters: base64, hex, and the channels that show nothing.
#include <algorithm>
#include <array>
#include <optional>

#include "content/normalise/code_points.h"
#include "content/normalise/decoder.h"
#include "content/normalise/utf8.h"

namespace sally::content {

namespace {

constexpr size_t kMinBase64 = 16;        // characters
constexpr size_t kMinPaddedBase64 = 12;  // padding included
constexpr size_t kMinHex = 16;           // digits
constexpr size_t kMinChannel = 4;        // variation selectors in a row
constexpr size_t kProbe = 96;            // characters that tell whether the rest is worth it
constexpr size_t kMinLine = 32;          // characters of a wrapped line

constexpr auto kBase64 = [] {
  std::array<int8_t, 256> values{};
  values.fill(-1);
  for (int i = 0; i < 26; ++i) {
    values[static_cast<uint8_t>('A' + i)] = static_cast<int8_t>(i);
    values[static_cast<uint8_t>('a' + i)] = static_cast<int8_t>(26 + i);
  }
  for (int i = 0; i < 10; ++i) {
    values[static_cast<uint8_t>('0' + i)] = static_cast<int8_t>(52 + i);
  }
  values['+'] = values['-'] = 62;
  values['/'] = values['_'] = 63;
  return values;
}();

int base64_value(char c) {
  return kBase64[static_cast<uint8_t>(c)];
}

bool is_line_end(char c) {
  return c == '\n' || c == '\r';
}

// Decodes groups of four from `run`, over line ends; calls put(octets of the run, decoded octets).
template <typename Put>
void for_each_group(std::string_view run, Put put) {
  uint32_t bits = 0;
  size_t digits = 0;
  size_t begin = 0;
  const auto flush = [&](size_t end) {
    if (digits >= 2) {
      std::string made;
      for (size_t i = 0; i + 1 < digits; ++i) {
        made.push_back(static_cast<char>(bits << (6 * (4 - digits)) >> (16 - 8 * i) & 0xFFU));
      }
      put(end - begin, made);
    } else if (end > begin) {
      put(end - begin, "");
    }
    begin = end;
    bits = 0;
    digits = 0;
  };
  for (size_t i = 0; i < run.size(); ++i) {
    const int value = base64_value(run[i]);
    if (value >= 0) {
      bits = bits << 6 | static_cast<uint32_t>(value);
      if (++digits == 4) {
        flush(i + 1);
      }
    }
  }
  flush(run.size());
}

bool decodes_to_text(std::string_view run) {
  std::string made;
  const auto collect = [&](size_t, std::string_view part) { made += part; };
  if (run.size() > kProbe) {
    for_each_group(run.substr(0, kProbe), collect);
    size_t end = made.size();  // a character may be cut
    while (end > 0 && made.size() - end < 4 && (static_cast<uint8_t>(made[end - 1]) >= 0x80)) {
      --end;
    }
    if (!is_printable_text(std::string_view(made).substr(0, end))) {
      return false;
    }
    made.clear();
  }
  for_each_group(run, collect);
  return is_printable_text(made);
}

// Letters of one kind alone are words more often than base64.
bool may_be_base64(std::string_view run, bool padded) {
  bool upper = false;
  bool lower = false;
  bool digit = false;
  for (const char c : run) {
    upper |= c >= 'A' && c <= 'Z';
    lower |= c >= 'a' && c <= 'z';
    digit |= is_ascii_digit(static_cast<uint8_t>(c));
  }
  return run.size() >= (padded ? kMinPaddedBase64 : kMinBase64) && (upper || digit) &&
         (lower || upper) && decodes_to_text(run);
}

void put_base64(DecodedText& out, size_t begin, std::string_view run) {
  out.go_to(begin);
  for_each_group(run, [&](size_t taken, std::string_view made) { out.put(taken, made); });
}

// The end of the run that begins at `at`; over line ends where the lines are long.
size_t base64_end(std::string_view text, size_t at) {
  size_t line = at;
  for (;;) {
    size_t end = line;
    while (end < text.size() && base64_value(text[end]) >= 0) {
      ++end;
    }
    if (end - line < kMinLine || end >= text.size() || !is_line_end(text[end])) {
      return end > line || line == at ? end : line;
    }
    size_t next = end;
    while (next < text.size() && is_line_end(text[next]) && next - end < 2) {
      ++next;
    }
    if (next >= text.size() || base64_value(text[next]) < 0) {
      return end;
    }
    line = next;
  }
}

// Hex digits in pairs, all parted by the same sign, or by 0x.
struct HexRun {
  size_t end = 0;
  std::string made;
  std::string_view separator;
};

std::optional<uint8_t> hex_pair(std::string_view text, size_t at) {
  if (at + 1 >= text.size()) {
    return std::nullopt;
  }
  const int high = hex_value(text[at]);
  const int low = hex_value(text[at + 1]);
  if (high < 0 || low < 0) {
    return std::nullopt;
  }
  return static_cast<uint8_t>(high * 16 + low);
}

HexRun hex_run(std::string_view text, size_t at) {
  constexpr std::array<std::string_view, 8> kSeparators = {" 0x", ", 0x", ",0x", " ",
                                                           ":",   "-",    ", ",  ","};
  HexRun run{at, {}, {}};
  for (auto pair = hex_pair(text, at); pair; pair = hex_pair(text, at)) {
    run.made.push_back(static_cast<char>(*pair));
    at += 2;
    run.end = at;
    if (run.made.size() == 1 && !hex_pair(text, at)) {
      for (const std::string_view separator : kSeparators) {
        if (text.substr(at).starts_with(separator)) {
          run.separator = separator;
          break;
        }
      }
    }
    if (!text.substr(at).starts_with(run.separator)) {
      break;
    }
    at += run.separator.size();
  }
  return run;
}

}  // namespace

void decode_base64(DecodedText& out) {
  const std::string_view text = out.text();
  for (size_t at = 0; at < text.size() && !out.is_full();) {
    if (base64_value(text[at]) < 0) {
      ++at;
      continue;
    }
    const size_t end = base64_end(text, at);
    size_t padded = end;
    while (padded < text.size() && padded - end < 2 && text[padded] == '=') {
      ++padded;
    }
    if (may_be_base64(text.substr(at, padded - at), padded > end)) {
      put_base64(out, at, text.substr(at, padded - at));
    } else {
      // The other alphabet's signs may be the text's: `key_SGVsbG8...`, `a/SGVsbG8...`.
      for (size_t part = at; part < end;) {
        const size_t stop = std::min(text.substr(0, end).find_first_of("-_/+\r\n", part), end);
        const size_t whole = stop == end ? padded : stop;
        if (stop - part < end - at &&
            may_be_base64(text.substr(part, whole - part), whole > stop)) {
          put_base64(out, part, text.substr(part, whole - part));
        }
        part = stop + 1;
      }
    }
    at = padded;
  }
}

void decode_hex(DecodedText& out) {
  const std::string_view text = out.text();
  for (size_t at = 0; at < text.size() && !out.is_full();) {
    if (hex_value(text[at]) < 0 || !hex_pair(text, at)) {
      ++at;
      continue;
    }
    const bool in_word = at > 0 && is_ascii_alnum(static_cast<uint8_t>(text[at - 1])) &&
                         (text[at - 1] | 0x20) != 'x';
    const HexRun run = hex_run(text, at);
    if (!in_word && run.made.size() >= kMinHex / 2 && is_printable_text(run.made)) {
      // The first pair's 0x is part of it.
      const size_t lead =
          at >= out.at() + 2 && text.substr(at - 2, 2) == "0x" ? std::string_view("0x").size() : 0;
      out.go_to(at - lead);
      const size_t width = 2 + run.separator.size();
      for (size_t i = 0; i < run.made.size(); ++i) {
        const size_t own = i + 1 < run.made.size() ? width : 2;
        out.put(i == 0 ? lead + own : own, run.made[i]);
      }
      at = run.end;
    } else {
      at = std::max(run.end, at + 1);
    }
  }
}

void decode_tags(DecodedText& out) {
  const std::string_view text = out.text();
  constexpr uint32_t kFirst = 0xE0020;
  constexpr uint32_t kCancel = 0xE007F;
  constexpr uint32_t kFlag = 0x1F3F4;
  bool flag = false;
  for (size_t at = find_non_ascii(text, 0); at < text.size() && !out.is_full();
       at = find_non_ascii(text, at)) {
    const Decoded it = decode_utf8(text, at);
    if (it.code >= kFirst && it.code < kCancel && !flag) {
      out.skip_to(at);
      out.put(it.length, static_cast<char>(it.code - 0xE0000));
    }
    flag = it.code == kFlag || (flag && it.code >= kFirst && it.code <= kCancel);
    at += it.length;
  }
}

void decode_selectors(DecodedText& out) {
  const std::string_view text = out.text();
  std::string channel;
  for (size_t at = find_non_ascii(text, 0); at < text.size() && !out.is_full();
       at = find_non_ascii(text, at)) {
    const size_t begin = at;
    channel.clear();
    for (Decoded it = decode_utf8(text, at);; it = decode_utf8(text, at)) {
      if (it.code >= 0xFE00 && it.code <= 0xFE0F) {
        channel.push_back(static_cast<char>(it.code - 0xFE00));
      } else if (it.code >= 0xE0100 && it.code <= 0xE01EF) {
        channel.push_back(static_cast<char>(it.code - 0xE0100 + 16));
      } else {
        at += at == begin ? it.length : 0;
        break;
      }
      at += it.length;
      if (at >= text.size()) {
        break;
      }
    }
    if (channel.size() >= kMinChannel && is_printable_text(channel)) {
      out.skip_to(begin);
      for (const char c : channel) {
        out.put(static_cast<uint8_t>(c) < 16 ? 3 : 4, c);
      }
    }
  }
}

}  // namespace sally::content
