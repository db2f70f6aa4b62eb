#include "policy/loaded_policies.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include "base/text.h"
#include "cedar/entities/json_reader.h"
#include "cedar/entities/value_reader.h"
#include "cedar/schema/json_reader.h"
#include "cedar/schema/parser.h"
#include "cedar/syntax/est_reader.h"
#include "cedar/syntax/parser.h"
#include "cedar/validate/conformance.h"
#include "cedar/validate/validator.h"
#include "formats/json/document.h"

namespace sally::policy {
namespace {

using SourcePtr = std::shared_ptr<const cedar::Source>;

constexpr size_t kMostProblems = 100;  // of errors, and of warnings
// How many of them stand in an error; the rest is counted.
constexpr size_t kMostTold = 20;

class Loader {
 public:
  Loader(const PolicyTexts& files, std::vector<PolicyProblem>& problems)
      : files_(files), problems_(problems) {}

  // Whatever can be read is, so that one run tells as much as there is to tell.
  Result<LoadedPolicies> load() {
    TRY(const std::string bundle, to_bundle(files_));
    out_.hash = bundle_hash(bundle);
    const bool has_schema = load_schema();
    for (const auto& [name, text] : files_) {
      if (kind_of(name) == PolicyFileKind::kPolicies) {
        load_policies(name, text);
      }
    }
    if (has_schema) {
      load_entities();
      validate();
    }
    if (errors_ > 0) {
      return refused();
    }
    return std::move(out_);
  }

 private:
  void add(bool is_error, const SourcePtr& source, const std::string& policy,
           cedar::Problem problem) {
    if (!is_worth_telling(is_error)) {
      return;
    }
    PolicyProblem out{.is_error = is_error,
                      .file = source->name,
                      .at = cedar::position_at(source->text, problem.span.begin),
                      .policy = policy,
                      .message = problem.message,
                      .hint = problem.help,
                      .shown = {}};
    if (!is_error) {
      problem.message = "warning: " + problem.message;
    }
    out.shown = cedar::render(*source, problem);
    problems_.push_back(std::move(out));
  }
  void add(const SourcePtr& source, const std::vector<cedar::Problem>& problems) {
    for (const cedar::Problem& problem : problems) {
      add(true, source, {}, problem);
    }
  }
  // Of a whole file.
  void add(const std::string& file, const std::string& message, const std::string& hint) {
    if (!is_worth_telling(true)) {
      return;
    }
    std::string shown = fmt::format("{}: {}\n", file, message);
    if (!hint.empty()) {
      shown += fmt::format("hint: {}\n", hint);
    }
    problems_.push_back(
        {.file = file, .message = message, .hint = hint, .shown = std::move(shown)});
  }
  // Counts it. Warnings take no errors' room.
  bool is_worth_telling(bool is_error) {
    return ++(is_error ? errors_ : warnings_) <= kMostProblems;
  }

  static SourcePtr source_of(const std::string& name, const std::string& text) {
    return std::make_shared<const cedar::Source>(cedar::Source{name, text});
  }

  bool load_schema() {
    const auto text = files_.find(std::string(kSchemaFile));
    const auto json = files_.find(std::string(kSchemaJsonFile));
    if ((text == files_.end()) == (json == files_.end())) {
      const bool both = text != files_.end();
      add(std::string(kSchemaFile),
          both ? "the schema is there twice, in both syntaxes" : "missing",
          both ? "keep one of them"
               : "without a schema nobody can tell whether the policies mean anything");
      return false;
    }
    const auto& [name, schema_text] = text != files_.end() ? *text : *json;
    auto schema = is_json_file(name) ? cedar::read_schema_json(schema_text)
                                     : cedar::parse_schema(schema_text);
    if (!schema.ok()) {
      add(source_of(name, schema_text), schema.problems());
      return false;
    }
    out_.schema = *std::move(schema);
    return true;
  }

  void load_policies(const std::string& name, const std::string& text) {
    const SourcePtr source = source_of(name, text);
    const bool is_json = is_json_file(name);
    const auto set = is_json ? cedar::read_policies_json(source) : cedar::parse_policies(source);
    if (!set.ok()) {
      add(source, set.problems());
      return;
    }
    const bool has_ids = is_json && is_json_set(text);
    for (const auto list : {set->policies(), set->templates()}) {
      for (cedar::Policy policy : list) {
        policy.id = has_ids ? policy.id : id_of(policy, name);
        const std::string id = policy.id;
        const cedar::Span span = policy.span;
        claim(source, id, span, out_.policies.add(std::move(policy)));
      }
    }
    for (const cedar::Link& link : set->links()) {
      claim(source, link.id, {}, out_.policies.add_link(link));
    }
  }

