#include "formats/jinja/template.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "base/result.h"
#include "formats/jinja/lexer.h"

namespace sally::formats {
namespace {

constexpr size_t kMostTokens = 50'000;   // of one tag
constexpr size_t kMostWasted = 300'000;  // tokens of tags that were none

struct Level {
  std::span<const std::string_view> operators;
};

}  // namespace

// Reads the tags of one template into it.
class JinjaParser {
 public:
  JinjaParser(std::string_view text, JinjaTemplate& out) : text_(text), out_(out) {}

  void run();

 private:
  using Node = Result<uint32_t>;

  // Tags.
  void add_data(size_t from, size_t to);
  void add_broken(size_t offset, const Error& error);
  size_t read_tag(size_t open, std::string_view close);
  size_t skip_raw(size_t open, size_t after);
  Result<> read_statement(JinjaTag& tag);
  Result<> read_for(JinjaTag& tag);
  Result<> read_set(JinjaTag& tag);
  Result<> read_macro(JinjaTag& tag);
  Result<> read_import(JinjaTag& tag);
  Result<> read_with(JinjaTag& tag);
  Result<> read_targets(JinjaTag& tag);
  Result<> expect_end();

  // Expressions, from the loosest binding to the tightest.
  Node expression();
  Node tuple();
  Node binary(size_t level);
  Node negation();
  Node power();
  Node unary(bool filters);
  Node primary();
  Node postfix(uint32_t node);
  Node filters(uint32_t node, bool first = false);
  Node brackets(uint32_t node);
  Node slice_part();
  Node list(std::string_view close);
  Node dict();
  Result<> arguments(JinjaNode& call);

  Node make(JinjaNode node);
  // `levels` deeper than it was until it is gone.
  struct Deeper {
    explicit Deeper(JinjaParser& parser) : parser_(parser) { ++parser_.depth_; }
    ~Deeper() { --parser_.depth_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;
    JinjaParser& parser_;
  };

  [[nodiscard]] const JinjaToken& now() const { return tokens_[next_]; }
  [[nodiscard]] bool is(std::string_view sign) const {
    return now().kind == JinjaTokenKind::kOperator && now().text == sign;
  }
  [[nodiscard]] bool is_word(std::string_view word) const {
    return now().kind == JinjaTokenKind::kName && now().text == word;
  }
  bool take(std::string_view sign) {
    const bool here = is(sign);
    next_ += here ? 1 : 0;
    return here;
  }
  bool take_word(std::string_view word) {
    const bool here = is_word(word);
    next_ += here ? 1 : 0;
    return here;
  }
  Result<> expect(std::string_view sign) {
    if (!take(sign)) {
      return Error(ErrorKind::kInvalidInput, "expected `" + std::string(sign) + "`");
    }
    return ok();
  }
  Result<std::string> name() {
    if (now().kind != JinjaTokenKind::kName) {
      return Error(ErrorKind::kInvalidInput, "expected a name");
    }
    return tokens_[next_++].text;
  }

