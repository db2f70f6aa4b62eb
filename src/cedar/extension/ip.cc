#include "cedar/extension/ip.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "cedar/extension/digits.h"

namespace sally::cedar {
namespace {

constexpr size_t kGroups = 8;
constexpr size_t kNoGap = SIZE_MAX;
constexpr uint8_t kBits4 = 32;
constexpr uint8_t kBits6 = 128;

bool parse_v4(std::string_view text, std::span<uint8_t, 16> out) {
  for (size_t i = 0; i < 4; ++i) {
    if (i > 0) {
      if (!text.starts_with('.')) {
        return false;
      }
      text.remove_prefix(1);
    }
    const std::string_view digits = take_digits(text);
    if (digits.empty() || digits.size() > 3 || (digits.size() > 1 && digits.front() == '0')) {
      return false;
    }
    const uint64_t value = digits_value(digits).value();
    if (value > 255) {
      return false;
    }
    out[i] = static_cast<uint8_t>(value);
  }
  return text.empty();
}

int hex_value(char c) {
  if (is_digit(c)) {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// One to four hexadecimal digits at the start of `text`.
bool take_group(std::string_view& text, uint16_t& out) {
  unsigned value = 0;
  size_t size = 0;
  while (size < text.size() && hex_value(text[size]) >= 0) {
    value = value * 16 + static_cast<unsigned>(hex_value(text[size]));
    if (++size > 4) {
      return false;
    }
  }
  text.remove_prefix(size);
  out = static_cast<uint16_t>(value);
  return size > 0;
}

bool parse_v6(std::string_view text, std::span<uint8_t, 16> out) {
  std::array<uint16_t, kGroups> groups{};
  size_t count = 0;
  size_t gap = kNoGap;  // how many groups stand before `::`
  if (text.starts_with("::")) {
    gap = 0;
    text.remove_prefix(2);
  }
  while (!text.empty()) {
    if (count == kGroups || !take_group(text, groups[count])) {
      return false;
    }
    ++count;
    if (text.empty()) {
      break;
    }
    if (text.starts_with("::") && gap == kNoGap) {
      gap = count;
      text.remove_prefix(2);
    } else if (text.starts_with(':') && text.size() > 1) {
      text.remove_prefix(1);
    } else {
      return false;
    }
  }
  // `::` stands for at least one group.
  if (gap == kNoGap ? count != kGroups : count >= kGroups) {
    return false;
  }
  if (gap != kNoGap) {
    std::rotate(groups.begin() + static_cast<ptrdiff_t>(gap),
                groups.begin() + static_cast<ptrdiff_t>(count), groups.end());
  }
  for (size_t i = 0; i < kGroups; ++i) {
    out[2 * i] = static_cast<uint8_t>(groups[i] >> 8);
    out[2 * i + 1] = static_cast<uint8_t>(groups[i]);
  }
  return true;
}

// Whether the first `bits` bits are the same.
bool same_prefix(std::span<const uint8_t, 16> a, std::span<const uint8_t, 16> b, unsigned bits) {
  const size_t whole = bits / 8;
  if (!std::equal(a.begin(), a.begin() + static_cast<ptrdiff_t>(whole), b.begin())) {
    return false;
  }
  const unsigned rest = bits % 8;
  return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

// The longest run of two or more zero groups, the first of equals; {8, 0} where there is none.
struct Run {
  size_t begin = kGroups;
  size_t size = 0;
};
Run longest_zeros(std::span<const uint16_t, kGroups> groups) {
  Run best;
  for (size_t begin = 0; begin < kGroups; ++begin) {
    size_t end = begin;
    while (end < kGroups && groups[end] == 0) {
      ++end;
    }
    if (end - begin > std::max<size_t>(best.size, 1)) {
      best = {begin, end - begin};
    }
  }
  return best;
}

std::string v6_text(std::span<const uint8_t, 16> octets) {
  std::array<uint16_t, kGroups> groups{};
  for (size_t i = 0; i < kGroups; ++i) {
    groups[i] = static_cast<uint16_t>(octets[2 * i] << 8 | octets[2 * i + 1]);
  }
  const Run zeros = longest_zeros(groups);
  std::string out;
  for (size_t i = 0; i < kGroups; ++i) {
    if (i == zeros.begin) {
      out += "::";
      i += zeros.size - 1;
      continue;
    }
    out += fmt::format("{}{:x}", out.empty() || out.ends_with(':') ? "" : ":", groups[i]);
  }
  return out;
}

}  // namespace

Parsed<IpRange> IpRange::parse(std::string_view text) {
  using Out = Parsed<IpRange>;
  IpRange out;
  const size_t slash = text.find('/');
  const std::string_view address = text.substr(0, slash);
  out.v4_ = parse_v4(address, out.octets_);
  if (!out.v4_ && !parse_v6(address, out.octets_)) {
    return Out::failed("expected an IPv4 or IPv6 address");
  }
  const uint8_t bits = out.v4_ ? kBits4 : kBits6;
  if (slash == std::string_view::npos) {
    out.prefix_ = bits;
    return out;
  }
  std::string_view rest = text.substr(slash + 1);
  const std::string_view digits = take_digits(rest);
  if (digits.empty() || digits.size() > 3 || !rest.empty() ||
      (digits.size() > 1 && digits.front() == '0')) {
    return Out::failed("expected a prefix length without leading zeros");
  }
  const uint64_t prefix = digits_value(digits).value();
  if (prefix > bits) {
    return Out::failed("the prefix is longer than the address");
  }
  out.prefix_ = static_cast<uint8_t>(prefix);
  return out;
}

std::string IpRange::to_string() const {
  std::string out = v4_ ? fmt::format("{}.{}.{}.{}", octets_[0], octets_[1], octets_[2], octets_[3])
                        : v6_text(octets_);
  if (prefix_ != (v4_ ? kBits4 : kBits6)) {
    out += fmt::format("/{}", prefix_);
  }
  return out;
}

bool IpRange::is_loopback() const {
  if (v4_) {
    return octets_[0] == 127 && prefix_ >= 8;
  }
  constexpr std::array<uint8_t, 16> kLoopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  return octets_ == kLoopback && prefix_ == kBits6;
}

bool IpRange::is_multicast() const {
  return v4_ ? (octets_[0] >> 4) == 0xE && prefix_ >= 4 : octets_[0] == 0xFF && prefix_ >= 8;
}

bool IpRange::is_in_range(const IpRange& other) const {
  return v4_ == other.v4_ && prefix_ >= other.prefix_ &&
         same_prefix(octets_, other.octets_, other.prefix_);
}

}  // namespace sally::cedar
