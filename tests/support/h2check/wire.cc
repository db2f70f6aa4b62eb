#include "support/h2check/wire.h"

#include <cstdlib>

namespace sally::h2check {
namespace {

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

std::string_view text(const uint8_t* bytes, size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

constexpr size_t kTableSize = 4096;

}  // namespace

std::string u16(uint16_t value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)};
}

std::string u32(uint32_t value) {
  return u16(static_cast<uint16_t>(value >> 16)) + u16(static_cast<uint16_t>(value & 0xffff));
}

uint32_t read_u32(std::string_view text, size_t at) {
  uint32_t value = 0;
  for (size_t i = at; i < at + 4; ++i) {
    value = (value << 8) | static_cast<uint8_t>(text.at(i));
  }
  return value;
}

std::string frame(uint8_t type, uint8_t flags, uint32_t stream, std::string_view payload) {
  const auto size = static_cast<uint32_t>(payload.size());
  std::string out = u32(size).substr(1);
  out.push_back(static_cast<char>(type));
  out.push_back(static_cast<char>(flags));
  out += u32(stream);
  out += payload;
  return out;
}

std::string settings(std::initializer_list<std::pair<uint16_t, uint32_t>> entries) {
  std::string payload;
  for (const auto& [id, value] : entries) {
    payload += u16(id) + u32(value);
  }
  return frame(kSettings, kNone, 0, payload);
}

std::string settings_ack() {
  return frame(kSettings, kAck, 0, {});
}

std::string ping(std::string_view eight_bytes, uint8_t flags) {
  return frame(kPing, flags, 0, eight_bytes);
}

std::string window_update(uint32_t stream, uint32_t increment) {
  return frame(kWindowUpdate, kNone, stream, u32(increment));
}

std::string rst_stream(uint32_t stream, uint32_t code) {
  return frame(kRstStream, kNone, stream, u32(code));
}

std::string goaway(uint32_t last_stream, uint32_t code) {
  return frame(kGoaway, kNone, 0, u32(last_stream) + u32(code));
}

std::string priority_fields(uint32_t depends_on, uint8_t weight) {
  return u32(depends_on) + static_cast<char>(weight);
}

std::optional<Frame> FrameReader::next() {
  if (buffer_.size() < kFrameHeader) {
    return std::nullopt;
  }
  const size_t size = read_u32(std::string(1, '\0') + buffer_.substr(0, 3), 0);
  if (buffer_.size() < kFrameHeader + size) {
    return std::nullopt;
  }
  Frame out;
  out.type = static_cast<uint8_t>(buffer_[3]);
  out.flags = static_cast<uint8_t>(buffer_[4]);
  out.stream = read_u32(buffer_, 5) & 0x7fffffffU;
  out.payload = buffer_.substr(kFrameHeader, size);
  buffer_.erase(0, kFrameHeader + size);
  return out;
}

Hpack::Hpack() {
  require(nghttp2_hd_deflate_new(&deflater_, kTableSize) == 0);
  require(nghttp2_hd_inflate_new(&inflater_) == 0);
}

Hpack::~Hpack() {
  nghttp2_hd_deflate_del(deflater_);
  nghttp2_hd_inflate_del(inflater_);
}

std::string Hpack::encode(const Fields& fields) {
  std::vector<nghttp2_nv> pairs;
  for (const auto& [name, value] : fields) {
    // nghttp2 writes to neither.
    const auto octets = [](const std::string& text) {
      return const_cast<uint8_t*>(reinterpret_cast<const uint8_t*>(text.data()));
    };
    pairs.push_back({octets(name), octets(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
  }
  std::string out(nghttp2_hd_deflate_bound(deflater_, pairs.data(), pairs.size()), '\0');
  const ssize_t size = nghttp2_hd_deflate_hd(deflater_, reinterpret_cast<uint8_t*>(out.data()),
                                             out.size(), pairs.data(), pairs.size());
  require(size >= 0);
  out.resize(static_cast<size_t>(size));
  return out;
}

std::optional<Fields> Hpack::decode(std::string_view block) {
  Fields out;
  const auto* at = reinterpret_cast<const uint8_t*>(block.data());
  size_t left = block.size();
  for (;;) {
    nghttp2_nv pair{};
    int flags = 0;
    const ssize_t used = nghttp2_hd_inflate_hd2(inflater_, &pair, &flags, at, left, 1);
    if (used < 0) {
      return std::nullopt;
    }
    at += used;
    left -= static_cast<size_t>(used);
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
      out.emplace_back(text(pair.name, pair.namelen), text(pair.value, pair.valuelen));
    }
    if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) {
      nghttp2_hd_inflate_end_headers(inflater_);
      return out;
    }
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) == 0 && left == 0) {
      return std::nullopt;
    }
  }
}

void Hpack::forbid_table() {
  nghttp2_hd_inflate_change_table_size(inflater_, 0);
}

std::string hpack_integer(uint8_t pattern, unsigned prefix_bits, uint64_t value) {
  const uint64_t most = (uint64_t{1} << prefix_bits) - 1;
  std::string out;
  if (value < most) {
    out.push_back(static_cast<char>(pattern | value));
    return out;
  }
  out.push_back(static_cast<char>(pattern | most));
  for (value -= most; value >= 128; value >>= 7) {
    out.push_back(static_cast<char>(0x80 | (value & 0x7f)));
  }
  out.push_back(static_cast<char>(value));
  return out;
}

std::string hpack_string(std::string_view text) {
  return hpack_integer(0, 7, text.size()) + std::string(text);
}

std::string hpack_literal(std::string_view name, std::string_view value) {
  return std::string(1, '\0') + hpack_string(name) + hpack_string(value);
}

std::string hpack_indexed_literal(std::string_view name, std::string_view value) {
  return std::string(1, '\x40') + hpack_string(name) + hpack_string(value);
}

Fields request_fields(std::string_view method, std::string_view path, std::string_view authority,
                      std::string_view scheme) {
  return {{":method", std::string(method)},
          {":scheme", std::string(scheme)},
          {":path", std::string(path)},
          {":authority", std::string(authority)}};
}

}  // namespace sally::h2check
