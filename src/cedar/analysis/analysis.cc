#include "cedar/analysis/analysis.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>
#include <tuple>

#include "base/text.h"
#include "cedar/analysis/prover.h"
#include "cedar/syntax/escape.h"

namespace sally::cedar {
namespace {

using Kind = Observation::Kind;

struct Subject {
  Rule rule;
  std::vector<Environment> environments;  // that its scope lets through
  bool useless = false;                   // it never applies, or has no effect
};

class Analyzer {
 public:
  Analyzer(const PolicySet& policies, const Schema& schema, const AnalysisOptions& options)
      : budget_(options.steps), prover_(schema, terms_, budget_) {
    for (const ActivePolicy& policy : policies.active()) {
      if (policy.policy->body.size() > kMostExpressions) {
        undecided_.emplace(policy.id);
        complete_ = false;
        continue;
      }
      Subject subject{.rule = make_rule(policy, terms_), .environments = {}};
      for_each_environment(schema, policy.principal, policy.policy->action, policy.resource,
                           [&](const Environment& environment) {
                             subject.environments.push_back(environment);
                             return budget_.spend(1);
                           });
      subjects_.push_back(std::move(subject));
    }
    for_each_environment(schema, {}, {}, {}, [&](const Environment& environment) {
      environments_.push_back(environment);
      return budget_.spend(1);
    });
  }

  Analysis run() && {
    for (Subject& subject : subjects_) {
      find_never_applies(subject);
    }
    for (Subject& subject : subjects_) {
      find_forbids_everything(subject);
    }
    if (!forbids_everything_) {
      for (Subject& subject : subjects_) {
        find_shadowed(subject);
      }
      find_denied_actions();
    }
    for (size_t i = 0; i < subjects_.size(); ++i) {
      find_subsumed(i);
    }
    Analysis out;
    std::ranges::sort(found_, {}, [](const Found& found) {
      return std::tuple(found.position, found.observation.kind, found.observation.action);
    });
    for (Found& found : found_) {
      out.observations.push_back(std::move(found.observation));
    }
    out.undecided.assign(undecided_.begin(), undecided_.end());
    return out;
  }

 private:
  struct Found {
    size_t position;
    Observation observation;
  };
  using Rules = std::vector<const Rule*>;
  using RulesOf = std::function<Rules(const Environment&)>;

  // Whether one of `any_of` applies wherever the subject does.
  bool always(const Subject& subject, const RulesOf& any_of) {
    const Rule* const given = &subject.rule;
    return std::ranges::all_of(subject.environments, [&](const Environment& environment) {
      return proved(environment, {&given, 1}, any_of(environment), given->id);
    });
  }

  bool proved(const Environment& environment, std::span<const Rule* const> given,
              const Rules& any_of, const std::string& whose) {
    if (budget_.exhausted()) {
      undecided_.insert(whose);
      return false;
    }
    const Proof proof = prover_.entails(environment, given, any_of);
    if (proof == Proof::kUndecided) {
      undecided_.insert(whose);
    }
    return proof == Proof::kProved;
  }

  void find_never_applies(Subject& subject) {
    bool only_fails = true;
    const bool never = !subject.environments.empty() &&
                       always(subject, [&](const Environment&) { return Rules(); });
    if (!never) {
      return;
    }
    for (const Environment& environment : subject.environments) {
      const Rule* const given = &subject.rule;
      only_fails = only_fails && prover_.entails(environment, {&given, 1}, {}) == Proof::kProved &&
                   prover_.saw_failure() && !prover_.saw_falsity();
    }
    subject.useless = true;
    note(Kind::kNeverApplies, subject, {}, "this policy never applies",
         only_fails ? "its condition fails whatever the request is"
                    : "its scope and conditions contradict each other, or can only fail");
  }

  void find_forbids_everything(Subject& subject) {
    if (subject.rule.policy->effect != Effect::kForbid || environments_.empty() ||
        subject.environments.size() != environments_.size()) {
      return;
    }
    const bool everything = std::ranges::all_of(environments_, [&](const Environment& environment) {
      return proved(environment, {}, {&subject.rule}, subject.rule.id);
    });
    if (everything) {
      forbids_everything_ = true;
      note(Kind::kForbidsEverything, subject, {}, "this forbids every request",
           "no permit has an effect beside it");
    }
  }

  Rules forbids_of(const Environment& environment) {
    Rules out;
    for (const Subject& subject : subjects_) {
      budget_.spend(1);
      const Rule& rule = subject.rule;
      if (!subject.useless && rule.policy->effect == Effect::kForbid &&
          applies_to(rule, environment)) {
        out.push_back(&rule);
      }
    }
    return out;
  }

  static bool applies_to(const Rule& rule, const Environment& environment) {
    return holds(rule.policy->action, *environment.action) &&
           may_hold(rule.principal, *environment.principal) &&
           may_hold(rule.resource, *environment.resource);
  }

