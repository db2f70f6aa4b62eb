// IpRange: Cedar's `ipaddr`, an address with a prefix. Bits behind the prefix are kept and count in
// comparisons: `10.0.0.1/8` is not `10.0.0.0/8`. (base/address.h refuses such bits and takes an
// IPv4-mapped address for the IPv4 one, which Cedar does not.)
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "cedar/extension/parsed.h"

namespace sally::cedar {

class IpRange {
 public:
  // Dotted decimal without leading zeros, or RFC 4291 without the embedded IPv4 form and without a
  // zone; then optionally `/` and a prefix without leading zeros.
  static Parsed<IpRange> parse(std::string_view text);
  // RFC 5952; the prefix where it is shorter than the address. Parses to the same value.
  [[nodiscard]] std::string to_string() const;

  [[nodiscard]] bool is_v4() const { return v4_; }
  // Whether the whole range is.
  [[nodiscard]] bool is_loopback() const;
  [[nodiscard]] bool is_multicast() const;
  // Whether the whole range lies in `other`; false across the families.
  [[nodiscard]] bool is_in_range(const IpRange& other) const;

  auto operator<=>(const IpRange&) const = default;

 private:
  std::array<uint8_t, 16> octets_{};  // IPv4 in the first four
  uint8_t prefix_ = 0;
  bool v4_ = false;
};

}  // namespace sally::cedar
