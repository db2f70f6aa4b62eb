// PickleValue: what a pickle makes, as far as it is known without making it: one word each.
//
// Numbers and constants are in the word, texts and octets are where they stand in the file, and
// what is made of other values is a node of a PickleHeap.
#pragma once

#include <cstdint>
#include <string>

namespace sally::formats {

enum class PickleKind : uint8_t {
  kLost,  // something; above the limits nobody kept what
  kNone,
  kFalse,
  kTrue,
  kInt,        // of 55 bits
  kBigInt,     // at an opcode
  kFloat,      // at an opcode
  kText,       // at an opcode
  kBytes,      // at an opcode
  kByteArray,  // at an opcode
  kBuffer,     // handed in by who loads it
  kGlobal,     // a row of the heap's table
  // From here on: a node.
  kTuple,
  kList,
  kDict,
  kSet,
  kFrozenSet,
  kCall,        // what a call gave
  kPersistent,  // what the loader gave for an id
};

class PickleValue {
 public:
  constexpr PickleValue() = default;  // lost
  constexpr explicit PickleValue(PickleKind kind, uint64_t payload = 0)
      : word_(static_cast<uint64_t>(kind) << kKindAt | (payload & kPayload)) {}
  static constexpr PickleValue of_int(int64_t value) {
    return PickleValue(PickleKind::kInt, static_cast<uint64_t>(value));
  }

  [[nodiscard]] constexpr PickleKind kind() const {
    return static_cast<PickleKind>(word_ >> kKindAt);
  }
  [[nodiscard]] constexpr bool is(PickleKind kind) const { return this->kind() == kind; }
  // Whether it is a node of the heap.
  [[nodiscard]] constexpr bool boxed() const { return kind() >= PickleKind::kTuple; }
  // What cannot be called: data whose type is known.
  [[nodiscard]] constexpr bool plain() const {
    const PickleKind k = kind();
    return k != PickleKind::kLost && k != PickleKind::kGlobal && k < PickleKind::kCall;
  }
  // The offset of its opcode, its row or its node.
  [[nodiscard]] constexpr uint64_t payload() const { return word_ & kPayload; }
  [[nodiscard]] constexpr int64_t as_int() const {
    return static_cast<int64_t>(word_ << (64 - kKindAt)) >> (64 - kKindAt);
  }
  friend constexpr bool operator==(PickleValue, PickleValue) = default;

 private:
  static constexpr unsigned kKindAt = 56;
  static constexpr uint64_t kPayload = (uint64_t{1} << kKindAt) - 1;
  uint64_t word_ = 0;
};

// How something came to be made.
enum class PickleHow : uint8_t { kReduce, kInst, kObj, kNewObj };

// What a pickle names: `module.name`.
struct PickleGlobal {
  std::string module;
  std::string name;
  // Its names are not constants of the file: what they are is known when it is loaded.
  bool computed = false;
};

}  // namespace sally::formats
