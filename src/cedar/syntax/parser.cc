#include "cedar/syntax/parser.h"

#include <fmt/format.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "cedar/names.h"
#include "cedar/syntax/cursor.h"
#include "cedar/syntax/expression_parser.h"

namespace sally::cedar {
namespace {

constexpr const char* kScopeRule =
    "the scope is `principal`, `action` and `resource`, in that order";

// Reads one policy at the cursor. A function that returns bool returns false where the grammar was
// violated; the problem is in the cursor then.
class PolicyParser {
 public:
  explicit PolicyParser(Cursor& cursor) : cursor_(cursor), expressions_(cursor, policy_.body) {}

  std::optional<Policy> parse() {
    const uint32_t begin = cursor_.peek().span.begin;
    if (!parse_annotations() || !parse_effect() || !parse_scope() || !parse_conditions() ||
        !cursor_.expect(TokenKind::kSemicolon, "`;`")) {
      return std::nullopt;
    }
    policy_.span = cursor_.span_from(begin);
    return std::move(policy_);
  }

 private:
  bool parse_annotations() {
    while (cursor_.at(TokenKind::kAt)) {
      const uint32_t begin = cursor_.take().span.begin;
      const Token name = cursor_.peek();
      if (!cursor_.expect(TokenKind::kIdentifier, "the name of an annotation")) {
        return false;
      }
      Annotation added{.name = std::string(cursor_.text(name)), .value = {}, .span = {}};
      if (cursor_.accept(TokenKind::kOpenParen)) {
        const Token value = cursor_.peek();
        if (!cursor_.expect(TokenKind::kString, "the value of the annotation in double quotes") ||
            !cursor_.expect(TokenKind::kCloseParen, "`)`")) {
          return false;
        }
        added.value = cursor_.string_value(value).value_or(std::string());
      }
      added.span = cursor_.span_from(begin);
      if (policy_.annotation(added.name) != nullptr) {
        cursor_.fail(name.span, fmt::format("a second annotation `@{}`", printable(added.name)));
      }
      policy_.annotations.push_back(std::move(added));
    }
    return true;
  }

  bool parse_effect() {
    if (cursor_.accept_word("permit")) {
      policy_.effect = Effect::kPermit;
    } else if (cursor_.accept_word("forbid")) {
      policy_.effect = Effect::kForbid;
    } else {
      return cursor_.fail_expected("`permit` or `forbid`");
    }
    return true;
  }

  bool parse_scope() {
    if (!cursor_.expect(TokenKind::kOpenParen, "`(`") || !parse_variable("principal") ||
        !parse_place(policy_.principal, "?principal") || !parse_comma() ||
        !parse_variable("action") || !parse_action() || !parse_comma() ||
        !parse_variable("resource") || !parse_place(policy_.resource, "?resource")) {
      return false;
    }
    cursor_.accept(TokenKind::kComma);
    return cursor_.accept(TokenKind::kCloseParen) || cursor_.fail_expected("`)`", kScopeRule);
  }

  bool parse_variable(std::string_view name) {
    scope_begin_ = cursor_.peek().span.begin;
    return cursor_.accept_word(name) ||
           cursor_.fail_expected(fmt::format("`{}`", name), kScopeRule);
  }

  bool parse_comma() {
    return cursor_.accept(TokenKind::kComma) || cursor_.fail_expected("`,`", kScopeRule);
  }

  // What is asked of principal or resource, behind its name.
  bool parse_place(ScopeConstraint& out, std::string_view slot) {
    using Kind = ScopeConstraint::Kind;
    if (cursor_.accept(TokenKind::kEq)) {
      out.kind = Kind::kEq;
    } else if (cursor_.accept_word("in")) {
      out.kind = Kind::kIn;
    } else if (cursor_.accept_word("is")) {
      const uint32_t begin = cursor_.peek().span.begin;
      auto type = expressions_.parse_type_name();
      if (!type) {
        return false;
      }
      out.type = *std::move(type);
      out.type_span = cursor_.span_from(begin);
      out.kind = cursor_.accept_word("in") ? Kind::kIsIn : Kind::kIs;
    } else if (!at_end_of_constraint()) {
      return false;
    }
    const bool has_entity = out.kind != Kind::kAny && out.kind != Kind::kIs;
    if (has_entity && !parse_entity_or_slot(out, slot)) {
      return false;
    }
    if (cursor_.at_word("is")) {
      return cursor_.fail_expected("`,`",
                                   "with `in`, `is` comes first: `principal is User in ...`");
    }
    out.span = cursor_.span_from(scope_begin_);
    return at_end_of_constraint();
  }

