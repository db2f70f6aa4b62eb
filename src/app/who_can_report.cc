#include "app/who_can_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "cedar/syntax/escape.h"
#include "cedar/syntax/printer.h"
#include "formats/json/writer.h"

namespace sally::app {
namespace {

using cedar::Access;
using cedar::PolicyResidual;
using cedar::PolicyState;

// Of those who can never, so many are named in the text.
constexpr size_t kMostNever = 20;
constexpr size_t kLongestCondition = 2000;  // characters

std::string_view name_of(Access access) {
  constexpr std::array<std::string_view, 3> kNames{"never", "maybe", "always"};
  return kNames.at(static_cast<size_t>(access));
}

std::string_view name_of(PolicyState state) {
  constexpr std::array<std::string_view, 4> kNames{"applies", "does not apply", "fails", "depends"};
  return kNames.at(static_cast<size_t>(state));
}

std::string_view effect_of(const cedar::ActivePolicy& policy) {
  return policy.policy->effect == cedar::Effect::kPermit ? "permit" : "forbid";
}

std::string shown(const WhoCan::Found& found) {
  return found.entity ? printable(quoted(*found.entity), 400)
                      : fmt::format("any other `{}`", printable(found.type));
}

std::string condition_of(const PolicyResidual& residual) {
  const auto& left = residual.outcome.residual;
  return left ? to_cedar(left->body, left->expr) : std::string();
}

// ``permit  `own`  when context.tokens < 4000``
std::string line_of(std::span<const cedar::ActivePolicy> policies, const PolicyResidual& residual) {
  const cedar::ActivePolicy& policy = policies[residual.policy];
  std::string out = fmt::format("      {}  `{}`", effect_of(policy), printable(policy.id));
  switch (residual.outcome.state) {
    case PolicyState::kApplies:
    case PolicyState::kDoesNotApply:
      break;
    case PolicyState::kFails:
      out += "  cannot be evaluated";
      break;
    case PolicyState::kDepends: {
      const std::string condition = residual.outcome.residual
                                        ? printable(condition_of(residual), kLongestCondition)
                                        : "its own conditions hold";
      out += residual.outcome.may_apply
                 ? fmt::format("  when {}{}", condition,
                               residual.outcome.may_fail ? "  (or cannot be evaluated)" : "")
                 : fmt::format("  never applies, or cannot be evaluated: {}", condition);
      break;
    }
  }
  return out + "\n";
}

}  // namespace

bool WhoCan::anybody() const {
  return std::ranges::any_of(found,
                             [](const Found& one) { return one.answer.access != Access::kNever; });
}

bool WhoCanReport::anybody() const {
  return std::ranges::any_of(actions, &WhoCan::anybody);
}

std::string WhoCanReport::to_text(const Console& console) const {
  struct Part {
    Access access;
    Colour colour;
    std::string_view title;
  };
  static constexpr std::array kParts{Part{Access::kAlways, Colour::kGreen, "always"},
                                     Part{Access::kMaybe, Colour::kYellow, "under conditions"},
                                     Part{Access::kNever, Colour::kRed, "never"}};
  std::string out;
  const std::string other = printable(quoted(known), 400);
  for (const WhoCan& one : actions) {
    const std::string action = printable(quoted(one.action), 400);
    out += asks_principal ? fmt::format("who can {} on {}\n", action, other)
                          : fmt::format("on what {} can {}\n", other, action);
    for (const Part& part : kParts) {
      const auto count = static_cast<size_t>(std::ranges::count_if(
          one.found, [&](const auto& found) { return found.answer.access == part.access; }));
      if (count == 0) {
        continue;
      }
      out += fmt::format("  {} ({})\n", console.paint(part.colour, part.title), count);
      size_t named = 0;
      for (const WhoCan::Found& found : one.found) {
        if (found.answer.access != part.access) {
          continue;
        }
        if (part.access == Access::kNever && ++named > kMostNever) {
          out += fmt::format("    and {} more; --format json names all\n", count - kMostNever);
          break;
        }
        out += fmt::format("    {}\n", shown(found));
        for (const PolicyResidual& residual : found.answer.policies) {
          if (part.access != Access::kNever) {
            out += line_of(policies, residual);
          }
        }
      }
    }
  }
  return out;
}

std::string WhoCanReport::to_json() const {
  std::string out;
  formats::JsonWriter json(out);
  json.begin_object();
  json.member(asks_principal ? "resource" : "principal", quoted(known));
  json.key("actions").begin_array();
  for (const WhoCan& one : actions) {
    json.begin_object();
    json.member("action", quoted(one.action));
    json.key(asks_principal ? "principals" : "resources").begin_array();
    for (const WhoCan::Found& found : one.found) {
      json.begin_object();
      if (found.entity) {
        json.member("entity", quoted(*found.entity));
      } else {
        json.member("any_other", found.type);
      }
      json.member("access", name_of(found.answer.access));
      json.key("policies").begin_array();
      for (const PolicyResidual& residual : found.answer.policies) {
        const cedar::ActivePolicy& policy = policies[residual.policy];
        json.begin_object();
        json.member("policy", policy.id).member("effect", effect_of(policy));
        json.member("state", name_of(residual.outcome.state));
        if (residual.outcome.residual) {
          json.member("when", condition_of(residual));
        }
        json.key("may_fail").boolean(residual.outcome.may_fail);
        json.end_object();
      }
      json.end_array();
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

}  // namespace sally::app
