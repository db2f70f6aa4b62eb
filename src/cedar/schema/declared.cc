#include "cedar/schema/declared.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "cedar/names.h"
#include "cedar/schema/names.h"
#include "cedar/syntax/escape.h"
#include "cedar/value.h"

namespace sally::cedar {
namespace {

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates) {
  const auto best = nearest(word, candidates);
  return best.empty() ? std::string() : fmt::format("did you mean `{}`?", printable(best));
}

class Collector {
 public:
  explicit Collector(Problems& problems) : problems_(problems) {}

  void add(const NamespaceDecl& space) {
    if (!names_.insert(space.name.name).second) {
      problems_.add(space.name.span,
                    fmt::format("namespace `{}` is declared twice", space.name.name),
                    "put the declarations of a namespace into one block");
    }
    check_reserved(space.name);
    for (const auto& type : space.common_types) {
      add_common_type(space, type);
    }
    for (const auto& type : space.entity_types) {
      for (const auto& name : type.names) {
        add_entity_type(space, name);
      }
    }
    for (const auto& action : space.actions) {
      for (const auto& id : action.ids) {
        add_action(space, id);
      }
    }
  }

  Declared finish() && {
    for (const auto& [path, type] : declared_.common_types) {
      check_shadowing(path, type.what->name.span);
    }
    for (const auto& [path, span] : declared_.entity_types) {
      check_shadowing(path, span);
    }
    for (const auto& [uid, span] : declared_.actions) {
      check_shadowing(uid, span);
    }
    return std::move(declared_);
  }

 private:
  void add_common_type(const NamespaceDecl& space, const CommonTypeDecl& type) {
    const auto& [name, span] = type.name;
    check_reserved(type.name);
    if (is_reserved_type_name(name)) {
      problems_.add(span, fmt::format("`{}` cannot be the name of a common type", name),
                    "the names of built-in types stay what they are");
    }
    const Declared::CommonType made{&space, &type};
    if (!declared_.common_types.try_emplace(qualified(space.name.name, name), made).second) {
      problems_.add(span, fmt::format("common type `{}` is declared twice", name));
    }
  }

  void add_entity_type(const NamespaceDecl& space, const NameRef& type) {
    const auto& [name, span] = type;
    check_reserved(type);
    if (name == kActionType) {
      problems_.add(span, "an entity type cannot be called `Action`",
                    "that is the type of the actions; declare those with `action`");
    }
    if (!declared_.entity_types.try_emplace(qualified(space.name.name, name), span).second) {
      problems_.add(span, fmt::format("entity type `{}` is declared twice", name));
    }
  }

  void add_action(const NamespaceDecl& space, const NameRef& action) {
    const auto& [id, span] = action;
    EntityUid uid{qualified(space.name.name, kActionType), id};
    declared_.action_types.insert(uid.type);
    if (!declared_.actions.try_emplace(std::move(uid), span).second) {
      problems_.add(span, fmt::format("action `{}` is declared twice", printable(id)));
    }
  }

  void check_reserved(const NameRef& name) {
    if (is_reserved_path(name.name)) {
      problems_.add(name.span, fmt::format("`{}` is a reserved name", name.name),
                    "no part of a declared name may be `__cedar`");
    }
  }

  void check_shadowing(std::string_view path, Span span) {
    const auto name = basename(path);
    if (is_qualified(path) &&
        (declared_.common_types.contains(name) || declared_.entity_types.contains(name))) {
      problems_.add(
          span, fmt::format("`{}` shadows `{}`, which stands outside of any namespace", path, name),
          "rename one of them, or move both into namespaces");
    }
  }

  void check_shadowing(const EntityUid& uid, Span span) {
    if (is_qualified(uid.type) && declared_.actions.contains({std::string(kActionType), uid.id})) {
      problems_.add(span,
                    fmt::format("`{}` shadows the action of that name outside of any namespace",
                                printable(quoted(uid))),
                    "rename one of them, or move both into namespaces");
    }
  }

  Problems& problems_;
  std::set<std::string_view> names_;
  Declared declared_;
};

}  // namespace

void Problems::add(Span span, std::string message, std::string help) {
  if (problems_.size() < kMost) {
    const auto begin_of = [](const Problem& problem) { return problem.span.begin; };
    problems_.insert(std::ranges::upper_bound(problems_, span.begin, {}, begin_of),
                     {span, std::move(message), std::move(help)});
  }
}

std::string Declared::suggest_type(std::string_view name, bool with_common_types) const {
  if (name == "Set") {
    return "write the type of the elements behind it: `Set<Long>`";
  }
  std::vector<std::string_view> candidates;
  for (const auto& [path, type] : entity_types) {
    candidates.push_back(path);
  }
  if (with_common_types) {
    for (const auto& [path, type] : common_types) {
      candidates.push_back(path);
    }
    candidates.insert(candidates.end(),
                      {"Bool", "Long", "String", "decimal", "datetime", "duration", "ipaddr"});
  }
  return did_you_mean(name, candidates);
}

std::string Declared::suggest_action(const EntityUid& uid) const {
  std::vector<std::string_view> candidates;
  for (const auto& [other, action] : actions) {
    candidates.push_back(other.id);
  }
  return did_you_mean(uid.id, candidates);
}

Declared collect(const SchemaFragment& fragment, Problems& problems) {
  Collector collector(problems);
  for (const auto& space : fragment.namespaces) {
    collector.add(space);
  }
  return std::move(collector).finish();
}

}  // namespace sally::cedar
