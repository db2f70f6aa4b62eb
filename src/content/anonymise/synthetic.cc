#include "content/anonymise/synthetic.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "base/encoding.h"

namespace sally::content::anonymise {
namespace {

constexpr auto kFirstNames = std::to_array<std::string_view>({
#define SALLY_FIRST_NAME(word) word,
#define SALLY_LAST_NAME(word)
#define SALLY_PLACE(word)
#define SALLY_ORGANIZATION(word)
#include "content/anonymise/synthetic_words.def"
#undef SALLY_FIRST_NAME
#undef SALLY_LAST_NAME
});
constexpr auto kLastNames = std::to_array<std::string_view>({
#define SALLY_FIRST_NAME(word)
#define SALLY_LAST_NAME(word) word,
#include "content/anonymise/synthetic_words.def"
#undef SALLY_LAST_NAME
#undef SALLY_PLACE
});
constexpr auto kPlaces = std::to_array<std::string_view>({
#define SALLY_LAST_NAME(word)
#define SALLY_PLACE(word) word,
#include "content/anonymise/synthetic_words.def"
#undef SALLY_PLACE
#undef SALLY_ORGANIZATION
});
constexpr auto kOrganizations = std::to_array<std::string_view>({
#define SALLY_PLACE(word)
#define SALLY_ORGANIZATION(word) word,
#include "content/anonymise/synthetic_words.def"
#undef SALLY_FIRST_NAME
#undef SALLY_LAST_NAME
#undef SALLY_PLACE
#undef SALLY_ORGANIZATION
});

struct Phone {
  std::string_view prefix;
  std::string_view number;
};
constexpr auto kPhones = std::to_array<Phone>({
#define SALLY_PHONE(prefix, number) {prefix, number},
#include "content/anonymise/synthetic_phones.def"
#undef SALLY_PHONE
});

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

// Numbers that follow from the key and the value alone.
class Draw {
 public:
  Draw(const crypto::HmacKey& key, std::string_view scope, std::string_view type,
       std::string_view value, uint32_t attempt)
      : key_(key) {
    crypto::HmacStream stream = key.begin();
    const std::array<uint64_t, 3> sizes = {scope.size(), type.size(), attempt};
    stream.update(std::as_bytes(std::span(sizes)));
    stream.update(as_bytes(scope));
    stream.update(as_bytes(type));
    stream.update(as_bytes(value));
    block_ = stream.finish();
  }
  // Below `bound`, which is at most 2^16; not perfectly even, which nobody can tell.
  uint32_t below(uint32_t bound) {
    if (at_ + 4 > block_.size()) {
      block_ = key_.sign(block_);
      at_ = 0;
    }
    uint32_t out = 0;
    for (int i = 0; i < 4; ++i) {
      out = out << 8 | std::to_integer<uint32_t>(block_[at_++]);
    }
    return out % bound;
  }
  char digit() { return static_cast<char>('0' + below(10)); }
  char letter() { return static_cast<char>('a' + below(26)); }
  template <size_t kSize>
  std::string_view word(const std::array<std::string_view, kSize>& words) {
    return words[below(kSize)];
  }

