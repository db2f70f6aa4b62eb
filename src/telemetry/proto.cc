#include "telemetry/proto.h"

#include <array>

namespace sally::telemetry {
namespace {

constexpr size_t kMostVarint = 10;  // bytes

size_t put_varint(char* out, uint64_t value) {
  size_t size = 0;
  while (value >= 0x80) {
    out[size++] = static_cast<char>(value | 0x80U);
    value >>= 7U;
  }
  out[size++] = static_cast<char>(value);
  return size;
}

}  // namespace

void ProtoWriter::raw_varint(uint64_t value) {
  std::array<char, kMostVarint> text{};
  out_.append(text.data(), put_varint(text.data(), value));
}

void ProtoWriter::tag(uint32_t field, Wire wire) {
  raw_varint(uint64_t{field} << 3U | static_cast<uint64_t>(wire));
}

template <typename Int>
void ProtoWriter::little_endian(Int value) {
  std::array<char, sizeof(Int)> text{};
  for (char& byte : text) {
    byte = static_cast<char>(value & 0xFFU);
    value >>= 8U;
  }
  out_.append(text.data(), text.size());
}

void ProtoWriter::varint(uint32_t field, uint64_t value) {
  tag(field, Wire::kVarint);
  raw_varint(value);
}

void ProtoWriter::fixed32(uint32_t field, uint32_t value) {
  tag(field, Wire::kFixed32);
  little_endian(value);
}

void ProtoWriter::fixed64(uint32_t field, uint64_t value) {
  tag(field, Wire::kFixed64);
  little_endian(value);
}

void ProtoWriter::raw_fixed64(uint64_t value) {
  little_endian(value);
}

void ProtoWriter::bytes(uint32_t field, std::string_view value) {
  tag(field, Wire::kBytes);
  raw_varint(value.size());
  out_.append(value);
}

// One byte is kept for the length, which suffices for most messages; `close` makes room for more.
size_t ProtoWriter::open(uint32_t field) {
  tag(field, Wire::kBytes);
  out_.push_back('\0');
  return out_.size();
}

void ProtoWriter::close(size_t at) {
  std::array<char, kMostVarint> text{};
  const size_t size = put_varint(text.data(), out_.size() - at);
  out_[at - 1] = text[0];
  out_.insert(at, text.data() + 1, size - 1);
}

std::optional<uint64_t> ProtoReader::take_varint() {
  uint64_t value = 0;
  for (size_t i = 0; i < kMostVarint && i < rest_.size(); ++i) {
    const auto byte = static_cast<uint8_t>(rest_[i]);
    if (i == kMostVarint - 1 && byte > 1) {
      return std::nullopt;  // more than 64 bits
    }
    value |= uint64_t{byte & 0x7FU} << (7 * i);
    if (byte < 0x80) {
      rest_.remove_prefix(i + 1);
      return value;
    }
  }
  return std::nullopt;
}

std::optional<std::string_view> ProtoReader::take(uint64_t count) {
  if (count > rest_.size()) {
    return std::nullopt;
  }
  const std::string_view out = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return out;
}

std::optional<ProtoReader::Field> ProtoReader::next() {
  if (rest_.empty() || malformed_) {
    return std::nullopt;
  }
  malformed_ = true;  // until the field is whole
  const auto tag = take_varint();
  if (!tag || *tag >> 3U == 0 || *tag >> 32U != 0) {
    return std::nullopt;
  }
  Field field{.number = static_cast<uint32_t>(*tag >> 3U), .number_value = 0, .bytes = {}};
  const uint64_t wire = *tag & 7U;
  if (wire == 0) {
    const auto value = take_varint();
    if (!value) {
      return std::nullopt;
    }
    field.number_value = *value;
  } else if (wire == 1 || wire == 5) {
    const auto text = take(wire == 1 ? 8 : 4);
    if (!text) {
      return std::nullopt;
    }
    for (size_t i = 0; i < text->size(); ++i) {
      field.number_value |= uint64_t{static_cast<uint8_t>((*text)[i])} << (8 * i);
    }
  } else if (wire == 2) {
    const auto length = take_varint();
    const auto text = length ? take(*length) : std::nullopt;
    if (!text) {
      return std::nullopt;
    }
    field.bytes = *text;
  } else {
    return std::nullopt;
  }
  malformed_ = false;
  return field;
}

}  // namespace sally::telemetry
