// `sallyport revoke`: whatever a caller has, at once, and from when the running gate's workers
// refuse it.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "app/changes.h"
#include "app/commands.h"
#include "app/gate_client.h"
#include "app/print_json.h"
#include "app/revocation_view.h"
#include "base/text.h"
#include "formats/json/document.h"
#include "formats/json/writer.h"
#include "identity/revocation_service.h"
#include "store/state.h"

namespace sally::app {
namespace {

using formats::JsonWriter;
using store::RevocationRecord;

// The configuration, its state and the service over them.
class Revoking {
 public:
  static Result<std::unique_ptr<Revoking>> open(const World& world,
                                                const std::string& config_path) {
    TRY(ConfigPtr config, open_config(world, config_path, Reading::kKeys));
    TRY(auto state, store::open_state(config->state_url, store::IfMissing::kCreate));
    return std::unique_ptr<Revoking>(new Revoking(std::move(config), std::move(state), world));
  }
  [[nodiscard]] const Config& config() const { return *config_; }
  [[nodiscard]] identity::RevocationService& service() { return service_; }

 private:
  Revoking(ConfigPtr config, std::unique_ptr<store::State> state, const World& world)
      : config_(std::move(config)),
        state_(std::move(state)),
        service_(*state_, world.random, local_user(),
                 record_revocations({world.clock, world.random}, {local_user(), local_place()})) {}

