// Call and Attempt: the state of one request while the gate works on it. Private to the gateway.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/text.h"
#include "core/event.h"
#include "core/tracer.h"
#include "formats/coding.h"
#include "gateway/gate.h"
#include "gateway/inspection.h"
#include "gateway/protocol/protocol.h"
#include "gateway/snapshot.h"

namespace sally::gateway {

// Bodies of this size and above are parsed and inspected on the work pool: about a millisecond.
inline constexpr size_t kOffLoopBytes = 512 * 1024;
// The same where a model looks at the texts too, and where more is looked for.
inline constexpr size_t kOffLoopScored = 128 * 1024;
inline constexpr size_t kOffLoopSearched = 32 * 1024;

inline int64_t micros(Nanos span) {
  return std::chrono::duration_cast<Micros>(span).count();
}

// The stages of one call, each timed from the end of the one before: the clock is read once between
// two stages.
class Laps {
 public:
  explicit Laps(const Clock& clock) : clock_(clock), mark_(clock.monotonic()) {}

  // The instant that was read last.
  [[nodiscard]] MonoTime mark() const { return mark_; }
  // What passed since the mark belongs to no stage.
  MonoTime begin() { return mark_ = clock_.monotonic(); }
  // What passed since the mark belongs to `stage`.
  MonoTime end(Timed stage, Slot& slot) {
    const MonoTime now = clock_.monotonic();
    slot.stages[static_cast<size_t>(stage)].observe(micros(now - mark_));
    if (trace_ != nullptr) {
      trace_->step(name_of(stage), mark_, now);
    }
    return mark_ = now;
  }
  // From now on the laps are told to `trace` too, which outlives them.
  void tell(RequestTrace& trace) { trace_ = &trace; }

 private:
  const Clock& clock_;
  MonoTime mark_;
  RequestTrace* trace_ = nullptr;
};

// What policies said of a call: those in force, and a candidate.
struct Verdicts {
  std::optional<PolicyVerdict> enforced;
  std::optional<PolicyVerdict> shadow;
};

// What a call is in the list of those that go on (Gate::recheck).
struct CallLink {
  CallLink* previous = this;
  CallLink* next = this;

  CallLink() = default;
  CallLink(const CallLink&) = delete;
  CallLink& operator=(const CallLink&) = delete;
  ~CallLink() { leave(); }
  void join(CallLink& list) {
    previous = list.previous;
    next = &list;
    previous->next = next->previous = this;
  }
  void leave() {
    previous->next = next;
    next->previous = previous;
    previous = next = this;
  }
};

struct Call final : CallLink, net::ServerExchange::GoneWatcher {
  Call(net::ServerExchange& exchange, std::shared_ptr<const InForce> in_force, Ulid id,
       WallTime received, const Clock& clock)
      : http(exchange),
        force(std::move(in_force)),
        settings(force->snapshot->settings()),
        event{.id = id, .time = received},
        laps(clock),
        started(laps.mark()) {}
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call() = default;

  void on_client_gone() override {
    gone = true;
    if (upstream != nullptr) {
      upstream->cancel();
    }
  }

  [[nodiscard]] Inspectors inspectors() const {
    return route == nullptr ? force->snapshot->parts().inspectors : route->inspectors;
  }

  // Whether a body of this size is for the work pool.
  [[nodiscard]] bool is_long(size_t size) const {
    return size >= (rewriting != nullptr || exchange != nullptr ? kOffLoopSearched
                    : route != nullptr && route->scored         ? kOffLoopScored
                                                                : kOffLoopBytes);
  }
  [[nodiscard]] Watch watch() const { return {inspectors(), rewriting.get(), exchange.get()}; }
  // The same for whole texts, about which another model may be asked.
  [[nodiscard]] Watch watch_whole() const {
    Watch out = watch();
    out.settled_later = force->snapshot->parts().second_opinion != nullptr;
    return out;
  }

  // Whether anything is found in `text`, which no record or error may then hold. By those who look
  // at every text: they look for what must not be shown.
  [[nodiscard]] bool must_withhold(std::string_view text) const {
    Findings found;
    for (const auto& inspector : force->snapshot->parts().inspectors) {
      inspector->inspect(text, {.place = ""}, found);
    }
    const Rewriter* const rewriter = force->snapshot->parts().rewriter.get();
    return !found.empty() || (rewriter != nullptr && rewriter->holds(text));
  }
  // What the caller wrote, as a record or an error may hold it.
  [[nodiscard]] std::string quote(std::string_view text) const {
    return must_withhold(text) ? std::string(kWithheld) : printable(text);
  }

