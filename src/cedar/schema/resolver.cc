#include "cedar/schema/resolver.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "cedar/schema/closure.h"
#include "cedar/schema/declared.h"
#include "cedar/schema/names.h"
#include "cedar/syntax/escape.h"
#include "cedar/value.h"

namespace sally::cedar {
namespace {

// What a reference may stand for, in this order.
struct Target {
  std::string common_type;   // not empty: the whole name of one
  std::optional<Type> type;  // an entity type or what is built in
  [[nodiscard]] bool found() const { return !common_type.empty() || type.has_value(); }
};

std::string_view what_of(TypeExpr::Kind kind) {
  if (kind == TypeExpr::Kind::kEntity) {
    return "an entity type";
  }
  return kind == TypeExpr::Kind::kCommon ? "a common type" : "a type";
}

TypeExpr as_entity(TypeExpr expr) {
  expr.kind = TypeExpr::Kind::kEntity;
  return expr;
}

void sort_unique(auto& list) {
  std::ranges::sort(list);
  list.erase(std::ranges::unique(list).begin(), list.end());
}

}  // namespace

class Resolver {
 public:
  explicit Resolver(const SchemaFragment& fragment) : declared_(collect(fragment, problems_)) {}

  ParseResult<Schema> run(const SchemaFragment& fragment) && {
    resolve_common_types();
    for (const auto& space : fragment.namespaces) {
      for (const auto& type : space.entity_types) {
        resolve_entity_type(space.name.name, type);
      }
      for (const auto& action : space.actions) {
        resolve_action(space.name.name, action);
      }
    }
    if (problems_.empty()) {
      close(schema_.entity_types_);
      close(schema_.actions_);
      check_action_cycles();
    }
    if (!problems_.empty()) {
      return std::move(problems_).take();
    }
    for (const auto& [uid, action] : schema_.actions_) {
      auto& groups = schema_.action_types_[uid.type];
      for (const auto& ancestor : action.ancestors) {
        groups.insert(ancestor.type);
      }
    }
    return std::move(schema_);
  }

 private:
  // The whole names a reference may mean, nearest first.
  static std::vector<std::string> meanings(std::string_view space, std::string_view name) {
    std::vector<std::string> names;
    if (!space.empty() && !is_qualified(name)) {
      names.push_back(qualified(space, name));
    }
    names.emplace_back(name);
    return names;
  }

  [[nodiscard]] Target find_type(std::string_view space, const TypeExpr& expr) const {
    const bool common = expr.kind != TypeExpr::Kind::kEntity;
    const bool entity = expr.kind != TypeExpr::Kind::kCommon;
    for (std::string& name : meanings(space, expr.name)) {
      if (common && declared_.common_types.contains(name)) {
        return {.common_type = std::move(name), .type = {}};
      }
      if (entity &&
          (declared_.entity_types.contains(name) || declared_.action_types.contains(name))) {
        return {.common_type = {}, .type = Type::entity(std::move(name))};
      }
    }
    std::string_view bare = expr.name;
    if (bare.starts_with(kBuiltinNamespace) && is_qualified(bare)) {
      bare.remove_prefix(kBuiltinNamespace.size() + 2);
    }
    return {.common_type = {}, .type = common ? builtin_type(bare) : std::nullopt};
  }

  [[nodiscard]] std::optional<std::string> find_entity_type(std::string_view space,
                                                            const NameRef& ref) {
    for (std::string& name : meanings(space, ref.name)) {
      if (declared_.entity_types.contains(name)) {
        return std::move(name);
      }
    }
    problems_.add(ref.span, fmt::format("entity type `{}` is not declared", printable(ref.name)),
                  declared_.suggest_type(ref.name, false));
    return std::nullopt;
  }

  std::vector<std::string> find_entity_types(std::string_view space,
                                             const std::vector<NameRef>& refs) {
    std::vector<std::string> names;
    for (const auto& ref : refs) {
      if (auto name = find_entity_type(space, ref)) {
        names.push_back(*std::move(name));
      }
    }
    sort_unique(names);
    return names;
  }

