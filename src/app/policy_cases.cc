#include "app/policy_cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "app/policy_files.h"
#include "base/text.h"
#include "cedar/entities/json_reader.h"
#include "cedar/validate/conformance.h"

namespace sally::app {
namespace {

using cedar::CaseEntity;
using cedar::CaseFile;
using cedar::CaseRequest;
using cedar::Entities;
using cedar::PolicyCase;

// The files, read; and all their problems shown before one is refused.
struct ReadFile {
  std::shared_ptr<const cedar::Source> source;
  CaseFile cases;
};
Result<std::vector<ReadFile>> read_files(const World& world, const PolicyPaths& paths) {
  std::vector<ReadFile> out;
  size_t refused = 0;
  for (const std::string& path : paths.cases) {
    TRY(const PolicyFile file, read_policy_file(path));
    auto cases = cedar::parse_cases(file.source->text);
    if (cases.ok()) {
      out.push_back({file.source, *std::move(cases)});
      continue;
    }
    PolicyReport report(file.source);
    report.add(cases.problems());
    world.console.err(report.to_text());
    ++refused;
  }
  if (refused > 0) {
    return Error(ErrorKind::kUsage, fmt::format("{} file{} of cases cannot be read", refused,
                                                refused == 1 ? "" : "s"));
  }
  return out;
}

std::vector<std::string> failing(const cedar::Answer& answer) {
  std::vector<std::string> out;
  for (const cedar::PolicyFailure& failure : answer.errors) {
    out.push_back(failure.policy);
  }
  std::ranges::sort(out);
  return out;
}

bool as_expected(const cedar::CaseExpectation& expected, const cedar::Answer& got) {
  std::vector<std::string> reasons = got.reasons;
  std::ranges::sort(reasons);
  return got.decision == expected.decision && (!expected.by || *expected.by == reasons) &&
         (!expected.failing || *expected.failing == failing(got));
}

class Runner {
 public:
  Runner(const PolicyFolder& folder, cedar::CompiledPolicies policies)
      : folder_(folder), policies_(std::move(policies)) {}

  void run(const ReadFile& file, size_t index, CaseResults& out);
  // Of another file from now on.
  void begin() { shared_.reset(); }
  [[nodiscard]] std::vector<std::string> not_covered() const;

 private:
  // What is wrong with the ids that are expected; empty: all are those of policies.
  [[nodiscard]] std::string unknown_id(const cedar::CaseExpectation& expected) const;
  // Entities in the form that decides, too.
  struct Known {
    Entities entities;
    cedar::EntityStore store;
  };
  [[nodiscard]] Result<Known> entities_with(const std::vector<CaseEntity>& more) const;
  Result<cedar::Answer> decide(const ReadFile& file, size_t index, CaseResult& result);

