// The integration tests: one JSON file each, which names policies, schema and entities and holds
// requests with their answers; beside it perhaps what validation must say of each policy, entity
// and request (`<stem>.validation.json`).
#include <optional>

#include "cedar/entities/json_reader.h"
#include "cedar/entities/value_reader.h"
#include "corpus/cedar/corpus.h"
#include "corpus/cedar/engine.h"
#include "formats/json/document.h"

namespace sally::cedar {
namespace {

using formats::JsonDocument;
using formats::JsonValue;
using judge::Decider;
using judge::Format;
using judge::Outcome;
using Ids = std::set<std::string>;

std::string joined(const Ids& ids) {
  std::string out;
  for (const std::string& id : ids) {
    out += (out.empty() ? "" : ", ") + id;
  }
  return "{" + out + "}";
}

// What a test is about, read.
struct Subject {
  PolicySet policies;
  Schema schema;
  Entities entities;
};

class TestJudge {
 public:
  // `number`: of the test, so that each takes other parts of its requests away.
  TestJudge(Corpus& corpus, std::string name, size_t number)
      : corpus_(corpus), name_(std::move(name)), partial_turn_(number) {}

  Result<> judge(const JsonValue& test, const JsonDocument* verdicts);

 private:
  template <typename T>
  std::optional<T> keep(Stratum stratum, Result<T> result) {
    corpus_.tally.expect(stratum, name_, result.ok(),
                         result.ok() ? "" : result.error().to_string());
    return result.ok() ? std::optional<T>(std::move(*result)) : std::nullopt;
  }
  void expect(Stratum stratum, const std::string& what, bool as_it_should,
              std::string_view why = {}) {
    corpus_.tally.expect(stratum, what.empty() ? name_ : name_ + " " + what, as_it_should, why);
  }
  Result<std::pair<std::string, const std::string*>> file(const JsonValue& test,
                                                          std::string_view member);
  Result<std::optional<Subject>> read(const JsonValue& test);
  Result<> judge_validation(const Subject& subject, bool should_validate);
  Result<> judge_entities(const Subject& subject, const JsonDocument* verdicts);
  Result<> judge_verdicts(const Subject& subject, const JsonValue& verdicts);
  Result<> judge_request(const Subject& subject, Decider& decider, const JsonValue& one,
                         const std::string& what, bool expect_valid);

