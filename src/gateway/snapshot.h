// Snapshot: everything a request needs to know, resolved and immutable. A reload builds a new one;
// a request keeps the one it began with.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/content_recorder.h"
#include "core/decision.h"
#include "core/exchange_inspector.h"
#include "core/inspector.h"
#include "core/principal.h"
#include "core/rewriter.h"
#include "core/second_opinion.h"
#include "core/sessions.h"
#include "core/text_service.h"
#include "core/tool_pins.h"
#include "core/upstream_token.h"
#include "gateway/settings.h"
#include "gateway/upstreams.h"

namespace sally::gateway {

struct Model {
  ModelId id;
  size_t index;  // dense, for the metrics
  std::vector<Target> targets;
  const Model* fallback = nullptr;
  uint32_t retries = 1;
};

struct Route {
  RouteId id;
  size_t index;  // dense, for the metrics
  std::string prefix;
  Protocol protocol = Protocol::kHttp;
  std::vector<const Model*> models;
  std::vector<Target> targets;  // of mcp and http: the one upstream
  bool websocket = false;
  OnToolChange tool_changes = OnToolChange::kBlock;
  std::vector<std::string> origins;
  std::vector<std::vector<std::string>> accepted;
  std::string audience;
  std::string resource_metadata;
  std::string resource_metadata_url;
  std::shared_ptr<const ExchangeInspector> exchange_inspector;  // null: nobody looks
  std::vector<std::shared_ptr<const Inspector>> inspectors;     // of its texts
  bool scored = false;  // some of them beyond those of every text

  // The model of this name on this route, or null.
  [[nodiscard]] const Model* find_model(std::string_view name) const;
};

// The rooms that a snapshot brings together, through core's ports.
struct Parts {
  std::shared_ptr<const Identifier> identifier;
  std::shared_ptr<const Authorizer> authorizer;
  std::shared_ptr<Sessions> sessions;                        // null: nothing is kept of them
  std::vector<std::shared_ptr<const Inspector>> inspectors;  // of every text
  // Of the texts of a route besides.
  std::map<RouteId, std::vector<std::shared_ptr<const Inspector>>> route_inspectors;
  // By route; one that has none costs nothing.
  std::map<RouteId, std::shared_ptr<const ExchangeInspector>> exchange_inspectors;
  std::shared_ptr<const TextService> texts;         // null: nobody answers questions about texts
  std::shared_ptr<const Rewriter> rewriter;         // null: texts go on as they are
  std::shared_ptr<ToolPins> tool_pins;              // null: no description is looked at
  std::shared_ptr<const ContentRecorder> recorder;  // null: nothing is kept of the bodies
  // Null: no upstream wants a token of its caller.
  std::shared_ptr<const SecondOpinion> second_opinion;  // null: nothing is in doubt
  std::shared_ptr<const UpstreamTokens> upstream_tokens;
};

class Snapshot {
 public:
  // Resolves the names in `settings`, which app/config has checked; an unknown one is kUsage.
  // `previous` (may be null) lends the health of upstreams that keep their id.
  static Result<std::shared_ptr<const Snapshot>> build(std::shared_ptr<const Settings> settings,
                                                       Parts parts, const Snapshot* previous);
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;
  ~Snapshot() = default;

  [[nodiscard]] const Settings& settings() const { return *settings_; }
  [[nodiscard]] const Parts& parts() const { return parts_; }
  [[nodiscard]] const std::vector<std::unique_ptr<Route>>& routes() const { return routes_; }
  [[nodiscard]] const std::vector<std::unique_ptr<Model>>& models() const { return models_; }
  [[nodiscard]] const std::vector<std::shared_ptr<const Upstream>>& upstreams() const {
    return upstreams_;
  }

 private:
  Snapshot() = default;
  [[nodiscard]] Result<Target> resolve(const UpstreamId& id, std::string model, uint32_t weight,
                                       uint32_t priority) const;
  std::shared_ptr<const Settings> settings_;
  Parts parts_;
  std::vector<std::shared_ptr<const Upstream>> upstreams_;
  std::vector<std::unique_ptr<Model>> models_;
  std::vector<std::unique_ptr<Route>> routes_;
};
using SnapshotPtr = std::shared_ptr<const Snapshot>;

}  // namespace sally::gateway
