// `sallyport access`: roles for a time, and breaking the glass, by the gate's own user on its
// machine: as itself, or in the name of another.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>

#include "app/access.h"
#include "app/changes.h"
#include "app/commands.h"
#include "app/in_force.h"
#include "app/print_json.h"
#include "base/text.h"
#include "identity/grants/service.h"
#include "store/state.h"

namespace sally::app {
namespace {

using formats::JsonWriter;
using identity::GrantActor;
using store::GrantRecord;
using store::GrantState;

constexpr size_t kMaxPrincipal = 256;

// The configuration, its state and the service over them.
class Access {
 public:
  static Result<std::unique_ptr<Access>> open(const World& world, const std::string& config_path) {
    TRY(ConfigPtr config, open_config(world, config_path, Reading::kPaths));
    TRY(auto state, store::open_state(config->state_url, store::IfMissing::kCreate));
    return std::unique_ptr<Access>(new Access(std::move(config), std::move(state), world));
  }

  [[nodiscard]] const Config& config() const { return *config_; }
  [[nodiscard]] identity::GrantService& service() { return service_; }

  // The local user, or the principal in whose name he acts: an id, or the name of the one live key
  // that is called so.
  Result<GrantActor> actor(const std::string& as, WallTime now) {
    GrantActor out{.who = local_place(), .from = local_place(), .operates = as.empty()};
    if (as.empty()) {
      return out;
    }
    out.who = as;
    if (as.find('/') != std::string::npos) {
      return as.size() <= kMaxPrincipal && printable(as, kMaxPrincipal) == as
                 ? Result<GrantActor>(std::move(out))
                 : Error(ErrorKind::kUsage, fmt::format("`{}` is no principal's id", printable(as)),
                         "as events have it: key_..., ISSUER/SUBJECT or spiffe://...");
    }
    TRY(const store::KeyRecord key, live_key(as, now));
    out.who = key.id.str();
    out.team = key.team.str();
    return out;
  }
  // The same where nobody does it for himself.
  Result<GrantActor> named(const std::string& as, WallTime now) {
    if (as.empty()) {
      return Error(ErrorKind::kUsage, "whose access it is was not said",
                   "--as key_..., the name of a key, ISSUER/SUBJECT or spiffe://...");
    }
    return actor(as, now);
  }

 private:
  Access(ConfigPtr config, std::unique_ptr<store::State> state, const World& world)
      : config_(std::move(config)),
        state_(std::move(state)),
        service_(*state_, config_->roles, world.random,
                 record_grant_changes(world.clock, world.random)) {}

  Result<store::KeyRecord> live_key(const std::string& named, WallTime now) {
    std::vector<store::KeyRecord> keys;
    TRY_OK(state_->read([&](store::Transaction& transaction) -> Result<> {
      TRY(keys, transaction.keys().list());
      return ok();
    }));
    std::erase_if(keys, [&](const store::KeyRecord& key) {
      const bool live = !key.revoked && (!key.expires || *key.expires > now);
      return !live || (key.id.str() != named && key.name != named);
    });
    if (keys.size() != 1) {
      return Error(keys.empty() ? ErrorKind::kNotFound : ErrorKind::kConflict,
                   keys.empty() ? fmt::format("no live key `{}`", printable(named))
                                : fmt::format("{} live keys have the name `{}`", keys.size(),
                                              printable(named)),
                   "say which by its id: `sallyport key list`; a user is ISSUER/SUBJECT");
    }
    return keys.front();
  }

