// Inspection points: how texts reach the inspectors, and how a stream waits for them.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/exchange_inspector.h"
#include "core/inspector.h"
#include "core/rewriter.h"
#include "core/second_opinion.h"
#include "gateway/protocol/protocol.h"

namespace sally::gateway {

using Inspectors = std::span<const std::shared_ptr<const Inspector>>;

// A text that another model is asked about, and the finding that waits for it.
struct Doubtful {
  DoubtfulText text;
  size_t finding;  // in the findings of the exchange
};

// Who looks at the texts of an exchange, and who puts something else in place of what they hold.
struct Watch {
  Inspectors inspectors;
  Rewriting* rewriting = nullptr;          // null: everything goes on as it is
  ExchangeInspection* exchange = nullptr;  // null: nobody looks at answers in the light of requests
  bool settled_later = false;  // whoever shows whole texts asks another model about those in doubt

  [[nodiscard]] bool anybody() const {
    return !inspectors.empty() || rewriting != nullptr || exchange != nullptr;
  }
  // Whether anybody reads from whom a text comes and what it is to the protocol.
  [[nodiscard]] bool asks_origin() const {
    return rewriting != nullptr || exchange != nullptr ||
           std::ranges::any_of(inspectors, [](const auto& one) { return one->asks_origin(); });
  }
};

// Shows whole texts to everybody of the watch.
class InspectingVisitor final : public TextVisitor {
 public:
  // What `watch` names, and `out`, outlive the visitor.
  InspectingVisitor(const Watch& watch, Direction direction, Findings& out)
      : watch_(watch), direction_(direction), out_(out) {}
  [[nodiscard]] bool asks_origin() const override { return watch_.asks_origin(); }
  void text(const Place& place, std::string_view decoded, const Written& written) override;

  // kDenied where what was shown must not go on at all.
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }
  [[nodiscard]] bool changes() const { return !changed_.empty(); }
  // What must change in the body that was shown. Once what must be kept is.
  [[nodiscard]] std::vector<Edit> edits() const;
  // What stands there for what was found. The same.
  [[nodiscard]] std::vector<std::string> replacements() const;
  [[nodiscard]] bool doubts() const { return !doubts_.empty(); }
  // What is in doubt, the most suspicious first.
  [[nodiscard]] std::vector<Doubtful> take_doubts();

 private:
  struct Changed {
    Written written;
    std::string text;
    std::vector<TextEdit> edits;
  };
  void rewrite(const Place& place, std::string_view decoded, const Written& written);

  Watch watch_;
  Direction direction_;
  Findings& out_;
  std::vector<TextEdit> found_;  // in one text
  std::vector<Changed> changed_;
  std::vector<Doubtful> doubts_;
  std::optional<Error> error_;
};

// One growing text and those who follow it.
class Lane {
 public:
  // `written`: how its pieces are. One that is fixed is not rewritten.
  Lane(const Watch& watch, std::string_view place, const Written& written, Direction direction);
  // Takes a piece that show() is to show.
  void take(std::string_view piece) { fresh_.append(piece); }
  // Shows what was taken since, as one piece. An error is the rewriting's.
  Result<> show(Findings& out);
  // The same with one piece at once.
  Result<> feed(std::string_view piece, Findings& out);
  // Nothing more is fed: what waited only for the end of the text waits no longer.
  Result<> close(Findings& out);
  // Nothing more seems to come: nobody waits for the end of the text who need not.
  Result<> rest(Findings& out);
  Result<> finish(Findings& out);
  // Bytes [0, cleared) of the text are in no finding since go_on(), and can no longer become part
  // of one.
  [[nodiscard]] uint64_t cleared() const { return std::min(fed_ - hold_, found_); }
  // What was found so far may pass.
  void go_on() { found_ = UINT64_MAX; }
  [[nodiscard]] uint64_t taken() const { return fed_ + fresh_.size(); }
  [[nodiscard]] bool has_fresh() const { return !fresh_.empty(); }
  // What goes on in place of [begin, end), which is cleared; nothing where it is as it came.
  // `came`: those bytes.
  [[nodiscard]] std::optional<std::string> changed(uint64_t begin, uint64_t end,
                                                   std::string_view came) const;
  // Nobody asks about bytes before `end` again.
  void forget(uint64_t end);

 private:
  // Of `out`, what was added from `before` on.
  void note(const Findings& out, size_t before);

  std::vector<std::unique_ptr<StreamInspector>> streams_;
  std::unique_ptr<StreamRewriting> rewriting_;  // may be null
  std::vector<TextEdit> edits_;
  std::string fresh_;  // taken and not shown yet
  uint64_t fed_ = 0;
  uint64_t hold_ = 0;
  uint64_t found_ = UINT64_MAX;  // where the first finding since go_on() begins
  bool rests_ = false;           // nothing was fed since rest()
};

