#include "vet/model/template.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "formats/jinja/template.h"

namespace sally::vet::model {
namespace {

using formats::JinjaKind;
using formats::JinjaNode;
using formats::JinjaTag;
using formats::JinjaTemplate;

constexpr size_t kMostTemplate = size_t{1} << 20;
constexpr size_t kMostText = 256;  // octets of a value that is followed
constexpr size_t kMostAlternatives = 8;
constexpr size_t kMostItems = 128;  // of a list that is followed, with what is in them
constexpr size_t kMostTold = 16;    // findings of one template
constexpr size_t kEvidence = 200;
constexpr double kManyTurns = 1e6;  // of loops, one within another
constexpr char kGap = '\0';         // characters that are not known

// What is known of a value.
struct Value {
  enum class Kind : uint8_t {
    kUnknown,
    kText,     // one of `texts`, each with gaps
    kNumber,   // `number`
    kList,     // `items`
    kSpecial,  // a function or object that Jinja or a web server puts there: `name`
    kTaken,    // reached through Python's internals
  };
  Kind kind = Kind::kUnknown;
  bool odd = false;   // pieces of what a function or generator looks like as a text
  bool lazy = false;  // a generator: `select`, `map`
  double number = 0;
  double turns = 1;  // of a loop over it
  std::string name = {};
  std::vector<std::string> texts = {};
  std::vector<Value> items = {};   // of a list; the keys of a dict
  std::vector<Value> values = {};  // of a dict
};

Value text_value(std::string text) {
  if (text.size() > kMostText) {
    text.resize(kMostText);
    text += kGap;
  }
  Value value{.kind = Value::Kind::kText};
  value.texts.push_back(std::move(text));
  return value;
}

Value number_value(double number) {
  return {.kind = Value::Kind::kNumber, .number = number};
}

Value special(std::string_view name) {
  return {.kind = Value::Kind::kSpecial, .name = std::string(name)};
}

Value taken() {
  return {.kind = Value::Kind::kTaken};
}

size_t weight_of(const Value& value) {
  size_t weight = 1;
  for (const Value& one : value.values) {
    weight += weight_of(one);
  }
  for (const Value& item : value.items) {
    weight += weight_of(item);
  }
  return weight;
}

Value list_value(std::vector<Value> items) {
  Value value{.kind = Value::Kind::kList};
  value.turns = static_cast<double>(items.size());
  size_t weight = 0;
  for (const Value& item : items) {
    weight += weight_of(item);
    value.odd |= item.odd;
  }
  if (weight <= kMostItems) {
    value.items = std::move(items);
  } else {
    value.kind = Value::Kind::kUnknown;
  }
  return value;
}

Value dict_value(std::vector<Value> keys, std::vector<Value> values) {
  Value value = list_value(std::move(keys));
  size_t weight = 0;
  for (const Value& one : values) {
    weight += weight_of(one);
  }
  if (weight <= kMostItems) {
    value.values = std::move(values);
  }
  return value;
}

// The texts that `value` may be; a gap where nothing is known.
std::vector<std::string> texts_of(const Value& value) {
  if (value.kind == Value::Kind::kText) {
    return value.texts;
  }
  if (value.kind == Value::Kind::kNumber && std::abs(value.number) < 1e15 &&
      std::floor(value.number) == value.number) {
    return {fmt::format("{}", static_cast<int64_t>(value.number))};
  }
  return {std::string(1, kGap)};
}

// Whether pieces of its text say more than the text: `(lipsum|string)[18]`.
bool odd_as_text(const Value& value) {
  return value.odd || value.lazy || value.kind == Value::Kind::kSpecial ||
         value.kind == Value::Kind::kTaken;
}

void add_text(Value& value, std::string text) {
  if (text.size() > kMostText) {
    text.resize(kMostText);
    text += kGap;
  }
  if (std::ranges::find(value.texts, text) != value.texts.end()) {
    return;
  }
  if (value.texts.size() < kMostAlternatives) {
    value.texts.push_back(std::move(text));
  }
}

// What is either of them.
Value either(const Value& a, const Value& b) {
  if (a.kind == Value::Kind::kTaken || b.kind == Value::Kind::kTaken) {
    return taken();
  }
  if (a.kind == Value::Kind::kUnknown && !a.odd) {
    return b;
  }
  if (b.kind == Value::Kind::kUnknown && !b.odd) {
    return a;
  }
  if (a.kind == b.kind && a.kind == Value::Kind::kText) {
    Value out = a;
    for (const std::string& text : b.texts) {
      add_text(out, text);
    }
    out.odd |= b.odd;
    return out;
  }
  if (a.kind == b.kind && a.kind == Value::Kind::kNumber) {
    return number_value(std::max(a.number, b.number));
  }
  Value out = b;
  out.odd |= a.odd;
  return out;
}

// What a member of a dict may be.
Value any_value(const Value& dict) {
  Value out;
  for (const Value& value : dict.values) {
    out = either(out, value);
  }
  return out;
}

Value joined(const Value& a, const Value& b) {
  Value out{.kind = Value::Kind::kText, .odd = odd_as_text(a) || odd_as_text(b)};
  for (const std::string& left : texts_of(a)) {
    for (const std::string& right : texts_of(b)) {
      add_text(out, left + right);
    }
  }
  return out;
}

template <typename F>
Value each_text(const Value& value, const F& change) {
  Value out{.kind = Value::Kind::kText, .odd = odd_as_text(value)};
  for (const std::string& text : texts_of(value)) {
    add_text(out, change(text));
  }
  return out;
}

std::string trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) {
    return {};
  }
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1));
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  if (from.empty()) {
    return std::string(text);
  }
  while (out.size() <= kMostText) {
    const size_t at = text.find(from);
    out += text.substr(0, at);
    if (at == std::string_view::npos) {
      break;
    }
    out += to;
    text.remove_prefix(at + from.size());
  }
  return out;
}

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

