#include "app/explanation_view.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "policy/loaded_policies.h"

namespace sally::app {
namespace {

using cedar::ClauseTrace;
using cedar::Explanation;
using cedar::PolicyOutcome;
using cedar::PolicyTrace;
using cedar::Step;

constexpr size_t kMostPolicies = 5;  // under one heading
constexpr size_t kMostReasons = 6;   // of one clause
// Deeper steps are written into the operands of this one: a JSON document has no more levels.
constexpr size_t kMostLevels = 20;

std::string_view name_of(cedar::Effect effect) {
  return effect == cedar::Effect::kPermit ? "permit" : "forbid";
}

std::string_view name_of(PolicyOutcome outcome) {
  switch (outcome) {
    case PolicyOutcome::kApplies:
      return "applies";
    case PolicyOutcome::kOutOfScope:
      return "out_of_scope";
    case PolicyOutcome::kClause:
      return "clause";
    case PolicyOutcome::kFailed:
      return "failed";
  }
  return "";
}

std::string_view name_of(cedar::Condition::Kind kind) {
  return kind == cedar::Condition::Kind::kWhen ? "when" : "unless";
}

// Whether it holds even where a grant breaks the glass.
bool is_hard(const PolicyTrace& trace) {
  return trace.effect == cedar::Effect::kForbid &&
         std::ranges::find(trace.annotations, policy::kHard) != trace.annotations.end();
}

std::string shown(const cedar::PolicyPlace& place) {
  return place.line == 0 ? "" : fmt::format(" ({}:{}:{})", place.file, place.line, place.column);
}

// What the tests saw because of which a clause has its value; of an error the values below it.
void add_reasons(const Step& step, std::vector<std::string>& out) {
  if (!step.reason.empty()) {
    out.push_back(step.reason);
    return;
  }
  for (const Step& operand : step.operands) {
    if (!operand.decisive) {
      continue;
    }
    if (!step.error.empty() && operand.value.has_value()) {
      out.push_back(fmt::format("{} is {}", operand.text, *operand.value));
    } else {
      add_reasons(operand, out);
    }
  }
}

// Where the error arose; null where it lies deeper than steps were made.
const Step* failed_step(const Step& step) {
  const Step* at = &step;
  while (at != nullptr && at->error.empty()) {
    const auto next =
        std::ranges::find_if(at->operands, [](const Step& operand) { return operand.decisive; });
    at = next == at->operands.end() ? nullptr : &*next;
  }
  return at;
}

class Text {
 public:
  Text(const Console& console, const Explanation& why) : console_(console), why_(why) {}

  std::string take() {
    determining();
    overridden();
    nearest();
    failed();
    return std::move(out_);
  }

 private:
  void entry(std::string_view heading, Colour colour, std::string_view text) {
    out_ += fmt::format("  {}{:{}}{}\n", console_.paint(colour, heading), "",
                        kHeading - heading.size(), text);
  }
  void line(std::string_view text) { out_ += fmt::format("{:{}}{}\n", "", kHeading + 4, text); }
  void more(size_t count) {
    if (count > 0) {
      line(fmt::format("and {} more", count));
    }
  }
  static std::string title(const PolicyTrace& trace) {
    return fmt::format("{} `{}`{}", name_of(trace.effect), printable(trace.id), shown(trace.place));
  }

  void determining();
  void overridden();
  void failed();
  void nearest();
  void clause(const ClauseTrace& clause);
  void would(std::string_view what, const std::vector<std::string>& tests) {
    if (!tests.empty()) {
      line(fmt::format("{} where {}", what, fmt::join(tests, " and ")));
    }
  }
  // The traced policies among these ids.
  template <typename Shown>
  size_t each(size_t count, Shown is_one, void (Text::*show)(const PolicyTrace&));
  void show_determining(const PolicyTrace& trace);
  void show_failed(const PolicyTrace& trace);

