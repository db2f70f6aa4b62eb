// StreamWalk: reads the events of one streamed answer by a table of its protocol.
//
// A table says, for the places of an event that the protocol defines, which strings are pieces of a
// growing text (a lane), which numbers tell whose text it is, and where usage stands. Every other
// string is shown whole, so that nothing escapes inspection; below a `delta` even unknown strings
// are taken as pieces.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/json/reader.h"
#include "gateway/protocol/json_path.h"
#include "gateway/protocol/origins.h"
#include "gateway/protocol/protocol.h"
#include "gateway/protocol/usage.h"

namespace sally::gateway {

// The places of an event. Not every protocol has each.
enum class Node : uint8_t {
  kRoot,
  kChoice,    // `choices[]`
  kDelta,     // what was added to a text; unknown strings in it are pieces too
  kToolCall,  // `tool_calls[]`
  kFunction,
  kCustom,
  kBlock,     // Anthropic `content_block`
  kMessage,   // Anthropic `message`
  kResponse,  // Responses `response`
  kUsage,
  kOther,
  kGrowing,  // below a delta
};
inline constexpr size_t kNodes = 12;

enum class Meaning : uint8_t {
  kWhole,   // a string of its own; a number of no interest
  kLane,    // a piece of `lane`
  kIndexA,  // which choice or output item
  kIndexB,  // which tool call or part
  kType,    // the event's type
  kEnd,     // a string here ends the texts of the choice
};

struct StreamRule {
  Node in;
  std::string_view key;
  Meaning meaning = Meaning::kWhole;
  uint8_t lane = 0;           // index into `StreamTable::lanes`
  Node opens = Node::kOther;  // what an object or array here is (an array: its elements)
};

struct StreamTable {
  std::span<const StreamRule> rules;  // in the order of `in`
  // Places of the lanes; `{a}` and `{b}` stand for the indexes.
  std::span<const std::string_view> lanes;
  std::string_view growing;  // what stands before the path of an unknown piece below a delta
  Node scope_a;              // the object that `kIndexA` belongs to
  Node scope_b;
  bool lane_by_type;                // pieces of different event types are different texts
  Zone root;                        // what an event is, of which it depends who says its texts
  Provenance speaks;                // who says the growing texts
  std::string_view closing_type{};  // an event that ends the text it has the index of
};

// The rules of each node: [begin[n], begin[n + 1]).
using RuleIndex = std::array<uint8_t, kNodes + 1>;
constexpr RuleIndex index_rules(std::span<const StreamRule> rules) {
  RuleIndex out{};
  size_t at = 0;
  for (size_t node = 0; node < kNodes; ++node) {
    out[node] = static_cast<uint8_t>(at);
    while (at < rules.size() && static_cast<size_t>(rules[at].in) == node) {
      ++at;
    }
  }
  out[kNodes] = static_cast<uint8_t>(at);
  return out;
}

// A base for the readers of the protocols, and what the JSON reader calls.
class StreamWalk : public StreamReader {
 public:
  // At most this many growing texts; an upstream that opens more is cut off.
  static constexpr size_t kMostLanes = 256;

  // `table` and `index` live for ever.
  StreamWalk(const StreamTable& table, const RuleIndex& index, const JsonLimits& limits);

  Result<> feed(std::string_view type, std::string_view data, std::vector<Delta>& deltas) final;
  [[nodiscard]] const Usage& usage() const final { return usage_; }
  [[nodiscard]] size_t text_bytes() const final { return text_bytes_; }
  [[nodiscard]] bool ended() const final { return ended_; }
  void forget_shown() final { before_.clear(); }
  [[nodiscard]] bool last_was_ours() const final { return last_was_ours_; }

  void begin_object(size_t offset);
  void end_object(size_t offset);
  void begin_array(size_t offset);
  void end_array(size_t offset);
  void key(const formats::JsonText& key);
  void string(const formats::JsonText& text);
  void number(const formats::JsonNumber& number);
  void boolean(bool, size_t) { path_.begin_value(); }
  void null(size_t) { path_.begin_value(); }

 protected:
  // What a protocol concludes from an event that was read.
  struct Event {
    std::string_view type;     // the member `type` of the root; where there is none, the SSE field
    bool usage = false;        // it had a usage object
    uint32_t scopes_a = 0;     // how many choices it had
    bool root_result = false;  // JSON-RPC: the root has `result` or `error`
  };
  virtual void conclude(const Event& event, bool& ended, bool& ours) = 0;
  // Data that is no JSON, such as `[DONE]`. True where it is known.
  virtual bool plain(std::string_view data, bool& ended) = 0;
  // Whether data that is no strict JSON is taken as a piece of the first lane.
  [[nodiscard]] virtual bool takes_text() const { return false; }

 private:
  struct Level {
    Node node;
    uint32_t first_found;   // of the scope's texts
    uint32_t growing_from;  // how many levels stand above an unknown piece's own path
  };
  struct Found {
    std::string_view text;
    size_t place;  // of a whole text or an unknown piece: into places_
    uint32_t place_size;
    uint32_t a;
    uint32_t b;
    uint8_t lane;
    bool whole;
    Written written;
  };
  struct Lane {
    uint8_t lane;
    uint32_t a;
    uint32_t b;
    std::string own;  // what distinguishes unknown pieces and event types
    std::string place;
    TextForm form = TextForm::kPlain;
    bool fixed = false;
    bool closed = false;
  };
  static constexpr uint8_t kUnknownLane = UINT8_MAX;
  // An event that added one piece and showed nothing else. One that differs from it in nothing but
  // the inside of that piece's string is as strict, and means the same: it need not be parsed.
  struct Pattern {
    std::string type;
    std::string before;  // the data up to the opening quote of the piece, included
    std::string after;   // from its closing quote on
    uint32_t lane = Delta::kNoLane;
  };

  // Whether the event is like the one before; then `deltas` has its piece.
  bool follows_pattern(std::string_view type, std::string_view data, std::vector<Delta>& deltas);
  void learn_pattern(std::string_view type, std::string_view data, const Delta& piece);
  void open(bool is_object, size_t offset);
  [[nodiscard]] Node node() const { return levels_.empty() ? Node::kRoot : levels_.back().node; }
  [[nodiscard]] const StreamRule* find_rule(std::string_view key) const;
  void add_whole(std::string_view text, JsonPath::Last last, const Written& written);
  void add_piece(const formats::JsonText& text, const StreamRule* rule);
  Result<uint32_t> lane_of(const Found& found);
  void close_lanes(uint32_t a, std::vector<Delta>& deltas);

  const StreamTable& table_;
  const RuleIndex& index_;
  const JsonLimits limits_;
  formats::JsonReader reader_;
  Usage usage_;
  UsageCounter counter_;
  size_t text_bytes_ = 0;
  bool ended_ = false;
  bool last_was_ours_ = false;
  std::vector<std::unique_ptr<Lane>> lanes_;

  Pattern pattern_;

  // Of the event being read.
  JsonPath path_;
  Origins origins_;
  std::vector<Level> levels_;
  const StreamRule* rule_ = nullptr;  // of the member the walk is in
  std::vector<Found> found_;
  std::string places_;
  Event event_;
  uint32_t a_ = 0;
  uint32_t b_ = 0;
  bool ends_ = false;             // the choice that is being read
  std::vector<uint32_t> closed_;  // choices or items whose texts are over

  // The whole texts of the event before, by their order: what repeats is not shown again.
  static constexpr size_t kRemembered = 16;
  static constexpr size_t kRememberedBytes = 128;
  std::vector<std::string> before_;
  size_t wholes_ = 0;
};

}  // namespace sally::gateway
