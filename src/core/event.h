// AccessEvent: the record of one request. Built by the gate, written by a sink before the answer is
// complete, read by `explain`, `audit` and `watch`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/task.h"
#include "core/decision.h"

namespace sally {

// How far the text of one direction was looked at. "not scanned" is never "clean".
enum class Coverage : uint8_t {
  kNone,     // there was nothing to look at (no body, or it never came)
  kFull,     // every text of it was seen by every inspector
  kPartial,  // some of it was not: the stream broke off, or a limit was reached
  kSkipped,  // none of it was: a content type that no inspector reads
};
std::string_view name_of(Coverage coverage);

enum class Outcome : uint8_t {
  kAllowed,    // answered by the upstream
  kRefused,    // refused by the gate, before or during the answer
  kFailed,     // allowed, but the upstream did not answer properly
  kCancelled,  // the client went away
};
std::string_view name_of(Outcome outcome);

// Stands for a text of the caller that holds a secret.
inline constexpr std::string_view kWithheld = "(withheld)";

// Begun as `{.id = ..., .time = ...}`; the rest is filled in as it becomes known.
struct AccessEvent {
  Ulid id;
  WallTime time;  // when the head of the request was complete
  Outcome outcome = Outcome::kRefused;
  uint16_t status = 0;  // sent to the client
  std::string method{};
  std::string path{};  // without the query
  std::string http{};  // `1.1`, `2`
  std::string source{};
  PrincipalKind principal_kind = PrincipalKind::kAnonymous;
  std::string principal{};  // the principal's id; `anonymous`
  std::string principal_name{};
  std::string team{};
  std::string acts_for{};  // the id of the user an agent acts for
  std::string via{};       // the ids of those who acted before it, with spaces between
  std::string proofs{};    // what was proved, with spaces between
  std::string workload{};  // the SPIFFE ID that the connection proved
  std::string session{};   // of the token; empty: none
  std::string token{};     // its id; empty: none
  std::string grants{};    // the ids of the grants that gave the principal its roles, the same way
  bool break_glass = false;  // allowed only because a grant breaks the glass
  std::string route{};
  std::string protocol{};
  std::string action{};
  std::string model{};     // as the caller named it
  std::string upstream{};  // who answered
  std::string upstream_model{};
  uint16_t upstream_status = 0;
  uint16_t attempts = 0;
  bool stream = false;
  std::string tool{};  // of an MCP server: the tool, the prompt or the resource that was named
  // Of an MCP batch: how many kinds of messages it has, each decided by itself. The event names
  // one: that which was refused, or a call of a tool, or the first.
  uint32_t messages = 0;
  // What the policies said last; nothing where they were not asked.
  std::optional<PolicyVerdict> policy{};
  std::optional<PolicyVerdict> shadow{};  // the same of a candidate
  std::string trace_id{};                 // in hexadecimal; empty where no trace is kept
  std::optional<Refusal> refusal{};
  Findings findings{};
  Coverage request_coverage = Coverage::kNone;
  Coverage response_coverage = Coverage::kNone;
  uint64_t request_bytes = 0;
  uint64_t response_bytes = 0;
  // To the bytes of the bodies (core/content_recorder.h); empty where there is none.
  std::string request_commitment{};
  std::string response_commitment{};
  int64_t max_tokens = -1;    // that the caller asked for at most; -1: it did not say
  int64_t input_tokens = -1;  // -1: not known
  int64_t output_tokens = -1;
  bool tokens_estimated = false;  // counted by the gate because the upstream did not say
  int64_t duration_us = 0;
  int64_t upstream_us = 0;    // from sending to the last byte
  int64_t first_byte_us = 0;  // from sending to the first byte of the answer
};

// What decided it, in a few words: the rule or limit that refused, or the policies that allowed, or
// `break-glass`.
std::string rule_of(const AccessEvent& event);

// Where access events go. One sink object per loop thread; not shared.
class EventSink {
 public:
  EventSink() = default;
  EventSink(const EventSink&) = delete;
  EventSink& operator=(const EventSink&) = delete;
  virtual ~EventSink() = default;

  // Whether events can be written now. The gate refuses new requests while they cannot.
  [[nodiscard]] virtual bool healthy() const = 0;
  // Encodes `event` at once (it may change after the call) and completes when it is written: the
  // gate sends the last byte of an answer only then. Fails with kUnavailable.
  [[nodiscard]] virtual Task<Result<>> record(const AccessEvent& event) = 0;
  // The loop calls this at the end of every turn: writes what the turn queued, in one go, and
  // resumes those that wait.
  virtual void commit() = 0;
};

}  // namespace sally
