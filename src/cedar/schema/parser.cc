#include "cedar/schema/parser.h"

#include <fmt/format.h>

#include <optional>
#include <set>
#include <utility>

#include "cedar/names.h"
#include "cedar/schema/names.h"
#include "cedar/schema/resolver.h"
#include "cedar/syntax/cursor.h"
#include "cedar/syntax/lexer.h"

namespace sally::cedar {
namespace {

constexpr size_t kMostProblems = 64;

// Every parse function that returns false or nullopt has left a problem in the cursor.
class Parser {
 public:
  Parser(std::string_view text, const Tokens& tokens) : cursor_(text, tokens) {}

  ParseResult<SchemaFragment> run() && {
    SchemaFragment fragment;
    NamespaceDecl outside;
    while (!cursor_.at_end() && cursor_.problems().size() < kMostProblems) {
      if (!item(fragment, outside)) {
        skip_declaration();
      }
    }
    if (!cursor_.problems().empty()) {
      return cursor_.take_problems();
    }
    fragment.namespaces.insert(fragment.namespaces.begin(), std::move(outside));
    return fragment;
  }

 private:
  using Annotations = std::vector<Annotation>;

  bool item(SchemaFragment& fragment, NamespaceDecl& outside) {
    Annotations annotations;
    if (!read_annotations(annotations)) {
      return false;
    }
    if (cursor_.at_word("namespace")) {
      return read_namespace(fragment, std::move(annotations));
    }
    return declaration(outside, std::move(annotations));
  }

  bool read_namespace(SchemaFragment& fragment, Annotations annotations) {
    cursor_.take();
    NamespaceDecl space;
    space.annotations = std::move(annotations);
    if (!path(space.name) ||
        !cursor_.expect(TokenKind::kOpenBrace, "`{` after the name of the namespace")) {
      return false;
    }
    while (!cursor_.at(TokenKind::kCloseBrace) && !cursor_.at_end() &&
           cursor_.problems().size() < kMostProblems) {
      Annotations own;
      if (!read_annotations(own) || !declaration(space, std::move(own))) {
        skip_declaration();
      }
    }
    fragment.namespaces.push_back(std::move(space));
    return cursor_.expect(TokenKind::kCloseBrace, "`}` at the end of the namespace");
  }

  bool declaration(NamespaceDecl& space, Annotations annotations) {
    if (cursor_.accept_word("entity")) {
      return entity_type(space, std::move(annotations));
    }
    if (cursor_.accept_word("action")) {
      return action(space, std::move(annotations));
    }
    if (cursor_.accept_word("type")) {
      return common_type(space, std::move(annotations));
    }
    return cursor_.fail_expected("`entity`, `action` or `type`",
                                 "namespaces, too, stand only outside of any other");
  }

  // To what may be the next declaration: behind the next `;`.
  void skip_declaration() {
    while (!cursor_.at_end() && cursor_.take().kind != TokenKind::kSemicolon) {
    }
  }

  bool read_annotations(Annotations& annotations) {
    std::set<std::string, std::less<>> names;
    while (cursor_.at(TokenKind::kAt)) {
      const uint32_t begin = cursor_.take().span.begin;
      if (!cursor_.at(TokenKind::kIdentifier)) {
        return cursor_.fail_expected("the name of an annotation");
      }
      Annotation annotation;
      annotation.name = cursor_.text(cursor_.take());
      if (cursor_.accept(TokenKind::kOpenParen)) {
        if (!string(annotation.value.emplace(), "the value of the annotation in double quotes") ||
            !cursor_.expect(TokenKind::kCloseParen, "`)`")) {
          return false;
        }
      }
      annotation.span = cursor_.span_from(begin);
      if (!names.insert(annotation.name).second) {
        cursor_.fail(annotation.span,
                     fmt::format("annotation `{}` is given twice", annotation.name));
        return false;
      }
      annotations.push_back(std::move(annotation));
    }
    return true;
  }

