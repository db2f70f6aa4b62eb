#include "app/admin/openapi.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "app/admin/endpoint.h"
#include "base/encoding.h"
#include "formats/json/writer.h"

namespace sally::app {
namespace {

using formats::JsonWriter;

constexpr std::string_view kDescription =
    "The API by which a gate is administered. On the gate's own unix socket whoever may open it is "
    "trusted; where `admin.listen` opens it to the network every call needs a credential and a "
    "policy that permits its action on Gate::\"this\". Bodies are strict JSON of at most 64 KiB: a "
    "member that is not listed here is refused.";

struct Failure {
  std::string_view status;
  std::string_view when;
};
constexpr std::array kFailures{
    Failure{"400", "What was sent does not fit."},
    Failure{"401", "Nobody is known by that credential, or there is none."},
    Failure{"403", "No policy permits it."},
    Failure{"404", "There is no such thing."},
    Failure{"409", "It is over, or taken, already."},
    Failure{"503", "The state, or an issuer, cannot be asked at the moment."},
};

std::string_view reason_of(uint16_t status) {
  switch (status) {
    case 201:
      return "It was made.";
    case 202:
      return "It was taken.";
    default:
      return "It was done.";
  }
}

void write_reference(JsonWriter& json, std::string_view schema) {
  json.member("$ref", fmt::format("#/components/schemas/{}", schema));
}

// The members of the schema of one value. An answer's member that need not be there may be null.
void write_type(JsonWriter& json, const Member& member, bool answer) {
  const bool nullable = answer && member.needed == Needed::kMay;
  const auto type = [&](std::string_view name) {
    json.key("type");
    if (!nullable) {
      json.string(name);
      return;
    }
    json.begin_array().string(name).string("null").end_array();
  };
  const auto longest = [&] {
    if (!answer) {
      json.member("maxLength", member.most == 0 ? kMostText : member.most);
    }
  };
  switch (member.type) {
    case MemberType::kText:
      type("string");
      longest();
      break;
    case MemberType::kTexts:
      type("array");
      if (!answer) {
        json.member("maxItems", kMostTexts);
      }
      json.key("items").begin_object();
      json.member("type", "string");
      longest();
      json.end_object();
      break;
    case MemberType::kNumber:
      type("integer");
      json.member("minimum", 0);
      if (member.most != 0) {
        json.member("maximum", member.most);
      }
      break;
    case MemberType::kFlag:
      type("boolean");
      break;
    case MemberType::kTime:
      type("string");
      json.member("format", "date-time");
      break;
    case MemberType::kDuration:
      type("string");
      json.member("pattern", "^([0-9]+(ms|s|m|h|d))+$");
      break;
    case MemberType::kChoice:
      type("string");
      json.key("enum").begin_array();
      for (const std::string_view choice : choices_of(member)) {
        json.string(choice);
      }
      json.end_array();
      break;
    case MemberType::kObject:
      write_reference(json, member.of);
      break;
    case MemberType::kObjects:
      type("array");
      json.key("items").begin_object();
      write_reference(json, member.of);
      json.end_object();
      break;
  }
  if (!member.help.empty()) {
    json.member("description", member.help);
  }
}

void write_object(JsonWriter& json, std::span<const Member> members, bool answer) {
  json.member("type", "object");
  json.key("properties").begin_object();
  for (const Member& member : members) {
    json.key(member.name).begin_object();
    write_type(json, member, answer);
    json.end_object();
  }
  json.end_object();
  const auto needed = [](const Member& member) { return member.needed == Needed::kMust; };
  if (std::ranges::any_of(members, needed)) {
    json.key("required").begin_array();
    for (const Member& member : members) {
      if (needed(member)) {
        json.string(member.name);
      }
    }
    json.end_array();
  }
  if (!answer) {
    json.key("additionalProperties").boolean(false);
  }
}

void write_parameters(JsonWriter& json, std::span<const Member> members, std::string_view where) {
  for (const Member& member : members) {
    json.begin_object();
    json.member("name", member.name).member("in", where);
    if (!member.help.empty()) {
      json.member("description", member.help);
    }
    json.member("required", where == "path" || member.needed == Needed::kMust);
    json.key("schema").begin_object();
    Member bare = member;
    bare.help = {};
    write_type(json, bare, false);
    json.end_object();
    json.end_object();
  }
}

void write_content(JsonWriter& json, std::string_view type,
                   const std::function<void()>& write_schema) {
  json.key("content").begin_object();
  json.key(type).begin_object();
  json.key("schema").begin_object();
  write_schema();
  json.end_object();
  json.end_object();
  json.end_object();
}

void write_request_body(JsonWriter& json, const Endpoint& endpoint) {
  if (endpoint.takes == CallBody::kNone) {
    return;
  }
  json.key("requestBody").begin_object();
  json.member("required", true);
  if (endpoint.takes == CallBody::kJson) {
    write_content(json, "application/json",
                  [&] { write_object(json, endpoint.body, /*answer=*/false); });
  } else {
    write_content(json, "application/secevent+jwt", [&] {
      json.member("type", "string")
          .member("description", "A security event token (RFC 8417), signed by its issuer.");
    });
  }
  json.end_object();
}

void write_answers(JsonWriter& json, const Endpoint& endpoint) {
  json.key("responses").begin_object();
  json.key(std::to_string(endpoint.status)).begin_object();
  json.member("description", reason_of(endpoint.status));
  if (!endpoint.answer.empty()) {
    write_content(json, "application/json", [&] { write_reference(json, endpoint.answer); });
  }
  json.end_object();
  for (const Failure& failure : kFailures) {
    if (endpoint.access == Access::kSigned && failure.status != "400" && failure.status != "503") {
      continue;
    }
    json.key(failure.status).begin_object();
    json.member("description", failure.when);
    write_content(json, "application/json", [&] { write_reference(json, endpoint.problem); });
    json.end_object();
  }
  json.end_object();
}

void write_endpoint(JsonWriter& json, const Endpoint& endpoint) {
  std::string method(net::name_of(endpoint.method));
  std::ranges::transform(method, method.begin(), to_lower);
  json.key(method).begin_object();
  json.member("operationId", endpoint.action.substr(endpoint.action.find(':') + 1));
  json.member("summary", endpoint.summary);
  if (endpoint.access == Access::kPolicy) {
    json.member("description",
                fmt::format("Where the network calls: a policy permits `Action::\"{}\"`.",
                            endpoint.action));
  } else {
    json.member("description", "Needs no credential: what is sent is signed.");
    json.key("security").begin_array().end_array();
  }
  if (!endpoint.path_members.empty() || !endpoint.query.empty()) {
    json.key("parameters").begin_array();
    write_parameters(json, endpoint.path_members, "path");
    write_parameters(json, endpoint.query, "query");
    json.end_array();
  }
  write_request_body(json, endpoint);
  write_answers(json, endpoint);
  json.end_object();
}

void write_paths(JsonWriter& json) {
  std::map<std::string_view, std::vector<Endpoint>> by_path;
  for (const Endpoint& endpoint : all_endpoints()) {
    by_path[endpoint.path].push_back(endpoint);
  }
  json.key("paths").begin_object();
  for (const auto& [path, endpoints] : by_path) {
    json.key(path).begin_object();
    for (const Endpoint& endpoint : endpoints) {
      write_endpoint(json, endpoint);
    }
    json.end_object();
  }
  json.end_object();
}

void write_components(JsonWriter& json) {
  json.key("components").begin_object();
  json.key("securitySchemes").begin_object();
  json.key("bearer").begin_object();
  json.member("type", "http").member("scheme", "bearer");
  json.member("description", "An API key of the gate, or a token of one of its issuers.");
  json.end_object();
  json.key("certificate").begin_object();
  json.member("type", "mutualTLS");
  json.member("description", "A client certificate with a SPIFFE ID.");
  json.end_object();
  json.end_object();
  json.key("schemas").begin_object();
  for (const Schema& schema : all_schemas()) {
    json.key(schema.name).begin_object();
    json.member("description", schema.help);
    write_object(json, schema.members, /*answer=*/true);
    json.end_object();
  }
  json.end_object();
  json.end_object();
}

// `json`, which a writer made, with two spaces for each level.
std::string indented(std::string_view json) {
  std::string out;
  size_t level = 0;
  bool in_string = false;
  const auto new_line = [&] { out.append("\n").append(level * 2, ' '); };
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string || c == '"') {
      out += c;
      if (c == '\\') {
        out += json[++i];
      } else if (c == '"') {
        in_string = !in_string;
      }
      continue;
    }
    const bool opens = c == '{' || c == '[';
    const bool closes = c == '}' || c == ']';
    if (closes && json[i - 1] != '{' && json[i - 1] != '[') {
      --level;
      new_line();
    } else if (closes) {
      --level;
    }
    out += c;
    if (opens) {
      ++level;
      if (json[i + 1] != '}' && json[i + 1] != ']') {
        new_line();
      }
    } else if (c == ',') {
      new_line();
    } else if (c == ':') {
      out += ' ';
    }
  }
  return out + "\n";
}

}  // namespace

std::string openapi_document() {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.member("openapi", "3.1.0");
  json.key("info").begin_object();
  json.member("title", "Sallyport admin API").member("version", "1");
  json.member("description", kDescription);
  json.end_object();
  json.key("security").begin_array();
  for (const std::string_view scheme : {"bearer", "certificate"}) {
    json.begin_object();
    json.key(scheme).begin_array().end_array();
    json.end_object();
  }
  json.end_array();
  write_paths(json);
  write_components(json);
  json.end_object();
  json.finish();
  return indented(text);
}

}  // namespace sally::app