  // `{"staticPolicies": ..}` has ids of its own; one policy alone has none.
  static bool is_json_set(const std::string& text) {
    const auto document = formats::JsonDocument::parse(text, cedar::cedar_json_limits());
    return document.ok() && !document->root().find("effect");
  }

  static std::string id_of(const cedar::Policy& policy, const std::string& file) {
    const cedar::Annotation* id = policy.annotation("id");
    if (id != nullptr && id->value.has_value() && !id->value->empty()) {
      return *id->value;
    }
    // The parser calls them `policy0`, `policy1`, ... in the order of the text.
    constexpr std::string_view kCounted = "policy";
    return fmt::format("{}#{}", file, std::string_view(policy.id).substr(kCounted.size()));
  }

  void claim(const SourcePtr& source, const std::string& id, cedar::Span span,
             const Result<>& added) {
    if (added.ok()) {
      id_files_.emplace(id, source->name);
      return;
    }
    const auto first = id_files_.find(id);
    if (added.error().kind() == ErrorKind::kConflict && first != id_files_.end()) {
      add(true, source, id,
          {span,
           fmt::format("the id `{}` stands twice, first in `{}`", printable(id), first->second),
           "each policy needs an `@id` of its own"});
      return;
    }
    add(true, source, id, {span, added.error().message(), added.error().hint()});
  }

  void load_entities() {
    const auto file = files_.find(std::string(kEntitiesFile));
    const bool has_file = file != files_.end();
    const std::string name(kEntitiesFile);
    auto entities =
        cedar::read_entities(has_file ? std::string_view(file->second) : "[]", &out_.schema);
    if (!entities.ok()) {
      add(name, entities.error().message(), entities.error().hint());
      return;
    }
    for (const Error& error : cedar::validate_entities(out_.schema, *entities)) {
      add(name, error.message(), error.hint());
    }
    out_.entities = *std::move(entities);
  }

  void validate() {
    std::vector<cedar::Finding> findings = cedar::validate(out_.policies, out_.schema);
    std::ranges::move(odd_annotations(out_.policies), std::back_inserter(findings));
    for (const cedar::Finding& finding : findings) {
      const cedar::Policy* policy = out_.policies.find_policy(finding.policy_id);
      if (policy == nullptr) {
        const cedar::Link* link = out_.policies.find_link(finding.policy_id);
        policy =
            out_.policies.find_template(link == nullptr ? finding.policy_id : link->template_id);
      }
      add(finding.severity == cedar::Severity::kError, policy->source, finding.policy_id,
          {finding.span, finding.message, finding.help});
    }
  }

  [[nodiscard]] Error refused() const {
    std::string told;
    size_t count = 0;
    for (const PolicyProblem& problem : problems_) {
      if (problem.is_error && ++count <= kMostTold) {
        told += (told.empty() ? "" : "; ") + problem.to_string();
      }
    }
    if (errors_ > std::min(count, kMostTold)) {
      told += fmt::format("; and {} more", errors_ - std::min(count, kMostTold));
    }
    return Error(ErrorKind::kInvalidInput, std::move(told));
  }

  const PolicyTexts& files_;
  std::vector<PolicyProblem>& problems_;
  size_t errors_ = 0;
  size_t warnings_ = 0;
  std::map<std::string, std::string> id_files_;
  LoadedPolicies out_;
};

}  // namespace

std::vector<cedar::Finding> odd_annotations(const cedar::PolicySet& policies) {
  std::vector<cedar::Finding> out;
  for (const auto list : {policies.policies(), policies.templates()}) {
    for (const cedar::Policy& policy : list) {
      const cedar::Annotation* hard = policy.annotation(kHard);
      if (hard != nullptr && policy.effect == cedar::Effect::kPermit) {
        out.push_back({.policy_id = policy.id,
                       .severity = cedar::Severity::kWarning,
                       .span = hard->span,
                       .message = "`@hard` says nothing on a permit",
                       .help = "it makes a forbid hold even where a grant breaks the glass"});
      }
    }
  }
  return out;
}

std::string PolicyProblem::to_string() const {
  return fmt::format("{}:{}:{}: {}", file, at.line, at.column, message);
}

Result<LoadedPolicies> LoadedPolicies::from_files(const PolicyTexts& files) {
  std::vector<PolicyProblem> problems;
  return from_files(files, problems);
}

Result<LoadedPolicies> LoadedPolicies::from_files(const PolicyTexts& files,
                                                  std::vector<PolicyProblem>& problems) {
  return Loader(files, problems).load();
}

}  // namespace sally::policy
