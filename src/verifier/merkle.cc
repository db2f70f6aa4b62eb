#include "verifier/merkle.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

namespace sally::verifier {
namespace {

constexpr std::byte kLeaf{0x00};
constexpr std::byte kNode{0x01};

Error wrong(std::string what) {
  return Error(ErrorKind::kCorrupt, std::move(what));
}

// Whether [start, end), which is not empty, is a subtree of some tree: it begins where a full tree
// of at least its size may begin.
bool is_subtree(uint64_t start, uint64_t end) {
  const uint64_t width = end - start;
  if (width > uint64_t{1} << 63) {
    return start == 0;
  }
  return start % std::bit_ceil(width) == 0;
}

}  // namespace

Hash leaf_hash(ByteView entry) {
  std::vector<std::byte> input;
  input.reserve(entry.size() + 1);
  input.push_back(kLeaf);
  input.insert(input.end(), entry.begin(), entry.end());
  return crypto::sha256(input);
}

Hash node_hash(const Hash& left, const Hash& right) {
  std::array<std::byte, 1 + 2 * crypto::kSha256Size> input;
  input[0] = kNode;
  std::memcpy(input.data() + 1, left.data(), left.size());
  std::memcpy(input.data() + 1 + left.size(), right.data(), right.size());
  return crypto::sha256(input);
}

Hash empty_root() {
  return crypto::sha256({});
}

Hash root_of(std::span<const Hash> hashes) {
  // The roots of the full trees to the left that wait for their sibling, the widest first. Each
  // is twice as wide as any behind it, as the bits of the count are.
  std::array<Hash, 64> waiting;
  size_t depth = 0;
  uint64_t count = 0;
  for (const Hash& hash : hashes) {
    Hash next = hash;
    for (uint64_t bits = count; (bits & 1) != 0; bits >>= 1) {
      next = node_hash(waiting[--depth], next);
    }
    waiting[depth++] = next;
    ++count;
  }
  if (depth == 0) {
    return empty_root();
  }
  Hash root = waiting[--depth];
  while (depth > 0) {
    root = node_hash(waiting[--depth], root);
  }
  return root;
}

Result<> verify_inclusion(uint64_t index, uint64_t size, const Hash& leaf,
                          std::span<const Hash> proof, const Hash& root) {
  if (index >= size) {
    return wrong(fmt::format("entry {} is not in a tree of {}", index, size));
  }
  uint64_t node = index;
  uint64_t last = size - 1;
  Hash hash = leaf;
  for (const Hash& sibling : proof) {
    if (last == 0) {
      return wrong("the proof is longer than the tree is high");
    }
    if ((node & 1) != 0 || node == last) {
      hash = node_hash(sibling, hash);
      while ((node & 1) == 0 && node != 0) {  // levels at which the node has no sibling
        node >>= 1;
        last >>= 1;
      }
    } else {
      hash = node_hash(hash, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  if (last != 0) {
    return wrong("the proof is too short");
  }
  return hash == root ? ok() : Result<>(wrong("the proof leads to another root"));
}

Result<> verify_consistency(uint64_t size1, uint64_t size2, const Hash& root1, const Hash& root2,
                            std::span<const Hash> proof) {
  if (size1 == 0) {
    return wrong("nothing is consistent with an empty tree");
  }
  if (size1 > size2) {
    return wrong(fmt::format("a tree of {} is not the beginning of one of {}", size1, size2));
  }
  return verify_subtree_consistency(0, size1, size2, root1, root2, proof);
}

Result<> verify_subtree_inclusion(uint64_t index, uint64_t start, uint64_t end, const Hash& leaf,
                                  std::span<const Hash> proof, const Hash& root) {
  if (start >= end || !is_subtree(start, end)) {
    return wrong(fmt::format("[{}, {}) is no subtree", start, end));
  }
  if (index < start) {
    return wrong(fmt::format("entry {} is not in [{}, {})", index, start, end));
  }
  return verify_inclusion(index - start, end - start, leaf, proof, root);
}

Result<> verify_subtree_consistency(uint64_t start, uint64_t end, uint64_t size,
                                    const Hash& subtree_root, const Hash& root,
                                    std::span<const Hash> proof) {
  if (start > end || end > size) {
    return wrong(fmt::format("[{}, {}) is not in a tree of {}", start, end, size));
  }
  if (start == end) {
    return proof.empty() && subtree_root == empty_root()
               ? ok()
               : Result<>(wrong("the empty subtree has one root, and no proof"));
  }
  if (!is_subtree(start, end)) {
    return wrong(fmt::format("[{}, {}) is no subtree", start, end));
  }
  // The path from the subtree's last entry to the root: `first` and `node` are the subtree's ends
  // and `last` the tree's, all as indices at the level that was reached.
  uint64_t first = start;
  uint64_t node = end - 1;
  uint64_t last = size - 1;
  const bool at_the_edge = node == last;
  while (first != node && (at_the_edge || (node & 1) != 0)) {
    first >>= 1;
    node >>= 1;
    last >>= 1;
  }
  Hash small;
  if (first == node) {
    small = subtree_root;
  } else {
    if (proof.empty()) {
      return wrong("the proof is too short");
    }
    small = proof.front();
    proof = proof.subspan(1);
  }
  Hash large = small;
  for (const Hash& hash : proof) {
    if (last == 0) {
      return wrong("the proof is longer than the tree is high");
    }
    if ((node & 1) != 0 || node == last) {
      if (first < node) {
        small = node_hash(hash, small);
      }
      large = node_hash(hash, large);
      while ((node & 1) == 0 && node != 0) {
        first >>= 1;
        node >>= 1;
        last >>= 1;
      }
    } else {
      large = node_hash(large, hash);
    }
    first >>= 1;
    node >>= 1;
    last >>= 1;
  }
  if (last != 0) {
    return wrong("the proof is too short");
  }
  if (small != subtree_root) {
    return wrong("the proof leads to another root of the smaller tree");
  }
  return large == root ? ok() : Result<>(wrong("the proof leads to another root"));
}

}  // namespace sally::verifier