  bool common_type(NamespaceDecl& space, Annotations annotations) {
    CommonTypeDecl decl;
    decl.annotations = std::move(annotations);
    if (!identifier(decl.name) ||
        !cursor_.expect(TokenKind::kAssign, "`=` after the name of the type") ||
        !type(decl.type, 1) || !end_of_declaration()) {
      return false;
    }
    space.common_types.push_back(std::move(decl));
    return true;
  }

  bool entity_type(NamespaceDecl& space, Annotations annotations) {
    EntityTypeDecl decl;
    decl.annotations = std::move(annotations);
    do {
      if (!identifier(decl.names.emplace_back())) {
        return false;
      }
    } while (cursor_.accept(TokenKind::kComma));
    const bool fine =
        cursor_.accept_word("enum") ? enum_ids(decl.enum_ids) : standard_entity_type(decl);
    if (!fine || !end_of_declaration()) {
      return false;
    }
    space.entity_types.push_back(std::move(decl));
    return true;
  }

  bool enum_ids(std::vector<std::string>& ids) {
    if (!cursor_.expect(TokenKind::kOpenBracket, "`[` and the entities of the type")) {
      return false;
    }
    do {
      if (!string(ids.emplace_back(), "the id of an entity in double quotes")) {
        return false;
      }
    } while (cursor_.accept(TokenKind::kComma));
    return cursor_.expect(TokenKind::kCloseBracket, "`,` or `]`");
  }

  bool standard_entity_type(EntityTypeDecl& decl) {
    if (cursor_.accept_word("in") && !entity_types(decl.parents)) {
      return false;
    }
    const bool assigned = cursor_.accept(TokenKind::kAssign);
    if (assigned && !cursor_.at(TokenKind::kOpenBrace)) {
      return cursor_.fail_expected("`{` and the attributes of the entity type");
    }
    if (cursor_.at(TokenKind::kOpenBrace) && !record(decl.shape.emplace(), 1)) {
      return false;
    }
    return !cursor_.accept_word("tags") || type(decl.tags.emplace(), 1);
  }

  // One name, or any number of them in brackets.
  bool entity_types(std::vector<NameRef>& names) {
    if (!cursor_.accept(TokenKind::kOpenBracket)) {
      return path(names.emplace_back());
    }
    if (cursor_.accept(TokenKind::kCloseBracket)) {
      return true;
    }
    do {
      if (!path(names.emplace_back())) {
        return false;
      }
    } while (cursor_.accept(TokenKind::kComma));
    return cursor_.expect(TokenKind::kCloseBracket, "`,` or `]`");
  }

  bool action(NamespaceDecl& space, Annotations annotations) {
    ActionDecl decl;
    decl.annotations = std::move(annotations);
    do {
      if (!name(decl.ids.emplace_back(), "the name of an action")) {
        return false;
      }
    } while (cursor_.accept(TokenKind::kComma));
    if (cursor_.accept_word("in") && !action_groups(decl.parents)) {
      return false;
    }
    if (cursor_.accept_word("appliesTo") && !applies_to(decl.applies_to.emplace())) {
      return false;
    }
    // Left over from early Cedar: actions have no attributes, but may say so.
    if (cursor_.accept_word("attributes") &&
        (!cursor_.expect(TokenKind::kOpenBrace, "`{`") ||
         !cursor_.expect(TokenKind::kCloseBrace, "`}`: actions have no attributes"))) {
      return false;
    }
    if (!end_of_declaration()) {
      return false;
    }
    space.actions.push_back(std::move(decl));
    return true;
  }

  bool action_groups(std::vector<ActionRef>& groups) {
    if (!cursor_.accept(TokenKind::kOpenBracket)) {
      return action_ref(groups.emplace_back());
    }
    do {
      if (!action_ref(groups.emplace_back())) {
        return false;
      }
    } while (cursor_.accept(TokenKind::kComma));
    return cursor_.expect(TokenKind::kCloseBracket, "`,` or `]`");
  }

