// The opcodes of pickle protocols 0 to 5, and what stands behind each.
//
// Source: CPython 3.11, Lib/pickletools.py and Modules/_pickle.c.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace sally::formats {

// What stands behind an opcode.
enum class PickleArgument : uint8_t {
  kNoOpcode,  // the octet is none
  kNone,      // nothing
  kFixed,     // `octets` of them
  kCounted,   // a length of `octets` octets, the lowest first, then as many octets
  kLine,      // to the next newline
  kTwoLines,  // to the one after it
};

struct PickleOpcode {
  std::string_view name = {};
  PickleArgument argument = PickleArgument::kNoOpcode;
  uint8_t octets = 0;
};

namespace pickle {
enum Op : uint8_t {
#define SALLY_PICKLE_OPCODE(code, name, argument, octets) k##name = code,
#include "formats/pickle/opcode.def"
#undef SALLY_PICKLE_OPCODE
};
}  // namespace pickle

// The row of each octet.
inline constexpr std::array<PickleOpcode, 256> kPickleOpcodes = [] {
  std::array<PickleOpcode, 256> rows{};
#define SALLY_PICKLE_OPCODE(code, name, argument, octets) \
  rows[code] = {#name, PickleArgument::argument, octets};
#include "formats/pickle/opcode.def"
#undef SALLY_PICKLE_OPCODE
  return rows;
}();

}  // namespace sally::formats
