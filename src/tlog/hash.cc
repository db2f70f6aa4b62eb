#include "tlog/hash.h"

#include <algorithm>

namespace sally::tlog {
namespace {
constexpr std::byte kLeafPrefix{0x00};
constexpr std::byte kNodePrefix{0x01};
}  // namespace

Hash leaf_hash(ByteView entry) {
  return crypto::sha256(ByteView(&kLeafPrefix, 1), entry);
}

Hash node_hash(const Hash& left, const Hash& right) {
  std::array<std::byte, 1 + 2 * kHashSize> input;
  input[0] = kNodePrefix;
  std::ranges::copy(left, input.begin() + 1);
  std::ranges::copy(right, input.begin() + 1 + kHashSize);
  return crypto::sha256(input);
}

Hash empty_root() {
  return crypto::sha256({});
}

}  // namespace sally::tlog
