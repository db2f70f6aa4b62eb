// Protobuf's wire format: a writer of messages, and a bounded reader of the few that come back.
// protobuf.dev/programming-guides/encoding
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sally::telemetry {

// Appends fields to a string. What is written by fields alone can be joined: two runs of a repeated
// field, one after the other, are one longer run.
class ProtoWriter {
 public:
  // `out` outlives the writer.
  explicit ProtoWriter(std::string& out) : out_(out) {}

  void varint(uint32_t field, uint64_t value);  // also of a bool or an enumeration
  void fixed32(uint32_t field, uint32_t value);
  void fixed64(uint32_t field, uint64_t value);
  void real(uint32_t field, double value) { fixed64(field, std::bit_cast<uint64_t>(value)); }
  void bytes(uint32_t field, std::string_view value);  // also of a string, which must be UTF-8
  // A message within: what `fill` writes.
  template <typename Fill>
  void message(uint32_t field, const Fill& fill) {
    const size_t at = open(field);
    fill();
    close(at);
  }
  // An element without a tag, for packed fields.
  void raw_fixed64(uint64_t value);

 private:
  enum class Wire : uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };
  void tag(uint32_t field, Wire wire);
  void raw_varint(uint64_t value);
  template <typename Int>
  void little_endian(Int value);
  size_t open(uint32_t field);
  void close(size_t at);

  std::string& out_;
};

// Walks the fields of one message, in the order they came. Hostile input.
class ProtoReader {
 public:
  struct Field {
    uint32_t number = 0;
    uint64_t number_value = 0;  // of a varint, fixed32 or fixed64
    std::string_view bytes;     // of a length-delimited field
  };
  explicit ProtoReader(std::string_view message) : rest_(message) {}
  // The next field; nothing at the end, or where the message is malformed (groups are).
  std::optional<Field> next();
  [[nodiscard]] bool malformed() const { return malformed_; }

 private:
  std::optional<uint64_t> take_varint();
  std::optional<std::string_view> take(uint64_t count);
  std::string_view rest_;
  bool malformed_ = false;
};

}  // namespace sally::telemetry
