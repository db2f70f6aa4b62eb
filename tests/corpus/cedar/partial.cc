// Partial evaluation, by what is known without it: parts of a recorded request are taken away, the
// policies are evaluated with what is left, and the recorded values are put back. Each policy must
// then come to what it comes to when everything is known at once.
#include <algorithm>
#include <array>

#include "cedar/partial/access_query.h"
#include "cedar/partial/completion.h"
#include "cedar/syntax/printer.h"
#include "corpus/cedar/corpus.h"

namespace sally::cedar {
namespace {

// What is taken away. `added`: the entity is taken out of the entities too.
enum class Gone : uint8_t { kNothing, kName, kStored, kAdded };
enum class Context : uint8_t { kWhole, kMissing, kHalf };
struct Mask {
  Gone principal;
  Gone resource;
  Context context;
};
constexpr std::array kMasks{
    Mask{Gone::kNothing, Gone::kNothing, Context::kMissing},
    Mask{Gone::kName, Gone::kNothing, Context::kWhole},
    Mask{Gone::kNothing, Gone::kName, Context::kWhole},
    Mask{Gone::kName, Gone::kName, Context::kMissing},
    Mask{Gone::kStored, Gone::kNothing, Context::kHalf},
    Mask{Gone::kNothing, Gone::kStored, Context::kHalf},
    Mask{Gone::kAdded, Gone::kNothing, Context::kMissing},
    Mask{Gone::kNothing, Gone::kAdded, Context::kMissing},
    Mask{Gone::kAdded, Gone::kName, Context::kHalf},
    Mask{Gone::kName, Gone::kAdded, Context::kWhole},
    Mask{Gone::kStored, Gone::kStored, Context::kMissing},
    Mask{Gone::kNothing, Gone::kNothing, Context::kHalf},
    Mask{Gone::kNothing, Gone::kNothing, Context::kWhole},
};

// Every other member is left out, at every depth of records.
Value half_of(const Value& record, size_t& counted) {
  std::vector<Field> kept;
  for (const Field& field : record.as_record()) {
    if (field.value.kind() == ValueKind::kRecord) {
      kept.push_back({field.name, half_of(field.value, counted)});
    } else if (counted++ % 2 == 0) {
      kept.push_back(field);
    }
  }
  return Value::record(std::move(kept));
}

class PartialJudge {
 public:
  PartialJudge(const PartialSubject& subject, const EntityStore& whole, const Request& request,
               const Mask& mask)
      : subject_(subject), whole_(whole), request_(request), mask_(mask) {}

  // What is wrong; empty where nothing is. An error where the mask does not fit the request.
  Result<std::string> judge();

 private:
  Result<PartialEntity> side(const EntityUid& uid, Gone gone);
  [[nodiscard]] PartialContext context() const;
  Result<std::string> compare(const ActivePolicy& policy, const PartialOutcome& outcome);
  Result<std::string> judge_query(const EntityStore& store, const PartialRequest& partial,
                                  std::span<const ActivePolicy> active, bool allowed);

