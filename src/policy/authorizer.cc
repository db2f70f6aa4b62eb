#include "policy/authorizer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "cedar/eval/authorizer.h"
#include "policy/question.h"
#include "policy/reachable.h"

namespace sally::policy {
namespace {

constexpr size_t kMostShown = 200;

template <typename Id>
bool covers(const std::vector<Id>& scope, const Id& id) {
  return scope.empty() || std::ranges::find(scope, id) != scope.end();
}

std::string or_none(std::string_view text) {
  return text.empty() ? "none" : "`" + printable(text, kMostShown) + "`";
}

// What was asked, for whoever reads why it was refused.
std::string describe(const AccessRequest& request) {
  const Principal& who = request.principal;
  std::string out =
      who.kind == PrincipalKind::kAnonymous
          ? "an anonymous caller"
          : fmt::format(
                "{} `{}`", name_of(who.kind),
                printable(who.kind == PrincipalKind::kApiKey ? who.name : who.id, kMostShown));
  if (who.acts_for) {
    out += fmt::format(" for {} `{}`", name_of(who.acts_for->kind),
                       printable(who.acts_for->id, kMostShown));
  }
  if (!who.team.str().empty()) {
    out += fmt::format(" of team `{}`", printable(who.team.str(), kMostShown));
  }
  out +=
      fmt::format(", action {}, route {}", or_none(request.action), or_none(request.route.str()));
  const std::string_view named = named_type(request.action);
  const std::string_view what = named == kPrompt        ? "prompt"
                                : named == kMcpResource ? "resource"
                                                        : "tool";
  out += request.tool.empty() ? fmt::format(", model {}", or_none(request.model.str()))
                              : fmt::format(", {} {}", what, or_none(request.tool));
  if (!request.findings.empty()) {
    std::vector<std::string> rules;
    for (const Finding& finding : request.findings) {
      if (std::ranges::find(rules, finding.rule) == rules.end()) {
        rules.push_back(finding.rule);
      }
    }
    out += fmt::format(", findings {}", fmt::join(rules, ", "));
  }
  return out;
}

Refusal refusal(const AccessRequest& request, std::string rule, std::string expected,
                std::string hint) {
  const bool anonymous = request.principal.kind == PrincipalKind::kAnonymous;
  return {.stage = Stage::kPolicy,
          .kind = anonymous ? ErrorKind::kUnauthenticated : ErrorKind::kDenied,
          .rule = std::move(rule),
          .seen = describe(request),
          .expected = std::move(expected),
          .hint = std::move(hint)};
}

// Nothing where the key may be used for this.
std::optional<Refusal> beyond_scope(const AccessRequest& request) {
  const Principal& who = request.principal;
  if (!covers(who.routes, request.route)) {
    return refusal(request, "key scope", "a route of this key",
                   "`sallyport key create --route` says which routes a key is for");
  }
  if (!covers(who.models, request.model)) {
    return refusal(request, "key scope", "a model of this key",
                   "`sallyport key create --model` says which models a key is for");
  }
  return std::nullopt;
}

void add_labels(const cedar::StoredEntity* entity, std::vector<std::string>& out) {
  const cedar::Cell* labels =
      entity == nullptr ? nullptr : cedar::find_field(entity->attributes.as_record(), kLabels);
  if (labels == nullptr || labels->kind != cedar::ValueKind::kSet) {
    return;
  }
  for (const cedar::Cell& label : labels->as_set()) {
    out.emplace_back(label.as_text());
  }
}

// One policy set, as one thread asks it.
class Asker {
 public:
  explicit Asker(const ActiveSet& set) : set_(set) {}

