#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "app/commands.h"
#include "app/config_docs.h"
#include "app/config_reader.h"
#include "app/gate_client.h"
#include "app/serve.h"
#include "formats/json/writer.h"

namespace sally::app {
namespace {

constexpr std::array<std::string_view, 3> kUsualPlaces = {
    "sallyport.yaml", ".sallyport/sallyport.yaml", "/etc/sallyport/sallyport.yaml"};

std::string plural(size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string problems_json(const std::string& path, bool accepted,
                          const std::vector<Problem>& problems) {
  std::string out;
  formats::JsonWriter json(out);
  json.begin_object();
  json.member("file", path).member("accepted", accepted);
  json.key("problems").begin_array();
  for (const Problem& problem : problems) {
    json.begin_object();
    json.member("severity", problem.severity == Problem::Severity::kWarning ? "warning" : "error");
    json.member("line", problem.place.line).member("column", problem.place.column);
    json.member("message", problem.message);
    if (!problem.hint.empty()) {
      json.member("hint", problem.hint);
    }
    json.end_object();
  }
  json.end_array();
  json.end_object();
  json.finish();
  return out + "\n";
}

}  // namespace

std::string find_config(const World& world, const std::string& asked) {
  if (!asked.empty()) {
    return asked;
  }
  if (auto named = world.outside.environment("SALLYPORT_CONFIG"); named && !named->empty()) {
    return *std::move(named);
  }
  for (const std::string_view place : kUsualPlaces) {
    std::error_code ignored;
    if (std::filesystem::exists(place, ignored)) {
      return std::string(place);
    }
  }
  return std::string(kUsualPlaces.front());
}

Result<ConfigPtr> open_config(const World& world, const std::string& asked, Reading reading) {
  const std::string path = find_config(world, asked);
  std::vector<Problem> problems;
  auto config = load_config(
      path,
      {.outside = world.outside, .reading = reading, .now = world.clock.now(), .ticket_keys = {}},
      &problems);
  if (!config.ok() && problems.size() > 1) {
    for (const Problem& problem : problems) {
      world.console.err(show_problem(path, problem) + "\n");
    }
    return Error(ErrorKind::kUsage, fmt::format("`{}` is refused", path));
  }
  return config;
}

Result<int> serve(const World& world, const ServeCommandOptions& options) {
  return run_serve({.config = find_config(world, options.config)});
}

Result<int> config_check(const World& world, const ConfigOptions& options) {
  const std::string path = find_config(world, options.config);
  std::vector<Problem> problems;
  const auto config = load_config(path,
                                  {.outside = world.outside,
                                   .reading = Reading::kAll,
                                   .now = world.clock.now(),
                                   .ticket_keys = {}},
                                  &problems);
  const int status = config.ok() ? kFine : row_of(ErrorKind::kUsage).exit_status;
  if (options.format == Format::kJson) {
    if (!config.ok() && problems.empty()) {
      problems.push_back({.message = config.error().message(), .hint = config.error().hint()});
    }
    world.console.out(problems_json(path, config.ok(), problems));
    return status;
  }
  if (!config.ok() && problems.empty()) {
    return config.error();
  }
  for (const Problem& problem : problems) {
    world.console.err(show_problem(path, problem) + "\n");
  }
  if (!config.ok()) {
    return status;
  }
  const gateway::Settings& settings = (*config)->settings;
  world.console.out(fmt::format(
      "{} is good: {}, {}, {}, {}\n", path, plural(settings.upstreams.size(), "upstream"),
      plural(settings.models.size(), "model"), plural(settings.routes.size(), "route"),
      plural((*config)->policy.trusted.size(), "policy key")));
  return status;
}

Result<int> config_show(const World& world, const ConfigOptions& options) {
  TRY_OK(open_config(world, options.config, Reading::kPaths));
  const std::string path = find_config(world, options.config);
  TRY(const Secret text, world.outside.read_file(path, Content::kPublic));
  const YamlNode root = formats::parse_yaml(text.reveal()).root;
  world.console.out(options.format == Format::kJson ? effective_json(root) : effective_yaml(root));
  return kFine;
}

Result<int> config_schema_command(const World& world) {
  world.console.out(config_schema());
  return kFine;
}

Result<int> config_reload(const World& world, const ConfigOptions& options) {
  TRY(const ConfigPtr config, open_config(world, options.config, Reading::kAll));
  TRY(const auto answer, ask_gate(config->admin_socket, "/v1/config/reload"));
  if (!answer) {
    return Error(ErrorKind::kUnavailable,
                 fmt::format("no gate is running at `{}`", config->admin_socket),
                 "sallyport serve");
  }
  if (options.format == Format::kJson) {
    std::string out;
    formats::JsonWriter json(out);
    json.begin_object();
    json.member("reloaded", true).member("detail", *answer).end_object();
    json.finish();
    world.console.out(out + "\n");
  } else {
    world.console.out(fmt::format("the running gate took it: {}\n", *answer));
  }
  return kFine;
}

}  // namespace sally::app