  // kNever where something is wrong with it, which is noted. Common types are resolved before what
  // uses them. Recurses as deep as types are written: kMaxTypeDepth.
  Type resolve(std::string_view space, const TypeExpr& expr) {
    switch (expr.kind) {
      case TypeExpr::Kind::kBool:
        return Type::boolean();
      case TypeExpr::Kind::kLong:
        return Type::integer();
      case TypeExpr::Kind::kString:
        return Type::string();
      case TypeExpr::Kind::kExtension:
        return resolve_extension(expr);
      case TypeExpr::Kind::kSet:
        return bounded(Type::set(resolve(space, expr.element.front())), expr.span);
      case TypeExpr::Kind::kRecord: {
        std::vector<Attribute> attributes;
        attributes.reserve(expr.attributes.size());
        for (const auto& attribute : expr.attributes) {
          attributes.push_back(
              {attribute.name, resolve(space, attribute.type), attribute.required});
        }
        return bounded(Type::record(std::move(attributes)), expr.span);
      }
      case TypeExpr::Kind::kName:
      case TypeExpr::Kind::kEntity:
      case TypeExpr::Kind::kCommon:
        return resolve_name(space, expr);
    }
    return Type::never();
  }

  Type resolve_extension(const TypeExpr& expr) {
    if (const auto extension = find_extension_type(expr.name)) {
      return Type::extension(*extension);
    }
    problems_.add(expr.span, fmt::format("unknown extension type `{}`", printable(expr.name)),
                  "there are `decimal`, `datetime`, `duration` and `ipaddr`");
    return Type::never();
  }

  Type resolve_name(std::string_view space, const TypeExpr& expr) {
    Target target = find_type(space, expr);
    if (target.type) {
      return *std::move(target.type);
    }
    if (target.found()) {
      return common_types_[target.common_type];
    }
    std::string help = declared_.suggest_type(expr.name, expr.kind != TypeExpr::Kind::kEntity);
    if (expr.kind == TypeExpr::Kind::kCommon && find_type(space, as_entity(expr)).found()) {
      help = "an entity type is written with `\"type\": \"Entity\"` and its `name`";
    }
    problems_.add(
        expr.span,
        fmt::format("`{}` is not declared as {}", printable(expr.name), what_of(expr.kind)),
        std::move(help));
    return Type::never();
  }

  Type bounded(Type type, Span span) {
    if (type.depth() > kMaxTypeDepth || type.weight() > kMaxTypeWeight) {
      problems_.add(span, "this type is too large when its common types are written out",
                    fmt::format("at most {} levels and {} parts", kMaxTypeDepth, kMaxTypeWeight));
      return Type::never();
    }
    return type;
  }

  Type resolve_record(std::string_view space, const TypeExpr& expr, std::string_view what) {
    Type type = resolve(space, expr);
    if (type.kind() != TypeKind::kRecord && type.kind() != TypeKind::kNever) {
      problems_.add(expr.span, fmt::format("{} is no record", what),
                    "write `{ ... }` or the name of a common type that is one");
    }
    return type.kind() == TypeKind::kRecord ? type : Type::record({});
  }

  // Appends the common types that `expr` names.
  void uses_of(std::string_view space, const TypeExpr& expr,
               std::vector<std::string>& names) const {
    if (expr.kind == TypeExpr::Kind::kName || expr.kind == TypeExpr::Kind::kCommon) {
      if (Target target = find_type(space, expr); !target.common_type.empty()) {
        names.push_back(std::move(target.common_type));
      }
    }
    for (const auto& element : expr.element) {
      uses_of(space, element, names);
    }
    for (const auto& attribute : expr.attributes) {
      uses_of(space, attribute.type, names);
    }
  }

  // Those that need no others first, then what needs those, and so on (Kahn): a chain of any length
  // needs no recursion. What is left over stands on a cycle or leads to one.
  void resolve_common_types() {
    std::map<std::string_view, size_t> missing;  // how many it still waits for
    std::map<std::string, std::vector<std::string_view>, std::less<>> users;
    std::vector<std::string_view> ready;
    for (const auto& [name, type] : declared_.common_types) {
      std::vector<std::string> uses;
      uses_of(type.where->name.name, type.what->type, uses);
      sort_unique(uses);
      missing[name] = uses.size();
      for (auto& used : uses) {
        users[std::move(used)].push_back(name);
      }
      if (missing[name] == 0) {
        ready.push_back(name);
      }
    }
    while (!ready.empty()) {
      const std::string_view name = ready.back();
      ready.pop_back();
      missing.erase(name);
      const auto& type = declared_.common_types.find(name)->second;
      common_types_.emplace(name, resolve(type.where->name.name, type.what->type));
      if (const auto found = users.find(name); found != users.end()) {
        for (const std::string_view user : found->second) {
          if (--missing[user] == 0) {
            ready.push_back(user);
          }
        }
      }
    }
    for (const auto& [name, count] : missing) {
      problems_.add(declared_.common_types.find(name)->second.what->name.span,
                    fmt::format("common type `{}` contains itself, or one that does", name),
                    "a type has to end somewhere: use an entity type for what refers to its kind");
    }
  }