  struct Answer {
    PolicyVerdict verdict;
    bool forbid_failed = false;
    std::vector<std::string> labels;  // of what is called, where it may be
    bool hard = false;                // a hard forbid applies
    bool hard_failed = false;         // a hard forbid failed
  };
  Result<Answer> ask(const AccessRequest& request) {
    TRY(const cedar::RequestView view, question_.make(request, set_.store(), set_.tools()));
    const cedar::Verdict said = cedar::authorize(set_.policies(), set_.store(), view, scratch_);
    Answer out;
    out.forbid_failed = said.forbid_failed;
    out.verdict.set = set_.id();
    out.verdict.allowed = said.decision == cedar::Decision::kAllow;
    out.verdict.determining.reserve(said.determining.size());
    for (const uint32_t index : said.determining) {
      out.verdict.determining.push_back(set_.policies().policies()[index].id);
      out.hard = out.hard || set_.is_hard(index);
    }
    for (const cedar::PolicyError& error : said.errors) {
      out.verdict.failed.push_back(
          {set_.policies().policies()[error.policy].id, cedar::describe(error.error)});
      out.hard_failed = out.hard_failed || set_.is_hard(error.policy);
    }
    if (out.verdict.allowed || !request.principal.break_glass.empty()) {
      const auto route = cedar::EntityName::of(kRoute, request.route.str());
      add_labels(set_.store().find(view.resource), out.labels);
      if (!cedar::same_entity(view.resource, route)) {
        add_labels(set_.store().find(route), out.labels);
      }
    }
    return out;
  }

 private:
  const ActiveSet& set_;
  QuestionMaker question_;
  cedar::Scratch scratch_;
};

}  // namespace

class CedarDecider final : public Decider {
 public:
  explicit CedarDecider(const CedarAuthorizer& authorizer)
      : authorizer_(authorizer), enforced_(authorizer.enforced()) {
    if (authorizer.shadow() != nullptr) {
      shadow_.emplace(*authorizer.shadow());
    }
  }

  Decision decide(const AccessRequest& request) override {
    if (auto refused = beyond_scope(request)) {
      return Decision::refuse(*std::move(refused));
    }
    Decision decision = judge(request);
    if (shadow_) {
      // A candidate that cannot answer is no candidate for this call; it decides nothing.
      if (auto said = shadow_->ask(request)) {
        settle(*said);
        authorizer_.count_compared(decision.allowed() && !decision.by_break_glass(),
                                   said->verdict.allowed);
        decision.beside(std::move(said->verdict));
      }
    }
    return decision;
  }

 private:
  // Where a forbid failed, nobody knows what it would have forbidden: whether that denies.
  bool settle(Asker::Answer& answer) const {
    const bool denied = answer.verdict.allowed && answer.forbid_failed &&
                        authorizer_.on_forbid_error() == OnForbidError::kDeny;
    if (denied) {
      answer.verdict.allowed = false;
      answer.verdict.determining.clear();
    }
    return denied;
  }

  // Whether a grant of `who` opens what `answer` denies.
  [[nodiscard]] bool opens(const Asker::Answer& answer, const Principal& who) const {
    const bool failed_hard =
        answer.hard_failed && authorizer_.on_forbid_error() == OnForbidError::kDeny;
    return !who.break_glass.empty() && !answer.hard && !failed_hard;
  }

  Decision judge(const AccessRequest& request) {
    auto said = enforced_.ask(request);
    if (!said && said.error().kind() == ErrorKind::kInvalidInput) {
      return Decision::refuse({.stage = Stage::kProtocol,
                               .kind = ErrorKind::kInvalidInput,
                               .rule = std::string(kArguments),
                               .seen = said.error().message(),
                               .expected = "arguments as the schema of the policies has them",
                               .hint = said.error().hint()});
    }
    if (!said) {
      return Decision::refuse(
          refusal(request, "default deny", "a call that can be decided", said.error().message()));
    }
    const bool by_failure = settle(*said);
    PolicyVerdict& verdict = said->verdict;
    if (said->forbid_failed) {
      authorizer_.count_failed(verdict);
    }
    if (verdict.allowed) {
      Decision allowed = Decision::allow(std::move(verdict));
      allowed.labelled(std::move(said->labels));
      return allowed;
    }
    if (opens(*said, request.principal)) {
      authorizer_.count_broken_glass(request.principal);
      Decision allowed = Decision::break_glass(std::move(verdict));
      allowed.labelled(std::move(said->labels));
      return allowed;
    }
    if (by_failure) {
      return Decision::refuse(
          refusal(request, "on_forbid_error", "forbids that can be evaluated", {}),
          std::move(verdict));
    }
    if (verdict.determining.empty()) {
      return Decision::refuse(refusal(request, "default deny", "a policy that permits this", {}),
                              std::move(verdict));
    }
    std::string policy = verdict.determining.front();
    return Decision::refuse(refusal(request, std::move(policy), "no policy that forbids this", {}),
                            std::move(verdict));
  }

