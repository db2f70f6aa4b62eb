// What the files of trained models share: numbers as they stand in memory, a checksum, and how a
// file becomes part of the program.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sally::content::model_file {

static_assert(std::endian::native == std::endian::little, "numbers are copied as they stand");

template <typename T>
void put(std::string& out, const T& value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

// Reads numbers off the front of `data`, which the caller knows to be long enough.
template <typename T>
T take(std::string_view& data) {
  T value;
  std::memcpy(&value, data.data(), sizeof(value));
  data.remove_prefix(sizeof(value));
  return value;
}

// Against accidents, not against somebody.
[[nodiscard]] uint32_t checksum_of(std::string_view data);

// A file: the magic of 8 octets, u32 version, u32 checksum of `checked`, and that.
[[nodiscard]] std::string sealed(std::string_view magic, uint32_t version,
                                 std::string_view checked);
// What is behind the checksum. kCorrupt where `sealed` did not write the file, of which the message
// speaks as `what`: `the attack model`.
[[nodiscard]] Result<std::string_view> opened(std::string_view file, std::string_view magic,
                                              uint32_t version, std::string_view what);

}  // namespace sally::content::model_file

// Puts the file at `path` into the program, between `begin` and `end`, which are declared. At
// namespace scope. `.incbin` and not `#embed`: the compilers' caches know it.
// NOLINTNEXTLINE(cppcoreguidelines-macro-usage): names of symbols
#define SALLY_EMBED(begin, end, path)                                              \
  asm(".pushsection .rodata\n.balign 16\n" #begin ":\n.incbin \"" path "\"\n" #end \
      ":\n.byte 0\n"                                                               \
      ".popsection\n");                                                            \
  extern "C" {                                                                     \
  extern const char begin[]; /* NOLINT(modernize-avoid-c-arrays) */                \
  extern const char end[];   /* NOLINT(modernize-avoid-c-arrays) */                \
  }
