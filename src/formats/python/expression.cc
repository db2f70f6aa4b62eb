#include "formats/python/expression.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace sally::formats {
namespace {

using Kind = PythonExpression::Kind;
using TokenKind = PythonToken::Kind;

constexpr size_t kMostDepth = 100;

// What never begins an expression, and ends one.
constexpr std::array<std::string_view, 25> kKeywords = {
    "import", "from",  "as",   "def",      "class", "for",    "while",   "with",  "return",
    "del",    "pass",  "if",   "elif",     "try",   "except", "finally", "raise", "global",
    "assert", "break", "else", "nonlocal", "in",    "async",  "continue"};
constexpr std::array<std::string_view, 18> kOperators = {"+",  "-", "*", "/",  "//", "%",
                                                         "@",  "&", "|", "^",  "<<", ">>",
                                                         "**", "<", ">", "<=", ">=", "=="};
constexpr std::array<std::string_view, 5> kPrefixes = {"-", "+", "~", "*", "**"};

bool is_keyword(std::string_view word) {
  return std::ranges::find(kKeywords, word) != kKeywords.end();
}

class Parser {
 public:
  Parser(std::span<const PythonToken> tokens, PythonLine& out) : tokens_(tokens), out_(out) {}

  void run() {
    std::string_view before;
    while (at_ < tokens_.size()) {
      const PythonToken& token = tokens_[at_];
      if (token.kind == TokenKind::kNewline || token.kind == TokenKind::kIndent ||
          token.kind == TokenKind::kDedent || token.kind == TokenKind::kMagic) {
        ++at_;
        continue;
      }
      const size_t begin = at_;
      const auto node = expression(0, Inside::kLine);
      if (node) {
        out_.parts.push_back({.before = before, .expression = *node});
        before = {};
        if (at_ > begin) {
          continue;
        }
      }
      before = tokens_[at_].text;
      ++at_;
    }
  }

 private:
  enum class Inside : uint8_t { kLine, kBrackets };

  [[nodiscard]] bool is(std::string_view text) const {
    return at_ < tokens_.size() && tokens_[at_].text == text &&
           (tokens_[at_].kind == TokenKind::kOperator || tokens_[at_].kind == TokenKind::kName);
  }
  bool take(std::string_view text) {
    if (!is(text)) {
      return false;
    }
    ++at_;
    return true;
  }

  uint32_t add(Kind kind, size_t first_token) {
    PythonExpression node;
    node.kind = kind;
    if (first_token < tokens_.size()) {
      node.line = tokens_[first_token].line;
      node.begin = tokens_[first_token].offset;
    }
    out_.nodes.push_back(std::move(node));
    return static_cast<uint32_t>(out_.nodes.size() - 1);
  }
  // All that belongs to `node` is read.
  void end(uint32_t node) {
    PythonExpression& done = out_.nodes[node];
    if (at_ > 0) {
      const PythonToken& last = tokens_[at_ - 1];
      done.end = last.offset + last.text.size();
    }
    uint32_t height = 0;
    for (const uint32_t child : done.children) {
      height = std::max(height, out_.nodes[child].height);
    }
    for (const PythonExpression::Keyword& keyword : done.keywords) {
      height = std::max(height, out_.nodes[keyword.value].height);
    }
    done.height = height + 1;
    if (done.height > PythonLine::kMostHeight) {
      done = {.kind = Kind::kOther, .line = done.line, .begin = done.begin, .end = done.end};
      out_.too_deep = true;
    }
  }

  // Steps over what stands up to the closing bracket of what is open; onto it.
  void skip_to_close() {
    size_t depth = 0;
    for (; at_ < tokens_.size(); ++at_) {
      if (tokens_[at_].kind != TokenKind::kOperator) {
        continue;
      }
      const std::string_view text = tokens_[at_].text;
      if (text == "(" || text == "[" || text == "{") {
        ++depth;
      } else if (text == ")" || text == "]" || text == "}") {
        if (depth == 0) {
          return;
        }
        --depth;
      }
    }
  }

