#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "app/changes.h"
#include "app/commands.h"
#include "app/in_force.h"
#include "app/key_view.h"
#include "app/print_json.h"
#include "base/text.h"
#include "formats/json/writer.h"
#include "identity/key_service.h"
#include "identity/pepper.h"
#include "store/state.h"

namespace sally::app {
namespace {

using formats::JsonWriter;
using store::KeyRecord;

// The configuration, its state and the service over them.
class Keys {
 public:
  static Result<std::unique_ptr<Keys>> open(const World& world, const std::string& config_path) {
    TRY(ConfigPtr config, open_config(world, config_path, Reading::kKeys));
    TRY(auto state, store::open_state(config->state_url, store::IfMissing::kCreate));
    TRY(auto pepper, identity::Pepper::bind(config->pepper, *state));
    return std::unique_ptr<Keys>(
        new Keys(std::move(config), std::move(state), std::move(pepper), world));
  }

  [[nodiscard]] const Config& config() const { return *config_; }
  [[nodiscard]] identity::ApiKeyService& service() { return service_; }

  // The key of this id, or the one live key of this name.
  Result<KeyRecord> find(const std::string& key, WallTime now) {
    TRY(const std::vector<KeyRecord> records, service_.list(now));
    std::vector<const KeyRecord*> named;
    std::vector<std::string_view> names;
    for (const KeyRecord& record : records) {
      if (record.id.str() == key) {
        return record;
      }
      const bool live = !record.revoked && (!record.expires || *record.expires > now);
      if (record.name == key && live) {
        named.push_back(&record);
      }
      names.push_back(record.name);
    }
    if (named.size() == 1) {
      return *named.front();
    }
    if (named.size() > 1) {
      std::string ids;
      for (const KeyRecord* record : named) {
        ids += (ids.empty() ? "" : ", ") + record->id.str();
      }
      return Error(ErrorKind::kConflict,
                   fmt::format("{} live keys have the name `{}`", named.size(), printable(key)),
                   fmt::format("say which by its id: {}", ids));
    }
    const std::string_view close = nearest(key, names);
    return Error(ErrorKind::kNotFound,
                 close.empty() || close == key
                     ? fmt::format("no live key `{}`", printable(key))
                     : fmt::format("no live key `{}`; did you mean `{}`?", printable(key), close),
                 "sallyport key list");
  }

 private:
  Keys(ConfigPtr config, std::unique_ptr<store::State> state, identity::Pepper pepper,
       const World& world)
      : config_(std::move(config)),
        state_(std::move(state)),
        pepper_(std::move(pepper)),
        service_(*state_, pepper_, world.random,
                 record_key_changes({world.clock, world.random}, {local_user(), local_place()})) {}

