// `policy test`: the cases that users wrote of their policies.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "app/commands.h"
#include "app/explanation_view.h"
#include "app/policy_cases.h"
#include "base/text.h"
#include "formats/json/writer.h"

namespace sally::app {
namespace {

using formats::JsonWriter;

constexpr size_t kMostNamed = 20;  // policies that are not covered

std::string_view name_of(cedar::Decision decision) {
  return decision == cedar::Decision::kAllow ? "allow" : "deny";
}

std::string listed(const std::vector<std::string>& ids, size_t most) {
  std::string out;
  for (const std::string& id : std::span(ids).first(std::min(ids.size(), most))) {
    out += fmt::format("{}`{}`", out.empty() ? "" : ", ", printable(id));
  }
  if (ids.size() > most) {
    out += fmt::format(" and {} more", ids.size() - most);
  }
  return out.empty() ? "none" : out;
}

std::vector<std::string> failing(const cedar::Answer& answer) {
  std::vector<std::string> out;
  for (const cedar::PolicyFailure& failure : answer.errors) {
    out.push_back(failure.policy);
  }
  return out;
}

std::string expected_text(const cedar::CaseExpectation& expected) {
  std::string out(name_of(expected.decision));
  if (expected.by) {
    out += " by " + listed(*expected.by, kMostNamed);
  }
  if (expected.failing) {
    out += " failing " + listed(*expected.failing, kMostNamed);
  }
  return out;
}

// As much of it as the expectation speaks of.
std::string got_text(const cedar::CaseExpectation& expected, const cedar::Answer& got) {
  std::string out(name_of(got.decision));
  if (expected.by) {
    out += " by " + listed(got.reasons, kMostNamed);
  }
  if (expected.failing) {
    out += " failing " + listed(failing(got), kMostNamed);
  }
  return out;
}

std::string failure_text(const Console& console, const CaseResult& one) {
  std::string out = fmt::format("{} {}:{}: {}\n", console.paint(Colour::kRed, "failed"),
                                printable(one.file, 400), one.line, printable(one.name, 200));
  out += fmt::format("  expected {}\n", expected_text(one.expected));
  if (!one.got) {
    return out + fmt::format("  got      no decision: {}\n", one.message);
  }
  out += fmt::format("  got      {}\n", got_text(one.expected, *one.got));
  out += one.message.empty() ? "" : fmt::format("  but      {}\n", one.message);
  return one.why ? out + explanation_text(console, *one.why) : out;
}

std::string to_text(const Console& console, const CaseResults& results) {
  std::string out;
  for (const CaseResult& one : results.cases) {
    if (!one.passed) {
      out += failure_text(console, one);
    }
  }
  if (!results.not_covered.empty()) {
    out += fmt::format("{}: {}\n", console.paint(Colour::kYellow, "not covered"),
                       listed(results.not_covered, kMostNamed));
  }
  const size_t failed = results.failed();
  out += console.paint(failed == 0 ? Colour::kGreen : Colour::kRed,
                       fmt::format("{} passed, {} failed", results.cases.size() - failed, failed));
  return out + "\n";
}

void write_ids(JsonWriter& json, std::string_view name, const std::vector<std::string>& ids) {
  json.key(name).begin_array();
  for (const std::string& id : ids) {
    json.string(id);
  }
  json.end_array();
}

void write(JsonWriter& json, const CaseResult& one) {
  json.begin_object();
  json.member("file", one.file).member("line", one.line).member("name", one.name);
  json.member("passed", one.passed);
  json.key("expected").begin_object();
  json.member("decision", name_of(one.expected.decision));
  if (one.expected.by) {
    write_ids(json, "by", *one.expected.by);
  }
  if (one.expected.failing) {
    write_ids(json, "failing", *one.expected.failing);
  }
  json.end_object();
  if (one.got) {
    json.key("got").begin_object();
    json.member("decision", name_of(one.got->decision));
    write_ids(json, "by", one.got->reasons);
    write_ids(json, "failing", failing(*one.got));
    json.end_object();
  }
  if (!one.message.empty()) {
    json.member("message", one.message);
  }
  if (one.why) {
    json.key("explanation");
    write_explanation(json, *one.why);
  }
  json.end_object();
}

std::string to_json(const CaseResults& results) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.member("passed", results.cases.size() - results.failed());
  json.member("failed", results.failed());
  json.key("cases").begin_array();
  for (const CaseResult& one : results.cases) {
    write(json, one);
  }
  json.end_array();
  write_ids(json, "not_covered", results.not_covered);
  json.end_object();
  json.finish();
  return out + "\n";
}

}  // namespace

Result<int> policy_test(const World& world, const PolicyTestOptions& options) {
  TRY(const PolicyFolder folder, read_policy_folder(world, options.source));
  TRY_OK(check_entities(world, folder));
  TRY(const CaseResults results, run_policy_cases(world, folder, options.filter));
  world.console.out(options.format == Format::kJson ? to_json(results)
                                                    : to_text(world.console, results));
  return results.failed() == 0 ? kFine : kNo;
}

}  // namespace sally::app
