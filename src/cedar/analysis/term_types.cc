#include "cedar/analysis/term_types.h"

#include "cedar/validate/members.h"
#include "cedar/validate/signature.h"

namespace sally::cedar {
namespace {

// What all are; nullopt where they differ or one is not known.
template <typename List, typename TypeOf>
std::optional<Type> common_type(const List& list, TypeOf type_of) {
  std::optional<Type> common;
  for (const auto& item : list) {
    const std::optional<Type> type = type_of(item);
    if (!type || (common && !(*common == *type))) {
      return std::nullopt;
    }
    common = type;
  }
  return common;
}

std::optional<Type> set_of(std::optional<Type> element) {
  return element ? std::optional(Type::set(*std::move(element))) : std::nullopt;
}

}  // namespace

std::optional<Type> type_of_value(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kBool:
      return Type::boolean();
    case ValueKind::kLong:
      return Type::integer();
    case ValueKind::kString:
      return Type::string();
    case ValueKind::kEntity:
      return Type::entity(value.as_entity().type);
    case ValueKind::kSet:
      return set_of(common_type(value.as_set(), type_of_value));
    case ValueKind::kRecord: {
      std::vector<Attribute> attributes;
      for (const Field& field : value.as_record()) {
        auto type = type_of_value(field.value);
        if (!type) {
          return std::nullopt;
        }
        attributes.push_back({field.name, *std::move(type), true});
      }
      return Type::record(std::move(attributes));
    }
    case ValueKind::kDecimal:
      return Type::extension(ExtensionType::kDecimal);
    case ValueKind::kDatetime:
      return Type::extension(ExtensionType::kDatetime);
    case ValueKind::kDuration:
      return Type::extension(ExtensionType::kDuration);
    case ValueKind::kIp:
      return Type::extension(ExtensionType::kIp);
  }
  return std::nullopt;
}

bool are_disjoint(const Type& a, const Type& b) {
  if (a.is_bool() && b.is_bool()) {
    return false;
  }
  if (a.kind() == TypeKind::kNever || b.kind() == TypeKind::kNever) {
    return false;
  }
  if (a.kind() != b.kind()) {
    return !(a.is_entity() && b.is_entity());
  }
  if (a.kind() == TypeKind::kEntity) {
    return a.entity_types().size() == 1 && b.entity_types().size() == 1 &&
           a.entity_type() != b.entity_type();
  }
  return a.kind() == TypeKind::kExtension && a.extension_type() != b.extension_type();
}

const Type* TermTypes::of(TermId id) {
  if (types_.size() <= id) {
    types_.resize(terms_.size());
  }
  if (!types_[id].done) {
    auto type = infer(id);
    types_[id] = {true, std::move(type)};
  }
  return types_[id].type ? &*types_[id].type : nullptr;
}

std::string_view TermTypes::entity_type_of(TermId id) {
  const Type* const type = of(id);
  return type != nullptr && type->kind() == TypeKind::kEntity && type->entity_types().size() == 1
             ? std::string_view(type->entity_type())
             : std::string_view();
}

bool TermTypes::is_ordered(TermId id) {
  const Type* const type = of(id);
  return type != nullptr &&
         (type->kind() == TypeKind::kLong ||
          (type->kind() == TypeKind::kExtension && !type->is_extension(ExtensionType::kIp)));
}

std::optional<Type> TermTypes::infer(TermId id) {
  const Term& term = terms_[id];
  if (term.constant) {
    return type_of_value(*term.constant);
  }
  if (gives_boolean(term)) {
    return Type::boolean();
  }
  const auto operand = [&](size_t index) { return of(term.operands[index]); };
  if (term.kind == ExprKind::kVariable) {
    return of_variable(term.variable);
  }
  if (term.kind == ExprKind::kIf) {
    const bool agree = operand(1) != nullptr && operand(2) != nullptr && *operand(1) == *operand(2);
    return agree ? std::optional(*operand(1)) : std::nullopt;
  }
  if (term.kind == ExprKind::kGet) {
    const auto found =
        operand(0) == nullptr ? std::nullopt : find_attribute(schema_, *operand(0), term.names[0]);
    return found ? std::optional(found->type) : std::nullopt;
  }
  if (term.kind == ExprKind::kGetTag) {
    return operand(0) == nullptr ? std::nullopt : find_tags(schema_, *operand(0));
  }
  if (term.kind == ExprKind::kSet) {
    return of_elements(term.operands);
  }
  if (term.kind == ExprKind::kRecord) {
    return of_record(term);
  }
  return term.kind == ExprKind::kCall ? signature_of(term.function).result : Type::integer();
}

std::optional<Type> TermTypes::of_variable(Variable variable) const {
  switch (variable) {
    case Variable::kPrincipal:
      return Type::entity(environment_.principal->name);
    case Variable::kAction:
      return Type::entity(environment_.action->uid.type);
    case Variable::kResource:
      return Type::entity(environment_.resource->name);
    case Variable::kContext:
      return environment_.action->context;
  }
  return std::nullopt;
}

std::optional<Type> TermTypes::of_elements(const std::vector<TermId>& elements) {
  return set_of(common_type(elements, [&](TermId element) {
    const Type* const type = of(element);
    return type == nullptr ? std::nullopt : std::optional(*type);
  }));
}

std::optional<Type> TermTypes::of_record(const Term& term) {
  std::vector<Attribute> attributes;
  for (size_t i = 0; i < term.names.size(); ++i) {
    const Type* const type = of(term.operands[i]);
    if (type == nullptr) {
      return std::nullopt;
    }
    attributes.push_back({term.names[i], *type, true});
  }
  return Type::record(std::move(attributes));
}

}  // namespace sally::cedar
