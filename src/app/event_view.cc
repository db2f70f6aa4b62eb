#include "app/event_view.h"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "base/text.h"

namespace sally::app {
namespace {

Colour colour_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kAllowed:
      return Colour::kGreen;
    case Outcome::kRefused:
      return Colour::kRed;
    case Outcome::kFailed:
      return Colour::kYellow;
    case Outcome::kCancelled:
      return Colour::kGrey;
  }
  return Colour::kNone;
}

// `12.3 ms`, `4.56 s`, `87 us`.
std::string show_micros(int64_t micros) {
  if (micros < 1000) {
    return fmt::format("{} us", micros);
  }
  if (micros < 1'000'000) {
    return fmt::format("{:.1f} ms", static_cast<double>(micros) / 1e3);
  }
  return fmt::format("{:.2f} s", static_cast<double>(micros) / 1e6);
}

// `2026-11-20 10:04:11.204`
std::string show_time(WallTime time) {
  std::string text = format_time(time);
  text[10] = ' ';
  text.pop_back();
  return text;
}

// To its column, and never into the next.
std::string padded(std::string_view text, size_t width) {
  std::string out = printable(text, width);
  const size_t wide = width_of(out);
  out.append(wide < width ? width - wide : 0, ' ');
  return out;
}

std::string caller_of(const AccessEvent& event) {
  return event.principal_name.empty() ? event.principal : event.principal_name;
}

constexpr size_t kTimeWidth = 12;
constexpr size_t kDateWidth = 23;
constexpr size_t kOutcomeWidth = 9;
constexpr size_t kRequestWidth = 34;
constexpr size_t kCallerWidth = 14;
constexpr size_t kModelWidth = 18;
constexpr size_t kDurationWidth = 8;

class Explanation {
 public:
  explicit Explanation(const Console& console) : console_(console) {}
  void line(std::string_view label, std::string_view text) {
    out_ += fmt::format(" {}{}\n", console_.paint(Colour::kGrey, padded(label, 10)), text);
  }
  void line_if(std::string_view label, std::string_view text) {
    if (!text.empty()) {
      line(label, printable(text, 400));
    }
  }
  void head(std::string_view text) { out_ += fmt::format("{}\n", text); }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  const Console& console_;
  std::string out_;
};

std::string tokens_of(const AccessEvent& event) {
  if (event.input_tokens < 0 && event.output_tokens < 0) {
    return {};
  }
  auto count = [](int64_t tokens) {
    return tokens < 0 ? std::string("unknown") : fmt::format("{}", tokens);
  };
  return fmt::format("{} in, {} out{}", count(event.input_tokens), count(event.output_tokens),
                     event.tokens_estimated ? ", counted by the gate" : "");
}

}  // namespace

std::string event_heading(Stamp stamp, const Console& console) {
  return console.paint(
      Colour::kGrey,
      fmt::format("{} {} {} {} {} {} {} {}\n",
                  padded("time", stamp == Stamp::kTime ? kTimeWidth : kDateWidth),
                  padded("decision", kOutcomeWidth), "code", padded("request", kRequestWidth),
                  padded("caller", kCallerWidth), padded("model", kModelWidth),
                  padded("took", kDurationWidth), "id"));
}

