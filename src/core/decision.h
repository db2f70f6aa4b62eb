// Decision: allowed, or refused with what `sallyport explain` will tell.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ids.h"
#include "core/finding.h"
#include "core/principal.h"

namespace sally {

// Where in the life of a request it was refused. In the order of the pipeline.
enum class Stage : uint8_t {
  kConnection,  // address rules, connection counts
  kProtocol,    // HTTP and body syntax, size and depth limits
  kRoute,       // no such route, operation or model
  kIdentity,    // who is calling
  kLimit,       // rates and budgets
  kInspection,  // what the text holds
  kPolicy,      // what the rules say
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

// There is no default Decision: every path says which it is.
class Decision {
 public:
  // `rule` names what allowed it.
  static Decision allow(std::string rule) { return Decision(std::move(rule), std::nullopt); }
  static Decision refuse(Refusal why) { return Decision({}, std::move(why)); }

  [[nodiscard]] bool allowed() const { return !refusal_.has_value(); }
  [[nodiscard]] const std::string& rule() const { return refusal_ ? refusal_->rule : rule_; }
  // Only of a refusal.
  [[nodiscard]] const Refusal& refusal() const {
    SALLY_CHECK(refusal_.has_value());
    return *refusal_;
  }

 private:
  Decision(std::string rule, std::optional<Refusal> refusal)
      : rule_(std::move(rule)), refusal_(std::move(refusal)) {}
  std::string rule_;
  std::optional<Refusal> refusal_;
};

// What is asked: may `principal` do `action` on `model` through `route` now?
struct AccessRequest {
  const Principal& principal;
  std::string_view action;  // `openai:chat.completions`, `kserve:infer`, `mcp:message`, `http:GET`
  const RouteId& route;
  const ModelId& model;               // empty where the operation names none
  std::string_view source;            // the caller's address, no port
  std::span<const Finding> findings;  // so far, both directions
  WallTime now;
};

// Decides. Immutable, shared by all threads, does not block. Asked before the upstream is called,
// and again when the answer brings new findings.
class Authorizer {
 public:
  Authorizer() = default;
  Authorizer(const Authorizer&) = delete;
  Authorizer& operator=(const Authorizer&) = delete;
  virtual ~Authorizer() = default;
  [[nodiscard]] virtual Decision authorize(const AccessRequest& request) const = 0;
};

}  // namespace sally