  // Ends the call for what is not the client's doing: whoever waits for the upstream fails and
  // finds `cut`.
  void cut_off(Refusal why) {
    cut = std::move(why);
    if (upstream != nullptr) {
      upstream->cancel();
    }
  }

  // What policies said last.
  [[nodiscard]] Verdicts verdicts() const { return {event.policy, event.shadow}; }
  void restore(Verdicts verdicts) {
    event.policy = std::move(verdicts.enforced);
    event.shadow = std::move(verdicts.shadow);
  }

  // The event is about this message from now on. A method that is called like an action of the
  // gate's own is none that anybody knows.
  void name(const RpcCall& message) {
    event.action = message.method.empty() ? operation->action : "mcp:" + quote(message.method);
    if (!message.method.empty() &&
        std::ranges::find(operations_of(Protocol::kMcp), event.action, &Operation::action) !=
            operations_of(Protocol::kMcp).end()) {
      event.action = kOtherMethod;
    }
    event.tool = message.name.empty() ? std::string() : quote(message.name);
  }

  // Begins to keep commitments, or content, of an exchange whose caller is known.
  void begin_recording() {
    if (const auto& recorder = force->snapshot->parts().recorder) {
      const std::string_view field = recorder->end_user_field();
      recording = recorder->begin(
          {event.principal,
           field.empty() ? field : http.head().fields.find(field).value_or(std::string_view())},
          event.id);
    }
  }
  // Begins to replace what must not go on as it is, of a caller that is known.
  void begin_rewriting() {
    const auto& parts = force->snapshot->parts();
    if (parts.rewriter != nullptr) {
      const std::string_view field =
          parts.recorder == nullptr ? std::string_view() : parts.recorder->end_user_field();
      rewriting = parts.rewriter->begin(
          {*principal,
           field.empty() ? field : http.head().fields.find(field).value_or(std::string_view())},
          event.time);
    }
  }
  // Begins to look at the exchange as a whole, where its route asks for it.
  void begin_exchange() {
    if (route->exchange_inspector != nullptr) {
      exchange = route->exchange_inspector->begin();
    }
  }
  void keep(Direction direction, ByteView bytes) {
    if (recording != nullptr) {
      recording->feed(direction, bytes);
    }
  }

  net::ServerExchange& http;
  const std::shared_ptr<const InForce> force;
  const Settings& settings;
  AccessEvent event;
  std::unique_ptr<RequestTrace> trace;  // null: no trace is kept
  Laps laps;
  const MonoTime started;
  Slot* slot = nullptr;

  PrincipalPtr principal;
  const Route* route = nullptr;
  const Operation* operation = nullptr;
  std::string_view path;           // below the route's prefix
  std::string_view model_in_path;  // view into `path`
  const Model* model = nullptr;
  // What was decided last: about which model, and by the policies of which InForce.
  ModelId decided;
  uint64_t decided_by = 0;
  RequestFacts facts;
  ByteView body;
  std::unique_ptr<ContentRecording> recording;   // null: nothing is kept
  std::unique_ptr<Rewriting> rewriting;          // null: texts go on as they are
  std::unique_ptr<ExchangeInspection> exchange;  // null: its route does not ask for it
  std::string body_storage;   // holds `body` where it did not arrive in one piece
  bool waited = false;        // for what another model says of the request
  bool body_streams = false;  // the rest of the body is relayed while the answer comes

  // Why the gate stopped relaying, where it did; whether because of who called.
  std::optional<Refusal> cut;
  bool dismissed = false;

  net::ClientExchange* upstream = nullptr;  // what to cancel when the client goes
  bool gone = false;
  bool recorded = false;
  bool tunnel = false;               // goes on after it was recorded
  int64_t retry_after_s = 0;         // of a refusal for its rate
  std::string challenge = "Bearer";  // of one for who called
  std::string dpop_nonce;            // the same; empty: none
};

struct Attempt {
  Attempt() = default;
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;
  ~Attempt() = default;

  std::string path;              // what stands behind the views of `head`
  Secret authorization;          // the same: the caller's token for this upstream; empty: none
  std::string_view traceparent;  // of this attempt; empty where no trace is kept
  std::string body;              // the rewritten body, where it had to be
  net::RequestHead head;
  std::unique_ptr<net::ClientExchange> exchange;
  Lease lease;
  const Target* target = nullptr;
  const net::ResponseHead* answer = nullptr;
  MonoTime sent{};
};

// Why an allowed request is refused after all: its event could not be written.
inline Refusal not_recorded(const Error& error) {
  return {Stage::kRecord,  ErrorKind::kUnavailable, "record",
          error.message(), "a written event",       "see the log for why"};
}

}  // namespace sally::gateway
