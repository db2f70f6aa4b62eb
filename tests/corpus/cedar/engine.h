// The engine as its judges ask it: one call for each question of the corpora, errors as text.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cedar/entities/entities.h"
#include "cedar/eval/authorizer.h"
#include "cedar/schema/schema.h"
#include "cedar/syntax/policy_set.h"
#include "cedar/validate/validator.h"
#include "formats/json/document.h"

namespace sally::cedar::judge {

enum class Format : bool { kText, kJson };

// Policies as the file `name` holds them: text, or a policy set or a single policy in JSON.
Result<PolicySet> read_policies(const std::string& name, std::string_view text, Format format);
Result<Schema> read_schema(const std::string& name, std::string_view text, Format format);

// What parse and write of a schema must leave as it is: text to JSON to schema.
Result<Schema> schema_by_json(std::string_view text);

// A policy or template, in JSON and as text: there and back. Of two that differ only in what JSON
// does not keep, equal_by_json() says that they are the same.
Result<Policy> policy_of_json(std::string_view json);
std::string json_of(const Policy& policy);
std::string json_of(const PolicySet& set);
bool equal_by_json(const Policy& a, const Policy& b);
Result<Policy> policy_of_text(std::string_view text);
std::string text_of(const Policy& policy);

// The policies of the set named by their annotation `id` where they have one, as Cedar's command
// line names them.
Result<PolicySet> named_by_annotation(const PolicySet& set);

// The ids of the policies in which validation finds an error. With a level, level validation too.
std::set<std::string> invalid_policies(const PolicySet& set, const Schema& schema, Mode mode,
                                       std::optional<uint32_t> level = {});

Result<std::string> formatted(std::string_view text);

// Whether entities, or a request, fit the schema.
Result<> fits(const Schema& schema, const Entities& entities);
Result<> fits(const Schema& schema, const Request& request);

struct Outcome {
  bool allow = false;
  std::set<std::string> reason;
  std::set<std::string> errors;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

// Decides requests by one policy set over one set of entities, as the gate does.
class Decider {
 public:
  static Result<Decider> create(const PolicySet& policies, const Entities& entities);
  Result<Outcome> decide(const Request& request);
  // The same from the request's JSON: the path without a Request between.
  Result<Outcome> decide(std::string_view json);

 private:
  Decider() = default;
  Outcome outcome_of(const RequestView& request);

  CompiledPolicies policies_;
  EntityStore store_;
  Scratch scratch_;
};

// The same as the explanation has it.
Result<Outcome> explained(const PolicySet& policies, const Entities& entities,
                          const Request& request);

// The request of a test as JSON that read_request() takes: without the members that only tests
// have.
std::string request_json(const formats::JsonValue& test);

// Whether two texts are the same JSON: members in any order, numbers as they are written, the
// literals of a `pattern` cut into any pieces.
bool same_json(std::string_view a, std::string_view b);

// The strings of an array, or of the array `name` of an object.
Result<std::set<std::string>> read_ids(const formats::JsonValue& array);
Result<std::set<std::string>> read_ids(const formats::JsonValue& object, std::string_view name);
// `User::"alice"`.
Result<EntityUid> read_uid(std::string_view text);

}  // namespace sally::cedar::judge
