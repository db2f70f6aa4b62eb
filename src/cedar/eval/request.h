// Requests: who wants to do what with what, and in which circumstances.
#pragma once

#include <string_view>

#include "base/result.h"
#include "cedar/eval/cell.h"
#include "cedar/value.h"

namespace sally::cedar {

class Scratch;

struct Request {
  EntityUid principal;
  EntityUid action;
  EntityUid resource;
  Value context = Value::empty_record();
};

// A request in the form that evaluation reads. Its parts lie in the Scratch it was made in, until
// the next request is made there.
struct RequestView {
  EntityName principal;
  EntityName action;
  EntityName resource;
  Cell context;  // a record
};

// kTooLarge where the request does not fit into the scratch memory.
Result<RequestView> view_of(const Request& request, Scratch& scratch);

// From JSON, without an allocation once the scratch memory is warm:
//   {"principal": {"type": "User", "id": "a"}, "action": {..}, "resource": {..}, "context": {..}}
// A uid may be written `{"__entity": {..}}`; values as in entities/value_reader.h, without a type.
// The view points into `json` too. kInvalidInput where it is no such request (other members are
// refused), kTooLarge where it does not fit.
Result<RequestView> read_request(std::string_view json, Scratch& scratch);

}  // namespace sally::cedar