  // The operator at hand, and how many tokens it has; 0: there is none.
  [[nodiscard]] size_t operator_length(Inside inside, bool& compares) const {
    if (at_ >= tokens_.size()) {
      return 0;
    }
    const PythonToken& token = tokens_[at_];
    const std::string_view text = token.text;
    if (token.kind == TokenKind::kOperator) {
      if (text == ":=") {
        return 1;
      }
      const bool known = text == "!=" || std::ranges::find(kOperators, text) != kOperators.end();
      compares = text == "<" || text == ">" || text == "<=" || text == ">=" || text == "==" ||
                 text == "!=";
      return known ? 1 : 0;
    }
    if (token.kind != TokenKind::kName) {
      return 0;
    }
    if (text == "and" || text == "or") {
      return 1;
    }
    if (text == "is" || (text == "not" && next_is(1, "in"))) {
      compares = true;
      return next_is(1, "not") || next_is(1, "in") ? 2 : 1;
    }
    if (inside == Inside::kBrackets) {
      // A comprehension: `x for x in y if z`.
      if (text == "for" || text == "in") {
        return 1;
      }
      if (text == "async" && next_is(1, "for")) {
        return 2;
      }
    } else if (text == "in") {
      // `for x in y:` is two parts.
      return 0;
    }
    return text == "if" || text == "else" ? 1 : 0;
  }
  [[nodiscard]] bool next_is(size_t ahead, std::string_view text) const {
    return at_ + ahead < tokens_.size() && tokens_[at_ + ahead].text == text;
  }

  // Recursion is bounded by kMostDepth.
  std::optional<uint32_t> expression(size_t depth, Inside inside) {  // NOLINT(misc-no-recursion)
    const size_t first = at_;
    auto left = operand(depth, inside);
    if (!left) {
      return std::nullopt;
    }
    std::optional<uint32_t> operation;
    for (;;) {
      bool compares = false;
      const size_t length = operator_length(inside, compares);
      if (length == 0) {
        break;
      }
      const std::string_view sign = tokens_[at_].text;
      const size_t before = at_;
      at_ += length;
      const auto right = operand(depth, inside);
      if (!right) {
        // `if x else:` of a statement, `a ** = b`: the sign is left to the line.
        at_ = before;
        break;
      }
      if (!operation) {
        operation = add(Kind::kOperation, first);
        out_.nodes[*operation].children.push_back(*left);
        out_.nodes[*operation].compares = compares;
        out_.nodes[*operation].text = sign;
      } else {
        out_.nodes[*operation].compares = out_.nodes[*operation].compares && compares;
        out_.nodes[*operation].mixed =
            out_.nodes[*operation].mixed || out_.nodes[*operation].text != sign;
      }
      out_.nodes[*operation].children.push_back(*right);
    }
    if (operation) {
      end(*operation);
      return operation;
    }
    return left;
  }

  std::optional<uint32_t> operand(size_t depth, Inside inside) {  // NOLINT(misc-no-recursion)
    const auto prefix = [&] {
      if (at_ >= tokens_.size()) {
        return false;
      }
      const std::string_view text = tokens_[at_].text;
      return tokens_[at_].kind == TokenKind::kOperator
                 ? std::ranges::find(kPrefixes, text) != kPrefixes.end()
                 : text == "await" || text == "yield" || text == "not";
    };
    const size_t first = at_;
    bool negated = false;
    while (prefix()) {
      negated = tokens_[at_].text == "not";
      ++at_;
      if (at_ < tokens_.size() && tokens_[at_ - 1].text == "yield" && is("from")) {
        ++at_;
      }
    }
    if (depth >= kMostDepth) {
      const uint32_t node = add(Kind::kOther, first);
      out_.too_deep = true;
      skip_to_close();
      end(node);
      return node;
    }
    auto node = atom(depth, inside);
    if (!node) {
      at_ = first;
      return std::nullopt;
    }
    node = postfix(*node, depth);
    if (negated) {
      const uint32_t truth = add(Kind::kOperation, first);
      out_.nodes[truth].children.push_back(*node);
      out_.nodes[truth].compares = true;
      end(truth);
      return truth;
    }
    return node;
  }

