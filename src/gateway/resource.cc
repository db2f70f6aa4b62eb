// The gate as a protected resource of OAuth: where a client learns whom to ask for a token (RFC
// 9728), and the challenge that tells it.
#include "base/text.h"
#include "gateway/call.h"
#include "gateway/gate.h"

namespace sally::gateway {
namespace {

constexpr std::string_view kWellKnown = "/.well-known/oauth-protected-resource";

}  // namespace

// The resource's path stands behind the well-known one (RFC 9728, section 3.1).
const Route* Gate::resource_of(const Call& call) {
  std::string_view path = call.http.head().path;
  if (!path.starts_with(kWellKnown)) {
    return nullptr;
  }
  path.remove_prefix(kWellKnown.size());
  if (path.empty()) {
    path = "/";
  }
  for (const auto& route : call.force->snapshot->routes()) {
    if (!route->resource_metadata.empty() && route->prefix == path) {
      return route.get();
    }
  }
  return nullptr;
}

// Needs no credential: who has none learns here where to get one. Whoever asks too often is told
// so.
Task<void> Gate::tell_resource(Call& call, const Route& route) {
  AccessEvent& event = call.event;
  event.route = route.id.str();
  event.protocol = name_of(route.protocol);
  event.action = "gate:resource-metadata";
  event.principal = "anonymous";
  call.principal = std::make_shared<const Principal>();
  if (auto refused = limit(call)) {
    co_await refuse(call, *std::move(refused));
    co_return;
  }
  if (call.http.head().method != net::Method::kGet) {
    co_await refuse(call, Refusal{Stage::kRoute, ErrorKind::kInvalidInput, "routes",
                                  "another method than GET", "GET", "send GET"});
    co_return;
  }
  const std::string_view body = route.resource_metadata;
  event.outcome = Outcome::kAllowed;
  event.status = 200;
  event.response_bytes = body.size();
  if (const Result<> recorded = co_await record(call); !recorded) {
    co_await refuse(call, not_recorded(recorded.error()));
    co_return;
  }
  net::ResponseHead head;
  head.fields.add("content-type", "application/json");
  head.fields.add("cache-control", "max-age=300");
  head.fields.add("sallyport-id", event.id.str());
  head.content_length = body.size();
  [[maybe_unused]] const Result<> sent = co_await call.http.respond(head, as_bytes(body));
}

std::string Gate::challenge_of(const Call& call) {
  std::string out = call.challenge;
  if (call.route != nullptr && !call.route->resource_metadata_url.empty()) {
    out += out.find(' ') == std::string::npos ? " " : ", ";
    out += "resource_metadata=\"" + call.route->resource_metadata_url + "\"";
  }
  return out;
}

}  // namespace sally::gateway
