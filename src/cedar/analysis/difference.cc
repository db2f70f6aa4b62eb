#include "cedar/analysis/difference.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "cedar/analysis/prover.h"
#include "cedar/analysis/request_space.h"
#include "cedar/eval/authorizer.h"

namespace sally::cedar {
namespace {

using Rules = std::vector<const Rule*>;

// A set in both forms.
struct Side {
  std::vector<Rule> rules;
  CompiledPolicies compiled;
};

Result<Side> side_of(const PolicySet& policies, Terms& terms) {
  Side out;
  TRY(out.compiled, CompiledPolicies::create(policies));
  for (const ActivePolicy& policy : policies.active()) {
    out.rules.push_back(make_rule(policy, terms));
  }
  return out;
}

bool is_small(const Side& side) {
  return std::ranges::all_of(
      side.rules, [](const Rule& rule) { return rule.policy->body.size() <= kMostExpressions; });
}

bool may_apply(const Rule& rule, const Environment& environment) {
  return holds(rule.policy->action, *environment.action) &&
         may_hold(rule.principal, *environment.principal) &&
         may_hold(rule.resource, *environment.resource);
}

// The rules of one environment.
struct Sorted {
  Rules permits;
  Rules forbids;

  Sorted(const Side& side, const Environment& environment) {
    for (const Rule& rule : side.rules) {
      if (may_apply(rule, environment)) {
        (rule.policy->effect == Effect::kPermit ? permits : forbids).push_back(&rule);
      }
    }
  }
};

bool same_scope(const ScopeConstraint& a, const ScopeConstraint& b) {
  return a.kind == b.kind && a.entity == b.entity && a.type == b.type;
}

bool says_the_same(const Rule& a, const Rule& b) {
  return same_scope(a.principal, b.principal) && same_scope(a.resource, b.resource) &&
         std::ranges::equal(a.clauses, b.clauses, [](const auto& x, const auto& y) {
           return x.term == y.term && x.wanted == y.wanted;
         });
}

bool same_rule(const Rule& a, const Rule& b) {
  return a.policy->effect == b.policy->effect && a.policy->action.kind == b.policy->action.kind &&
         a.policy->action.entities == b.policy->action.entities && says_the_same(a, b);
}

// All of them, those that say what `rule` says first.
Rules likely_first(const Rule& rule, const Rules& list, const Rules& more = {}) {
  Rules out = list;
  std::ranges::partition(out, [&](const Rule* other) { return says_the_same(rule, *other); });
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

// Whether everything that `narrow` allows `wide` allows too.
bool allows_all_of(Prover& prover, const Environment& environment, const Sorted& wide,
                   const Sorted& narrow) {
  const auto proved = [&](const Rules& given, const Rules& any_of) {
    return prover.entails(environment, given, any_of) == Proof::kProved;
  };
  const bool permitted = std::ranges::all_of(narrow.permits, [&](const Rule* permit) {
    return proved({permit}, likely_first(*permit, wide.permits, narrow.forbids));
  });
  return permitted && std::ranges::all_of(wide.forbids, [&](const Rule* forbid) {
           const Rules known = likely_first(*forbid, narrow.forbids);
           return proved({forbid}, known) ||
                  std::ranges::all_of(narrow.permits, [&](const Rule* permit) {
                    return proved({permit, forbid}, known);
                  });
         });
}

class Comparison {
 public:
  Comparison(const Side& before, const Side& after, const Schema& schema, const Entities& entities,
             Terms& terms, const DifferenceOptions& options)
      : before_(before),
        after_(after),
        schema_(schema),
        entities_(entities),
        terms_(terms),
        budget_(options.steps),
        prover_(schema, terms, budget_),
        provable_(is_small(before) && is_small(after)),
        left_(options.requests) {}

  Difference run() && {
    std::vector<Environment> open;
    for_each_environment(schema_, {}, {}, {}, [&](const Environment& environment) {
      ++out_.environments;
      if (decide_alike(environment)) {
        ++out_.proved;
      } else {
        open.push_back(environment);
      }
      return true;
    });
    for (size_t i = 0; i < open.size(); ++i) {
      try_requests(open[i], left_ / (open.size() - i));
    }
    for (auto& [key, found] : classes_) {
      (found.result.newly_allowed ? out_.newly_allowed : out_.newly_denied) +=
          found.result.requests;
      out_.classes.push_back(std::move(found.result));
    }
    return std::move(out_);
  }

 private:
  // Action, types, and which policies determine the decisions.
  using Key = std::tuple<std::string, EntityUid, std::string, bool, std::vector<uint32_t>,
                         std::vector<uint32_t>>;
  struct Found {
    Difference::Class result;
    size_t weight = 0;
  };

  bool decide_alike(const Environment& environment) {
    if (!provable_) {
      return false;
    }
    const Sorted before(before_, environment);
    const Sorted after(after_, environment);
    return allows_all_of(prover_, environment, after, before) &&
           allows_all_of(prover_, environment, before, after);
  }

  void try_requests(const Environment& environment, uint64_t most) {
    RequestSpace space(schema_, environment, terms_, rules_of(environment, false), entities_);
    const bool all = space.size() <= most;
    if (!all) {
      // What the policies ask that are not in both sets, all else plain, is where to look first.
      RequestSpace near(schema_, environment, terms_, rules_of(environment, true), entities_);
      most -= near.size() < space.size() ? try_space(environment, near, most / 2) : 0;
    }
    const uint64_t before = out_.tried;
    try_space(environment, space, most);
    out_.exhausted += all ? 1 : 0;
    const uint64_t size = all ? out_.tried - before : space.size();
    if (__builtin_add_overflow(out_.space, size, &out_.space)) {
      out_.space = UINT64_MAX;
    }
  }

  // How many were looked at, of which some need not be requests of their own.
  uint64_t try_space(const Environment& environment, RequestSpace& space, uint64_t most) {
    const bool all = space.size() <= most;
    const uint64_t count = all ? space.size() : most;
    for (uint64_t i = 0; i < count; ++i) {
      if (all ? space.build(i) : space.build_sample(i)) {
        ++out_.tried;
        decide(environment, space);
      }
    }
    left_ -= count;
    return count;
  }

  [[nodiscard]] Rules rules_of(const Environment& environment, bool only_of_one) const {
    Rules out;
    for (const auto& [side, other] : {std::pair(&before_, &after_), std::pair(&after_, &before_)}) {
      for (const Rule& rule : side->rules) {
        const auto is_same = [&](const Rule& candidate) { return same_rule(rule, candidate); };
        if (may_apply(rule, environment) &&
            !(only_of_one && std::ranges::any_of(other->rules, is_same))) {
          out.push_back(&rule);
        }
      }
    }
    return out;
  }

  void decide(const Environment& environment, const RequestSpace& space) {
    const auto view_before = view_of(space.request(), scratch_before_);
    const auto view_after = view_of(space.request(), scratch_after_);
    if (!view_before.ok() || !view_after.ok()) {
      return;
    }
    const Verdict before =
        authorize(before_.compiled, space.store(), *view_before, scratch_before_);
    const Verdict after = authorize(after_.compiled, space.store(), *view_after, scratch_after_);
    if (before.decision == after.decision) {
      return;
    }
    const bool newly_allowed = after.decision == Decision::kAllow;
    const auto indices = [](const Verdict& verdict) {
      return std::vector<uint32_t>(verdict.determining.begin(), verdict.determining.end());
    };
    Found& found =
        classes_[{environment.principal->name, environment.action->uid, environment.resource->name,
                  !newly_allowed, indices(before), indices(after)}];
    const size_t weight = space.weight();
    if (++found.result.requests > 1 && weight >= found.weight) {
      return;
    }
    found.weight = weight;
    found.result.principal_type = environment.principal->name;
    found.result.action = environment.action->uid;
    found.result.resource_type = environment.resource->name;
    found.result.newly_allowed = newly_allowed;
    found.result.before = answer_of(before_.compiled, before).reasons;
    found.result.after = answer_of(after_.compiled, after).reasons;
    found.result.example = space.request();
    found.result.entities = space.reachable_entities();
  }

  const Side& before_;
  const Side& after_;
  const Schema& schema_;
  const Entities& entities_;
  Terms& terms_;
  Budget budget_;
  Prover prover_;
  const bool provable_;
  uint64_t left_;  // requests
  Scratch scratch_before_;
  Scratch scratch_after_;
  std::map<Key, Found> classes_;
  Difference out_;
};

}  // namespace

Result<Difference> compare(const PolicySet& before, const PolicySet& after, const Schema& schema,
                           const Entities& entities, const DifferenceOptions& options) {
  Terms terms;
  TRY(const Side in_force, side_of(before, terms));
  TRY(const Side candidate, side_of(after, terms));
  return Comparison(in_force, candidate, schema, entities, terms, options).run();
}

}  // namespace sally::cedar