  uint32_t postfix(uint32_t node, size_t depth) {  // NOLINT(misc-no-recursion)
    for (;;) {
      const size_t first = at_;
      if (is(".") && at_ + 1 < tokens_.size() && tokens_[at_ + 1].kind == TokenKind::kName) {
        const uint32_t attribute = add(Kind::kAttribute, first);
        out_.nodes[attribute].text = python_name(tokens_[at_ + 1].text);
        at_ += 2;
        wrap(attribute, node);
        node = attribute;
      } else if (is("(")) {
        const uint32_t call = add(Kind::kCall, first);
        wrap(call, node);
        ++at_;
        arguments(call, ")", depth);
        node = call;
      } else if (is("[")) {
        const uint32_t item = add(Kind::kItem, first);
        wrap(item, node);
        ++at_;
        arguments(item, "]", depth);
        node = item;
      } else {
        return node;
      }
      end(node);
    }
  }
  // `inner` becomes the first child of `outer`, which begins where it does.
  void wrap(uint32_t outer, uint32_t inner) {
    out_.nodes[outer].children.push_back(inner);
    out_.nodes[outer].begin = out_.nodes[inner].begin;
    out_.nodes[outer].line = out_.nodes[inner].line;
  }

  // What stands between brackets, up to `close`, which is taken.
  void arguments(uint32_t node, std::string_view close,
                 size_t depth) {  // NOLINT(misc-no-recursion)
    while (at_ < tokens_.size() && !is(close)) {
      if (is(",") || is(":") || is(";")) {
        ++at_;
        continue;
      }
      const bool named = tokens_[at_].kind == TokenKind::kName && next_is(1, "=");
      const bool spread = is("**");
      std::string name;
      if (named) {
        name = python_name(tokens_[at_].text);
        at_ += 2;
      }
      const size_t before = at_;
      const auto value = expression(depth + 1, Inside::kBrackets);
      if (!value || at_ == before) {
        at_ += at_ < tokens_.size() ? 1 : 0;  // no expression: stepped over
        continue;
      }
      if (named || spread) {
        out_.nodes[node].keywords.push_back({.name = std::move(name), .value = *value});
      } else {
        out_.nodes[node].children.push_back(*value);
      }
    }
    (void)take(close);
  }

  void dictionary(uint32_t node, size_t depth) {  // NOLINT(misc-no-recursion)
    bool is_dict = false;
    while (at_ < tokens_.size() && !is("}")) {
      if (is(",") || is(":")) {
        ++at_;
        continue;
      }
      const bool spread = is("**");
      const size_t before = at_;
      const auto key = expression(depth + 1, Inside::kBrackets);
      if (!key || at_ == before) {
        ++at_;
        continue;
      }
      if (spread) {
        is_dict = true;
        out_.nodes[node].keywords.push_back({.name = {}, .value = *key});
        continue;
      }
      if (!take(":")) {
        out_.nodes[node].children.push_back(*key);
        continue;
      }
      is_dict = true;
      const auto value = expression(depth + 1, Inside::kBrackets);
      if (!value) {
        continue;
      }
      const PythonExpression& name = out_.nodes[*key];
      if (name.kind == Kind::kText && !name.computed) {
        out_.nodes[node].keywords.push_back({.name = name.text, .value = *value});
      } else {
        out_.nodes[node].children.push_back(*key);
        out_.nodes[node].children.push_back(*value);
      }
    }
    (void)take("}");
    out_.nodes[node].kind = is_dict ? Kind::kDict : Kind::kGroup;
  }

