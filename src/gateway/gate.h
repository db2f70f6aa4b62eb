// Gate: the life of a request. One object per loop.
//
//   head -> route -> identity -> limits -> body -> inspection -> policy -> upstream -> inspection
//   of the answer, window by window -> record -> the end of the answer
//
// gate.cc admits or refuses; forward.cc finds an upstream; relay.cc brings the answer back.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "core/event.h"
#include "core/limits.h"
#include "core/tracer.h"
#include "gateway/metrics.h"
#include "gateway/snapshot.h"
#include "net/http.h"
#include "net/loop.h"
#include "net/pool.h"
#include "net/work_pool.h"

namespace sally::gateway {

struct Call;      // one request in the gate (call.h)
struct CallLink;  // its place among those that go on (call.h)
struct Attempt;   // one try at an upstream (call.h)
class InspectingVisitor;
struct Doubtful;  // a text that another model is asked about (inspection.h)

// A snapshot as one loop uses it, with the loop's metric slots looked up.
struct InForce {
  SnapshotPtr snapshot;
  uint64_t number = 0;  // how many the gate had before it
  std::unique_ptr<Decider> decider;
  std::vector<Slot*> slots;  // route * (models + 1) + model + 1; the last row is "no route"
  [[nodiscard]] Slot& slot(const Route* route, const Model* model) const;
};

class Gate final : public net::Handler {
 public:
  // All outlive the gate and belong to its loop, except the limiter and the work pool, which are
  // shared.
  struct Ports {
    net::Loop& loop;
    net::ClientPool& pool;
    EventSink& sink;
    RateLimiter& limiter;
    net::WorkPool& work;
    Random& random;
    MetricsShard& metrics;
    Tracer* tracer = nullptr;  // null: no traces
  };
  explicit Gate(const Ports& ports);
  ~Gate() override;

  // Puts `snapshot` in force for requests that begin from now on, and rechecks those that go on. On
  // the gate's loop, and once before the first request.
  void put_in_force(const SnapshotPtr& snapshot);

  // Ends every call whose caller is not accepted any more, or which policies deny that have come in
  // force since it was decided, whatever it waits for: what has no answer yet is refused, a stream
  // and a tunnel are cut. One whose client does not take the end of it is broken off by the next
  // recheck. On the gate's loop.
  void recheck();
  // Does so every `kRecheckEvery`, for what ends without anybody's word (an expiry, a state that
  // cannot be read). For Loop::spawn; belongs to the loop.
  Task<Result<>> keep_rechecking();
  static constexpr Millis kRecheckEvery{500};

  Task<void> serve(net::ServerExchange& http) override;
  PlainAnswer refuse_malformed(const ProtocolRefusal& refusal) override;

 private:
  using Refused = std::optional<Refusal>;

  // gate.cc: each returns why the request is refused, or nothing.
  Refused before_identity(Call& call);
  // resource.cc: the route whose metadata is asked for; null: none.
  static const Route* resource_of(const Call& call);
  SALLY_OWN_FRAME Task<void> tell_resource(Call& call, const Route& route);
  static std::string challenge_of(const Call& call);
  Refused find_route(Call& call);
  std::optional<Identified> identify(Call& call);
  // `who`: nothing where the identifier could not tell even when it had asked.
  Refused admit(Call& call, std::optional<Identified> who);
  Refused foreign_page(Call& call);
  Refused before_body(Call& call);
  Refused limit(Call& call);
  Refused check_form(Call& call);
  SALLY_OWN_FRAME Task<Refused> read_body(Call& call);
  // Reads the body and shows it; on the work pool where it is large.
  SALLY_OWN_FRAME Task<Refused> inspect_body(Call& call);
  // Asks another model about texts that ours is in doubt about, and settles their findings by what
  // it says. They are the last findings of the call, or none.
  SALLY_OWN_FRAME Task<Refused> settle_doubts(Call& call, Direction direction,
                                              std::vector<Doubtful> doubts);
  static Result<> read_facts(Call& call, InspectingVisitor& visitor);
  // Puts in the body what stands for what was found in it, and reads it again.
  SALLY_OWN_FRAME Task<Refused> rewrite_body(Call& call, const InspectingVisitor& visitor);
  Refused after_body(Call& call);
  // Asks about every message of the call; `model` empty where none is named.
  Refused authorize(Call& call, const ModelId& model, Direction direction = Direction::kRequest);
  // `message`: of an MCP server; null where there is none.
  Refused decide(Call& call, const ModelId& model, Direction direction, const RpcCall* message);
  Refused note_session(Call& call, const Decision& decision, const RpcCall* message);
  Refused judge_findings(Call& call, Direction direction, size_t already);
  // Why the caller is not accepted any more; nothing where it is.
  Refused recheck_caller(const Call& call);
  // Why a call that was allowed may not go on; nothing where it may.
  Refused recheck(Call& call);
  SALLY_OWN_FRAME Task<void> refuse(Call& call, Refusal why);
  SALLY_OWN_FRAME Task<void> list_models(Call& call);
  // Answers a question about texts.
  SALLY_OWN_FRAME Task<void> answer_texts(Call& call);
  // Writes the access event. Everything that ends a call goes through here exactly once.
  SALLY_OWN_FRAME Task<Result<>> record(Call& call);
  void settle(Call& call);
  void begin_trace(Call& call);

  // lists.cc
  // Of an answer with lists (mcp_lists.h), which outlives the wait, what the caller may see.
  SALLY_OWN_FRAME Task<Result<std::string>> show_lists(Call& call, std::string_view answer);
  static Refused unapproved(const Call& call, const RpcCall& message);

  // forward.cc
  SALLY_OWN_FRAME Task<void> forward(Call& call);
  SALLY_OWN_FRAME Task<Refused> attempt_all(Call& call, Attempt& attempt);
  // With which token the caller's request goes to `upstream`; empty: with none.
  SALLY_OWN_FRAME Task<Result<Secret>> token_for(Call& call, const UpstreamSettings& upstream);
  SALLY_OWN_FRAME Task<Result<>> attempt_once(Call& call, Attempt& attempt, const Target& target,
                                              net::Reuse reuse);
  Refused upstream_failure(Call& call, const std::optional<Error>& error);

  // relay.cc
  SALLY_OWN_FRAME Task<void> relay(Call& call, Attempt& attempt);
  SALLY_OWN_FRAME Task<void> relay_document(Call& call, Attempt& attempt);
  SALLY_OWN_FRAME Task<void> relay_events(Call& call, Attempt& attempt);
  SALLY_OWN_FRAME Task<void> relay_bytes(Call& call, Attempt& attempt);
  SALLY_OWN_FRAME Task<void> relay_tunnel(Call& call, Attempt& attempt);
  SALLY_OWN_FRAME Task<Result<>> collect(Call& call, Attempt& attempt, std::string& body);
  SALLY_OWN_FRAME Task<void> end_stream(Call& call, Attempt& attempt, Refused why);

  [[nodiscard]] MonoTime now() const { return ports_.loop.clock().monotonic(); }
  // When what the upstream sent just now was there: the loop's turn, unless that began before the
  // request was sent.
  [[nodiscard]] MonoTime arrived(const Attempt& attempt) const;

  Ports ports_;
  std::shared_ptr<const InForce> force_;
  std::unique_ptr<CallLink> open_;  // the calls that were let pass, until they end
};

// What a client may be told of a refusal: no rule names, no values that are not its own.
std::string client_message(const Refusal& refusal);

}  // namespace sally::gateway
