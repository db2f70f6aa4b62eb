// `access report`: everything that was done with a grant, from the ledger, and whether the ledger
// proves it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <tuple>

#include "app/access.h"
#include "app/audit.h"
#include "app/audit_view.h"
#include "app/commands.h"
#include "app/gate_client.h"
#include "app/print_json.h"
#include "base/text.h"
#include "store/state.h"
#include "verifier/log_verifier.h"

namespace sally::app {
namespace {

using formats::JsonWriter;
using ledger::AnyEvent;
using ledger::Visit;
using store::GrantRecord;

constexpr size_t kMostWaiting = 10'000;

// Uses of one kind.
struct Use {
  uint64_t count = 0;
  uint64_t by_break_glass = 0;
  WallTime first{};
  WallTime last{};
};

struct Step {
  uint64_t seq = 0;
  ChangeEvent event;
};

// What the ledger tells of a grant.
struct Trace {
  // Action, resource, outcome.
  std::map<std::tuple<std::string, std::string, std::string>, Use> uses;
  uint64_t accesses = 0;
  uint64_t by_break_glass = 0;
  std::vector<Step> steps;  // in their order
  std::optional<uint64_t> first_entry;
  uint64_t last_entry = 0;
  std::vector<std::string> notes;  // what was not looked at
};

// Whether the ledger proves the entries of a trace.
struct Proof {
  bool good = false;
  uint64_t entries = 0;  // covered by the checkpoint
  std::string why_not;   // where it does not
};

bool has_word(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const size_t end = std::min(words.find(' '), words.size());
    if (words.substr(0, end) == word) {
      return true;
    }
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

std::string resource_of(const AccessEvent& event) {
  if (!event.tool.empty()) {
    return event.route + "/" + event.tool;
  }
  return event.model.empty() ? event.route : event.model;
}

void add_use(Trace& out, const AccessEvent& event) {
  Use& use = out.uses[{event.action, resource_of(event), std::string(name_of(event.outcome))}];
  if (use.count++ == 0) {
    use.first = event.time;
  }
  use.last = event.time;
  use.by_break_glass += event.break_glass ? 1U : 0U;
  ++out.accesses;
  out.by_break_glass += event.break_glass ? 1U : 0U;
}

Result<Trace> trace(const World& world, const AccessOptions& options, const GrantRecord& grant) {
  Trace out;
  TRY(LogView view, open_log(world, {}, options.config));
  // Events are asked for by their words; that one is about this grant is looked at here.
  ledger::EventQuery query;
  query.since = grant.requested - std::chrono::seconds(1);
  query.text = grant.id;
  TRY_OK(view.search(query, 0,
                     [&](uint64_t seq, const AnyEvent& event, std::string_view) -> Result<Visit> {
                       const auto* access = std::get_if<ledger::RecordedEvent>(&event);
                       const auto* change = std::get_if<ChangeEvent>(&event);
                       if (access != nullptr && has_word(access->event.grants, grant.id)) {
                         add_use(out, access->event);
                       } else if (change != nullptr && change->target == grant.id &&
                                  change->what.starts_with("access.")) {
                         out.steps.push_back({seq, *change});
                       } else {
                         return Visit::kContinue;
                       }
                       out.first_entry = std::min(out.first_entry.value_or(seq), seq);
                       out.last_entry = std::max(out.last_entry, seq);
                       return Visit::kContinue;
                     }));
  out.notes = view.notes();
  return out;
}

// How many steps of the grant wait to be brought to the ledger.
Result<size_t> steps_waiting(store::State& state, const std::string& id) {
  size_t out = 0;
  TRY_OK(state.read([&](store::Transaction& transaction) -> Result<> {
    TRY(const auto waiting, transaction.outbox().list(kMostWaiting));
    out = static_cast<size_t>(std::ranges::count_if(waiting, [&](const store::OutboxEntry& one) {
      return one.entry.find(id) != std::string::npos;
    }));
    return ok();
  }));
  return out;
}

Result<Proof> prove(const Config& config, const Trace& trace, size_t waiting) {
  Proof out;
  verifier::VerifyOptions options{.folder = config.ledger.folder, .policy = {}, .progress = {}};
  TRY(options.policy.log, log_key_in(config.ledger.folder));
  TRY(const verifier::LogReport report, verifier::verify_log(options));
  out.entries = report.checkpoint.size;
  if (waiting > 0) {
    out.why_not =
        fmt::format("{} of its steps wait to be brought there: by a running gate", waiting);
  } else if (!report.good()) {
    out.why_not =
        fmt::format("{} problems: `sallyport audit verify` tells them", report.problem_count);
  } else if (trace.first_entry && trace.last_entry >= report.checkpoint.size) {
    out.why_not = fmt::format("the checkpoint covers {} entries yet", report.checkpoint.size);
  } else if (trace.first_entry && *trace.first_entry < report.pruned) {
    out.why_not = fmt::format("entries before {} were pruned", report.pruned);
  } else {
    out.good = true;
  }
  return out;
}

void write_report(JsonWriter& json, const GrantRecord& grant, const Trace& trace,
                  const Proof& proof, WallTime now) {
  json.key("grant").begin_object();
  write_grant(json, grant, now);
  json.end_object();
  json.key("steps").begin_array();
  for (const Step& step : trace.steps) {
    json.begin_object();
    json.member("entry", step.seq).member("time", format_time(step.event.time));
    json.member("what", step.event.what).member("who", step.event.who);
    json.member("from", step.event.from).member("reason", step.event.reason);
    json.end_object();
  }
  json.end_array();
  json.member("accesses", trace.accesses).member("by_break_glass", trace.by_break_glass);
  json.key("uses").begin_array();
  for (const auto& [what, use] : trace.uses) {
    const auto& [action, resource, outcome] = what;
    json.begin_object();
    json.member("action", action).member("resource", resource).member("outcome", outcome);
    json.member("count", use.count).member("by_break_glass", use.by_break_glass);
    json.member("first", format_time(use.first)).member("last", format_time(use.last));
    json.end_object();
  }
  json.end_array();
  json.key("ledger").begin_object();
  json.key("first_entry");
  if (trace.first_entry) {
    json.number(*trace.first_entry);
  } else {
    json.null();
  }
  json.member("last_entry", trace.last_entry).member("verified", proof.good);
  json.member("why_not", proof.why_not);
  json.end_object();
  json.key("notes").begin_array();
  for (const std::string& note : trace.notes) {
    json.string(note);
  }
  json.end_array();
}

void print_report(const World& world, const GrantRecord& grant, const Trace& trace,
                  const Proof& proof, WallTime now) {
  std::string out = describe_grant(grant, now) + "\n";
  out += fmt::format(" reason: {}\n", printable(grant.reason, identity::kMaxReason));
  for (const Step& step : trace.steps) {
    out += fmt::format(" {}  {:<18} by {}{}\n", format_time(step.event.time), step.event.what,
                       printable(step.event.who),
                       step.event.from.empty() ? "" : ", from " + printable(step.event.from));
  }
  world.console.out(out + "\n");
  if (trace.uses.empty()) {
    world.console.out("no access was made with it\n");
  } else {
    Table table({"action", "resource", "outcome", "count", "by break-glass", "first", "last"});
    for (const auto& [what, use] : trace.uses) {
      const auto& [action, resource, outcome] = what;
      table.add({printable(action), printable(resource), outcome, fmt::format("{}", use.count),
                 fmt::format("{}", use.by_break_glass), format_time(use.first),
                 format_time(use.last)});
    }
    world.console.out(table.to_string());
  }
  if (!trace.first_entry) {
    world.console.out("the ledger has nothing of it\n");
    return;
  }
  world.console.out(fmt::format(
      "ledger entries {} to {}: {}\n", *trace.first_entry, trace.last_entry,
      proof.good ? world.console.paint(Colour::kGreen, "verified")
                 : world.console.paint(Colour::kRed, "not verified, ") + proof.why_not));
}

}  // namespace

Result<int> access_report(const World& world, const AccessOptions& options) {
  TRY(const ConfigPtr config, open_config(world, options.config, Reading::kPaths));
  TRY(const auto state, store::open_state(config->state_url, store::IfMissing::kFail));
  GrantRecord grant;
  TRY_OK(state->read([&](store::Transaction& transaction) -> Result<> {
    TRY(grant, transaction.grants().find(options.id));
    return ok();
  }));
  const WallTime now = world.clock.now();
  // Where no gate runs, or it cannot, what is missing is told below.
  [[maybe_unused]] const auto delivered = ask_gate(config->admin_socket, "/v1/outbox/deliver");
  TRY(const size_t waiting, steps_waiting(*state, grant.id));
  TRY(const Trace found, trace(world, options, grant));
  TRY(const Proof proof, prove(*config, found, waiting));
  if (options.format == Format::kJson) {
    print_json(world, [&](JsonWriter& json) { write_report(json, grant, found, proof, now); });
  } else {
    print_report(world, grant, found, proof, now);
    for (const std::string& note : found.notes) {
      world.console.err(note + "\n");
    }
  }
  return proof.good ? kFine : kNo;
}

}  // namespace sally::app
