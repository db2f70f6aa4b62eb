#include "policy/reachable.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>

#include "cedar/partial/access_query.h"
#include "policy/question.h"

namespace sally::policy {
namespace {

using cedar::Access;
using cedar::Entity;
using cedar::EntityUid;

// Half a second at most.
constexpr uint64_t kMostSteps = uint64_t{1} << 25;

// What is known of a call that has not been made.
constexpr std::array<std::string_view, 4> kKnown{"proofs", "request", "source", "workload"};

cedar::Value known_context(const cedar::Value& whole) {
  std::vector<cedar::Field> members;
  for (const cedar::Field& member : whole.as_record()) {
    if (std::ranges::find(kKnown, member.name) != kKnown.end()) {
      members.push_back(member);
    }
  }
  return cedar::Value::record(std::move(members));
}

// The questions about all names, and the entities that stand in them.
class Questions {
 public:
  explicit Questions(const ActiveSet& set) : set_(set) {
    for (const Entity& entity : set.entities().all()) {
      entities_.emplace(entity.uid, entity);
    }
  }

  struct Asked {
    EntityUid action;
    cedar::PartialEntity resource;
  };

  Result<> add(AccessRequest request, std::string_view name) {
    request.tool = name;
    request.arguments = std::nullopt;
    TRY(const cedar::RequestView view, maker_.make(request, set_.store(), set_.tools()));
    QuestionMaker::Copy copy = maker_.copy(view);
    for (Entity& entity : copy.entities) {
      entities_.insert_or_assign(entity.uid, std::move(entity));
    }
    principal_ = copy.request.principal;
    context_ = known_context(copy.request.context);
    Asked asked{.action = std::move(copy.request.action), .resource = copy.request.resource};
    if (name.empty()) {
      asked.resource = cedar::UnknownEntity{std::string(named_type(request.action))};
    }
    asked_.push_back(std::move(asked));
    return ok();
  }

  Result<std::vector<bool>> answer() {
    std::vector<Entity> all;
    for (auto& [uid, entity] : entities_) {
      all.push_back(std::move(entity));
    }
    TRY(const cedar::Entities entities, cedar::Entities::create(std::move(all)));
    const cedar::EntityStore store = cedar::EntityStore::create(entities);
    const cedar::Schema& schema = set_.loaded().schema;
    const std::vector<cedar::ActivePolicy> policies = set_.loaded().policies.active();
    cedar::Budget budget(kMostSteps);
    std::vector<bool> out;
    out.reserve(asked_.size());
    std::optional<cedar::AccessQuery> plain;  // of the tools that have no action of their own
    EntityUid plain_action;
    for (const Asked& one : asked_) {
      const auto* resource = std::get_if<EntityUid>(&one.resource);
      if (!plain || one.action != plain_action || resource == nullptr) {
        TRY(plain, query(schema, store, policies, one, budget));
        plain_action = one.action;
      }
      if (resource == nullptr) {
        out.push_back(plain->in_general().access != Access::kNever);
        plain.reset();
        continue;
      }
      TRY(const Access access, plain->access(*resource));
      out.push_back(access != Access::kNever);
    }
    return out;
  }

 private:
  Result<cedar::AccessQuery> query(const cedar::Schema& schema, const cedar::EntityStore& store,
                                   std::span<const cedar::ActivePolicy> policies,
                                   const Asked& asked, cedar::Budget& budget) const {
    const cedar::Action* action = schema.find_action(asked.action);
    const auto* resource = std::get_if<EntityUid>(&asked.resource);
    const std::string& type =
        resource == nullptr ? std::get<cedar::UnknownEntity>(asked.resource).type : resource->type;
    cedar::PartialContext context;
    if (action != nullptr) {
      context.members = cedar::declared_members(action->context, context_);
    }
    return cedar::AccessQuery::create(
        schema, store, policies,
        {principal_, asked.action, cedar::UnknownEntity{type}, std::move(context)}, budget);
  }

  const ActiveSet& set_;
  QuestionMaker maker_;
  std::map<EntityUid, Entity> entities_;
  EntityUid principal_;
  cedar::Value context_ = cedar::Value::empty_record();
  std::vector<Asked> asked_;
};

}  // namespace

Result<std::vector<bool>> reachable(const ActiveSet& set, const AccessRequest& request,
                                    std::span<const std::string_view> names) {
  Questions questions(set);
  for (const std::string_view name : names) {
    TRY_OK(questions.add(request, name));
  }
  return questions.answer();
}

}  // namespace sally::policy
