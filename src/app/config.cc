#include "app/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "app/config_docs.h"
#include "app/config_load.h"
#include "app/config_reader.h"

namespace sally::app {
namespace {

Config read_config(const YamlNode& root, const std::string& path, const ConfigContext& context,
                   Problems& problems) {
  ConfigLoad in(root, path, context, problems);
  read_trust_domains(in);
  read_gate(in);
  read_places(in);
  read_ledger(in);
  read_capture(in);
  read_log(in);
  read_telemetry(in);
  read_identity(in);
  read_upstreams(in);
  read_models(in);
  check_fallbacks(in);
  read_routes(in);
  check_routes(in);
  read_policy(in);
  read_access(in);
  read_inspection(in);
  read_outflow(in);
  read_privacy(in);
  read_attacks(in);
  read_forward(in);
  check_exposure(in);
  return std::move(in.config);
}

Error refused(const std::string& path, const std::vector<Problem>& problems) {
  const auto errors = std::ranges::count(problems, Problem::Severity::kError, &Problem::severity);
  const Problem& first = problems.front();
  std::string message = show_problem(path, {.place = first.place, .message = first.message});
  if (errors > 1) {
    message += fmt::format(" (and {} more)", errors - 1);
  }
  return Error(ErrorKind::kUsage, std::move(message), first.hint);
}

}  // namespace

std::string show_problem(std::string_view path, const Problem& problem) {
  std::string out(path);
  if (problem.place.line > 0) {
    out += fmt::format(":{}:{}", problem.place.line, problem.place.column);
  }
  out += problem.severity == Problem::Severity::kWarning ? ": warning: " : ": ";
  out += problem.message;
  if (!problem.hint.empty()) {
    out += fmt::format("\n  hint: {}", problem.hint);
  }
  return out;
}

ledger::LedgerSettings LedgerConfig::settings() const {
  return {.folder = folder,
          .origin = origin,
          .durability = durability,
          .interval = interval,
          .checkpoint_every = checkpoint_every,
          .ring_bytes = ring_bytes,
          .when_unwritable = when_unwritable};
}

Result<ConfigPtr> parse_config(std::string_view text, const std::string& path,
                               const ConfigContext& context, std::vector<Problem>* problems) {
  Problems found;
  formats::YamlParsed parsed = formats::parse_yaml(text);
  if (parsed.problem) {
    found.add(parsed.problem->place, std::move(parsed.problem->message),
              std::move(parsed.problem->hint));
  }
  ConfigPtr config;
  if (!found.refused()) {
    check_against_table(parsed.root, found);
    // Below a misspelt section every name would seem to be missing.
    const bool known = std::ranges::all_of(parsed.root.members, [](const YamlMember& member) {
      return find_row(member.key) != nullptr;
    });
    if (known) {
      std::error_code ignored;
      const std::string absolute =
          std::filesystem::absolute(path, ignored).lexically_normal().string();
      Config loaded = read_config(parsed.root, absolute, context, found);
      if (!found.refused()) {
        loaded.effective = formats::parse_yaml(effective_yaml(parsed.root)).root;
      }
      config = std::make_shared<const Config>(std::move(loaded));
    }
  }
  const bool is_refused = found.refused();
  std::vector<Problem> list = found.take();
  std::optional<Error> error;
  if (is_refused) {
    error = refused(path, list);
  }
  if (problems != nullptr) {
    *problems = std::move(list);
  }
  if (error) {
    return *std::move(error);
  }
  return config;
}

Result<ConfigPtr> load_config(const std::string& path, const ConfigContext& context,
                              std::vector<Problem>* problems) {
  const auto text = context.outside.read_file(path, Content::kPublic);
  if (!text.ok()) {
    return Error(ErrorKind::kUsage, text.error().message(),
                 "`sallyport init` writes a first configuration; --config PATH names another");
  }
  return parse_config(text->reveal(), path, context, problems);
}

}  // namespace sally::app
