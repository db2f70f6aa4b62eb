#include "vet/code/python.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "formats/python/expression.h"
#include "formats/python/tokens.h"
#include "vet/code/python_calls.h"
#include "vet/code/python_value.h"
#include "vet/code/shell_line.h"
#include "vet/code/source_text.h"
#include "vet/dependency/python_files.h"
#include "vet/dependency/requirement.h"

namespace sally::vet::code {
namespace {

using formats::PythonExpression;
using formats::PythonLine;
using formats::PythonPart;
using formats::PythonToken;
using Constant = PythonValue::Constant;
using Kind = PythonExpression::Kind;

constexpr size_t kMostPath = 400;
constexpr size_t kMostText = 4096;  // of a constant that is remembered
constexpr size_t kMostNames = 20'000;

// Encodings that say what the octets say.
bool is_plain_encoding(std::string_view name) {
  constexpr std::array<std::string_view, 22> kPlain = {
      "utf8",     "utf8sig",   "utf",      "u8",     "ascii",    "usascii", "latin1", "latin",
      "iso88591", "iso885915", "iso88592", "cp1252", "cp1250",   "cp1251",  "koi8r",  "gbk",
      "gb2312",   "gb18030",   "big5",     "eucjp",  "shiftjis", "euckr"};
  std::string folded;
  for (const char c : name) {
    if (c != '-' && c != '_') {
      folded += to_lower(c);
    }
  }
  constexpr std::string_view kUnix = "unix";
  if (folded.ends_with(kUnix)) {  // as Emacs writes it
    folded.resize(folded.size() - kUnix.size());
  }
  return std::ranges::find(kPlain, folded) != kPlain.end();
}

bool is_repository(std::string_view text) {
  const size_t slash = text.find('/');
  return slash != std::string_view::npos && slash > 0 && slash + 1 < text.size() &&
         text.find('/', slash + 1) == std::string_view::npos && text.front() != '.' &&
         text.front() != '~' && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '/' || c == '-' || c == '_' || c == '.';
         });
}

bool is_plain_hub(std::string_view url) {
  constexpr std::array<std::string_view, 10> kHubs = {
      "huggingface.co", "hf.co",     "download.pytorch.org",   "modelscope.cn",
      "civitai.com",    "tfhub.dev", "storage.googleapis.com", "ollama.com",
      "github.com",     "kaggle.com"};
  constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme)) {
    return false;
  }
  url.remove_prefix(kScheme.size());
  const std::string_view host = url.substr(0, url.find_first_of("/:?#"));
  return std::ranges::any_of(kHubs, [&](std::string_view hub) {
    return host == hub || (host.ends_with(hub) && host[host.size() - hub.size() - 1] == '.');
  });
}

// Reads a file twice: first for the functions that give back what a model said, then to tell.
class Reader {
 public:
  enum class Pass : uint8_t { kLearn, kTell };

  Reader(std::span<const PythonToken> tokens, SourceText& source, Examination& examination,
         std::set<std::string, std::less<>>& model_functions, Pass pass)
      : tokens_(tokens),
        source_(source),
        examination_(examination),
        model_functions_(model_functions),
        pass_(pass) {
    scopes_.push_back({});
  }

  Result<> run() {
    constexpr size_t kBetweenLooks = 4096;
    size_t begin = 0;
    size_t lines = 0;
    for (size_t at = 0; at < tokens_.size(); ++at) {
      const PythonToken& token = tokens_[at];
      if (token.kind == PythonToken::Kind::kIndent) {
        ++indent_;
        if (pending_) {
          scopes_.push_back({.indent = indent_, .function = *pending_, .names = pending_names_});
          pending_.reset();
        }
        begin = at + 1;
      } else if (token.kind == PythonToken::Kind::kDedent) {
        indent_ -= indent_ > 0 ? 1 : 0;
        while (scopes_.size() > 1 && scopes_.back().indent > indent_) {
          scopes_.pop_back();
        }
        begin = at + 1;
      } else if (token.kind == PythonToken::Kind::kMagic) {
        magic(token);
        begin = at + 1;
      } else if (token.kind == PythonToken::Kind::kNewline) {
        if (at > begin) {
          line(tokens_.subspan(begin, at - begin));
        }
        begin = at + 1;
        if (++lines % kBetweenLooks == 0) {
          TRY_OK(examination_.time_left());
        }
      }
    }
    return ok();
  }

  [[nodiscard]] bool too_deep() const { return too_deep_; }

 private:
  struct Scope {
    size_t indent = 0;
    std::string function = {};
    std::map<std::string, PythonValue, std::less<>> names = {};
  };

