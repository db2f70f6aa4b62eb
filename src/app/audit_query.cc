// `explain`, `watch`, `audit query` and `audit tail`: what the ledger tells.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/audit.h"
#include "app/commands.h"
#include "app/decision_view.h"
#include "app/event_view.h"
#include "app/follow.h"
#include "base/text.h"

namespace sally::app {
namespace {

using ledger::AnyEvent;
using ledger::Visit;

constexpr size_t kShownBefore = 10;

Result<std::optional<Outcome>> parse_outcome(const std::string& text) {
  constexpr std::array<Outcome, 4> kAll = {Outcome::kAllowed, Outcome::kRefused, Outcome::kFailed,
                                           Outcome::kCancelled};
  if (text.empty()) {
    return std::optional<Outcome>();
  }
  for (const Outcome outcome : kAll) {
    if (name_of(outcome) == text) {
      return std::optional<Outcome>(outcome);
    }
  }
  return Error(ErrorKind::kUsage, fmt::format("`--outcome {}` is none", printable(text)),
               "allowed, refused, failed or cancelled");
}

Result<ledger::EventQuery> query_of(const AuditQueryOptions& options, WallTime now) {
  ledger::EventQuery query;
  TRY(query.since, parse_when("--since", options.since, now));
  TRY(query.until, parse_when("--until", options.until, now));
  TRY(query.outcome, parse_outcome(options.outcome));
  query.principal = options.principal;
  query.model = options.model;
  query.route = options.route;
  query.action = options.action;
  if (options.status != 0) {
    query.status = options.status;
  }
  query.finding = options.finding;
  query.change = options.change;
  query.text = options.text;
  return query;
}

LogView::Visitor printer(const World& world, Format format, Stamp stamp) {
  return [&world, format, stamp](uint64_t seq, const AnyEvent& event,
                                 std::string_view entry) -> Result<Visit> {
    if (format == Format::kJson) {
      std::string line;
      ledger::append_line(line, seq, entry);
      world.console.out(line);
    } else {
      world.console.out(event_line(event, stamp, world.console));
    }
    return Visit::kContinue;
  };
}

void print_heading(const World& world, Format format, Stamp stamp) {
  if (format == Format::kText) {
    world.console.out(event_heading(stamp, world.console));
  }
}

Result<int> show_tail(const World& world, LogView& view, Format format, Stamp stamp, uint64_t count,
                      bool go_on) {
  TRY(const uint64_t end, view.size());
  const uint64_t kept = end - std::min(end, view.first());
  const uint64_t from = count == 0 ? view.first() : end - std::min(count, kept);
  const LogView::Visitor print = printer(world, format, stamp);
  print_heading(world, format, stamp);
  if (go_on) {
    TRY_OK(follow(view, from, print, [&](uint64_t) {
      world.console.flush();
      return ok();
    }));
    return kFine;
  }
  TRY_OK(view.read(from, end - from, print));
  if (view.unreadable() > 0) {
    world.console.err(fmt::format("{} of the entries are no events\n", view.unreadable()));
  }
  return kFine;
}

}  // namespace

Result<std::optional<WallTime>> parse_when(std::string_view option, const std::string& text,
                                           WallTime now) {
  if (text.empty()) {
    return std::optional<WallTime>();
  }
  if (const auto ago = parse_duration(text); ago.ok()) {
    return std::optional<WallTime>(now - *ago);
  }
  const auto time = parse_time(text);
  if (!time.ok()) {
    return Error(ErrorKind::kUsage, fmt::format("`{} {}` is no time", option, printable(text)),
                 "a time is 2026-11-20T10:04:11Z, or how long ago: 15m, 2h, 7d");
  }
  return std::optional<WallTime>(*time);
}

Result<LogView> open_log(const World& world, const std::string& folder, const std::string& config) {
  if (!folder.empty()) {
    return LogView::open(folder);
  }
  TRY(const ConfigPtr read, open_config(world, config, Reading::kPaths));
  return LogView::open(read->ledger.folder);
}

Result<int> explain(const World& world, const ExplainOptions& options) {
  const auto id = Ulid::parse(options.id);
  if (!id.ok()) {
    return Error(ErrorKind::kUsage, fmt::format("`{}` is no explanation id", printable(options.id)),
                 "it has 26 characters and stands in the refusal and in the field `sallyport-id`");
  }
  TRY(LogView view, open_log(world, options.folder, options.config));
  // A log in a folder of its own may be from another machine, which has the policies.
  ConfigPtr config;
  if (options.folder.empty()) {
    TRY(config, open_config(world, options.config, Reading::kPaths));
  }
  const LogView::Visitor print = printer(world, options.format, Stamp::kDate);
  TRY_OK(view.find(
      *id, [&](uint64_t seq, const AnyEvent& event, std::string_view entry) -> Result<Visit> {
        if (options.format == Format::kJson) {
          return print(seq, event, entry);
        }
        world.console.out(explain_event(event, world.console));
        if (const auto* access = std::get_if<ledger::RecordedEvent>(&event);
            access != nullptr && config != nullptr) {
          world.console.out(decision_text(*config, *access, world.console));
        }
        return Visit::kStop;
      }));
  return kFine;
}

Result<int> audit_tail(const World& world, const AuditTailOptions& options) {
  TRY(LogView view, open_log(world, options.folder, options.config));
  return show_tail(world, view, options.format, Stamp::kDate, options.count, options.follow);
}

Result<int> watch(const World& world, const WatchOptions& options) {
  TRY(LogView view, open_log(world, options.folder, options.config));
  return show_tail(world, view, options.format, Stamp::kTime, kShownBefore, true);
}

Result<int> audit_query(const World& world, const AuditQueryOptions& options) {
  TRY(const ledger::EventQuery query, query_of(options, world.clock.now()));
  TRY(LogView view, open_log(world, options.folder, options.config));
  print_heading(world, options.format, Stamp::kDate);
  TRY_OK(view.search(query, options.count, printer(world, options.format, Stamp::kDate)));
  world.console.flush();
  if (view.indexed() > 0) {
    world.console.err(
        fmt::format("indexed {} new event{}\n", view.indexed(), view.indexed() == 1 ? "" : "s"));
  }
  for (const std::string& note : view.notes()) {
    world.console.err(note + "\n");
  }
  return kFine;
}

}  // namespace sally::app
