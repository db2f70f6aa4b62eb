#include "policy/gate_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/check.h"
#include "cedar/schema/parser.h"
#include "policy/first_policies.h"
#include "policy/question.h"

namespace sally::policy {
namespace {

using cedar::Action;
using cedar::Attribute;
using cedar::EntityType;
using cedar::Schema;
using cedar::Type;

constexpr size_t kMostTold = 16;
// What the gate makes whole, out of a call.
constexpr std::array kMade{kKey,     kUser, kAgent,  kWorkload,   kAnonymous,
                           kRequest, kTool, kPrompt, kMcpResource};

Schema parse_gate_schema() {
  const auto files = first_policies();
  const auto text = std::ranges::find(files, "schema.cedarschema", &FirstPolicy::name);
  SALLY_CHECK(text != files.end());
  auto parsed = cedar::parse_schema(text->text);
  SALLY_CHECK(parsed.ok());
  return *std::move(parsed);
}

class Check {
 public:
  explicit Check(const Schema& schema) : schema_(schema) {}

  Result<> run() {
    for (const auto& [name, type] : gate_schema().entity_types()) {
      entity_type(name, type);
    }
    for (const auto& [uid, action] : gate_schema().actions()) {
      this->action(action);
    }
    if (missing_.empty()) {
      return ok();
    }
    std::string text = "the schema lacks what the gate asks with:";
    for (size_t i = 0; i < missing_.size() && i < kMostTold; ++i) {
      text += "\n  " + missing_[i];
    }
    if (missing_.size() > kMostTold) {
      text += fmt::format("\n  and {} more", missing_.size() - kMostTold);
    }
    return Error(ErrorKind::kInvalidInput, std::move(text),
                 "`sallyport init` writes a schema that has it all: add to that");
  }

 private:
  void miss(std::string what) { missing_.push_back(std::move(what)); }

  static std::string show(const cedar::EntityUid& uid) {
    return cedar::Value::entity(uid).to_string();
  }

  void entity_type(const std::string& name, const EntityType& wanted) {
    const EntityType* own = schema_.find_entity_type(name);
    if (own == nullptr) {
      return miss(fmt::format("entity type `{}`", name));
    }
    const bool made = std::ranges::find(kMade, name) != kMade.end();
    attributes(fmt::format("entity type `{}`", name), wanted.attributes, own->attributes, made);
    if (wanted.tags && own->tags != wanted.tags) {
      miss(fmt::format("entity type `{}` with tags `{}`", name, wanted.tags->to_string()));
    }
    for (const std::string& parent : wanted.parents) {
      if (!std::ranges::binary_search(own->parents, parent)) {
        miss(fmt::format("entity type `{}` in `{}`", name, parent));
      }
    }
    if (own->is_enum()) {
      miss(fmt::format("entity type `{}` with any id", name));
    }
  }

  // `whole`: the gate makes the record, and has nothing more to put into it.
  void attributes(const std::string& where, const Type& wanted, const Type& own, bool whole) {
    for (const Attribute& attribute : wanted.attributes()) {
      const Attribute* found = own.find(attribute.name);
      if (found == nullptr || found->type != attribute.type) {
        miss(fmt::format("{}: attribute `{}: {}`", where, attribute.name,
                         attribute.type.to_string()));
      } else if (found->required && !attribute.required) {
        miss(fmt::format("{}: attribute `{}` may be absent: write `{}?`", where, attribute.name,
                         attribute.name));
      }
    }
    for (const Attribute& attribute : own.attributes()) {
      if (whole && attribute.required && wanted.find(attribute.name) == nullptr) {
        miss(fmt::format("{}: attribute `{}` is not the gate's: write `{}?`", where, attribute.name,
                         attribute.name));
      }
    }
  }

  void action(const Action& wanted) {
    const std::string where = show(wanted.uid);
    const Action* own = schema_.find_action(wanted.uid);
    if (own == nullptr) {
      return miss(where);
    }
    for (const std::string& type : wanted.principals) {
      if (!own->applies_to_principal(type)) {
        miss(fmt::format("{} for principals of type `{}`", where, type));
      }
    }
    for (const std::string& type : wanted.resources) {
      if (!own->applies_to_resource(type)) {
        miss(fmt::format("{} for resources of type `{}`", where, type));
      }
    }
    for (const cedar::EntityUid& group : wanted.ancestors) {
      if (!std::ranges::binary_search(own->ancestors, group)) {
        miss(fmt::format("{} in {}", where, show(group)));
      }
    }
    if (!wanted.principals.empty()) {
      attributes(fmt::format("the context of {}", where), wanted.context, own->context, true);
    }
  }

  const Schema& schema_;
  std::vector<std::string> missing_;
};

}  // namespace

const Schema& gate_schema() {
  static const Schema kSchema = parse_gate_schema();
  return kSchema;
}

Result<> check_gate_schema(const Schema& schema) {
  return Check(schema).run();
}

Result<> check_gate_entities(const cedar::Entities& entities) {
  for (const cedar::Entity& entity : entities.all()) {
    if (entity.uid.type == kRequest) {
      return Error(ErrorKind::kInvalidInput,
                   fmt::format("{}: a request is made by the gate alone",
                               cedar::Value::entity(entity.uid).to_string()));
    }
  }
  return ok();
}

}  // namespace sally::policy