namespace {

std::string access_line(const ledger::RecordedEvent& recorded, Stamp stamp,
                        const Console& console) {
  const AccessEvent& event = recorded.event;
  std::string line = fmt::format(
      "{} {} {:>4} {} {} {} {} {}", show_time(event.time).substr(stamp == Stamp::kTime ? 11 : 0),
      console.paint(colour_of(event.outcome), padded(name_of(event.outcome), kOutcomeWidth)),
      event.status, padded(event.method + " " + event.path, kRequestWidth),
      padded(caller_of(event), kCallerWidth), padded(event.model, kModelWidth),
      padded(show_micros(event.duration_us), kDurationWidth), event.id.str());
  if (event.refusal) {
    line +=
        fmt::format("  {} {}", name_of(event.refusal->stage), printable(event.refusal->rule, 60));
  }
  if (recorded.findings_total > 0) {
    line += console.paint(Colour::kYellow, fmt::format("  {} finding{}", recorded.findings_total,
                                                       recorded.findings_total == 1 ? "" : "s"));
  }
  return line + "\n";
}

// The columns of event_line, for what is no access: `word` where the decision stands.
std::string other_line(std::string_view word, Colour colour, std::string_view what,
                       std::string_view who, const ledger::AnyEvent& event, Stamp stamp,
                       const Console& console) {
  return fmt::format("{} {} {:>4} {} {} {} {} {}",
                     show_time(ledger::time_of(event)).substr(stamp == Stamp::kTime ? 11 : 0),
                     console.paint(colour, padded(word, kOutcomeWidth)), "",
                     padded(what, kRequestWidth), padded(who, kCallerWidth),
                     padded("", kModelWidth), padded("", kDurationWidth),
                     ledger::id_of(event).str());
}

std::string explain_change(const ChangeEvent& event, const Console& console) {
  Explanation out(console);
  out.head(fmt::format("{}  {}  {} {}",
                       event.failure.empty()
                           ? console.paint(Colour::kBold, padded("changed", kOutcomeWidth))
                           : console.paint(Colour::kYellow, padded("failed", kOutcomeWidth)),
                       show_time(event.time), printable(event.what), printable(event.target)));
  out.line("by", fmt::format("{}{}", printable(event.who),
                             event.from.empty() ? "" : ", from " + printable(event.from)));
  out.line_if("reason", event.reason);
  out.line_if("failed", event.failure);
  out.line_if("before", event.before);
  out.line_if("after", event.after);
  out.line("id", event.id.str());
  return out.take();
}

std::string explain_notice(const NoticeEvent& event, const Console& console) {
  const NoticeRow& row = row_of(event.notice);
  Explanation out(console);
  out.head(fmt::format("{}  {}  {} ({})",
                       console.paint(Colour::kYellow, padded("notice", kOutcomeWidth)),
                       show_time(event.time), row.title, name_of(row.severity)));
  out.line("kind", row.name);
  out.line_if("detail", event.detail);
  out.line("id", event.id.str());
  return out.take();
}

std::string explain_access(const ledger::RecordedEvent& recorded, const Console& console) {
  const AccessEvent& event = recorded.event;
  Explanation out(console);
  std::string head = fmt::format(
      "{}  {}  {} {}",
      console.paint(colour_of(event.outcome), padded(name_of(event.outcome), kOutcomeWidth)),
      show_time(event.time), printable(event.method), printable(event.path, 200));
  if (!event.model.empty()) {
    head += fmt::format("  model {}", printable(event.model));
  }
  out.head(head);
  if (event.refusal) {
    const Refusal& refusal = *event.refusal;
    out.line("by", refusal.rule == name_of(refusal.stage)
                       ? refusal.rule
                       : fmt::format("{}, at stage {}", printable(refusal.rule, 200),
                                     name_of(refusal.stage)));
    out.line_if("seen", refusal.seen);
    out.line_if("expected", refusal.expected);
    out.line_if("hint", refusal.hint);
  } else {
    out.line_if("by", rule_of(event));
  }
  if (event.break_glass) {
    out.line("", "a grant breaks the glass: the policies did not allow it");
  }
  std::string caller = event.principal.empty() ? "unknown" : printable(event.principal);
  if (!event.principal_name.empty()) {
    caller = fmt::format("{} {} ({})", name_of(event.principal_kind),
                         printable(event.principal_name), caller);
  }
  if (!event.team.empty()) {
    caller += fmt::format(" of team {}", printable(event.team));
  }
  if (!event.acts_for.empty()) {
    caller += fmt::format(", acting for {}", printable(event.acts_for));
  }
  if (!event.workload.empty() && event.workload != event.principal) {
    caller += fmt::format(", on {}", printable(event.workload));
  }
  out.line("caller", fmt::format("{}, from {}", caller, printable(event.source)));
  out.line_if("grants", event.grants);
  out.line("answer", event.status == 0
                         ? std::string("none was sent")
                         : fmt::format("{}{}, {} bytes", event.status,
                                       event.stream ? ", streamed" : "", event.response_bytes));
  if (!event.route.empty()) {
    out.line("route", fmt::format("{} ({}), action {}", printable(event.route),
                                  printable(event.protocol), printable(event.action)));
  }
  if (!event.upstream.empty()) {
    out.line("upstream",
             fmt::format("{}{}, status {}, {} attempt{}", printable(event.upstream),
                         event.upstream_model.empty()
                             ? ""
                             : fmt::format(" as {}", printable(event.upstream_model)),
                         event.upstream_status, event.attempts, event.attempts == 1 ? "" : "s"));
  }
  for (const Finding& finding : event.findings) {
    std::string more =
        finding.confidence < 100 ? fmt::format(", {} % sure", finding.confidence) : std::string();
    if (finding.provenance != Provenance::kUnknown) {
      more += fmt::format(", from {}", name_of(finding.provenance));
    }
    for (const std::string& reason : finding.reasons) {
      more += fmt::format(", {}", printable(reason));
    }
    out.line("finding",
             fmt::format("{} ({}) in the {}, {} at {}, {} bytes{}{}", printable(finding.rule),
                         name_of(finding.severity), name_of(finding.direction),
                         printable(finding.place), finding.offset, finding.length, more,
                         finding.handling == Handling::kSeen
                             ? std::string()
                             : fmt::format(", {}", name_of(finding.handling))));
  }
  if (recorded.findings_total > event.findings.size()) {
    out.line("", fmt::format("and {} more", recorded.findings_total - event.findings.size()));
  }
  out.line("inspected", fmt::format("request {}, answer {}", name_of(event.request_coverage),
                                    name_of(event.response_coverage)));
  out.line_if("tokens", tokens_of(event));
  std::string took = show_micros(event.duration_us);
  if (event.upstream_us > 0) {
    took += fmt::format(", of it {} upstream, first byte after {}", show_micros(event.upstream_us),
                        show_micros(event.first_byte_us));
  }
  out.line("took", took);
  out.line("id", event.id.str());
  return out.take();
}

}  // namespace

