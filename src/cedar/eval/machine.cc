#include "cedar/eval/machine.h"

#include <algorithm>
#include <memory>

#include "cedar/eval/functions.h"

namespace sally::cedar {
namespace {

using Kind = ValueKind;

constexpr std::string_view kHasAttributes = "entity or record";

// Both are sorted.
bool contains_all(std::span<const Cell> set, std::span<const Cell> wanted) {
  return std::includes(set.begin(), set.end(), wanted.begin(), wanted.end(),
                       [](const Cell& a, const Cell& b) { return compare(a, b) < 0; });
}

bool contains_any(std::span<const Cell> a, std::span<const Cell> b) {
  size_t i = 0;
  size_t k = 0;
  while (i < a.size() && k < b.size()) {
    const auto order = compare(a[i], b[k]);
    if (order == 0) {
      return true;
    }
    (order < 0 ? i : k) += 1;
  }
  return false;
}

}  // namespace

bool Machine::wants(const Cell& cell, ValueKind kind) {
  if (cell.kind != kind) [[unlikely]] {
    return fail({.kind = EvalErrorKind::kType, .found = cell.kind, .expected = name_of(kind)});
  }
  return true;
}

bool Machine::arithmetic(OpCode code, Cell& a, const Cell& b) {
  if (!wants(a, Kind::kLong) || !wants(b, Kind::kLong)) {
    return false;
  }
  int64_t out = 0;
  const bool overflow = code == OpCode::kAdd   ? __builtin_add_overflow(a.number, b.number, &out)
                        : code == OpCode::kSub ? __builtin_sub_overflow(a.number, b.number, &out)
                                               : __builtin_mul_overflow(a.number, b.number, &out);
  if (overflow) {
    return fail({.kind = EvalErrorKind::kOverflow,
                 .operation = code == OpCode::kAdd   ? "add"
                              : code == OpCode::kSub ? "subtract"
                                                     : "multiply",
                 .left = a.number,
                 .right = b.number});
  }
  a.number = out;
  return true;
}

// Longs, instants and durations, each with their own kind.
bool Machine::order(OpCode code, Cell& a, const Cell& b) {
  if (a.kind != Kind::kLong && a.kind != Kind::kDatetime && a.kind != Kind::kDuration) {
    return fail({.kind = EvalErrorKind::kType,
                 .found = a.kind,
                 .expected = b.kind == Kind::kDatetime || b.kind == Kind::kDuration
                                 ? name_of(b.kind)
                                 : name_of(Kind::kLong)});
  }
  if (!wants(b, a.kind)) {
    return false;
  }
  a = Cell::of_bool(code == OpCode::kLess      ? a.number < b.number
                    : code == OpCode::kLessEq  ? a.number <= b.number
                    : code == OpCode::kGreater ? a.number > b.number
                                               : a.number >= b.number);
  return true;
}

bool Machine::in(Cell& a, const Cell& b) {
  if (!wants(a, Kind::kEntity)) {
    return false;
  }
  if (b.kind == Kind::kEntity) {
    a = Cell::of_bool(store_.is_in(*a.entity, *b.entity));
    return true;
  }
  if (b.kind != Kind::kSet) {
    return fail(
        {.kind = EvalErrorKind::kType, .found = b.kind, .expected = "entity or set of entities"});
  }
  for (const Cell& element : b.as_set()) {
    if (!wants(element, Kind::kEntity)) {
      return false;
    }
  }
  const EntityName& self = *a.entity;
  const StoredEntity* stored = store_.find(self);
  const auto set = b.as_set();
  a = Cell::of_bool(std::any_of(set.begin(), set.end(), [&](const Cell& element) {
    return same_entity(self, *element.entity) ||
           (stored != nullptr && stored->is_in(*element.entity));
  }));
  return true;
}

bool Machine::set_relation(OpCode code, Cell& a, const Cell& b) {
  if (!wants(a, Kind::kSet)) {
    return false;
  }
  if (code == OpCode::kContains) {
    a = Cell::of_bool(contains(a.as_set(), b));
    return true;
  }
  if (!wants(b, Kind::kSet)) {
    return false;
  }
  a = Cell::of_bool(code == OpCode::kContainsAll ? contains_all(a.as_set(), b.as_set())
                                                 : contains_any(a.as_set(), b.as_set()));
  return true;
}

bool Machine::tag(OpCode code, Cell& a, const Cell& b) {
  if (!wants(a, Kind::kEntity) || !wants(b, Kind::kString)) {
    return false;
  }
  const StoredEntity* stored = store_.find(*a.entity);
  if (stored == nullptr && code == OpCode::kGetTag) {
    return fail({.kind = EvalErrorKind::kNoEntity, .entity = a.entity});
  }
  const Cell* found =
      stored == nullptr ? nullptr : find_field(stored->tags.as_record(), b.as_text());
  if (code == OpCode::kHasTag) {
    a = Cell::of_bool(found != nullptr);
    return true;
  }
  if (found == nullptr) {
    return fail({.kind = EvalErrorKind::kNoTag, .entity = a.entity, .name = b.as_text()});
  }
  a = *found;
  return true;
}

bool Machine::has(Cell& a, std::span<const std::string_view> path) {
  Cell at = a;
  for (const std::string_view name : path) {
    const Cell* found = nullptr;
    if (at.kind == Kind::kRecord) {
      found = find_field(at.as_record(), name);
    } else if (at.kind == Kind::kEntity) {
      const StoredEntity* stored = store_.find(*at.entity);
      found = stored == nullptr ? nullptr : find_field(stored->attributes.as_record(), name);
    } else {
      return fail({.kind = EvalErrorKind::kType, .found = at.kind, .expected = kHasAttributes});
    }
    if (found == nullptr) {
      a = Cell::of_bool(false);
      return true;
    }
    at = *found;
  }
  a = Cell::of_bool(true);
  return true;
}

bool Machine::get(Cell& a, std::string_view name) {
  const Cell* found = nullptr;
  if (a.kind == Kind::kRecord) {
    found = find_field(a.as_record(), name);
    if (found == nullptr) {
      return fail({.kind = EvalErrorKind::kNoAttribute, .name = name});
    }
  } else if (a.kind == Kind::kEntity) {
    const StoredEntity* stored = store_.find(*a.entity);
    if (stored == nullptr) {
      return fail({.kind = EvalErrorKind::kNoEntity, .entity = a.entity});
    }
    found = find_field(stored->attributes.as_record(), name);
    if (found == nullptr) {
      return fail({.kind = EvalErrorKind::kNoAttribute, .entity = a.entity, .name = name});
    }
  } else {
    return fail({.kind = EvalErrorKind::kType, .found = a.kind, .expected = kHasAttributes});
  }
  a = *found;
  return true;
}

bool Machine::make_set(std::span<Cell> elements, Cell& out) {
  const size_t count = sort_set(elements);
  Cell* cells = arena_.allocate<Cell>(count);
  if (cells == nullptr) {
    return fail({.kind = EvalErrorKind::kMemory});
  }
  std::uninitialized_copy_n(elements.begin(), count, cells);
  out = Cell::of_set({cells, count});
  return true;
}

bool Machine::make_record(std::span<const ShapeField> shape, const Cell* operands, Cell& out) {
  auto* fields = arena_.allocate<CellField>(shape.size());
  if (fields == nullptr) {
    return fail({.kind = EvalErrorKind::kMemory});
  }
  for (size_t i = 0; i < shape.size(); ++i) {
    std::construct_at(fields + i, CellField{shape[i].name, operands[shape[i].operand]});
  }
  out = Cell::of_record({fields, shape.size()});
  return true;
}

Outcome Machine::run(uint32_t begin) {
  Cell* next = stack_.data();  // the first free cell; the top of the stack is before it
  const Op* const ops = program_.ops.data();
  for (const Op* op = ops + begin;; ++op) {
    bool ok = true;
    switch (op->code) {
      case OpCode::kConstant:
        *next++ = program_.constants[op->a];
        break;
      case OpCode::kVariable:
        *next++ = variables_[op->a];
        break;
      case OpCode::kNot:
        ok = wants(next[-1], Kind::kBool);
        if (ok) {
          next[-1].number ^= 1;
        }
        break;
      case OpCode::kNegate:
        ok = wants(next[-1], Kind::kLong);
        if (ok && __builtin_sub_overflow(int64_t{0}, next[-1].number, &next[-1].number)) {
          ok = fail({.kind = EvalErrorKind::kNegation, .left = INT64_MIN});
        }
        break;
      case OpCode::kJumpIfFalse:
      case OpCode::kJumpIfTrue:
        ok = wants(next[-1], Kind::kBool);
        if (ok && (next[-1].number != 0) == (op->code == OpCode::kJumpIfTrue)) {
          op = ops + op->a - 1;
        } else {
          --next;
        }
        break;
      case OpCode::kBool:
        ok = wants(next[-1], Kind::kBool);
        break;
      case OpCode::kBranch:
        --next;
        ok = wants(*next, Kind::kBool);
        if (ok && next->number == 0) {
          op = ops + op->a - 1;
        }
        break;
      case OpCode::kJump:
        op = ops + op->a - 1;
        break;
      case OpCode::kAdd:
      case OpCode::kSub:
      case OpCode::kMul:
        --next;
        ok = arithmetic(op->code, next[-1], *next);
        break;
      case OpCode::kEq:
      case OpCode::kNotEq:
        --next;
        next[-1] = Cell::of_bool(same_value(next[-1], *next) == (op->code == OpCode::kEq));
        break;
      case OpCode::kLess:
      case OpCode::kLessEq:
      case OpCode::kGreater:
      case OpCode::kGreaterEq:
        --next;
        ok = order(op->code, next[-1], *next);
        break;
      case OpCode::kIn:
        --next;
        ok = in(next[-1], *next);
        break;
      case OpCode::kContains:
      case OpCode::kContainsAll:
      case OpCode::kContainsAny:
        --next;
        ok = set_relation(op->code, next[-1], *next);
        break;
      case OpCode::kHasTag:
      case OpCode::kGetTag:
        --next;
        ok = tag(op->code, next[-1], *next);
        break;
      case OpCode::kIsEmpty:
        ok = wants(next[-1], Kind::kSet);
        if (ok) {
          next[-1] = Cell::of_bool(next[-1].size == 0);
        }
        break;
      case OpCode::kIs:
      case OpCode::kJumpUnless: {
        ok = wants(next[-1], Kind::kEntity);
        if (!ok) {
          break;
        }
        const TypeName& type = program_.types[op->a];
        const EntityName& entity = *next[-1].entity;
        const bool is = entity.type_hash == type.hash && entity.type == type.name;
        if (op->code == OpCode::kIs || !is) {
          next[-1] = Cell::of_bool(is);
        }
        if (op->code == OpCode::kJumpUnless && !is) {
          op = ops + op->b - 1;
        }
        break;
      }
      case OpCode::kHas:
        ok = has(next[-1], {program_.names.data() + op->a, op->b});
        break;
      case OpCode::kGet:
        ok = get(next[-1], program_.names[op->a]);
        break;
      case OpCode::kLike:
        ok = wants(next[-1], Kind::kString);
        if (ok) {
          next[-1] = Cell::of_bool(program_.patterns[op->a].matches(next[-1].as_text()));
        }
        break;
      case OpCode::kSet: {
        Cell out;
        next -= op->a;
        ok = make_set({next, op->a}, out);
        *next++ = out;
        break;
      }
      case OpCode::kRecord: {
        Cell out;
        next -= op->b;
        ok = make_record({program_.shapes.data() + op->a, op->b}, next, out);
        *next++ = out;
        break;
      }
      case OpCode::kCall: {
        Cell out;
        next -= op->a;
        ok = call(static_cast<Function>(op->b), {next, op->a}, arena_, out, error_);
        *next++ = out;
        break;
      }
      case OpCode::kRequire:
        --next;
        ok = wants(*next, Kind::kBool);
        if (ok && next->number != op->a) {
          return Outcome::kDoesNotApply;
        }
        break;
      case OpCode::kEnd:
        return Outcome::kApplies;
      case OpCode::kTell:
        (*told_)[op->a] = next[-1];
        break;
    }
    if (!ok) [[unlikely]] {
      failed_at_ = static_cast<uint32_t>(op - ops);
      return Outcome::kError;
    }
  }
}

}  // namespace sally::cedar