  // `view`, `"view all"`, `Ns::Action::"view"`.
  bool action_ref(ActionRef& ref) {
    const uint32_t begin = cursor_.peek().span.begin;
    if (cursor_.at(TokenKind::kString) ||
        (cursor_.at(TokenKind::kIdentifier) && cursor_.peek(1).kind != TokenKind::kPathSeparator)) {
      NameRef id;
      if (!name(id, "an action")) {
        return false;
      }
      ref.id = std::move(id.name);
      ref.span = id.span;
      return true;
    }
    NameRef type;
    if (!path(type) || !cursor_.expect(TokenKind::kPathSeparator, "`::` and the id of an action") ||
        !string(ref.id, "the id of an action in double quotes")) {
      return false;
    }
    ref.type = std::move(type.name);
    ref.span = cursor_.span_from(begin);
    return true;
  }

  bool applies_to(AppliesTo& applies) {
    const Span start = cursor_.peek().span;
    if (!cursor_.expect(TokenKind::kOpenBrace, "`{` after `appliesTo`")) {
      return false;
    }
    do {
      if (cursor_.at(TokenKind::kCloseBrace) && !applies.principals.empty()) {
        break;  // a trailing comma
      }
      if (!applies_to_part(applies)) {
        return false;
      }
    } while (cursor_.accept(TokenKind::kComma));
    if (!cursor_.expect(TokenKind::kCloseBrace, "`,` or `}`")) {
      return false;
    }
    if (applies.principals.empty() || applies.resources.empty()) {
      cursor_.fail(start,
                   fmt::format("an action that applies needs a {}",
                               applies.principals.empty() ? "`principal`" : "`resource`"),
                   "a group of actions needs no `appliesTo`");
      return false;
    }
    return true;
  }

  bool applies_to_part(AppliesTo& applies) {
    const Token start = cursor_.peek();
    const std::string word(cursor_.text(start));
    const bool is_context = cursor_.at_word("context");
    if (!is_context && !cursor_.at_word("principal") && !cursor_.at_word("resource")) {
      return cursor_.fail_expected("`principal`, `resource` or `context`");
    }
    cursor_.take();
    if (!cursor_.expect(TokenKind::kColon, fmt::format("`:` after `{}`", word))) {
      return false;
    }
    auto& types = word == "principal" ? applies.principals : applies.resources;
    if (is_context ? applies.context.has_value() : !types.empty()) {
      cursor_.fail(start.span, fmt::format("`{}` is given twice", word),
                   is_context ? "" : "several types stand in brackets: `[User, Admin]`");
      return false;
    }
    if (is_context) {
      return context(applies.context.emplace());
    }
    if (!entity_types(types)) {
      return false;
    }
    if (types.empty()) {
      cursor_.fail(start.span, fmt::format("`{}` has no types", word),
                   "a group of actions needs no `appliesTo`");
      return false;
    }
    return true;
  }

  bool context(TypeExpr& expr) {
    return cursor_.at(TokenKind::kOpenBrace) ? record(expr, 1) : named_type(expr);
  }

  // Recurses with record(), `depth` levels so far, at most kMaxTypeDepth.
  bool type(TypeExpr& expr, size_t depth) {
    if (cursor_.at(TokenKind::kOpenBrace)) {
      return record(expr, depth);
    }
    if (!cursor_.at_word("Set") || cursor_.peek(1).kind != TokenKind::kLess) {
      return named_type(expr);
    }
    const uint32_t begin = cursor_.take().span.begin;
    cursor_.take();
    expr.kind = TypeExpr::Kind::kSet;
    if (!nests(depth) || !type(expr.element.emplace_back(), depth + 1) ||
        !cursor_.expect(TokenKind::kGreater, "`>` after the type of the elements")) {
      return false;
    }
    expr.span = cursor_.span_from(begin);
    return true;
  }

  bool nests(size_t depth) {
    if (depth < kMaxTypeDepth) {
      return true;
    }
    cursor_.fail(cursor_.peek().span, "this type is nested too deeply",
                 fmt::format("at most {} levels; name a part of it with `type`", kMaxTypeDepth));
    return false;
  }