std::string event_line(const ledger::AnyEvent& event, Stamp stamp, const Console& console) {
  if (const auto* const access = std::get_if<ledger::RecordedEvent>(&event)) {
    return access_line(*access, stamp, console);
  }
  if (const auto* const change = std::get_if<ChangeEvent>(&event)) {
    const bool done = change->failure.empty();
    return other_line(done ? "changed" : "failed", done ? Colour::kBold : Colour::kYellow,
                      change->what + " " + change->target, change->who, event, stamp, console) +
           (done ? "" : "  " + printable(change->failure, 60)) + "\n";
  }
  if (const auto* const notice = std::get_if<NoticeEvent>(&event)) {
    return other_line("notice", Colour::kYellow, row_of(notice->notice).title, "", event, stamp,
                      console) +
           "  " + printable(notice->detail, 60) + "\n";
  }
  return other_line("other", Colour::kGrey,
                    fmt::format("class {}", std::get<ledger::OtherEvent>(event).class_uid), "",
                    event, stamp, console) +
         "\n";
}

std::string explain_event(const ledger::AnyEvent& event, const Console& console) {
  if (const auto* const access = std::get_if<ledger::RecordedEvent>(&event)) {
    return explain_access(*access, console);
  }
  if (const auto* const change = std::get_if<ChangeEvent>(&event)) {
    return explain_change(*change, console);
  }
  if (const auto* const notice = std::get_if<NoticeEvent>(&event)) {
    return explain_notice(*notice, console);
  }
  return event_line(event, Stamp::kDate, console);
}

}  // namespace sally::app
