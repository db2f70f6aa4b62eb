#include "app/policy_replay.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "app/audit.h"
#include "app/log_view.h"
#include "app/policy_keeper.h"
#include "base/text.h"
#include "formats/json/writer.h"
#include "policy/bundle_store.h"

namespace sally::app {
namespace {

using policy::Replay;

constexpr size_t kShownCalls = 5;  // of a group
constexpr size_t kShownGroups = 20;

std::string ids(const std::vector<std::string>& policies) {
  std::string out;
  for (const std::string& id : policies) {
    out += fmt::format("{}`{}`", out.empty() ? "" : ", ", printable(id, 100));
  }
  return out.empty() ? "none" : out;
}

std::string group_text(const Console& console, const Replay::Group& group,
                       const Replay::Members& members) {
  const std::string who =
      group.principal_name.empty()
          ? printable(group.principal)
          : fmt::format("key {} ({})", printable(group.principal_name), printable(group.principal));
  std::string out = fmt::format("{}  {} of {}, by {} instead of {}\n",
                                group.now_allowed ? console.paint(Colour::kGreen, "newly allowed")
                                                  : console.paint(Colour::kRed, "newly denied "),
                                members.count, who, ids(group.after), ids(group.before));
  for (size_t i = 0; i < members.calls.size() && i < kShownCalls; ++i) {
    const Replay::Call& call = members.calls[i];
    out += fmt::format("    {}  {}  {}", format_time(call.time), call.id.str(),
                       printable(call.action, 100));
    if (!call.model.empty()) {
      out += fmt::format("  model {}", printable(call.model, 100));
    }
    if (!call.tool.empty()) {
      out += fmt::format("  tool {}", printable(call.tool, 100));
    }
    out += "\n";
  }
  const uint64_t shown = std::min<uint64_t>(members.calls.size(), kShownCalls);
  return members.count > shown ? out + fmt::format("    and {} more\n", members.count - shown)
                               : out;
}

std::string result_text(const Console& console, const Replay::Result& result) {
  std::string out = replay_summary(result) + "\n";
  std::vector<const std::pair<const Replay::Group, Replay::Members>*> groups;
  for (const auto& group : result.differences) {
    groups.push_back(&group);
  }
  std::ranges::sort(groups, [](const auto* a, const auto* b) {
    return a->second.count != b->second.count ? a->second.count > b->second.count
                                              : a->first < b->first;
  });
  for (size_t i = 0; i < groups.size() && i < kShownGroups; ++i) {
    out += group_text(console, groups[i]->first, groups[i]->second);
  }
  if (groups.size() > kShownGroups) {
    out += fmt::format("and {} more groups\n", groups.size() - kShownGroups);
  }
  if (result.passed_over > 0) {
    out += fmt::format("{} listings were passed over\n", result.passed_over);
  }
  if (result.inexact > 0) {
    out += fmt::format("of {} calls the record holds less than the policies saw\n", result.inexact);
  }
  return out;
}

void write_ids(formats::JsonWriter& json, std::string_view name,
               const std::vector<std::string>& policies) {
  json.key(name).begin_array();
  for (const std::string& id : policies) {
    json.string(id);
  }
  json.end_array();
}

std::string result_json(const Replay::Result& result) {
  std::string out;
  formats::JsonWriter json(out);
  json.begin_object();
  json.member("compared", result.compared).member("newly_allowed", result.newly_allowed);
  json.member("newly_denied", result.newly_denied).member("passed_over", result.passed_over);
  json.member("inexact", result.inexact);
  json.key("differences").begin_array();
  for (const auto& [group, members] : result.differences) {
    json.begin_object();
    json.member("now", group.now_allowed ? "allow" : "deny").member("count", members.count);
    json.member("principal", group.principal).member("principal_name", group.principal_name);
    write_ids(json, "before", group.before);
    write_ids(json, "after", group.after);
    json.key("calls").begin_array();
    for (const Replay::Call& call : members.calls) {
      json.begin_object();
      json.member("id", call.id.str()).member("time", format_time(call.time));
      json.member("action", call.action).member("model", call.model).member("tool", call.tool);
      json.end_object();
    }
    json.end_array();
    json.end_object();
  }
  json.end_array();
  json.end_object();
  json.finish();
  return out + "\n";
}

}  // namespace

Result<Replay::Result> replay_policies(const Config& config, const policy::PolicyTexts& candidate,
                                       std::optional<WallTime> since,
                                       std::optional<WallTime> until) {
  TRY(policy::ActiveSetPtr after, compile_policies(candidate, 0, config));
  TRY(const policy::CurrentPolicies current,
      policy::BundleStore(config.policy.bundles).read_current(config.policy.trusted, 0));
  TRY(policy::ActiveSetPtr before,
      compile_policies(current.enforce ? current.enforce->files : no_policies(),
                       current.enforce ? current.enforce->sequence : 0, config));
  Replay replay(std::move(before), std::move(after), config.policy.on_forbid_error);
  TRY(LogView view, LogView::open(config.ledger.folder));
  ledger::EventQuery query;
  query.since = since;
  query.until = until;
  TRY_OK(view.search(query, 0, [&](uint64_t, const ledger::AnyEvent& event, std::string_view) {
    if (const auto* access = std::get_if<ledger::RecordedEvent>(&event)) {
      replay.look(access->event);
    }
    return Result<ledger::Visit>(ledger::Visit::kContinue);
  }));
  return replay.result();
}

std::string replay_summary(const Replay::Result& result) {
  return fmt::format("{} of {} recorded calls newly allowed, {} newly denied", result.newly_allowed,
                     result.compared, result.newly_denied);
}

Result<int> policy_replay(const World& world, const PolicyReplayOptions& options) {
  TRY(const ConfigPtr config, open_config(world, options.config, Reading::kPaths));
  TRY(const policy::PolicyTexts candidate,
      policy::read_policy_texts(options.folder.empty() ? config->policy.folder : options.folder));
  TRY(const auto since, parse_when("--since", options.since, world.clock.now()));
  TRY(const auto until, parse_when("--until", options.until, world.clock.now()));
  TRY(const Replay::Result result, replay_policies(*config, candidate, since, until));
  world.console.out(options.format == Format::kJson ? result_json(result)
                                                    : result_text(world.console, result));
  return result.differences.empty() ? kFine : kNo;
}

}  // namespace sally::app
