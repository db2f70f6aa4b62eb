// What is an address shows as one that reads as the same; a block contains its own network.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/address.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto address = sally::IpAddress::parse(text);
  if (address) {
    const auto again = sally::IpAddress::parse(address->to_string());
    if (!again || *again != *address) {
      std::abort();
    }
  }
  const auto block = sally::Cidr::parse(text);
  if (block) {
    const std::string shown = block->to_string();
    const auto again = sally::Cidr::parse(shown);
    const auto network = sally::IpAddress::parse(shown.substr(0, shown.find('/')));
    if (!again || *again != *block || !network || !block->contains(*network)) {
      std::abort();
    }
  }
  return 0;
}