  bool named_type(TypeExpr& expr) {
    NameRef ref;
    if (!path(ref)) {
      return false;
    }
    expr.kind = TypeExpr::Kind::kName;
    expr.name = std::move(ref.name);
    expr.span = ref.span;
    return true;
  }

  bool record(TypeExpr& expr, size_t depth) {
    const uint32_t begin = cursor_.take().span.begin;
    expr.kind = TypeExpr::Kind::kRecord;
    if (!nests(depth)) {
      return false;
    }
    std::set<std::string, std::less<>> names;
    while (!cursor_.at(TokenKind::kCloseBrace)) {
      AttributeDecl& attribute = expr.attributes.emplace_back();
      if (!read_attribute(attribute, depth)) {
        return false;
      }
      if (!names.insert(attribute.name).second) {
        cursor_.fail(attribute.span, "an attribute of this name stands here already");
        return false;
      }
      if (!cursor_.accept(TokenKind::kComma)) {
        break;
      }
    }
    if (!cursor_.expect(TokenKind::kCloseBrace, "`,` or `}`")) {
      return false;
    }
    expr.span = cursor_.span_from(begin);
    return true;
  }

  bool read_attribute(AttributeDecl& attribute, size_t depth) {
    NameRef ref;
    if (!read_annotations(attribute.annotations) || !name(ref, "the name of an attribute")) {
      return false;
    }
    attribute.name = std::move(ref.name);
    attribute.span = ref.span;
    attribute.required = !cursor_.accept(TokenKind::kQuestion);
    return cursor_.expect(TokenKind::kColon, "`:` and the type of the attribute") &&
           type(attribute.type, depth + 1);
  }

  // An identifier or a string.
  bool name(NameRef& ref, std::string_view what) {
    if (!cursor_.at(TokenKind::kString)) {
      return identifier(ref, what);
    }
    ref.span = cursor_.peek().span;
    return string(ref.name, what);
  }

  bool identifier(NameRef& ref, std::string_view what = "a name") {
    if (!cursor_.at(TokenKind::kIdentifier)) {
      return cursor_.fail_expected(what);
    }
    const Token token = cursor_.take();
    ref.name = cursor_.text(token);
    ref.span = token.span;
    return not_reserved(ref);
  }

  bool not_reserved(const NameRef& part) {
    // What may be done with `__cedar` is the resolver's to say.
    if (!is_reserved(part.name) || part.name == kBuiltinNamespace) {
      return true;
    }
    cursor_.fail(part.span, fmt::format("`{}` is a reserved word", part.name),
                 "attributes and actions may have it as a name in double quotes");
    return false;
  }

  // `A::B::C`, but not a `::` with a string behind.
  bool path(NameRef& ref) {
    NameRef part;
    if (!identifier(part, "the name of a type")) {
      return false;
    }
    ref = part;
    while (cursor_.at(TokenKind::kPathSeparator) && cursor_.peek(1).kind != TokenKind::kString) {
      cursor_.take();
      if (!identifier(part, "an identifier after `::`")) {
        return false;
      }
      ref.name += "::" + part.name;
      ref.span.end = part.span.end;
    }
    return true;
  }

  bool string(std::string& out, std::string_view what) {
    if (!cursor_.at(TokenKind::kString)) {
      return cursor_.fail_expected(what);
    }
    auto value = cursor_.string_value(cursor_.take());
    if (!value) {
      return false;
    }
    out = *std::move(value);
    return true;
  }

  bool end_of_declaration() {
    return cursor_.expect(TokenKind::kSemicolon, "`;` at the end of the declaration");
  }

  Cursor cursor_;
};

}  // namespace

ParseResult<SchemaFragment> parse_schema_fragment(std::string_view text) {
  const auto tokens = tokenize(text, kMaxSchemaBytes);
  return tokens.ok() ? Parser(text, *tokens).run() : ParseResult<SchemaFragment>(tokens.problems());
}

ParseResult<Schema> parse_schema(std::string_view text) {
  const auto fragment = parse_schema_fragment(text);
  return fragment.ok() ? resolve(*fragment) : ParseResult<Schema>(fragment.problems());
}

}  // namespace sally::cedar
