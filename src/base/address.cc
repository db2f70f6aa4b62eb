#include "base/address.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace sally {
namespace {

constexpr size_t kV4Offset = 12;
constexpr uint8_t kV4Bits = 32;
constexpr uint8_t kV6Bits = 128;

// A decimal number of 1 to 3 digits without a leading zero, at most `limit`.
std::optional<unsigned> parse_decimal(std::string_view text, unsigned limit) {
  if (text.empty() || text.size() > 3 || (text.size() > 1 && text[0] == '0')) {
    return std::nullopt;
  }
  unsigned value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value <= limit ? std::optional(value) : std::nullopt;
}

bool parse_v4(std::string_view text, uint8_t* out) {
  for (size_t i = 0; i < 4; ++i) {
    const size_t dot = text.find('.');
    if ((dot == std::string_view::npos) != (i == 3)) {
      return false;
    }
    const auto octet = parse_decimal(text.substr(0, dot), 255);
    if (!octet) {
      return false;
    }
    out[i] = static_cast<uint8_t>(*octet);
    text.remove_prefix(i == 3 ? text.size() : dot + 1);
  }
  return true;
}

std::optional<uint16_t> parse_group(std::string_view text) {
  if (text.empty() || text.size() > 4) {
    return std::nullopt;
  }
  unsigned value = 0;
  for (const char c : text) {
    const char lower = static_cast<char>(c | 0x20);
    if (c >= '0' && c <= '9') {
      value = value * 16 + static_cast<unsigned>(c - '0');
    } else if (lower >= 'a' && lower <= 'f') {
      value = value * 16 + static_cast<unsigned>(lower - 'a' + 10);
    } else {
      return std::nullopt;
    }
  }
  return static_cast<uint16_t>(value);
}

// The groups of `text` (no `::` in it) as octets behind one another; nullopt when malformed or
// longer than 16 octets. Dotted decimal may end it where `v4_may_end`.
std::optional<std::string> parse_groups(std::string_view text, bool v4_may_end) {
  std::string octets;
  while (!text.empty()) {
    const size_t colon = text.find(':');
    const std::string_view group = text.substr(0, colon);
    const bool last = colon == std::string_view::npos;
    if (last && v4_may_end && group.find('.') != std::string_view::npos) {
      std::array<uint8_t, 4> v4{};
      if (!parse_v4(group, v4.data())) {
        return std::nullopt;
      }
      octets.append(v4.begin(), v4.end());
    } else {
      const auto value = parse_group(group);
      if (!value) {
        return std::nullopt;
      }
      octets += static_cast<char>(*value >> 8);
      octets += static_cast<char>(*value & 0xFF);
    }
    if (octets.size() > 16 || (!last && colon + 1 == text.size())) {
      return std::nullopt;
    }
    text.remove_prefix(last ? text.size() : colon + 1);
  }
  return octets;
}

bool parse_v6(std::string_view text, std::array<uint8_t, 16>& out) {
  if (text.size() > 45) {
    return false;
  }
  const size_t gap = text.find("::");
  if (gap == std::string_view::npos) {
    const auto octets = parse_groups(text, true);
    if (!octets || octets->size() != 16) {
      return false;
    }
    std::copy(octets->begin(), octets->end(), out.begin());
    return true;
  }
  const std::string_view behind = text.substr(gap + 2);
  const auto head = parse_groups(text.substr(0, gap), false);
  const auto tail = parse_groups(behind, true);
  // `::` stands for at least one group.
  if (!head || !tail || behind.starts_with(':') || head->size() + tail->size() > 14) {
    return false;
  }
  std::copy(head->begin(), head->end(), out.begin());
  std::copy(tail->begin(), tail->end(), out.end() - static_cast<std::ptrdiff_t>(tail->size()));
  return true;
}

}  // namespace

Result<IpAddress> IpAddress::parse(std::string_view text) {
  IpAddress address;
  if (text.find(':') == std::string_view::npos) {
    address.v4_ = true;
    if (parse_v4(text, address.octets_.data() + kV4Offset)) {
      return address;
    }
  } else if (parse_v6(text, address.octets_)) {
    constexpr std::array<uint8_t, kV4Offset> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    if (std::equal(kMapped.begin(), kMapped.end(), address.octets_.begin())) {
      std::fill_n(address.octets_.begin(), kV4Offset, uint8_t{0});
      address.v4_ = true;
    }
    return address;
  }
  return Error(ErrorKind::kInvalidInput, fmt::format("`{}` is no IP address", printable(text, 60)));
}

std::string IpAddress::to_string() const {
  if (v4_) {
    return fmt::format("{}.{}.{}.{}", octets_[12], octets_[13], octets_[14], octets_[15]);
  }
  std::array<unsigned, 8> groups{};
  for (size_t i = 0; i < 8; ++i) {
    groups[i] = static_cast<unsigned>(octets_[2 * i] << 8 | octets_[2 * i + 1]);
  }
  // The longest run of at least two zero groups, the first of equals.
  size_t best = 8;
  size_t best_length = 1;
  for (size_t i = 0; i < 8; ++i) {
    size_t end = i;
    while (end < 8 && groups[end] == 0) {
      ++end;
    }
    if (end - i > best_length) {
      best = i;
      best_length = end - i;
    }
  }
  std::string out;
  for (size_t i = 0; i < 8; ++i) {
    if (i == best) {
      out += "::";
      i += best_length - 1;
      continue;
    }
    if (!out.empty() && out.back() != ':') {
      out += ':';
    }
    out += fmt::format("{:x}", groups[i]);
  }
  return out;
}

Result<Cidr> Cidr::parse(std::string_view text) {
  const size_t slash = text.find('/');
  TRY(auto address, IpAddress::parse(text.substr(0, slash)));
  Cidr block;
  block.network_ = address;
  const uint8_t bits = address.is_v4() ? kV4Bits : kV6Bits;
  block.prefix_ = bits;
  if (slash != std::string_view::npos) {
    const auto prefix = parse_decimal(text.substr(slash + 1), bits);
    if (!prefix) {
      return Error(ErrorKind::kInvalidInput,
                   fmt::format("`{}` has no prefix length of 0 to {} behind the slash",
                               printable(text, 60), bits));
    }
    block.prefix_ = static_cast<uint8_t>(*prefix);
  }
  Cidr masked = block;
  const size_t first = address.is_v4() ? kV4Offset : 0;
  for (size_t bit = block.prefix_; bit < bits; ++bit) {
    masked.network_.octets_[first + bit / 8] &= static_cast<uint8_t>(~(0x80U >> (bit % 8)));
  }
  if (masked.network_ != block.network_) {
    return Error(ErrorKind::kInvalidInput,
                 fmt::format("`{}` has bits set behind its prefix", printable(text, 60)),
                 fmt::format("did you mean `{}`?", masked.to_string()));
  }
  return block;
}

bool Cidr::contains(const IpAddress& address) const {
  if (address.is_v4() != network_.is_v4()) {
    return false;
  }
  const size_t first = address.is_v4() ? kV4Offset : 0;
  const size_t whole = prefix_ / 8;
  for (size_t i = first; i < first + whole; ++i) {
    if (address.octets_[i] != network_.octets_[i]) {
      return false;
    }
  }
  const unsigned rest = prefix_ % 8;
  if (rest == 0) {
    return true;
  }
  const unsigned differing =
      static_cast<unsigned>(address.octets_[first + whole] ^ network_.octets_[first + whole]);
  return (differing >> (8 - rest)) == 0;
}

std::string Cidr::to_string() const {
  return fmt::format("{}/{}", network_.to_string(), prefix_);
}

}  // namespace sally