  bool parse_action() {
    using Kind = ActionConstraint::Kind;
    ActionConstraint& out = policy_.action;
    if (cursor_.accept(TokenKind::kEq)) {
      out.kind = Kind::kEq;
    } else if (cursor_.accept_word("in")) {
      out.kind = Kind::kIn;
    } else if (cursor_.at_word("is")) {
      return cursor_.fail_expected("`==`, `in` or `,`", "`action is ...` may stand in a condition");
    } else if (!at_end_of_constraint()) {
      return false;
    }
    if (out.kind != Kind::kAny) {
      const uint32_t opened = open_parens();
      const bool is_list = out.kind == Kind::kIn && cursor_.accept(TokenKind::kOpenBracket);
      if (is_list) {
        out.kind = Kind::kInList;
      }
      if (!(is_list ? parse_action_list() : parse_one_action()) || !close_parens(opened)) {
        return false;
      }
    }
    out.span = cursor_.span_from(scope_begin_);
    return at_end_of_constraint();
  }

  bool parse_action_list() {
    while (!cursor_.accept(TokenKind::kCloseBracket)) {
      if (!parse_one_action()) {
        return false;
      }
      if (!cursor_.accept(TokenKind::kComma) && !cursor_.at(TokenKind::kCloseBracket)) {
        return cursor_.fail_expected("`,` or `]`");
      }
    }
    return true;
  }

  bool parse_one_action() {
    auto entity = parse_entity();
    if (!entity) {
      return false;
    }
    if (!is_action_type(entity->uid.type)) {
      cursor_.fail(entity->span,
                   fmt::format("`{}` is no type of actions", printable(entity->uid.type)),
                   "actions are of type `Action`, in any namespace");
    }
    policy_.action.entities.push_back(std::move(entity->uid));
    policy_.action.entity_spans.push_back(entity->span);
    return true;
  }

  bool parse_entity_or_slot(ScopeConstraint& out, std::string_view slot) {
    const uint32_t opened = open_parens();
    if (!cursor_.at(TokenKind::kSlot)) {
      auto entity = parse_entity();
      if (!entity) {
        return false;
      }
      out.entity = std::move(entity->uid);
      out.entity_span = entity->span;
      return close_parens(opened);
    }
    const Token token = cursor_.take();
    out.slot = true;
    out.entity_span = token.span;
    if (cursor_.text(token) != slot) {
      cursor_.fail(token.span, fmt::format("expected an entity or `{}`, found `{}`", slot,
                                           printable(cursor_.text(token))));
    }
    return close_parens(opened);
  }

  struct Entity {
    EntityUid uid;
    Span span;
  };
  // `Type::"id"`, in parentheses or not.
  std::optional<Entity> parse_entity() {
    const uint32_t opened = open_parens();
    if (!cursor_.at(TokenKind::kIdentifier)) {
      cursor_.fail_expected("an entity", cursor_.at(TokenKind::kString)
                                             ? "an entity has a type: `Type::\"id\"`"
                                             : "an entity is `Type::\"id\"`");
      return std::nullopt;
    }
    auto type = expressions_.parse_path();
    if (!type) {
      return std::nullopt;
    }
    if (!cursor_.at(TokenKind::kPathSeparator)) {
      cursor_.fail(type->span, fmt::format("expected an entity, found `{}`", printable(type->name)),
                   "an entity is `Type::\"id\"`; `is` asks for a type");
      return std::nullopt;
    }
    auto uid = expressions_.parse_entity_id(std::move(type->name));
    if (!uid) {
      return std::nullopt;
    }
    Entity out{*std::move(uid), cursor_.span_from(type->span.begin)};
    return close_parens(opened) ? std::optional(std::move(out)) : std::nullopt;
  }

  uint32_t open_parens() {
    uint32_t count = 0;
    while (cursor_.accept(TokenKind::kOpenParen)) {
      ++count;
    }
    return count;
  }

  bool close_parens(uint32_t count) {
    for (; count > 0; --count) {
      if (!cursor_.expect(TokenKind::kCloseParen, "`)`")) {
        return false;
      }
    }
    return true;
  }

  bool at_end_of_constraint() {
    if (cursor_.at(TokenKind::kComma) || cursor_.at(TokenKind::kCloseParen)) {
      return true;
    }
    std::string help = "the scope knows `==`, `in` and `is`; more goes into `when { ... }`";
    if (cursor_.at(TokenKind::kAssign)) {
      help = "did you mean `==`?";
    } else if (cursor_.at(TokenKind::kColon)) {
      help = "a type is asked for with `is`";
    }
    return cursor_.fail_expected("`,` or `)`", std::move(help));
  }

