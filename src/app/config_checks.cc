#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "app/config_load.h"
#include "base/text.h"
#include "gateway/protocol/protocol.h"

namespace sally::app {
namespace {

using gateway::Protocol;

Place fallback_place(const ConfigLoad& in, std::string_view model) {
  for (const auto& [name, section] : in.top.named("models")) {
    if (name.text == model) {
      return section.place("fallback");
    }
  }
  return in.top.place("models");
}

// Whether `earlier` takes everything that `route`, which stands behind it, is for.
bool covers(const gateway::RouteSettings& earlier, const gateway::RouteSettings& route) {
  const bool above = earlier.prefix == "/" || route.prefix == earlier.prefix ||
                     route.prefix.starts_with(earlier.prefix + "/");
  return above && (earlier.protocol == Protocol::kHttp ||
                   (earlier.protocol == route.protocol && earlier.prefix == route.prefix));
}

void check_reached(ConfigLoad& in) {
  const std::vector<gateway::RouteSettings>& routes = in.config.settings.routes;
  for (auto route = routes.begin(); route != routes.end(); ++route) {
    const auto earlier = std::find_if(routes.begin(), route,
                                      [route](const auto& other) { return covers(other, *route); });
    if (earlier != route) {
      in.problems.warn(
          in.route_places[static_cast<size_t>(route - routes.begin())],
          fmt::format("route `{}` is never reached: `{}` above takes everything below `{}`",
                      printable(route->id.str()), earlier->id.str(), earlier->prefix),
          "put the narrower route first");
    }
  }
}

bool upstream_is_plain(const ConfigLoad& in, const gateway::UpstreamSettings& upstream) {
  for (const auto& [name, section] : in.top.named("upstreams")) {
    if (name.text == upstream.id.str()) {
      return section.text("url").starts_with("http://");
    }
  }
  return false;
}

// gRPC needs HTTP/2 all the way.
void check_grpc(ConfigLoad& in, const PlacedText& name, const std::string& shown) {
  for (const gateway::ModelSettings& model : in.config.settings.models) {
    if (model.id.str() != name.text) {
      continue;
    }
    for (const gateway::ModelTarget& target : model.targets) {
      for (const gateway::UpstreamSettings& upstream : in.config.settings.upstreams) {
        const net::Origin& origin = upstream.origin;
        if (upstream.id == target.upstream &&
            (origin.http == net::UpstreamHttp::kHttp1 ||
             (origin.http == net::UpstreamHttp::kAuto && upstream_is_plain(in, upstream)))) {
          in.problem(name.place,
                     fmt::format("{}: upstream `{}` of model `{}` does not speak HTTP/2", shown,
                                 upstream.id.str(), name.text),
                     fmt::format("write `http: 2` in `upstreams.{}`", upstream.id.str()));
        }
      }
    }
  }
}

}  // namespace

void check_fallbacks(ConfigLoad& in) {
  std::map<std::string, std::string> next;
  for (const gateway::ModelSettings& model : in.config.settings.models) {
    if (model.fallback) {
      next[model.id.str()] = model.fallback->str();
    }
  }
  std::set<std::string> told;
  for (const auto& [start, unused] : next) {
    std::vector<std::string> chain = {start};
    for (auto at = next.find(start); at != next.end(); at = next.find(at->second)) {
      const auto seen = std::ranges::find(chain, at->second);
      if (seen != chain.end()) {
        // Each model of the circle leads here; one telling is enough.
        if (seen == chain.begin() && !told.contains(start)) {
          chain.push_back(start);
          in.problem(fallback_place(in, start),
                     fmt::format("fallbacks go round: {}", fmt::join(chain, " -> ")),
                     "remove one of them");
          told.insert(chain.begin(), chain.end());
        }
        break;
      }
      chain.push_back(at->second);
    }
  }
}

void check_routes(ConfigLoad& in) {
  for (const Section& section : in.top.sections("routes")) {
    if (gateway::parse_protocol(section.text("protocol")) == Protocol::kKserveGrpc) {
      for (const PlacedText& model : section.texts("models")) {
        check_grpc(in, model, fmt::format("route `{}`", printable(section.text("name"))));
      }
    }
  }
  check_reached(in);
}

void check_exposure(ConfigLoad& in) {
  const Section gate = in.top.section("gate");
  for (const net::ListenAddress& address : in.config.gate.listen) {
    if (address.unix_path.empty() && !is_local(address.host) && !gate.has("tls")) {
      in.problems.warn(gate.place("listen"),
                       fmt::format("the gate listens on {} without TLS", address.host),
                       "keys travel in the clear: set `gate.tls`, or put TLS before it");
    }
  }
}

}  // namespace sally::app