// `%s`, `%c`, `%d` and `{}`, `{0}`, `{:c}`, `{name}` filled in with what is known.
std::string filled_percent(std::string_view format, const std::vector<Value>& arguments) {
  std::string out;
  size_t next = 0;
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%' || i + 1 == format.size()) {
      out += format[i];
      continue;
    }
    size_t letter = i + 1;
    if (format[letter] == '(') {
      letter = std::min(format.find(')', letter), format.size() - 1) + 1;
    }
    letter = format.find_first_not_of("0123456789.-+ #*", letter);
    if (letter == std::string_view::npos) {
      return out + kGap;
    }
    i = letter;
    if (format[i] == '%') {
      out += '%';
    } else if (next < arguments.size()) {
      const Value& argument = arguments[next++];
      const bool code = argument.kind == Value::Kind::kNumber && format[i] == 'c' &&
                        argument.number > 0 && argument.number < 128;
      out += code ? std::string(1, static_cast<char>(argument.number)) : texts_of(argument).front();
    } else {
      out += kGap;
    }
  }
  return out;
}

std::string filled_braces(std::string_view format, const std::vector<Value>& arguments) {
  std::string out;
  size_t next = 0;
  for (size_t i = 0; i < format.size(); ++i) {
    const char c = format[i];
    if ((c == '{' || c == '}') && i + 1 < format.size() && format[i + 1] == c) {
      out += c;
      ++i;
      continue;
    }
    const size_t end = c == '{' ? format.find('}', i) : std::string_view::npos;
    if (end == std::string_view::npos) {
      out += c;
      continue;
    }
    const std::string_view field = format.substr(i + 1, end - i - 1);
    const std::string_view name = field.substr(0, field.find_first_of(":!"));
    size_t index = next;
    if (name.empty()) {
      ++next;
    } else if (std::from_chars(name.data(), name.data() + name.size(), index).ec != std::errc()) {
      index = arguments.size();
    }
    if (index < arguments.size()) {
      const Value& argument = arguments[index];
      const bool code = argument.kind == Value::Kind::kNumber && field.ends_with(":c") &&
                        argument.number > 0 && argument.number < 128;
      out += code ? std::string(1, static_cast<char>(argument.number)) : texts_of(argument).front();
    } else {
      out += kGap;
    }
    i = end;
  }
  return out;
}

