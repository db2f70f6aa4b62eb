// Settings: what an operator decided about the gate, as parsed and checked by app/config.
// Immutable once published; a reload publishes a new one.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/secret.h"
#include "gateway/protocol/protocol.h"
#include "net/http.h"
#include "net/pool.h"

namespace sally::gateway {

// The provider's own credential, added to every request that goes up.
struct UpstreamCredential {
  std::string header;  // `authorization`, `x-api-key`, `api-key`
  Secret value;        // the whole field value, `Bearer ` included
};

struct HealthCheck {
  std::string path;  // empty: no active check
  Millis every{5'000};
  Millis timeout{2'000};
  uint32_t down_after = 3;  // consecutive failures
  uint32_t up_after = 2;    // consecutive successes
};

struct Circuit {
  uint32_t failures = 5;  // consecutive: connect errors, timeouts, 502, 503, 504
  Millis open{10'000};    // then one request is let through to try
};

struct UpstreamSettings {
  UpstreamId id;
  net::Origin origin;
  std::string base_path;  // without a trailing slash; prepended to the operation's path
  std::string authority;  // `Host` sent up
  std::optional<UpstreamCredential> credential;
  HealthCheck health;
  Circuit circuit;
  Millis first_byte_timeout{120'000};
  Millis idle_timeout{60'000};     // between two pieces of an answer
  uint32_t max_outstanding = 512;  // requests at once, over all loops
};

struct ModelTarget {
  UpstreamId upstream;
  std::string model;  // its name there
  uint32_t weight = 1;
  uint32_t priority = 0;  // lower first; the next priority only when none of this one is up
};

struct ModelSettings {
  ModelId id;
  std::vector<ModelTarget> targets;
  std::optional<ModelId> fallback;  // tried when every target failed before an answer began
  uint32_t retries = 1;             // further attempts at other targets, or on a fresh connection
};

// What a tool of an MCP server does whose description is not the approved one.
enum class OnToolChange : uint8_t {
  kBlock,   // it is hidden, and its calls are refused
  kReport,  // it is told as an event
  kIgnore,  // descriptions are not looked at
};

struct RouteSettings {
  RouteId id;
  std::string prefix;  // `/`, `/azure`; stripped before the operation is matched
  Protocol protocol = Protocol::kHttp;
  std::vector<ModelId> models;                       // for protocols that name models
  std::optional<UpstreamId> upstream;                // for mcp and http
  bool websocket = false;                            // http: an authorised upgrade may pass
  OnToolChange tool_changes = OnToolChange::kBlock;  // mcp
  std::vector<std::string> origins;  // mcp: allowed Origin values; none listed: no Origin passes
  // What must be proved: all of one of these. None: whatever anybody accepts (Principal::proofs).
  std::vector<std::vector<std::string>> accepted;
  std::string audience;  // of tokens; empty: any that their issuer's settings allow
  // RFC 9728: the document, and where it is; empty: there is none.
  std::string resource_metadata;
  std::string resource_metadata_url;
};

enum class OnFinding : uint8_t { kAnnotate, kRefuse };

struct InspectionSettings {
  OnFinding request = OnFinding::kRefuse;
  OnFinding response = OnFinding::kRefuse;
};

struct RequestLimits {
  uint32_t requests_per_minute_per_key = 6'000;
  uint32_t burst_per_key = 200;
  JsonLimits json;
  size_t decoded_ratio = 100;  // decoded bytes per encoded byte of a compressed answer
  size_t decoded_bytes = 64 * 1024 * 1024;
  size_t sse_event_bytes = 1024 * 1024;
};

struct Settings {
  std::vector<UpstreamSettings> upstreams;
  std::vector<ModelSettings> models;
  std::vector<RouteSettings> routes;  // in the order they are tried
  InspectionSettings inspection;
  RequestLimits limits;
  // Fields of a request that go up besides those a protocol needs; lower case.
  std::vector<std::string> extra_request_fields;
  std::vector<std::string> extra_response_fields;
};

}  // namespace sally::gateway