  void tell(RuleId rule, const PythonExpression& where, std::string message) {
    if (pass_ == Pass::kTell) {
      source_.add(rule, where.begin, where.end, std::move(message));
    }
  }

  // --- names -----------------------------------------------------------------------------------

  [[nodiscard]] const PythonValue* find(std::string_view name) const {
    for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
      if (const auto found = scope->names.find(name); found != scope->names.end()) {
        return &found->second;
      }
    }
    return nullptr;
  }

  void set(std::string_view name, PythonValue value) {
    Scope& scope = scopes_.back();
    if (scope.names.size() < kMostNames || scope.names.contains(name)) {
      scope.names.insert_or_assign(std::string(name), std::move(value));
    }
  }

  // `self.client = ...` is remembered by its whole path, for all functions.
  void assign(const PythonExpression& target, const PythonValue& value) {
    switch (target.kind) {
      case Kind::kName:
        set(target.text, value);
        break;
      case Kind::kAttribute: {
        const std::string written = written_path(target);
        if (!written.empty() && scopes_.front().names.size() < kMostNames) {
          scopes_.front().names.insert_or_assign(written, value);
        }
        break;
      }
      case Kind::kGroup: {
        PythonValue element = value;
        element.path = value.path.empty() ? std::string() : value.path + "[]";
        element.said_by_model = value.said_by_model || is_model_output(element.path);
        for (const uint32_t child : target.children) {
          assign(line_.at(child), element);
        }
        break;
      }
      case Kind::kCall:
      case Kind::kItem:
      case Kind::kText:
      case Kind::kNumber:
      case Kind::kOperation:
      case Kind::kDict:
      case Kind::kLambda:
      case Kind::kOther:
        break;
    }
  }

  // `self.a.b`, as it stands there; empty: something else is in it.
  [[nodiscard]] std::string written_path(const PythonExpression& node) const {
    std::string out;
    const PythonExpression* at = &node;
    while (at->kind == Kind::kAttribute) {
      out.insert(0, at->text).insert(0, 1, '.');
      at = &line_.at(at->children.front());
    }
    return at->kind == Kind::kName && out.size() < kMostPath ? at->text + out : std::string();
  }

  // --- lines -----------------------------------------------------------------------------------

  void magic(const PythonToken& token) {
    if (pass_ == Pass::kLearn) {
      return;
    }
    std::string_view command = token.text;
    command.remove_prefix(1);
    if (runs_what_it_fetches(command)) {
      source_.add(RuleId::kFetchedShell, token.offset, token.offset + token.text.size(),
                  "what is fetched is run unseen");
    }
    const std::vector<dependency::RequirementLine> asked =
        dependency::pip_install_arguments(command);
    dependency::report_lines(asked, token.line, token.offset, examination_);
  }

  void line(std::span<const PythonToken> tokens) {
    pending_.reset();
    // Suites on one line and statements with `;` between: each is looked at by its first word.
    const std::string_view first = tokens.front().text;
    if (tokens.front().kind == PythonToken::Kind::kName) {
      if (first == "import") {
        import(tokens.subspan(1));
        return;
      }
      if (first == "from") {
        from_import(tokens.subspan(1));
        return;
      }
      if (first == "def" || first == "class" ||
          (first == "async" && tokens.size() > 1 && tokens[1].text == "def")) {
        header(tokens.subspan(first == "async" ? 2 : 1), first == "class");
      }
    }
    // What `;` separates.
    size_t begin = 0;
    size_t depth = 0;
    for (size_t at = 0; at <= tokens.size(); ++at) {
      const bool ends = at == tokens.size();
      if (!ends && tokens[at].kind == PythonToken::Kind::kOperator) {
        const std::string_view sign = tokens[at].text;
        depth += sign == "(" || sign == "[" || sign == "{" ? 1 : 0;
        depth -= depth > 0 && (sign == ")" || sign == "]" || sign == "}") ? 1 : 0;
      }
      if (ends || (depth == 0 && tokens[at].text == ";" &&
                   tokens[at].kind == PythonToken::Kind::kOperator)) {
        if (at > begin) {
          const std::span<const PythonToken> one = tokens.subspan(begin, at - begin);
          if (begin > 0 && one.front().text == "import") {
            import(one.subspan(1));
          } else if (begin > 0 && one.front().text == "from") {
            from_import(one.subspan(1));
          } else {
            statement(one);
          }
        }
        begin = at + 1;
      }
    }
  }

  // `a.b as c, d`
  void import(std::span<const PythonToken> tokens) {
    for (size_t at = 0; at < tokens.size();) {
      std::string path;
      std::string first;
      for (; at < tokens.size() && tokens[at].text != "," && tokens[at].text != "as" &&
             tokens[at].text != ";";
           ++at) {
        path += formats::python_name(tokens[at].text);
        if (first.empty()) {
          first = path;
        }
      }
      std::string name = first;
      PythonValue module{.path = first};
      if (at < tokens.size() && tokens[at].text == "as" && at + 1 < tokens.size()) {
        name = formats::python_name(tokens[at + 1].text);
        module.path = canonical(path);
        at += 2;
      }
      if (!name.empty()) {
        module.path = canonical(module.path);
        set(name, std::move(module));
      }
      while (at < tokens.size() && tokens[at].text != ",") {
        ++at;
      }
      ++at;
    }
  }

  // `a.b import c as d, e`
  void from_import(std::span<const PythonToken> tokens) {
    std::string path;
    size_t at = 0;
    for (; at < tokens.size() && tokens[at].text != "import"; ++at) {
      path += formats::python_name(tokens[at].text);
    }
    path = canonical(path);
    for (++at; at < tokens.size();) {
      const std::string_view text = tokens[at].text;
      if (text == "*") {
        everything_of_.push_back(path);
        ++at;
        continue;
      }
      if (tokens[at].kind != PythonToken::Kind::kName) {
        ++at;
        continue;
      }
      const std::string name = formats::python_name(text);
      std::string local = name;
      ++at;
      if (at + 1 < tokens.size() && tokens[at].text == "as") {
        local = formats::python_name(tokens[at + 1].text);
        at += 2;
      }
      set(local, {.path = canonical(fmt::format("{}.{}", path, name))});
    }
  }

  // Other names of the same thing.
  static std::string canonical(std::string path) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kSame = {
        {{"posix.system", "os.system"},
         {"nt.system", "os.system"},
         {"builtins.eval", "eval"},
         {"builtins.exec", "exec"},
         {"__builtins__.eval", "eval"},
         {"__builtins__.exec", "exec"},
         {"cPickle", "pickle"},
         {"jinja2.environment.Template", "jinja2.Template"}}};
    for (const auto& [other, usual] : kSame) {
      if (path == other) {
        return std::string(usual);
      }
    }
    return path;
  }

  // The name and the parameters of a function, the name of a class.
  void header(std::span<const PythonToken> tokens, bool is_class) {
    if (tokens.empty()) {
      return;
    }
    const std::string name = formats::python_name(tokens.front().text);
    // Parameters hide what has their names outside.
    std::map<std::string, PythonValue, std::less<>> parameters;
    size_t depth = 0;
    for (size_t at = 1; at < tokens.size() && !is_class; ++at) {
      const std::string_view text = tokens[at].text;
      if (text == "(" || text == "[" || text == "{") {
        ++depth;
      } else if (text == ")" || text == "]" || text == "}") {
        if (depth <= 1) {
          break;
        }
        --depth;
      } else if (depth == 1 && tokens[at].kind == PythonToken::Kind::kName &&
                 (tokens[at - 1].text == "(" || tokens[at - 1].text == "," ||
                  tokens[at - 1].text == "*" || tokens[at - 1].text == "**")) {
        std::string parameter = formats::python_name(text);
        std::string path = ":" + parameter;
        parameters.emplace(std::move(parameter), PythonValue{.path = std::move(path)});
      }
    }
    set(name, {.path = ":" + name});
    if (!is_class) {
      pending_ = name;
      pending_names_ = std::move(parameters);
    }
  }

  void statement(std::span<const PythonToken> tokens) {
    formats::parse_python_line(tokens, line_);
    too_deep_ = too_deep_ || line_.too_deep;
    std::vector<PythonValue> values;
    values.reserve(line_.parts.size());
    // In the order in which Python computes: what is assigned stands at the end.
    for (const PythonPart& part : line_.parts) {
      values.push_back(evaluate(part.expression));
    }
    const bool returns = tokens.front().text == "return" || tokens.front().text == "yield";
    for (size_t i = 0; i < values.size(); ++i) {
      const std::string_view before = line_.parts[i].before;
      if ((returns || before == "return") && values[i].said_by_model) {
        note_model_function();
      }
      if (before == "=" || before == ":=" || (before.size() >= 2 && before.ends_with('='))) {
        assign_parts(values, i, before);
      } else if (before == "as" && i > 0) {
        assign(line_.at(line_.parts[i].expression), values[i - 1]);
      } else if (before == "in" && i > 0) {
        PythonValue element = values[i];
        element.path = values[i].path.empty() ? std::string() : values[i].path + "[]";
        element.said_by_model = element.said_by_model || is_model_output(element.path);
        for (size_t target = i; target-- > 0;) {
          assign(line_.at(line_.parts[target].expression), element);
          if (line_.parts[target].before != ",") {
            break;
          }
        }
      }
    }
  }

  // What stands before the `=` at part `i` gets the value of the last part of the chain.
  void assign_parts(std::vector<PythonValue>& values, size_t i, std::string_view sign) {
    size_t last = i;
    while (last + 1 < line_.parts.size() && line_.parts[last + 1].before == "=") {
      ++last;
    }
    PythonValue value = values[last];
    // `verify_mode = ssl.CERT_NONE`
    if (value.path == "ssl.CERT_NONE" || value.path == "ssl._create_unverified_context") {
      tell(RuleId::kNoCertificateCheck, line_.at(line_.parts[i].expression),
           "certificates are not verified");
    }
    if (i == 0) {
      return;
    }
    if (sign != "=") {  // `+=`
      const PythonValue& before = values[i - 1];
      value.said_by_model = value.said_by_model || before.said_by_model;
      value.decoded = value.decoded || before.decoded;
      value.assembled = true;
      value.constant = Constant::kOther;
    }
    const bool several = i >= 2 && line_.parts[i - 1].before == ",";
    if (several && !value.path.empty()) {
      value.path += "[]";
    }
    for (size_t target = i; target-- > 0;) {
      assign(line_.at(line_.parts[target].expression), value);
      const std::string_view before = line_.parts[target].before;
      // `name: Type = value`
      if (before != "," && before != ":") {
        break;
      }
    }
  }

  void note_model_function() {
    for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
      if (!scope->function.empty()) {
        if (model_functions_.size() < kMostNames) {
          model_functions_.insert(scope->function);
        }
        return;
      }
    }
  }

  // --- values ----------------------------------------------------------------------------------

  static void join(PythonValue& into, const PythonValue& other) {
    into.said_by_model = into.said_by_model || other.said_by_model;
    into.decoded = into.decoded || other.decoded;
    into.fetched = into.fetched || other.fetched;
  }

  // The height of the tree bounds the recursion.
  PythonValue evaluate(uint32_t node) {  // NOLINT(misc-no-recursion)
    const PythonExpression& expression = line_.at(node);
    switch (expression.kind) {
      case Kind::kName:
        return name_value(expression.text);
      case Kind::kAttribute:
        return attribute_value(expression);
      case Kind::kCall:
        return call_value(expression);
      case Kind::kItem:
        return item_value(expression);
      case Kind::kText: {
        PythonValue value{.constant = expression.computed ? Constant::kOther : Constant::kText,
                          .text = expression.text.substr(0, kMostText),
                          .assembled = expression.computed};
        for (const uint32_t child : expression.children) {
          join(value, evaluate(child));
        }
        return value;
      }
      case Kind::kNumber:
        return {.constant = Constant::kOther, .text = expression.text};
      case Kind::kOperation:
        return operation_value(expression);
      case Kind::kGroup:
      case Kind::kDict:
        return group_value(expression);
      case Kind::kLambda: {
        for (const uint32_t child : expression.children) {
          (void)evaluate(child);
        }
        return {};
      }
      case Kind::kOther:
        return {};
    }
    return {};
  }

  PythonValue name_value(const std::string& name) const {
    if (const PythonValue* found = find(name)) {
      return *found;
    }
    if (name == "True") {
      return {.constant = Constant::kTrue};
    }
    if (name == "False") {
      return {.constant = Constant::kFalse};
    }
    if (name == "None") {
      return {.constant = Constant::kOther};
    }
    for (const std::string& module : everything_of_) {
      const std::string path = fmt::format("{}.{}", module, name);
      const bool known =
          std::ranges::any_of(call_rows(), [&](const CallRow& row) { return row.path == path; });
      if (known || path == "os.system" || path.starts_with("subprocess.")) {
        return {.path = path};
      }
    }
    return {.path = name};
  }

  PythonValue attribute_value(const PythonExpression& expression) {  // NOLINT(misc-no-recursion)
    const std::string written = written_path(expression);
    if (!written.empty()) {
      if (const auto found = scopes_.front().names.find(written);
          found != scopes_.front().names.end()) {
        return found->second;
      }
    }
    PythonValue base = evaluate(expression.children.front());
    PythonValue value{.path = extended(base.path, "." + expression.text)};
    value.said_by_model =
        (base.said_by_model && keeps_text(expression.text)) || is_model_output(value.path);
    value.decoded = base.decoded;
    value.fetched = base.fetched;
    return value;
  }

  static std::string extended(const std::string& path, std::string_view more) {
    std::string out = path.empty() ? std::string("?") : path;
    if (out.size() + more.size() <= kMostPath) {
      out += more;
    }
    return canonical(std::move(out));
  }

  PythonValue item_value(const PythonExpression& expression) {  // NOLINT(misc-no-recursion)
    const PythonValue base = evaluate(expression.children.front());
    PythonValue index;
    for (size_t i = 1; i < expression.children.size(); ++i) {
      index = evaluate(expression.children[i]);
    }
    const bool named = expression.children.size() == 2 && index.constant == Constant::kText;
    PythonValue value{.path = extended(base.path, named ? "." + index.text : "[]")};
    value.said_by_model = base.said_by_model || is_model_output(value.path);
    value.decoded = base.decoded;
    value.fetched = base.fetched;
    return value;
  }

  PythonValue operation_value(const PythonExpression& expression) {  // NOLINT(misc-no-recursion)
    const std::vector<uint32_t>& children = expression.children;
    if (expression.text == ":=" && children.size() == 2) {
      PythonValue value = evaluate(children[1]);
      assign(line_.at(children[0]), value);
      return value;
    }
    if (expression.text == "for" && children.size() >= 3) {
      // `x for x in y`: y is computed first.
      PythonValue element = evaluate(children[2]);
      element.path = element.path.empty() ? std::string() : extended(element.path, "[]");
      element.said_by_model = element.said_by_model || is_model_output(element.path);
      assign(line_.at(children[1]), element);
      PythonValue value = evaluate(children[0]);
      for (size_t i = 3; i < children.size(); ++i) {
        (void)evaluate(children[i]);
      }
      value.constant = Constant::kOther;
      return value;
    }
    PythonValue out{.constant = Constant::kOther};
    std::string text;
    bool constant = expression.text == "+" && !expression.mixed;
    bool any_text = false;
    for (size_t i = 0; i < children.size(); ++i) {
      const PythonValue value = evaluate(children[i]);
      if (!expression.compares) {
        join(out, value);
      }
      // `prompt | model | parser` asks the model.
      const bool chain = expression.text == "|" && asks_models(value.path);
      if (chain || (i == 0 && (expression.text == "or" || expression.text == "if" ||
                               expression.text == "and"))) {
        out.path = value.path;
      }
      any_text = any_text || value.constant == Constant::kText || value.assembled;
      constant = constant && value.constant == Constant::kText;
      if (constant && text.size() < kMostText) {
        text += value.text;
      }
    }
    if (constant) {
      out.constant = Constant::kText;
      out.text = std::move(text);
    } else {
      out.assembled = any_text && !expression.compares;
    }
    return out;
  }

  PythonValue group_value(const PythonExpression& expression) {  // NOLINT(misc-no-recursion)
    PythonValue out;
    for (const uint32_t child : expression.children) {
      join(out, evaluate(child));
    }
    for (const PythonExpression::Keyword& keyword : expression.keywords) {
      const PythonValue value = evaluate(keyword.value);
      join(out, value);
      if (keyword.name.empty()) {
        out.members.insert(out.members.end(), value.members.begin(), value.members.end());
      } else if (out.members.size() < 64) {
        out.members.emplace_back(keyword.name, value.constant);
      }
    }
    return out;
  }

  // --- calls -----------------------------------------------------------------------------------

  struct Argument {
    std::string name;  // empty: by its place
    PythonValue value;
    uint32_t node;
  };
  struct Call {
    const PythonExpression& expression;
    const PythonValue& function;
    std::vector<Argument> arguments;
    bool has_unknown = false;  // `**kwargs`

    [[nodiscard]] const PythonValue* named(std::string_view name) const {
      const auto found = std::ranges::find(arguments, name, &Argument::name);
      return found == arguments.end() ? nullptr : &found->value;
    }
    [[nodiscard]] const PythonValue* at(size_t place) const {
      return place < arguments.size() && arguments[place].name.empty() ? &arguments[place].value
                                                                       : nullptr;
    }
    [[nodiscard]] bool is(std::string_view name, Constant constant) const {
      const PythonValue* value = named(name);
      return value != nullptr && value->constant == constant;
    }
  };

  PythonValue call_value(const PythonExpression& expression) {  // NOLINT(misc-no-recursion)
    const PythonValue function = evaluate(expression.children.front());
    Call call{.expression = expression, .function = function, .arguments = {}};
    for (size_t i = 1; i < expression.children.size(); ++i) {
      call.arguments.push_back(
          {.name = {}, .value = evaluate(expression.children[i]), .node = expression.children[i]});
    }
    for (const PythonExpression::Keyword& keyword : expression.keywords) {
      PythonValue value = evaluate(keyword.value);
      if (!keyword.name.empty()) {
        call.arguments.push_back(
            {.name = keyword.name, .value = std::move(value), .node = keyword.value});
        continue;
      }
      call.has_unknown = call.has_unknown || value.members.empty();
      for (const auto& [name, constant] : value.members) {
        call.arguments.push_back(
            {.name = name, .value = {.constant = constant}, .node = keyword.value});
      }
    }
    check(call);
    return result_of(call);
  }

  PythonValue result_of(const Call& call) const {
    const std::string& path = call.function.path;
    const PythonValue* first = call.at(0);
    // `__import__("os")`, `getattr(os, "system")`
    if ((path == "__import__" || path == "importlib.import_module") && first != nullptr &&
        first->constant == Constant::kText) {
      return {.path = canonical(first->text.substr(0, kMostPath))};
    }
    if (path == "getattr" && call.at(1) != nullptr && call.at(1)->constant == Constant::kText) {
      return {.path = extended(first->path, "." + call.at(1)->text)};
    }
    PythonValue out{.path = extended(path, "()")};
    constexpr std::array<std::string_view, 14> kNumbers = {
        "int",  "float",   "bool",       "len",         "abs",   "round", "ord",
        "hash", "hasattr", "isinstance", "shlex.quote", "print", "id",    "range"};
    if (std::ranges::find(kNumbers, path) != kNumbers.end()) {
      return out;
    }
    out.said_by_model = call.function.said_by_model || is_model_output(out.path);
    out.decoded = call.function.decoded;
    out.fetched = call.function.fetched || fetches(path);
    const std::string_view name = std::string_view(path).substr(path.find_last_of(".:") + 1);
    if ((path.starts_with(':') || path.starts_with("self.") || path.starts_with(":self.")) &&
        model_functions_.contains(name)) {
      out.said_by_model = true;
    }
    const bool passes = passes_text_on(path);
    const bool decoder = decodes(path);
    for (const Argument& argument : call.arguments) {
      if (passes) {
        out.said_by_model = out.said_by_model || argument.value.said_by_model;
        out.fetched = out.fetched || argument.value.fetched;
        out.decoded = out.decoded || argument.value.decoded;
      }
      if (decoder && (argument.value.decoded || argument.value.constant == Constant::kText)) {
        constexpr size_t kShort = 16;
        out.decoded = out.decoded || argument.value.decoded || argument.value.text.size() > kShort;
      }
      if (path == "dict" && !argument.name.empty()) {
        out.members.emplace_back(argument.name, argument.value.constant);
      }
    }
    const bool formats = path.ends_with(".format") || path.ends_with(".join");
    out.assembled = formats && !call.arguments.empty();
    return out;
  }

  void check(const Call& call) {
    if (pass_ == Pass::kLearn) {
      return;
    }
    const std::string& path = call.function.path;
    for (const CallRow& row : call_rows()) {
      if (names(row, path) && applies(row, call)) {
        tell(row.rule, call.expression, std::string(row.message));
      }
    }
    check_run(call);
    check_shell(call);
    check_yaml(call);
    check_template(call);
    check_network(call);
    check_hub(call);
  }

  static bool applies(const CallRow& row, const Call& call) {
    const PythonValue* argument = call.named(row.argument);
    switch (row.check) {
      case CallCheck::kAlways:
        return true;
      case CallCheck::kIfTrue:
        return argument != nullptr && argument->constant == Constant::kTrue;
      case CallCheck::kIfFalse:
        return argument != nullptr && argument->constant == Constant::kFalse;
      case CallCheck::kIfMissing:
        return argument == nullptr && !call.has_unknown;
      case CallCheck::kUnlessTrue:
        return argument == nullptr ? !call.has_unknown : argument->constant == Constant::kFalse;
    }
    return false;
  }

  void check_run(const Call& call) {
    const std::string& path = call.function.path;
    if (path != "eval" && path != "exec") {
      return;
    }
    const PythonValue* code = call.at(0);
    if (code == nullptr) {
      return;
    }
    if (code->said_by_model) {
      tell(RuleId::kModelOutputRun, call.expression,
           fmt::format("`{}` runs what a model answered", path));
    } else if (code->decoded) {
      tell(RuleId::kHiddenCode, call.expression,
           fmt::format("`{}` runs what is decoded from a constant", path));
    } else if (code->fetched) {
      tell(RuleId::kHiddenCode, call.expression,
           fmt::format("`{}` runs what comes from the network", path));
    }
  }

  void check_shell(const Call& call) {
    const std::string& path = call.function.path;
    constexpr std::array<std::string_view, 6> kShells = {"os.system",
                                                         "os.popen",
                                                         "subprocess.getoutput",
                                                         "subprocess.getstatusoutput",
                                                         "asyncio.create_subprocess_shell",
                                                         "commands.getoutput"};
    constexpr std::array<std::string_view, 6> kProcesses = {
        "subprocess.run",          "subprocess.call",  "subprocess.check_call",
        "subprocess.check_output", "subprocess.Popen", "asyncio.create_subprocess_exec"};
    const bool shell = std::ranges::find(kShells, path) != kShells.end();
    const bool process = std::ranges::find(kProcesses, path) != kProcesses.end();
    const bool remote = path.ends_with(".exec_command") && path.starts_with("paramiko.");
    if (!shell && !process && !remote) {
      return;
    }
    const PythonValue* command = call.at(0);
    if (command == nullptr) {
      command = call.named("args");
    }
    if (command == nullptr) {
      return;
    }
    const bool through_shell = shell || remote || call.is("shell", Constant::kTrue);
    if (command->said_by_model && (through_shell || is_program(call))) {
      tell(RuleId::kModelOutputShell, call.expression,
           fmt::format("`{}` runs what a model answered", path));
      return;
    }
    if (command->constant == Constant::kText) {
      if (through_shell && runs_what_it_fetches(command->text)) {
        tell(RuleId::kFetchedShell, call.expression, "what is fetched is run unseen");
      }
      return;
    }
    if (through_shell && (command->decoded || command->fetched)) {
      tell(RuleId::kHiddenCode, call.expression,
           fmt::format("`{}` runs what is {}", path,
                       command->decoded ? "decoded from a constant" : "fetched"));
    } else if (through_shell && command->assembled) {
      tell(RuleId::kShellCommand, call.expression, "the command is put together from parts");
    }
  }

  // Whether the model chooses the program: it says all of it, or the text of an interpreter (`sh
  // -c`), not only an argument of a program of ours.
  bool is_program(const Call& call) {
    if (call.expression.children.size() < 2) {
      return true;
    }
    const PythonExpression& list = line_.at(call.expression.children[1]);
    if (list.kind != Kind::kGroup || list.children.empty()) {
      return true;
    }
    if (evaluate(list.children.front()).said_by_model) {
      return true;
    }
    constexpr std::array<std::string_view, 4> kOptions = {"-c", "-e", "/c", "-Command"};
    return std::ranges::any_of(list.children, [&](uint32_t child) {
      const PythonExpression& one = line_.at(child);
      return one.kind == Kind::kText && std::ranges::find(kOptions, one.text) != kOptions.end();
    });
  }

  void check_yaml(const Call& call) {
    const std::string& path = call.function.path;
    if (path != "yaml.load" && path != "yaml.load_all") {
      return;
    }
    const PythonValue* loader = call.named("Loader");
    if (loader == nullptr) {
      loader = call.at(1);
    }
    if (loader == nullptr) {
      if (!call.has_unknown) {
        tell(RuleId::kYamlLoad, call.expression, "no `Loader` is named");
      }
      return;
    }
    constexpr std::array<std::string_view, 4> kUnsafe = {"yaml.Loader", "yaml.UnsafeLoader",
                                                         "yaml.CLoader", "yaml.loader.Loader"};
    if (std::ranges::find(kUnsafe, loader->path) != kUnsafe.end()) {
      tell(RuleId::kYamlLoad, call.expression, fmt::format("`{}` makes objects", loader->path));
    }
  }

  void check_template(const Call& call) {
    const std::string& path = call.function.path;
    const bool runs = path == "jinja2.Template" || path == "jinja2.Environment().from_string" ||
                      path == "flask.render_template_string";
    const PythonValue* text = call.at(0);
    if (runs && text != nullptr &&
        (text->said_by_model || text->path.find("chat_template") != std::string::npos)) {
      tell(RuleId::kTemplateRun, call.expression,
           text->said_by_model ? "the template is what a model answered"
                               : "the chat template comes with the model");
    }
  }

  void check_network(const Call& call) {
    const std::string& path = call.function.path;
    constexpr std::array<std::string_view, 5> kClients = {"requests", "httpx", "aiohttp", "urllib3",
                                                          "openai"};
    const bool client = std::ranges::any_of(kClients, [&](std::string_view package) {
      return path.starts_with(package) && path.size() > package.size() &&
             path[package.size()] == '.';
    });
    if (client && (call.is("verify", Constant::kFalse) || call.is("ssl", Constant::kFalse) ||
                   call.is("verify_ssl", Constant::kFalse))) {
      tell(RuleId::kNoCertificateCheck, call.expression, "`verify=False`");
    }
    if (path == "ssl._create_unverified_context") {
      tell(RuleId::kNoCertificateCheck, call.expression, "certificates are not verified");
    }
    for (const Argument& argument : call.arguments) {
      if (argument.name == "cert_reqs" && argument.value.path == "ssl.CERT_NONE") {
        tell(RuleId::kNoCertificateCheck, call.expression, "`cert_reqs=ssl.CERT_NONE`");
      }
      if ((argument.value.constant == Constant::kText || argument.value.assembled) &&
          is_plain_hub(argument.value.text) &&
          (client || fetches(path) || path.find("download") != std::string::npos ||
           path.find("retrieve") != std::string::npos ||
           path.find("from_url") != std::string::npos)) {
        tell(RuleId::kPlainHub, call.expression, "anybody on the way may change it");
      }
    }
    if (path.ends_with(".run") && call.is("debug", Constant::kTrue)) {
      const PythonValue* host = call.named("host");
      if (host != nullptr && host->constant == Constant::kText && host->text == "0.0.0.0") {
        tell(RuleId::kDebugServer, call.expression, "`debug=True` on 0.0.0.0");
      }
    }
  }

  void check_hub(const Call& call) {
    const std::string& path = call.function.path;
    if (call.is("trust_remote_code", Constant::kTrue)) {
      tell(RuleId::kTrustRemoteCode, call.expression,
           "`trust_remote_code=True` runs code of the repository");
    }
    if (call.is("allow_dangerous_deserialization", Constant::kTrue)) {
      tell(RuleId::kUnsafeDeserialization, call.expression,
           "`allow_dangerous_deserialization=True` loads a pickle");
    }
    if (call.is("allow_dangerous_code", Constant::kTrue)) {
      tell(RuleId::kModelTool, call.expression, "`allow_dangerous_code=True`");
    }
    if (path == "torch.hub.load" && !call.is("source", Constant::kText)) {
      tell(RuleId::kTrustRemoteCode, call.expression, "code of the repository is run");
    }
    constexpr std::array<std::string_view, 6> kGetters = {
        "huggingface_hub.hf_hub_download",
        "huggingface_hub.snapshot_download",
        "datasets.load_dataset",
        "transformers.pipeline",
        "sentence_transformers.SentenceTransformer",
        "huggingface_hub.cached_download"};
    const bool gets =
        path.ends_with(".from_pretrained") || std::ranges::find(kGetters, path) != kGetters.end();
    if (!gets || call.has_unknown || call.named("revision") != nullptr) {
      return;
    }
    const PythonValue* repository = call.at(path == "transformers.pipeline" ? 1 : 0);
    for (const std::string_view name :
         {"repo_id", "pretrained_model_name_or_path", "model", "path"}) {
      repository = repository != nullptr ? repository : call.named(name);
    }
    if (repository != nullptr && repository->constant == Constant::kText &&
        is_repository(repository->text)) {
      tell(RuleId::kUnpinnedModel, call.expression,
           fmt::format("`{}` is taken in the revision of the day", repository->text));
    }
  }

  std::span<const PythonToken> tokens_;
  SourceText& source_;
  Examination& examination_;
  std::set<std::string, std::less<>>& model_functions_;
  Pass pass_;
  PythonLine line_;
  size_t indent_ = 0;
  std::vector<Scope> scopes_;
  std::optional<std::string> pending_;  // a function whose body comes next
  std::map<std::string, PythonValue, std::less<>> pending_names_;
  std::vector<std::string> everything_of_;  // modules of `from x import *`
  bool too_deep_ = false;
};

}  // namespace

