// Protobuf's wire format, walked from front to back with a table of the messages that are of
// interest. Nothing is held but one field at a time; fields that no row names are skipped unread.
// https://protobuf.dev/programming-guides/encoding/
//
//   constexpr ProtoRow kRows[] = {{kModel, 7, ProtoUse::kMessage, kGraph},
//                                 {kGraph, 2, ProtoUse::kText}};
//   TRY_OK(walk_protobuf(input, kRows, kModel, handler));
//
// The handler is any class with these members; an error of any of them ends the walk:
//   Result<> begin(uint16_t message, uint64_t offset);      // of the inner message
//   Result<> end(uint16_t message);
//   Result<> text(uint16_t message, uint32_t field, ByteView octets, uint64_t offset);
//   Result<> number(uint16_t message, uint32_t field, uint64_t value, uint64_t offset);
//   Result<> skipped(uint16_t message, uint32_t field, uint64_t octets, uint64_t offset);
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "formats/input.h"

namespace sally::formats {

enum class ProtoUse : uint8_t {
  kMessage,  // walked as a message of the kind `inner`
  kText,     // given whole; above kMostProtoText it is skipped
  kNumber,   // varint or fixed, packed ones one by one
  kSize,     // only how long it is: skipped()
};

struct ProtoRow {
  uint16_t message;
  uint32_t field;
  ProtoUse use;
  uint16_t inner = 0;
};

inline constexpr size_t kMostProtoDepth = 100;  // as protobuf's own readers have it
inline constexpr uint64_t kMostProtoText = uint64_t{16} << 20;

enum class ProtoWire : uint8_t { kVarint = 0, kFixed64 = 1, kLength = 2, kFixed32 = 5 };

struct ProtoKey {
  uint32_t field;
  ProtoWire wire;
  uint64_t value;  // of a varint, or the octets that follow
};

// The next key, with its varint or how many octets follow it. kInvalidInput where it is none.
Result<ProtoKey> next_proto_key(InputReader& in);
Result<uint64_t> proto_varint(InputReader& in);

// Whether `input` is fields of one message to its end, at most `most` of them looked at. Fields are
// told to `each`, which says whether they may be.
template <typename F>
bool is_protobuf(const Input& input, size_t most, const F& each) {
  InputReader in(input);
  for (size_t i = 0; i < most && !in.at_end(); ++i) {
    const auto key = next_proto_key(in);
    if (!key.ok() || !each(*key, in)) {
      return false;
    }
    if (key->wire != ProtoWire::kVarint && !in.skip(key->value).ok()) {
      return false;
    }
  }
  return input.size() > 0;
}

// kInvalidInput where it is malformed or ends too early; what came before was told.
template <typename Handler>
Result<> walk_protobuf(const Input& input, std::span<const ProtoRow> rows, uint16_t root,
                       Handler& handler) {
  struct Open {
    uint16_t message;
    uint64_t end;
  };
  InputReader in(input);
  std::vector<Open> open = {{root, input.size()}};
  for (;;) {
    while (!open.empty() && in.position() >= open.back().end) {
      if (open.size() > 1) {
        TRY_OK(handler.end(open.back().message));
      }
      open.pop_back();
    }
    if (open.empty()) {
      return ok();
    }
    const Open within = open.back();
    const uint64_t at = in.position();
    TRY(const ProtoKey key, next_proto_key(in));
    const uint64_t left = within.end - std::min(within.end, in.position());
    if (in.position() > within.end || (key.wire != ProtoWire::kVarint && key.value > left)) {
      return Error(ErrorKind::kInvalidInput, "a field reaches past the message that it is in");
    }
    const ProtoRow* row = nullptr;
    for (const ProtoRow& candidate : rows) {
      if (candidate.message == within.message && candidate.field == key.field) {
        row = &candidate;
        break;
      }
    }
    if (row == nullptr) {
      if (key.wire != ProtoWire::kVarint) {
        TRY_OK(in.skip(key.value));
      }
      continue;
    }
    if (key.wire == ProtoWire::kVarint) {
      TRY_OK(handler.number(within.message, key.field, key.value, at));
    } else if (key.wire == ProtoWire::kFixed32 || key.wire == ProtoWire::kFixed64) {
      uint64_t value = 0;
      if (key.wire == ProtoWire::kFixed32) {
        TRY(value, in.little<uint32_t>());
      } else {
        TRY(value, in.little<uint64_t>());
      }
      TRY_OK(handler.number(within.message, key.field, value, at));
    } else if (row->use == ProtoUse::kMessage) {
      if (open.size() >= kMostProtoDepth) {
        return Error(ErrorKind::kTooLarge, "messages are nested too deeply");
      }
      TRY_OK(handler.begin(row->inner, at));
      open.push_back({row->inner, in.position() + key.value});
    } else if (row->use == ProtoUse::kText && key.value <= kMostProtoText) {
      const uint64_t offset = in.position();
      TRY(const ByteView octets, in.take(key.value));
      TRY_OK(handler.text(within.message, key.field, octets, offset));
    } else if (row->use == ProtoUse::kNumber) {
      const uint64_t end = in.position() + key.value;
      while (in.position() < end) {
        TRY(const uint64_t value, proto_varint(in));
        TRY_OK(handler.number(within.message, key.field, value, at));
      }
    } else {
      TRY_OK(in.skip(key.value));
      TRY_OK(handler.skipped(within.message, key.field, key.value, at));
    }
  }
}

}  // namespace sally::formats