  const PartialSubject& subject_;
  const EntityStore& whole_;
  const Request& request_;
  const Mask& mask_;
  std::vector<EntityUid> taken_;
  Scratch scratch_;
};

Result<PartialEntity> PartialJudge::side(const EntityUid& uid, Gone gone) {
  switch (gone) {
    case Gone::kNothing:
      return PartialEntity(uid);
    case Gone::kName:
      return PartialEntity(UnknownEntity{uid.type, Presence::kAny});
    case Gone::kStored:
    case Gone::kAdded:
      break;
  }
  if (subject_.entities.find(uid) == nullptr) {
    return Error(ErrorKind::kNotFound, "the entity is not there");
  }
  if (gone == Gone::kAdded) {
    taken_.push_back(uid);
  }
  return PartialEntity(
      UnknownEntity{uid.type, gone == Gone::kAdded ? Presence::kAdded : Presence::kStored});
}

PartialContext PartialJudge::context() const {
  size_t counted = 0;
  switch (mask_.context) {
    case Context::kWhole:
      return {request_.context, true};
    case Context::kMissing:
      return {};
    case Context::kHalf:
      return {half_of(request_.context, counted), false};
  }
  return {};
}

std::string_view name_of(PolicyState state) {
  constexpr std::array<std::string_view, 4> kNames{"applies", "does not apply", "fails", "depends"};
  return kNames.at(static_cast<size_t>(state));
}

Result<std::string> PartialJudge::compare(const ActivePolicy& policy,
                                          const PartialOutcome& outcome) {
  TRY(const PolicyState expected, state_of(policy, whole_, request_, scratch_));
  TRY(const PolicyState state, state_of(policy, outcome, whole_, request_, scratch_));
  const bool promised = (expected != PolicyState::kApplies || outcome.may_apply) &&
                        (expected != PolicyState::kFails || outcome.may_fail);
  if (state == expected && promised) {
    return std::string();
  }
  return std::string(policy.id) + ": " + std::string(name_of(expected)) + ", by the residual " +
         std::string(name_of(state)) + (promised ? "" : " (which was ruled out)") + ": " +
         (outcome.residual ? to_cedar(outcome.residual->body, outcome.residual->expr) : "none");
}

Result<std::string> PartialJudge::judge_query(const EntityStore& store,
                                              const PartialRequest& partial,
                                              std::span<const ActivePolicy> active, bool allowed) {
  Budget budget(kQuerySteps);
  TRY(AccessQuery query, AccessQuery::create(subject_.schema, store, active, partial, budget));
  const bool asks_principal = std::holds_alternative<UnknownEntity>(partial.principal);
  const EntityUid& candidate = asks_principal ? request_.principal : request_.resource;
  TRY(const PartialAnswer answer, query.answer(candidate));
  TRY(const Access access, query.access(candidate));
  if (access != answer.access ||
      (access != Access::kMaybe && (access == Access::kAlways) != allowed)) {
    return std::string("the query says otherwise");
  }
  std::vector<bool> seen(active.size(), false);
  for (const PolicyResidual& one : answer.policies) {
    seen[one.policy] = true;
    TRY(std::string wrong, compare(active[one.policy], one.outcome));
    if (!wrong.empty()) {
      return "query: " + wrong;
    }
  }
  for (size_t i = 0; i < active.size(); ++i) {
    if (!seen[i]) {
      TRY(std::string wrong, compare(active[i], PartialOutcome{}));
      if (!wrong.empty()) {
        return "query: " + wrong;
      }
    }
  }
  return std::string();
}

Result<std::string> PartialJudge::judge() {
  PartialRequest partial;
  TRY(partial.principal, side(request_.principal, mask_.principal));
  partial.action = request_.action;
  TRY(partial.resource, side(request_.resource, mask_.resource));
  partial.context = context();
  std::vector<Entity> left;
  std::ranges::copy_if(subject_.entities.all(), std::back_inserter(left), [&](const Entity& one) {
    return std::ranges::find(taken_, one.uid) == taken_.end();
  });
  TRY(const Entities entities, Entities::create(std::move(left)));
  const EntityStore store = EntityStore::create(entities);
  Budget budget(kQuerySteps);
  Simplifier simplifier(subject_.schema, store, budget);
  TRY_OK(simplifier.bind(partial));
  const auto active = subject_.policies.active();
  const PartialAnswer answer = answer_partially(simplifier, active);
  for (const ActivePolicy& policy : active) {
    TRY(std::string wrong, compare(policy, simplifier.evaluate(policy)));
    if (!wrong.empty()) {
      return wrong;
    }
  }
  TRY(const Answer whole, authorize(subject_.policies, subject_.entities, request_));
  const bool allowed = whole.decision == Decision::kAllow;
  if (answer.access != Access::kMaybe && (answer.access == Access::kAlways) != allowed) {
    return std::string(allowed ? "allowed, but not so by halves" : "denied, but not so by halves");
  }
  // The candidate of a query is one of the entities.
  if (taken_.empty() && std::holds_alternative<UnknownEntity>(partial.principal) !=
                            std::holds_alternative<UnknownEntity>(partial.resource)) {
    return judge_query(store, partial, active, allowed);
  }
  return std::string();
}

}  // namespace

void judge_partially(Corpus& corpus, const PartialSubject& subject, const Request& request,
                     const std::string& name, size_t turn) {
  constexpr size_t kFew = 2;  // so that all requests together go through every mask many times
  const size_t each = corpus.every_mask ? kMasks.size() : kFew;
  const EntityStore whole = EntityStore::create(subject.entities);
  for (size_t i = 0; i < each; ++i) {
    const size_t number = (turn * each + i) % kMasks.size();
    PartialJudge judge(subject, whole, request, kMasks[number]);
    const Result<std::string> wrong = judge.judge();
    if (!wrong.ok() && wrong.error().kind() == ErrorKind::kNotFound) {
      continue;  // this mask needs an entity that is not there
    }
    corpus.tally.expect(Stratum::kPartial, name + " mask " + std::to_string(number),
                        wrong.ok() && wrong->empty(),
                        wrong.ok() ? *wrong : wrong.error().to_string());
  }
}

}  // namespace sally::cedar
