// Inspection points: how texts reach the inspectors, and how a stream waits for them.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/inspector.h"
#include "gateway/protocol/protocol.h"

namespace sally::gateway {

using Inspectors = std::span<const std::shared_ptr<const Inspector>>;

// Shows whole texts to every inspector.
class InspectingVisitor final : public TextVisitor {
 public:
  // `inspectors` and `out` outlive the visitor.
  InspectingVisitor(Inspectors inspectors, Direction direction, Findings& out)
      : inspectors_(inspectors), direction_(direction), out_(out) {}
  void text(const Place& place, std::string_view decoded) override {
    for (const auto& inspector : inspectors_) {
      inspector->inspect(decoded, place, direction_, out_);
    }
  }

 private:
  Inspectors inspectors_;
  Direction direction_;
  Findings& out_;
};

// One growing text and the inspectors that follow it.
class Lane {
 public:
  Lane(Inspectors inspectors, std::string_view place, Direction direction);
  void feed(std::string_view piece, Findings& out);
  void finish(Findings& out);
  // Bytes [0, cleared) of the text can no longer become part of a finding.
  [[nodiscard]] uint64_t cleared() const { return fed_ - hold_; }
  [[nodiscard]] uint64_t fed() const { return fed_; }

 private:
  std::vector<std::unique_ptr<StreamInspector>> streams_;
  uint64_t fed_ = 0;
  uint64_t hold_ = 0;
};

// Events of a stream on their way to the client. An event waits while any text in it could still
// become part of a finding, and those behind it wait too: order is kept. What waits is bounded.
class EventWindow {
 public:
  // `inspectors` outlives the window. At most `max_pending` bytes wait, in at most `max_lanes`
  // texts.
  EventWindow(Inspectors inspectors, Direction direction, size_t max_pending, size_t max_lanes)
      : inspectors_(inspectors),
        direction_(direction),
        max_pending_(max_pending),
        max_lanes_(max_lanes) {}

  // Takes one event: its bytes and the texts it appends to. What may go to the client now is
  // appended to `ready`, findings to `out`. kTooLarge when more would wait than may.
  Result<> push(std::string_view raw, std::span<const Delta> deltas, std::string& ready,
                Findings& out);
  // No more events: adds the last findings. Without any refusal, `ready` then gets what waited.
  void finish(std::string& ready, Findings& out);

 private:
  struct Wait {
    uint32_t lane;
    uint64_t until;  // waits until the lane has cleared this many bytes
  };
  struct Pending {
    std::string raw;
    std::vector<Wait> waits;
  };
  [[nodiscard]] bool clear(std::span<const Wait> waits) const;
  void release(std::string& ready);

  Inspectors inspectors_;
  Direction direction_;
  size_t max_pending_;
  size_t max_lanes_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::vector<Pending> pending_;  // seldom any, and then few
  size_t pending_bytes_ = 0;
};

// A plain text that streams through: everything but the bytes held back goes on at once.
class TextWindow {
 public:
  TextWindow(Inspectors inspectors, std::string_view place, Direction direction)
      : lane_(inspectors, place, direction) {}
  // Appends to `ready` what may go on.
  void push(std::string_view piece, std::string& ready, Findings& out);
  void finish(std::string& ready, Findings& out);

 private:
  Lane lane_;
  std::string held_;
};

}  // namespace sally::gateway
