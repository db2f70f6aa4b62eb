#include "corpus/cedar/engine.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "cedar/entities/value_reader.h"
#include "cedar/explain/explain.h"
#include "cedar/schema/json_reader.h"
#include "cedar/schema/json_writer.h"
#include "cedar/schema/parser.h"
#include "cedar/syntax/est_reader.h"
#include "cedar/syntax/est_writer.h"
#include "cedar/syntax/format.h"
#include "cedar/syntax/normal_form.h"
#include "cedar/syntax/parser.h"
#include "cedar/syntax/printer.h"
#include "cedar/validate/conformance.h"
#include "formats/json/copy.h"
#include "formats/json/writer.h"

namespace sally::cedar::judge {
namespace {

using formats::JsonDocument;
using formats::JsonType;
using formats::JsonValue;
using formats::JsonWriter;

template <typename T>
Result<T> checked(ParseResult<T> parsed, const std::string& name, std::string_view text) {
  if (!parsed.ok()) {
    return to_error(Source{name, std::string(text)}, parsed.problems().front());
  }
  return std::move(*parsed);
}

Result<Policy> only_policy(const PolicySet& set) {
  if (set.policies().size() + set.templates().size() != 1) {
    return Error(ErrorKind::kInvalidInput, "not one policy");
  }
  return set.policies().empty() ? set.templates()[0] : set.policies()[0];
}

// What a `pattern` of the JSON syntax says, however its literals are cut: code points that stand
// for themselves, and 0xFF, which UTF-8 has not, for the wildcard.
std::string pattern_of(const JsonValue& list) {
  std::string out;
  for (const JsonValue one : list) {
    const auto literal = one.string("Literal");
    out += literal.ok() ? std::string(*literal) : "\xFF";
  }
  return out;
}

bool same(const JsonValue& a, const JsonValue& b) {
  if (a.is_array() && b.is_array() && a.name() == "pattern" && b.name() == "pattern") {
    return pattern_of(a) == pattern_of(b);
  }
  if (a.type() != b.type() || a.size() != b.size()) {
    return false;
  }
  switch (a.type()) {
    case JsonType::kNull:
      return true;
    case JsonType::kBoolean:
      return *a.as_bool() == *b.as_bool();
    case JsonType::kNumber:
      return a.raw_number() == b.raw_number();
    case JsonType::kString:
      return *a.as_string() == *b.as_string();
    case JsonType::kArray: {
      auto other = b.begin();
      for (const JsonValue one : a) {
        if (!same(one, *other)) {
          return false;
        }
        ++other;
      }
      return true;
    }
    case JsonType::kObject:
      for (const JsonValue one : a) {
        const auto other = b.find(one.name());
        if (!other || !same(one, *other)) {
          return false;
        }
      }
      return true;
  }
  return false;
}

std::set<std::string> as_set(std::vector<std::string> ids) {
  return {std::make_move_iterator(ids.begin()), std::make_move_iterator(ids.end())};
}

}  // namespace

Result<PolicySet> read_policies(const std::string& name, std::string_view text, Format format) {
  return checked(format == Format::kText ? parse_policies(text) : read_policies_json(text), name,
                 text);
}

Result<Schema> read_schema(const std::string& name, std::string_view text, Format format) {
  return checked(format == Format::kText ? parse_schema(text) : read_schema_json(text), name, text);
}

Result<Schema> schema_by_json(std::string_view text) {
  TRY(const SchemaFragment fragment, checked(parse_schema_fragment(text), "schema", text));
  return read_schema("schema.json", write_schema_json(fragment), Format::kJson);
}

Result<Policy> policy_of_json(std::string_view json) {
  TRY(const PolicySet set, read_policies("policy.json", json, Format::kJson));
  return only_policy(set);
}

std::string json_of(const Policy& policy) {
  return to_json(policy);
}

std::string json_of(const PolicySet& set) {
  return to_json(set);
}

bool equal_by_json(const Policy& a, const Policy& b) {
  const auto first = normal_form(a);
  const auto second = normal_form(b);
  return first && second && same_policy(*first, *second);
}

Result<Policy> policy_of_text(std::string_view text) {
  TRY(const PolicySet set, read_policies("policy", text, Format::kText));
  return only_policy(set);
}

std::string text_of(const Policy& policy) {
  return to_cedar(policy);
}

Result<PolicySet> named_by_annotation(const PolicySet& set) {
  PolicySet out;
  for (const auto group : {set.policies(), set.templates()}) {
    for (const Policy& policy : group) {
      Policy named = policy;
      if (const Annotation* id = policy.annotation("id"); id != nullptr && id->value) {
        named.id = *id->value;
      }
      TRY_OK(out.add(std::move(named)));
    }
  }
  for (const Link& link : set.links()) {
    TRY_OK(out.add_link(link));
  }
  return out;
}

std::set<std::string> invalid_policies(const PolicySet& set, const Schema& schema, Mode mode,
                                       std::optional<uint32_t> level) {
  std::set<std::string> out;
  for (const Finding& finding : validate(set, schema, {.mode = mode, .level = level})) {
    if (finding.severity == Severity::kError) {
      out.insert(finding.policy_id);
    }
  }
  return out;
}

Result<std::string> formatted(std::string_view text) {
  return checked(format_policies(text), "policies", text);
}

Result<> fits(const Schema& schema, const Entities& entities) {
  const std::vector<Error> errors = validate_entities(schema, entities);
  return errors.empty() ? ok() : Result<>(errors.front());
}

Result<> fits(const Schema& schema, const Request& request) {
  return validate_request(schema, request.principal, request.action, request.resource,
                          request.context);
}

Result<Decider> Decider::create(const PolicySet& policies, const Entities& entities) {
  Decider out;
  TRY(out.policies_, CompiledPolicies::create(policies));
  out.store_ = EntityStore::create(entities);
  return out;
}

Outcome Decider::outcome_of(const RequestView& request) {
  const Answer answer =
      answer_of(policies_, cedar::authorize(policies_, store_, request, scratch_));
  Outcome out{
      .allow = answer.decision == Decision::kAllow, .reason = as_set(answer.reasons), .errors = {}};
  for (const PolicyFailure& failure : answer.errors) {
    out.errors.insert(failure.policy);
  }
  return out;
}

Result<Outcome> Decider::decide(const Request& request) {
  TRY(const RequestView view, view_of(request, scratch_));
  return outcome_of(view);
}

Result<Outcome> Decider::decide(std::string_view json) {
  TRY(const RequestView view, read_request(json, scratch_));
  return outcome_of(view);
}

Result<Outcome> explained(const PolicySet& policies, const Entities& entities,
                          const Request& request) {
  TRY(const Explanation why, explain(policies, entities, request));
  Outcome out{
      .allow = why.decision == Decision::kAllow, .reason = as_set(why.determining), .errors = {}};
  for (const PolicyFailure& failure : why.errors) {
    out.errors.insert(failure.policy);
  }
  return out;
}

std::string request_json(const JsonValue& test) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  for (const std::string_view name : {"principal", "action", "resource", "context"}) {
    if (const auto value = test.find(name)) {
      json.key(name);
      formats::copy(*value, json);
    }
  }
  json.end_object();
  json.finish();
  return out;
}

bool same_json(std::string_view a, std::string_view b) {
  const auto first = JsonDocument::parse(a, cedar_json_limits());
  const auto second = JsonDocument::parse(b, cedar_json_limits());
  return first.ok() && second.ok() && same(first->root(), second->root());
}

Result<std::set<std::string>> read_ids(const JsonValue& object, std::string_view name) {
  TRY(const JsonValue member, object.member(name));
  return read_ids(member);
}

Result<std::set<std::string>> read_ids(const JsonValue& array) {
  TRY(const JsonValue list, array.as_array());
  std::set<std::string> out;
  for (const JsonValue one : list) {
    TRY(const std::string_view id, one.as_string());
    out.emplace(id);
  }
  return out;
}

Result<EntityUid> read_uid(std::string_view text) {
  return checked(parse_entity_uid(text), "entity", text);
}

}  // namespace sally::cedar::judge