// An event of a stream, as it came.
struct StreamedEvent {
  std::string_view raw;
  std::string_view type{};
  std::string_view data{};
  std::string_view ignored{};
};

// Events of a stream on their way to the client. An event waits while any text in it could still
// become part of a finding, and those behind it wait too: order is kept. What waits is bounded.
//
// Events that arrive together are pushed one by one and settled once: what they append to a text is
// one piece to those who follow it. What stands before a finding then goes on all the same. Where
// texts are rewritten, or looked at in the light of the request, a finding does not tell where that
// begins which must not leave: each event is settled by itself, and nothing goes on with a finding.
//
//   window.push(event, deltas) ...;  window.settle(ready);
//   where what was found does not end the stream:  window.go_on(ready);
class EventWindow {
 public:
  // What `watch` names, and `out`, outlive the window. What others add to `out` before a push is
  // taken to be of that event. At most `max_pending` bytes wait, in at most `max_lanes` texts.
  EventWindow(const Watch& watch, Direction direction, Findings& out, size_t max_pending,
              size_t max_lanes)
      : watch_(watch),
        direction_(direction),
        out_(out),
        known_(out.size()),
        passed_(out.size()),
        max_pending_(max_pending),
        max_lanes_(max_lanes) {}

  // So many bytes of events are about to be pushed.
  void expect(size_t bytes);
  // Whether a whole text of an event was changed.
  enum class Whole : bool { kSame, kChanged };
  // Takes one event and the texts it appends to, which wait for settle(). kDenied where nothing of
  // it may go on.
  Result<Whole> push(const StreamedEvent& event, std::span<const Delta> deltas);
  // Whether so much was pushed that it is to be settled before more is.
  [[nodiscard]] bool full() const { return unsettled_ > (is_plain() ? kMostUnsettled : 0); }
  // Shows what was pushed. What may go to the client now is appended to `ready`: nothing from the
  // first event on in which something was found.
  Result<> settle(std::string& ready);
  // What was found so far may pass. kTooLarge where more waits than may.
  Result<> go_on(std::string& ready);
  // No more events: adds the last findings. As settle().
  Result<> finish(std::string& ready);

 private:
  static constexpr size_t kMostUnsettled = 16 * 1024;
  struct Piece {
    uint32_t lane;
    uint64_t begin;  // in the lane's text
    uint64_t end;
  };
  // What is kept of an event that might change.
  struct Rewritable {
    struct Text {
      Piece piece;
      std::string text;
      Written written;
    };
    std::string type;
    std::string data;
    std::string ignored;
    std::vector<Text> texts;
    std::vector<Edit> edits;  // of the whole texts in `data`
  };
  // One of the events that wait: their bytes and pieces stand one behind the other in `raw_` and
  // `pieces_`.
  struct Pending {
    size_t raw = 0;  // bytes
    size_t pieces = 0;
    bool found = false;                      // something in it, but for its growing texts
    std::unique_ptr<Rewritable> rewritable;  // null: it goes on as it came

    [[nodiscard]] size_t size() const {
      return raw + (rewritable ? rewritable->data.size() + rewritable->ignored.size() : 0);
    }
  };
  // Whether findings tell from where on a text must not leave.
  [[nodiscard]] bool is_plain() const {
    return watch_.rewriting == nullptr && watch_.exchange == nullptr;
  }
  Result<> take(const Delta& delta, Pending& event);
  Result<> take_whole(const Delta& delta, Rewritable* event);
  Result<Lane*> lane_of(const Delta& delta);
  [[nodiscard]] bool clear(std::span<const Piece> pieces) const;
  // Appends the event, which came as these bytes, as it goes on.
  void give(const Rewritable& event, std::string_view raw, std::string& ready);
  void release(std::string& ready);
  void release_before_findings(std::string& ready);

  Watch watch_;
  Direction direction_;
  Findings& out_;
  size_t known_;   // of the findings: those of events that were pushed
  size_t passed_;  // those that may pass
  size_t max_pending_;
  size_t max_lanes_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::vector<Pending> pending_;
  std::string raw_;
  std::vector<Piece> pieces_;
  size_t pending_bytes_ = 0;
  size_t unsettled_ = 0;  // of them, pushed since they were settled last
};

// A plain text that streams through: everything but the bytes held back goes on at once.
class TextWindow {
 public:
  TextWindow(const Watch& watch, std::string_view place, Direction direction)
      : lane_(watch, place, Written(), direction) {}
  // Appends to `ready` what may go on.
  Result<> push(std::string_view piece, std::string& ready, Findings& out);
  Result<> finish(std::string& ready, Findings& out);

 private:
  void give(std::string& ready);

  Lane lane_;
  std::string held_;  // of the text from `given_` on
  uint64_t given_ = 0;
};

}  // namespace sally::gateway
