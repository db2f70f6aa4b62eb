#include "gateway/snapshot.h"

#include <algorithm>
#include <utility>

namespace sally::gateway {
namespace {

Error unknown(std::string_view what, const std::string& name) {
  return Error(ErrorKind::kUsage, std::string(what) + " `" + name + "` is not defined");
}

std::shared_ptr<UpstreamHealth> health_of(const UpstreamId& id, const Snapshot* previous) {
  if (previous != nullptr) {
    for (const auto& upstream : previous->upstreams()) {
      if (upstream->settings.id == id) {
        return upstream->health;
      }
    }
  }
  return std::make_shared<UpstreamHealth>();
}

}  // namespace

const Model* Route::find_model(std::string_view name) const {
  const auto found =
      std::ranges::find_if(models, [&](const Model* model) { return model->id.str() == name; });
  return found == models.end() ? nullptr : *found;
}

Result<Target> Snapshot::resolve(const UpstreamId& id, std::string model, uint32_t weight,
                                 uint32_t priority) const {
  for (const auto& upstream : upstreams_) {
    if (upstream->settings.id == id) {
      return Target{upstream, std::move(model), std::max<uint32_t>(1, weight), priority};
    }
  }
  return unknown("upstream", id.str());
}

Result<SnapshotPtr> Snapshot::build(std::shared_ptr<const Settings> settings, Parts parts,
                                    const Snapshot* previous) {
  std::shared_ptr<Snapshot> out(new Snapshot);
  out->settings_ = std::move(settings);
  for (const UpstreamSettings& upstream : out->settings_->upstreams) {
    out->upstreams_.push_back(std::make_shared<const Upstream>(
        std::shared_ptr<const UpstreamSettings>(out->settings_, &upstream),
        health_of(upstream.id, previous)));
  }
  out->parts_ = std::move(parts);

  const auto find_model = [&](const ModelId& id) -> Model* {
    for (const auto& model : out->models_) {
      if (model->id == id) {
        return model.get();
      }
    }
    return nullptr;
  };
  for (const ModelSettings& from : out->settings_->models) {
    auto model = std::make_unique<Model>();
    model->id = from.id;
    model->index = out->models_.size();
    model->retries = from.retries;
    for (const ModelTarget& target : from.targets) {
      TRY(auto resolved,
          out->resolve(target.upstream, target.model, target.weight, target.priority));
      model->targets.push_back(std::move(resolved));
    }
    out->models_.push_back(std::move(model));
  }
  for (const ModelSettings& from : out->settings_->models) {
    if (from.fallback) {
      const Model* fallback = find_model(*from.fallback);
      if (fallback == nullptr) {
        return unknown("model", from.fallback->str());
      }
      find_model(from.id)->fallback = fallback;
    }
  }
  for (const RouteSettings& from : out->settings_->routes) {
    auto route = std::make_unique<Route>();
    route->id = from.id;
    route->index = out->routes_.size();
    route->prefix = from.prefix;
    route->protocol = from.protocol;
    route->websocket = from.websocket;
    route->tool_changes = from.tool_changes;
    route->origins = from.origins;
    route->accepted = from.accepted;
    route->audience = from.audience;
    route->resource_metadata = from.resource_metadata;
    route->resource_metadata_url = from.resource_metadata_url;
    if (const auto found = out->parts_.exchange_inspectors.find(from.id);
        found != out->parts_.exchange_inspectors.end()) {
      route->exchange_inspector = found->second;
    }
    route->inspectors = out->parts_.inspectors;
    if (const auto own = out->parts_.route_inspectors.find(from.id);
        own != out->parts_.route_inspectors.end()) {
      route->inspectors.insert(route->inspectors.end(), own->second.begin(), own->second.end());
      route->scored = !own->second.empty();
    }
    for (const ModelId& id : from.models) {
      const Model* model = find_model(id);
      if (model == nullptr) {
        return unknown("model", id.str());
      }
      route->models.push_back(model);
    }
    if (from.upstream) {
      TRY(auto target, out->resolve(*from.upstream, {}, 1, 0));
      route->targets.push_back(std::move(target));
    }
    out->routes_.push_back(std::move(route));
  }
  return SnapshotPtr(std::move(out));
}

}  // namespace sally::gateway