  ConfigPtr config_;
  std::unique_ptr<store::State> state_;
  identity::Pepper pepper_;
  identity::ApiKeyService service_;
};

template <typename Id>
Result<std::vector<Id>> known_names(const std::vector<std::string>& asked, std::string_view what,
                                    const std::vector<std::string_view>& known) {
  std::vector<Id> out;
  for (const std::string& name : asked) {
    if (std::ranges::find(known, name) == known.end()) {
      const std::string_view close = nearest(name, known);
      return Error(ErrorKind::kUsage,
                   close.empty() ? fmt::format("no {} `{}`", what, printable(name))
                                 : fmt::format("no {} `{}`; did you mean `{}`?", what,
                                               printable(name), close),
                   fmt::format("the configuration has: {}", fmt::join(known, ", ")));
    }
    out.emplace_back(name);
  }
  return out;
}

void print_created(const World& world, Format format, const identity::CreatedKey& created,
                   const InForce& in_force, WallTime now) {
  if (format == Format::kJson) {
    print_json(world, [&](JsonWriter& json) {
      json.member("key", created.text.reveal());
      write_key(json, created.record, now);
      json.member("in_force", in_force.word);
    });
    return;
  }
  // The key alone on standard output: `sallyport key create demo > demo.key`.
  world.console.out(fmt::format("{}\n", created.text.reveal()));
  world.console.flush();
  world.console.err(fmt::format("key {} `{}`: shown this once, and stored only as a digest\n{}\n",
                                created.record.id.str(), printable(created.record.name),
                                in_force.note));
}

std::string show_time(const std::optional<WallTime>& time) {
  return time ? format_time(*time).substr(0, 16) + "Z" : "-";
}

std::string scope_of(const KeyRecord& record) {
  std::string out;
  for (const RouteId& route : record.routes) {
    out += fmt::format("{}route {}", out.empty() ? "" : ", ", printable(route.str()));
  }
  for (const ModelId& model : record.models) {
    out += fmt::format("{}model {}", out.empty() ? "" : ", ", printable(model.str()));
  }
  if (record.requests_per_minute > 0) {
    out += fmt::format("{}{} a minute", out.empty() ? "" : ", ", record.requests_per_minute);
  }
  return out.empty() ? "by the policies" : out;
}

}  // namespace

Result<int> key_create(const World& world, const KeyCreateOptions& options) {
  TRY(const auto keys, Keys::open(world, options.config));
  const WallTime now = world.clock.now();
  identity::KeyRequest request;
  request.name = options.name;
  request.team = TeamId(options.team);
  request.requests_per_minute = options.requests_per_minute;
  std::vector<std::string_view> routes;
  for (const auto& route : keys->config().settings.routes) {
    routes.emplace_back(route.id.str());
  }
  std::vector<std::string_view> models;
  for (const auto& model : keys->config().settings.models) {
    models.emplace_back(model.id.str());
  }
  TRY(request.routes, known_names<RouteId>(options.routes, "route", routes));
  TRY(request.models, known_names<ModelId>(options.models, "model", models));
  if (!options.expires.empty()) {
    TRY(const Millis lifetime, parse_duration(options.expires));
    request.expires = now + lifetime;
  }
  TRY(const identity::CreatedKey created, keys->service().create(request, now));
  print_created(world, options.format, created, put_in_force(keys->config()), now);
  return kFine;
}

Result<int> key_list(const World& world, const KeyOptions& options) {
  TRY(const auto keys, Keys::open(world, options.config));
  const WallTime now = world.clock.now();
  TRY(const std::vector<KeyRecord> records, keys->service().list(now));
  if (options.format == Format::kJson) {
    print_json(world, [&](JsonWriter& json) {
      json.key("keys").begin_array();
      for (const KeyRecord& record : records) {
        json.begin_object();
        write_key(json, record, now);
        json.end_object();
      }
      json.end_array();
    });
    return kFine;
  }
  if (records.empty()) {
    world.console.err("there is no key yet\nhint: sallyport key create NAME\n");
    return kFine;
  }
  Table table({"id", "name", "team", "state", "created", "expires", "last used", "scope"});
  for (const KeyRecord& record : records) {
    const std::string_view state = key_state(record, now);
    table.add({record.id.str(), printable(record.name),
               record.team.empty() ? "-" : printable(record.team.str()),
               world.console.paint(state == "live" ? Colour::kGreen : Colour::kGrey, state),
               show_time(record.created), show_time(record.expires), show_time(record.last_used),
               scope_of(record)});
  }
  world.console.out(table.to_string());
  return kFine;
}

Result<int> key_revoke(const World& world, const KeyOptions& options) {
  TRY(const auto keys, Keys::open(world, options.config));
  const WallTime now = world.clock.now();
  TRY(const KeyRecord found, keys->find(options.key, now));
  TRY(const KeyRecord record, keys->service().revoke(found.id, now));
  const InForce in_force = put_in_force(keys->config());
  if (options.format == Format::kJson) {
    print_json(world, [&](JsonWriter& json) {
      write_key(json, record, now);
      json.member("in_force", in_force.word);
    });
  } else {
    world.console.out(fmt::format("key {} `{}` is revoked; {}\n", record.id.str(),
                                  printable(record.name), in_force.note));
  }
  return kFine;
}

Result<int> key_rotate(const World& world, const KeyOptions& options) {
  TRY(const auto keys, Keys::open(world, options.config));
  const WallTime now = world.clock.now();
  TRY(const KeyRecord old, keys->find(options.key, now));
  TRY(const Millis overlap, parse_duration(options.overlap));
  TRY(const identity::CreatedKey created, keys->service().rotate(old.id, overlap, now));
  print_created(world, options.format, created, put_in_force(keys->config()), now);
  if (options.format == Format::kText) {
    world.console.err(
        fmt::format("the old key {} ends {}\n", old.id.str(),
                    overlap.count() == 0 ? "now" : fmt::format("in {}", format_duration(overlap))));
  }
  return kFine;
}

}  // namespace sally::app
