#include "app/differences_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/text.h"

namespace sally::app {
namespace {

using policy::Differences;

constexpr size_t kShownCalls = 5;  // of a group
constexpr size_t kShownGroups = 20;

std::string ids(const std::vector<std::string>& policies) {
  std::string out;
  for (const std::string& id : policies) {
    out += fmt::format("{}`{}`", out.empty() ? "" : ", ", printable(id, 100));
  }
  return out.empty() ? "none" : out;
}

std::string group_text(const Console& console, const Differences::Group& group,
                       const Differences::Members& members) {
  const std::string who =
      group.principal_name.empty()
          ? printable(group.principal)
          : fmt::format("key {} ({})", printable(group.principal_name), printable(group.principal));
  std::string out = fmt::format("{}  {} of {}, by {} instead of {}\n",
                                group.now_allowed ? console.paint(Colour::kGreen, "newly allowed")
                                                  : console.paint(Colour::kRed, "newly denied "),
                                members.count, who, ids(group.after), ids(group.before));
  for (size_t i = 0; i < members.calls.size() && i < kShownCalls; ++i) {
    const Differences::Call& call = members.calls[i];
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

void write_ids(formats::JsonWriter& json, std::string_view name,
               const std::vector<std::string>& policies) {
  json.key(name).begin_array();
  for (const std::string& id : policies) {
    json.string(id);
  }
  json.end_array();
}

}  // namespace

std::string differences_summary(const Differences& result, std::string_view what) {
  return fmt::format("{} of {} {} newly allowed, {} newly denied", result.newly_allowed,
                     result.compared, what, result.newly_denied);
}

std::string differences_text(const Console& console, const Differences& result,
                             std::string_view what) {
  std::string out = differences_summary(result, what) + "\n";
  std::vector<const std::pair<const Differences::Group, Differences::Members>*> groups;
  for (const auto& group : result.groups) {
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
    out += fmt::format("{} listings and batches were passed over\n", result.passed_over);
  }
  if (result.inexact > 0) {
    out += fmt::format("of {} calls the record holds less than the policies saw\n", result.inexact);
  }
  return out;
}

void write_differences(formats::JsonWriter& json, const Differences& result) {
  json.member("compared", result.compared).member("newly_allowed", result.newly_allowed);
  json.member("newly_denied", result.newly_denied).member("passed_over", result.passed_over);
  json.member("inexact", result.inexact);
  json.key("differences").begin_array();
  for (const auto& [group, members] : result.groups) {
    json.begin_object();
    json.member("now", group.now_allowed ? "allow" : "deny").member("count", members.count);
    json.member("principal", group.principal).member("principal_name", group.principal_name);
    write_ids(json, "before", group.before);
    write_ids(json, "after", group.after);
    json.key("calls").begin_array();
    for (const Differences::Call& call : members.calls) {
      json.begin_object();
      json.member("id", call.id.str()).member("time", format_time(call.time));
      json.member("action", call.action).member("model", call.model).member("tool", call.tool);
      json.end_object();
    }
    json.end_array();
    json.end_object();
  }
  json.end_array();
}

}  // namespace sally::app
