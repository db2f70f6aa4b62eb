#include "formats/protobuf/wire.h"

namespace sally::formats {

Result<uint64_t> proto_varint(InputReader& in) {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 70; shift += 7) {
    TRY(const uint8_t octet, in.little<uint8_t>());
    value |= shift < 64 ? uint64_t{octet & 0x7FU} << shift : 0;
    if (octet < 0x80) {
      return value;
    }
  }
  return Error(ErrorKind::kInvalidInput, "a number of more than ten octets");
}

Result<ProtoKey> next_proto_key(InputReader& in) {
  TRY(const uint64_t tag, proto_varint(in));
  ProtoKey key{.field = static_cast<uint32_t>(tag >> 3), .wire = ProtoWire::kVarint, .value = 0};
  if (tag >> 32 != 0 || key.field == 0) {
    return Error(ErrorKind::kInvalidInput, "the number of a field is none");
  }
  switch (tag & 7) {
    case 0: {
      TRY(key.value, proto_varint(in));
      return key;
    }
    case 1:
      key.wire = ProtoWire::kFixed64;
      key.value = 8;
      return key;
    case 2: {
      key.wire = ProtoWire::kLength;
      TRY(key.value, proto_varint(in));
      return key;
    }
    case 5:
      key.wire = ProtoWire::kFixed32;
      key.value = 4;
      return key;
    default:
      return Error(ErrorKind::kInvalidInput, "a field of a kind that is not known");
  }
}

}  // namespace sally::formats
