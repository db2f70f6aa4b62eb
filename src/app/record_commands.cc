// `explain`, `audit` and `watch`: what the record tells.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <ctime>
#include <deque>

#include "app/commands.h"
#include "app/event_view.h"
#include "base/ids.h"
#include "base/text.h"
#include "formats/json/writer.h"
#include "ledger/file_reader.h"

namespace sally::app {
namespace {

using ledger::RecordedEvent;
using ledger::RecordReader;
using ledger::RecordTail;
using ledger::Visit;

constexpr timespec kPause = {.tv_sec = 0, .tv_nsec = 100'000'000};
constexpr size_t kShownBefore = 10;

volatile std::sig_atomic_t stop_asked = 0;
void ask_to_stop(int) {
  stop_asked = 1;
}

// Until ctrl-c: shows what is recorded from now on, and the last `before` events.
Result<int> follow(const std::string& path, size_t before, const World& world,
                   const RecordReader::Visitor& visitor) {
  TRY(RecordTail tail, RecordTail::at_end(path, before));
  struct sigaction action{};
  action.sa_handler = ask_to_stop;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  while (stop_asked == 0) {
    TRY_OK(tail.poll(visitor));
    world.console.flush();
    ::nanosleep(&kPause, nullptr);
  }
  return kFine;
}

RecordReader::Visitor printer(const World& world, Format format, Stamp stamp) {
  if (format == Format::kJson) {
    return [&world](const RecordedEvent&, std::string_view line) {
      world.console.out(line);
      world.console.out("\n");
      return Visit::kContinue;
    };
  }
  return [&world, stamp](const RecordedEvent& event, std::string_view) {
    world.console.out(event_line(event, stamp, world.console));
    return Visit::kContinue;
  };
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

Result<ledger::Query> query_of(const AuditOptions& options, WallTime now) {
  ledger::Query query;
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

// The last `count` events that match, oldest of them first.
Result<int> show_events(const World& world, const AuditOptions& options, const ledger::Query& query,
                        const std::string& path) {
  TRY(const RecordReader reader, RecordReader::open(path));
  const RecordReader::Visitor print = printer(world, options.format, Stamp::kDate);
  if (options.format == Format::kText) {
    world.console.out(event_heading(Stamp::kDate, world.console));
  }
  if (options.count == 0) {
    TRY_OK(reader.visit(query, ledger::Order::kOldestFirst, print));
    return kFine;
  }
  struct Kept {
    RecordedEvent event;
    std::string line;
  };
  std::deque<Kept> kept;
  TRY_OK(reader.visit(query, ledger::Order::kNewestFirst,
                      [&](const RecordedEvent& event, std::string_view line) {
                        kept.push_front({event, std::string(line)});
                        return kept.size() < options.count ? Visit::kContinue : Visit::kStop;
                      }));
  for (const Kept& one : kept) {
    print(one.event, one.line);
  }
  return kFine;
}

std::string verify_json(const ledger::VerifyReport& report) {
  std::string out;
  formats::JsonWriter json(out);
  json.begin_object();
  json.member("good", report.good());
  json.member("files", report.files).member("events", report.events);
  json.member("first_seq", report.first_seq).member("last_seq", report.last_seq);
  json.member("torn_bytes", report.torn_bytes).member("problem_count", report.problem_count);
  json.key("problems").begin_array();
  for (const auto& problem : report.problems) {
    json.begin_object();
    json.member("file", problem.file.string()).member("line", problem.line);
    json.member("what", problem.what).end_object();
  }
  json.end_array();
  json.member("assessed", "form: whole events, numbers without gaps, unique ids");
  json.member("not_assessed", "whether somebody who may write the files rewrote them");
  json.end_object();
  json.finish();
  return out + "\n";
}

}  // namespace

Result<int> explain(const World& world, const ExplainOptions& options) {
  const auto id = Ulid::parse(options.id);
  if (!id.ok()) {
    return Error(ErrorKind::kUsage, fmt::format("`{}` is no explanation id", printable(options.id)),
                 "it has 26 characters and stands in the refusal and in the field `sallyport-id`");
  }
  TRY(const ConfigPtr config, open_config(world, options.config, Reading::kPaths));
  TRY(const RecordReader reader, RecordReader::open(config->record.path));
  const auto found = reader.find(id->str());
  if (!found.ok()) {
    if (found.error().kind() == ErrorKind::kNotFound) {
      return Error(ErrorKind::kNotFound, found.error().message(),
                   fmt::format("looked in `{}` and the files beside it", config->record.path));
    }
    return found.error();
  }
  if (options.format == Format::kJson) {
    std::string line;
    std::string object;
    ledger::append_event(object, found->event);
    ledger::append_line(line, found->seq, object);
    world.console.out(line);
  } else {
    world.console.out(explain_event(*found, world.console));
  }
  return kFine;
}

Result<int> audit_tail(const World& world, const AuditOptions& options) {
  TRY(const ConfigPtr config, open_config(world, options.config, Reading::kPaths));
  if (!options.follow) {
    return show_events(world, options, {}, config->record.path);
  }
  return follow(config->record.path, options.count, world,
                printer(world, options.format, Stamp::kDate));
}

Result<int> audit_query(const World& world, const AuditOptions& options) {
  TRY(const ConfigPtr config, open_config(world, options.config, Reading::kPaths));
  TRY(const ledger::Query query, query_of(options, world.clock.now()));
  return show_events(world, options, query, config->record.path);
}

Result<int> record_verify(const World& world, const AuditVerifyOptions& options) {
  TRY(const ConfigPtr config, open_config(world, options.config, Reading::kPaths));
  TRY(const RecordReader reader, RecordReader::open(config->record.path));
  TRY(const ledger::VerifyReport report, reader.verify());
  const int status = report.good() ? kFine : kNo;
  if (options.format == Format::kJson) {
    world.console.out(verify_json(report));
    return status;
  }
  for (const auto& problem : report.problems) {
    world.console.out(fmt::format("{}:{}: {}\n", problem.file.string(), problem.line,
                                  printable(problem.what, 200)));
  }
  if (report.problem_count > report.problems.size()) {
    world.console.out(fmt::format("and {} more\n", report.problem_count - report.problems.size()));
  }
  world.console.out(fmt::format(
      "{}: {} event{} in {} file{}{}\n",
      report.good()
          ? world.console.paint(Colour::kGreen, "good")
          : world.console.paint(Colour::kRed, fmt::format("{} problem{}", report.problem_count,
                                                          report.problem_count == 1 ? "" : "s")),
      report.events, report.events == 1 ? "" : "s", report.files, report.files == 1 ? "" : "s",
      report.events == 0 ? ""
                         : fmt::format(", numbers {} to {}", report.first_seq, report.last_seq)));
  world.console.out("looked at form only: this record does not show what its owner rewrote\n");
  return status;
}

Result<int> watch(const World& world, const WatchOptions& options) {
  TRY(const ConfigPtr config, open_config(world, options.config, Reading::kPaths));
  if (options.format == Format::kText) {
    world.console.out(event_heading(Stamp::kTime, world.console));
    world.console.flush();
  }
  return follow(config->record.path, kShownBefore, world,
                printer(world, options.format, Stamp::kTime));
}

}  // namespace sally::app
