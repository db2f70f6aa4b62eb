// An endpoint of the admin API: a row that says what it takes, who may call it and what it answers,
// and the function that does it. To add some: a file like revocations.cc, and a line in
// endpoints.cc.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/admin/members.h"
#include "app/applied.h"
#include "app/changes.h"
#include "base/clock.h"
#include "base/random.h"
#include "core/principal.h"
#include "formats/json/writer.h"
#include "identity/events/receiver.h"
#include "identity/grants/rules.h"
#include "identity/pepper.h"
#include "identity/revocations.h"
#include "net/http.h"
#include "store/state.h"

namespace sally::app {

// What the endpoints work with. All outlive the API; its functions are called on the housekeeper's
// thread.
struct AdminParts {
  store::State& state;
  const identity::Pepper& pepper;
  const identity::Revocations& revocations;
  const Applied& applied;
  identity::FindEventIssuer event_issuer;
  const Clock& clock;
  Random& random;  // the housekeeper's thread's
  // Puts what the state holds in force in every worker; says what that is.
  std::function<Result<std::string>()> refresh;
  std::function<Result<std::string>(const Author&)> reload;
  std::function<Result<std::string>()> deliver_outbox;
  std::function<std::string()> status;
  // Those of the configuration in force.
  std::function<identity::Roles()> roles;
};

// One call, its caller known and allowed.
struct AdminCall {
  const Arguments& arguments;
  std::string_view body;  // as it came, of a kToken
  Author author;          // whom records name
  // Null: whoever may open the gate's own socket.
  const Principal* principal;
  WallTime now;
};

struct AdminAnswer {
  uint16_t status = 200;
  std::string body;  // JSON; empty: none
};

// The answer that `write` writes as the members of one object.
AdminAnswer answer_with(uint16_t status, const std::function<void(formats::JsonWriter&)>& write);
// `{"status":"ok","detail":...}`.
AdminAnswer answer_with_detail(std::string_view detail);
// `{"err":...,"description":...}` with status 400 (RFC 8935, section 2.3).
AdminAnswer answer_with_event_problem(std::string_view code, std::string_view description);

enum class Access : uint8_t {
  kPolicy,  // policies decide by `action` on Gate::"this"; the gate's own socket may
  kSigned,  // what is sent proves by itself who made it
};
enum class CallBody : uint8_t {
  kNone,
  kJson,
  kToken,  // a signed token: `application/secevent+jwt`
};

struct Endpoint {
  net::Method method;
  std::string_view path;    // `/v1/revocations/{id}`
  std::string_view action;  // `admin:revocations.read`; also its name in the OpenAPI document
  std::string_view summary;
  std::span<const Member> path_members = {};
  std::span<const Member> query = {};
  CallBody takes = CallBody::kNone;
  std::span<const Member> body = {};
  uint16_t status = 200;                 // of the answer where it was done
  std::string_view answer = "Done";      // its schema; empty: no body
  std::string_view problem = "Problem";  // the schema of an answer where it was not
  Access access = Access::kPolicy;
  // On the housekeeper's thread: may wait for the disk. kUsage is the caller's fault here.
  Result<AdminAnswer> (*handle)(const AdminParts&, const AdminCall&);
};

// An object that answers are made of.
struct Schema {
  std::string_view name;
  std::string_view help;
  std::span<const Member> members;
};

// Every endpoint and every schema, in the order of the document.
std::vector<Endpoint> all_endpoints();
std::vector<Schema> all_schemas();

std::span<const Endpoint> event_endpoints();
std::span<const Schema> event_schemas();
std::span<const Endpoint> revocation_endpoints();
std::span<const Schema> revocation_schemas();
std::span<const Endpoint> access_endpoints();
std::span<const Schema> access_schemas();
std::span<const Endpoint> key_endpoints();
std::span<const Schema> key_schemas();
std::span<const Endpoint> gate_endpoints();
std::span<const Schema> gate_schemas();

}  // namespace sally::app
