// Use cases: a folder with policies.cedar, a schema, entities.json, perhaps links of its templates
// (`linked`), and requests in ALLOW and DENY. Workloads: a folder whose requests.json holds the
// answers. Probes: expressions with what they come to.
#include <filesystem>

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

Result<const std::string*> needed(Corpus& corpus, const std::string& path) {
  const std::string* text = corpus.use(path);
  return text != nullptr ? Result<const std::string*>(text)
                         : Error(ErrorKind::kNotFound, "there is no such file").in(path);
}

struct UseCase {
  PolicySet policies;
  Schema schema;
  Entities entities;
};

// `linked`: what the command line of Cedar writes when it links a template.
Result<> add_links(Corpus& corpus, const std::string& path, PolicySet& set) {
  const std::string* text = corpus.use(path);
  if (text == nullptr) {
    return ok();
  }
  TRY(const JsonDocument document, JsonDocument::parse(*text));
  for (const JsonValue one : document.root()) {
    Link link;
    TRY(link.id, one.string("link_id"));
    TRY(link.template_id, one.string("template_id"));
    TRY(const JsonValue args, one.member("args"));
    for (const JsonValue arg : args) {
      TRY(const std::string_view uid_text, arg.as_string());
      TRY(EntityUid uid, judge::read_uid(uid_text));
      (arg.name() == "?principal" ? link.principal : link.resource) = std::move(uid);
    }
    const std::string id = link.id;
    const Result<> added = set.add_link(std::move(link));
    corpus.tally.expect(Stratum::kLinks, path + " " + id, added.ok(),
                        added.ok() ? "" : added.error().to_string());
  }
  return ok();
}

// Entities use the short forms that need a schema. Whether they fit it is not asked: some of those
// published do not, which samples.json tells, and some are of types it does not declare.
Result<UseCase> read_use_case(Corpus& corpus, const std::string& folder) {
  TRY(const std::string* policies, needed(corpus, folder + "/policies.cedar"));
  std::string schema_path = folder + "/policies.cedarschema";
  if (corpus.tree.find(schema_path) == nullptr) {
    schema_path = folder + "/schema.cedarschema";
  }
  TRY(const std::string* schema, needed(corpus, schema_path));
  TRY(const std::string* entities, needed(corpus, folder + "/entities.json"));
  UseCase out;
  TRY(const PolicySet set,
      judge::read_policies(folder + "/policies.cedar", *policies, Format::kText));
  TRY(out.schema, judge::read_schema(schema_path, *schema, Format::kText));
  const bool has_links = corpus.tree.find(folder + "/linked") != nullptr;
  TRY(out.policies, has_links ? judge::named_by_annotation(set) : Result<PolicySet>(set));
  TRY_OK(add_links(corpus, folder + "/linked", out.policies));
  auto with_schema = read_entities(*entities, &out.schema);
  TRY(out.entities, with_schema.ok() ? std::move(with_schema) : read_entities(*entities));
  return out;
}

Result<EntityUid> uid_of(const JsonValue& request, std::string_view name) {
  TRY(const JsonValue value, request.member(name));
  if (!value.is_string()) {
    return read_entity_uid(value);
  }
  TRY(const std::string_view text, value.as_string());
  return judge::read_uid(text);
}

Result<Request> request_of(const JsonValue& json, const Schema* schema) {
  Request out;
  TRY(out.principal, uid_of(json, "principal"));
  TRY(out.action, uid_of(json, "action"));
  TRY(out.resource, uid_of(json, "resource"));
  TRY(const JsonValue context, json.member("context"));
  TRY(out.context, read_context(context, schema, &out.action));
  return out;
}

Result<> judge_use_case(Corpus& corpus, const std::string& folder,
                        const std::vector<std::string>& requests) {
  TRY(const UseCase use_case, read_use_case(corpus, folder));
  TRY(Decider decider, Decider::create(use_case.policies, use_case.entities));
  const bool entities_fit = judge::fits(use_case.schema, use_case.entities).ok();
  size_t turn = 0;
  for (const std::string& path : requests) {
    const bool allow = name_of_file(folder_of(path)) == "ALLOW";
    TRY(const std::string* text, needed(corpus, path));
    TRY(const JsonDocument document, JsonDocument::parse(*text));
    TRY(const Request request, request_of(document.root(), &use_case.schema));
    const auto valid = judge::fits(use_case.schema, request);
    corpus.tally.expect(Stratum::kRequestVerdicts, path, valid.ok(),
                        valid.ok() ? "" : valid.error().to_string());
    TRY(const Outcome answer, decider.decide(request));
    corpus.tally.expect(Stratum::kDecision, path, answer.allow == allow,
                        answer.allow ? "allowed" : "denied");
    corpus.tally.expect(Stratum::kErrors, path, answer.errors.empty());
    const auto why = judge::explained(use_case.policies, use_case.entities, request);
    corpus.tally.expect(Stratum::kExplained, path, why.ok() && *why == answer);
    corpus.tally.expect(Stratum::kManyPolicies, path, answer.allow == allow);
    if (valid.ok() && entities_fit) {
      judge_partially(corpus, {use_case.policies, use_case.schema, use_case.entities}, request,
                      path, turn++);
    }
  }
  return ok();
}

