// PickleHeap: the values of a pickle that are made of others, and the names it asks for. Bounded:
// above its limits values are lost, not remembered.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "formats/input.h"
#include "formats/pickle/value.h"

namespace sally::formats {

struct PickleLimits {
  size_t stack = size_t{16} << 20;
  size_t marks = size_t{1} << 20;
  size_t memo = size_t{16} << 20;
  size_t nodes = size_t{1} << 19;
  size_t items = size_t{2} << 20;  // of all nodes
  uint32_t items_each = 256;       // of one node
  size_t globals = 50'000;
};

struct PickleNode {
  PickleKind kind = PickleKind::kTuple;
  PickleHow how = PickleHow::kReduce;
  bool more = false;   // has items that were not kept
  bool built = false;  // has a state
  uint32_t depth = 1;  // of what it holds
  uint32_t first = 0;  // where its items begin
  uint32_t kept = 0;   // how many there are; of a dict, keys and values in turn
  uint64_t at = 0;     // the opcode that made it
  PickleValue callee = {};
  PickleValue arguments = {};  // of a call; the id of a persistent one
  PickleValue named = {};      // the dict of NEWOBJ_EX; kNone: none
  PickleValue state = {};      // of BUILD
};

// Belongs to one thread. What it hands out as references is good until the next thing is made.
class PickleHeap {
 public:
  // `input` outlives it.
  PickleHeap(const Input& input, const PickleLimits& limits) : input_(input), limits_(limits) {}

  // A node without items. Lost where there is no room.
  PickleValue make(PickleKind kind, uint64_t at);
  // Adds to the items of `node`, as far as there is room.
  void extend(PickleValue node, std::span<const PickleValue> items);
  // The row of `module` and `name`; nullopt where there are too many.
  std::optional<PickleValue> global(std::string module, std::string name, bool computed);

  // Of a value that is boxed().
  [[nodiscard]] PickleNode& node(PickleValue value) { return nodes_[value.payload()]; }
  [[nodiscard]] const PickleNode& node(PickleValue value) const { return nodes_[value.payload()]; }
  [[nodiscard]] const PickleGlobal& global(PickleValue value) const {
    return globals_[value.payload()];
  }
  [[nodiscard]] size_t globals() const { return globals_.size(); }
  [[nodiscard]] std::span<const PickleValue> items(PickleValue value) const;
  // What stands under the text `key` in a dict, or what SETITEMS put into a call's result.
  [[nodiscard]] std::optional<PickleValue> member(PickleValue dict, std::string_view key) const;

  struct Extent {
    uint64_t at;
    uint64_t length;
  };
  // Where the octets of a text or of octets stand, before escapes are undone.
  [[nodiscard]] Result<Extent> extent(PickleValue value) const;
  // A text or octets as Python would have them, at most `most` octets of what stands in the file;
  // nullopt where it is none, cannot be read or is no text.
  [[nodiscard]] std::optional<std::string> text(PickleValue value, size_t most) const;
  // Of an int of any size that fits.
  [[nodiscard]] std::optional<int64_t> integer(PickleValue value) const;

  // Forgets values; the names stay.
  void clear();

 private:
  const Input& input_;
  PickleLimits limits_;
  std::vector<PickleNode> nodes_;
  std::vector<PickleValue> items_;
  std::vector<PickleGlobal> globals_;
  std::unordered_map<std::string, uint32_t> global_rows_;
};

// `value` as Python would write it, cut at about `most` octets: `os.system('id')`.
std::string render(const PickleHeap& heap, PickleValue value, size_t most = 300);

}  // namespace sally::formats