  bool parse_conditions() {
    while (!cursor_.at(TokenKind::kSemicolon)) {
      Condition added;
      const uint32_t begin = cursor_.peek().span.begin;
      if (cursor_.accept_word("when")) {
        added.kind = Condition::Kind::kWhen;
      } else if (cursor_.accept_word("unless")) {
        added.kind = Condition::Kind::kUnless;
      } else {
        return cursor_.fail_expected("`when`, `unless` or `;`");
      }
      if (!cursor_.expect(TokenKind::kOpenBrace, "`{`")) {
        return false;
      }
      const auto expression = expressions_.parse();
      if (!expression || !cursor_.expect(TokenKind::kCloseBrace, "`}`")) {
        return false;
      }
      added.expr = *expression;
      added.span = cursor_.span_from(begin);
      policy_.conditions.push_back(added);
    }
    return true;
  }

  Cursor& cursor_;
  Policy policy_;
  ExpressionParser expressions_;
  uint32_t scope_begin_ = 0;  // of the variable whose constraint is read
};

// Tokens, then all policies; the callback takes each.
std::vector<Problem> parse_each(std::string_view text, const ParseLimits& limits,
                                const std::function<void(Policy)>& take) {
  const auto tokens = tokenize(text, limits.bytes);
  if (!tokens.ok()) {
    return tokens.problems();
  }
  Cursor cursor(text, *tokens);
  while (!cursor.at_end() && cursor.problems().size() < limits.problems) {
    if (auto policy = PolicyParser(cursor).parse()) {
      take(*std::move(policy));
      continue;
    }
    while (!cursor.at_end() && !cursor.accept(TokenKind::kSemicolon)) {
      cursor.take();
    }
  }
  return cursor.take_problems();
}

ParseResult<Policy> parse_one(std::string_view text, const ParseLimits& limits,
                              bool wants_template) {
  const auto source = std::make_shared<const Source>(Source{"<text>", std::string(text)});
  std::vector<Policy> read;
  auto problems =
      parse_each(source->text, limits, [&](Policy policy) { read.push_back(std::move(policy)); });
  if (problems.empty() && read.size() != 1) {
    problems.push_back({read.empty() ? Span{} : read[1].span,
                        fmt::format("expected one policy, found {}", read.size()),
                        {}});
  }
  if (problems.empty() && read.front().is_template() != wants_template) {
    problems.push_back({read.front().span,
                        wants_template ? "a static policy, where a template is expected"
                                       : "a template, where a static policy is expected",
                        wants_template ? "a template has `?principal` or `?resource` in its scope"
                                       : "take the slots out of its scope, or link it"});
  }
  if (!problems.empty()) {
    return problems;
  }
  read.front().id = "policy0";
  read.front().source = source;
  return std::move(read.front());
}

}  // namespace

ParseResult<PolicySet> parse_policies(std::shared_ptr<const Source> source,
                                      const ParseLimits& limits) {
  PolicySet set;
  size_t count = 0;
  auto problems = parse_each(source->text, limits, [&](Policy policy) {
    policy.id = fmt::format("policy{}", count++);
    policy.source = source;
    SALLY_CHECK(set.add(std::move(policy)).ok());
  });
  if (!problems.empty()) {
    return problems;
  }
  return set;
}

ParseResult<PolicySet> parse_policies(std::string_view text, const ParseLimits& limits) {
  return parse_policies(std::make_shared<const Source>(Source{"<text>", std::string(text)}),
                        limits);
}

ParseResult<Policy> parse_policy(std::string_view text, const ParseLimits& limits) {
  return parse_one(text, limits, false);
}

ParseResult<Policy> parse_template(std::string_view text, const ParseLimits& limits) {
  return parse_one(text, limits, true);
}

ParseResult<Expression> parse_expression(std::string_view text, const ParseLimits& limits) {
  const auto tokens = tokenize(text, limits.bytes);
  if (!tokens.ok()) {
    return tokens.problems();
  }
  Cursor cursor(text, *tokens);
  Expression out;
  const auto root = ExpressionParser(cursor, out.body).parse();
  if (root && !cursor.at_end()) {
    cursor.fail_expected("the end of the expression");
  }
  if (!cursor.problems().empty()) {
    return cursor.take_problems();
  }
  out.root = *root;
  return out;
}

ParseResult<EntityUid> parse_entity_uid(std::string_view text) {
  constexpr std::string_view kShape = "an entity is `Type::\"id\"`";
  auto parsed = parse_expression(text);
  if (!parsed.ok()) {
    return parsed.problems();
  }
  if (parsed->body.kind(parsed->root) != ExprKind::kEntity) {
    return std::vector<Problem>{
        {parsed->body.span(parsed->root), "expected an entity", std::string(kShape)}};
  }
  return parsed->body.entity(parsed->root);
}

}  // namespace sally::cedar
