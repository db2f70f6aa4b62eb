#include "cedar/explain/explain.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "base/text.h"
#include "cedar/eval/scratch.h"
#include "cedar/explain/reason.h"
#include "cedar/explain/remedy.h"
#include "cedar/explain/show.h"
#include "cedar/explain/steps.h"
#include "cedar/explain/watched_run.h"

namespace sally::cedar {
namespace {

// Templates whose programs are kept, for their links.
constexpr size_t kKeptPrograms = 64;
// Of one policy: those that hold, and with them those that do not.
constexpr size_t kMostHolding = 32;
constexpr size_t kMostClauses = 64;

// Places of one policy, without counting the lines before it each time.
class PlaceFinder {
 public:
  explicit PlaceFinder(const Policy& policy) : policy_(policy) {
    if (policy.source != nullptr && policy.span.begin <= policy.source->text.size()) {
      begin_ = position_at(policy.source->text, policy.span.begin);
      known_ = true;
    }
  }
  [[nodiscard]] PolicyPlace at(const Span& span) const {
    if (!known_) {
      return {};
    }
    const std::string_view text = policy_.source->text;
    Position out = begin_;
    if (span.begin > policy_.span.begin && span.begin <= text.size()) {
      const Position within =
          position_at(text.substr(policy_.span.begin), span.begin - policy_.span.begin);
      out.column = within.line == 1 ? begin_.column + within.column - 1 : within.column;
      out.line += within.line - 1;
    }
    return {printable(policy_.source->name, 400), out.line, out.column};
  }

 private:
  const Policy& policy_;
  Position begin_;
  bool known_ = false;
};

class Explainer {
 public:
  Explainer(const PolicySet& set, const Entities& entities, const Request& request,
            const EntityStore& store, const RequestView& view, const ExplainLimits& limits)
      : active_(set.active()),
        entities_(entities),
        request_(request),
        limits_(limits),
        run_(store, view) {}

  Result<Explanation> explain();

 private:
  // What became of a policy whose scope holds.
  struct Found {
    uint32_t index;
    PolicyOutcome outcome;
    std::string error;
  };
  // Behind a permit that comes near, smaller is nearer: what of its scope does not hold, how many
  // of its clauses do not, its index.
  using Distance = std::tuple<int, size_t, uint32_t>;

  Result<> decide_all();
  void conclude(Explanation& out) const;
  Result<> trace_relevant(Explanation& out);
  Result<PolicyTrace> trace(uint32_t index, bool every_clause);
  Result<> find_nearest(Explanation& out);
  Result<size_t> failing_clauses(uint32_t index);
  // The program of a policy: of a template kept for its other links.
  Result<const WatchedProgram*> program_of(const ActivePolicy& policy);

