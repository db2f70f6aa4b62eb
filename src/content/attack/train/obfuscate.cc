#include "content/attack/train/obfuscate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sally::content::attack {
namespace {

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_letter(char c) {
  return is_upper(c) || is_lower(c);
}

void put(std::string& out, uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | code >> 18);
    out += static_cast<char>(0x80 | (code >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

// Each character as `change` says.
template <typename Change>
std::string changed(std::string_view text, const Change& change) {
  std::string out;
  for (const char c : text) {
    change(out, c);
  }
  return out;
}

std::string upper(std::string_view text) {
  return changed(text, [](std::string& out, char c) {
    out += is_lower(c) ? static_cast<char>(c - ('a' - 'A')) : c;
  });
}

std::string full_width(std::string_view text) {
  return changed(text, [](std::string& out, char c) {
    put(out, c > ' ' && c < 0x7F ? static_cast<uint32_t>(c) + 0xFEE0 : static_cast<uint32_t>(c));
  });
}

std::string mathematical(std::string_view text) {
  return changed(text, [](std::string& out, char c) {
    put(out, is_upper(c)   ? 0x1D400 + static_cast<uint32_t>(c - 'A')
             : is_lower(c) ? 0x1D41A + static_cast<uint32_t>(c - 'a')
                           : static_cast<uint32_t>(c));
  });
}

std::string circled(std::string_view text) {
  return changed(text, [](std::string& out, char c) {
    put(out, is_upper(c)   ? 0x24B6 + static_cast<uint32_t>(c - 'A')
             : is_lower(c) ? 0x24D0 + static_cast<uint32_t>(c - 'a')
                           : static_cast<uint32_t>(c));
  });
}

std::string zero_width(std::string_view text) {
  return changed(text, [](std::string& out, char c) {
    out += c;
    out += "\xE2\x80\x8B";
  });
}

std::string lookalikes(std::string_view text) {
  constexpr std::string_view kLatin = "aeopcxy";
  constexpr std::array<uint32_t, 7> kCyrillic = {0x430, 0x435, 0x43E, 0x440, 0x441, 0x445, 0x443};
  return changed(text, [&](std::string& out, char c) {
    const size_t at = kLatin.find(c);
    put(out, at == std::string_view::npos ? static_cast<uint32_t>(c) : kCyrillic[at]);
  });
}

std::string marks(std::string_view text) {
  return changed(text, [](std::string& out, char c) {
    out += c;
    if (is_letter(c)) {
      out += "\xCC\xB6";
    }
  });
}

std::string tags(std::string_view text) {
  std::string out = "Hello ";
  for (const char c : text) {
    put(out, 0xE0000 + static_cast<uint32_t>(c == '\n' ? ' ' : c));
  }
  return out;
}

std::string selectors(std::string_view text) {
  std::string out = "Hello ";
  for (const char c : text) {
    const auto octet = static_cast<uint32_t>(c);
    put(out, octet < 16 ? 0xFE00 + octet : 0xE0100 + octet - 16);
  }
  return out;
}

std::string base64(std::string_view text) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t at = 0; at < text.size(); at += 3) {
    uint32_t bits = 0;
    for (size_t i = 0; i < 3; ++i) {
      bits = bits << 8 | (at + i < text.size() ? static_cast<uint8_t>(text[at + i]) : 0U);
    }
    for (size_t i = 0; i < 4; ++i) {
      out += at + i > text.size() ? '=' : kLetters[bits >> (18 - 6 * i) & 63];
    }
  }
  return out;
}

std::string in_octets(std::string_view text, std::string_view form) {
  return changed(text, [&](std::string& out, char c) {
    out += fmt::format(fmt::runtime(form), static_cast<unsigned>(c));
  });
}
std::string hex(std::string_view text) {
  return in_octets(text, "{:02x}");
}
std::string percent(std::string_view text) {
  return in_octets(text, "%{:02x}");
}
std::string entities(std::string_view text) {
  return in_octets(text, "&#{};");
}
std::string escapes(std::string_view text) {
  return in_octets(text, "\\u{:04x}");
}

std::string rot13(std::string_view text) {
  return changed(text, [](std::string& out, char c) {
    const char first = is_upper(c) ? 'A' : 'a';
    out += is_letter(c) ? static_cast<char>(first + (c - first + 13) % 26) : c;
  });
}

std::string reversed(std::string_view text) {
  return {text.rbegin(), text.rend()};
}

std::string right_to_left(std::string_view text) {
  return "\xE2\x80\xAE" + reversed(text) + "\xE2\x80\xAC";
}

std::string spaced(std::string_view text) {
  return changed(text, [](std::string& out, char c) {
    out += c;
    out += ' ';
  });
}

std::string dotted(std::string_view text) {
  return changed(text, [](std::string& out, char c) {
    out += c;
    if (is_letter(c)) {
      out += '.';
    }
  });
}

std::string leetspeak(std::string_view text) {
  constexpr std::string_view kLetters = "aeiost";
  constexpr std::string_view kDigits = "431057";
  return changed(text, [&](std::string& out, char c) {
    const size_t at = kLetters.find(c);
    out += at == std::string_view::npos ? c : kDigits[at];
  });
}

// The letters within each word in another order.
std::string shuffled(std::string_view text) {
  std::string out(text);
  for (size_t at = 0; at < out.size();) {
    size_t end = at;
    while (end < out.size() && is_letter(out[end])) {
      ++end;
    }
    for (size_t i = at + 1; i + 2 < end; i += 2) {
      std::swap(out[i], out[i + 1]);
    }
    at = end + 1;
  }
  return out;
}

constexpr auto kObfuscations = std::to_array<Obfuscation>({
    {"upper case", upper},
    {"full width", full_width},
    {"mathematical", mathematical},
    {"circled", circled},
    {"zero width", zero_width},
    {"lookalikes", lookalikes},
    {"marks", marks},
    {"tags", tags},
    {"selectors", selectors},
    {"base64", base64},
    {"hex", hex},
    {"percent", percent},
    {"entities", entities},
    {"escapes", escapes},
    {"rot13", rot13},
    {"reversed", reversed},
    {"right to left", right_to_left},
    {"spaced", spaced},
    {"dotted", dotted},
    {"leetspeak", leetspeak},
    {"letters shuffled", shuffled},
});

}  // namespace

std::span<const Obfuscation> obfuscations() {
  return kObfuscations;
}

}  // namespace sally::content::attack
