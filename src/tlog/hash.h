// The hashes of a Merkle tree (RFC 6962, section 2.1): SHA-256, with a byte before what is hashed
// that keeps leaves and nodes apart.
#pragma once

#include "base/bytes.h"
#include "crypto/hash.h"

namespace sally::tlog {

using Hash = crypto::Sha256Digest;
inline constexpr size_t kHashSize = crypto::kSha256Size;

// The hash of the leaf that holds `entry`.
[[nodiscard]] Hash leaf_hash(ByteView entry);
// The hash of the node above `left` and `right`.
[[nodiscard]] Hash node_hash(const Hash& left, const Hash& right);
// The root of a tree without leaves.
[[nodiscard]] Hash empty_root();

}  // namespace sally::tlog