  ConfigPtr config_;
  std::unique_ptr<store::State> state_;
  identity::RevocationService service_;
};

// What the running gate says of a revocation.
struct InForce {
  std::string word;   // `yes`, `no gate running`, `not told`
  std::string since;  // where it is in force in every worker
  std::string note;
};

InForce not_told(const Error& error) {
  return {
      "not told", {}, error.message() + "; it reads what was revoked by itself within a second"};
}

InForce put_in_force(const Config& config, const std::string& id) {
  const auto told = ask_gate(config.admin_socket, "/v1/keys/refresh");
  if (!told.ok()) {
    return not_told(told.error());
  }
  if (!*told) {
    return {"no gate running", {}, "no gate is running here; one that starts has it in force"};
  }
  const auto body = get_from_gate(config.admin_socket, "/v1/revocations/" + id);
  if (!body.ok() || !*body) {
    return not_told(body.ok() ? Error(ErrorKind::kUnavailable, "the gate went away")
                              : body.error());
  }
  const auto answer = formats::JsonDocument::parse(**body);
  const auto since = answer.ok() ? answer->root().string("in_force_everywhere_since")
                                 : Result<std::string_view>(answer.error());
  if (!since) {
    return not_told(Error(ErrorKind::kUnavailable, "a worker has not said so yet"));
  }
  return {"yes", std::string(*since),
          fmt::format("in force in every worker of the running gate since {}", *since)};
}

// `text` is a time, or how long from now; empty: nothing.
Result<std::optional<WallTime>> end_of(const std::string& text, WallTime now) {
  if (text.empty()) {
    return std::optional<WallTime>();
  }
  if (const auto span = parse_duration(text)) {
    return std::optional<WallTime>(now + *span);
  }
  const auto time = parse_time(text);
  if (!time) {
    return Error(ErrorKind::kUsage,
                 fmt::format("`{}` is neither a time nor a duration", printable(text)),
                 "such as 8h, or 2026-11-21T18:00:00Z");
  }
  return std::optional<WallTime>(*time);
}

void print(const World& world, Format format, const RevocationRecord& record, WallTime now,
           const InForce& in_force, std::string_view what) {
  if (format == Format::kJson) {
    print_json(world, [&](JsonWriter& json) {
      write_revocation(json, record, now);
      json.member("in_force", in_force.word);
      json.key("in_force_everywhere_since");
      in_force.since.empty() ? json.null() : json.string(in_force.since);
    });
    return;
  }
  world.console.out(fmt::format("{} `{}` {} (revocation {})\n{}\n", name_of(record.kind),
                                printable(record.target), what, record.id, in_force.note));
}

}  // namespace

Result<int> revoke(const World& world, const RevokeOptions& options) {
  TRY(const auto revoking, Revoking::open(world, options.config));
  const WallTime now = world.clock.now();
  const auto kind = store::parse_revoked_kind(options.kind);
  if (!kind) {
    return Error(ErrorKind::kUsage, fmt::format("`{}` cannot be revoked", printable(options.kind)));
  }
  identity::RevocationRequest request{
      .kind = *kind, .target = options.target, .reason = options.reason};
  TRY(request.until, end_of(options.until, now));
  if (!options.issued_before.empty()) {
    const auto time =
        options.issued_before == "now" ? Result<WallTime>(now) : parse_time(options.issued_before);
    if (!time) {
      return Error(ErrorKind::kUsage,
                   fmt::format("`{}` is no time", printable(options.issued_before)),
                   "such as now, or 2026-11-21T18:00:00Z");
    }
    request.issued_before = *time;
  }
  TRY(const RevocationRecord record, revoking->service().revoke(request, now));
  print(world, options.format, record, now, put_in_force(revoking->config(), record.id),
        "is revoked");
  return kFine;
}

Result<int> revoke_list(const World& world, const RevokeListOptions& options) {
  TRY(const auto revoking, Revoking::open(world, options.config));
  const WallTime now = world.clock.now();
  constexpr size_t kPage = 1000;
  std::vector<RevocationRecord> shown;
  for (std::string after;;) {
    TRY(auto page, revoking->service().list(after, kPage));
    const bool last = page.size() < kPage;
    after = last ? std::string() : page.back().id;
    std::ranges::copy_if(page, std::back_inserter(shown), [&](const RevocationRecord& record) {
      return options.all || identity::state_of(record, now) == "in force";
    });
    if (last) {
      break;
    }
  }
  if (options.format == Format::kJson) {
    print_json(world, [&](JsonWriter& json) {
      json.key("revocations").begin_array();
      for (const RevocationRecord& record : shown) {
        json.begin_object();
        write_revocation(json, record, now);
        json.end_object();
      }
      json.end_array();
    });
    return kFine;
  }
  if (shown.empty()) {
    world.console.err(options.all ? "nothing was ever revoked here\n"
                                  : "nothing is revoked; --all shows what was\n");
    return kFine;
  }
  Table table({"revocation", "what", "state", "since", "until", "by", "reason"});
  for (const RevocationRecord& record : shown) {
    const std::string_view state = identity::state_of(record, now);
    std::string what = fmt::format("{} {}", name_of(record.kind), printable(record.target));
    if (record.issued_before) {
      what += fmt::format(", issued before {}", format_time(*record.issued_before));
    }
    table.add({record.id, what,
               world.console.paint(state == "in force" ? Colour::kRed : Colour::kGrey, state),
               format_time(record.requested),
               record.until ? format_time(*record.until) : std::string("-"), printable(record.who),
               printable(record.reason)});
  }
  world.console.out(table.to_string());
  return kFine;
}

Result<int> revoke_lift(const World& world, const RevokeLiftOptions& options) {
  TRY(const auto revoking, Revoking::open(world, options.config));
  const WallTime now = world.clock.now();
  TRY(const RevocationRecord record, revoking->service().lift(options.id, options.reason, now));
  const auto told = ask_gate(revoking->config().admin_socket, "/v1/keys/refresh");
  InForce in_force;
  if (!told.ok()) {
    in_force = not_told(told.error());
  } else if (!*told) {
    in_force = {"no gate running", {}, "no gate is running here"};
  } else {
    in_force = {"yes", {}, "the running gate accepts it again, where nothing else refuses it"};
  }
  print(world, options.format, record, now, in_force, "is not revoked any more");
  return kFine;
}

}  // namespace sally::app
