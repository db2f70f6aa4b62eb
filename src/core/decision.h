// Decision: allowed, or refused with what `sallyport explain` will tell.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "core/finding.h"
#include "core/principal.h"
#include "core/sessions.h"

namespace sally {

// Where in the life of a request it was refused. In the order of the pipeline.
enum class Stage : uint8_t {
  kConnection,  // address rules, connection counts
  kProtocol,    // HTTP and body syntax, size and depth limits
  kRoute,       // no such route, operation or model
  kIdentity,    // who is calling
  kLimit,       // rates and budgets
  kInspection,  // what the text holds
  kPolicy,      // what the policies say
  kUpstream,    // the model did not answer
  kResponse,    // what the answer holds
  kRecord,      // the access could not be recorded
};
std::string_view name_of(Stage stage);

// Why a request was refused. No field ever holds a secret: `seen` names, it does not quote.
struct Refusal {
  Stage stage;
  ErrorKind kind;
  std::string rule;      // which rule or limit: `rules[2]`, `default deny`, `limits.body`
  std::string seen;      // the value seen
  std::string expected;  // the value expected
  std::string hint;      // what would have let it pass
};

// A policy set in force, as records name it.
struct PolicySetId {
  uint64_t version = 0;              // the number of its activation
  std::array<std::byte, 32> hash{};  // SHA-256 of its texts
  uint64_t entities = 0;             // of the entities it was decided with: the head of a SHA-256
  friend bool operator==(const PolicySetId&, const PolicySetId&) = default;
};

// A policy that could not be evaluated.
struct PolicyFailure {
  std::string policy;
  std::string message;
  friend bool operator==(const PolicyFailure&, const PolicyFailure&) = default;
};

// What a policy set said.
struct PolicyVerdict {
  PolicySetId set;
  bool allowed = false;
  // The policies that determined it: the permits that apply, or the forbids that do, or none.
  std::vector<std::string> determining;
  std::vector<PolicyFailure> failed;
  friend bool operator==(const PolicyVerdict&, const PolicyVerdict&) = default;
};

// There is no default Decision: every path says which it is.
class Decision {
 public:
  // `verdict` names what allowed it.
  static Decision allow(PolicyVerdict verdict) { return {std::nullopt, std::move(verdict)}; }
  // Without a verdict: no policy was asked.
  static Decision refuse(Refusal why, std::optional<PolicyVerdict> verdict = std::nullopt) {
    return {std::move(why), std::move(verdict)};
  }
  // Allowed though `verdict` denies: a grant of the caller breaks the glass.
  static Decision break_glass(PolicyVerdict verdict) {
    Decision out(std::nullopt, std::move(verdict));
    out.by_break_glass_ = true;
    return out;
  }
  // What a candidate that is only compared would have said.
  Decision& beside(std::optional<PolicyVerdict> shadow) {
    shadow_ = std::move(shadow);
    return *this;
  }

  [[nodiscard]] bool allowed() const { return !refusal_.has_value(); }
  [[nodiscard]] bool by_break_glass() const { return by_break_glass_; }
  // Only of a refusal.
  [[nodiscard]] const Refusal& refusal() const {
    SALLY_CHECK(refusal_.has_value());
    return *refusal_;
  }
  [[nodiscard]] std::optional<PolicyVerdict>& verdict() { return verdict_; }
  // What a call that is allowed brings into the session: labels of what is called.
  [[nodiscard]] const std::vector<std::string>& labels() const { return labels_; }
  Decision& labelled(std::vector<std::string> labels) {
    labels_ = std::move(labels);
    return *this;
  }
  [[nodiscard]] std::optional<PolicyVerdict>& shadow() { return shadow_; }

 private:
  Decision(std::optional<Refusal> refusal, std::optional<PolicyVerdict> verdict)
      : refusal_(std::move(refusal)), verdict_(std::move(verdict)) {}
  std::optional<Refusal> refusal_;
  std::optional<PolicyVerdict> verdict_;
  std::optional<PolicyVerdict> shadow_;
  std::vector<std::string> labels_;
  bool by_break_glass_ = false;
};

// The action of a method of MCP that has none of its own.
inline constexpr std::string_view kOtherMethod = "mcp:other";

// The protocol of the gate's own API, whose resource is the gate.
inline constexpr std::string_view kAdminProtocol = "admin";

// What is asked: may `principal` do `action` now, with what was seen of the call so far? All of it
// but the arguments of a tool stands in the event of the call, so that a decision can be made again
// from the record.
struct AccessRequest {
  const Principal& principal;
  std::string_view action;    // `openai:chat.completions`, `kserve:infer`, `mcp:tools/call`
  std::string_view protocol;  // `openai`
  const RouteId& route;
  const ModelId& model;  // empty where the operation names none
  // Of an MCP server what the message names: a tool, a prompt, the URI of a resource, by the
  // action.
  std::string_view tool;
  std::string_view method;
  std::string_view path;              // without the query
  std::string_view source;            // the caller's address, no port
  std::span<const Finding> findings;  // so far, both directions
  bool stream = false;
  bool answering = false;  // asked again, for what was found in the answer
  uint64_t bytes = 0;      // of the body
  std::optional<int64_t> max_tokens;
  // What a tool is called with: a JSON object that was read strictly. Nothing where it is not
  // known, as in the record, which does not hold it.
  std::optional<std::string_view> arguments = {};
  WallTime now;
  const SessionFacts* session = nullptr;  // null: nothing is known of it
};

// Decides, for one thread: it may keep memory from one decision to the next.
class Decider {
 public:
  Decider() = default;
  Decider(const Decider&) = delete;
  Decider& operator=(const Decider&) = delete;
  virtual ~Decider() = default;
  // Does not block. Asked before the upstream is called, and again when the answer brings new
  // findings.
  [[nodiscard]] virtual Decision decide(const AccessRequest& request) = 0;
};

// Immutable, shared by all threads.
class Authorizer {
 public:
  Authorizer() = default;
  Authorizer(const Authorizer&) = delete;
  Authorizer& operator=(const Authorizer&) = delete;
  virtual ~Authorizer() = default;
  // The authorizer outlives it.
  [[nodiscard]] virtual std::unique_ptr<Decider> decider() const = 0;
  // Of each of `names`, which are what `request` may name as its `tool`, whether the principal
  // could do the action with it in some circumstances: of the call nothing counts but who calls,
  // from where, and on which path. An empty name stands for any that is not known. Safe from every
  // thread; may take some milliseconds, so not on a loop. kTooLarge where it takes too many steps.
  [[nodiscard]] virtual Result<std::vector<bool>> could(
      const AccessRequest& request, std::span<const std::string_view> names) const = 0;
  // Whether a caller without a credential may be allowed anything: without that it is refused
  // before its body is read.
  [[nodiscard]] virtual bool allows_anonymous() const = 0;
};

}  // namespace sally