bool one_of(std::string_view word, std::span<const std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

// Names of Python's objects that lead from any value to all of it.
constexpr std::array<std::string_view, 59> kInternals = {"__class__",
                                                         "__base__",
                                                         "__bases__",
                                                         "__mro__",
                                                         "mro",
                                                         "__subclasses__",
                                                         "__init__",
                                                         "__globals__",
                                                         "__builtins__",
                                                         "__builtin__",
                                                         "__import__",
                                                         "__dict__",
                                                         "__code__",
                                                         "__closure__",
                                                         "__self__",
                                                         "__func__",
                                                         "__getattribute__",
                                                         "__getattr__",
                                                         "__setattr__",
                                                         "__delattr__",
                                                         "__reduce__",
                                                         "__reduce_ex__",
                                                         "__loader__",
                                                         "__spec__",
                                                         "__module__",
                                                         "__wrapped__",
                                                         "__call__",
                                                         "__new__",
                                                         "__getitem__",
                                                         "__init_subclass__",
                                                         "__subclasshook__",
                                                         "__defaults__",
                                                         "__kwdefaults__",
                                                         "__annotations__",
                                                         "__traceback__",
                                                         "__context__",
                                                         "__cause__",
                                                         "__weakref__",
                                                         "__enter__",
                                                         "__exit__",
                                                         "__file__",
                                                         "__path__",
                                                         "__set__",
                                                         "__get__",
                                                         "__prepare__",
                                                         "__instancecheck__",
                                                         "__getstate__",
                                                         "func_globals",
                                                         "func_code",
                                                         "im_func",
                                                         "im_self",
                                                         "gi_frame",
                                                         "gi_code",
                                                         "cr_frame",
                                                         "ag_frame",
                                                         "f_globals",
                                                         "f_builtins",
                                                         "f_back",
                                                         "tb_frame"};
constexpr std::array<std::string_view, 8> kHarmlessDunders = {
    "__name__", "__doc__", "__len__", "__str__", "__repr__", "__type__", "__html__", "__version__"};
constexpr std::array<std::string_view, 9> kSpecials = {
    "self", "cycler", "joiner", "lipsum", "namespace", "range", "dict", "undefined", "caller"};
// What web servers put among a template's names.
constexpr std::array<std::string_view, 8> kServers = {
    "request",  "config", "session", "current_app", "url_for", "get_flashed_messages",
    "settings", "handler"};
// Of Python: called by a name that nothing in the template binds.
constexpr std::array<std::string_view, 22> kBuiltins = {
    "eval",         "exec",       "compile", "open",     "getattr", "setattr",
    "delattr",      "globals",    "locals",  "vars",     "input",   "execfile",
    "file",         "breakpoint", "popen",   "system",   "Popen",   "import_module",
    "check_output", "urlopen",    "type",    "getoutput"};
constexpr std::array<std::string_view, 22> kModules = {
    "os",       "sys",     "subprocess", "shutil",   "importlib", "builtins", "socket", "requests",
    "urllib",   "pickle",  "marshal",    "ctypes",   "pty",       "posix",    "nt",     "runpy",
    "commands", "pathlib", "httpx",      "platform", "codecs",    "linecache"};
// Called of whatever it is: methods of nothing that a template is given.
constexpr std::array<std::string_view, 12> kRunners = {
    "popen",   "Popen",         "check_output", "check_call",  "getoutput", "getstatusoutput",
    "urlopen", "import_module", "exec_module",  "load_module", "execvp",    "spawnv"};
// Filters that give the attribute of each element.
constexpr std::array<std::string_view, 9> kAttributeFilters = {
    "map", "selectattr", "rejectattr", "groupby", "sort", "sum", "unique", "min", "max"};

// Follows one template.
class Judge {
 public:
  Judge(const JinjaTemplate& read, std::string_view text, TemplateUse use, uint64_t offset,
        std::string_view where, Examination& examination)
      : read_(read),
        text_(text),
        use_(use),
        offset_(offset),
        where_(where),
        examination_(examination) {}

  // Whether it had something to tell.
  bool run();

 private:
  struct Capture {
    std::string ends;  // `endset`
    std::string name;
    Value value;
  };

  void walk();
  void follow(const JinjaTag& tag);
  void follow_for(const JinjaTag& tag);
  void follow_set(const JinjaTag& tag);
  void follow_file(const JinjaTag& tag);
  void capture(const Value& value);
  void begin_capture(std::string ends, std::string name);
  void bind(const std::string& name, const Value& value);

  Value value_of(uint32_t index);
  Value name_value(const JinjaNode& node);
  Value number_of(const JinjaNode& node);
  Value attribute_of(const Value& base, const JinjaNode& node);
  Value subscript_value(const JinjaNode& node);
  Value slice_of(const Value& value, const JinjaNode& slice);
  Value call_value(const JinjaNode& node);
  Value method_value(const Value& base, std::string_view method, const std::vector<Value>& given,
                     uint64_t offset);
  Value global_call(std::string_view name, const JinjaNode& node, const std::vector<Value>& given);
  Value range_value(const std::vector<Value>& given, uint64_t offset);
  Value filter_value(const JinjaNode& node);
  Value text_filter(std::string_view name, const Value& base, const std::vector<Value>& given,
                    uint64_t offset);
  Value binary_value(const JinjaNode& node);
  Value repeated(const Value& text, double count, uint64_t offset);
  static Value join_items(const Value& base, const Value& separator);

  // Whether `name` of `base` leads to the internals; tells it.
  bool judge_name(const std::string& name, bool computed, uint64_t offset);
  Value judged_attribute(const Value& base, const Value& name, bool by_filter, uint64_t offset);
  // Whether filters or methods make something of a text below `index`.
  [[nodiscard]] bool makes_text(uint32_t index, bool within = false) const;
  void judge_free_call(const JinjaNode& callee, uint64_t offset);
  [[nodiscard]] bool same(uint32_t a, uint32_t b) const;
  [[nodiscard]] std::string path_of(uint32_t index) const;
  void tell(RuleId rule, Severity severity, uint64_t offset, std::string message);
  void tell(RuleId rule, uint64_t offset, std::string message) {
    tell(rule, row_of(rule).severity, offset, std::move(message));
  }

  const JinjaTemplate& read_;
  std::string_view text_;
  TemplateUse use_;
  uint64_t offset_;
  std::string_view where_;
  Examination& examination_;

  std::map<std::string, Value, std::less<>> bound_;
  std::vector<double> loops_;
  std::vector<Capture> captures_;
  std::set<std::pair<RuleId, std::string>> told_;
  bool telling_ = false;
  uint64_t tag_offset_ = 0;
};

void Judge::tell(RuleId rule, Severity severity, uint64_t offset, std::string message) {
  if (!telling_ || told_.size() >= kMostTold || !told_.emplace(rule, message).second) {
    return;
  }
  examination_.add(
      {.rule = rule,
       .severity = severity,
       .offset = offset_ + offset,
       .message = where_.empty() ? std::move(message) : fmt::format("{}: {}", where_, message),
       .evidence = std::string(text_.substr(tag_offset_, kEvidence))});
}

bool Judge::run() {
  walk();  // what names may be bound to, wherever that is
  telling_ = true;
  walk();
  if (const JinjaTag* broken = read_.broken(); broken != nullptr && use_ == TemplateUse::kChat) {
    tag_offset_ = broken->offset;
    tell(RuleId::kTemplateMalformed, broken->offset, broken->text);
  }
  return !told_.empty();
}

void Judge::walk() {
  loops_.clear();
  captures_.clear();
  for (const JinjaTag& tag : read_.tags()) {
    tag_offset_ = tag.offset;
    follow(tag);
  }
}

void Judge::capture(const Value& value) {
  if (!captures_.empty()) {
    captures_.back().value = joined(captures_.back().value, value);
  }
}

void Judge::begin_capture(std::string ends, std::string name) {
  if (captures_.size() < 64) {
    captures_.push_back({std::move(ends), std::move(name), text_value("")});
  }
}

void Judge::bind(const std::string& name, const Value& value) {
  const auto [at, fresh] = bound_.try_emplace(name, value);
  if (!fresh) {
    at->second = either(at->second, value);
  }
}

void Judge::follow(const JinjaTag& tag) {
  if (tag.word == "data") {
    if (!captures_.empty()) {
      capture(text_value(tag.text.substr(0, kMostText + 1)));
    }
    return;
  }
  if (!captures_.empty() && tag.word == captures_.back().ends) {
    const Capture done = std::move(captures_.back());
    captures_.pop_back();
    if (done.name.empty()) {
      capture(done.value);
    } else {
      bind(done.name, done.value);
    }
    return;
  }
  if (tag.word == "for") {
    follow_for(tag);
  } else if (tag.word == "endfor") {
    if (!loops_.empty()) {
      loops_.pop_back();
    }
  } else if (tag.word == "set") {
    follow_set(tag);
  } else if (tag.word == "include" || tag.word == "import" || tag.word == "from" ||
             tag.word == "extends") {
    follow_file(tag);
  } else if (tag.word == "with") {
    for (size_t i = 0; i < tag.expressions.size() && i < tag.targets.size(); ++i) {
      bind(tag.targets[i], value_of(tag.expressions[i]));
    }
  } else {
    Value value;
    for (const uint32_t expression : tag.expressions) {
      value = value_of(expression);
    }
    if (tag.word == "output") {
      capture(value);
    } else if (tag.word == "macro" || tag.word == "call") {
      for (const std::string& target : tag.targets) {
        bind(target, Value{});
      }
      begin_capture("end" + tag.word, tag.text);
    }
  }
}

void Judge::follow_for(const JinjaTag& tag) {
  double turns = 1;
  for (size_t i = 0; i < tag.expressions.size(); ++i) {
    const Value over = value_of(tag.expressions[i]);
    if (i > 0) {
      continue;
    }
    turns = std::max(over.turns, 1.0);
    Value each;
    if (over.kind == Value::Kind::kText) {
      each = Value{.kind = Value::Kind::kText};
      for (const std::string& text : over.texts) {
        for (const char c : text) {
          add_text(each, std::string(1, c));
        }
      }
    }
    for (const Value& item : over.items) {
      each = either(each, item);
    }
    each.odd |= odd_as_text(over) && over.kind != Value::Kind::kUnknown && !over.lazy;
    if (over.kind == Value::Kind::kTaken) {
      each = taken();
    }
    for (const std::string& target : tag.targets) {
      bind(target, tag.targets.size() == 1 ? each : Value{});
    }
  }
  loops_.push_back(turns);
  double all = 1;
  for (const double turn : loops_) {
    all *= turn;
  }
  if (all >= kManyTurns) {
    tell(RuleId::kTemplateExhausts, tag.offset, fmt::format("loops that turn {:.0f} times", all));
  }
}

void Judge::follow_set(const JinjaTag& tag) {
  if (tag.text == "block") {
    for (const uint32_t expression : tag.expressions) {
      value_of(expression);
    }
    begin_capture("endset", tag.targets.empty() ? std::string() : tag.targets.front());
    return;
  }
  for (const uint32_t expression : tag.expressions) {
    const Value value = value_of(expression);
    const bool each = tag.targets.size() == value.items.size();
    for (size_t i = 0; i < tag.targets.size(); ++i) {
      bind(tag.targets[i], tag.targets.size() == 1 ? value : each ? value.items[i] : Value{});
    }
    const JinjaNode& node = read_.node(expression);
    if (!loops_.empty() && tag.targets.size() == 1 && value.kind == Value::Kind::kText &&
        node.kind == JinjaKind::kBinary &&
        (path_of(node.parts[0]) == tag.targets[0] || path_of(node.parts[1]) == tag.targets[0])) {
      // Grows from turn to turn: what it becomes is not followed, but it is no plain text.
      bound_.find(tag.targets[0])->second.odd = true;
    }
    if (!loops_.empty() && node.kind == JinjaKind::kBinary && !tag.targets.empty() &&
        (node.text == "~" || node.text == "+") && same(node.parts[0], node.parts[1]) &&
        path_of(node.parts[0]) == tag.targets.front()) {
      tell(RuleId::kTemplateExhausts, tag.offset,
           fmt::format("`{}` is doubled in a loop", tag.targets.front()));
    }
    if (node.kind == JinjaKind::kCall && tag.targets.size() == 1 &&
        read_.node(node.parts[0]).text == "namespace") {
      for (const uint32_t part : node.parts) {
        if (read_.node(part).kind == JinjaKind::kKeyword) {
          bind(tag.targets.front() + "." + read_.node(part).text,
               value_of(read_.node(part).parts[0]));
        }
      }
    }
  }
}

void Judge::follow_file(const JinjaTag& tag) {
  for (const std::string& target : tag.targets) {
    bind(target, Value{});
  }
  for (const uint32_t expression : tag.expressions) {
    const Value file = value_of(expression);
    bool told = false;
    for (const std::string& path : texts_of(file)) {
      if (path.starts_with('/') || path.starts_with('\\') || path.starts_with("..") ||
          path.find("/..") != std::string::npos || path.find("://") != std::string::npos) {
        tell(RuleId::kTemplateFile, tag.offset, fmt::format("takes in `{}`", path));
        told = true;
      }
    }
    if (!told && use_ == TemplateUse::kChat) {
      tell(RuleId::kTemplateFile, Severity::kMedium, tag.offset,
           fmt::format("a chat template with `{}`", tag.word));
    }
  }
}

bool Judge::judge_name(const std::string& written, bool computed, uint64_t offset) {
  const std::string name = trimmed(written);
  if (name.find(kGap) != std::string::npos) {
    if (computed && name.find("__") != std::string::npos) {
      tell(RuleId::kTemplateHiddenName, offset, "takes what a name with `__` in it stands for");
      return true;
    }
    return false;
  }
  if (one_of(name, kInternals) || name.starts_with("_TemplateReference__") ||
      name.starts_with("_Environment__")) {
    tell(RuleId::kTemplateEscape, offset,
         fmt::format("takes `{}`{}", name, computed ? ", a name that it puts together" : ""));
    return true;
  }
  if (name.starts_with("__") && name.size() > 2) {
    const bool harmless = one_of(name, kHarmlessDunders);
    tell(harmless ? RuleId::kTemplatePrivate : RuleId::kTemplateEscape,
         harmless || use_ != TemplateUse::kChat ? Severity::kMedium : Severity::kHigh, offset,
         fmt::format("takes `{}`", name));
    return !harmless;
  }
  if (name.find(".__") != std::string::npos) {
    size_t from = 0;  // `a.__class__`, as `map(attribute=...)` takes it
    bool internal = false;
    while (from <= name.size()) {
      const size_t dot = std::min(name.find('.', from), name.size());
      const std::string part = name.substr(from, dot - from);
      internal |= part.find('.') == std::string::npos && judge_name(part, computed, offset);
      from = dot + 1;
    }
    return internal;
  }
  return false;
}

Value Judge::judged_attribute(const Value& base, const Value& name, bool by_filter,
                              uint64_t offset) {
  if (base.kind == Value::Kind::kTaken) {
    return taken();
  }
  bool internal = false;
  for (const std::string& text : texts_of(name)) {
    internal |= judge_name(text, true, offset);
  }
  if (!internal && (name.odd || (odd_as_text(name) && name.kind != Value::Kind::kUnknown))) {
    tell(RuleId::kTemplateHiddenName, offset,
         "takes an attribute whose name it picks from what functions look like");
    internal = true;
  }
  if (!internal && by_filter && texts_of(name).front().find(kGap) != std::string::npos) {
    tell(RuleId::kTemplateHiddenName, Severity::kMedium, offset,
         "`attr` with a name that is not known");
  }
  return internal ? taken() : Value{};
}

bool Judge::makes_text(uint32_t index, bool within) const {
  const JinjaNode& node = read_.node(index);
  if (node.kind == JinjaKind::kText) {
    return within;
  }
  const bool makes = node.kind == JinjaKind::kFilter || node.kind == JinjaKind::kCall;
  return std::ranges::any_of(node.parts,
                             [&](uint32_t part) { return makes_text(part, within || makes); });
}

std::string Judge::path_of(uint32_t index) const {
  const JinjaNode& node = read_.node(index);
  if (node.kind == JinjaKind::kName) {
    return node.text;
  }
  if (node.kind == JinjaKind::kAttribute) {
    const std::string base = path_of(node.parts[0]);
    return base.empty() ? base : base + "." + node.text;
  }
  return {};
}

bool Judge::same(uint32_t a, uint32_t b) const {
  const std::string path = path_of(a);
  return !path.empty() && path == path_of(b);
}

Value Judge::value_of(uint32_t index) {
  const JinjaNode& node = read_.node(index);
  switch (node.kind) {
    case JinjaKind::kNothing:
      return {};
    case JinjaKind::kText:
      return text_value(node.text.substr(0, kMostText + 1));
    case JinjaKind::kNumber:
      return number_of(node);
    case JinjaKind::kName:
      return name_value(node);
    case JinjaKind::kAttribute:
      return attribute_of(value_of(node.parts[0]), node);
    case JinjaKind::kSubscript:
      return subscript_value(node);
    case JinjaKind::kCall:
      return call_value(node);
    case JinjaKind::kFilter:
      return filter_value(node);
    case JinjaKind::kBinary:
      return binary_value(node);
    case JinjaKind::kKeyword:
      return value_of(node.parts[0]);
    case JinjaKind::kList:
    case JinjaKind::kDict: {
      const bool dict = node.kind == JinjaKind::kDict;
      std::vector<Value> items;
      std::vector<Value> values;
      for (size_t i = 0; i < node.parts.size(); ++i) {
        (dict && i % 2 == 1 ? values : items).push_back(value_of(node.parts[i]));
      }
      return dict ? dict_value(std::move(items), std::move(values)) : list_value(std::move(items));
    }
    case JinjaKind::kUnary: {
      const Value inner = value_of(node.parts[0]);
      return node.text == "-" && inner.kind == Value::Kind::kNumber ? number_value(-inner.number)
                                                                    : Value{};
    }
    case JinjaKind::kCondition: {
      Value value = value_of(node.parts[0]);
      value_of(node.parts[1]);
      return node.parts.size() < 3 ? value : either(value, value_of(node.parts[2]));
    }
    case JinjaKind::kSlice:
    case JinjaKind::kTest:
      for (const uint32_t part : node.parts) {
        value_of(part);
      }
      return {};
  }
  return {};
}

Value Judge::number_of(const JinjaNode& node) {
  std::string digits = node.text;
  std::erase(digits, '_');
  if (digits.size() > 2 && digits[0] == '0' && digits[1] > '9') {
    const int base = to_lower(digits[1]) == 'x' ? 16 : to_lower(digits[1]) == 'o' ? 8 : 2;
    uint64_t value = 0;
    const auto read =
        std::from_chars(digits.data() + 2, digits.data() + digits.size(), value, base);
    return number_value(read.ec == std::errc() ? static_cast<double>(value) : 1e300);
  }
  double value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return number_value(read.ec == std::errc() ? value : 1e300);
}

Value Judge::name_value(const JinjaNode& node) {
  if (const auto found = bound_.find(node.text); found != bound_.end()) {
    return found->second;
  }
  if (node.text.starts_with("__")) {
    return judge_name(node.text, false, node.offset) ? taken() : Value{};
  }
  if (one_of(node.text, kSpecials) || one_of(node.text, kServers)) {
    return special(node.text);
  }
  return {};
}

Value Judge::attribute_of(const Value& base, const JinjaNode& node) {
  if (base.kind == Value::Kind::kTaken) {
    return taken();
  }
  if (judge_name(node.text, false, node.offset)) {
    return taken();
  }
  const JinjaNode& of = read_.node(node.parts[0]);
  if (base.kind == Value::Kind::kSpecial && one_of(base.name, kServers)) {
    tell(RuleId::kTemplatePrivate, use_ == TemplateUse::kChat ? Severity::kMedium : Severity::kInfo,
         node.offset, fmt::format("takes `{}` of a web server's `{}`", node.text, base.name));
    Value value;
    value.odd = base.name == "request";  // `request.args.a`: whoever asks says what it is
    return value;
  }
  if (of.kind == JinjaKind::kName && !bound_.contains(of.text) && one_of(of.text, kModules)) {
    tell(RuleId::kTemplateCall, Severity::kHigh, node.offset,
         fmt::format("takes `{}.{}`", of.text, node.text));
  }
  const std::string path = path_of(node.parts[0]);
  if (!path.empty()) {
    if (const auto found = bound_.find(path + "." + node.text); found != bound_.end()) {
      return found->second;
    }
  }
  if (!base.values.empty()) {
    return any_value(base);
  }
  if (base.kind == Value::Kind::kList && base.name == "cycler" && node.text == "current") {
    Value each;
    for (const Value& item : base.items) {
      each = either(each, item);
    }
    return each;
  }
  Value value;
  value.odd = base.odd;
  return value;
}

Value Judge::slice_of(const Value& value, const JinjaNode& slice) {
  std::array<std::optional<double>, 3> parts;
  bool known = true;
  for (size_t i = 0; i < slice.parts.size() && i < parts.size(); ++i) {
    if (read_.node(slice.parts[i]).kind == JinjaKind::kNothing) {
      continue;
    }
    const Value part = value_of(slice.parts[i]);
    known &= part.kind == Value::Kind::kNumber && std::abs(part.number) < 1e9;
    parts[i] = part.number;
  }
  const auto cut = [&](const auto& whole) {
    auto out = whole;
    out.clear();
    const double size = static_cast<double>(whole.size());
    const double step = parts[2].value_or(1);
    if (step == 0) {
      return out;
    }
    const auto at = [&](std::optional<double> part, double otherwise) {
      if (!part) {
        return otherwise;
      }
      return std::clamp(*part < 0 ? *part + size : *part, -1.0, size);
    };
    const double begin = at(parts[0], step > 0 ? 0 : size - 1);
    const double end = at(parts[1], step > 0 ? size : -1);
    for (double i = begin; step > 0 ? i < end : i > end; i += step) {
      if (i >= 0 && i < size) {
        out.push_back(whole[static_cast<size_t>(i)]);
      }
    }
    return out;
  };
  if (known && value.kind == Value::Kind::kText) {
    return each_text(value, [&](const std::string& text) { return cut(text); });
  }
  if (known && value.kind == Value::Kind::kList) {
    return list_value(cut(value.items));
  }
  Value out;
  out.odd = odd_as_text(value);
  return out;
}

Value Judge::subscript_value(const JinjaNode& node) {
  const Value base = value_of(node.parts[0]);
  const JinjaNode& key_node = read_.node(node.parts[1]);
  if (key_node.kind == JinjaKind::kSlice) {
    return base.kind == Value::Kind::kTaken ? taken() : slice_of(base, key_node);
  }
  const Value key = value_of(node.parts[1]);
  if (base.kind == Value::Kind::kTaken) {
    return taken();
  }
  if (key.kind == Value::Kind::kNumber) {
    const auto pick = [&](size_t size) -> std::optional<size_t> {
      const double at = key.number < 0 ? key.number + static_cast<double>(size) : key.number;
      if (at < 0 || at >= static_cast<double>(size)) {
        return std::nullopt;
      }
      return static_cast<size_t>(at);
    };
    if (base.kind == Value::Kind::kList) {
      const auto at = pick(base.items.size());
      return at ? base.items[*at] : Value{};
    }
    if (base.kind == Value::Kind::kText) {
      return each_text(base, [&](const std::string& text) {
        const auto at = pick(text.size());
        return std::string(1, at && text.find(kGap) == std::string::npos ? text[*at] : kGap);
      });
    }
    Value value;
    value.odd = odd_as_text(base) && !base.lazy;
    return value;
  }
  if (key.kind == Value::Kind::kText || key.odd) {
    const std::string path = path_of(node.parts[0]);
    if (!path.empty() && key.texts.size() == 1) {
      if (const auto found = bound_.find(path + "." + key.texts[0]); found != bound_.end()) {
        return found->second;
      }
    }
    if (base.kind == Value::Kind::kSpecial && one_of(base.name, kServers)) {
      tell(RuleId::kTemplatePrivate,
           use_ == TemplateUse::kChat ? Severity::kMedium : Severity::kInfo, node.offset,
           fmt::format("takes a member of a web server's `{}`", base.name));
    }
    Value value = judged_attribute(base, key, false, node.offset);
    return value.kind == Value::Kind::kUnknown && !base.values.empty() ? any_value(base) : value;
  }
  if (!base.values.empty()) {
    return any_value(base);
  }
  Value value;
  value.odd = base.odd;
  return value;
}

void Judge::judge_free_call(const JinjaNode& callee, uint64_t offset) {
  if (callee.kind == JinjaKind::kName && !bound_.contains(callee.text) &&
      one_of(callee.text, kBuiltins)) {
    const bool mild = callee.text == "type" || callee.text == "vars" || callee.text == "input";
    tell(RuleId::kTemplateCall, mild ? Severity::kMedium : Severity::kCritical, offset,
         fmt::format("calls `{}`", callee.text));
  }
  if (callee.kind != JinjaKind::kAttribute) {
    return;
  }
  const std::string path = path_of(callee.parts[0]);
  const std::string root = path.substr(0, path.find('.'));
  if (!root.empty() && !bound_.contains(root) && one_of(root, kModules)) {
    tell(RuleId::kTemplateCall, offset, fmt::format("calls `{}.{}`", path, callee.text));
  } else if (one_of(callee.text, kRunners)) {
    tell(RuleId::kTemplateCall, Severity::kHigh, offset, fmt::format("calls `{}`", callee.text));
  }
}

Value Judge::range_value(const std::vector<Value>& given, uint64_t offset) {
  for (const Value& value : given) {
    if (value.kind != Value::Kind::kNumber) {
      return {};
    }
  }
  double count = 0;
  if (given.size() == 1) {
    count = given[0].number;
  } else if (given.size() > 1) {
    const double step = given.size() > 2 ? given[2].number : 1;
    count = step == 0 ? 0 : (given[1].number - given[0].number) / step;
  }
  if (count >= kManyTurns) {
    tell(RuleId::kTemplateExhausts, offset, fmt::format("`range` over {:.0f} numbers", count));
  }
  Value value;
  value.turns = std::max(count, 1.0);
  return value;
}

Value Judge::global_call(std::string_view name, const JinjaNode& node,
                         const std::vector<Value>& given) {
  if (name == "range") {
    return range_value(given, node.offset);
  }
  if (name == "namespace") {
    Value value;
    value.values = given;
    return value;
  }
  if (name == "dict") {
    std::vector<Value> keys;
    for (size_t i = 1; i < node.parts.size(); ++i) {
      const JinjaNode& part = read_.node(node.parts[i]);
      keys.push_back(part.kind == JinjaKind::kKeyword ? text_value(part.text) : given[i - 1]);
    }
    return dict_value(std::move(keys), given);
  }
  if (name == "cycler") {
    Value value = list_value(given);
    value.name = "cycler";
    return value;
  }
  if (name == "joiner") {
    Value value = text_value("");
    if (!given.empty()) {
      value = either(value, each_text(given[0], [](const std::string& text) { return text; }));
    }
    value.name = "joiner";
    return value;
  }
  if (name == "lipsum" && !given.empty() && given[0].kind == Value::Kind::kNumber &&
      given[0].number >= 1e5) {
    tell(RuleId::kTemplateExhausts, node.offset, "`lipsum` of very many paragraphs");
  }
  return {};
}

Value Judge::method_value(const Value& base, std::string_view method,
                          const std::vector<Value>& given, uint64_t offset) {
  if (base.kind == Value::Kind::kList) {
    if (base.name == "cycler" && method == "next") {
      Value each;
      for (const Value& item : base.items) {
        each = either(each, item);
      }
      return each;
    }
    if (method == "pop" && !base.items.empty()) {
      return base.items.back();
    }
    if (method == "get" && !base.values.empty()) {
      return any_value(base);
    }
    if (method == "values") {
      return list_value(base.values);
    }
    return method == "keys" || method == "copy" ? base : Value{};
  }
  if (base.kind != Value::Kind::kText) {
    Value value;
    value.odd = odd_as_text(base) && base.kind != Value::Kind::kSpecial;
    return value;
  }
  if (method == "format" || method == "format_map") {
    for (const std::string& text : base.texts) {
      if (text.find(".__") != std::string::npos || text.find("[__") != std::string::npos) {
        tell(RuleId::kTemplateEscape, offset, "`format` with a field that takes `__`");
      }
    }
    return each_text(base, [&](const std::string& text) { return filled_braces(text, given); });
  }
  if (method == "join") {
    return given.empty() ? Value{} : join_items(given[0], base);
  }
  if (method == "split" || method == "rsplit") {
    std::vector<Value> parts;
    const std::string by = given.empty() ? " " : texts_of(given[0]).front();
    std::string_view rest = base.texts.front();
    while (!by.empty() && parts.size() < kMostItems) {
      const size_t at = rest.find(by);
      parts.push_back(text_value(std::string(rest.substr(0, at))));
      if (at == std::string_view::npos) {
        break;
      }
      rest.remove_prefix(at + by.size());
    }
    return list_value(std::move(parts));
  }
  if (method == "swapcase") {
    return each_text(base, [](std::string text) {
      for (char& c : text) {
        c = to_lower(c) == c ? upper(c) : to_lower(c);
      }
      return text;
    });
  }
  return text_filter(method, base, given, offset);
}

Value Judge::call_value(const JinjaNode& node) {
  const JinjaNode& callee = read_.node(node.parts[0]);
  std::vector<Value> given;
  for (size_t i = 1; i < node.parts.size(); ++i) {
    given.push_back(value_of(node.parts[i]));
  }
  judge_free_call(callee, node.offset);
  if (callee.kind == JinjaKind::kAttribute) {
    const Value base = value_of(callee.parts[0]);
    Value whole = attribute_of(base, callee);
    if (whole.kind == Value::Kind::kTaken || whole.kind == Value::Kind::kText) {
      return whole;
    }
    return method_value(base, callee.text, given, node.offset);
  }
  const Value called = value_of(node.parts[0]);
  if (called.kind == Value::Kind::kTaken) {
    return taken();
  }
  if (called.kind == Value::Kind::kSpecial) {
    return global_call(called.name, node, given);
  }
  return called.kind == Value::Kind::kText ? called : Value{};  // a macro gives its text
}

Value Judge::join_items(const Value& base, const Value& separator) {
  if (base.kind == Value::Kind::kText) {
    const std::string by = texts_of(separator).front();
    return each_text(base, [&](const std::string& text) {
      std::string out;
      for (const char c : text) {
        if (!out.empty()) {
          out += by;
        }
        out += c;
      }
      return out;
    });
  }
  if (base.kind == Value::Kind::kList) {
    Value out = text_value("");
    for (size_t i = 0; i < base.items.size(); ++i) {
      out = joined(i == 0 ? out : joined(out, separator), base.items[i]);
    }
    return out;
  }
  Value out{.kind = Value::Kind::kText, .odd = base.odd};
  out.texts.emplace_back(1, kGap);
  return out;
}

Value Judge::text_filter(std::string_view name, const Value& base, const std::vector<Value>& given,
                         uint64_t offset) {
  if (name == "lower" || name == "upper") {
    return each_text(base, [&](std::string text) {
      for (char& c : text) {
        c = name == "lower" ? to_lower(c) : upper(c);
      }
      return text;
    });
  }
  if (name == "title" || name == "capitalize") {
    return each_text(base, [](std::string text) {
      bool first = true;
      for (char& c : text) {
        c = first ? upper(c) : to_lower(c);
        first = false;
      }
      return text;
    });
  }
  if (name == "trim" || name == "strip" || name == "lstrip" || name == "rstrip") {
    const std::string set = given.empty() ? " \t\r\n" : texts_of(given[0]).front();
    return each_text(base, [&](const std::string& text) {
      const size_t begin =
          name == "rstrip" ? 0 : std::min(text.find_first_not_of(set), text.size());
      const size_t last = name == "lstrip" ? text.size() - 1 : text.find_last_not_of(set);
      return last == std::string::npos || last < begin ? std::string()
                                                       : text.substr(begin, last + 1 - begin);
    });
  }
  if (name == "replace" && given.size() >= 2) {
    const std::string from = texts_of(given[0]).front();
    Value out{.kind = Value::Kind::kText, .odd = odd_as_text(base)};
    for (const std::string& text : texts_of(base)) {
      for (const std::string& to : texts_of(given[1])) {
        add_text(out, replaced(text, from, to));
      }
    }
    return out;
  }
  if (name == "removeprefix" || name == "removesuffix" || name == "encode" || name == "decode" ||
      name == "string" || name == "safe" || name == "e" || name == "escape" ||
      name == "forceescape" || name == "striptags" || name == "casefold") {
    return each_text(base, [](const std::string& text) { return text; });
  }
  if (name == "center" || name == "ljust" || name == "rjust" || name == "zfill" ||
      name == "indent") {
    if (!given.empty() && given[0].kind == Value::Kind::kNumber && given[0].number >= 1e7) {
      tell(RuleId::kTemplateExhausts, offset, fmt::format("`{}` to {:.0f}", name, given[0].number));
    }
  }
  Value out;
  out.odd = odd_as_text(base) && base.kind != Value::Kind::kSpecial;
  return out;
}

Value Judge::filter_value(const JinjaNode& node) {
  Value base = value_of(node.parts[0]);
  std::vector<Value> given;
  for (size_t i = 1; i < node.parts.size(); ++i) {
    given.push_back(value_of(node.parts[i]));
  }
  if (node.text == "attr") {
    if (given.empty()) {
      return {};
    }
    Value value = judged_attribute(base, given[0], true, node.offset);
    if (value.kind != Value::Kind::kTaken && texts_of(given[0]).front().starts_with(kGap) &&
        makes_text(node.parts[1])) {
      tell(RuleId::kTemplateHiddenName, node.offset, "`attr` with a name that it puts together");
      return taken();
    }
    return value;
  }
  if (one_of(node.text, kAttributeFilters)) {
    bool internal = false;
    const bool plain =
        node.text != "map" || (!given.empty() && texts_of(given[0]).front() == "attr");
    for (size_t i = 1; i < node.parts.size(); ++i) {
      const JinjaNode& part = read_.node(node.parts[i]);
      const bool names = part.kind == JinjaKind::kKeyword ? part.text == "attribute" : plain;
      if (names && given[i - 1].kind == Value::Kind::kText) {
        internal |=
            judged_attribute(base, given[i - 1], false, node.offset).kind == Value::Kind::kTaken;
      }
    }
    if (internal || base.kind == Value::Kind::kTaken) {
      return taken();
    }
    if (node.text == "sort" || node.text == "unique") {
      return base;
    }
    Value value;
    value.lazy = node.text != "sum" && node.text != "min" && node.text != "max";
    return value;
  }
  if (base.kind == Value::Kind::kTaken) {
    return taken();
  }
  if (node.text == "select" || node.text == "reject" || node.text == "batch" ||
      node.text == "slice") {
    Value value;
    value.lazy = node.text == "select" || node.text == "reject";
    value.odd = odd_as_text(base) && !base.lazy;
    return value;
  }
  if (node.text == "join") {
    Value items = base;
    items.odd = base.odd;
    return join_items(items, given.empty() ? text_value("") : given[0]);
  }
  if (node.text == "list" || node.text == "tojson") {
    if (node.text == "list" && base.kind == Value::Kind::kText && base.texts.size() == 1 &&
        base.texts[0].find(kGap) == std::string::npos && base.texts[0].size() < kMostItems) {
      std::vector<Value> items;
      for (const char c : base.texts[0]) {
        items.push_back(text_value(std::string(1, c)));
      }
      return list_value(std::move(items));
    }
    Value value = node.text == "list" ? base : Value{};
    value.lazy = false;
    value.odd = odd_as_text(base) && !base.lazy;
    return value;
  }
  if (node.text == "first" || node.text == "last" || node.text == "random") {
    if (base.kind == Value::Kind::kList) {
      return base.items.empty() ? Value{}
                                : (node.text == "first" ? base.items.front() : base.items.back());
    }
    if (base.kind == Value::Kind::kText) {
      return each_text(base, [&](const std::string& text) {
        return text.empty() ? text
                            : std::string(1, node.text == "first" ? text.front() : text.back());
      });
    }
    Value value;
    value.odd = base.odd;
    return value;
  }
  if (node.text == "reverse") {
    if (base.kind == Value::Kind::kList) {
      Value value = base;
      std::ranges::reverse(value.items);
      return value;
    }
    return each_text(base, [](std::string text) {
      std::ranges::reverse(text);
      return text;
    });
  }
  if (node.text == "format") {
    return each_text(base, [&](const std::string& text) { return filled_percent(text, given); });
  }
  if (node.text == "default" || node.text == "d") {
    return given.empty() ? base : either(base, given[0]);
  }
  return text_filter(node.text, base, given, node.offset);
}

Value Judge::repeated(const Value& text, double count, uint64_t offset) {
  if (count >= 1e7) {
    tell(RuleId::kTemplateExhausts, offset, fmt::format("a text {:.0f} times", count));
  }
  return each_text(text, [&](const std::string& one) {
    std::string out;
    for (double i = 0; i < count && out.size() <= kMostText; ++i) {
      out += one;
    }
    return out;
  });
}

Value Judge::binary_value(const JinjaNode& node) {
  const Value left = value_of(node.parts[0]);
  const Value right = value_of(node.parts[1]);
  if (left.kind == Value::Kind::kTaken || right.kind == Value::Kind::kTaken) {
    return node.text == "~" || node.text == "+" ? taken() : Value{};
  }
  const bool numbers = left.kind == Value::Kind::kNumber && right.kind == Value::Kind::kNumber;
  if (node.text == "~") {
    return joined(left, right);
  }
  if (node.text == "or" || node.text == "and") {
    return either(left, right);
  }
  if (numbers) {
    const double a = left.number;
    const double b = right.number;
    if (node.text == "**") {
      if (b >= 1e6 && std::abs(a) >= 2) {
        tell(RuleId::kTemplateExhausts, node.offset, "a power with very many digits");
      }
      return number_value(std::min(std::pow(a, b), 1e300));
    }
    const double made = node.text == "+"    ? a + b
                        : node.text == "-"  ? a - b
                        : node.text == "*"  ? a * b
                        : b == 0            ? 0
                        : node.text == "/"  ? a / b
                        : node.text == "//" ? std::floor(a / b)
                        : node.text == "%"  ? std::fmod(a, b)
                                            : std::numeric_limits<double>::quiet_NaN();
    return std::isfinite(made) ? number_value(made) : Value{};
  }
  if (node.text == "+") {
    if (left.kind == Value::Kind::kList && right.kind == Value::Kind::kList) {
      std::vector<Value> items = left.items;
      items.insert(items.end(), right.items.begin(), right.items.end());
      return list_value(std::move(items));
    }
    const bool texts = left.kind == Value::Kind::kText || right.kind == Value::Kind::kText ||
                       left.odd || right.odd;
    return texts ? joined(left, right) : Value{};
  }
  if (node.text == "*" && left.kind == Value::Kind::kText && right.kind == Value::Kind::kNumber) {
    return repeated(left, right.number, node.offset);
  }
  if (node.text == "*" && right.kind == Value::Kind::kText && left.kind == Value::Kind::kNumber) {
    return repeated(right, left.number, node.offset);
  }
  if (node.text == "%" && left.kind == Value::Kind::kText) {
    const std::vector<Value> given =
        right.kind == Value::Kind::kList ? right.items : std::vector<Value>{right};
    return each_text(left, [&](const std::string& text) { return filled_percent(text, given); });
  }
  Value out;
  out.odd = (node.text == "*" || node.text == "%") && (left.odd || right.odd);
  return out;
}

}  // namespace