 private:
  const crypto::HmacKey& key_;
  crypto::Sha256Digest block_;
  size_t at_ = 0;
};

// Digits for digits, letters for letters of their case, a letter for each character that is not
// ASCII; all else stays.
std::string of_shape(std::string_view value, Draw& draw) {
  std::string out;
  for (const char c : value) {
    const auto octet = static_cast<unsigned char>(c);
    if (is_digit(c)) {
      out += draw.digit();
    } else if (is_upper(c)) {
      out += static_cast<char>(draw.letter() - 0x20);
    } else if (is_lower(c) || octet >= 0xC0) {
      out += draw.letter();
    } else if (octet < 0x80) {
      out += c;
    }
  }
  return out;
}

// Puts `digits` where the digits of `value` stand. There are as many.
std::string with_digits(std::string_view value, std::string_view digits) {
  std::string out(value);
  size_t next = 0;
  for (char& c : out) {
    if (is_digit(c)) {
      c = digits[next++];
    }
  }
  return out;
}

std::string from_pattern(std::string_view pattern, Draw& draw) {
  std::string out(pattern);
  for (char& c : out) {
    c = c == '#' ? draw.digit() : c;
  }
  return out;
}

// The issuers' test numbers begin so.
std::string_view test_bin(char first, size_t length) {
  if (length == 15) {
    return "378282";
  }
  switch (first) {
    case '5':
    case '2':
      return "555555";
    case '6':
      return "601111";
    default:
      return "411111";
  }
}

std::string card(std::string_view value, Draw& draw) {
  const auto length = static_cast<size_t>(std::ranges::count_if(value, is_digit));
  if (length < 12 || length > 19) {
    return of_shape(value, draw);
  }
  std::string digits(test_bin(*std::ranges::find_if(value, is_digit), length));
  while (digits.size() + 1 < length) {
    digits += draw.digit();
  }
  unsigned sum = 0;  // Luhn: from the right, every other digit doubled; the check digit is to come
  for (size_t i = 0; i < digits.size(); ++i) {
    auto digit = static_cast<unsigned>(digits[digits.size() - 1 - i] - '0');
    if (i % 2 == 0) {
      digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    }
    sum += digit;
  }
  digits += static_cast<char>('0' + (10 - sum % 10) % 10);
  return with_digits(value, digits);
}

// ISO 13616: the check digits make the number, its first four characters moved to the end and its
// letters read as 10 to 35, 1 modulo 97.
std::string iban(std::string_view value, Draw& draw) {
  std::vector<size_t> places;  // of letters and digits
  for (size_t i = 0; i < value.size(); ++i) {
    if (is_digit(value[i]) || is_upper(value[i]) || is_lower(value[i])) {
      places.push_back(i);
    }
  }
  std::string out = of_shape(value, draw);
  if (places.size() < 8 || places.size() > 34 || out.size() != value.size() ||
      !is_digit(value[places[2]]) || !is_digit(value[places[3]])) {
    return out;
  }
  out[places[0]] = value[places[0]];
  out[places[1]] = value[places[1]];
  unsigned rest = 0;
  const auto take = [&](char c) {
    const char lower = to_lower(c);
    rest = is_digit(c) ? (rest * 10 + static_cast<unsigned>(c - '0')) % 97
                       : (rest * 100 + static_cast<unsigned>(lower - 'a' + 10)) % 97;
  };
  for (size_t i = 4; i < places.size(); ++i) {
    take(out[places[i]]);
  }
  take(out[places[0]]);
  take(out[places[1]]);
  take('0');
  take('0');
  const unsigned check = 98 - rest;
  out[places[2]] = static_cast<char>('0' + check / 10);
  out[places[3]] = static_cast<char>('0' + check % 10);
  return out;
}

std::string person(std::string_view value, Draw& draw) {
  std::string out(draw.word(kFirstNames));
  if (value.find(' ') != std::string_view::npos) {
    out += ' ';
    out += draw.word(kLastNames);
  }
  if (std::ranges::none_of(value, is_lower) && std::ranges::any_of(value, is_upper)) {
    std::ranges::transform(out, out.begin(),
                           [](char c) { return is_lower(c) ? static_cast<char>(c - 0x20) : c; });
  }
  return out;
}

std::string mail(std::string_view /*value*/, Draw& draw) {
  std::string local =
      fmt::format("{}.{}{}", draw.word(kFirstNames), draw.word(kLastNames), draw.below(10'000));
  std::ranges::transform(local, local.begin(), to_lower);
  return local + "@example.com";
}

std::string phone(std::string_view value, Draw& draw) {
  const auto row = std::ranges::find_if(
      kPhones, [&](const Phone& phone) { return value.starts_with(phone.prefix); });
  return from_pattern(row->number, draw);
}

// RFC 5737 and RFC 3849.
std::string network_address(std::string_view value, Draw& draw) {
  if (value.find(':') != std::string_view::npos) {
    return fmt::format("2001:db8::{:x}:{:x}", 1 + draw.below(0xffff), 1 + draw.below(0xffff));
  }
  constexpr auto kNetworks =
      std::to_array<std::string_view>({"192.0.2", "198.51.100", "203.0.113"});
  return fmt::format("{}.{}", draw.word(kNetworks), 1 + draw.below(254));
}

std::string hardware_address(std::string_view value, Draw& draw) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out(value);
  size_t digits = 0;
  for (char& c : out) {
    if (is_digit(c) || is_upper(c) || is_lower(c)) {
      // Locally administered, one station: 02.
      c = digits == 0 ? '0' : digits == 1 ? '2' : kHex[draw.below(16)];
      ++digits;
    }
  }
  return out;
}

std::string url(std::string_view /*value*/, Draw& draw) {
  std::string out = "https://example.com/";
  for (int i = 0; i < 8; ++i) {
    out += draw.letter();
  }
  return out;
}

// Day and month are 1 to 12, so that it does not matter which is which.
std::string date(std::string_view value, Draw& draw) {
  std::string out = of_shape(value, draw);
  for (size_t begin = 0; begin < out.size();) {
    size_t end = begin;
    while (end < out.size() && is_digit(out[end])) {
      ++end;
    }
    const size_t length = end - begin;
    if (length == 4) {
      out.replace(begin, 4, fmt::format("{}", 1950 + draw.below(50)));
    } else if (length == 2) {
      out.replace(begin, 2, fmt::format("{:02}", 1 + draw.below(12)));
    } else if (length == 1) {
      out.replace(begin, 1, fmt::format("{}", 1 + draw.below(9)));
    }
    begin = end + 1;
  }
  return out;
}

// 666 was never given out as an area.
std::string social_security_number(std::string_view value, Draw& draw) {
  if (std::ranges::count_if(value, is_digit) != 9) {
    return of_shape(value, draw);
  }
  return with_digits(value, from_pattern("666######", draw));
}

std::string place(std::string_view /*value*/, Draw& draw) {
  return std::string(draw.word(kPlaces));
}
std::string address(std::string_view /*value*/, Draw& draw) {
  return fmt::format("{} {} Street", 1 + draw.below(9'999), draw.word(kLastNames));
}
std::string organization(std::string_view /*value*/, Draw& draw) {
  return fmt::format("{} {}", draw.word(kOrganizations), 1 + draw.below(999));
}

struct Generator {
  std::string_view type;
  std::string (*make)(std::string_view value, Draw& draw);
};
constexpr auto kGenerators = std::to_array<Generator>({
    {"CREDIT_CARD", card},
    {"IBAN_CODE", iban},
    {"EMAIL_ADDRESS", mail},
    {"PHONE_NUMBER", phone},
    {"PERSON", person},
    {"LOCATION", place},
    {"ADDRESS", address},
    {"ORGANIZATION", organization},
    {"IP_ADDRESS", network_address},
    {"MAC_ADDRESS", hardware_address},
    {"URL", url},
    {"DATE_OF_BIRTH", date},
    {"DATE_TIME", date},
    {"US_SSN", social_security_number},
});

}  // namespace

std::string synthesise(const crypto::HmacKey& key, std::string_view scope, std::string_view type,
                       std::string_view value, uint32_t attempt) {
  Draw draw(key, scope, type, value, attempt);
  value = value.substr(0, kLongestSynthetic);
  const auto row = std::ranges::find(kGenerators, type, &Generator::type);
  return row == kGenerators.end() ? of_shape(value, draw) : row->make(value, draw);
}

}  // namespace sally::content::anonymise
