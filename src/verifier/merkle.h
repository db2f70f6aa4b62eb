// Merkle trees as RFC 6962 hashes them, and the proofs about them, checked: never made. All pure.
//
// A tree of n entries is spoken of by its root alone; a proof is the hashes that lead from what one
// has to that root. The subtree proofs are those of draft-ietf-plants-merkle-tree-certs.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/result.h"
#include "crypto/hash.h"

namespace sally::verifier {

using Hash = crypto::Sha256Digest;

// The longest proof there is: one hash for each bit of a size.
inline constexpr size_t kMaxProof = 64;

// SHA-256(0x00 || entry).
[[nodiscard]] Hash leaf_hash(ByteView entry);
// SHA-256(0x01 || left || right).
[[nodiscard]] Hash node_hash(const Hash& left, const Hash& right);
// The root of the tree of no entries: SHA-256 of nothing.
[[nodiscard]] Hash empty_root();
// The root over `hashes`, each the root of a full tree of one and the same size. empty_root() for
// none.
[[nodiscard]] Hash root_of(std::span<const Hash> hashes);

// Each fails with kCorrupt and the reason.

// That `leaf` is entry `index` of the tree of `size` entries with this root (RFC 9162, 2.1.3.2).
[[nodiscard]] Result<> verify_inclusion(uint64_t index, uint64_t size, const Hash& leaf,
                                        std::span<const Hash> proof, const Hash& root);

// That the tree of `size1` entries with `root1` is the beginning of that of `size2` with `root2`
// (RFC 9162, 2.1.4.2). Nothing can be shown of an empty tree: size1 = 0 fails whatever the proof.
// Equal sizes need equal roots and no proof.
[[nodiscard]] Result<> verify_consistency(uint64_t size1, uint64_t size2, const Hash& root1,
                                          const Hash& root2, std::span<const Hash> proof);

// That `leaf` is entry `index` of the subtree over [start, end) with this root.
[[nodiscard]] Result<> verify_subtree_inclusion(uint64_t index, uint64_t start, uint64_t end,
                                                const Hash& leaf, std::span<const Hash> proof,
                                                const Hash& root);

// That the subtree over [start, end) with `subtree_root` is part of the tree of `size` entries with
// `root`. Of the empty subtree (start = end) only that its root is empty_root().
[[nodiscard]] Result<> verify_subtree_consistency(uint64_t start, uint64_t end, uint64_t size,
                                                  const Hash& subtree_root, const Hash& root,
                                                  std::span<const Hash> proof);

}  // namespace sally::verifier
