// `policy diff`: which requests another set of policies decides otherwise.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <vector>

#include "app/commands.h"
#include "app/policy_files.h"
#include "app/policy_folder.h"
#include "app/policy_input.h"
#include "base/text.h"
#include "cedar/analysis/difference.h"
#include "cedar/entities/json_writer.h"
#include "cedar/syntax/escape.h"
#include "formats/json/writer.h"

namespace sally::app {
namespace {

using cedar::Difference;

void write_request(formats::JsonWriter& json, const cedar::Request& request) {
  json.begin_object().key("principal");
  cedar::write_uid(json, request.principal);
  json.key("action");
  cedar::write_uid(json, request.action);
  json.key("resource");
  cedar::write_uid(json, request.resource);
  json.key("context");
  cedar::write_value(json, request.context);
  json.end_object();
}

void write_ids(formats::JsonWriter& json, std::string_view name,
               const std::vector<std::string>& ids) {
  json.key(name).begin_array();
  for (const std::string& id : ids) {
    json.string(id);
  }
  json.end_array();
}

std::string to_json(const Difference& found) {
  std::string out;
  formats::JsonWriter json(out);
  json.begin_object();
  json.member("differ", !found.classes.empty())
      .member("proved", found.is_proved())
      .member("exhausted", found.is_exhausted())
      .member("environments", found.environments)
      .member("proved_environments", found.proved)
      .member("requests", found.tried)
      .member("space", found.space)
      .member("newly_allowed", found.newly_allowed)
      .member("newly_denied", found.newly_denied);
  json.key("classes").begin_array();
  for (const Difference::Class& one : found.classes) {
    json.begin_object();
    json.member("change", one.newly_allowed ? "newly_allowed" : "newly_denied")
        .member("principal_type", one.principal_type)
        .member("action", cedar::quoted(one.action))
        .member("resource_type", one.resource_type)
        .member("requests", one.requests);
    write_ids(json, "before", one.before);
    write_ids(json, "after", one.after);
    json.key("request");
    write_request(json, one.example);
    json.key("entities");
    cedar::write_entities(json, one.entities);
    json.end_object();
  }
  json.end_array().end_object();
  json.finish();
  return out + "\n";
}

// `permit `a` (a.cedar:3:1), `b``.
std::string reasons(const cedar::PolicySet& set, const std::vector<std::string>& ids,
                    bool allowed) {
  std::vector<std::string> out;
  for (const std::string& id : ids) {
    out.push_back(fmt::format("`{}`{}", printable(id), place_of(set, id)));
  }
  return out.empty() ? "no policy permits it"
                     : fmt::format("{} {}", allowed ? "permit" : "forbid", fmt::join(out, ", "));
}

std::string class_text(const Console& console, const PolicyFolder& before,
                       const PolicyFolder& after, const Difference::Class& one) {
  std::string request;
  formats::JsonWriter request_json(request);
  write_request(request_json, one.example);
  std::string entities;
  formats::JsonWriter entities_json(entities);
  cedar::write_entities(entities_json, one.entities);
  return fmt::format(
      "{}  {} {} {}: {}\n  before    {}\n  after     {}\n  request   {}\n  entities  {}\n",
      one.newly_allowed ? console.paint(Colour::kRed, "newly allowed")
                        : console.paint(Colour::kYellow, "newly denied "),
      one.principal_type, printable(cedar::quoted(one.action)), one.resource_type,
      plural(one.requests, "request", "requests"),
      reasons(before.policies, one.before, !one.newly_allowed),
      reasons(after.policies, one.after, one.newly_allowed), printable(request, 4000),
      printable(entities, 4000));
}

// What was looked at, and how far it goes.
std::string extent(const Difference& found) {
  if (found.is_exhausted()) {
    return fmt::format("over all {} that tell these policies apart; proved for {} of {}",
                       plural(found.tried, "request", "requests"), found.proved,
                       plural(found.environments, "kind of request", "kinds of requests"));
  }
  return fmt::format("in {} of {}, not all: a larger --limit looks at more", found.tried,
                     plural(found.space, "request", "requests"));
}

std::string summary(const Difference& found) {
  if (!found.classes.empty()) {
    return fmt::format("they differ: {} newly allowed, {} newly denied, {}\n", found.newly_allowed,
                       found.newly_denied, extent(found));
  }
  if (found.is_proved()) {
    return fmt::format("equivalent: proved for every request of {}\n",
                       plural(found.environments, "kind", "kinds"));
  }
  return fmt::format("{} {}\n", found.is_exhausted() ? "equivalent" : "no difference found",
                     extent(found));
}

// Both sides are asked with the schema and the entities of one: those named, the candidate's, or
// else those in force.
Result<> share(const World& world, PolicyFolder& before, PolicyFolder& after) {
  if (!after.schema) {
    after.schema = before.schema;
  }
  if (!after.schema) {
    return Error(ErrorKind::kUsage, "requests cannot be made without a schema",
                 "name it: --schema FILE");
  }
  const std::string& entities =
      after.paths.entities.empty() ? before.paths.entities : after.paths.entities;
  TRY(after.entities, read_entities(entities, after.known()));
  return check_entities(world, after);
}

}  // namespace

Result<int> policy_diff(const World& world, const PolicyDiffOptions& options) {
  const auto side = [&](const std::string& path) {
    return read_policy_folder(
        world,
        {.paths = {path}, .schema = options.schema, .entities = options.entities, .config = {}});
  };
  TRY(PolicyFolder before, side(options.before));
  TRY(PolicyFolder after, side(options.after));
  TRY_OK(share(world, before, after));
  TRY(const Difference found, cedar::compare(before.policies, after.policies, *after.schema,
                                             after.entities, {.requests = options.limit}));
  if (options.format == Format::kJson) {
    world.console.out(to_json(found));
  } else {
    for (const Difference::Class& one : found.classes) {
      world.console.out(class_text(world.console, before, after, one));
    }
    world.console.out(summary(found));
  }
  return found.classes.empty() ? kFine : kNo;
}

}  // namespace sally::app