  ConfigPtr config_;
  std::unique_ptr<store::State> state_;
  identity::GrantService service_;
};

// What became of a grant by this command.
void tell(const World& world, Format format, const GrantRecord& grant, const InForce& in_force,
          WallTime now) {
  if (format == Format::kJson) {
    print_json(world, [&](JsonWriter& json) {
      write_grant(json, grant, now);
      json.member("in_force", in_force.word);
    });
    return;
  }
  world.console.out(fmt::format("{}; {}\n", describe_grant(grant, now), in_force.note));
}

// The id alone on standard output, for who goes on with it.
void tell_new(const World& world, Format format, const GrantRecord& grant, const InForce& in_force,
              WallTime now) {
  if (format == Format::kJson) {
    tell(world, format, grant, in_force, now);
    return;
  }
  world.console.out(grant.id + "\n");
  world.console.flush();
  world.console.err(fmt::format("{}; {}\n", describe_grant(grant, now), in_force.note));
}

Result<identity::GrantWish> wish_of(const AccessOptions& options) {
  identity::GrantWish out{.reason = options.reason};
  if (!options.lasts.empty()) {
    TRY(out.lasts, parse_duration(options.lasts));
    if (out.lasts <= Millis(0)) {
      return Error(ErrorKind::kUsage, "access for no time is none", "--for 1h");
    }
  }
  return out;
}

std::string or_dash(const std::string& text) {
  return text.empty() ? "-" : printable(text);
}

std::string joined(const std::vector<std::string>& all, std::string_view none) {
  return all.empty() ? std::string(none) : printable(fmt::format("{}", fmt::join(all, ", ")));
}

std::string minute_of(const std::optional<WallTime>& time) {
  return time ? format_time(*time).substr(0, 16) + "Z" : "-";
}

Colour colour_of(const GrantRecord& grant, WallTime now) {
  if (identity::state_at(grant, now) != GrantState::kActive) {
    return Colour::kGrey;
  }
  return grant.break_glass ? Colour::kRed : Colour::kGreen;
}

std::string show_text(const World& world, const GrantRecord& grant, WallTime now) {
  std::string out;
  const auto line = [&](std::string_view label, std::string_view text) {
    out += fmt::format(" {}{}\n", world.console.paint(Colour::kGrey, fmt::format("{:<10}", label)),
                       text);
  };
  out += fmt::format("{}\n", describe_grant(grant, now));
  line("reason", printable(grant.reason, identity::kMaxReason));
  line("for", format_duration(grant.lasts));
  line("requested", fmt::format("{} by {}, from {}", format_time(grant.requested),
                                printable(grant.principal), or_dash(grant.from)));
  for (const store::GrantApproval& approval : grant.approvals) {
    line("approved", fmt::format("{} by {}, from {}", format_time(approval.at),
                                 printable(approval.who), or_dash(approval.from)));
  }
  if (grant.activated) {
    line("active", fmt::format("{} to {}", format_time(*grant.activated),
                               format_time(grant.closed.value_or(*grant.ends))));
  }
  if (grant.closed) {
    line("closed", fmt::format("{} by {}: {}", format_time(*grant.closed),
                               printable(grant.closed_by), printable(grant.closed_why)));
  }
  line("id", grant.id);
  return out;
}

}  // namespace

Result<int> access_roles(const World& world, const AccessOptions& options) {
  TRY(const ConfigPtr config, open_config(world, options.config, Reading::kPaths));
  if (options.format == Format::kJson) {
    print_json(world, [&](JsonWriter& json) {
      json.key("roles").begin_array();
      for (const identity::Role& role : config->roles) {
        json.begin_object();
        write_role(json, role);
        json.end_object();
      }
      json.end_array();
    });
    return kFine;
  }
  if (config->roles.empty()) {
    world.console.err(
        "the configuration declares no role\n"
        "hint: access: {roles: {on-call: {approvers: [team:security]}}}\n");
    return kFine;
  }
  Table table({"role", "approvals", "approvers", "requesters", "longest", "break-glass"});
  for (const identity::Role& role : config->roles) {
    table.add({role.name, role.approvers.empty() ? "-" : fmt::format("{}", role.approvals),
               joined(role.approvers, "-"), joined(role.requesters, "whoever is known"),
               format_duration(role.longest),
               role.break_glass ? joined(role.holders, "-") : std::string("-")});
  }
  world.console.out(table.to_string());
  return kFine;
}

Result<int> access_request(const World& world, const AccessOptions& options) {
  TRY(const auto access, Access::open(world, options.config));
  const WallTime now = world.clock.now();
  TRY(const GrantActor actor, access->named(options.as, now));
  TRY(const identity::GrantWish wish, wish_of(options));
  TRY(const GrantRecord grant, access->service().request(options.role, actor, wish, now));
  tell_new(world, options.format, grant, put_in_force(access->config()), now);
  return kFine;
}

Result<int> access_break_glass(const World& world, const AccessOptions& options) {
  TRY(const auto access, Access::open(world, options.config));
  const WallTime now = world.clock.now();
  TRY(const GrantActor actor, access->named(options.as, now));
  TRY(const identity::GrantWish wish, wish_of(options));
  TRY(const GrantRecord grant, access->service().break_glass(options.role, actor, wish, now));
  tell_new(world, options.format, grant, put_in_force(access->config()), now);
  return kFine;
}

Result<int> access_approve(const World& world, const AccessOptions& options) {
  TRY(const auto access, Access::open(world, options.config));
  const WallTime now = world.clock.now();
  TRY(const GrantActor actor, access->actor(options.as, now));
  TRY(const GrantRecord grant, access->service().approve(options.id, actor, now));
  tell(world, options.format, grant, put_in_force(access->config()), now);
  return kFine;
}

Result<int> access_deny(const World& world, const AccessOptions& options) {
  TRY(const auto access, Access::open(world, options.config));
  const WallTime now = world.clock.now();
  TRY(const GrantActor actor, access->actor(options.as, now));
  TRY(const GrantRecord grant, access->service().deny(options.id, actor, options.reason, now));
  tell(world, options.format, grant, put_in_force(access->config()), now);
  return kFine;
}

Result<int> access_end(const World& world, const AccessOptions& options) {
  TRY(const auto access, Access::open(world, options.config));
  const WallTime now = world.clock.now();
  TRY(const GrantActor actor, access->actor(options.as, now));
  TRY(const GrantRecord grant, access->service().end(options.id, actor, options.reason, now));
  tell(world, options.format, grant, put_in_force(access->config()), now);
  return kFine;
}

Result<int> access_show(const World& world, const AccessOptions& options) {
  TRY(const auto access, Access::open(world, options.config));
  const WallTime now = world.clock.now();
  TRY(const GrantRecord grant, access->service().find(options.id));
  if (options.format == Format::kJson) {
    print_json(world, [&](JsonWriter& json) { write_grant(json, grant, now); });
  } else {
    world.console.out(show_text(world, grant, now));
  }
  return kFine;
}

Result<int> access_list(const World& world, const AccessOptions& options) {
  TRY(const auto access, Access::open(world, options.config));
  const WallTime now = world.clock.now();
  TRY(const std::vector<GrantRecord> grants, access->service().list(options.count));
  if (options.format == Format::kJson) {
    print_json(world, [&](JsonWriter& json) {
      json.key("grants").begin_array();
      for (const GrantRecord& grant : grants) {
        json.begin_object();
        write_grant(json, grant, now);
        json.end_object();
      }
      json.end_array();
    });
    return kFine;
  }
  if (grants.empty()) {
    world.console.err("nobody asked for access yet\nhint: sallyport access request ROLE\n");
    return kFine;
  }
  Table table({"id", "role", "principal", "state", "approvals", "ends", "reason"});
  for (const GrantRecord& grant : grants) {
    table.add({grant.id, printable(grant.role), printable(grant.principal),
               world.console.paint(colour_of(grant, now), name_of(identity::state_at(grant, now))),
               grant.break_glass ? "break-glass"
                                 : fmt::format("{} of {}", grant.approvals.size(), grant.needed),
               minute_of(grant.closed ? grant.closed : grant.ends), printable(grant.reason, 60)});
  }
  world.console.out(table.to_string());
  return kFine;
}

}  // namespace sally::app
