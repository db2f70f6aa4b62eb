#include "cedar/analysis/predicate.h"

#include <algorithm>

#include "cedar/syntax/escape.h"

namespace sally::cedar {
namespace {

using Kind = Predicate::Kind;

// Whether one is the beginning of the other, as far as they have no wildcard.
template <typename A, typename B>
bool starts_agree(A a, A a_end, B b, B b_end) {
  for (; a != a_end && b != b_end; ++a, ++b) {
    if (*a == kWildcard || *b == kWildcard) {
      return true;
    }
    if (*a != *b) {
      return false;
    }
  }
  // One ended: a text that is whole cannot go on.
  const bool a_fits = a == a_end || *a == kWildcard;
  const bool b_fits = b == b_end || *b == kWildcard;
  return a_fits && b_fits;
}

ValueKind kind_asked(Kind kind) {
  switch (kind) {
    case Kind::kLike:
      return ValueKind::kString;
    case Kind::kIn:
      return ValueKind::kEntity;
    case Kind::kContains:
    case Kind::kEmpty:
      return ValueKind::kSet;
    case Kind::kInRange:
    case Kind::kIpv4:
    case Kind::kLoopback:
    case Kind::kMulticast:
      return ValueKind::kIp;
  }
  return ValueKind::kBool;
}

std::optional<bool> is_in(const EntityUid& member, const EntityUid& group, const Schema& schema) {
  if (member == group) {
    return true;
  }
  if (const Action* const action = schema.find_action(member)) {
    return std::ranges::binary_search(action->ancestors, group);
  }
  const auto equal = in_means_equal(schema, member.type, group.type);
  return !equal || *equal ? std::optional(false) : std::nullopt;
}

}  // namespace

std::optional<bool> in_means_equal(const Schema& schema, std::string_view member,
                                   std::string_view group) {
  const EntityType* const type = schema.find_entity_type(member);
  if (type == nullptr) {
    return schema.may_be_in(member, group) ? std::optional(false) : std::nullopt;
  }
  if (type->may_be_in(group)) {
    return false;
  }
  return member == group ? std::optional(true) : std::nullopt;
}

bool pattern_covers(const Pattern& general, const Pattern& special) {
  size_t g = 0;
  size_t s = 0;
  std::optional<size_t> star;  // the last wildcard of `general`
  size_t star_took = 0;        // where in `special` what it takes ends
  while (s < special.size()) {
    if (g < general.size() && general[g] == kWildcard) {
      star = g++;
      star_took = s;
    } else if (g < general.size() && general[g] == special[s]) {
      ++g;
      ++s;
    } else if (star) {
      g = *star + 1;
      s = ++star_took;
    } else {
      return false;
    }
  }
  return std::all_of(general.begin() + static_cast<std::ptrdiff_t>(g), general.end(),
                     [](char32_t code) { return code == kWildcard; });
}

bool patterns_clash(const Pattern& a, const Pattern& b) {
  return !starts_agree(a.begin(), a.end(), b.begin(), b.end()) ||
         !starts_agree(a.rbegin(), a.rend(), b.rbegin(), b.rend());
}

bool implies(const Predicate& a, const Predicate& b) {
  if (a == b) {
    return true;
  }
  if (a.kind == Kind::kLike && b.kind == Kind::kLike) {
    return pattern_covers(b.pattern, a.pattern);
  }
  if (a.kind == Kind::kInRange && b.kind == Kind::kInRange) {
    return a.operand->as_ip().is_in_range(b.operand->as_ip());
  }
  if (a.kind == Kind::kInRange && b.kind == Kind::kIpv4) {
    return a.operand->as_ip().is_v4();
  }
  if (a.kind == Kind::kInRange && b.kind == Kind::kLoopback) {
    return a.operand->as_ip().is_loopback();
  }
  if (a.kind == Kind::kInRange && b.kind == Kind::kMulticast) {
    return a.operand->as_ip().is_multicast();
  }
  return false;
}

bool exclude_each_other(const Predicate& a, const Predicate& b) {
  if (a.kind == Kind::kLike && b.kind == Kind::kLike) {
    return patterns_clash(a.pattern, b.pattern);
  }
  if (a.kind == Kind::kInRange && b.kind == Kind::kInRange) {
    const IpRange& one = a.operand->as_ip();
    const IpRange& other = b.operand->as_ip();
    return !one.is_in_range(other) && !other.is_in_range(one);
  }
  if (a.kind == Kind::kInRange && b.kind == Kind::kIpv4) {
    return !a.operand->as_ip().is_v4();
  }
  if (a.kind == Kind::kIpv4 && b.kind == Kind::kInRange) {
    return exclude_each_other(b, a);
  }
  return (a.kind == Kind::kContains && b.kind == Kind::kEmpty) ||
         (a.kind == Kind::kEmpty && b.kind == Kind::kContains);
}

std::optional<bool> holds_of(const Predicate& predicate, const Value& value, const Schema& schema) {
  if (value.kind() != kind_asked(predicate.kind)) {
    return std::nullopt;
  }
  switch (predicate.kind) {
    case Kind::kLike:
      return pattern_covers(predicate.pattern, code_points(value.as_string()));
    case Kind::kIn:
      return is_in(value.as_entity(), predicate.operand->as_entity(), schema);
    case Kind::kContains:
      return std::ranges::binary_search(value.as_set(), *predicate.operand);
    case Kind::kEmpty:
      return value.as_set().empty();
    case Kind::kInRange:
      return value.as_ip().is_in_range(predicate.operand->as_ip());
    case Kind::kIpv4:
      return value.as_ip().is_v4();
    case Kind::kLoopback:
      return value.as_ip().is_loopback();
    case Kind::kMulticast:
      return value.as_ip().is_multicast();
  }
  return std::nullopt;
}

}  // namespace sally::cedar