bool may_be_python(const Look& look) {
  if (look.name.ends_with(".py") || look.name.ends_with(".pyw")) {
    return true;
  }
  const std::string_view head = as_text(look.head);
  return head.starts_with("#!") &&
         head.substr(0, head.find('\n')).find("python") != std::string_view::npos;
}

Result<> examine_python(const formats::Input& input, Examination& examination) {
  TRY(const std::string text, formats::read_all(input, kMostCode));
  const formats::PythonTokens tokens = formats::tokenize_python(text);
  SourceText source(text, examination);
  if (!tokens.encoding.empty() && !is_plain_encoding(tokens.encoding)) {
    examination.add(RuleId::kOddEncoding, 0, fmt::format("the encoding is `{}`", tokens.encoding),
                    std::string(tokens.encoding));
  }
  std::set<std::string, std::less<>> model_functions;
  Reader learn(tokens.tokens, source, examination, model_functions, Reader::Pass::kLearn);
  TRY_OK(learn.run());
  Reader tell(tokens.tokens, source, examination, model_functions, Reader::Pass::kTell);
  TRY_OK(tell.run());
  if (tell.too_deep()) {
    return Error(ErrorKind::kTooLarge, "an expression is too deep to be read");
  }
  if (tokens.problem) {
    return Error(ErrorKind::kInvalidInput, *tokens.problem);
  }
  return ok();
}

}  // namespace sally::vet::code