  const CedarAuthorizer& authorizer_;
  Asker enforced_;
  std::optional<Asker> shadow_;
};

CedarAuthorizer::CedarAuthorizer(ActiveSetPtr enforced, ActiveSetPtr shadow,
                                 OnForbidError on_forbid_error)
    : enforced_(std::move(enforced)),
      shadow_(std::move(shadow)),
      on_forbid_error_(on_forbid_error),
      forbids_(static_cast<size_t>(std::ranges::count(enforced_->policies().policies(),
                                                      cedar::Effect::kForbid,
                                                      &cedar::CompiledPolicy::effect))) {
  auto at = forbids_.begin();
  for (const cedar::CompiledPolicy& policy : enforced_->policies().policies()) {
    if (policy.effect == cedar::Effect::kForbid) {
      (at++)->policy = policy.id;
    }
  }
}

void CedarAuthorizer::count_failed(const PolicyVerdict& verdict) const {
  for (const PolicyFailure& failure : verdict.failed) {
    const auto found = std::ranges::find(forbids_, failure.policy, &Count::policy);
    if (found != forbids_.end()) {
      found->times.fetch_add(1, std::memory_order_relaxed);
    }
  }
}

void CedarAuthorizer::count_compared(bool allowed, bool by_shadow) const {
  compared_.fetch_add(1, std::memory_order_relaxed);
  if (allowed != by_shadow) {
    (by_shadow ? newly_allowed_ : newly_denied_).fetch_add(1, std::memory_order_relaxed);
  }
}

void CedarAuthorizer::count_broken_glass(const Principal& who) const {
  const std::lock_guard lock(broken_mutex_);
  const auto found = std::ranges::find(broken_, who.break_glass, &BrokenGlass::grant);
  if (found != broken_.end()) {
    ++found->times;
  } else {
    broken_.push_back({who.break_glass, who.id, 1});
  }
}

std::vector<CedarAuthorizer::BrokenGlass> CedarAuthorizer::broken_glass() const {
  const std::lock_guard lock(broken_mutex_);
  return broken_;
}

std::vector<CedarAuthorizer::Failing> CedarAuthorizer::failed_forbids() const {
  std::vector<Failing> out;
  for (const Count& count : forbids_) {
    if (const uint64_t times = count.times.load(std::memory_order_relaxed); times > 0) {
      out.push_back({count.policy, times});
    }
  }
  return out;
}

CedarAuthorizer::Comparison CedarAuthorizer::comparison() const {
  return {compared_.load(std::memory_order_relaxed), newly_allowed_.load(std::memory_order_relaxed),
          newly_denied_.load(std::memory_order_relaxed)};
}

Result<std::vector<bool>> CedarAuthorizer::could(const AccessRequest& request,
                                                 std::span<const std::string_view> names) const {
  if (beyond_scope(request)) {
    return std::vector<bool>(names.size());
  }
  return reachable(*enforced_, request, names);
}

std::unique_ptr<Decider> CedarAuthorizer::decider() const {
  return std::make_unique<CedarDecider>(*this);
}

}  // namespace sally::policy
