#include "cedar/validate/shapes.h"

#include <algorithm>
#include <utility>

namespace sally::cedar {
namespace {

// Tags of what is no ExprKind by itself.
constexpr char kNameTag = '\xFF';

char tag_of(ExprKind kind) {
  return static_cast<char>(kind);
}

void append_number(std::string& key, uint64_t number) {
  for (size_t i = 0; i < sizeof(number); ++i) {
    key += static_cast<char>(number >> (8 * i));
  }
}

void append_text(std::string& key, std::string_view text) {
  append_number(key, text.size());
  key += text;
}

// What a leaf is, or a node beside its operands.
void append_payload(std::string& key, const Body& body, ExprId id) {
  const ExprKind kind = body.kind(id);
  if (kind == ExprKind::kBool) {
    key += body.boolean(id) ? '1' : '0';
  } else if (kind == ExprKind::kLong) {
    append_number(key, static_cast<uint64_t>(body.number(id)));
  } else if (kind == ExprKind::kVariable) {
    key += static_cast<char>(body.variable(id));
  } else if (kind == ExprKind::kEntity) {
    append_text(key, body.entity(id).type);
    append_text(key, body.entity(id).id);
  } else if (kind == ExprKind::kString) {
    append_text(key, body.text(id));
  } else if (kind == ExprKind::kCall) {
    key += static_cast<char>(body.function(id));
  } else if (kind == ExprKind::kLike) {
    for (const char32_t c : body.pattern(id)) {
      append_number(key, c);
    }
  }
}

}  // namespace

Shapes::Shapes(const Body& body) {
  shapes_.reserve(body.size());
  for (ExprId id = 0; id < body.size(); ++id) {
    shapes_.push_back(build(body, id));
  }
}

uint32_t Shapes::of_get(uint32_t object, std::string_view name) {
  return intern(tag_of(ExprKind::kGet), name, {object});
}

uint32_t Shapes::of_name(std::string_view name) {
  return intern(kNameTag, name, {});
}

uint32_t Shapes::intern(char tag, std::string_view text, std::initializer_list<uint32_t> parts) {
  std::string key(1, tag);
  append_text(key, text);
  for (const uint32_t part : parts) {
    append_number(key, part);
  }
  return intern(std::move(key));
}

uint32_t Shapes::intern(std::string key) {
  return known_.try_emplace(std::move(key), static_cast<uint32_t>(known_.size())).first->second;
}

// What only abbreviates something gets the shape of what it stands for.
uint32_t Shapes::build(const Body& body, ExprId id) {
  const auto operand = [&](size_t i) { return shapes_[body.operand(id, i)]; };
  const auto negation = [&](ExprKind kind) {
    return intern(tag_of(ExprKind::kNot), {}, {intern(tag_of(kind), {}, {operand(0), operand(1)})});
  };
  switch (body.kind(id)) {
    case ExprKind::kAnd:
    case ExprKind::kOr:
    case ExprKind::kAdd:
    case ExprKind::kSub:
    case ExprKind::kMul:
      return build_chain(body, id);
    case ExprKind::kNot:
      return intern(tag_of(ExprKind::kNot), {}, {operand(0)});
    case ExprKind::kEq:
    case ExprKind::kLess:
    case ExprKind::kLessEq:
    case ExprKind::kIn:
      return intern(tag_of(body.kind(id)), {}, {operand(0), operand(1)});
    case ExprKind::kNotEq:
      return negation(ExprKind::kEq);
    case ExprKind::kGreater:
      return negation(ExprKind::kLessEq);
    case ExprKind::kGreaterEq:
      return negation(ExprKind::kLess);
    case ExprKind::kGet:
      return of_get(operand(0), body.text(id));
    case ExprKind::kIs:
      return intern(tag_of(ExprKind::kIs), body.text(id), {operand(0)});
    case ExprKind::kIsIn:
      return intern(tag_of(ExprKind::kAnd), {},
                    {intern(tag_of(ExprKind::kIs), body.text(id), {operand(0)}),
                     intern(tag_of(ExprKind::kIn), {}, {operand(0), operand(1)})});
    case ExprKind::kHas:
      return build_has(body, id);
    case ExprKind::kRecord:
      return build_record(body, id);
    case ExprKind::kBool:
    case ExprKind::kLong:
    case ExprKind::kString:
    case ExprKind::kEntity:
    case ExprKind::kVariable:
    case ExprKind::kNegate:
    case ExprKind::kIf:
    case ExprKind::kLike:
    case ExprKind::kSet:
    case ExprKind::kContains:
    case ExprKind::kContainsAll:
    case ExprKind::kContainsAny:
    case ExprKind::kIsEmpty:
    case ExprKind::kHasTag:
    case ExprKind::kGetTag:
    case ExprKind::kCall:
      break;
  }
  std::string key(1, tag_of(body.kind(id)));
  append_payload(key, body, id);
  for (const ExprId part : body.operands(id)) {
    append_number(key, shapes_[part]);
  }
  return intern(std::move(key));
}

uint32_t Shapes::build_chain(const Body& body, ExprId id) {
  uint32_t shape = shapes_[body.operand(id, 0)];
  for (const ExprId next : body.operands(id).subspan(1)) {
    shape = intern(tag_of(body.kind(id)), {}, {shape, shapes_[next]});
  }
  return shape;
}

uint32_t Shapes::build_has(const Body& body, ExprId id) {
  uint32_t object = shapes_[body.operand(id, 0)];
  const auto names = body.names(id);
  uint32_t shape = intern(tag_of(ExprKind::kHas), names.front(), {object});
  for (size_t i = 1; i < names.size(); ++i) {
    object = of_get(object, names[i - 1]);
    shape = intern(tag_of(ExprKind::kAnd), {},
                   {shape, intern(tag_of(ExprKind::kHas), names[i], {object})});
  }
  return shape;
}

uint32_t Shapes::build_record(const Body& body, ExprId id) {
  std::vector<std::pair<std::string_view, uint32_t>> fields;
  for (size_t i = 0; i < body.names(id).size(); ++i) {
    fields.emplace_back(body.names(id)[i], shapes_[body.operand(id, i)]);
  }
  std::ranges::sort(fields);
  std::string key(1, tag_of(ExprKind::kRecord));
  for (const auto& [name, value] : fields) {
    append_text(key, name);
    append_number(key, value);
  }
  return intern(std::move(key));
}

}  // namespace sally::cedar
