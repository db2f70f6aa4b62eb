// The syntax tree of Cedar 4.5: what the text parser and the JSON reader give, and every later
// stage reads. Nothing here evaluates or checks types.
//
// The expressions of one policy live in its Body, addressed by ExprId, so that copying or
// destroying a policy never recurses. A child is always added before its parent: ids of operands
// are smaller, and a table with one entry an ExprId, filled in order, needs no recursion at all.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cedar/entity_uid.h"
#include "cedar/syntax/functions.h"
#include "cedar/syntax/span.h"

namespace sally::cedar {

// No expression is higher than this (a literal has height 1), so a stage may recurse that deep.
// Chains of one operator (`a && b && c`, `a + b + c`) are one node and count once.
inline constexpr uint32_t kMaxExprHeight = 256;
// No policy has more expressions, operands or names than this.
inline constexpr uint32_t kMaxExprCount = 1U << 20;

using ExprId = uint32_t;

// Operands are evaluated from the left. [n] is how many there are.
enum class ExprKind : uint8_t {
  kBool,       // [0] boolean(): a literal
  kLong,       // [0] number()
  kString,     // [0] text()
  kEntity,     // [0] entity()
  kVariable,   // [0] variable()
  kNot,        // [1]
  kNegate,     // [1] checked; a negative literal is a kLong
  kAnd,        // [2 and more] folded from the left, as all five that follow
  kOr,         // [2 and more]
  kAdd,        // [2 and more]
  kSub,        // [2 and more] `a - b - c`
  kMul,        // [2 and more]
  kIf,         // [3] condition, then, else
  kEq,         // [2]
  kNotEq,      // [2]
  kLess,       // [2]
  kLessEq,     // [2]
  kGreater,    // [2] `a > b`; evaluates a first
  kGreaterEq,  // [2]
  kIn,         // [2]
  kIs,         // [1] text(): the entity type
  kIsIn,       // [2] `a is T in b`: text(): the entity type; false without evaluating b where not T
  kHas,        // [1] names(): a path of one or more; `x has a.b` is `x has a && x.a has b`, with x
               //     evaluated once
  kGet,        // [1] text(): `x.name` or `x["name"]`
  kLike,       // [1] pattern()
  kSet,        // [any] the elements as they were written
  kRecord,     // [any] names(): one for each operand, no two the same, as they were written
  kContains,   // [2]
  kContainsAll,  // [2]
  kContainsAny,  // [2]
  kIsEmpty,      // [1]
  kHasTag,       // [2]
  kGetTag,       // [2]
  kCall,         // [any] function(); a wrong number of arguments is an error of evaluation
};

enum class Variable : uint8_t { kPrincipal, kAction, kResource, kContext };
[[nodiscard]] std::string_view name_of(Variable variable);

// Of `like`: code points that stand for themselves, and the wildcard.
inline constexpr char32_t kWildcard = 0xFFFFFFFF;
using Pattern = std::u32string;

// The expressions of a policy.
class Body {
 public:
  [[nodiscard]] uint32_t size() const { return static_cast<uint32_t>(nodes_.size()); }
  [[nodiscard]] ExprKind kind(ExprId id) const { return node(id).kind; }
  [[nodiscard]] Span span(ExprId id) const { return node(id).span; }
  // 1 and the height of the highest operand; at most kMaxExprHeight.
  [[nodiscard]] uint32_t height(ExprId id) const { return node(id).height; }
  [[nodiscard]] std::span<const ExprId> operands(ExprId id) const;
  [[nodiscard]] ExprId operand(ExprId id, size_t index) const;

  // What a kind says it has; aborts for others.
  [[nodiscard]] bool boolean(ExprId id) const;
  [[nodiscard]] int64_t number(ExprId id) const;
  [[nodiscard]] const std::string& text(ExprId id) const;
  [[nodiscard]] std::span<const std::string> names(ExprId id) const;
  [[nodiscard]] const EntityUid& entity(ExprId id) const;
  [[nodiscard]] const Pattern& pattern(ExprId id) const;
  [[nodiscard]] Variable variable(ExprId id) const;
  [[nodiscard]] Function function(ExprId id) const;

