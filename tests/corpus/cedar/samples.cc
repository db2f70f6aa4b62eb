// Samples whose expectations nobody published as data: samples.json holds, one record each, what
// the reference engine answers (record_samples.mjs wrote it). And level validation, where the name
// of a file says the level it needs.
#include <array>
#include <charconv>
#include <map>

#include "cedar/entities/json_reader.h"
#include "cedar/entities/value_reader.h"
#include "corpus/cedar/corpus.h"
#include "corpus/cedar/engine.h"
#include "corpus/cedar/samples_text.h"
#include "formats/json/document.h"

namespace sally::cedar {
namespace {

using formats::JsonDocument;
using formats::JsonValue;
using judge::Decider;
using judge::Format;
using judge::Outcome;

constexpr std::array<std::string_view, 2> kRoots = {"/examples/", "/cedar-repo-samples/"};

Format format_of(std::string_view path) {
  return path.ends_with(".json") ? Format::kJson : Format::kText;
}

class SampleJudge {
 public:
  explicit SampleJudge(Corpus& corpus) : corpus_(corpus) {
    for (const auto& [path, text] : corpus.tree.files()) {
      for (const std::string_view root : kRoots) {
        if (const size_t at = path.rfind(root); at != std::string::npos) {
          paths_.emplace(path.substr(at + 1), path);
        }
      }
    }
  }

  // Nothing where the record's file is not in the tree.
  Result<> judge(const JsonValue& record);

 private:
  Result<const std::string*> text(const JsonValue& record, std::string_view member);
  Result<PolicySet> policies(const JsonValue& record, std::string_view member);
  Result<Schema> schema(const JsonValue& record);
  void expect(Stratum stratum, const JsonValue& record, bool as_it_should, std::string_view why);
  Result<> judge_policies(const JsonValue& record);
  Result<> judge_entities(const JsonValue& record);
  Result<> judge_validation(const JsonValue& record);
  Result<> judge_request(const JsonValue& record);
  Result<> judge_sandbox(const JsonValue& record);
  Result<> judge_tests(const JsonValue& record);

