// `policy check`: whether policies are Cedar and, where there is a schema, fit it.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "app/commands.h"
#include "app/policy_analysis.h"
#include "app/policy_files.h"
#include "app/policy_folder.h"
#include "app/policy_input.h"
#include "cedar/validate/validator.h"
#include "policy/loaded_policies.h"

namespace sally::app {
namespace {

// What a file holds, where it parses.
struct Counts {
  size_t policies = 0;
  size_t templates = 0;
  size_t links = 0;
};

struct Checked {
  PolicyReport report;
  std::optional<Counts> counts;
};

std::string summary(const Checked& file, bool validated) {
  std::string out = fmt::format("{} is good: {}", file.report.path(),
                                plural(file.counts->policies, "policy", "policies"));
  if (file.counts->templates > 0) {
    out += ", " + plural(file.counts->templates, "template", "templates");
  }
  if (file.counts->links > 0) {
    out += ", " + plural(file.counts->links, "link", "links");
  }
  return out + (validated ? "; the schema fits\n" : "\n");
}

Result<Checked> check_file(const std::string& path, const std::optional<cedar::Schema>& schema,
                           const cedar::ValidateOptions& options) {
  TRY(const PolicyFile file, read_policy_file(path));
  Checked out{.report = PolicyReport(file.source), .counts = {}};
  const auto set = parse_policies(file);
  if (!set.ok()) {
    out.report.add(set.problems());
    return out;
  }
  out.counts = Counts{set->policies().size(), set->templates().size(), set->links().size()};
  if (schema) {
    out.report.add(cedar::validate(*set, *schema, options));
  }
  out.report.add(policy::odd_annotations(*set));
  return out;
}

std::string to_json(const std::vector<Checked>& files, const PolicyAnalysis* analysis,
                    bool accepted) {
  std::string out;
  formats::JsonWriter json(out);
  json.begin_object();
  json.member("accepted", accepted);
  json.key("files").begin_array();
  for (const Checked& file : files) {
    json.begin_object();
    file.report.write(json);
    if (file.counts) {
      json.member("policies", file.counts->policies)
          .member("templates", file.counts->templates)
          .member("links", file.counts->links);
    }
    json.end_object();
  }
  json.end_array();
  if (analysis != nullptr) {
    analysis->write(json);
  }
  json.end_object();
  json.finish();
  return out + "\n";
}

}  // namespace

Result<int> policy_check(const World& world, const PolicyCheckOptions& options) {
  TRY(const PolicyPaths paths, find_policies(world, options.source));
  if (paths.schema.empty() && (options.level || options.permissive)) {
    return Error(ErrorKind::kUsage, "`--level` and `--permissive` say how a schema is applied",
                 "name it: --schema FILE");
  }
  if (paths.schema.empty() && options.analyze) {
    return Error(ErrorKind::kUsage, "`--analyze` needs a schema", "name it: --schema FILE");
  }
  std::vector<Checked> files;
  std::optional<cedar::Schema> schema;
  if (!paths.schema.empty()) {
    TRY(const PolicyFile file, read_policy_file(paths.schema));
    auto parsed = parse_schema(file);
    if (parsed.ok()) {
      schema = *std::move(parsed);
    } else {
      files.push_back({.report = PolicyReport(file.source), .counts = {}});
      files.back().report.add(parsed.problems());
    }
  }
  const cedar::ValidateOptions how{
      .mode = options.permissive ? cedar::Mode::kPermissive : cedar::Mode::kStrict,
      .level = options.level};
  for (const std::string& path : paths.policies) {
    TRY(Checked checked, check_file(path, schema, how));
    files.push_back(std::move(checked));
  }
  const bool accepted =
      std::ranges::all_of(files, [](const Checked& file) { return file.report.accepted(); });
  cedar::PolicySet together;
  std::optional<PolicyAnalysis> analysis;
  if (options.analyze && accepted) {
    TRY(together, read_policy_set(world, paths.policies));
    analysis.emplace(together, *schema);
  }
  const bool warned =
      (analysis && !analysis->found_nothing()) ||
      std::ranges::any_of(files, [](const Checked& file) { return file.report.has_warnings(); });
  const int answer = accepted && !(warned && options.deny_warnings) ? kFine : kNo;
  if (options.format == Format::kJson) {
    world.console.out(to_json(files, analysis ? &*analysis : nullptr, accepted));
    return answer;
  }
  // Of policies that were to fit a schema nothing good can be said where that is refused.
  const bool can_tell = schema.has_value() || paths.schema.empty();
  for (const Checked& file : files) {
    world.console.err(file.report.to_text());
    if (can_tell && file.counts && file.report.accepted()) {
      world.console.out(summary(file, schema.has_value()));
    }
  }
  if (analysis) {
    world.console.err(analysis->to_text());
  }
  return answer;
}

}  // namespace sally::app
