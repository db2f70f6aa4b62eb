// Case files: what users expect of their own policies, request by request.
//
//   # Research may call the large model in working hours.
//   given
//     principal  Key::"k1" in Team::"research"
//     context    {"hour": 10, "findings": []}
//   case in the morning
//     action     Action::"call"
//     resource   Model::"large"
//     expect     allow by "research-large"
//   case at night
//     like       in the morning
//     context.hour 22
//     expect     deny
//
// One word a line; white space before it and a comment (`#`) behind it are of no meaning. What
// stands below `given` holds for all cases of the file; a case says the rest, or says it anew.
//
//   principal, action, resource UID   of the request; with what `entity` takes behind it, an entity
//   entity UID [in UID, ...] [{attributes}] [tags {tags}]   it exists, in place of one so named
//   context {..}                      the whole context
//   context.a.b JSON                  one member of it; `context["full name"]`
//   without context.a.b               that member goes
//   like NAME                         all that the earlier case says, but what it expects
//   expect allow|deny [by "id", ...] [failing "id", ...]    `none` for an empty list
//
// An object or array may go on over several lines. Which policies determined it, and which failed,
// is only looked at where it is said, and is then the whole list.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cedar/entity_uid.h"
#include "cedar/eval/authorizer.h"
#include "cedar/syntax/span.h"

namespace sally::cedar {

// Attributes and tags are JSON objects; empty: none.
struct CaseEntity {
  EntityUid uid;
  std::vector<EntityUid> parents;
  std::string attributes;
  std::string tags;
};

// A change of the context.
struct ContextEdit {
  std::vector<std::string> path;    // empty: the whole context
  std::optional<std::string> json;  // none: the member goes
};

// What stands below `given` or `case`.
struct CaseBlock {
  std::optional<EntityUid> principal;
  std::optional<EntityUid> action;
  std::optional<EntityUid> resource;
  std::vector<CaseEntity> entities;
  std::vector<ContextEdit> context;  // in their order
};

struct CaseExpectation {
  Decision decision = Decision::kDeny;
  std::optional<std::vector<std::string>> by;  // sorted, as all here
  std::optional<std::vector<std::string>> failing;
};

struct PolicyCase {
  std::string name;
  Span span;                   // of its first line
  std::optional<size_t> like;  // an earlier case
  CaseBlock block;
  CaseExpectation expected;
};

struct CaseFile {
  CaseBlock given;
  std::vector<PolicyCase> cases;
};

struct CaseLimits {
  size_t bytes = size_t{4} << 20;
  size_t cases = 5000;
  size_t problems = 20;
};

// Every case has an expectation, and with what it is like and what is given, a whole request.
ParseResult<CaseFile> parse_cases(std::string_view text, const CaseLimits& limits = {});

// A case with all that it takes over.
struct CaseRequest {
  EntityUid principal;
  EntityUid action;
  EntityUid resource;
  std::string context;               // JSON
  std::vector<CaseEntity> entities;  // no two of one name
  bool has_own_entities = false;     // others than what is given
};
// kInvalidInput where a member of the context is set in what is no object, or taken from where it
// is not.
Result<CaseRequest> request_of(const CaseFile& file, size_t index);

// As read_entities() takes them.
std::string to_json(const std::vector<CaseEntity>& entities);

}  // namespace sally::cedar
