#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "app/config_load.h"
#include "base/text.h"

namespace sally::app {
namespace {

constexpr std::string_view kTeam = "team:";
constexpr std::string_view kGroup = "group:";
constexpr size_t kMaxName = 256;

bool is_principal(std::string_view name) {
  return !name.starts_with(kTeam) && !name.starts_with(kGroup);
}

// Whom a role names. A problem for each text that can name nobody.
std::vector<std::string> names(ConfigLoad& in, const Section& section, std::string_view key,
                               const std::string& shown) {
  std::vector<std::string> out;
  for (const PlacedText& text : section.texts(key)) {
    const std::string_view name = text.text;
    const std::string_view rest = name.substr(name.starts_with(kTeam)    ? kTeam.size()
                                              : name.starts_with(kGroup) ? kGroup.size()
                                                                         : 0);
    const bool fits = !rest.empty() && name.size() <= kMaxName &&
                      printable(name, kMaxName) == name &&
                      (!name.starts_with(kGroup) || rest.find('/') != std::string_view::npos);
    if (!fits) {
      in.problem(text.place, fmt::format("`{}.{}` has `{}`", shown, key, printable(name)),
                 "a principal's id, `team:NAME` or `group:ISSUER/NAME`");
    } else if (std::ranges::find(out, name) != out.end()) {
      in.problem(text.place, fmt::format("`{}.{}` has `{}` twice", shown, key, printable(name)));
    } else {
      out.emplace_back(name);
    }
  }
  return out;
}

void check_role(ConfigLoad& in, const Section& section, const std::string& shown,
                const identity::Role& role) {
  if (role.break_glass && role.holders.empty()) {
    in.problem(section.place("break_glass"), fmt::format("`{}` has no holder", shown),
               "holders: [ISSUER/SUBJECT]");
  }
  if (!role.break_glass && section.has("holders")) {
    in.problem(section.place("holders"), fmt::format("`{}` does not break the glass", shown),
               "break_glass: true, or remove `holders`");
  }
  for (const PlacedText& holder : section.texts("holders")) {
    if (!is_principal(holder.text)) {
      in.problem(holder.place, fmt::format("`{}.holders` has `{}`", shown, printable(holder.text)),
                 "holders are named one by one, by the principals' ids");
    }
  }
  if (!role.break_glass && role.approvers.empty()) {
    in.problem(section.place("approvers"), fmt::format("nobody may approve `{}`", shown),
               "approvers: [ISSUER/SUBJECT, team:NAME, group:ISSUER/NAME]");
  }
  const bool all_named = std::ranges::all_of(role.approvers, is_principal);
  if (!role.approvers.empty() && all_named && role.approvals > role.approvers.size()) {
    in.problem(section.place("approvals"),
               fmt::format("`{}` needs {} approvals and names {} who may", shown, role.approvals,
                           role.approvers.size()));
  }
}

}  // namespace

void read_access(ConfigLoad& in) {
  for (const auto& [name, section] : in.top.section("access").named("roles")) {
    const std::string shown = fmt::format("access.roles.{}", printable(name.text));
    if (!is_plain_name(name.text)) {
      in.problem(name.place, fmt::format("`{}` is no name of a role", printable(name.text)),
                 std::string(kPlainName));
    }
    identity::Role role;
    role.name = name.text;
    role.approvals = section.number<uint32_t>("approvals");
    role.approvers = names(in, section, "approvers", shown);
    role.requesters = names(in, section, "requesters", shown);
    role.longest = section.duration("longest");
    role.approve_within = section.duration("approve_within");
    role.break_glass = section.flag("break_glass");
    role.holders = names(in, section, "holders", shown);
    check_role(in, section, shown, role);
    in.config.roles.push_back(std::move(role));
  }
}

}  // namespace sally::app
