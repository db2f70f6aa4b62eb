#include "cedar/partial/residual.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cedar/syntax/copy.h"

namespace sally::cedar {
namespace {

// Values with more parts are left as the expression they came from.
constexpr size_t kMostParts = 24;
// More is not assumed at once: every new condition is compared with all of them.
constexpr size_t kMostFacts = 64;

// Stops counting beyond kMostParts. Values are at most as deep as they have parts.
size_t parts_of(const Cell& value) {
  size_t out = 1;
  if (value.kind == ValueKind::kSet) {
    for (size_t i = 0; i < value.size && out <= kMostParts; ++i) {
      out += parts_of(value.as_set()[i]);
    }
  } else if (value.kind == ValueKind::kRecord) {
    for (size_t i = 0; i < value.size && out <= kMostParts; ++i) {
      out += parts_of(value.as_record()[i].value);
    }
  }
  return out;
}

std::optional<Type> type_of(const Cell& value) {
  switch (value.kind) {
    case ValueKind::kBool:
      return Type::boolean();
    case ValueKind::kLong:
      return Type::integer();
    case ValueKind::kString:
      return Type::string();
    case ValueKind::kEntity:
      return Type::entity(std::string(value.entity->type));
    case ValueKind::kDecimal:
      return Type::extension(ExtensionType::kDecimal);
    case ValueKind::kDatetime:
      return Type::extension(ExtensionType::kDatetime);
    case ValueKind::kDuration:
      return Type::extension(ExtensionType::kDuration);
    case ValueKind::kIp:
      return Type::extension(ExtensionType::kIp);
    case ValueKind::kSet:
    case ValueKind::kRecord:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

void ResidualBuilder::clear() {
  body_ = Body();
  infos_.clear();
  facts_.clear();
  stuck_ = false;
  add_bool({}, true);  // so that there is something to give when it is stuck
}

ExprId ResidualBuilder::keep(std::optional<ExprId> id, ExprInfo info) {
  if (!id) {
    stuck_ = true;
    return 0;
  }
  infos_.resize(body_.size());
  infos_[*id] = std::move(info);
  return *id;
}

ExprId ResidualBuilder::add(ExprKind kind, Span span, std::span<const ExprId> operands,
                            ExprInfo info, std::span<const std::string> names) {
  return keep(body_.add(kind, span, operands, names), std::move(info));
}

ExprId ResidualBuilder::add_call(Function function, Span span, std::span<const ExprId> operands,
                                 ExprInfo info) {
  return keep(body_.add_call(function, span, operands), std::move(info));
}

ExprId ResidualBuilder::add_like(Span span, ExprId operand, Pattern pattern, ExprInfo info) {
  return keep(body_.add_like(span, operand, std::move(pattern)), std::move(info));
}

ExprId ResidualBuilder::add_variable(Span span, Variable variable, ExprInfo info) {
  return keep(body_.add_variable(span, variable), std::move(info));
}

ExprId ResidualBuilder::add_bool(Span span, bool value) {
  return keep(body_.add_bool(span, value), {Type::boolean(), false, !value});
}

ExprId ResidualBuilder::copy(const Body& from, ExprId id, ExprInfo info) {
  return keep(copy_expression(from, id, body_), std::move(info));
}

std::optional<ExprId> ResidualBuilder::add_value(Span span, const Cell& value) {
  if (parts_of(value) > kMostParts) {
    return std::nullopt;
  }
  // Sorted as people would, not as cells are.
  return keep(write(span, to_value(value)), {type_of(value), false, false});
}

std::optional<ExprId> ResidualBuilder::write_call(Span span, Function function, std::string text) {
  const auto argument = body_.add_string(span, std::move(text));
  return argument ? body_.add_call(function, span, {&*argument, 1}) : std::nullopt;
}

std::optional<ExprId> ResidualBuilder::write(Span span, const Value& value) {
  switch (value.kind()) {
    case ValueKind::kBool:
      return body_.add_bool(span, value.as_bool());
    case ValueKind::kLong:
      return body_.add_long(span, value.as_long());
    case ValueKind::kString:
      return body_.add_string(span, value.as_string());
    case ValueKind::kEntity:
      return body_.add_entity(span, value.as_entity());
    case ValueKind::kDecimal:
      return write_call(span, Function::kDecimal, value.as_decimal().to_string());
    case ValueKind::kDuration:
      return write_call(span, Function::kDuration, value.as_duration().to_string());
    case ValueKind::kIp:
      return write_call(span, Function::kIp, value.as_ip().to_string());
    case ValueKind::kDatetime: {
      const Datetime at = value.as_datetime();
      if (at.has_text()) {
        return write_call(span, Function::kDatetime, at.to_string());
      }
      const auto epoch = write_call(span, Function::kDatetime, "1970-01-01");
      const auto since =
          write_call(span, Function::kDuration, fmt::format("{}ms", at.milliseconds));
      return epoch && since ? body_.add_call(Function::kOffset, span, std::array{*epoch, *since})
                            : std::nullopt;
    }
    case ValueKind::kSet:
    case ValueKind::kRecord:
      break;
  }
  const bool is_set = value.kind() == ValueKind::kSet;
  std::vector<ExprId> parts;
  std::vector<std::string> names;
  const auto add_part = [&](const Value& part) {
    const auto written = write(span, part);
    parts.push_back(written.value_or(0));
    return written.has_value();
  };
  if (is_set) {
    if (!std::ranges::all_of(value.as_set(), add_part)) {
      return std::nullopt;
    }
    return body_.add(ExprKind::kSet, span, parts);
  }
  for (const Field& field : value.as_record()) {
    names.push_back(field.name);
    if (!add_part(field.value)) {
      return std::nullopt;
    }
  }
  return body_.add(ExprKind::kRecord, span, parts, names);
}

void ResidualBuilder::assume(ExprId condition, bool value) {
  if (facts_.size() >= kMostFacts) {
    return;
  }
  facts_.push_back({condition, value});
  const ExprKind kind = body_.kind(condition);
  if (kind == ExprKind::kNot) {
    assume(body_.operand(condition, 0), !value);
  } else if (kind == (value ? ExprKind::kAnd : ExprKind::kOr)) {
    for (const ExprId operand : body_.operands(condition)) {
      assume(operand, value);
    }
  }
}

std::optional<bool> ResidualBuilder::known(ExprId condition) const {
  for (const Fact& fact : facts_) {
    if (same_expression(body_, fact.condition, body_, condition)) {
      return fact.value;
    }
  }
  if (body_.kind(condition) == ExprKind::kHas && is_there(path_of_has(condition), 0)) {
    return true;
  }
  return std::nullopt;
}

ResidualBuilder::Path ResidualBuilder::path_of(ExprId id) const {
  Path out{id, {}};
  for (; body_.kind(out.root) == ExprKind::kGet; out.root = body_.operand(out.root, 0)) {
    out.names.emplace_back(body_.text(out.root));
  }
  std::ranges::reverse(out.names);
  return out;
}

ResidualBuilder::Path ResidualBuilder::path_of_has(ExprId id) const {
  Path out = path_of(body_.operand(id, 0));
  const auto names = body_.names(id);
  out.names.insert(out.names.end(), names.begin(), names.end());
  return out;
}

bool ResidualBuilder::is_there(const Path& path, size_t longer) const {
  return std::ranges::any_of(facts_, [&](const Fact& fact) {
    if (!fact.value || body_.kind(fact.condition) != ExprKind::kHas) {
      return false;
    }
    const Path passed = path_of_has(fact.condition);
    return passed.names.size() >= path.names.size() + longer &&
           std::equal(path.names.begin(), path.names.end(), passed.names.begin()) &&
           same_expression(body_, passed.root, body_, path.root);
  });
}

bool ResidualBuilder::has_attribute(ExprId object, std::string_view name) const {
  Path path = path_of(object);
  path.names.push_back(name);
  return is_there(path, 0);
}

bool ResidualBuilder::has_tag(ExprId object, ExprId tag) const {
  return std::ranges::any_of(facts_, [&](const Fact& fact) {
    return fact.value && body_.kind(fact.condition) == ExprKind::kHasTag &&
           same_expression(body_, body_.operand(fact.condition, 0), body_, object) &&
           same_expression(body_, body_.operand(fact.condition, 1), body_, tag);
  });
}

bool ResidualBuilder::exists(ExprId entity) const {
  return is_there(path_of(entity), 1) || std::ranges::any_of(facts_, [&](const Fact& fact) {
           return fact.value && body_.kind(fact.condition) == ExprKind::kHasTag &&
                  same_expression(body_, body_.operand(fact.condition, 0), body_, entity);
         });
}

std::optional<Residual> ResidualBuilder::take(ExprId root) const {
  Residual out;
  const auto copied = stuck_ ? std::nullopt : copy_expression(body_, root, out.body);
  if (!copied) {
    return std::nullopt;
  }
  out.expr = *copied;
  return out;
}

}  // namespace sally::cedar
