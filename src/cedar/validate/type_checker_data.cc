// The part of the type checker that looks into values: attributes, tags, sets, records, extension
// functions. What steers evaluation is in type_checker.cc.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "cedar/names.h"
#include "cedar/syntax/escape.h"
#include "cedar/validate/members.h"
#include "cedar/validate/signature.h"
#include "cedar/validate/type_checker.h"

namespace sally::cedar {
namespace {

std::string attribute(std::string_view name) {
  return is_identifier(name) ? std::string(name) : printable(quoted(name));
}

}  // namespace

std::string TypeChecker::quote(const Type& type) {
  return fmt::format("`{}`", printable(type.to_string(), 200));
}

std::string TypeChecker::text_of(ExprId id) const {
  constexpr size_t kLongest = 60;
  const Span span = body_.span(id);
  const size_t size = span.end - span.begin;
  if (policy_.source == nullptr || size == 0 || size > kLongest ||
      span.end > policy_.source->text.size()) {
    return "x";
  }
  return printable(std::string_view(policy_.source->text).substr(span.begin, size));
}

TypeChecker::Typed TypeChecker::expect_object(ExprId id) {
  Typed typed = infer(id);
  if (typed.type && !typed.type->is_entity() && typed.type->kind() != TypeKind::kRecord) {
    expected(id, *typed.type, "an entity or a record");
    return {};
  }
  return typed;
}

// `x has a.b` is `x has a && x.a has b`.
TypeChecker::Typed TypeChecker::of_has(ExprId id) {
  const ExprId operand = body_.operand(id, 0);
  const Typed start = expect_object(operand);
  if (!start.type) {
    return {Type::boolean(), {}};
  }
  std::optional<Type> object = start.type;
  uint32_t shape = shapes_.of(operand);
  const auto names = body_.names(id);
  return of_and(names.size(), [&](size_t i) -> Typed {
    if (i > 0 && object) {
      object = of_attribute(id, *object, shape, names[i - 1]).type;
      shape = shapes_.of_get(shape, names[i - 1]);
    }
    if (!object) {
      return {};
    }
    if (!object->is_entity() && object->kind() != TypeKind::kRecord) {
      expected(id, *object, "an entity or a record");
      object.reset();
      return {};
    }
    return of_has_one(*object, shape, names[i]);
  });
}

TypeChecker::Typed TypeChecker::of_has_one(const Type& object, uint32_t shape,
                                           std::string_view name) {
  const auto found = find_attribute(schema_, object, name);
  if (!found) {
    return {may_have_attribute(schema_, object, name) ? Type::boolean() : Type::singleton(false),
            {}};
  }
  const Capability capability{shape, shapes_.of_name(name), false};
  // An entity need not be known where the request is decided; a record is.
  const bool always = (found->required && object.kind() == TypeKind::kRecord) || known(capability);
  return {always ? Type::singleton(true) : Type::boolean(), {capability}};
}

TypeChecker::Typed TypeChecker::of_get(ExprId id) {
  const ExprId operand = body_.operand(id, 0);
  const Typed object = expect_object(operand);
  return object.type ? of_attribute(id, *object.type, shapes_.of(operand), body_.text(id))
                     : Typed{};
}

TypeChecker::Typed TypeChecker::of_attribute(ExprId id, const Type& object, uint32_t shape,
                                             std::string_view name) {
  auto found = find_attribute(schema_, object, name);
  if (!found) {
    not_found(id, object, name);
    return {};
  }
  if (!found->required && !known({shape, shapes_.of_name(name), false})) {
    findings_.error(
        body_.span(id),
        fmt::format("attribute `{}` is optional, and here it may be missing", attribute(name)),
        fmt::format("ask first: `{} has {} && ...`", text_of(body_.operand(id, 0)),
                    attribute(name)));
    return {};
  }
  return {std::move(found->type), {}};
}

void TypeChecker::not_found(ExprId id, const Type& object, std::string_view name) {
  std::vector<std::string_view> candidates;
  std::string where;
  if (object.kind() == TypeKind::kRecord) {
    for (const auto& other : object.attributes()) {
      candidates.push_back(other.name);
    }
    const bool is_context =
        body_.kind(id) == ExprKind::kGet && body_.kind(body_.operand(id, 0)) == ExprKind::kVariable;
    where = is_context
                ? fmt::format("the context of `{}`", printable(quoted(environment_.action->uid)))
                : "this record";
  } else {
    where = fmt::format("entity type {}", quote(object));
    if (object.kind() == TypeKind::kEntity && object.entity_types().size() == 1) {
      if (const EntityType* const type = schema_.find_entity_type(object.entity_type())) {
        for (const auto& other : type->attributes.attributes()) {
          candidates.push_back(other.name);
        }
      }
    }
  }
  const auto best = nearest(name, candidates);
  findings_.error(
      body_.span(id), fmt::format("{} has no attribute `{}`", where, attribute(name)),
      best.empty() ? std::string() : fmt::format("did you mean `{}`?", attribute(best)));
}

TypeChecker::Typed TypeChecker::of_tag(ExprId id) {
  const ExprId entity_id = body_.operand(id, 0);
  const ExprId tag_id = body_.operand(id, 1);
  const Typed entity = expect(entity_id, Type::any_entity());
  const Typed tag = expect(tag_id, Type::string());
  const bool asks = body_.kind(id) == ExprKind::kHasTag;
  if (!entity.type || !tag.type) {
    return {asks ? std::optional(Type::boolean()) : std::nullopt, {}};
  }
  auto tags = find_tags(schema_, *entity.type);
  const Capability capability{shapes_.of(entity_id), shapes_.of(tag_id), true};
  if (asks) {
    if (!tags) {
      return {Type::singleton(false), {}};
    }
    return {known(capability) ? Type::singleton(true) : Type::boolean(), {capability}};
  }
  if (!tags) {
    findings_.error(body_.span(id), fmt::format("entity type {} has no tags", quote(*entity.type)),
                    "declare them in the schema: `tags String`");
    return {};
  }
  if (!known(capability)) {
    findings_.error(
        body_.span(id), "this tag may be missing here",
        fmt::format("ask first: `{}.hasTag({}) && ...`", text_of(entity_id), text_of(tag_id)));
    return {};
  }
  return {std::move(tags), {}};
}

TypeChecker::Typed TypeChecker::of_like(ExprId id) {
  expect(body_.operand(id, 0), Type::string());
  return {Type::boolean(), {}};
}

TypeChecker::Typed TypeChecker::of_set(ExprId id) {
  if (body_.operands(id).empty() && mode_ == Mode::kStrict) {
    findings_.error(body_.span(id), "an empty set has no type of its elements",
                    "use `.isEmpty()` to ask whether a set is empty");
    return {};
  }
  std::optional<Type> element = Type::never();
  for (const ExprId operand : body_.operands(id)) {
    const Typed typed = infer(operand);
    if (!typed.type) {
      element.reset();
    } else if (element) {
      element = join(body_.span(operand), *element, *typed.type,
                     "the elements of a set must have the same type");
    }
  }
  return {element ? std::optional(Type::set(*std::move(element))) : std::nullopt, {}};
}

TypeChecker::Typed TypeChecker::of_record(ExprId id) {
  std::vector<Attribute> attributes;
  bool complete = true;
  for (size_t i = 0; i < body_.names(id).size(); ++i) {
    Typed typed = infer(body_.operand(id, i));
    complete = complete && typed.type;
    attributes.push_back({body_.names(id)[i], typed.type.value_or(Type::never()), true});
  }
  return {complete ? std::optional(Type::record(std::move(attributes))) : std::nullopt, {}};
}

TypeChecker::Typed TypeChecker::of_contains(ExprId id) {
  const ExprId set_id = body_.operand(id, 0);
  const ExprId other_id = body_.operand(id, 1);
  const Typed set = infer(set_id);
  const Typed other = infer(other_id);
  bool fine = true;
  const auto want_set = [&](ExprId operand, const Typed& typed) {
    if (typed.type && typed.type->kind() != TypeKind::kSet) {
      expected(operand, *typed.type, "a set");
      fine = false;
    }
  };
  want_set(set_id, set);
  const bool one = body_.kind(id) == ExprKind::kContains;
  if (!one) {
    want_set(other_id, other);
  }
  if (fine && set.type && other.type) {
    comparable(id, one ? set.type->element() : *set.type, other.type,
               one ? "a set can contain only what has the type of its elements"
                   : "only sets of the same type can have elements in common");
  }
  return {Type::boolean(), {}};
}

TypeChecker::Typed TypeChecker::of_is_empty(ExprId id) {
  const Typed set = infer(body_.operand(id, 0));
  if (set.type && set.type->kind() != TypeKind::kSet) {
    expected(body_.operand(id, 0), *set.type, "a set");
  }
  return {Type::boolean(), {}};
}

TypeChecker::Typed TypeChecker::of_call(ExprId id) {
  const Function function = body_.function(id);
  const Signature signature = signature_of(function);
  const auto operands = body_.operands(id);
  if (operands.size() != signature.parameters.size()) {
    findings_.error(body_.span(id),
                    fmt::format("`{}` takes {} argument{}, not {}", row_of(function).name,
                                signature.parameters.size(),
                                signature.parameters.size() == 1 ? "" : "s", operands.size()),
                    row_of(function).is_method ? "the value before the dot counts as one" : "");
    return {};
  }
  for (size_t i = 0; i < operands.size(); ++i) {
    expect(operands[i], signature.parameters[i]);
  }
  if (!row_of(function).is_method) {
    check_constructor(id);
  }
  return {signature.result, {}};
}

// Constructors can fail: in strict mode what they get must be known beforehand.
void TypeChecker::check_constructor(ExprId id) {
  const std::string_view name = row_of(body_.function(id)).name;
  const ExprId argument = body_.operand(id, 0);
  if (body_.kind(argument) != ExprKind::kString) {
    if (mode_ == Mode::kPermissive) {
      return;
    }
    findings_.error(body_.span(argument),
                    fmt::format("the argument of `{}` must be a string literal here", name),
                    "put values of this type into attributes or the context instead");
    return;
  }
  const auto problem = problem_of_argument(body_.function(id), body_.text(argument));
  if (!problem.empty()) {
    findings_.error(body_.span(argument),
                    fmt::format("`{}` is no argument of `{}`: {}", printable(body_.text(argument)),
                                name, problem));
  }
}

}  // namespace sally::cedar
