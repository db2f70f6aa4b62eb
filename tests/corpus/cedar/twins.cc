// Twins: the same policy or schema in both syntaxes, found by the stem of their names
// (`<stem>.cedar` and `<stem>.cedar.json`, `<stem>.cedarschema` and `<stem>.cedarschema.json`); and
// what every policy and schema must survive: being printed and read again.
#include "cedar/syntax/normal_form.h"
#include "corpus/cedar/corpus.h"
#include "corpus/cedar/engine.h"

namespace sally::cedar {
namespace {

using judge::Format;

// `b` is what came out where `a` went in.
void expect_same(Tally& tally, Stratum stratum, const std::string& name, const Policy& a,
                 const Result<Policy>& b, std::string_view printed) {
  if (!b.ok()) {
    tally.expect(stratum, name, false, b.error().to_string() + " in " + std::string(printed));
    return;
  }
  tally.expect(stratum, name, same_policy(a, *b), printed);
}

void judge_round_trips(Tally& tally, const std::string& name, const Policy& policy) {
  const std::string json = judge::json_of(policy);
  expect_same(tally, Stratum::kRoundTrips, name + " " + policy.id + " by JSON", policy,
              judge::policy_of_json(json), json);
  const std::string text = judge::text_of(policy);
  const Result<Policy> again = judge::policy_of_text(text);
  expect_same(tally, Stratum::kRoundTrips, name + " " + policy.id + " by text", policy, again,
              text);
  tally.expect(Stratum::kRoundTrips, name + " " + policy.id + " printed twice",
               again.ok() && judge::text_of(*again) == text, text);
}

// What the formatter makes of a text: the same policies, and itself when it is formatted again.
void judge_format(Tally& tally, const std::string& name, std::string_view text,
                  const PolicySet& set) {
  const Result<std::string> once = judge::formatted(text);
  const Result<std::string> twice = once.ok() ? judge::formatted(*once) : once;
  tally.expect(Stratum::kFormat, name + " formatted twice", twice.ok() && *once == *twice,
               once.ok() ? *once : once.error().to_string());
  const auto again = judge::read_policies(name, once.ok() ? *once : "", Format::kText);
  tally.expect(Stratum::kFormat, name + " read again",
               again.ok() && judge::json_of(*again) == judge::json_of(set),
               again.ok() ? "other policies" : again.error().to_string());
}

// A twin is a policy set, or one policy where the text holds one.
void judge_policy_twin(Tally& tally, const std::string& name, const PolicySet& set,
                       std::string_view twin) {
  if (twin.find("\"staticPolicies\"") != std::string_view::npos) {
    const std::string json = judge::json_of(set);
    tally.expect(Stratum::kPolicyTwins, name + " written", judge::same_json(json, twin), json);
    const auto read = judge::read_policies(name + ".json", twin, Format::kJson);
    tally.expect(Stratum::kPolicyTwins, name + " read",
                 read.ok() && judge::same_json(judge::json_of(*read), json),
                 read.ok() ? "another set" : read.error().to_string());
    return;
  }
  if (set.policies().size() + set.templates().size() != 1) {
    tally.skip("policy twins of more than one policy", name);
    return;
  }
  const Policy& policy = set.policies().empty() ? set.templates()[0] : set.policies()[0];
  // `x has a.b` is written as a path or, as before language version 4.5, as a conjunction.
  const std::string json = judge::json_of(policy);
  const auto normal = normal_form(policy);
  tally.expect(
      Stratum::kPolicyTwins, name + " written",
      judge::same_json(json, twin) || (normal && judge::same_json(judge::json_of(*normal), twin)),
      json);
  const auto read = judge::policy_of_json(twin);
  tally.expect(Stratum::kPolicyTwins, name + " read",
               read.ok() && judge::equal_by_json(policy, *read),
               read.ok() ? "another policy" : read.error().to_string());
}

std::map<std::string, std::string, std::less<>> by_stem(const Tree& tree, std::string_view suffix) {
  std::map<std::string, std::string, std::less<>> out;
  for (const auto& [path, text] : tree.files()) {
    if (const auto stem = stem_of(path, suffix); !stem.empty()) {
      out.emplace(folder_of(path) + "/" + std::string(stem), path);
      out.emplace(stem, path);  // of another folder; the first of that name
    }
  }
  return out;
}

// The tests of a generated corpus are named by a SHA-1.
bool is_digest(std::string_view stem) {
  constexpr size_t kDigest = 40;
  return stem.size() == kDigest;
}

// The twin beside `path`, or, where the name is a digest and so says enough, in any folder.
const std::string* twin_of(Corpus& corpus,
                           const std::map<std::string, std::string, std::less<>>& twins,
                           const std::string& path, std::string_view suffix) {
  const std::string stem(stem_of(path, suffix));
  auto it = twins.find(folder_of(path) + "/" + stem);
  if (it == twins.end() && is_digest(stem)) {
    it = twins.find(stem);
  }
  return it == twins.end() ? nullptr : corpus.use(it->second);
}

void judge_schema(Corpus& corpus, const std::string& path, const std::string* twin) {
  const auto schema = judge::read_schema(path, *corpus.tree.find(path), Format::kText);
  if (!schema.ok()) {
    return;  // whether it should parse is for the judges of tests and samples to say
  }
  const auto again = judge::schema_by_json(*corpus.tree.find(path));
  corpus.tally.expect(Stratum::kSchemaRoundTrips, path, again.ok() && *again == *schema,
                      again.ok() ? "another schema" : again.error().to_string());
  // Beside a sample, a twin need not parse: samples.json tells.
  if (twin != nullptr) {
    const auto other = judge::read_schema(path + ".json", *twin, Format::kJson);
    if (other.ok() || is_digest(stem_of(path, ".cedarschema"))) {
      corpus.tally.expect(Stratum::kSchemaTwins, path, other.ok() && *other == *schema,
                          other.ok() ? "another schema" : other.error().to_string());
    }
  }
}

}  // namespace

void judge_twins(Corpus& corpus) {
  const auto policy_twins = by_stem(corpus.tree, ".cedar.json");
  const auto schema_twins = by_stem(corpus.tree, ".cedarschema.json");
  for (const auto& [path, text] : corpus.tree.files()) {
    if (path.ends_with(".cedarschema")) {
      corpus.use(path);
      judge_schema(corpus, path, twin_of(corpus, schema_twins, path, ".cedarschema"));
    } else if (path.ends_with(".cedar")) {
      corpus.use(path);
      const auto set = judge::read_policies(path, text, Format::kText);
      if (!set.ok()) {
        continue;
      }
      judge_format(corpus.tally, path, text, *set);
      for (const Policy& policy : set->policies()) {
        judge_round_trips(corpus.tally, path, policy);
      }
      for (const Policy& policy : set->templates()) {
        judge_round_trips(corpus.tally, path, policy);
      }
      if (const std::string* twin = twin_of(corpus, policy_twins, path, ".cedar")) {
        judge_policy_twin(corpus.tally, path, *set, *twin);
      }
    }
  }
}

}  // namespace sally::cedar
