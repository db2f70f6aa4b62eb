#include "policy/tool_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/text.h"
#include "cedar/names.h"
#include "cedar/syntax/escape.h"
#include "policy/arguments.h"
#include "policy/gate_schema.h"
#include "policy/question.h"

namespace sally::policy {
namespace {

using cedar::Attribute;
using cedar::Type;
using cedar::TypeKind;
using formats::JsonValue;

constexpr size_t kMostTools = 4'096;
constexpr unsigned kDeepest = 6;         // objects in objects
constexpr size_t kMostProperties = 500;  // of one tool
constexpr size_t kLongestName = 256;

std::string attribute_name(std::string_view name) {
  return cedar::is_identifier(name) ? std::string(name) : cedar::quoted(name);
}

// The whole type, which is one of the gate's own schema: small.
std::string to_text(const Type& type) {
  if (type.kind() == TypeKind::kSet) {
    return fmt::format("Set<{}>", to_text(type.element()));
  }
  if (type.kind() != TypeKind::kRecord) {
    return type.to_string();
  }
  std::string out = "{";
  for (const Attribute& one : type.attributes()) {
    out += fmt::format("{}{}{}: {}", out.size() > 1 ? ", " : "", attribute_name(one.name),
                       one.required ? "" : "?", to_text(one.type));
  }
  return out + "}";
}

// What one tool's input schema comes to.
class Inputs {
 public:
  explicit Inputs(const JsonValue& root) : root_(root) {}

  struct Line {
    unsigned depth;
    std::string text;
  };
  // The attributes of the record, and comments.
  std::vector<Line> lines() && {
    const auto properties = root_.find("properties");
    if (properties && properties->is_object()) {
      record(root_, *properties, "", 0);
    }
    return std::move(lines_);
  }

 private:
  struct Typed {
    std::string type;  // empty: none, or an object
    std::string why;   // there is none
    bool nullable = false;
    std::optional<JsonValue> object;  // whose properties are attributes
  };

  static Typed none(std::string_view why) { return {.type = {}, .why = std::string(why)}; }

  void add(unsigned depth, std::string text) { lines_.push_back({depth, std::move(text)}); }

  static bool is_required(const JsonValue& schema, std::string_view name) {
    const auto required = schema.find("required");
    if (!required || !required->is_array()) {
      return false;
    }
    for (const JsonValue one : *required) {
      if (one.is_string() && *one.as_string() == name) {
        return true;
      }
    }
    return false;
  }

  // Whether any of the properties became an attribute.
  bool record(const JsonValue& schema, const JsonValue& properties, const std::string& path,
              unsigned depth) {
    if (properties.size() > kMostProperties) {
      add(depth, fmt::format("// left out: an object of more than {} properties", kMostProperties));
      return false;
    }
    std::vector<JsonValue> sorted;
    for (const JsonValue one : properties) {
      sorted.push_back(one);
    }
    std::ranges::sort(sorted, {}, &JsonValue::name);
    bool any = false;
    for (const JsonValue& one : sorted) {
      any = property(one, is_required(schema, one.name()), path, depth) || any;
    }
    return any;
  }

  bool property(const JsonValue& schema, bool required, const std::string& path, unsigned depth) {
    const std::string name = attribute_name(schema.name());
    const std::string place = path + printable(schema.name());
    if (++properties_ > kMostProperties) {
      if (properties_ == kMostProperties + 1) {
        add(depth, fmt::format("// left out: what follows, a tool of more than {} properties",
                               kMostProperties));
      }
      return false;
    }
    const Typed typed = type_of(schema, 0);
    const std::string_view mark = required && !typed.nullable ? "" : "?";
    if (typed.object) {
      if (depth + 1 >= kDeepest) {
        return leave_out(depth, place, "it nests too deep");
      }
      const size_t before = lines_.size();
      add(depth, fmt::format("{}{}: {{", name, mark));
      if (record(*typed.object, *typed.object->find("properties"), place + ".", depth + 1)) {
        add(depth, "},");
        return true;
      }
      lines_.resize(before);
      return leave_out(depth, place, "no property of it has a type");
    }
    if (typed.type.empty()) {
      return leave_out(depth, place, typed.why);
    }
    add(depth, fmt::format("{}{}: {},", name, mark, typed.type));
    return true;
  }

