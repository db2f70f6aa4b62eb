// `explain`, `audit` and `watch`: what the ledger tells.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <ctime>
#include <deque>
#include <optional>

#include "app/commands.h"
#include "app/event_view.h"
#include "base/ids.h"
#include "base/text.h"
#include "ledger/event_json.h"
#include "ledger/event_query.h"
#include "ledger/log_reader.h"

namespace sally::app {
namespace {

using ledger::LogReader;
using ledger::RecordedEvent;
using ledger::Visit;

constexpr timespec kPause = {.tv_sec = 0, .tv_nsec = 50'000'000};
constexpr size_t kShownBefore = 10;

volatile std::sig_atomic_t stop_asked = 0;
void ask_to_stop(int) {
  stop_asked = 1;
}

// An access event among the entries; nullopt for another kind of event.
Result<std::optional<RecordedEvent>> as_access(uint64_t seq, std::string_view entry) {
  auto event = ledger::parse_event(entry);
  if (!event.ok()) {
    if (event.error().kind() == ErrorKind::kNotFound) {
      return std::optional<RecordedEvent>();
    }
    return event.error().in(fmt::format("entry {}", seq));
  }
  event->seq = seq;
  return std::optional<RecordedEvent>(*std::move(event));
}

void print(const World& world, Format format, Stamp stamp, const RecordedEvent& event,
           std::string_view entry) {
  if (format == Format::kText) {
    world.console.out(event_line(event, stamp, world.console));
    return;
  }
  std::string line;
  ledger::append_line(line, event.seq, entry);
  world.console.out(line);
}

// Until ctrl-c: shows what is recorded from now on, and the last `before` events.
Result<int> follow(const std::string& folder, size_t before, const World& world, Format format,
                   Stamp stamp) {
  TRY(LogReader reader, LogReader::open(folder));
  TRY(uint64_t seq, reader.size());
  seq -= std::min<uint64_t>(before, seq - std::min(seq, reader.first()));
  struct sigaction action{};
  action.sa_handler = ask_to_stop;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  while (stop_asked == 0) {
    Result<> shown = ok();
    TRY_OK(reader.read(seq, UINT64_MAX, [&](uint64_t at, std::string_view entry) {
      const auto event = as_access(at, entry);
      if (!event.ok()) {
        shown = event.error();
        return Visit::kStop;
      }
      if (*event) {
        print(world, format, stamp, **event, entry);
      }
      seq = at + 1;
      return stop_asked == 0 ? Visit::kContinue : Visit::kStop;
    }));
    TRY_OK(std::move(shown));
    world.console.flush();
    ::nanosleep(&kPause, nullptr);
  }
  return kFine;
}

// A time, or how long ago.
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

Result<ledger::EventQuery> query_of(const AuditOptions& options, WallTime now) {
  ledger::EventQuery query;
  TRY(query.since, parse_when("--since", options.since, now));
  TRY(query.until, parse_when("--until", options.until, now));
  TRY(query.outcome, parse_outcome(options.outcome));
  query.principal = options.key;
  query.model = options.model;
  query.route = options.route;
  query.action = options.action;
  if (options.status != 0) {
    query.status = options.status;
  }
  query.text = options.text;
  return query;
}

// The last `count` access events that match, oldest of them first.
Result<int> show_events(const World& world, const AuditOptions& options,
                        const ledger::EventQuery& query, const std::string& folder) {
  TRY(LogReader reader, LogReader::open(folder));
  if (options.format == Format::kText) {
    world.console.out(event_heading(Stamp::kDate, world.console));
  }
  struct Kept {
    RecordedEvent event;
    std::string entry;
  };
  std::deque<Kept> kept;
  Result<> seen = ok();
  TRY_OK(ledger::read_newest_first(reader, [&](uint64_t seq, std::string_view entry) {
    auto event = as_access(seq, entry);
    if (!event.ok()) {
      seen = std::move(event).error();
      return Visit::kStop;
    }
    if (*event && ledger::matches(query, **event)) {
      kept.push_front({**std::move(event), std::string(entry)});
    }
    return options.count == 0 || kept.size() < options.count ? Visit::kContinue : Visit::kStop;
  }));
  TRY_OK(std::move(seen));
  for (const Kept& one : kept) {
    print(world, options.format, Stamp::kDate, one.event, one.entry);
  }
  return kFine;
}

}  // namespace

Result<int> explain(const World& world, const ExplainOptions& options) {
  const auto id = Ulid::parse(options.id);
  if (!id.ok()) {
    return Error(ErrorKind::kUsage, fmt::format("`{}` is no explanation id", printable(options.id)),
                 "it has 26 characters and stands in the refusal and in the field `sallyport-id`");
  }
  TRY(const ConfigPtr config, open_config(world, options.config, Reading::kPaths));
  TRY(LogReader reader, LogReader::open(config->ledger.folder));
  std::optional<RecordedEvent> found;
  std::string found_entry;
  Result<> seen = ok();
  TRY_OK(ledger::read_newest_first(reader, [&](uint64_t seq, std::string_view entry) {
    if (entry.find(id->str()) == std::string_view::npos) {
      return Visit::kContinue;
    }
    auto event = as_access(seq, entry);
    if (!event.ok()) {
      seen = std::move(event).error();
      return Visit::kStop;
    }
    if (*event && (*event)->event.id == *id) {
      found = **std::move(event);
      found_entry = entry;
      return Visit::kStop;
    }
    return Visit::kContinue;
  }));
  TRY_OK(std::move(seen));
  if (!found) {
    return Error(ErrorKind::kNotFound,
                 fmt::format("no event with the id `{}` is in the ledger", options.id),
                 fmt::format("looked in `{}`", config->ledger.folder));
  }
  if (options.format == Format::kJson) {
    print(world, options.format, Stamp::kDate, *found, found_entry);
  } else {
    world.console.out(explain_event(*found, world.console));
  }
  return kFine;
}

Result<int> audit_tail(const World& world, const AuditOptions& options) {
  TRY(const ConfigPtr config, open_config(world, options.config, Reading::kPaths));
  if (!options.follow) {
    return show_events(world, options, {}, config->ledger.folder);
  }
  return follow(config->ledger.folder, options.count, world, options.format, Stamp::kDate);
}

Result<int> audit_query(const World& world, const AuditOptions& options) {
  TRY(const ConfigPtr config, open_config(world, options.config, Reading::kPaths));
  TRY(const ledger::EventQuery query, query_of(options, world.clock.now()));
  return show_events(world, options, query, config->ledger.folder);
}

Result<int> watch(const World& world, const WatchOptions& options) {
  TRY(const ConfigPtr config, open_config(world, options.config, Reading::kPaths));
  if (options.format == Format::kText) {
    world.console.out(event_heading(Stamp::kTime, world.console));
    world.console.flush();
  }
  return follow(config->ledger.folder, kShownBefore, world, options.format, Stamp::kTime);
}

}  // namespace sally::app