  std::optional<uint32_t> atom(size_t depth, Inside inside) {  // NOLINT(misc-no-recursion)
    if (at_ >= tokens_.size()) {
      return std::nullopt;
    }
    const size_t first = at_;
    const PythonToken& token = tokens_[at_];
    switch (token.kind) {
      case TokenKind::kNumber: {
        const uint32_t node = add(Kind::kNumber, first);
        out_.nodes[node].text = token.text;
        ++at_;
        end(node);
        return node;
      }
      case TokenKind::kString:
      case TokenKind::kFStart:
        return texts(depth);
      case TokenKind::kName: {
        if (token.text == "lambda") {
          return lambda(depth, inside);
        }
        if (is_keyword(token.text)) {
          return std::nullopt;
        }
        const uint32_t node = add(Kind::kName, first);
        out_.nodes[node].text = python_name(token.text);
        ++at_;
        end(node);
        return node;
      }
      case TokenKind::kOperator:
        break;
      case TokenKind::kFMiddle:
      case TokenKind::kFEnd:
      case TokenKind::kNewline:
      case TokenKind::kIndent:
      case TokenKind::kDedent:
      case TokenKind::kMagic:
        return std::nullopt;
    }
    if (token.text == "(" || token.text == "[") {
      ++at_;
      const uint32_t node = add(Kind::kGroup, first);
      arguments(node, token.text == "(" ? ")" : "]", depth);
      const bool tuple = at_ >= 2 && tokens_[at_ - 2].text == ",";
      end(node);
      // Brackets around one thing are that thing.
      const PythonExpression& group = out_.nodes[node];
      if (token.text == "(" && group.children.size() == 1 && group.keywords.empty() && !tuple) {
        return group.children.front();
      }
      return node;
    }
    if (token.text == "{") {
      ++at_;
      const uint32_t node = add(Kind::kDict, first);
      dictionary(node, depth);
      end(node);
      return node;
    }
    if (token.text == "...") {
      ++at_;
      return add(Kind::kOther, first);
    }
    return std::nullopt;
  }

  uint32_t lambda(size_t depth, Inside inside) {  // NOLINT(misc-no-recursion)
    const uint32_t node = add(Kind::kLambda, at_);
    ++at_;
    size_t nested = 0;
    for (; at_ < tokens_.size() && (nested > 0 || !is(":")); ++at_) {
      const std::string_view text = tokens_[at_].text;
      if (text == "(" || text == "[" || text == "{") {
        ++nested;
      } else if (text == ")" || text == "]" || text == "}") {
        if (nested == 0) {
          return node;  // no lambda after all
        }
        --nested;
      }
    }
    (void)take(":");
    if (const auto body = expression(depth + 1, inside)) {
      out_.nodes[node].children.push_back(*body);
    }
    end(node);
    return node;
  }

  // Texts that stand one after another are one.
  uint32_t texts(size_t depth) {  // NOLINT(misc-no-recursion)
    const uint32_t node = add(Kind::kText, at_);
    std::string value;
    while (at_ < tokens_.size()) {
      const PythonToken& token = tokens_[at_];
      if (token.kind == TokenKind::kString) {
        value += python_string(token.text);
        ++at_;
      } else if (token.kind == TokenKind::kFStart) {
        ++at_;
        fstring(node, value, depth);
      } else {
        break;
      }
    }
    out_.nodes[node].text = std::move(value);
    end(node);
    return node;
  }

  void fstring(uint32_t node, std::string& value, size_t depth) {  // NOLINT(misc-no-recursion)
    while (at_ < tokens_.size() && tokens_[at_].kind != TokenKind::kFEnd) {
      if (tokens_[at_].kind == TokenKind::kFMiddle) {
        value += tokens_[at_].text;
        ++at_;
        continue;
      }
      if (!take("{")) {
        ++at_;  // `}`, `:`, `!r`
        continue;
      }
      out_.nodes[node].computed = true;
      value += "{}";
      if (const auto inner = expression(depth + 1, Inside::kBrackets)) {
        out_.nodes[node].children.push_back(*inner);
      }
    }
    at_ += at_ < tokens_.size() ? 1 : 0;
  }

  std::span<const PythonToken> tokens_;
  PythonLine& out_;
  size_t at_ = 0;
};

}  // namespace

void parse_python_line(std::span<const PythonToken> tokens, PythonLine& out) {
  out.nodes.clear();
  out.parts.clear();
  out.too_deep = false;
  Parser(tokens, out).run();
}

}  // namespace sally::formats
