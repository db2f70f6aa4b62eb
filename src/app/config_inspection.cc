#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "app/config_load.h"
#include "base/text.h"

namespace sally::app {
namespace {

constexpr size_t kShortestCanary = 8;

}  // namespace

void read_inspection(ConfigLoad& in) {
  const Section section = in.top.section("inspection");
  auto on_finding = [&](std::string_view key) {
    return section.text(key) == "annotate" ? gateway::OnFinding::kAnnotate
                                           : gateway::OnFinding::kRefuse;
  };
  in.config.settings.inspection = {.request = on_finding("request"),
                                   .response = on_finding("response")};
  std::set<std::string> seen;
  for (const Section& canary : section.sections("canaries")) {
    const std::string name = canary.text("name");
    if (!name.empty() && !is_plain_name(name)) {
      in.problem(canary.place("name"), fmt::format("`{}` is no name of a canary", printable(name)),
                 std::string(kPlainName));
    }
    if (!name.empty() && !seen.insert(name).second) {
      in.problem(canary.place("name"), fmt::format("canary `{}` stands twice", printable(name)));
    }
    auto value = in.secret(canary, "value");
    if (!value) {
      continue;
    }
    if (value->size() < kShortestCanary) {
      in.problem(canary.place("value"),
                 fmt::format("canary `{}` has {} bytes", printable(name), value->size()),
                 fmt::format("at least {}: a short text turns up by chance", kShortestCanary));
      continue;
    }
    in.config.canaries.push_back({.name = name, .value = *std::move(value)});
  }
}

}  // namespace sally::app
