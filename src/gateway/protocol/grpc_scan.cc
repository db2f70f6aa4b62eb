#include "gateway/protocol/grpc_scan.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace sally::gateway {
namespace {

// Protocol Buffers encoding: the low three bits of a tag.
enum WireType : uint8_t { kWireVarint = 0, kWire64 = 1, kWireBytes = 2, kWire32 = 5 };
constexpr uint64_t kModelField = 1;

Error malformed(std::string_view what) {
  return Error(ErrorKind::kInvalidInput, fmt::format("grpc: {}", what));
}

}  // namespace

Result<bool> GrpcScan::add_to_varint(uint8_t octet) {
  constexpr unsigned kLongest = 10;
  if (varint_size_ == kLongest - 1 && octet > 1) {
    return malformed("a varint of more than 64 bits");
  }
  varint_ |= uint64_t{octet & 0x7FU} << (7 * varint_size_);
  ++varint_size_;
  return (octet & 0x80) == 0;
}

Result<> GrpcScan::end_of_tag() {
  const uint64_t field = varint_ >> 3;
  const auto type = static_cast<uint8_t>(varint_ & 7);
  varint_ = 0;
  varint_size_ = 0;
  if (field == 0 || field > UINT32_MAX >> 3) {
    return malformed("a field number out of range");
  }
  is_name_ = field == kModelField;
  if (is_name_ && (type != kWireBytes || named_)) {
    return malformed(named_ ? "the model is named twice" : "the model's name is no string");
  }
  switch (type) {
    case kWireVarint:
      state_ = State::kVarint;
      return ok();
    case kWire64:
    case kWire32:
      skip_ = type == kWire64 ? 8 : 4;
      state_ = State::kSkip;
      break;
    case kWireBytes:
      message_.value_begin = is_name_ ? offset_ : message_.value_begin;
      state_ = State::kLength;
      return ok();
    default:
      return malformed("a group or unknown wire type");
  }
  return skip_ <= left_ ? ok() : malformed("a field reaches beyond its message");
}

Result<> GrpcScan::end_of_length() {
  skip_ = varint_;
  varint_ = 0;
  varint_size_ = 0;
  if (skip_ > left_) {
    return malformed("a field reaches beyond its message");
  }
  state_ = State::kSkip;
  if (is_name_) {
    if (skip_ > kLongestName) {
      return malformed("the model's name is too long");
    }
    named_ = true;
    message_.value_end = offset_ + skip_;
    state_ = State::kName;
  }
  if (skip_ == 0) {
    state_ = State::kTag;
  }
  return ok();
}

Result<> GrpcScan::octet(uint8_t octet) {
  ++offset_;
  if (state_ == State::kPrefix) {
    prefix_[prefix_size_++] = octet;
    if (prefix_size_ < kPrefixSize) {
      return ok();
    }
    if (prefix_[0] != 0) {
      return Error(ErrorKind::kInvalidInput, "grpc: a compressed message",
                   "send requests without grpc-encoding");
    }
    left_ = uint64_t{prefix_[1]} << 24 | uint64_t{prefix_[2]} << 16 | uint64_t{prefix_[3]} << 8 |
            prefix_[4];
    message_ = Message{};
    message_.begin = offset_ - kPrefixSize;
    message_.length = static_cast<uint32_t>(left_);
    named_ = false;
    state_ = State::kTag;
    return ok();
  }
  --left_;
  TRY(const bool complete, add_to_varint(octet));
  if (!complete) {
    return ok();
  }
  if (state_ == State::kTag) {
    return end_of_tag();
  }
  if (state_ == State::kLength) {
    return end_of_length();
  }
  varint_ = 0;
  varint_size_ = 0;
  state_ = State::kTag;
  return ok();
}

Result<> GrpcScan::feed(std::string_view bytes, std::vector<Message>& out) {
  while (!bytes.empty()) {
    if (state_ == State::kSkip || state_ == State::kName) {
      const auto part = static_cast<size_t>(std::min<uint64_t>(skip_, bytes.size()));
      if (state_ == State::kName) {
        message_.name.append(bytes.substr(0, part));
      }
      bytes.remove_prefix(part);
      offset_ += part;
      skip_ -= part;
      left_ -= part;
      state_ = skip_ == 0 ? State::kTag : state_;
    } else {
      TRY_OK(octet(static_cast<uint8_t>(bytes.front())));
      bytes.remove_prefix(1);
    }
    const bool between = state_ != State::kPrefix && left_ == 0;
    if (between) {
      if (state_ != State::kTag || varint_size_ != 0) {
        return malformed("a field reaches beyond its message");
      }
      out.push_back(std::move(message_));
      state_ = State::kPrefix;
      prefix_size_ = 0;
    }
  }
  return ok();
}

Result<> GrpcModelGuard::feed(std::string_view bytes) {
  messages_.clear();
  TRY_OK(scan_.feed(bytes, messages_));
  for (const GrpcScan::Message& message : messages_) {
    if (message.name != model_) {
      return Error(ErrorKind::kDenied,
                   fmt::format("a later message names model `{}`, the first named `{}`",
                               printable(message.name, 60), model_),
                   "use one stream per model");
    }
  }
  return ok();
}

}  // namespace sally::gateway