  Corpus& corpus_;
  std::string name_;
  bool entities_fit_ = false;
  size_t partial_turn_;
};

Result<std::pair<std::string, const std::string*>> TestJudge::file(const JsonValue& test,
                                                                   std::string_view member) {
  TRY(const std::string_view named, test.string(member));
  const std::string path = corpus_.tree.resolve(name_, named);
  const std::string* text = path.empty() ? nullptr : corpus_.use(path);
  if (text == nullptr) {
    return Error(ErrorKind::kNotFound, "there is no such file").in(named);
  }
  return std::pair(path, text);
}

Format format_of(const JsonValue& test, std::string_view member) {
  const auto format = test.find(member);
  return format && format->as_string().value_or("") == "json" ? Format::kJson : Format::kText;
}

Result<std::optional<Subject>> TestJudge::read(const JsonValue& test) {
  TRY(const auto policy_file, file(test, "policies"));
  TRY(const auto schema_file, file(test, "schema"));
  TRY(const auto entity_file, file(test, "entities"));
  auto policies =
      keep(Stratum::kPolicies, judge::read_policies(policy_file.first, *policy_file.second,
                                                    format_of(test, "policyFormat")));
  auto schema = keep(Stratum::kSchemas, judge::read_schema(schema_file.first, *schema_file.second,
                                                           format_of(test, "schemaFormat")));
  if (!schema) {
    return std::optional<Subject>();
  }
  auto entities = keep(Stratum::kEntities, read_entities(*entity_file.second, &*schema));
  if (!policies || !entities) {
    return std::optional<Subject>();
  }
  return std::optional(Subject{std::move(*policies), std::move(*schema), std::move(*entities)});
}

Result<> TestJudge::judge_validation(const Subject& subject, bool should_validate) {
  const Ids invalid = judge::invalid_policies(subject.policies, subject.schema, Mode::kStrict);
  const bool as_it_should = invalid.empty() == should_validate;
  const std::string why = should_validate ? "refused " + joined(invalid) : "accepted";
  expect(Stratum::kValidation, "", as_it_should, why);
  if (!should_validate) {
    expect(Stratum::kInvalid, "", as_it_should, why);
  }
  return ok();
}

// The verdicts of others on entities and requests; a test without says that they are valid.
Result<> TestJudge::judge_entities(const Subject& subject, const JsonDocument* verdicts) {
  bool expected = true;
  if (verdicts != nullptr) {
    TRY(const JsonValue all, verdicts->root().member("entityValidation"));
    TRY(const JsonValue per_entity, all.member("perEntity"));
    for (const JsonValue one : per_entity) {
      expected = expected && one.size() == 0;
    }
  }
  const auto fits = judge::fits(subject.schema, subject.entities);
  entities_fit_ = fits.ok();
  expect(Stratum::kEntityVerdicts, "", fits.ok() == expected,
         fits.ok() ? "accepted" : fits.error().to_string());
  return ok();
}

Result<> TestJudge::judge_verdicts(const Subject& subject, const JsonValue& verdicts) {
  TRY(const JsonValue all, verdicts.member("policyValidation"));
  TRY(const JsonValue per_policy, all.member("perPolicy"));
  struct ModeRow {
    Mode mode;
    const char* name;
    Stratum stratum;
  };
  for (const ModeRow row : {ModeRow{Mode::kStrict, "strict", Stratum::kStrict},
                            ModeRow{Mode::kPermissive, "permissive", Stratum::kPermissive}}) {
    const Ids invalid = judge::invalid_policies(subject.policies, subject.schema, row.mode);
    TRY(const bool expected, all.boolean(row.name));
    expect(row.stratum, "all policies", invalid.empty() == expected, "invalid: " + joined(invalid));
    for (const JsonValue policy : per_policy) {
      TRY(const bool strict, policy.boolean("strict"));
      TRY(const bool permissive, policy.boolean("permissive"));
      const bool accepted = !invalid.contains(std::string(policy.name()));
      const bool right = accepted == (row.mode == Mode::kStrict ? strict : permissive);
      const std::string what(policy.name());
      expect(row.stratum, what, right, accepted ? "accepted" : "refused");
      if (!strict) {
        expect(permissive ? Stratum::kStrictOnly : Stratum::kNeither, what, right);
      }
    }
  }
  return ok();
}

Result<> TestJudge::judge_request(const Subject& subject, Decider& decider, const JsonValue& one,
                                  const std::string& what, bool expect_valid) {
  TRY(const JsonValue principal, one.member("principal"));
  TRY(const JsonValue action, one.member("action"));
  TRY(const JsonValue resource, one.member("resource"));
  TRY(const JsonValue context_json, one.member("context"));
  Request request;
  TRY(request.principal, read_entity_uid(principal));
  TRY(request.action, read_entity_uid(action));
  TRY(request.resource, read_entity_uid(resource));
  auto context = read_context(context_json, &subject.schema, &request.action);
  if (!context.ok()) {
    expect(Stratum::kRequestVerdicts, what, !expect_valid, context.error().to_string());
    return ok();
  }
  request.context = std::move(*context);
  const auto asked = one.find("validateRequest");
  if (!asked || asked->as_bool().value_or(true)) {
    const auto valid = judge::fits(subject.schema, request);
    expect(Stratum::kRequestVerdicts, what, valid.ok() == expect_valid,
           valid.ok() ? "accepted" : valid.error().to_string());
  }
  Outcome expected;
  TRY(const std::string_view decision, one.string("decision"));
  expected.allow = decision == "allow";
  TRY(expected.reason, judge::read_ids(one, "reason"));
  TRY(expected.errors, judge::read_ids(one, "errors"));
  TRY(const Outcome answer, decider.decide(request));
  expect(Stratum::kDecision, what, answer.allow == expected.allow,
         answer.allow ? "allowed" : "denied");
  expect(Stratum::kReason, what, answer.reason == expected.reason, joined(answer.reason));
  expect(Stratum::kErrors, what, answer.errors == expected.errors, joined(answer.errors));
  const auto why = judge::explained(subject.policies, subject.entities, request);
  expect(Stratum::kExplained, what, why.ok() && *why == answer);
  // The same from JSON, where the context says its types itself.
  if (const auto plain = read_context(context_json); plain.ok() && *plain == request.context) {
    const auto again = decider.decide(judge::request_json(one));
    expect(Stratum::kFromJson, what, again.ok() && *again == answer,
           again.ok() ? "another answer" : again.error().to_string());
  }
  if (!expected.errors.empty()) {
    expect(Stratum::kWithErrors, what, answer == expected);
  }
  if (subject.policies.policies().size() > 1) {
    expect(Stratum::kManyPolicies, what, answer == expected);
  }
  if (entities_fit_ && judge::fits(subject.schema, request).ok()) {
    judge_partially(corpus_, {subject.policies, subject.schema, subject.entities}, request,
                    name_ + " " + what, partial_turn_++);
  }
  return ok();
}

// Of each request whether it fits the schema.
Result<std::vector<bool>> valid_requests(const JsonValue& verdicts) {
  TRY(const JsonValue list, verdicts.member("requestValidation"));
  std::vector<bool> out;
  for (const JsonValue one : list) {
    TRY(const bool strict, one.boolean("strict"));
    out.push_back(strict);
  }
  return out;
}

Result<> TestJudge::judge(const JsonValue& test, const JsonDocument* verdicts) {
  TRY(const bool should_validate, test.boolean("shouldValidate"));
  TRY(const JsonValue requests, test.member("requests"));
  TRY(const JsonValue list, requests.as_array());
  TRY(const std::optional<Subject> subject, read(test));
  if (!subject) {
    return ok();  // counted where it did not parse
  }
  TRY_OK(judge_validation(*subject, should_validate));
  TRY_OK(judge_entities(*subject, verdicts));
  std::vector<bool> valid(list.size(), true);
  if (verdicts != nullptr) {
    TRY_OK(judge_verdicts(*subject, verdicts->root()));
    TRY(valid, valid_requests(verdicts->root()));
    if (valid.size() != list.size()) {
      return Error(ErrorKind::kInvalidInput, "as many verdicts as requests are needed");
    }
  }
  TRY(Decider decider, Decider::create(subject->policies, subject->entities));
  size_t number = 0;
  for (const JsonValue one : list) {
    TRY_OK(
        judge_request(*subject, decider, one, "request " + std::to_string(number), valid[number]));
    ++number;
  }
  return ok();
}

}  // namespace

void judge_tests(Corpus& corpus) {
  // By stem, as archives keep tests and verdicts in different folders.
  std::map<std::string, std::string, std::less<>> verdict_files;
  std::vector<std::string> candidates;
  for (const auto& [path, text] : corpus.tree.files()) {
    if (const auto stem = stem_of(path, ".validation.json"); !stem.empty()) {
      verdict_files.emplace(stem, path);
    } else if (const auto name = stem_of(path, ".json");
               !name.empty() && name.find('.') == std::string_view::npos &&
               text.find("\"shouldValidate\"") != std::string::npos) {
      candidates.push_back(path);
    }
  }
  size_t number = 0;
  for (const std::string& path : candidates) {
    const auto judge_one = [&]() -> Result<> {
      TRY(const JsonDocument test, JsonDocument::parse(*corpus.use(path), cedar_json_limits()));
      std::optional<JsonDocument> verdicts;
      if (const auto it = verdict_files.find(stem_of(path, ".json")); it != verdict_files.end()) {
        TRY(verdicts, JsonDocument::parse(*corpus.use(it->second), cedar_json_limits()));
      }
      return TestJudge(corpus, path, number++).judge(test.root(), verdicts ? &*verdicts : nullptr);
    };
    const Result<> judged = judge_one();
    if (!judged.ok()) {
      corpus.tally.expect(Stratum::kSamples, path, false, judged.error().to_string());
    }
  }
}

}  // namespace sally::cedar
