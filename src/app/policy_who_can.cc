// `policy who-can`: who may do an action on a resource, or on what a principal may do it.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "app/policy_files.h"
#include "app/policy_folder.h"
#include "app/policy_input.h"
#include "app/who_can_report.h"
#include "base/text.h"
#include "cedar/entities/json_reader.h"
#include "cedar/entities/value_reader.h"
#include "cedar/syntax/escape.h"
#include "formats/json/document.h"

namespace sally::app {
namespace {

using cedar::EntityUid;

// All that is asked, read.
struct Question {
  bool asks_principal = true;
  EntityUid known;
  std::optional<EntityUid> action;  // none: each that applies to the known one
  std::optional<formats::JsonDocument> context;
  bool context_whole = false;
};

Result<Question> read_question(const PolicyWhoCanOptions& options) {
  if (options.principal.empty() == options.resource.empty()) {
    return Error(ErrorKind::kUsage, "either --resource or --principal is needed, and not both",
                 "--resource asks who can, --principal on what");
  }
  Question out;
  out.asks_principal = options.principal.empty();
  TRY(out.known, out.asks_principal ? read_uid(options.resource, "resource")
                                    : read_uid(options.principal, "principal"));
  if (!options.action.empty()) {
    TRY(out.action, read_uid(options.action, "action"));
  }
  if (!options.context.empty()) {
    TRY(const PolicyFile file, read_policy_file(options.context));
    auto document = formats::JsonDocument::parse(file.source->text, cedar::cedar_json_limits());
    if (!document.ok()) {
      return document.error().in(printable(options.context, 400));
    }
    out.context = *std::move(document);
  }
  out.context_whole = options.context_whole;
  return out;
}

class Search {
 public:
  Search(const PolicyFolder& folder, const Question& question)
      : schema_(*folder.schema),
        entities_(folder.entities),
        store_(cedar::EntityStore::create(folder.entities)),
        policies_(folder.policies.active()),
        question_(question) {}

  Result<std::vector<WhoCan>> run();
  [[nodiscard]] std::span<const cedar::ActivePolicy> policies() const { return policies_; }

 private:
  Result<WhoCan> ask(const cedar::Action& action);
  Result<> ask(const cedar::EntityType& type, cedar::PartialRequest request, WhoCan& out);
  Result<cedar::PartialContext> context_of(const cedar::Action& action) const;
  // The types of those that are asked for.
  [[nodiscard]] const std::vector<std::string>& types(const cedar::Action& action) const {
    return question_.asks_principal ? action.principals : action.resources;
  }
  [[nodiscard]] bool applies(const cedar::Action& action) const {
    return question_.asks_principal ? action.applies_to_resource(question_.known.type)
                                    : action.applies_to_principal(question_.known.type);
  }
  [[nodiscard]] std::set<EntityUid> candidates(const cedar::EntityType& type) const;
  void set_asked(cedar::PartialRequest& request, cedar::UnknownEntity unknown) const {
    (question_.asks_principal ? request.principal : request.resource) = std::move(unknown);
  }