  bool leave_out(unsigned depth, const std::string& place, std::string_view why) {
    add(depth, fmt::format("// left out: `{}`, {}", place, why));
    return false;
  }

  // `hops`: how many references led here.
  Typed type_of(const JsonValue& schema, unsigned hops) {
    constexpr unsigned kMostHops = 16;
    if (!schema.is_object()) {
      return none("anything fits it");
    }
    if (hops > kMostHops) {
      return none("its references lead too far");
    }
    if (const auto ref = schema.find("$ref")) {
      const auto target = resolve(*ref);
      return target ? type_of(*target, hops + 1) : none("its `$ref` leads nowhere");
    }
    for (const std::string_view choice : {"anyOf", "oneOf"}) {
      if (const auto of = schema.find(choice)) {
        return one_of(*of, hops);
      }
    }
    if (schema.find("allOf")) {
      return none("it is put together by `allOf`");
    }
    const auto type = schema.find("type");
    if (!type) {
      return by_values(schema);
    }
    if (type->is_string()) {
      return named(schema, *type->as_string(), hops);
    }
    return type->is_array() ? one_type_of(schema, *type, hops) : none("its `type` is no name");
  }

  // `["string", "null"]`
  Typed one_type_of(const JsonValue& schema, const JsonValue& types, unsigned hops) {
    std::string_view only;
    bool nullable = false;
    for (const JsonValue one : types) {
      const std::string_view name = one.is_string() ? *one.as_string() : std::string_view();
      if (name == "null") {
        nullable = true;
      } else if (!only.empty() || name.empty()) {
        return none("it may be of several types");
      } else {
        only = name;
      }
    }
    Typed out = named(schema, only, hops);
    out.nullable = out.nullable || nullable;
    return out;
  }

  // One choice, and null.
  Typed one_of(const JsonValue& choices, unsigned hops) {
    std::optional<JsonValue> only;
    bool nullable = false;
    for (const JsonValue one : choices) {
      const auto type = one.find("type");
      if (type && type->is_string() && *type->as_string() == "null") {
        nullable = true;
      } else if (only) {
        return none("it may be of several types");
      } else {
        only = one;
      }
    }
    if (!only) {
      return none("nothing but null fits it");
    }
    Typed out = type_of(*only, hops + 1);
    out.nullable = out.nullable || nullable;
    return out;
  }

  Typed named(const JsonValue& schema, std::string_view type, unsigned hops) {
    if (type == "string") {
      return {.type = "String", .why = {}};
    }
    if (type == "integer") {
      return {.type = "Long", .why = {}};
    }
    if (type == "boolean") {
      return {.type = "Bool", .why = {}};
    }
    if (type == "number") {
      return none("a number may have a fraction");
    }
    if (type == "array") {
      const auto items = schema.find("items");
      if (!items || !items->is_object()) {
        return none("its elements have no one type");
      }
      const Typed element = type_of(*items, hops + 1);
      return element.type.empty() || element.nullable
                 ? none("its elements have no type")
                 : Typed{.type = fmt::format("Set<{}>", element.type), .why = {}};
    }
    if (type == "object") {
      const auto properties = schema.find("properties");
      return properties && properties->is_object()
                 ? Typed{.type = {}, .why = {}, .nullable = false, .object = schema}
                 : none("an object with any members");
    }
    return none(fmt::format("the type `{}`", printable(type, 40)));
  }

  // `enum` or `const` without a type.
  static Typed by_values(const JsonValue& schema) {
    std::vector<JsonValue> values;
    if (const auto all = schema.find("enum"); all && all->is_array()) {
      for (const JsonValue one : *all) {
        values.push_back(one);
      }
    } else if (const auto only = schema.find("const")) {
      values.push_back(*only);
    }
    if (values.empty()) {
      return none("anything fits it");
    }
    if (std::ranges::all_of(values, &JsonValue::is_string)) {
      return {.type = "String", .why = {}};
    }
    const auto is_integer = [](const JsonValue& one) { return one.as_int64().ok(); };
    return std::ranges::all_of(values, is_integer) ? Typed{.type = "Long", .why = {}}
                                                   : none("it may be of several types");
  }

