// GGUF: the metadata and the table of tensors of a llama.cpp model, versions 1 to 3, both byte
// orders. Tensors are not read.
// https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "formats/input.h"

namespace sally::formats {

enum class GgufType : uint32_t {
  kUint8,
  kInt8,
  kUint16,
  kInt16,
  kUint32,
  kInt32,
  kFloat32,
  kBool,
  kString,
  kArray,
  kUint64,
  kInt64,
  kFloat64,
};

struct GgufValue {
  std::string key;
  GgufType type;
  uint64_t offset;        // of the key
  uint64_t number = 0;    // of a number: its octets, the sign spread
  std::string text = {};  // of a string
  uint64_t text_offset = 0;
  uint64_t count = 0;                   // of an array
  std::vector<std::string> texts = {};  // of an array of few strings
};

struct GgufTensor {
  std::string name;
  uint64_t at;  // where its row stands
  std::vector<uint64_t> dimensions;
  uint32_t type;
  uint64_t offset;                 // of its data, from `data_from` on
  std::optional<uint64_t> octets;  // nullopt: of a type not known, or more than 2^63
  bool overflows = false;          // the product of its dimensions
};

struct Gguf {
  uint32_t version = 0;
  bool big_endian = false;
  uint64_t alignment = 32;
  std::vector<GgufValue> values;
  std::vector<GgufTensor> tensors;
  uint64_t data_from = 0;  // 0: the table of tensors was not read to its end

  // Why it was not read to its end. kTooLarge: it claims what no model has, or more than the file
  // could hold; kInvalidInput: it ends too early or is none.
  std::optional<Error> fault;
  uint64_t fault_offset = 0;

  [[nodiscard]] const GgufValue* find(std::string_view key) const;
};

bool is_gguf(ByteView head);
// Reads what stands before the tensors: a few MiB of memory, whatever the file claims.
Gguf read_gguf(const Input& input);

}  // namespace sally::formats
