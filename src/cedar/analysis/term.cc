#include "cedar/analysis/term.h"

#include <algorithm>

#include "cedar/validate/signature.h"

namespace sally::cedar {
namespace {

void append_number(std::string& key, uint64_t number) {
  for (int shift = 0; shift < 32; shift += 8) {
    key += static_cast<char>(number >> shift & 0xFF);
  }
}

// Equal exactly for terms that are the same.
std::string key_of(const Term& term) {
  std::string key;
  key += static_cast<char>(term.kind);
  key += static_cast<char>(term.variable);
  key += static_cast<char>(term.function);
  append_number(key, term.operands.size());
  for (const TermId operand : term.operands) {
    append_number(key, operand);
  }
  for (const std::string& name : term.names) {
    append_number(key, name.size());
    key += name;
  }
  append_number(key, term.pattern.size());
  for (const char32_t code : term.pattern) {
    append_number(key, code);
  }
  return key;
}

template <typename T, typename Make>
std::optional<Value> value_of(const Parsed<T>& parsed, Make make) {
  return parsed.ok() ? std::optional(make(*parsed)) : std::nullopt;
}

std::optional<Value> construct(Function function, const Value& argument) {
  if (argument.kind() != ValueKind::kString) {
    return std::nullopt;
  }
  const std::string& text = argument.as_string();
  if (function == Function::kDecimal) {
    return value_of(Decimal::parse(text), Value::decimal);
  }
  if (function == Function::kIp) {
    return value_of(IpRange::parse(text), Value::ip);
  }
  if (function == Function::kDatetime) {
    return value_of(Datetime::parse(text), Value::datetime);
  }
  return function == Function::kDuration ? value_of(Duration::parse(text), Value::duration)
                                         : std::nullopt;
}

std::optional<Value> arithmetic(ExprKind kind, const std::vector<Value>& values) {
  if (!std::ranges::all_of(values,
                           [](const Value& value) { return value.kind() == ValueKind::kLong; })) {
    return std::nullopt;
  }
  int64_t out = values.front().as_long();
  if (kind == ExprKind::kNegate) {
    return __builtin_sub_overflow(int64_t{0}, out, &out) ? std::nullopt
                                                         : std::optional(Value::number(out));
  }
  for (size_t i = 1; i < values.size(); ++i) {
    const int64_t next = values[i].as_long();
    const bool overflow = kind == ExprKind::kAdd   ? __builtin_add_overflow(out, next, &out)
                          : kind == ExprKind::kSub ? __builtin_sub_overflow(out, next, &out)
                                                   : __builtin_mul_overflow(out, next, &out);
    if (overflow) {
      return std::nullopt;
    }
  }
  return Value::number(out);
}

Value record_of(const std::vector<std::string>& names, const std::vector<Value>& values) {
  std::vector<Field> fields;
  for (size_t i = 0; i < names.size(); ++i) {
    fields.push_back({names[i], values[i]});
  }
  return Value::record(std::move(fields));
}

// Whether the kind gives a boolean of its own, rather than one that lies somewhere.
bool is_condition(ExprKind kind) {
  return !is_one_of(kind, {ExprKind::kBool, ExprKind::kLong, ExprKind::kString, ExprKind::kEntity,
                           ExprKind::kVariable, ExprKind::kNegate, ExprKind::kAdd, ExprKind::kSub,
                           ExprKind::kMul, ExprKind::kIf, ExprKind::kGet, ExprKind::kSet,
                           ExprKind::kRecord, ExprKind::kGetTag, ExprKind::kCall});
}

}  // namespace

std::vector<TermId> Terms::add(const Body& body) {
  std::vector<TermId> out;
  out.reserve(body.size());
  for (ExprId id = 0; id < body.size(); ++id) {
    out.push_back(term_of(body, id, out));
  }
  return out;
}

TermId Terms::constant(const Value& value) {
  const auto [found, added] = constants_.try_emplace(value, static_cast<TermId>(terms_.size()));
  if (added) {
    Term& term = terms_.emplace_back();
    term.constant = value;
  }
  return found->second;
}

TermId Terms::variable(Variable which) {
  return make({.kind = ExprKind::kVariable, .variable = which});
}

TermId Terms::make(Term term) {
  if (auto value = fold(term)) {
    return constant(*value);
  }
  const auto [found, added] = known_.try_emplace(key_of(term), static_cast<TermId>(terms_.size()));
  if (added) {
    terms_.push_back(std::move(term));
  }
  return found->second;
}

TermId Terms::term_of(const Body& body, ExprId id, const std::vector<TermId>& before) {
  Term term{.kind = body.kind(id)};
  for (const ExprId operand : body.operands(id)) {
    term.operands.push_back(before[operand]);
  }
  if (term.kind == ExprKind::kBool) {
    return constant(Value::boolean(body.boolean(id)));
  }
  if (term.kind == ExprKind::kLong) {
    return constant(Value::number(body.number(id)));
  }
  if (term.kind == ExprKind::kString) {
    return constant(Value::string(body.text(id)));
  }
  if (term.kind == ExprKind::kEntity) {
    return constant(Value::entity(body.entity(id)));
  }
  if (term.kind == ExprKind::kVariable) {
    return variable(body.variable(id));
  }
  if (is_one_of(term.kind, {ExprKind::kIs, ExprKind::kIsIn, ExprKind::kGet, ExprKind::kHas,
                            ExprKind::kRecord})) {
    term.names.assign(body.names(id).begin(), body.names(id).end());
  } else if (term.kind == ExprKind::kLike) {
    term.pattern = body.pattern(id);
  } else if (term.kind == ExprKind::kCall) {
    term.function = body.function(id);
  }
  return make(std::move(term));
}

std::optional<Value> Terms::fold(const Term& term) const {
  if (term.kind == ExprKind::kVariable) {
    return std::nullopt;
  }
  std::vector<Value> values;
  for (const TermId operand : term.operands) {
    if (!terms_[operand].constant) {
      return std::nullopt;
    }
    values.push_back(*terms_[operand].constant);
  }
  if (term.kind == ExprKind::kSet) {
    return Value::set(std::move(values));
  }
  if (term.kind == ExprKind::kRecord) {
    return record_of(term.names, values);
  }
  if (term.kind == ExprKind::kCall) {
    return values.size() == 1 ? construct(term.function, values.front()) : std::nullopt;
  }
  const bool computes =
      is_one_of(term.kind, {ExprKind::kNegate, ExprKind::kAdd, ExprKind::kSub, ExprKind::kMul});
  return computes ? arithmetic(term.kind, values) : std::nullopt;
}

bool gives_boolean(const Term& term) {
  return !term.is_constant() &&
         (is_condition(term.kind) ||
          (term.kind == ExprKind::kCall && signature_of(term.function).result.is_bool()));
}

std::optional<int64_t> number_of(const Value& value) {
  if (value.kind() == ValueKind::kLong) {
    return value.as_long();
  }
  if (value.kind() == ValueKind::kDecimal) {
    return value.as_decimal().ten_thousandths;
  }
  if (value.kind() == ValueKind::kDatetime) {
    return value.as_datetime().milliseconds;
  }
  return value.kind() == ValueKind::kDuration ? std::optional(value.as_duration().milliseconds)
                                              : std::nullopt;
}

}  // namespace sally::cedar