  // Building. Operands are ids of this body, as many as the kind wants. nullopt where a limit above
  // would be passed. kAnd, kOr, kAdd, kSub and kMul take over the operands of a first operand of
  // the same kind, so that a chain is one node however it was written.
  std::optional<ExprId> add(ExprKind kind, Span span, std::span<const ExprId> operands,
                            std::span<const std::string> names = {});
  std::optional<ExprId> add_call(Function function, Span span, std::span<const ExprId> operands);
  std::optional<ExprId> add_like(Span span, ExprId operand, Pattern pattern);
  std::optional<ExprId> add_bool(Span span, bool value);
  std::optional<ExprId> add_long(Span span, int64_t value);
  std::optional<ExprId> add_string(Span span, std::string value);
  std::optional<ExprId> add_entity(Span span, EntityUid value);
  std::optional<ExprId> add_variable(Span span, Variable value);

 private:
  struct Node {
    ExprKind kind = ExprKind::kBool;
    uint32_t height = 1;
    Span span;
    uint32_t first_operand = 0;
    uint32_t operand_count = 0;
    uint32_t first_name = 0;
    uint32_t name_count = 0;
    int64_t value = 0;  // the literal, or an index, or an enumerator: by kind
  };
  [[nodiscard]] const Node& node(ExprId id) const;
  [[nodiscard]] const Node& node(ExprId id, ExprKind kind) const;
  std::optional<ExprId> push(ExprKind kind, Span span, int64_t value,
                             std::span<const ExprId> operands = {},
                             std::span<const std::string> names = {});

  std::vector<Node> nodes_;
  std::vector<ExprId> operands_;
  std::vector<std::string> names_;
  std::vector<EntityUid> entities_;
  std::vector<Pattern> patterns_;
};

// Whether two expressions are the same but for spans.
[[nodiscard]] bool same_expression(const Body& a, ExprId id_a, const Body& b, ExprId id_b);

enum class Effect : uint8_t { kPermit, kForbid };

struct Annotation {
  std::string name;
  std::optional<std::string> value;  // none: `@name`, which reads as an empty value
  Span span;
};

// What the head of a policy asks of principal or resource.
struct ScopeConstraint {
  enum class Kind : uint8_t { kAny, kEq, kIn, kIs, kIsIn };
  Kind kind = Kind::kAny;
  bool slot = false;  // kEq, kIn, kIsIn: the entity is `?principal` or `?resource`
  EntityUid entity;   // kEq, kIn, kIsIn without a slot
  std::string type;   // kIs, kIsIn
  Span span;          // of the whole constraint, the variable included
  Span entity_span;
  Span type_span;
};

struct ActionConstraint {
  enum class Kind : uint8_t { kAny, kEq, kIn, kInList };
  Kind kind = Kind::kAny;
  std::vector<EntityUid> entities;  // kEq, kIn: one; kInList: any number
  std::vector<Span> entity_spans;   // one for each entity
  Span span;
};

struct Condition {
  enum class Kind : uint8_t { kWhen, kUnless };
  Kind kind = Kind::kWhen;
  ExprId expr = 0;
  Span span;
};

// A static policy, or, where a slot stands in its scope, a template.
struct Policy {
  std::string id;
  std::vector<Annotation> annotations;  // no two of the same name, as they were written
  Effect effect = Effect::kPermit;
  ScopeConstraint principal;
  ActionConstraint action;
  ScopeConstraint resource;
  std::vector<Condition> conditions;
  Body body;
  Span span;
  std::shared_ptr<const Source> source;  // what the spans count in; null where there is none

  [[nodiscard]] bool is_template() const { return principal.slot || resource.slot; }
  // The annotation of this name; nullptr where there is none.
  [[nodiscard]] const Annotation* annotation(std::string_view name) const;
};

// Whether two policies are the same but for ids, spans and source.
[[nodiscard]] bool same_policy(const Policy& a, const Policy& b);

}  // namespace sally::cedar
