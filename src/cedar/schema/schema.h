// Schema: what entities, actions and requests of an application look like. Resolved: names are
// whole (`Ns::User`), common types are replaced by what they stand for, hierarchies are closed.
//
//   auto schema = parse_schema(text);             // schema syntax; or read_schema_json(json)
//   const EntityType* user = schema->find_entity_type("App::User");
//   const Action* view = schema->find_action({"App::Action", "view"});
//
// Immutable once built, so it may be shared between threads. The twins of a schema, one in each
// syntax, give equal Schemas.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cedar/entity_uid.h"
#include "cedar/schema/type.h"

namespace sally::cedar {

struct EntityType {
  std::string name;
  Type attributes = Type::record({});    // of an enumerated type empty
  std::optional<Type> tags;              // of every tag's value; none: no tags
  std::vector<std::string> enum_ids;     // not empty: these are all there are; sorted
  std::vector<std::string> parents;      // types an entity of this type may be directly in; sorted
  std::vector<std::string> ancestors;    // closure of `parents`, sorted; may hold `name` itself
  std::vector<std::string> descendants;  // types whose `ancestors` hold `name`, sorted

  [[nodiscard]] bool is_enum() const { return !enum_ids.empty(); }
  // Whether `id` may name an entity of this type: of an enumerated type only those listed.
  [[nodiscard]] bool allows_id(std::string_view id) const;
  [[nodiscard]] bool may_be_in(std::string_view ancestor) const;

  friend bool operator==(const EntityType&, const EntityType&) = default;
};

struct Action {
  EntityUid uid;                       // its type is `Action` or `Ns::Action`
  std::vector<EntityUid> parents;      // direct groups, sorted
  std::vector<EntityUid> ancestors;    // closure, without itself, sorted
  std::vector<EntityUid> descendants;  // actions whose `ancestors` hold this one, sorted
  std::vector<std::string>
      principals;  // entity types it applies to, sorted; empty: never asked for
  std::vector<std::string> resources;
  Type context = Type::record({});

  [[nodiscard]] bool applies_to_principal(std::string_view type) const;
  [[nodiscard]] bool applies_to_resource(std::string_view type) const;

  friend bool operator==(const Action&, const Action&) = default;
};

class Schema {
 public:
  using EntityTypes = std::map<std::string, EntityType, std::less<>>;
  using Actions = std::map<EntityUid, Action>;

  // The schema that declares nothing.
  Schema() = default;

  // Null where the schema does not declare it. Pointers live as long as the schema.
  [[nodiscard]] const EntityType* find_entity_type(std::string_view name) const;
  [[nodiscard]] const Action* find_action(const EntityUid& uid) const;

  [[nodiscard]] const EntityTypes& entity_types() const { return entity_types_; }
  [[nodiscard]] const Actions& actions() const { return actions_; }

  // Whether `name` is the type of some action: `Action` or `Ns::Action` with a declared action.
  [[nodiscard]] bool is_action_type(std::string_view name) const;
  // Whether something of type `member` may be in something of type `group`, or be it. Both are
  // types of entities or of actions.
  [[nodiscard]] bool may_be_in(std::string_view member, std::string_view group) const;

  friend bool operator==(const Schema&, const Schema&) = default;

 private:
  friend class Resolver;
  EntityTypes entity_types_;
  Actions actions_;
  // For each type of actions those its actions are in.
  std::map<std::string, std::set<std::string, std::less<>>, std::less<>> action_types_;
};

}  // namespace sally::cedar