  // `#/$defs/Name`
  [[nodiscard]] std::optional<JsonValue> resolve(const JsonValue& ref) const {
    if (!ref.is_string()) {
      return std::nullopt;
    }
    std::string_view rest = *ref.as_string();
    if (!rest.starts_with("#/")) {
      return std::nullopt;
    }
    rest.remove_prefix(2);
    std::optional<JsonValue> at = root_;
    while (at && !rest.empty()) {
      const size_t slash = std::min(rest.find('/'), rest.size());
      at = at->find(rest.substr(0, slash));
      rest.remove_prefix(std::min(slash + 1, rest.size()));
    }
    return at;
  }

  const JsonValue root_;
  std::vector<Line> lines_;
  size_t properties_ = 0;
};

Result<std::string> name_of(const JsonValue& tool) {
  TRY(const std::string_view name, tool.string("name"));
  const bool fits = !name.empty() && name.size() <= kLongestName &&
                    std::ranges::all_of(name, [](char c) { return c > ' ' && c < '\x7F'; });
  if (!fits) {
    return Error(ErrorKind::kInvalidInput,
                 fmt::format("the gate takes no tool of the name `{}`", printable(name, 60)),
                 "1 to 256 printable ASCII characters");
  }
  return std::string(name);
}

std::string action_text(std::string_view route, const std::string& name, const JsonValue& tool) {
  const cedar::Action& plain =
      *gate_schema().find_action({std::string(kAction), std::string(kToolCall)});
  std::string principals;
  for (const std::string& type : plain.principals) {
    principals += (principals.empty() ? "" : ", ") + type;
  }
  std::string out = fmt::format("action {} in [{}] appliesTo {{\n",
                                cedar::quoted(tool_action(route, name)), cedar::quoted(kToolCall));
  out += fmt::format("  principal: [{}],\n  resource: [{}],\n  context: {{\n", principals, kTool);
  for (const Attribute& one : plain.context.attributes()) {
    out += fmt::format("    {}{}: {},\n", attribute_name(one.name), one.required ? "" : "?",
                       to_text(one.type));
  }
  out += "    arguments: {\n";
  if (const auto schema = tool.find("inputSchema"); schema && schema->is_object()) {
    for (const Inputs::Line& line : Inputs(*schema).lines()) {
      out += fmt::format("{:{}}{}\n", "", 6 + 2 * line.depth, line.text);
    }
  }
  return out + "    },\n  },\n};\n";
}

}  // namespace

Result<std::string> tool_schema(std::string_view route, const JsonValue& tools) {
  TRY(const JsonValue list, tools.as_array());
  if (list.size() > kMostTools) {
    return Error(ErrorKind::kTooLarge, fmt::format("more than {} tools", kMostTools));
  }
  std::map<std::string, std::string> actions;
  for (const JsonValue tool : list) {
    TRY(std::string name, name_of(tool));
    std::string text = action_text(route, name, tool);
    if (!actions.emplace(std::move(name), std::move(text)).second) {
      return Error(ErrorKind::kInvalidInput,
                   fmt::format("two tools are called `{}`", *tool.string("name")));
    }
  }
  std::string out = fmt::format(
      "// The tools of route {}, by `sallyport tools schema`: what their calls may be given. Put "
      "it\n"
      "// behind the gate's own schema; write `action in Action::\"{}\"` for all tools.\n",
      cedar::quoted(route), kToolCall);
  for (const auto& [name, text] : actions) {
    out += "\n" + text;
  }
  return out;
}

Result<JsonValue> tools_of(const formats::JsonDocument& document) {
  JsonValue at = document.root();
  for (const std::string_view name : {"result", "tools"}) {
    if (const auto inner = at.find(name)) {
      at = *inner;
    }
  }
  if (!at.is_array()) {
    return Error(ErrorKind::kInvalidInput, "there is no list of tools",
                 "the result of `tools/list`, or its `tools`, is what is read");
  }
  return at;
}

}  // namespace sally::policy