  const cedar::Schema& schema_;
  const cedar::Entities& entities_;
  const cedar::EntityStore store_;
  const std::vector<cedar::ActivePolicy> policies_;
  const Question& question_;
  cedar::Budget budget_{cedar::kQuerySteps};
};

Result<cedar::PartialContext> Search::context_of(const cedar::Action& action) const {
  cedar::PartialContext out;
  out.whole = question_.context_whole;
  if (question_.context.has_value()) {
    TRY(out.members, cedar::read_context(question_.context->root(), &schema_, &action.uid));
    if (!question_.action.has_value()) {
      // It is said of all actions at once: each takes what it knows of.
      out.members = declared_members(action.context, out.members);
    }
  }
  return out;
}

// Those there are, and those that the schema lists.
std::set<EntityUid> Search::candidates(const cedar::EntityType& type) const {
  std::set<EntityUid> out;
  const auto all = entities_.all();
  for (auto at = std::ranges::lower_bound(all, EntityUid{type.name, ""}, {}, &cedar::Entity::uid);
       at != all.end() && at->uid.type == type.name; ++at) {
    out.insert(at->uid);
  }
  for (const std::string& id : type.enum_ids) {
    out.insert({type.name, id});
  }
  return out;
}

Result<> Search::ask(const cedar::EntityType& type, cedar::PartialRequest request, WhoCan& out) {
  set_asked(request, {type.name, cedar::Presence::kAny});
  TRY(cedar::AccessQuery query,
      cedar::AccessQuery::create(schema_, store_, policies_, request, budget_));
  for (const EntityUid& candidate : candidates(type)) {
    TRY(cedar::PartialAnswer answer, query.answer(candidate));
    out.found.push_back({type.name, candidate, std::move(answer)});
  }
  if (!type.is_enum()) {
    set_asked(request, {type.name, cedar::Presence::kAdded});
    TRY(cedar::AccessQuery other,
        cedar::AccessQuery::create(schema_, store_, policies_, request, budget_));
    out.found.push_back({type.name, std::nullopt, other.in_general()});
  }
  return ok();
}

Result<WhoCan> Search::ask(const cedar::Action& action) {
  WhoCan out;
  out.action = action.uid;
  cedar::PartialRequest request;
  request.action = action.uid;
  (question_.asks_principal ? request.resource : request.principal) = question_.known;
  TRY(request.context, context_of(action));
  for (const std::string& name : types(action)) {
    const cedar::EntityType* const type = schema_.find_entity_type(name);
    if (type != nullptr) {
      TRY_OK(ask(*type, request, out));
    }
  }
  return out;
}

Result<std::vector<WhoCan>> Search::run() {
  std::vector<WhoCan> out;
  if (question_.action.has_value()) {
    const cedar::Action* const action = schema_.find_action(*question_.action);
    if (action == nullptr) {
      return Error(ErrorKind::kUsage, fmt::format("the schema declares no action `{}`",
                                                  printable(quoted(*question_.action), 400)));
    }
    TRY(WhoCan found, ask(*action));
    out.push_back(std::move(found));
    return out;
  }
  for (const auto& [uid, action] : schema_.actions()) {
    if (applies(action)) {
      TRY(WhoCan found, ask(action));
      out.push_back(std::move(found));
    }
  }
  return out;
}

}  // namespace

Result<int> policy_who_can(const World& world, const PolicyWhoCanOptions& options) {
  TRY(const Question question, read_question(options));
  TRY(const PolicyFolder folder, read_policy_folder(world, options.source));
  if (!folder.schema.has_value()) {
    return Error(ErrorKind::kUsage, "a schema is needed: it says what there can be",
                 "--schema FILE, or `schema.cedarschema` in the folder");
  }
  TRY_OK(check_entities(world, folder));
  Search search(folder, question);
  auto found = search.run();
  if (!found.ok()) {
    const bool asked = found.error().kind() == ErrorKind::kInvalidInput;
    return asked ? Error(ErrorKind::kUsage, found.error().message(), found.error().hint())
                 : found.error();
  }
  if (found->empty()) {
    return Error(ErrorKind::kUsage, fmt::format("no action of the schema applies to `{}`",
                                                printable(quoted(question.known), 400)));
  }
  if (folder.entities.find(question.known) == nullptr) {
    world.console.err(fmt::format("note: `{}` is not among the entities\n",
                                  printable(quoted(question.known), 400)));
  }
  const WhoCanReport report{question.asks_principal, question.known, *std::move(found),
                            search.policies()};
  world.console.out(options.format == Format::kJson ? report.to_json()
                                                    : report.to_text(world.console));
  return report.anybody() ? kFine : kNo;
}

}  // namespace sally::app
