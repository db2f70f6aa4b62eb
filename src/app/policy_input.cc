#include "app/policy_input.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>

#include "app/policy_files.h"
#include "base/text.h"
#include "cedar/entities/json_reader.h"
#include "cedar/entities/value_reader.h"
#include "cedar/syntax/parser.h"

namespace sally::app {
namespace {

// Of a file that the user named: their input, whatever kind it was.
Error about(const std::string& file, const Error& error) {
  return Error(ErrorKind::kUsage, fmt::format("`{}`: {}", printable(file), error.message()),
               error.hint());
}

Error show(const World& world, const PolicyFile& file,
           const std::vector<cedar::Problem>& problems) {
  PolicyReport report(file.source);
  report.add(problems);
  world.console.err(report.to_text());
  return Error(ErrorKind::kUsage, fmt::format("`{}` has {} problem{}", printable(report.path()),
                                              problems.size(), problems.size() == 1 ? "" : "s"));
}

Result<std::string> text_of(const std::string& path) {
  TRY(const PolicyFile file, read_policy_file(path));
  return file.source->text;
}

// Gives the policies and templates of one text the ids they are to have.
class Collector {
 public:
  Result<> add(const cedar::PolicySet& set, const PolicyFile& file) {
    const std::string name = std::filesystem::path(file.source->name).filename();
    for (const auto list : {set.policies(), set.templates()}) {
      for (cedar::Policy policy : list) {
        if (!file.is_json) {
          policy.id = id_of(policy, name);
        }
        TRY_OK(out_.add(std::move(policy)));
      }
    }
    for (const cedar::Link& link : set.links()) {
      TRY_OK(out_.add_link(link));
    }
    return ok();
  }
  cedar::PolicySet take() { return std::move(out_); }

 private:
  // As in a bundle (policy/loaded_policies.h).
  static std::string id_of(const cedar::Policy& policy, const std::string& file) {
    const cedar::Annotation* id = policy.annotation("id");
    if (id != nullptr && id->value.has_value() && !id->value->empty()) {
      return *id->value;
    }
    // The parser calls them `policy0`, `policy1`, ... in the order of the text.
    return fmt::format("{}#{}", file, policy.id.substr(std::string_view("policy").size()));
  }

  cedar::PolicySet out_;
};

Result<cedar::EntityUid> uid_of(const formats::JsonValue& json, std::string_view what) {
  if (!json.is_string()) {
    return cedar::read_entity_uid(json);
  }
  TRY(const std::string_view text, json.as_string());
  return read_uid(text, what);
}

Result<cedar::Request> request_of(const formats::JsonValue& json, const cedar::Schema* schema) {
  static constexpr std::array<std::string_view, 4> kMembers{"principal", "action", "resource",
                                                            "context"};
  TRY_OK(json.only(kMembers));
  cedar::Request out;
  TRY(const formats::JsonValue principal, json.member("principal"));
  TRY(out.principal, uid_of(principal, "principal"));
  TRY(const formats::JsonValue action, json.member("action"));
  TRY(out.action, uid_of(action, "action"));
  TRY(const formats::JsonValue resource, json.member("resource"));
  TRY(out.resource, uid_of(resource, "resource"));
  if (const auto context = json.find("context")) {
    TRY(out.context, cedar::read_context(*context, schema, &out.action));
  }
  return out;
}

}  // namespace

Result<cedar::EntityUid> read_uid(std::string_view text, std::string_view what) {
  auto uid = cedar::parse_entity_uid(text);
  if (!uid.ok()) {
    return Error(
        ErrorKind::kUsage,
        fmt::format("the {} `{}`: {}", what, printable(text), uid.problems().front().message),
        "write it as `User::\"alice\"`");
  }
  return *std::move(uid);
}

Result<cedar::PolicySet> read_policy_set(const World& world,
                                         const std::vector<std::string>& paths) {
  Collector collector;
  for (const std::string& path : paths) {
    TRY(const PolicyFile file, read_policy_file(path));
    const auto set = parse_policies(file);
    if (!set.ok()) {
      return show(world, file, set.problems());
    }
    const Result<> added = collector.add(*set, file);
    if (!added.ok()) {
      return about(path, added.error());
    }
  }
  return collector.take();
}

Result<cedar::Schema> read_schema(const World& world, const std::string& path) {
  TRY(const PolicyFile file, read_policy_file(path));
  auto schema = parse_schema(file);
  if (!schema.ok()) {
    return show(world, file, schema.problems());
  }
  return *std::move(schema);
}

Result<cedar::Entities> read_entities(const std::string& file, const cedar::Schema* schema) {
  if (file.empty()) {
    return cedar::read_entities("[]", schema);
  }
  TRY(const std::string text, text_of(file));
  auto entities = cedar::read_entities(text, schema);
  return entities.ok() ? std::move(entities) : about(file, entities.error());
}

Result<cedar::Request> read_request(const RequestOptions& options, const cedar::Schema* schema) {
  const bool by_words = !options.principal.empty() || !options.action.empty() ||
                        !options.resource.empty() || !options.context.empty();
  if (options.file.empty() == !by_words) {
    return Error(ErrorKind::kUsage, "what is requested is said either by --request or by words",
                 "--principal, --action and --resource, with --context where there is one");
  }
  if (!options.file.empty()) {
    TRY(const std::string text, text_of(options.file));
    auto document = formats::JsonDocument::parse(text, cedar::cedar_json_limits());
    if (!document.ok()) {
      return about(options.file, document.error());
    }
    auto request = request_of(document->root(), schema);
    return request.ok() ? std::move(request) : about(options.file, request.error());
  }
  cedar::Request out;
  TRY(out.principal, read_uid(options.principal, "principal"));
  TRY(out.action, read_uid(options.action, "action"));
  TRY(out.resource, read_uid(options.resource, "resource"));
  if (!options.context.empty()) {
    TRY(const std::string text, text_of(options.context));
    auto context = cedar::read_context(text, schema, &out.action);
    if (!context.ok()) {
      return about(options.context, context.error());
    }
    out.context = *std::move(context);
  }
  return out;
}

std::string place_of(const cedar::PolicySet& set, const std::string& id) {
  const cedar::Policy* policy = set.find_policy(id);
  if (const cedar::Link* link = set.find_link(id)) {
    policy = set.find_template(link->template_id);
  }
  if (policy == nullptr || policy->source == nullptr) {
    return "";
  }
  const auto at = cedar::position_at(policy->source->text, policy->span.begin);
  return fmt::format(" ({}:{}:{})", printable(policy->source->name), at.line, at.column);
}

}  // namespace sally::app
