// Origins: from whom each text of a message comes, told while the message is read.
//
// A table says what the members of each place mean. What decides (`role`, `type`, `method`) may
// stand behind the texts that it decides about: it is then looked for ahead, in the raw bytes,
// once. What is said of a text below can make it less trusted, never more.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/provenance.h"

namespace sally::gateway {

// The places of a message. An object among the elements of kItems is a kItem, of kContent a kBlock.
enum class Zone : uint8_t {
  kSaid,          // everything below comes from the same
  kModelRequest,  // OpenAI and Anthropic: the root
  kModelAnswer,   // the same of an answer, or of an event
  kItems,         // `messages`, `input`, `output`
  kItem,          // a message, or what the Responses protocol has beside messages
  kContent,       // what a message says: a text, or blocks
  kBlock,
  kRpcRequest,  // MCP: a message of the client, or a batch
  kParams,
  kRpcAnswer,  // the same of the server
  kResult,
};

class Origins {
 public:
  explicit Origins(Zone root) : root_(root) { levels_.reserve(kUsualDepth); }

  // A message begins: its bytes, which stay until the next one.
  void begin(std::string_view body) {
    body_ = body;
    levels_.clear();
  }
  // A container begins at `offset`, as the value of the member `key` where it stands in an object.
  void open(bool is_object, std::string_view key, size_t offset);
  void close() { levels_.pop_back(); }

  // From whom the string `text` comes that begins at `offset`, the value of `key` where it stands
  // in an object.
  Provenance of(std::string_view key, std::string_view text, size_t offset);
  // The same of a member's own name.
  [[nodiscard]] Provenance of_key() const {
    return levels_.empty() ? Provenance::kUnknown : levels_.back().from;
  }

 private:
  static constexpr size_t kUsualDepth = 8;
  struct Level {
    Zone zone;
    bool object;
    bool decided;     // `said` is known
    Provenance from;  // of what no row tells
    Provenance said;  // of what its `role`, `type` or `method` decides
  };
  struct Value {
    Zone zone;
    Provenance from;
  };
  Value value_of(std::string_view key, size_t offset);
  Provenance decide(Level& level, size_t offset);

  Zone root_;
  std::string_view body_;
  std::vector<Level> levels_;
};

// The string that is the member `name` of an object, among the members from `offset` of `body` on,
// where the value of a member of that object begins; as it is written, without quotes. An empty one
// where it is no string; none where the object has no such member. `body` may be anything.
[[nodiscard]] std::optional<std::string_view> find_ahead(std::string_view body, size_t offset,
                                                         std::string_view name);

}  // namespace sally::gateway
