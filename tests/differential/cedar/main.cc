// cedar-differential: answers cases, one JSON line each on standard input, with one JSON line each,
// as oracle.mjs does with the reference engine. README.md gives the shape of both lines.
#include <iostream>
#include <map>
#include <optional>
#include <string>

#include "cedar/entities/json_reader.h"
#include "cedar/entities/value_reader.h"
#include "corpus/cedar/engine.h"
#include "formats/json/document.h"
#include "formats/json/writer.h"

namespace sally::cedar {
namespace {

using formats::JsonDocument;
using formats::JsonValue;
using formats::JsonWriter;
using judge::Decider;
using judge::Format;
using judge::Outcome;

// One case, read as far as it can be: what does not parse is absent.
struct Case {
  std::optional<PolicySet> policies;
  std::map<std::string, Policy> each;  // static policies and templates, each by itself
  std::optional<Schema> schema;
};

Result<Policy> read_one(std::string_view text, bool is_template) {
  TRY(Policy policy, judge::policy_of_text(text));
  if (policy.is_template() != is_template) {
    return Error(ErrorKind::kInvalidInput, is_template ? "no template" : "a template");
  }
  return policy;
}

// The set as the binding of the reference reads it: every part has to parse and to fit.
Result<PolicySet> read_set(const JsonValue& json, Case& out) {
  bool all = true;
  PolicySet set;
  for (const bool is_template : {false, true}) {
    TRY(const JsonValue group, json.member(is_template ? "templates" : "staticPolicies"));
    for (const JsonValue one : group) {
      TRY(const std::string_view text, one.as_string());
      auto policy = read_one(text, is_template);
      if (!policy.ok()) {
        all = false;
        continue;
      }
      policy->id = one.name();
      out.each.emplace(one.name(), *policy);
      TRY_OK(set.add(std::move(*policy)));
    }
  }
  TRY(const JsonValue links, json.member("templateLinks"));
  for (const JsonValue one : links) {
    Link link;
    TRY(link.id, one.string("newId"));
    TRY(link.template_id, one.string("templateId"));
    TRY(const JsonValue values, one.member("values"));
    for (const JsonValue value : values) {
      TRY(EntityUid uid, read_entity_uid(value));
      (value.name() == "?principal" ? link.principal : link.resource) = std::move(uid);
    }
    TRY_OK(set.add_link(std::move(link)));
  }
  return all ? Result<PolicySet>(std::move(set))
             : Error(ErrorKind::kInvalidInput, "a policy does not parse");
}

void write_ids(JsonWriter& json, std::string_view key, const std::set<std::string>& ids) {
  json.key(key).begin_array();
  for (const std::string& id : ids) {
    json.string(id);
  }
  json.end_array();
}

void write_answer(JsonWriter& json, std::string_view key, const Result<Outcome>& answer) {
  json.key(key).begin_object();
  if (!answer.ok()) {
    json.member("failure", true);
  } else {
    json.member("decision", answer->allow ? "allow" : "deny");
    write_ids(json, "reason", answer->reason);
    write_ids(json, "errors", answer->errors);
  }
  json.end_object();
}

void answer_policies(JsonWriter& json, const JsonValue& given, const JsonValue& line, Case& out) {
  auto set = read_set(given, out);
  json.member("policies", set.ok());
  if (set.ok()) {
    out.policies = std::move(*set);
  }
  json.key("json").begin_object();
  for (const auto& [id, policy] : out.each) {
    json.key(id).raw(judge::json_of(policy));
  }
  json.end_object();
  json.key("text").begin_object();
  for (const auto& [id, policy] : out.each) {
    json.member(id, judge::text_of(policy));
  }
  json.end_object();
  // What the reference wrote, read by us, has to be the policy that was read from the text.
  json.key("reads").begin_object();
  const auto reference = line.find("reference");
  const auto theirs = reference ? reference->find("json") : std::nullopt;
  for (const auto& [id, policy] : out.each) {
    const auto written = theirs ? theirs->find(id) : std::nullopt;
    if (written && written->is_string()) {
      const auto read = judge::policy_of_json(written->as_string().value_or(""));
      json.member(id, read.ok() && judge::equal_by_json(*read, policy));
    }
  }
  json.end_object();
}

void answer_schema(JsonWriter& json, std::string_view text, const JsonValue& line, Case& out) {
  auto schema = judge::read_schema("schema", text, Format::kText);
  json.member("schema", schema.ok());
  if (!schema.ok()) {
    return;
  }
  out.schema = std::move(*schema);
  const auto reference = line.find("reference");
  if (const auto theirs = reference ? reference->find("schemaJson") : std::nullopt) {
    const auto read =
        judge::read_schema("schema.json", theirs->as_string().value_or(""), Format::kJson);
    json.member("schemaReads", read.ok() && *read == *out.schema);
  }
}

Result<Entities> entities_of(std::string_view text, const Schema* schema) {
  TRY(Entities entities, read_entities(text, schema));
  if (schema != nullptr) {
    TRY_OK(judge::fits(*schema, entities));
  }
  return entities;
}

Result<Outcome> authorize(const Case& given, const JsonValue& asked, std::string_view entity_text,
                          const Schema* schema, bool validate) {
  TRY(const Entities entities, entities_of(entity_text, schema));
  Request request;
  for (const auto& [name, uid] : {std::pair{"principal", &request.principal},
                                  {"action", &request.action},
                                  {"resource", &request.resource}}) {
    TRY(const JsonValue value, asked.member(name));
    TRY(*uid, read_entity_uid(value));
  }
  TRY(const std::string_view context, asked.string("context"));
  TRY(request.context, read_context(context, schema, &request.action));
  if (validate) {
    TRY_OK(judge::fits(*schema, request));
  }
  TRY(Decider decider, Decider::create(*given.policies, entities));
  return decider.decide(request);
}

// The path without a Request between: the same answer, from JSON.
bool same_from_json(const Case& given, const JsonValue& asked, std::string_view entity_text,
                    const Result<Outcome>& expected) {
  const auto entities = entities_of(entity_text, nullptr);
  const auto context = asked.string("context");
  if (!entities.ok() || !context.ok()) {
    return true;
  }
  auto decider = Decider::create(*given.policies, *entities);
  std::string request = judge::request_json(asked);
  request.replace(request.rfind("\"context\":") + 10, std::string::npos, *context).append("}");
  const auto outcome = decider.ok() ? decider->decide(request) : decider.error();
  return outcome.ok() == expected.ok() && (!outcome.ok() || *outcome == *expected);
}

void answer_request(JsonWriter& json, const Case& given, const JsonValue& asked,
                    std::string_view entities) {
  json.begin_object();
  const std::string_view context = asked.string("context").value_or("");
  json.member("context", read_context(context).ok());
  if (given.policies) {
    const auto plain = authorize(given, asked, entities, nullptr, false);
    write_answer(json, "plain", plain);
    json.member("fromJson", same_from_json(given, asked, entities, plain));
    if (given.schema) {
      write_answer(json, "checked", authorize(given, asked, entities, &*given.schema, true));
      write_answer(json, "unchecked", authorize(given, asked, entities, &*given.schema, false));
    }
  }
  json.end_object();
}

Result<std::string> answer(std::string_view line) {
  TRY(const JsonDocument document, JsonDocument::parse(line, cedar_json_limits()));
  const JsonValue root = document.root();
  Case given;
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  if (const auto policies = root.find("policies")) {
    answer_policies(json, *policies, root, given);
  }
  if (root.find("schema")) {
    TRY(const std::string_view text, root.string("schema"));
    answer_schema(json, text, root, given);
  }
  if (given.policies && given.schema) {
    write_ids(json, "validation",
              judge::invalid_policies(*given.policies, *given.schema, Mode::kStrict));
  }
  std::string_view entities = "[]";
  if (root.find("entities")) {
    TRY(entities, root.string("entities"));
    json.member("entities", entities_of(entities, nullptr).ok());
    if (given.schema) {
      json.member("entitiesWithSchema", entities_of(entities, &*given.schema).ok());
    }
  }
  json.key("requests").begin_array();
  if (const auto requests = root.find("requests")) {
    for (const JsonValue request : *requests) {
      answer_request(json, given, request, entities);
    }
  }
  json.end_array().end_object();
  json.finish();
  return out;
}

}  // namespace
}  // namespace sally::cedar

int main() {
  std::ios::sync_with_stdio(false);
  for (std::string line; std::getline(std::cin, line);) {
    const auto answered = sally::cedar::answer(line);
    if (!answered.ok()) {
      std::cerr << answered.error().to_string() << '\n';
      return 1;
    }
    std::cout << *answered
              << std::endl;  // flushed: what was answered is known if the next one kills
  }
  return 0;
}