Result<> judge_workload(Corpus& corpus, const std::string& path) {
  const std::string folder = folder_of(path);
  TRY(const UseCase use_case, read_use_case(corpus, folder));
  TRY(Decider decider, Decider::create(use_case.policies, use_case.entities));
  corpus.tally.expect(
      Stratum::kValidation, folder,
      judge::invalid_policies(use_case.policies, use_case.schema, Mode::kStrict).empty());
  const bool entities_fit = judge::fits(use_case.schema, use_case.entities).ok();
  TRY(const JsonDocument document, JsonDocument::parse(*corpus.use(path)));
  size_t number = 0;
  for (const JsonValue one : document.root()) {
    TRY(const Request request, request_of(one, nullptr));
    Outcome expected;
    TRY(const std::string_view decision, one.string("decision"));
    expected.allow = decision == "allow";
    TRY(expected.reason, judge::read_ids(one, "reason"));
    TRY(expected.errors, judge::read_ids(one, "errors"));
    TRY(const Outcome answer, decider.decide(request));
    const std::string name = path + " request " + std::to_string(number++);
    corpus.tally.expect(Stratum::kDecision, name, answer.allow == expected.allow);
    corpus.tally.expect(Stratum::kReason, name, answer.reason == expected.reason);
    corpus.tally.expect(Stratum::kErrors, name, answer.errors == expected.errors);
    const auto why = judge::explained(use_case.policies, use_case.entities, request);
    corpus.tally.expect(Stratum::kExplained, name, why.ok() && *why == answer);
    corpus.tally.expect(Stratum::kManyPolicies, name, answer == expected);
    const auto again = decider.decide(judge::request_json(one));
    corpus.tally.expect(Stratum::kFromJson, name, again.ok() && *again == answer,
                        again.ok() ? "another answer" : again.error().to_string());
    if (!expected.errors.empty()) {
      corpus.tally.expect(Stratum::kWithErrors, name, answer == expected);
    }
    if (entities_fit && judge::fits(use_case.schema, request).ok()) {
      judge_partially(corpus, {use_case.policies, use_case.schema, use_case.entities}, request,
                      name, number);
    }
  }
  return ok();
}

// What an expression as the one condition of the one policy comes to, in the words of the probes.
Result<std::string> outcome_of(std::string_view expression) {
  const auto set = judge::read_policies(
      "probe", "permit(principal, action, resource) when { " + std::string(expression) + " };",
      Format::kText);
  if (!set.ok()) {
    return std::string("parse-error");
  }
  Entity there;
  there.uid = {"U", "a"};
  TRY(const Entities entities, Entities::create({there}));
  const Request request{.principal = {"U", "a"},
                        .action = {"Action", "a"},
                        .resource = {"U", "ghost"},
                        .context = Value::empty_record()};
  TRY(Decider decider, Decider::create(*set, entities));
  TRY(const Outcome answer, decider.decide(request));
  return std::string(!answer.errors.empty() ? "eval-error" : answer.allow ? "true" : "false");
}

Result<> judge_probe_file(Corpus& corpus, const std::string& path) {
  TRY(const JsonDocument document, JsonDocument::parse(*corpus.use(path)));
  TRY(const JsonValue probes, document.root().member("probes"));
  for (const JsonValue probe : probes) {
    TRY(const std::string_view expression, probe.string("expr"));
    TRY(const std::string_view expected, probe.string("expect"));
    TRY(const std::string outcome, outcome_of(expression));
    corpus.tally.expect(Stratum::kProbes, expression, outcome == expected, outcome);
  }
  return ok();
}

void note(Corpus& corpus, const std::string& path, const Result<>& judged) {
  if (!judged.ok()) {
    corpus.tally.expect(Stratum::kSamples, path, false, judged.error().to_string());
  }
}

}  // namespace

void judge_examples(Corpus& corpus) {
  std::map<std::string, std::vector<std::string>> folders;
  for (const auto& [path, text] : corpus.tree.files()) {
    const std::string folder = folder_of(path);
    const std::string_view name = name_of_file(folder);
    if (path.ends_with(".json") && (name == "ALLOW" || name == "DENY")) {
      folders[folder_of(folder)].push_back(path);
    }
  }
  for (const auto& [folder, requests] : folders) {
    note(corpus, folder, judge_use_case(corpus, folder, requests));
  }
}

void judge_workloads(Corpus& corpus) {
  for (const auto& [path, text] : corpus.tree.files()) {
    if (name_of_file(path) == "requests.json") {
      note(corpus, path, judge_workload(corpus, path));
    }
  }
}

void judge_probes(Corpus& corpus) {
  for (const auto& [path, text] : corpus.tree.files()) {
    if (name_of_file(path).ends_with("_probes.json")) {
      note(corpus, path, judge_probe_file(corpus, path));
    }
  }
}

}  // namespace sally::cedar
