#include "policy/arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>
#include <span>
#include <vector>

#include "base/text.h"
#include "formats/json/lookalike.h"
#include "policy/gate_schema.h"
#include "policy/question.h"

namespace sally::policy {
namespace {

using cedar::Arena;
using cedar::Attribute;
using cedar::Cell;
using cedar::CellField;
using cedar::Type;
using cedar::TypeKind;
using formats::JsonType;
using formats::JsonValue;

constexpr size_t kMostMembers = 4'096;  // of one object: their names are compared with each other

Error misfit(const std::string& path, std::string_view wanted, const JsonValue& found) {
  return Error(ErrorKind::kInvalidInput,
               fmt::format("`{}`: expected {}, found {}", path, wanted, name_of(found.type())));
}

Error full() {
  return Error(ErrorKind::kTooLarge, "the call has more arguments than a decision can hold");
}

class Reader {
 public:
  explicit Reader(Arena& arena) : arena_(arena) {}

  // As deep as the type, which the schema bounds.
  Result<Cell> value(const JsonValue& from, const Type& type, const std::string& path) {
    switch (type.kind()) {
      case TypeKind::kBool:
        if (from.type() == JsonType::kBoolean) {
          return Cell::of_bool(*from.as_bool());
        }
        return misfit(path, "a boolean", from);
      case TypeKind::kLong:
        if (const auto number = formats::json_int64(from.raw_number())) {
          return Cell::of_number(cedar::ValueKind::kLong, *number);
        }
        return Error(ErrorKind::kInvalidInput,
                     fmt::format("`{}`: expected an integer of 64 bits, found {}", path,
                                 name_of(from.type())),
                     "write it without fraction and exponent");
      case TypeKind::kString:
        if (from.is_string()) {
          return Cell::of_text(*from.as_string());
        }
        return misfit(path, "a string", from);
      case TypeKind::kSet:
        return set(from, type.element(), path);
      case TypeKind::kRecord:
        return record(from, type, path);
      case TypeKind::kNever:
      case TypeKind::kTrue:
      case TypeKind::kFalse:
      case TypeKind::kEntity:
      case TypeKind::kAnyEntity:
      case TypeKind::kExtension:
        break;
    }
    return Error(ErrorKind::kInternal, fmt::format("`{}`: no type of an argument", path));
  }

 private:
  Result<Cell> set(const JsonValue& from, const Type& element, const std::string& path) {
    if (!from.is_array()) {
      return misfit(path, "an array", from);
    }
    auto* out = arena_.allocate<Cell>(from.size());
    if (out == nullptr) {
      return full();
    }
    const std::string place = path + "[]";
    size_t count = 0;
    for (const JsonValue one : from) {
      TRY(const Cell cell, value(one, element, place));
      std::construct_at(out + count++, cell);
    }
    return Cell::of_set({out, cedar::sort_set({out, count})});
  }

  Result<Cell> record(const JsonValue& from, const Type& type, const std::string& path) {
    if (!from.is_object()) {
      return misfit(path, "an object", from);
    }
    TRY_OK(check_names(from, type, path));
    const auto attributes = type.attributes();
    auto* out = arena_.allocate<CellField>(attributes.size());
    if (out == nullptr) {
      return full();
    }
    size_t count = 0;
    for (const Attribute& attribute : attributes) {
      const auto found = from.find(attribute.name);
      if (!found || (found->is_null() && !attribute.required)) {
        if (attribute.required) {
          return Error(ErrorKind::kInvalidInput,
                       fmt::format("`{}.{}`: missing", path, printable(attribute.name)));
        }
        continue;
      }
      TRY(const Cell cell,
          value(*found, attribute.type, fmt::format("{}.{}", path, printable(attribute.name))));
      std::construct_at(out + count++, CellField{attribute.name, cell});
    }
    std::sort(out, out + count, [](const CellField& a, const CellField& b) {
      return cedar::name_before(a.name, b.name);
    });
    return Cell::of_record({out, count});
  }

  // No name may be taken for another one by a reader that does not mind the case.
  static Result<> check_names(const JsonValue& from, const Type& type, const std::string& path) {
    std::set<std::string> declared;
    for (const Attribute& attribute : type.attributes()) {
      declared.insert(formats::fold_name(attribute.name));
    }
    if (from.size() > kMostMembers) {
      return full();
    }
    std::set<std::string> seen;
    for (const JsonValue member : from) {
      std::string folded = formats::fold_name(member.name());
      const bool is_one = type.find(member.name()) != nullptr;
      if ((!is_one && declared.contains(folded)) || !seen.insert(std::move(folded)).second) {
        return Error(ErrorKind::kInvalidInput,
                     fmt::format("`{}`: the member `{}` differs from another one only in case",
                                 path, printable(member.name(), 60)));
      }
    }
    return ok();
  }