  void find_shadowed(Subject& subject) {
    if (subject.useless || subject.rule.policy->effect != Effect::kPermit ||
        subject.environments.empty()) {
      return;
    }
    bool all = true;
    for (const Environment& environment : subject.environments) {
      const Rules forbids = forbids_of(environment);
      const Rule* const given = &subject.rule;
      const bool shadowed =
          !forbids.empty() && proved(environment, {&given, 1}, forbids, subject.rule.id);
      if (!shadowed) {
        allowed_.insert(environment.action);
      }
      all = all && shadowed;
    }
    if (!all) {
      return;
    }
    subject.useless = true;
    const Rule* enough = nullptr;
    for (const Rule* const forbid : forbids_of(subject.environments.front())) {
      if (always(subject, [&](const Environment&) { return Rules{forbid}; })) {
        enough = forbid;
        break;
      }
    }
    note(Kind::kShadowedPermit, subject, enough == nullptr ? "" : enough->id,
         enough == nullptr
             ? "wherever this permits, some forbid applies too"
             : fmt::format("wherever this permits, `{}` forbids", printable(enough->id)),
         "this permit has no effect");
  }

  // A permit of which it is not proved that it never has an effect speaks for the action.
  void find_denied_actions() {
    std::set<const Action*> permitted;
    for (const Subject& subject : subjects_) {
      if (subject.rule.policy->effect != Effect::kPermit) {
        continue;
      }
      for (const Environment& environment : subject.environments) {
        permitted.insert(environment.action);
      }
    }
    if (!complete_ || budget_.exhausted()) {
      return;
    }
    std::set<const Action*> seen;
    for (const Environment& environment : environments_) {
      const Action* const action = environment.action;
      if (allowed_.contains(action) || !seen.insert(action).second) {
        continue;
      }
      const bool any = permitted.contains(action);
      Observation out{.kind = Kind::kActionDenied};
      out.action = action->uid;
      out.message = fmt::format("`{}` is always denied", printable(quoted(action->uid)));
      out.help = any ? "no permit for it has an effect: each never applies, or a forbid always wins"
                     : "no permit is about it";
      found_.push_back({subjects_.size(), std::move(out)});
    }
  }

  // Of policies that say the same the first stays.
  void find_subsumed(size_t index) {
    Subject& subject = subjects_[index];
    if (subject.useless || subject.environments.empty()) {
      return;
    }
    for (size_t other = 0; other < subjects_.size() && !budget_.exhausted(); ++other) {
      if (other == index || !covers(subjects_[other], subject) ||
          (other > index && covers(subject, subjects_[other]))) {
        continue;
      }
      const bool permits = subject.rule.policy->effect == Effect::kPermit;
      const std::string& id = subjects_[other].rule.id;
      note(permits ? Kind::kSubsumedPermit : Kind::kSubsumedForbid, subject, id,
           fmt::format("whatever this {}, `{}` {} too", permits ? "permits" : "forbids",
                       printable(id), permits ? "permits" : "forbids"),
           "without it every decision stays the same");
      return;
    }
  }

  bool covers(const Subject& wide, const Subject& narrow) {
    budget_.spend(1);
    return !wide.useless && wide.rule.policy->effect == narrow.rule.policy->effect &&
           wide.environments.size() >= narrow.environments.size() &&
           could_cover(wide.rule.principal, narrow.rule) &&
           could_cover(wide.rule.resource, narrow.rule) &&
           always(narrow, [&](const Environment&) { return Rules{&wide.rule}; });
  }

  // Only to save time: who does not name the entity hardly says that something is in it.
  bool could_cover(const ScopeConstraint& wide, const Rule& narrow) {
    using Scope = ScopeConstraint::Kind;
    if (wide.kind == Scope::kAny || wide.kind == Scope::kIs) {
      return true;
    }
    const TermId entity = terms_.constant(Value::entity(wide.entity));
    return std::ranges::binary_search(narrow.mentions, entity);
  }

  void note(Kind kind, const Subject& subject, std::string other, std::string message,
            std::string help) {
    found_.push_back({static_cast<size_t>(&subject - subjects_.data()),
                      {.kind = kind,
                       .policy = subject.rule.id,
                       .span = subject.rule.policy->span,
                       .other = std::move(other),
                       .action = {},
                       .message = std::move(message),
                       .help = std::move(help)}});
  }

  Terms terms_;
  Budget budget_;
  Prover prover_;
  std::vector<Subject> subjects_;
  std::vector<Environment> environments_;  // all there are
  bool forbids_everything_ = false;
  bool complete_ = true;             // no policy was left alone
  std::set<const Action*> allowed_;  // for which some permit may have an effect
  std::vector<Found> found_;
  std::set<std::string> undecided_;
};

}  // namespace

std::string_view name_of(Observation::Kind kind) {
  static constexpr std::array<std::string_view, 6> kNames{"never-applies",      "subsumed-permit",
                                                          "subsumed-forbid",    "shadowed-permit",
                                                          "forbids-everything", "action-denied"};
  return kNames.at(static_cast<size_t>(kind));
}

Analysis analyze(const PolicySet& policies, const Schema& schema, const AnalysisOptions& options) {
  return Analyzer(policies, schema, options).run();
}

}  // namespace sally::cedar