  std::string_view text_;
  JinjaTemplate& out_;
  std::vector<JinjaToken> tokens_;
  size_t next_ = 0;
  uint32_t depth_ = 0;
  size_t wasted_ = 0;
};

void JinjaParser::run() {
  size_t at = 0;
  while (at < text_.size()) {
    size_t open = text_.find('{', at);
    while (open != std::string_view::npos &&
           (open + 1 == text_.size() ||
            std::string_view("{%#").find(text_[open + 1]) == std::string_view::npos)) {
      open = text_.find('{', open + 1);
    }
    if (open == std::string_view::npos) {
      break;
    }
    add_data(at, open);
    if (out_.nodes_.size() >= JinjaTemplate::kMostNodes || wasted_ > kMostWasted) {
      add_broken(open, Error(ErrorKind::kTooLarge, "more than can be read"));
      return;
    }
    switch (text_[open + 1]) {
      case '#': {
        const size_t end = text_.find("#}", open + 2);
        if (end == std::string_view::npos) {
          add_broken(open, Error(ErrorKind::kInvalidInput, "a comment has no end"));
          return;
        }
        at = end + 2;
        break;
      }
      case '%':
        at = read_tag(open, "%}");
        break;
      default:
        at = read_tag(open, "}}");
    }
  }
  add_data(at, text_.size());
}

void JinjaParser::add_data(size_t from, size_t to) {
  if (from < to) {
    out_.tags_.push_back(
        {.word = "data", .offset = from, .text = std::string(text_.substr(from, to - from))});
  }
}

void JinjaParser::add_broken(size_t offset, const Error& error) {
  out_.tags_.push_back({.word = "broken", .offset = offset, .text = error.message()});
}

// Reads the tag that begins at `open`; returns where the text behind it begins.
size_t JinjaParser::read_tag(size_t open, std::string_view close) {
  size_t inside = open + 2;
  if (inside < text_.size() && (text_[inside] == '-' || text_[inside] == '+')) {
    ++inside;
  }
  auto read = jinja_tokens(text_, inside, close, kMostTokens, wasted_);
  if (!read.ok()) {
    add_broken(open, read.error());
    return open + 2;
  }
  tokens_ = std::move(read->tokens);
  next_ = 0;
  depth_ = 0;
  JinjaTag tag{.word = "output", .offset = open};
  if (close == "%}") {
    if (is_word("raw") && tokens_.size() == 2) {
      return skip_raw(open, read->after);
    }
    if (auto done = read_statement(tag); !done.ok()) {
      add_broken(open, done.error());
    }
    if (!tag.word.empty()) {
      out_.tags_.push_back(std::move(tag));
    }
    return read->after;
  }
  auto value = tuple();
  if (!value.ok()) {
    add_broken(open, value.error());
    return read->after;
  }
  tag.expressions.push_back(*value);
  out_.tags_.push_back(std::move(tag));
  if (auto end = expect_end(); !end.ok()) {
    add_broken(open, end.error());
  }
  return read->after;
}

size_t JinjaParser::skip_raw(size_t open, size_t after) {
  size_t at = after;
  while ((at = text_.find("{%", at)) != std::string_view::npos) {
    size_t inside = at + 2;
    if (inside < text_.size() && (text_[inside] == '-' || text_[inside] == '+')) {
      ++inside;
    }
    const size_t word = text_.find_first_not_of(" \t\r\n\v\f", inside);
    if (word != std::string_view::npos && text_.substr(word).starts_with("endraw")) {
      const size_t end = text_.find("%}", word);
      if (end != std::string_view::npos) {
        add_data(after, at);
        return end + 2;
      }
    }
    at += 2;
  }
  add_broken(open, Error(ErrorKind::kInvalidInput, "`raw` has no end"));
  return after;
}

Result<> JinjaParser::expect_end() {
  if (now().kind != JinjaTokenKind::kEnd) {
    return Error(ErrorKind::kInvalidInput, "more than an expression");
  }
  return ok();
}

Result<> JinjaParser::read_statement(JinjaTag& tag) {
  tag.word.clear();
  TRY(tag.word, name());
  if (tag.word == "for") {
    TRY_OK(read_for(tag));
  } else if (tag.word == "set") {
    TRY_OK(read_set(tag));
  } else if (tag.word == "macro" || tag.word == "call") {
    TRY_OK(read_macro(tag));
  } else if (tag.word == "import" || tag.word == "from") {
    TRY_OK(read_import(tag));
  } else if (tag.word == "with") {
    TRY_OK(read_with(tag));
  } else if (tag.word == "filter") {
    TRY(const uint32_t nothing, make({.kind = JinjaKind::kNothing, .offset = now().offset}));
    TRY(const uint32_t value, filters(nothing, true));
    tag.expressions.push_back(value);
  } else if (tag.word == "block") {
    TRY(tag.text, name());
    take_word("scoped");
    take_word("required");
  } else if (tag.word == "include" || tag.word == "extends") {
    TRY(const uint32_t value, tuple());
    tag.expressions.push_back(value);
    while (now().kind == JinjaTokenKind::kName) {
      ++next_;  // `ignore missing with context`
    }
  } else if (tag.word.starts_with("end") || tag.word == "else") {
    while (now().kind == JinjaTokenKind::kName) {
      ++next_;  // `endblock name`
    }
  } else if (now().kind != JinjaTokenKind::kEnd) {
    TRY(const uint32_t value, tuple());
    tag.expressions.push_back(value);
  }
  return expect_end();
}

Result<> JinjaParser::read_targets(JinjaTag& tag) {
  const bool round = take("(");
  do {
    if (is(")") || is_word("in")) {
      break;
    }
    if (is("(")) {
      TRY_OK(expect("("));
      do {
        TRY(std::string inner, name());
        tag.targets.push_back(std::move(inner));
      } while (take(","));
      TRY_OK(expect(")"));
      continue;
    }
    TRY(std::string target, name());
    while (take(".")) {
      TRY(const std::string member, name());
      target += '.';
      target += member;
    }
    tag.targets.push_back(std::move(target));
  } while (take(","));
  if (round) {
    TRY_OK(expect(")"));
  }
  return ok();
}

Result<> JinjaParser::read_for(JinjaTag& tag) {
  TRY_OK(read_targets(tag));
  if (!take_word("in")) {
    return Error(ErrorKind::kInvalidInput, "`for` without `in`");
  }
  TRY(const uint32_t over, binary(0));
  tag.expressions.push_back(over);
  while (take(",")) {
    TRY(const uint32_t more, binary(0));
    tag.expressions.push_back(more);
  }
  if (take_word("if")) {
    TRY(const uint32_t condition, expression());
    tag.expressions.push_back(condition);
  }
  take_word("recursive");
  return ok();
}

Result<> JinjaParser::read_set(JinjaTag& tag) {
  TRY_OK(read_targets(tag));
  if (take("=")) {
    TRY(const uint32_t value, tuple());
    tag.expressions.push_back(value);
    return ok();
  }
  if (is("|")) {
    TRY(const uint32_t nothing, make({.kind = JinjaKind::kNothing, .offset = now().offset}));
    TRY(const uint32_t value, filters(nothing));
    tag.expressions.push_back(value);
  }
  tag.text = "block";
  return ok();
}

Result<> JinjaParser::read_macro(JinjaTag& tag) {
  const auto parameters = [&]() -> Result<> {
    while (!take(")")) {
      TRY(std::string parameter, name());
      tag.targets.push_back(std::move(parameter));
      if (take("=")) {
        TRY(const uint32_t value, expression());
        tag.expressions.push_back(value);
      }
      if (!is(")")) {
        TRY_OK(expect(","));
      }
    }
    return ok();
  };
  if (tag.word == "macro") {
    TRY(tag.text, name());
    TRY_OK(expect("("));
    return parameters();
  }
  if (take("(")) {
    TRY_OK(parameters());
  }
  TRY(const uint32_t call, expression());
  tag.expressions.push_back(call);
  return ok();
}

Result<> JinjaParser::read_import(JinjaTag& tag) {
  TRY(const uint32_t from, expression());
  tag.expressions.push_back(from);
  while (now().kind != JinjaTokenKind::kEnd) {
    if (now().kind == JinjaTokenKind::kName) {
      tag.targets.push_back(now().text);
    } else if (!is(",")) {
      return Error(ErrorKind::kInvalidInput, "expected a name");
    }
    ++next_;
  }
  return ok();
}

Result<> JinjaParser::read_with(JinjaTag& tag) {
  while (now().kind != JinjaTokenKind::kEnd) {
    TRY(std::string target, name());
    TRY_OK(expect("="));
    TRY(const uint32_t value, expression());
    tag.targets.push_back(std::move(target));
    tag.expressions.push_back(value);
    if (!take(",")) {
      break;
    }
  }
  return ok();
}

JinjaParser::Node JinjaParser::make(JinjaNode node) {
  for (const uint32_t part : node.parts) {
    node.depth = std::max(node.depth, out_.nodes_[part].depth + 1);
  }
  if (node.depth > JinjaTemplate::kMostDepth || depth_ > JinjaTemplate::kMostDepth) {
    return Error(ErrorKind::kTooLarge, "an expression is too deep");
  }
  if (out_.nodes_.size() >= JinjaTemplate::kMostNodes) {
    return Error(ErrorKind::kTooLarge, "more than can be read");
  }
  out_.nodes_.push_back(std::move(node));
  return static_cast<uint32_t>(out_.nodes_.size() - 1);
}

JinjaParser::Node JinjaParser::tuple() {
  TRY(const uint32_t first, expression());
  if (!is(",")) {
    return first;
  }
  JinjaNode node{.kind = JinjaKind::kList, .offset = out_.nodes_[first].offset, .parts = {first}};
  while (take(",")) {
    if (now().kind == JinjaTokenKind::kEnd || is(")")) {
      break;
    }
    TRY(const uint32_t more, expression());
    node.parts.push_back(more);
  }
  return make(std::move(node));
}

JinjaParser::Node JinjaParser::expression() {
  const Deeper deeper(*this);
  if (depth_ > JinjaTemplate::kMostDepth) {
    return Error(ErrorKind::kTooLarge, "an expression is too deep");
  }
  TRY(uint32_t value, binary(0));
  while (is_word("if")) {
    const uint64_t offset = now().offset;
    ++next_;
    TRY(const uint32_t condition, binary(0));
    JinjaNode node{.kind = JinjaKind::kCondition, .offset = offset, .parts = {value, condition}};
    if (take_word("else")) {
      TRY(const uint32_t other, expression());
      node.parts.push_back(other);
    }
    TRY(value, make(std::move(node)));
  }
  return value;
}

namespace {

constexpr std::array<std::string_view, 1> kOr = {"or"};
constexpr std::array<std::string_view, 1> kAnd = {"and"};
constexpr std::array<std::string_view, 7> kCompare = {"==", "!=", "<=", ">=", "<", ">", "in"};
constexpr std::array<std::string_view, 2> kSum = {"+", "-"};
constexpr std::array<std::string_view, 1> kConcat = {"~"};
constexpr std::array<std::string_view, 4> kProduct = {"*", "//", "/", "%"};
constexpr std::array<Level, 6> kLevels = {Level{kOr},  Level{kAnd},    Level{kCompare},
                                          Level{kSum}, Level{kConcat}, Level{kProduct}};
constexpr size_t kCompareLevel = 2;

}  // namespace

JinjaParser::Node JinjaParser::binary(size_t level) {
  if (level == kLevels.size()) {
    return power();
  }
  if (level == kCompareLevel && is_word("not")) {
    return negation();
  }
  TRY(uint32_t left, binary(level + 1));
  for (;;) {
    std::string sign;
    for (const std::string_view candidate : kLevels[level].operators) {
      const bool word = candidate.front() >= 'a' && candidate.front() <= 'z';
      if (word ? is_word(candidate) : is(candidate)) {
        sign = candidate;
        break;
      }
    }
    const uint64_t offset = now().offset;
    if (sign.empty() && level == kCompareLevel && is_word("not") &&
        tokens_[next_ + 1].text == "in") {
      sign = "not in";
      ++next_;
    }
    if (sign.empty()) {
      return left;
    }
    ++next_;
    TRY(const uint32_t right, binary(level + 1));
    TRY(left, make({.kind = JinjaKind::kBinary,
                    .offset = offset,
                    .text = std::move(sign),
                    .parts = {left, right}}));
  }
}

JinjaParser::Node JinjaParser::negation() {
  const Deeper deeper(*this);
  const uint64_t offset = now().offset;
  ++next_;
  if (depth_ > JinjaTemplate::kMostDepth) {
    return Error(ErrorKind::kTooLarge, "an expression is too deep");
  }
  TRY(const uint32_t value, binary(kCompareLevel));
  return make({.kind = JinjaKind::kUnary, .offset = offset, .text = "not", .parts = {value}});
}

JinjaParser::Node JinjaParser::power() {
  TRY(uint32_t left, unary(true));
  while (is("**")) {
    const uint64_t offset = now().offset;
    ++next_;
    TRY(const uint32_t right, unary(true));
    TRY(left,
        make({.kind = JinjaKind::kBinary, .offset = offset, .text = "**", .parts = {left, right}}));
  }
  return left;
}

JinjaParser::Node JinjaParser::unary(bool with_filters) {
  const Deeper deeper(*this);
  if (depth_ > JinjaTemplate::kMostDepth) {
    return Error(ErrorKind::kTooLarge, "an expression is too deep");
  }
  uint32_t value = 0;
  if (is("-") || is("+")) {
    const uint64_t offset = now().offset;
    std::string sign = now().text;
    ++next_;
    TRY(const uint32_t inner, unary(false));
    TRY(value, make({.kind = JinjaKind::kUnary,
                     .offset = offset,
                     .text = std::move(sign),
                     .parts = {inner}}));
  } else {
    TRY(value, primary());
  }
  TRY(value, postfix(value));
  if (with_filters) {
    TRY(value, filters(value));
  }
  return value;
}

JinjaParser::Node JinjaParser::primary() {
  const JinjaToken token = now();
  switch (token.kind) {
    case JinjaTokenKind::kName:
      ++next_;
      return make({.kind = JinjaKind::kName, .offset = token.offset, .text = token.text});
    case JinjaTokenKind::kNumber:
      ++next_;
      return make({.kind = JinjaKind::kNumber, .offset = token.offset, .text = token.text});
    case JinjaTokenKind::kText: {
      std::string text;
      while (now().kind == JinjaTokenKind::kText) {
        text += tokens_[next_++].text;
      }
      return make({.kind = JinjaKind::kText, .offset = token.offset, .text = std::move(text)});
    }
    case JinjaTokenKind::kOperator:
      break;
    case JinjaTokenKind::kEnd:
      return Error(ErrorKind::kInvalidInput, "expected an expression");
  }
  if (take("(")) {
    if (take(")")) {
      return make({.kind = JinjaKind::kList, .offset = token.offset});
    }
    TRY(const uint32_t value, tuple());
    TRY_OK(expect(")"));
    return value;
  }
  if (take("[")) {
    return list("]");
  }
  if (take("{")) {
    return dict();
  }
  return Error(ErrorKind::kInvalidInput, "expected an expression, not `" + token.text + "`");
}

JinjaParser::Node JinjaParser::list(std::string_view close) {
  JinjaNode node{.kind = JinjaKind::kList, .offset = now().offset};
  while (!take(close)) {
    TRY(const uint32_t value, expression());
    node.parts.push_back(value);
    if (!is(close)) {
      TRY_OK(expect(","));
    }
  }
  return make(std::move(node));
}

JinjaParser::Node JinjaParser::dict() {
  JinjaNode node{.kind = JinjaKind::kDict, .offset = now().offset};
  while (!take("}")) {
    TRY(const uint32_t key, expression());
    TRY_OK(expect(":"));
    TRY(const uint32_t value, expression());
    node.parts.push_back(key);
    node.parts.push_back(value);
    if (!is("}")) {
      TRY_OK(expect(","));
    }
  }
  return make(std::move(node));
}

JinjaParser::Node JinjaParser::postfix(uint32_t value) {
  for (;;) {
    const uint64_t offset = now().offset;
    if (take(".")) {
      const JinjaToken member = now();
      if (member.kind != JinjaTokenKind::kName && member.kind != JinjaTokenKind::kNumber) {
        return Error(ErrorKind::kInvalidInput, "expected a name behind `.`");
      }
      ++next_;
      TRY(value, make({.kind = JinjaKind::kAttribute,
                       .offset = offset,
                       .text = member.text,
                       .parts = {value}}));
    } else if (take("[")) {
      TRY(value, brackets(value));
    } else if (take("(")) {
      JinjaNode call{.kind = JinjaKind::kCall, .offset = offset, .parts = {value}};
      TRY_OK(arguments(call));
      TRY(value, make(std::move(call)));
    } else {
      return value;
    }
  }
}

JinjaParser::Node JinjaParser::slice_part() {
  if (is(":") || is("]") || is(",")) {
    return make({.kind = JinjaKind::kNothing, .offset = now().offset});
  }
  return expression();
}

JinjaParser::Node JinjaParser::brackets(uint32_t value) {
  const uint64_t offset = now().offset;
  std::vector<uint32_t> keys;
  do {
    if (is("]")) {
      break;
    }
    TRY(const uint32_t first, slice_part());
    if (!is(":")) {
      keys.push_back(first);
      continue;
    }
    JinjaNode slice{.kind = JinjaKind::kSlice, .offset = offset, .parts = {first}};
    while (take(":")) {
      TRY(const uint32_t part, slice_part());
      slice.parts.push_back(part);
    }
    TRY(const uint32_t made, make(std::move(slice)));
    keys.push_back(made);
  } while (take(","));
  TRY_OK(expect("]"));
  if (keys.empty()) {
    return Error(ErrorKind::kInvalidInput, "nothing between `[` and `]`");
  }
  uint32_t key = keys.front();
  if (keys.size() > 1) {
    TRY(key, make({.kind = JinjaKind::kList, .offset = offset, .parts = keys}));
  }
  return make({.kind = JinjaKind::kSubscript, .offset = offset, .parts = {value, key}});
}

Result<> JinjaParser::arguments(JinjaNode& call) {
  while (!take(")")) {
    const JinjaToken token = now();
    std::string keyword;
    if (is("*") || is("**")) {
      keyword = token.text;
      ++next_;
    } else if (token.kind == JinjaTokenKind::kName && tokens_[next_ + 1].text == "=" &&
               tokens_[next_ + 1].kind == JinjaTokenKind::kOperator) {
      keyword = token.text;
      next_ += 2;
    }
    TRY(uint32_t value, expression());
    if (!keyword.empty()) {
      TRY(value, make({.kind = JinjaKind::kKeyword,
                       .offset = token.offset,
                       .text = std::move(keyword),
                       .parts = {value}}));
    }
    call.parts.push_back(value);
    if (!is(")")) {
      TRY_OK(expect(","));
    }
  }
  return ok();
}

JinjaParser::Node JinjaParser::filters(uint32_t value, bool first) {
  for (;;) {
    const uint64_t offset = now().offset;
    if (first || take("|")) {
      first = false;
      JinjaNode filter{.kind = JinjaKind::kFilter, .offset = offset, .parts = {value}};
      TRY(filter.text, name());
      while (take(".")) {
        TRY(const std::string more, name());
        filter.text += "." + more;
      }
      if (take("(")) {
        TRY_OK(arguments(filter));
      }
      TRY(value, make(std::move(filter)));
    } else if (is_word("is")) {
      ++next_;
      const bool negated = take_word("not");
      JinjaNode test{.kind = JinjaKind::kTest, .offset = offset, .parts = {value}};
      TRY(test.text, name());
      while (take(".")) {
        TRY(const std::string more, name());
        test.text += "." + more;
      }
      if (take("(")) {
        TRY_OK(arguments(test));
      } else if (now().kind == JinjaTokenKind::kText || now().kind == JinjaTokenKind::kNumber ||
                 is("[") || is("{") ||
                 (now().kind == JinjaTokenKind::kName && !is_word("else") && !is_word("or") &&
                  !is_word("and") && !is_word("is") && !is_word("if") && !is_word("not") &&
                  !is_word("in") && !is_word("recursive"))) {
        TRY(const uint32_t primary_value, primary());
        TRY(const uint32_t argument, postfix(primary_value));
        test.parts.push_back(argument);
      }
      TRY(value, make(std::move(test)));
      if (negated) {
        TRY(value,
            make({.kind = JinjaKind::kUnary, .offset = offset, .text = "not", .parts = {value}}));
      }
    } else if (is("(")) {
      ++next_;
      JinjaNode call{.kind = JinjaKind::kCall, .offset = offset, .parts = {value}};
      TRY_OK(arguments(call));
      TRY(value, make(std::move(call)));
    } else {
      return value;
    }
  }
}

JinjaTemplate JinjaTemplate::parse(std::string_view text) {
  JinjaTemplate out;
  JinjaParser(text, out).run();
  return out;
}

const JinjaTag* JinjaTemplate::broken() const {
  const auto found = std::ranges::find(tags_, "broken", &JinjaTag::word);
  return found == tags_.end() ? nullptr : &*found;
}

bool has_jinja(std::string_view text) {
  size_t at = 0;
  while ((at = text.find('{', at)) != std::string_view::npos && at + 1 < text.size()) {
    if (text[at + 1] == '{' || text[at + 1] == '%') {
      return true;
    }
    ++at;
  }
  return false;
}

}  // namespace sally::formats