  const std::vector<ActivePolicy> active_;
  const Entities& entities_;
  const Request& request_;
  const ExplainLimits& limits_;
  WatchedRun run_;
  WatchedProgram program_;  // of the last static policy
  std::map<const Policy*, WatchedProgram> kept_;
  std::vector<Found> found_;
  std::vector<std::pair<int, uint32_t>> near_;  // permits by what of their scope does not hold
};

Result<const WatchedProgram*> Explainer::program_of(const ActivePolicy& policy) {
  const Policy& compiled = *policy.policy;
  if (!compiled.is_template()) {
    TRY(program_, compile_watched(compiled.body, compiled.conditions));
    return &program_;
  }
  const auto known = kept_.find(&compiled);
  if (known != kept_.end()) {
    return &known->second;
  }
  if (kept_.size() == kKeptPrograms) {
    kept_.clear();
  }
  TRY(WatchedProgram program, compile_watched(compiled.body, compiled.conditions));
  return &kept_.emplace(&compiled, std::move(program)).first->second;
}

Result<> Explainer::decide_all() {
  for (uint32_t index = 0; index < active_.size(); ++index) {
    const ActivePolicy& policy = active_[index];
    const ScopeOutcome scope = scope_of(policy, entities_, request_);
    if (!scope.holds()) {
      const bool near = policy.policy->effect == Effect::kPermit && scope.action &&
                        scope.principal != scope.resource && near_.size() < limits_.near;
      if (near) {
        near_.emplace_back(scope.principal ? 2 : 1, index);
      }
      continue;
    }
    TRY(const WatchedProgram* program, program_of(policy));
    const ConditionsOutcome outcome = run_conditions(run_, *policy.policy, *program);
    found_.push_back({index,
                      outcome.apply()    ? PolicyOutcome::kApplies
                      : outcome.failed() ? PolicyOutcome::kFailed
                                         : PolicyOutcome::kClause,
                      outcome.failed() ? outcome.clauses.back().error : ""});
  }
  return ok();
}

void Explainer::conclude(Explanation& out) const {
  std::vector<std::string> permits;
  std::vector<std::string> forbids;
  for (const Found& found : found_) {
    const ActivePolicy& policy = active_[found.index];
    if (found.outcome == PolicyOutcome::kApplies) {
      (policy.policy->effect == Effect::kPermit ? permits : forbids).emplace_back(policy.id);
    } else if (found.outcome == PolicyOutcome::kFailed) {
      out.errors.push_back({std::string(policy.id), found.error});
    }
  }
  if (!forbids.empty()) {
    out.overridden = std::move(permits);
    out.determining = std::move(forbids);
  } else if (!permits.empty()) {
    out.decision = Decision::kAllow;
    out.determining = std::move(permits);
  }
}

Result<PolicyTrace> Explainer::trace(uint32_t index, bool every_clause) {
  const ActivePolicy& active = active_[index];
  const Policy& policy = *active.policy;
  const PlaceFinder places(policy);
  const ExprTexts texts(policy, limits_.text);
  const ScopeOutcome scope = scope_of(active, entities_, request_);
  PolicyTrace out;
  out.id = std::string(active.id);
  out.effect = policy.effect;
  for (const Annotation& annotation : policy.annotations) {
    out.annotations.push_back(annotation.name);
  }
  out.place = places.at(policy.span);
  const size_t limit = limits_.text;
  out.scope = {
      {show(Variable::kPrincipal, active.principal, limit), scope.principal,
       reason_of(Variable::kPrincipal, active.principal, request_.principal, scope.principal,
                 limit)},
      {show(policy.action, limit), scope.action,
       reason_of(policy.action, request_.action, scope.action, limit)},
      {show(Variable::kResource, active.resource, limit), scope.resource,
       reason_of(Variable::kResource, active.resource, request_.resource, scope.resource, limit)}};
  TRY(const WatchedProgram* program, program_of(active));
  const auto clauses = every_clause ? run_every_clause(run_, policy, *program)
                                    : run_conditions(run_, policy, *program).clauses;
  out.outcome = scope.holds() ? PolicyOutcome::kApplies : PolicyOutcome::kOutOfScope;
  StepBuilder steps(policy.body, texts, run_, limits_);
  for (size_t i = 0; i < clauses.size(); ++i) {
    const Condition& condition = policy.conditions[i];
    const ClauseOutcome& clause = clauses[i];
    if (out.clauses.size() < (clause.holds == true ? kMostHolding : kMostClauses)) {
      out.clauses.push_back({.kind = condition.kind,
                             .place = places.at(condition.span),
                             .holds = clause.holds,
                             .step = steps.build(condition.expr, clause)});
    } else {
      ++out.clauses_left_out;
    }
    if (out.outcome == PolicyOutcome::kApplies && clause.holds != true) {
      out.outcome = clause.holds.has_value() ? PolicyOutcome::kClause : PolicyOutcome::kFailed;
      if (!clause.holds.has_value()) {
        out.error = clause.error;
        out.error_place = places.at(policy.body.span(clause.failed_at));
      }
    }
  }
  return out;
}

Result<> Explainer::trace_relevant(Explanation& out) {
  const auto rank = [&](const Found& found) {
    const bool permits = active_[found.index].policy->effect == Effect::kPermit;
    const bool determines =
        found.outcome == PolicyOutcome::kApplies && permits == (out.decision == Decision::kAllow);
    const int first = determines ? 0 : found.outcome == PolicyOutcome::kFailed ? 1 : 2;
    return std::pair(first, found.index);
  };
  std::ranges::sort(found_, {}, rank);
  out.not_traced = found_.size() - std::min(found_.size(), limits_.policies);
  for (const Found& found : std::span(found_).first(found_.size() - out.not_traced)) {
    TRY(PolicyTrace traced, trace(found.index, false));
    out.policies.push_back(std::move(traced));
    const Policy& policy = *active_[found.index].policy;
    if (policy.effect == Effect::kForbid && found.outcome == PolicyOutcome::kApplies) {
      const ExprTexts texts(policy, limits_.text);
      out.remedies.push_back(
          {std::string(active_[found.index].id), needed_not_to_apply(run_, policy, texts)});
    }
  }
  return ok();
}

Result<size_t> Explainer::failing_clauses(uint32_t index) {
  const ActivePolicy& policy = active_[index];
  TRY(const WatchedProgram* program, program_of(policy));
  const auto clauses = run_every_clause(run_, *policy.policy, *program);
  return static_cast<size_t>(std::ranges::count_if(
      clauses, [](const ClauseOutcome& clause) { return clause.holds != true; }));
}

Result<> Explainer::find_nearest(Explanation& out) {
  std::vector<std::pair<int, uint32_t>> candidates;
  for (const Found& found : found_) {
    if (active_[found.index].policy->effect == Effect::kPermit) {
      candidates.emplace_back(0, found.index);
    }
  }
  candidates.insert(candidates.end(), near_.begin(), near_.end());
  if (candidates.empty()) {
    return ok();
  }
  const int nearest = std::ranges::min(candidates).first;
  std::optional<Distance> best;
  for (const auto& [scope, index] : candidates) {
    if (scope == nearest) {
      TRY(const size_t failing, failing_clauses(index));
      const Distance distance{scope, failing, index};
      best = best.has_value() ? std::min(*best, distance) : distance;
    }
  }
  const uint32_t index = std::get<2>(*best);
  NearestPermit& permit = out.nearest.emplace();
  permit.failing_clauses = std::get<1>(*best);
  TRY(permit.trace, trace(index, true));
  const Policy& policy = *active_[index].policy;
  const ExprTexts texts(policy, limits_.text);
  TRY(permit.would_apply_where, needed_to_apply(run_, policy, texts));
  if (permit.would_apply_where.empty() && permit.failing_clauses > 0) {
    return ok();
  }
  for (const ScopeTrace& scope : permit.trace.scope) {
    if (!scope.holds) {
      permit.would_apply_where.insert(permit.would_apply_where.begin(), scope.text);
    }
  }
  return ok();
}

Result<Explanation> Explainer::explain() {
  Explanation out;
  TRY_OK(decide_all());
  conclude(out);
  TRY_OK(trace_relevant(out));
  const bool permitted = out.decision == Decision::kAllow || !out.overridden.empty();
  if (!permitted) {
    TRY_OK(find_nearest(out));
  }
  return out;
}

}  // namespace

Result<Explanation> explain(const PolicySet& policies, const Entities& entities,
                            const Request& request, const ExplainLimits& limits) {
  const EntityStore store = EntityStore::create(entities);
  Scratch scratch;
  TRY(const RequestView view, view_of(request, scratch));
  return Explainer(policies, entities, request, store, view, limits).explain();
}

}  // namespace sally::cedar