  // What a declaration says stands once for each of its names.
  bool too_many(const std::vector<NameRef>& names, size_t entries) {
    if (names.size() * entries <= kMaxClosure) {
      return false;
    }
    problems_.add(names.front().span, "this declaration is too large",
                  fmt::format("{} names, each with {} entries", names.size(), entries));
    return true;
  }

  void resolve_entity_type(std::string_view space, const EntityTypeDecl& decl) {
    if (too_many(decl.names, decl.parents.size() + decl.enum_ids.size())) {
      return;
    }
    EntityType type;
    type.parents = find_entity_types(space, decl.parents);
    if (decl.shape) {
      type.attributes = resolve_record(space, *decl.shape, "the shape of an entity type");
    }
    if (decl.tags) {
      type.tags = resolve(space, *decl.tags);
    }
    type.enum_ids = decl.enum_ids;
    sort_unique(type.enum_ids);
    for (const auto& name : decl.names) {
      type.name = qualified(space, name.name);
      schema_.entity_types_.emplace(type.name, type);
    }
  }

  std::optional<EntityUid> find_action(std::string_view space, const ActionRef& ref) {
    const std::string_view type = ref.type ? std::string_view(*ref.type) : kActionType;
    for (std::string& name : meanings(space, type)) {
      EntityUid uid{std::move(name), ref.id};
      if (declared_.actions.contains(uid)) {
        return uid;
      }
    }
    const EntityUid uid{std::string(type), ref.id};
    problems_.add(ref.span, fmt::format("action `{}` is not declared", printable(quoted(uid))),
                  declared_.suggest_action(uid));
    return std::nullopt;
  }

  void resolve_action(std::string_view space, const ActionDecl& decl) {
    static const AppliesTo kNothing;
    const AppliesTo& applies = decl.applies_to ? *decl.applies_to : kNothing;
    if (too_many(decl.ids,
                 decl.parents.size() + applies.principals.size() + applies.resources.size())) {
      return;
    }
    Action action;
    for (const auto& ref : decl.parents) {
      if (auto parent = find_action(space, ref)) {
        action.parents.push_back(*std::move(parent));
      }
    }
    sort_unique(action.parents);
    action.principals = find_entity_types(space, applies.principals);
    action.resources = find_entity_types(space, applies.resources);
    if (applies.context) {
      action.context = resolve_record(space, *applies.context, "the context of an action");
    }
    for (const auto& id : decl.ids) {
      action.uid = {qualified(space, kActionType), id.name};
      schema_.actions_.emplace(action.uid, action);
    }
  }

  // Fills `ancestors` and `descendants` of every node of a map from `parents`.
  template <typename Nodes>
  void close(Nodes& nodes) {
    using Key = typename Nodes::key_type;
    std::vector<std::pair<Key, typename Nodes::mapped_type*>> all;
    std::map<Key, uint32_t> index;
    for (auto& [key, node] : nodes) {
      index.emplace(key, static_cast<uint32_t>(all.size()));
      all.emplace_back(key, &node);
    }
    Graph parents(all.size());
    for (size_t i = 0; i < all.size(); ++i) {
      for (const auto& parent : all[i].second->parents) {
        parents[i].push_back(index.at(parent));
      }
    }
    const auto ancestors = closure(parents, kMaxClosure);
    if (!ancestors) {
      problems_.add({}, "the hierarchy of the schema is too large",
                    fmt::format("at most {} steps from members to groups", kMaxClosure));
      return;
    }
    const Graph descendants = reversed(*ancestors);
    for (size_t i = 0; i < all.size(); ++i) {
      for (const uint32_t other : (*ancestors)[i]) {
        all[i].second->ancestors.push_back(all[other].first);
      }
      for (const uint32_t other : descendants[i]) {
        all[i].second->descendants.push_back(all[other].first);
      }
    }
  }

  void check_action_cycles() {
    for (const auto& [uid, action] : schema_.actions_) {
      if (std::ranges::binary_search(action.ancestors, uid)) {
        problems_.add(declared_.actions.at(uid),
                      fmt::format("action `{}` is in itself", printable(uid.id)),
                      "the groups of actions must not form a cycle");
      }
    }
  }

  Problems problems_;
  Declared declared_;
  std::map<std::string, Type, std::less<>> common_types_;
  Schema schema_;
};

ParseResult<Schema> resolve(const SchemaFragment& fragment) {
  return Resolver(fragment).run(fragment);
}

}  // namespace sally::cedar