  const PolicyFolder& folder_;
  const cedar::CompiledPolicies policies_;
  cedar::Scratch scratch_;
  std::optional<Known> shared_;  // what the cases of a file have that say none of their own
  std::set<std::string> covered_;
};

// What a case says of an entity stands in place of what the folder says.
Result<Runner::Known> Runner::entities_with(const std::vector<CaseEntity>& more) const {
  TRY(const Entities said, cedar::read_entities(cedar::to_json(more), folder_.known()));
  std::map<cedar::EntityUid, cedar::Entity> all;
  for (const Entities* from : {&folder_.entities, &said}) {
    for (const cedar::Entity& entity : from->all()) {
      all.insert_or_assign(entity.uid, entity);
    }
  }
  std::vector<cedar::Entity> list;
  list.reserve(all.size());
  for (auto& [uid, entity] : all) {
    list.push_back(std::move(entity));
  }
  TRY(Entities entities, Entities::create(std::move(list)));
  if (folder_.known() != nullptr) {
    const std::vector<Error> wrong = cedar::validate_entities(*folder_.known(), entities);
    if (!wrong.empty()) {
      return wrong.front().in("the entities do not fit the schema");
    }
  }
  cedar::EntityStore store = cedar::EntityStore::create(entities);
  return Known{std::move(entities), std::move(store)};
}

Result<cedar::Answer> Runner::decide(const ReadFile& file, size_t index, CaseResult& result) {
  TRY(const CaseRequest said, cedar::request_of(file.cases, index));
  std::optional<Known> own;
  if (said.has_own_entities || !shared_.has_value()) {
    TRY(own, entities_with(said.entities));
    if (!said.has_own_entities) {
      shared_ = std::exchange(own, std::nullopt);
    }
  }
  const Known& known = own.has_value() ? *own : *shared_;
  cedar::Request request{said.principal, said.action, said.resource, cedar::Value::empty_record()};
  TRY(request.context, cedar::read_context(said.context, folder_.known(), &request.action));
  TRY_OK(check_request(folder_, request));
  TRY(const cedar::RequestView view, cedar::view_of(request, scratch_));
  cedar::Answer answer = answer_of(policies_, authorize(policies_, known.store, view, scratch_));
  if (!as_expected(result.expected, answer)) {
    TRY(result.why, cedar::explain(folder_.policies, known.entities, request));
  }
  return answer;
}

void Runner::run(const ReadFile& file, size_t index, CaseResults& out) {
  const PolicyCase& one = file.cases.cases[index];
  CaseResult& result = out.cases.emplace_back();
  result.file = file.source->name;
  result.line = cedar::position_at(file.source->text, one.span.begin).line;
  result.name = one.name;
  result.expected = one.expected;
  auto answer = decide(file, index, result);
  if (!answer.ok()) {
    result.message = answer.error().message();
    return;
  }
  result.message = unknown_id(one.expected);
  covered_.insert(answer->reasons.begin(), answer->reasons.end());
  result.passed = as_expected(one.expected, *answer);
  result.got = *std::move(answer);
}

std::string Runner::unknown_id(const cedar::CaseExpectation& expected) const {
  for (const auto* ids : {&expected.by, &expected.failing}) {
    for (const std::string& id : ids->value_or(std::vector<std::string>())) {
      const auto policies = policies_.policies();
      if (std::ranges::find(policies, id, &cedar::CompiledPolicy::id) != policies.end()) {
        continue;
      }
      std::vector<std::string_view> known;
      for (const cedar::CompiledPolicy& policy : policies) {
        known.push_back(policy.id);
      }
      const std::string_view close = nearest(id, known);
      return fmt::format(
          "no policy has the id `{}`{}", printable(id),
          close.empty() ? "" : fmt::format("; did you mean `{}`?", printable(close)));
    }
  }
  return {};
}

std::vector<std::string> Runner::not_covered() const {
  std::vector<std::string> out;
  for (const cedar::CompiledPolicy& policy : policies_.policies()) {
    if (!covered_.contains(policy.id)) {
      out.push_back(policy.id);
    }
  }
  return out;
}

}  // namespace

size_t CaseResults::failed() const {
  return static_cast<size_t>(std::ranges::count(cases, false, &CaseResult::passed));
}

Result<CaseResults> run_policy_cases(const World& world, const PolicyFolder& folder,
                                     const std::string& filter) {
  if (folder.paths.cases.empty()) {
    return Error(ErrorKind::kUsage, "there are no cases",
                 "write them into files named cases/*.case in the folder of the policies");
  }
  TRY(const std::vector<ReadFile> files, read_files(world, folder.paths));
  TRY(cedar::CompiledPolicies policies, cedar::CompiledPolicies::create(folder.policies));
  Runner runner(folder, std::move(policies));
  CaseResults out;
  for (const ReadFile& file : files) {
    runner.begin();
    for (size_t i = 0; i < file.cases.cases.size(); ++i) {
      if (file.cases.cases[i].name.find(filter) != std::string::npos ||
          file.source->name.find(filter) != std::string::npos) {
        runner.run(file, i, out);
      }
    }
  }
  if (out.cases.empty()) {
    return Error(ErrorKind::kUsage, fmt::format("no case has `{}` in its name", printable(filter)));
  }
  if (filter.empty()) {
    out.not_covered = runner.not_covered();
  }
  return out;
}

}  // namespace sally::app
