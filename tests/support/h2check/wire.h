// HTTP/2 frames written and read by hand (RFC 9113 4 and 6), so that a test can send what no
// library would. Header blocks alone go through nghttp2's HPACK.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sally::h2check {

enum FrameType : uint8_t {
  kData = 0,
  kHeaders = 1,
  kPriority = 2,
  kRstStream = 3,
  kSettings = 4,
  kPushPromise = 5,
  kPing = 6,
  kGoaway = 7,
  kWindowUpdate = 8,
  kContinuation = 9,
};

enum Flag : uint8_t {
  kNone = 0,
  kEndStream = 1,
  kAck = 1,
  kEndHeaders = 4,
  kPadded = 8,
  kPriorityFlag = 32,
};

enum ErrorCode : uint32_t {
  kNoError = 0,
  kProtocolError = 1,
  kInternalError = 2,
  kFlowControlError = 3,
  kSettingsTimeout = 4,
  kStreamClosed = 5,
  kFrameSizeError = 6,
  kRefusedStream = 7,
  kCancel = 8,
  kCompressionError = 9,
  kConnectError = 10,
  kEnhanceYourCalm = 11,
};

enum Setting : uint16_t {
  kHeaderTableSize = 1,
  kEnablePush = 2,
  kMaxConcurrentStreams = 3,
  kInitialWindowSize = 4,
  kMaxFrameSize = 5,
  kMaxHeaderListSize = 6,
};

inline constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
inline constexpr size_t kFrameHeader = 9;
inline constexpr size_t kDefaultFrameSize = 16'384;
inline constexpr int64_t kDefaultWindow = 65'535;

struct Frame {
  uint8_t type = 0;
  uint8_t flags = 0;
  uint32_t stream = 0;
  std::string payload;

  [[nodiscard]] bool has(uint8_t flag) const { return (flags & flag) != 0; }
};

std::string u16(uint16_t value);
std::string u32(uint32_t value);
// `text` must have 4 bytes at `at`.
uint32_t read_u32(std::string_view text, size_t at);

// A whole frame. `stream` is written as it is, the reserved bit included.
std::string frame(uint8_t type, uint8_t flags, uint32_t stream, std::string_view payload);
std::string settings(std::initializer_list<std::pair<uint16_t, uint32_t>> entries);
std::string settings_ack();
std::string ping(std::string_view eight_bytes, uint8_t flags = kNone);
std::string window_update(uint32_t stream, uint32_t increment);
std::string rst_stream(uint32_t stream, uint32_t code);
std::string goaway(uint32_t last_stream, uint32_t code);
std::string priority_fields(uint32_t depends_on, uint8_t weight);

// Cuts a byte stream into frames.
class FrameReader {
 public:
  void feed(std::string_view bytes) { buffer_.append(bytes); }
  std::optional<Frame> next();

 private:
  std::string buffer_;
};

using Fields = std::vector<std::pair<std::string, std::string>>;

// An HPACK encoder and decoder of one connection.
class Hpack {
 public:
  Hpack();
  ~Hpack();
  Hpack(const Hpack&) = delete;
  Hpack& operator=(const Hpack&) = delete;

  std::string encode(const Fields& fields);
  // nullopt when the block is no HPACK.
  std::optional<Fields> decode(std::string_view block);
  // From now on the peer may not refer to a dynamic table: SETTINGS_HEADER_TABLE_SIZE 0 was sent.
  void forbid_table();

 private:
  nghttp2_hd_deflater* deflater_ = nullptr;
  nghttp2_hd_inflater* inflater_ = nullptr;
};

// The representations of RFC 7541, written by hand. Strings are not Huffman-coded.
std::string hpack_integer(uint8_t pattern, unsigned prefix_bits, uint64_t value);
std::string hpack_string(std::string_view text);
std::string hpack_literal(std::string_view name, std::string_view value);  // never entered a table
std::string hpack_indexed_literal(std::string_view name, std::string_view value);  // entered

// The pseudo-header fields of a plain request.
Fields request_fields(std::string_view method, std::string_view path, std::string_view authority,
                      std::string_view scheme = "http");

}  // namespace sally::h2check
