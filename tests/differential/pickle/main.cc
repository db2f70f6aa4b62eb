// Reads files as pickles and writes what was read: one line per opcode, import (its names in
// hexadecimal) and end.
//
//   pickle-differential FILE...
#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "base/encoding.h"
#include "formats/pickle/machine.h"
#include "formats/pickle/opcode.h"

namespace {

using sally::formats::PickleEnd;

struct Listing : sally::formats::PickleEvents {
  const sally::formats::PickleHeap* heap = nullptr;
  void on_opcode(uint8_t opcode, uint64_t at) override { fmt::print("op {} {}\n", at, opcode); }
  void on_import(const sally::formats::PickleImport& import) override {
    const auto& global = heap->global(import.global);
    fmt::print("import {} {} {}\n", import.at, sally::to_hex(sally::as_bytes(global.module)),
               sally::to_hex(sally::as_bytes(global.name)));
  }
};

}  // namespace

int main(int count, char** arguments) {
  for (int i = 1; i < count; ++i) {
    std::ifstream file(arguments[i], std::ios::binary);
    const std::string octets((std::istreambuf_iterator<char>(file)), {});
    const sally::formats::MemoryInput input{std::string_view(octets)};
    Listing listing;
    sally::formats::PickleMachine machine(input, listing, {.trace = true});
    listing.heap = &machine.heap();
    const PickleEnd end = machine.run(0);
    fmt::print("end {} {}\n", end.how == PickleEnd::How::kStop ? "stop" : "error", end.at);
  }
  return 0;
}