  static constexpr size_t kHeading = 9;
  const Console& console_;
  const Explanation& why_;
  std::string out_;
};

void Text::clause(const ClauseTrace& clause) {
  line(fmt::format("{} {}", name_of(clause.kind), clause.step.text));
  std::vector<std::string> reasons;
  const Step* failed = failed_step(clause.step);
  if (failed != nullptr) {
    reasons.push_back(failed->error);
  }
  add_reasons(clause.step, reasons);
  const size_t fit = std::min(reasons.size(), kMostReasons);
  for (const std::string& reason : std::span(reasons).first(fit)) {
    line("  " + reason);
  }
  if (reasons.size() > fit) {
    line(fmt::format("  and {} more", reasons.size() - fit));
  }
}

template <typename Shown>
size_t Text::each(size_t count, Shown is_one, void (Text::*show)(const PolicyTrace&)) {
  size_t told = 0;
  for (const PolicyTrace& trace : why_.policies) {
    if (told < kMostPolicies && is_one(trace)) {
      (this->*show)(trace);
      ++told;
    }
  }
  return count - told;
}

void Text::show_determining(const PolicyTrace& trace) {
  entry("by", Colour::kBold, title(trace));
  if (is_hard(trace)) {
    line("@hard: no grant that breaks the glass opens it");
  }
  for (const ClauseTrace& one : trace.clauses) {
    clause(one);
  }
  if (trace.clauses_left_out > 0) {
    line(fmt::format("and {} more clauses", trace.clauses_left_out));
  }
  if (trace.clauses.empty()) {
    for (const cedar::ScopeTrace& scope : trace.scope) {
      if (!scope.reason.empty()) {
        line(scope.reason);
      }
    }
  }
  const auto remedy = std::ranges::find(why_.remedies, trace.id, &cedar::ForbidRemedy::id);
  if (remedy != why_.remedies.end()) {
    would("would not apply", remedy->would_not_apply_where);
  }
}

void Text::determining() {
  if (why_.determining.empty()) {
    entry("by", Colour::kBold,
          why_.nearest.has_value()
              ? "no permit applies"
              : "no permit applies, and none is about this action and this principal or resource");
    return;
  }
  const auto is_one = [&](const PolicyTrace& trace) {
    return trace.outcome == PolicyOutcome::kApplies &&
           (trace.effect == cedar::Effect::kPermit) == (why_.decision == cedar::Decision::kAllow);
  };
  more(each(why_.determining.size(), is_one, &Text::show_determining));
}

void Text::overridden() {
  if (why_.overridden.empty()) {
    return;
  }
  const size_t fit = std::min(why_.overridden.size(), kMostPolicies);
  std::vector<std::string> ids;
  for (const std::string& id : std::span(why_.overridden).first(fit)) {
    ids.push_back(fmt::format("`{}`", printable(id)));
  }
  const size_t rest = why_.overridden.size() - fit;
  entry("else", Colour::kBold,
        fmt::format("{}{} would allow it", fmt::join(ids, ", "),
                    rest == 0 ? "" : fmt::format(" and {} more", rest)));
}

void Text::nearest() {
  if (!why_.nearest.has_value()) {
    return;
  }
  const PolicyTrace& trace = why_.nearest->trace;
  entry("nearest", Colour::kBold, title(trace));
  for (const cedar::ScopeTrace& scope : trace.scope) {
    if (!scope.holds) {
      line(scope.reason);
    }
  }
  for (const ClauseTrace& one : trace.clauses) {
    if (one.holds != true) {
      clause(one);
    }
  }
  would("would apply", why_.nearest->would_apply_where);
}

void Text::show_failed(const PolicyTrace& trace) {
  entry("failed", Colour::kYellow, fmt::format("{}: {}", title(trace), trace.error));
  if (const Step* at = failed_step(trace.clauses.back().step)) {
    line(fmt::format("at {}{}", at->text, shown(trace.error_place)));
  }
  std::vector<std::string> reasons;
  add_reasons(trace.clauses.back().step, reasons);
  for (const std::string& reason : reasons) {
    line(reason);
  }
}

void Text::failed() {
  more(each(
      why_.errors.size(),
      [](const PolicyTrace& trace) { return trace.outcome == PolicyOutcome::kFailed; },
      &Text::show_failed));
}

using formats::JsonWriter;

void write(JsonWriter& json, const Step& step, size_t level);

void write_flat(JsonWriter& json, const Step& step) {
  for (const Step& operand : step.operands) {
    write(json, operand, kMostLevels + 1);
    write_flat(json, operand);
  }
}

void write(JsonWriter& json, const Step& step, size_t level) {
  json.begin_object();
  json.member("text", step.text);
  if (step.value) {
    json.member("value", *step.value);
  }
  if (!step.error.empty()) {
    json.member("error", step.error);
  }
  if (!step.reason.empty()) {
    json.member("reason", step.reason);
  }
  json.member("decisive", step.decisive);
  if (!step.operands.empty() && level <= kMostLevels) {
    json.key("operands").begin_array();
    if (level == kMostLevels) {
      write_flat(json, step);
    } else {
      for (const Step& operand : step.operands) {
        write(json, operand, level + 1);
      }
    }
    json.end_array();
  }
  if (step.left_out > 0) {
    json.member("left_out", step.left_out);
  }
  json.end_object();
}

void write_place(JsonWriter& json, const cedar::PolicyPlace& place) {
  if (place.line > 0) {
    json.member("file", place.file).member("line", place.line).member("column", place.column);
  }
}

void write_texts(JsonWriter& json, std::string_view name, const std::vector<std::string>& texts) {
  json.key(name).begin_array();
  for (const std::string& text : texts) {
    json.string(text);
  }
  json.end_array();
}

void write(JsonWriter& json, const PolicyTrace& trace) {
  json.begin_object();
  json.member("id", trace.id).member("effect", name_of(trace.effect));
  if (is_hard(trace)) {
    json.member("hard", true);
  }
  write_place(json, trace.place);
  json.member("outcome", name_of(trace.outcome));
  json.key("scope").begin_array();
  for (const cedar::ScopeTrace& scope : trace.scope) {
    json.begin_object();
    json.member("text", scope.text).member("holds", scope.holds);
    if (!scope.reason.empty()) {
      json.member("reason", scope.reason);
    }
    json.end_object();
  }
  json.end_array();
  json.key("clauses").begin_array();
  for (const ClauseTrace& clause : trace.clauses) {
    json.begin_object();
    json.member("kind", name_of(clause.kind));
    write_place(json, clause.place);
    json.key("holds");
    clause.holds.has_value() ? json.boolean(*clause.holds) : json.null();
    json.key("expression");
    write(json, clause.step, 0);
    json.end_object();
  }
  json.end_array();
  if (trace.clauses_left_out > 0) {
    json.member("clauses_left_out", trace.clauses_left_out);
  }
  if (!trace.error.empty()) {
    json.key("error").begin_object();
    json.member("message", trace.error);
    write_place(json, trace.error_place);
    json.end_object();
  }
  json.end_object();
}

}  // namespace

std::string explanation_text(const Console& console, const Explanation& why) {
  return Text(console, why).take();
}

void write_explanation(JsonWriter& json, const Explanation& why) {
  json.begin_object();
  json.member("decision", why.decision == cedar::Decision::kAllow ? "allow" : "deny");
  write_texts(json, "reasons", why.determining);
  json.key("errors").begin_array();
  for (const cedar::PolicyFailure& failure : why.errors) {
    json.begin_object();
    json.member("policy", failure.policy).member("message", failure.message);
    json.end_object();
  }
  json.end_array();
  write_texts(json, "overridden", why.overridden);
  json.key("policies").begin_array();
  for (const PolicyTrace& trace : why.policies) {
    write(json, trace);
  }
  json.end_array();
  json.member("not_traced", why.not_traced);
  json.key("remedies").begin_array();
  for (const cedar::ForbidRemedy& remedy : why.remedies) {
    json.begin_object();
    json.member("policy", remedy.id);
    write_texts(json, "would_not_apply_where", remedy.would_not_apply_where);
    json.end_object();
  }
  json.end_array();
  if (why.nearest.has_value()) {
    json.key("nearest").begin_object();
    json.member("failing_clauses", why.nearest->failing_clauses);
    write_texts(json, "would_apply_where", why.nearest->would_apply_where);
    json.key("policy");
    write(json, why.nearest->trace);
    json.end_object();
  }
  json.end_object();
}

}  // namespace sally::app