bool judge_template(std::string_view text, TemplateUse use, uint64_t offset, std::string_view where,
                    Examination& examination) {
  if (text.size() > kMostTemplate) {
    if (use == TemplateUse::kChat) {
      examination.add(RuleId::kTemplateMalformed, offset,
                      fmt::format("{}: a template of {} octets", where, text.size()));
    }
    text = text.substr(0, kMostTemplate);
  }
  if (!formats::has_jinja(text)) {
    return false;
  }
  const JinjaTemplate read = JinjaTemplate::parse(text);
  return Judge(read, text, use, offset, where, examination).run();
}

bool may_be_template(const Look& look) {
  static constexpr std::array<std::string_view, 7> kEndings = {
      ".jinja", ".jinja2", ".j2", ".template", ".tmpl", ".tpl", ".prompt"};
  return std::ranges::any_of(kEndings, [&](std::string_view ending) {
    return look.name.size() > ending.size() &&
           equal_ignoring_case(look.name.substr(look.name.size() - ending.size()), ending);
  });
}

Result<> examine_template(const formats::Input& input, Examination& examination) {
  TRY(const std::string text, formats::read_all(input, size_t{16} << 20));
  judge_template(text, TemplateUse::kFile, 0, {}, examination);
  return ok();
}

}  // namespace sally::vet::model
