#include "cedar/analysis/paths.h"

#include <utility>

namespace sally::cedar {

Paths::Paths(Terms& terms, TermTypes& types, std::span<const Rule* const> rules)
    : terms_(terms), types_(types) {
  for (const Variable variable : {Variable::kPrincipal, Variable::kResource, Variable::kContext}) {
    add_path(terms_.variable(variable));
  }
  for (const Rule* const rule : rules) {
    for (const auto& [scope, variable] : {std::pair(&rule->principal, Variable::kPrincipal),
                                          std::pair(&rule->resource, Variable::kResource)}) {
      if (scope->kind == ScopeConstraint::Kind::kAny || scope->kind == ScopeConstraint::Kind::kIs) {
        continue;
      }
      const bool equal = scope->kind == ScopeConstraint::Kind::kEq;
      visit(terms_.make({.kind = equal ? ExprKind::kEq : ExprKind::kIn,
                         .operands = {terms_.variable(variable),
                                      terms_.constant(Value::entity(scope->entity))}}));
    }
    for (const Rule::Clause& clause : rule->clauses) {
      visit(clause.term);
    }
  }
  for (auto& [path, towards] : joined_) {
    towards = root_of(path);
  }
}

const Pool& Paths::pool_of(TermId path) const {
  static const Pool kNone;
  const auto root = joined_.find(path);
  const auto found = pools_.find(root == joined_.end() ? path : root->second);
  return found == pools_.end() ? kNone : found->second;
}

const std::map<std::string, TermId>& Paths::tags_of(TermId path) const {
  static const std::map<std::string, TermId> kNone;
  const auto found = tags_.find(path);
  return found == tags_.end() ? kNone : found->second;
}

const std::set<TermId>& Paths::groups_of(TermId path) const {
  static const std::set<TermId> kNone;
  const auto found = groups_.find(path);
  return found == groups_.end() ? kNone : found->second;
}

bool Paths::is_path(TermId id) {
  const Term& term = terms_[id];
  if (term.is_constant()) {
    return false;
  }
  if (term.kind == ExprKind::kVariable) {
    return term.variable != Variable::kAction;
  }
  if (term.kind == ExprKind::kGetTag) {
    const Term& tag = terms_[term.operands[1]];
    return tag.constant && tag.constant->kind() == ValueKind::kString && is_path(term.operands[0]);
  }
  return term.kind == ExprKind::kGet && is_path(term.operands[0]);
}

void Paths::add_path(TermId path) {
  if (!paths_.insert(path).second) {
    return;
  }
  joined_.try_emplace(path, path);
  const Term& term = terms_[path];
  if (term.kind == ExprKind::kGetTag) {
    tags_[term.operands[0]].emplace(terms_[term.operands[1]].constant->as_string(), path);
  }
  if (term.kind != ExprKind::kVariable) {
    add_path(term.operands[0]);
  }
}

// Everything below a condition.
void Paths::visit(TermId root) {
  if (!seen_.insert(root).second) {
    return;
  }
  const Term& term = terms_[root];
  if (is_path(root)) {
    add_path(root);
  } else if (term.kind == ExprKind::kHas && is_path(term.operands[0])) {
    TermId at = term.operands[0];
    for (const std::string& name : term.names) {
      at = terms_.make({.kind = ExprKind::kGet, .operands = {at}, .names = {name}});
      add_path(at);
    }
  } else if (term.kind == ExprKind::kHasTag) {
    const TermId tag = terms_.make({.kind = ExprKind::kGetTag, .operands = term.operands});
    if (is_path(tag)) {
      add_path(tag);
    }
  }
  if ((term.kind == ExprKind::kIn || term.kind == ExprKind::kIsIn) && !term.is_constant()) {
    note_groups(term.operands[0], term.operands[1]);
  }
  const bool logical =
      is_one_of(term.kind, {ExprKind::kAnd, ExprKind::kOr, ExprKind::kNot, ExprKind::kIf});
  if (gives_boolean(term) && !logical) {
    relate(root);
  }
  for (const TermId operand : term.operands) {
    visit(operand);
  }
}

void Paths::note_groups(TermId member, TermId group) {
  if (!is_path(member)) {
    return;
  }
  const Term& term = terms_[group];
  if (term.constant && term.constant->kind() == ValueKind::kEntity) {
    groups_[member].insert(group);
  } else if (term.constant && term.constant->kind() == ValueKind::kSet) {
    for (const Value& element : term.constant->as_set()) {
      note_groups(member, terms_.constant(element));
    }
  } else if (!term.constant && term.kind == ExprKind::kSet) {
    for (const TermId element : term.operands) {
      note_groups(member, element);
    }
  } else if (!types_.entity_type_of(group).empty() && is_path(group)) {
    groups_[member].insert(group);
  }
}

TermId Paths::root_of(TermId path) {
  TermId root = path;
  while (joined_.at(root) != root) {
    root = joined_.at(root);
  }
  return root;
}

void Paths::relate(TermId relation) {
  std::vector<TermId> paths;
  Pool pool;
  gather(relation, paths, pool);
  if (paths.empty()) {
    return;
  }
  const TermId root = root_of(paths.front());
  for (const TermId path : paths) {
    const TermId other = root_of(path);
    if (other != root) {
      joined_[other] = root;
      Pool& all = pools_[root];
      Pool& old = pools_[other];
      all.constants.merge(old.constants);
      all.patterns.merge(old.patterns);
      all.arithmetic |= old.arithmetic;
      all.addresses |= old.addresses;
    }
  }
  Pool& all = pools_[root];
  all.constants.merge(pool.constants);
  all.patterns.merge(pool.patterns);
  all.arithmetic |= pool.arithmetic;
  all.addresses |= pool.addresses;
}

void Paths::gather(TermId id, std::vector<TermId>& paths, Pool& pool) {
  const Term& term = terms_[id];
  if (term.constant) {
    pool.constants.insert(*term.constant);
    if (term.constant->kind() == ValueKind::kSet) {
      pool.constants.insert(term.constant->as_set().begin(), term.constant->as_set().end());
    }
    return;
  }
  if (is_path(id)) {
    add_path(id);
    paths.push_back(id);
    return;
  }
  if (term.kind == ExprKind::kLike) {
    pool.patterns.insert(term.pattern);
  }
  pool.arithmetic |=
      is_one_of(term.kind, {ExprKind::kAdd, ExprKind::kSub, ExprKind::kMul, ExprKind::kNegate});
  if (term.kind == ExprKind::kCall) {
    pool.addresses |= is_one_of(term.function, {Function::kIsIpv4, Function::kIsIpv6,
                                                Function::kIsLoopback, Function::kIsMulticast});
    pool.arithmetic |= is_one_of(term.function, {Function::kOffset, Function::kDurationSince});
  }
  for (const TermId operand : term.operands) {
    gather(operand, paths, pool);
  }
}

}  // namespace sally::cedar