  Arena& arena_;
};

// Of which types JSON fills records: none that needs an entity or an extension.
bool fits_json(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kBool:
    case TypeKind::kLong:
    case TypeKind::kString:
      return true;
    case TypeKind::kSet:
      return fits_json(type.element());
    case TypeKind::kRecord:
      return std::ranges::all_of(type.attributes(),
                                 [](const Attribute& one) { return fits_json(one.type); });
    case TypeKind::kNever:
    case TypeKind::kTrue:
    case TypeKind::kFalse:
    case TypeKind::kEntity:
    case TypeKind::kAnyEntity:
    case TypeKind::kExtension:
      break;
  }
  return false;
}

class Check {
 public:
  explicit Check(const cedar::Action& action)
      : action_(action),
        plain_(*gate_schema().find_action({std::string(kAction), std::string(kToolCall)})) {}

  std::vector<std::string> run() {
    if (!std::ranges::binary_search(action_.ancestors, plain_.uid)) {
      wrong(fmt::format("has to be in {}", cedar::Value::entity(plain_.uid).to_string()));
    }
    for (const std::string& type : plain_.principals) {
      if (!action_.applies_to_principal(type)) {
        wrong(fmt::format("has to apply to principals of type `{}`", type));
      }
    }
    if (!action_.applies_to_resource(kTool)) {
      wrong(fmt::format("has to apply to resources of type `{}`", kTool));
    }
    for (const Attribute& attribute : action_.context.attributes()) {
      if (attribute.name != kArguments) {
        context(attribute);
      }
    }
    const Attribute* arguments = action_.context.find(kArguments);
    if (arguments == nullptr || !arguments->required ||
        arguments->type.kind() != TypeKind::kRecord) {
      wrong("its context needs a record `arguments`");
    } else if (!fits_json(arguments->type)) {
      wrong("its arguments may be of the types Bool, Long, String, of sets and records of these");
    }
    return std::move(problems_);
  }

 private:
  void wrong(std::string_view what) {
    problems_.push_back(fmt::format("{}: {}", cedar::Value::entity(action_.uid).to_string(), what));
  }
  void context(const Attribute& own) {
    const Attribute* known = plain_.context.find(own.name);
    if (known == nullptr ? own.required : known->type != own.type) {
      wrong(fmt::format("the gate does not give it `context.{}: {}`", own.name,
                        own.type.to_string()));
    } else if (own.required && !known->required) {
      wrong(fmt::format("`context.{}` may be absent: write `{}?`", own.name, own.name));
    }
  }

  const cedar::Action& action_;
  const cedar::Action& plain_;
  std::vector<std::string> problems_;
};

}  // namespace

std::string tool_action(std::string_view route, std::string_view tool) {
  return fmt::format("{}:{}/{}", kToolCall, route, tool);
}

Result<ToolActions> ToolActions::of(const cedar::Schema& schema) {
  constexpr size_t kMostTold = 16;
  const std::string prefix = std::string(kToolCall) + ":";
  ToolActions out;
  std::vector<std::string> problems;
  for (const auto& [uid, action] : schema.actions()) {
    if (uid.type != kAction || !uid.id.starts_with(prefix)) {
      continue;
    }
    std::ranges::move(Check(action).run(), std::back_inserter(problems));
    if (const Attribute* arguments = action.context.find(kArguments)) {
      out.arguments_.emplace(uid.id, &arguments->type);
    }
  }
  if (problems.empty()) {
    return out;
  }
  std::string text = "the schema has actions of tools that the gate cannot ask with:";
  for (size_t i = 0; i < problems.size() && i < kMostTold; ++i) {
    text += "\n  " + problems[i];
  }
  if (problems.size() > kMostTold) {
    text += fmt::format("\n  and {} more", problems.size() - kMostTold);
  }
  return Error(ErrorKind::kInvalidInput, std::move(text), "`sallyport tools schema` makes them");
}

const Type* ToolActions::find(std::string_view route, std::string_view tool) const {
  if (arguments_.empty()) {
    return nullptr;
  }
  const auto found = arguments_.find(tool_action(route, tool));
  return found == arguments_.end() ? nullptr : found->second;
}

Result<Cell> read_arguments(const JsonValue& arguments, const Type& type, Arena& arena) {
  return Reader(arena).value(arguments, type, std::string(kArguments));
}

}  // namespace sally::policy