  Corpus& corpus_;
  std::map<std::string, std::string, std::less<>> paths_;
};

Result<const std::string*> SampleJudge::text(const JsonValue& record, std::string_view member) {
  TRY(const std::string_view name, record.string(member));
  const auto it = paths_.find(name);
  const std::string* found = it == paths_.end() ? nullptr : corpus_.use(it->second);
  return found != nullptr ? Result<const std::string*>(found)
                          : Error(ErrorKind::kNotFound, "there is no such file").in(name);
}

Result<PolicySet> SampleJudge::policies(const JsonValue& record, std::string_view member) {
  TRY(const std::string* found, text(record, member));
  const std::string name(record.string(member).value_or(""));
  return judge::read_policies(name, *found, format_of(name));
}

Result<Schema> SampleJudge::schema(const JsonValue& record) {
  TRY(const std::string_view name, record.string("schema"));
  TRY(const std::string* found, text(record, "schema"));
  return judge::read_schema(std::string(name), *found, format_of(name));
}

void SampleJudge::expect(Stratum stratum, const JsonValue& record, bool as_it_should,
                         std::string_view why) {
  std::string name(record.string("file").value_or(""));
  if (const auto other = record.string("schema"); other.ok()) {
    name += " with " + std::string(*other);
  }
  corpus_.tally.expect(stratum, name, as_it_should, why);
}

Result<> SampleJudge::judge_policies(const JsonValue& record) {
  TRY(const bool parses, record.boolean("parses"));
  TRY_OK(text(record, "file"));
  const auto set = policies(record, "file");
  expect(Stratum::kPolicies, record, set.ok() == parses,
         set.ok() ? "accepted" : set.error().to_string());
  if (set.ok() && parses) {
    TRY(const int64_t policies, record.int64("policies"));
    TRY(const int64_t templates, record.int64("templates"));
    expect(Stratum::kPolicies, record,
           set->policies().size() == static_cast<size_t>(policies) &&
               set->templates().size() == static_cast<size_t>(templates),
           "another number of policies or templates");
  }
  return ok();
}

Result<> SampleJudge::judge_entities(const JsonValue& record) {
  TRY(const bool parses, record.boolean("parses"));
  TRY(const std::string* json, text(record, "file"));
  Result<> fits = ok();
  if (record.find("schema")) {
    TRY(const Schema with, schema(record));
    const auto read = read_entities(*json, &with);
    fits = read.ok() ? judge::fits(with, *read) : Result<>(read.error());
  } else if (const auto read = read_entities(*json); !read.ok()) {
    fits = read.error();
  }
  expect(Stratum::kEntities, record, fits.ok() == parses,
         fits.ok() ? "accepted" : fits.error().to_string());
  return ok();
}

Result<> SampleJudge::judge_validation(const JsonValue& record) {
  TRY(const bool valid, record.boolean("valid"));
  TRY(const PolicySet set, policies(record, "file"));
  TRY(const Schema with, schema(record));
  const bool accepted = judge::invalid_policies(set, with, Mode::kStrict).empty();
  expect(Stratum::kValidation, record, accepted == valid, accepted ? "accepted" : "refused");
  if (!valid) {
    expect(Stratum::kInvalid, record, accepted == valid, {});
  }
  return ok();
}

Result<Request> request_of(const JsonValue& json) {
  Request out;
  for (const auto& [name, uid] : {std::pair{"principal", &out.principal},
                                  {"action", &out.action},
                                  {"resource", &out.resource}}) {
    TRY(const std::string_view text, json.string(name));
    TRY(*uid, judge::read_uid(text));
  }
  TRY(const JsonValue context, json.member("context"));
  TRY(out.context, read_context(context));
  return out;
}

// `["allow", [reasons], [errors]]`.
Result<Outcome> outcome_of(const JsonValue& json) {
  std::vector<JsonValue> parts;
  for (const JsonValue part : json) {
    parts.push_back(part);
  }
  if (parts.size() != 3) {
    return Error(ErrorKind::kInvalidInput, "an answer has three parts");
  }
  Outcome out;
  TRY(const std::string_view decision, parts[0].as_string());
  out.allow = decision == "allow";
  TRY(out.reason, judge::read_ids(parts[1]));
  TRY(out.errors, judge::read_ids(parts[2]));
  return out;
}

Result<> SampleJudge::judge_request(const JsonValue& record) {
  TRY(const PolicySet set, policies(record, "file"));
  TRY(const PolicySet named, judge::named_by_annotation(set));
  TRY(const std::string* entity_text, text(record, "entities"));
  TRY(const Entities entities, read_entities(*entity_text));
  TRY(const std::string* request_text, text(record, "request"));
  TRY(const JsonDocument document, JsonDocument::parse(*request_text));
  TRY(const Request request, request_of(document.root()));
  TRY(const std::string_view decision, record.string("decision"));
  TRY(const auto reason, judge::read_ids(record, "reason"));
  TRY(const auto errors, judge::read_ids(record, "errors"));
  TRY(Decider decider, Decider::create(named, entities));
  TRY(const Outcome answer, decider.decide(request));
  expect(Stratum::kDecision, record, answer.allow == (decision == "allow"), {});
  expect(Stratum::kReason, record, answer.reason == reason, {});
  expect(Stratum::kErrors, record, answer.errors == errors, {});
  const auto why = judge::explained(named, entities, request);
  expect(Stratum::kExplained, record, why.ok() && *why == answer, {});
  return ok();
}

// Every user, action and photo of the entities, in their order, with one answer each.
Result<> SampleJudge::judge_sandbox(const JsonValue& record) {
  TRY(const PolicySet set, policies(record, "file"));
  TRY(const PolicySet named, judge::named_by_annotation(set));
  TRY(const std::string* entity_text, text(record, "entities"));
  TRY(const Entities entities, read_entities(*entity_text));
  TRY(const JsonDocument document, JsonDocument::parse(*entity_text));
  Request request;
  if (record.find("context")) {
    TRY(const std::string* context, text(record, "context"));
    TRY(request.context, read_context(*context));
  }
  std::map<std::string, std::vector<EntityUid>, std::less<>> by_type;
  for (const JsonValue entity : document.root()) {
    TRY(const JsonValue name, entity.member("uid"));
    TRY(EntityUid uid, read_entity_uid(name));
    by_type[uid.type].push_back(uid);
  }
  TRY(Decider decider, Decider::create(named, entities));
  TRY(const JsonValue answers, record.member("answers"));
  auto expected = answers.begin();
  for (const EntityUid& principal : by_type["User"]) {
    for (const EntityUid& action : by_type["Action"]) {
      for (const EntityUid& resource : by_type["Photo"]) {
        request.principal = principal;
        request.action = action;
        request.resource = resource;
        TRY(const Outcome answer, decider.decide(request));
        TRY(const Outcome wanted, outcome_of(*expected));
        ++expected;
        expect(Stratum::kDecision, record, answer.allow == wanted.allow, {});
        expect(Stratum::kReason, record, answer.reason == wanted.reason, {});
        expect(Stratum::kErrors, record, answer.errors == wanted.errors, {});
        const auto why = judge::explained(named, entities, request);
        expect(Stratum::kExplained, record, why.ok() && *why == answer, {});
      }
    }
  }
  return ok();
}

// One test of Cedar's `run-tests`: whether it holds.
Result<bool> holds(const JsonValue& test, const PolicySet& set) {
  TRY(const JsonValue request_json, test.member("request"));
  TRY(const Request request, request_of(request_json));
  TRY(const JsonValue entity_json, test.member("entities"));
  TRY(const Entities entities, read_entities(entity_json));
  TRY(const std::string_view decision, test.string("decision"));
  if (decision != "allow" && decision != "deny") {
    return Error(ErrorKind::kInvalidInput, "no decision");
  }
  TRY(const auto reason, judge::read_ids(test, "reason"));
  TRY(const int64_t errors, test.int64("num_errors"));
  TRY(Decider decider, Decider::create(set, entities));
  TRY(const Outcome answer, decider.decide(request));
  return answer.allow == (decision == "allow") && answer.reason == reason &&
         answer.errors.size() == static_cast<size_t>(errors);
}

Result<> SampleJudge::judge_tests(const JsonValue& record) {
  TRY(const PolicySet set, policies(record, "policies"));
  TRY(const PolicySet named, judge::named_by_annotation(set));
  TRY(const std::string* found, text(record, "file"));
  TRY(const JsonValue outcomes, record.member("outcomes"));
  const auto document = JsonDocument::parse(*found);
  if (outcomes.is_string()) {  // the file is no list of tests
    expect(Stratum::kSamples, record, !document.ok() || !document->root().is_array(), "readable");
    return ok();
  }
  if (!document.ok()) {
    return document.error();
  }
  auto outcome = outcomes.begin();
  for (const JsonValue test : document->root()) {
    TRY(const std::string_view expected, (*outcome).as_string());
    ++outcome;
    const auto held = holds(test, named);
    const std::string_view seen = !held.ok() ? "unreadable" : *held ? "holds" : "fails";
    expect(Stratum::kSamples, record, seen == expected,
           std::string(seen) + (held.ok() ? "" : ": " + held.error().to_string()));
  }
  return ok();
}

Result<> SampleJudge::judge(const JsonValue& record) {
  TRY(const std::string_view kind, record.string("kind"));
  TRY(const std::string_view file, record.string("file"));
  if (!paths_.contains(file)) {
    return ok();
  }
  if (kind == "policies") {
    return judge_policies(record);
  }
  if (kind == "schema") {
    TRY(const bool parses, record.boolean("parses"));
    TRY(const std::string* found, text(record, "file"));
    const auto read = judge::read_schema(std::string(file), *found, format_of(file));
    expect(Stratum::kSchemas, record, read.ok() == parses,
           read.ok() ? "accepted" : read.error().to_string());
    return ok();
  }
  if (kind == "entities") {
    return judge_entities(record);
  }
  if (kind == "validation") {
    return judge_validation(record);
  }
  if (kind == "request") {
    return judge_request(record);
  }
  if (kind == "sandbox") {
    return judge_sandbox(record);
  }
  if (kind == "tests") {
    return judge_tests(record);
  }
  return Error(ErrorKind::kInvalidInput, "no kind of sample").in(kind);
}

// `policy-level-N.cedar` beside schema.cedarschema: valid from level N on.
Result<> judge_levels(Corpus& corpus, const std::string& path, uint32_t needed) {
  const std::string schema_path = folder_of(path) + "/schema.cedarschema";
  const std::string* schema_text = corpus.use(schema_path);
  if (schema_text == nullptr) {
    return Error(ErrorKind::kNotFound, "there is no such file").in(schema_path);
  }
  TRY(const Schema schema, judge::read_schema(schema_path, *schema_text, Format::kText));
  TRY(const PolicySet set, judge::read_policies(path, *corpus.use(path), Format::kText));
  for (uint32_t level = 0; level <= needed + 2; ++level) {
    const bool accepted = judge::invalid_policies(set, schema, Mode::kStrict, level).empty();
    corpus.tally.expect(Stratum::kLevels, path + " at level " + std::to_string(level),
                        accepted == (level >= needed), accepted ? "accepted" : "refused");
  }
  return ok();
}

void note(Corpus& corpus, std::string_view what, const Result<>& judged) {
  if (!judged.ok()) {
    corpus.tally.expect(Stratum::kSamples, what, false, judged.error().to_string());
  }
}

}  // namespace

void judge_samples(Corpus& corpus) {
  const auto document = JsonDocument::parse(kSamples);
  if (!document.ok()) {
    note(corpus, "samples.json", document.error());
    return;
  }
  SampleJudge judge(corpus);
  for (const JsonValue record : document->root()) {
    note(corpus, record.string("file").value_or(""), judge.judge(record));
  }
  constexpr std::string_view kLevelFile = "policy-level-";
  for (const auto& [path, text] : corpus.tree.files()) {
    const std::string_view stem = stem_of(path, ".cedar");
    if (stem.starts_with(kLevelFile)) {
      const std::string_view digits = stem.substr(kLevelFile.size());
      uint32_t level = 0;
      const auto read = std::from_chars(digits.begin(), digits.end(), level);
      const bool whole = read.ec == std::errc() && read.ptr == digits.end();
      note(corpus, path,
           whole ? judge_levels(corpus, path, level)
                 : Error(ErrorKind::kInvalidInput, "no level in the name"));
    }
  }
}

}  // namespace sally::cedar
