// IpAddress and Cidr: internet addresses as values, without the socket headers.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sally {

// An IPv4 or IPv6 address. An IPv4-mapped IPv6 address (`::ffff:10.0.0.1`, what a dual-stack
// listener reports) is the IPv4 address: one caller has one address.
class IpAddress {
 public:
  // RFC 4291 section 2.2 for IPv6; dotted decimal without leading zeros for IPv4. No brackets, no
  // port, no zone. kInvalidInput otherwise.
  static Result<IpAddress> parse(std::string_view text);

  [[nodiscard]] bool is_v4() const { return v4_; }
  // RFC 5952.
  [[nodiscard]] std::string to_string() const;

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  friend class Cidr;
  // IPv4 in the last four octets.
  std::array<uint8_t, 16> octets_{};
  bool v4_ = false;
};

// A block of addresses: `10.0.0.0/8`, `2001:db8::/32`; an address alone is a block of one.
class Cidr {
 public:
  // Refuses bits set behind the prefix (`10.0.0.1/8`): it is not clear what was meant.
  static Result<Cidr> parse(std::string_view text);

  // False across the families.
  [[nodiscard]] bool contains(const IpAddress& address) const;
  [[nodiscard]] std::string to_string() const;

  friend auto operator<=>(const Cidr&, const Cidr&) = default;

 private:
  IpAddress network_;
  uint8_t prefix_ = 0;  // of 32 or of 128
};

}  // namespace sally
