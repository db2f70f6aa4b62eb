#include "app/policy_analysis.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/policy_input.h"
#include "base/text.h"
#include "cedar/syntax/escape.h"
#include "cedar/validate/validator.h"

namespace sally::app {

using cedar::Observation;

PolicyAnalysis::PolicyAnalysis(const cedar::PolicySet& policies, const cedar::Schema& schema)
    : policies_(policies), found_(cedar::analyze(policies, schema)) {
  std::erase_if(found_.observations, [&](const Observation& one) {
    return one.kind == Observation::Kind::kNeverApplies &&
           !cedar::validate(*policy_of(one.policy), schema).empty();
  });
}

const cedar::Policy* PolicyAnalysis::policy_of(const std::string& id) const {
  const cedar::Link* const link = policies_.find_link(id);
  return link == nullptr ? policies_.find_policy(id) : policies_.find_template(link->template_id);
}

std::string PolicyAnalysis::to_text() const {
  std::string out;
  for (const Observation& one : found_.observations) {
    const cedar::Policy* const policy = policy_of(one.policy);
    const std::string message = "warning: " + one.message;
    if (policy == nullptr || policy->source == nullptr) {
      const std::string about =
          one.policy.empty() ? std::string() : fmt::format("`{}`: ", printable(one.policy));
      out += fmt::format("{}{}\n  hint: {}\n", about, message, one.help);
      continue;
    }
    const std::string other = one.other.empty() ? std::string()
                                                : fmt::format("; see `{}`{}", printable(one.other),
                                                              place_of(policies_, one.other));
    out += cedar::render(*policy->source, {one.span, message, one.help + other});
  }
  for (const std::string& id : found_.undecided) {
    out += fmt::format("note: not everything about `{}` was decided: it takes too many steps\n",
                       printable(id));
  }
  return out;
}

void PolicyAnalysis::write(formats::JsonWriter& json) const {
  json.key("observations").begin_array();
  for (const Observation& one : found_.observations) {
    json.begin_object();
    json.member("kind", cedar::name_of(one.kind));
    if (one.kind == Observation::Kind::kActionDenied) {
      json.member("action", cedar::quoted(one.action));
    } else {
      write_place(json, one);
    }
    if (!one.other.empty()) {
      json.member("other", one.other);
    }
    json.member("message", one.message).member("hint", one.help);
    json.end_object();
  }
  json.end_array();
  json.key("undecided").begin_array();
  for (const std::string& id : found_.undecided) {
    json.string(id);
  }
  json.end_array();
}

void PolicyAnalysis::write_place(formats::JsonWriter& json, const Observation& one) const {
  json.member("policy", one.policy);
  const cedar::Policy* const policy = policy_of(one.policy);
  if (policy == nullptr || policy->source == nullptr) {
    return;
  }
  const auto from = cedar::position_at(policy->source->text, one.span.begin);
  const auto to = cedar::position_at(policy->source->text, one.span.end);
  json.member("file", policy->source->name)
      .member("line", from.line)
      .member("column", from.column)
      .member("end_line", to.line)
      .member("end_column", to.column);
}

}  // namespace sally::app
