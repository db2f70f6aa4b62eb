// GrpcScan: which model each message of a gRPC request names, without decoding the rest.
//
// Messages are length-prefixed (github.com/grpc/grpc, PROTOCOL-HTTP2.md); in every request of
// inference.GRPCInferenceService that names a model, its name is field 1. Incremental, and bounded:
// holds at most a name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sally::gateway {

class GrpcScan {
 public:
  // A message that was read to its end. Offsets count from the first byte that was fed.
  struct Message {
    uint64_t begin = 0;   // of the length prefix
    uint32_t length = 0;  // without the prefix
    // The value of field 1 with its length in front; empty where the field is not there.
    uint64_t value_begin = 0;
    uint64_t value_end = 0;
    std::string name;
  };

  // Appends the messages that end in `bytes`. kInvalidInput for what no parser should read: a
  // compressed message, groups, a field 1 that is no string or stands twice, overlong varints.
  Result<> feed(std::string_view bytes, std::vector<Message>& out);
  // Whether the last message is complete.
  [[nodiscard]] bool at_boundary() const { return state_ == State::kPrefix && prefix_size_ == 0; }

 private:
  enum class State : uint8_t { kPrefix, kTag, kLength, kVarint, kSkip, kName };
  static constexpr size_t kPrefixSize = 5;
  static constexpr size_t kLongestName = 256;

  Result<> octet(uint8_t octet);
  Result<> end_of_tag();
  Result<> end_of_length();
  // Adds seven bits to `varint_`; true when it is complete.
  Result<bool> add_to_varint(uint8_t octet);

  State state_ = State::kPrefix;
  uint64_t offset_ = 0;  // of the next byte
  uint8_t prefix_[kPrefixSize] = {};
  size_t prefix_size_ = 0;
  uint64_t left_ = 0;  // of the message
  uint64_t varint_ = 0;
  unsigned varint_size_ = 0;
  uint64_t skip_ = 0;  // of the value
  bool is_name_ = false;
  bool named_ = false;
  Message message_;
};

// Holds a stream of messages to the model that its first one named. Feed it every byte before it is
// passed on.
class GrpcModelGuard {
 public:
  explicit GrpcModelGuard(std::string model) : model_(std::move(model)) {}
  // kDenied when a message names another model, kInvalidInput as GrpcScan.
  Result<> feed(std::string_view bytes);

 private:
  std::string model_;
  GrpcScan scan_;
  std::vector<GrpcScan::Message> messages_;
};

}  // namespace sally::gateway
