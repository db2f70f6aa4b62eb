#include "ledger/hold.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <set>
#include <utility>
#include <variant>

#include "base/text.h"

namespace sally::ledger {
namespace {

constexpr std::string_view kHoldTitle = "sallyport legal hold v1";
constexpr std::string_view kReleaseTitle = "sallyport legal hold release v1";
// A statement that was signed long ago may have been signed for another day.
constexpr Millis kReleaseLife = std::chrono::days(30);
constexpr Millis kClockSkew = std::chrono::minutes(10);

Error malformed(std::string_view what) {
  return Error(ErrorKind::kInvalidInput, std::string(what));
}

bool is_line(std::string_view text, size_t most) {
  return !text.empty() && text.size() <= most && printable(text, most) == text;
}

// The lines of a text, each a word and its value, in a fixed order.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  // Whether the next line is `title`, alone; goes on behind it.
  bool title(std::string_view title) {
    const std::string_view line = next();
    if (line != title) {
      return false;
    }
    advance(line);
    return true;
  }
  // The value of the next line, where it begins with `word`; goes on behind it.
  std::optional<std::string_view> value(std::string_view word) {
    const std::string_view line = next();
    if (!line.starts_with(word) || line.substr(word.size(), 1) != " ") {
      return std::nullopt;
    }
    advance(line);
    return line.substr(word.size() + 1);
  }
  [[nodiscard]] bool done() const { return rest_.empty(); }

 private:
  // The next line without its end; empty where there is no whole line.
  [[nodiscard]] std::string_view next() const {
    const size_t end = rest_.find('\n');
    return end == std::string_view::npos ? std::string_view() : rest_.substr(0, end);
  }
  void advance(std::string_view line) { rest_.remove_prefix(line.size() + 1); }

  std::string_view rest_;
};

}  // namespace

std::string Hold::to_text() const {
  std::string out = fmt::format("{}\nlog {}\nhold {}\ntime {}\nmatter {}\n", kHoldTitle, log,
                                id.str(), format_time(placed), matter);
  if (!principal.empty()) {
    out += fmt::format("principal {}\n", principal);
  }
  if (!subject.empty()) {
    out += fmt::format("subject {}\n", subject);
  }
  if (since) {
    out += fmt::format("since {}\n", format_time(*since));
  }
  out += fmt::format("threshold {}\n", threshold);
  for (const tlog::VerifierKey& officer : officers) {
    out += fmt::format("officer {}\n", officer.to_string());
  }
  return out;
}

Result<Hold> Hold::parse(std::string_view text) {
  if (text.size() > kMostText) {
    return malformed("a hold of more bytes than one can have");
  }
  Lines lines(text);
  if (!lines.title(kHoldTitle)) {
    return malformed("not a legal hold");
  }
  const auto log = lines.value("log");
  const auto id = lines.value("hold");
  const auto placed = lines.value("time");
  const auto matter = lines.value("matter");
  if (!log || !id || !placed || !matter) {
    return malformed("a hold without log, id, time and matter");
  }
  TRY(const Ulid ulid, Ulid::parse(*id));
  Hold out{.id = ulid, .log = std::string(*log), .placed = {}, .matter = std::string(*matter)};
  TRY(out.placed, parse_time(*placed));
  if (const auto principal = lines.value("principal")) {
    out.principal = *principal;
  }
  if (const auto subject = lines.value("subject")) {
    out.subject = *subject;
  }
  if (const auto since = lines.value("since")) {
    TRY(out.since, parse_time(*since));
  }
  const auto threshold = lines.value("threshold");
  if (!threshold) {
    return malformed("a hold without a threshold");
  }
  const auto [end, failed] =
      std::from_chars(threshold->data(), threshold->data() + threshold->size(), out.threshold);
  if (failed != std::errc() || end != threshold->data() + threshold->size()) {
    return malformed("a hold whose threshold is no number");
  }
  while (const auto officer = lines.value("officer")) {
    TRY(tlog::VerifierKey key, tlog::VerifierKey::parse(*officer));
    out.officers.push_back(std::move(key));
  }
  if (!lines.done()) {
    return malformed("a hold with lines that it does not have");
  }
  if (const auto good = out.check(); !good) {
    return malformed(good.error().message());
  }
  return out;
}

Result<> Hold::check() const {
  const auto usage = [](std::string message, std::string hint = {}) {
    return Error(ErrorKind::kUsage, std::move(message), std::move(hint));
  };
  if (!is_line(matter, kMostMatter)) {
    return usage("the matter of a hold is one line of text",
                 fmt::format("at most {} bytes", kMostMatter));
  }
  if (!is_line(log, 256) || (!principal.empty() && !is_line(principal, 64)) ||
      (!subject.empty() && !is_line(subject, 64))) {
    return usage("a hold names a log, and at most one principal and one subject");
  }
  if (officers.empty() || officers.size() > kMostOfficers) {
    return usage(fmt::format("a hold has 1 to {} officers", kMostOfficers));
  }
  if (threshold == 0 || threshold > officers.size()) {
    return usage(fmt::format("{} of {} officers cannot release a hold", threshold, officers.size()),
                 "a threshold is at least 1, and at most the number of officers");
  }
  std::set<std::string_view> names;
  std::set<Bytes> keys;
  for (const tlog::VerifierKey& officer : officers) {
    if (officer.type() != tlog::SignatureType::kEd25519) {
      return usage(
          fmt::format("the key of officer `{}` does not sign notes", printable(officer.name())));
    }
    if (!names.insert(officer.name()).second || !keys.insert(officer.key()).second) {
      return usage(fmt::format("officer `{}` stands there twice", printable(officer.name())),
                   "every officer has a name and a key of his own");
    }
  }
  return ok();
}

std::string HoldRelease::to_text() const {
  return fmt::format("{}\nlog {}\nhold {}\nmatter {}\ntime {}\n", kReleaseTitle, log, hold.str(),
                     matter, format_time(time));
}

Result<HoldRelease> HoldRelease::parse(std::string_view text) {
  Lines lines(text);
  if (text.size() > Hold::kMostText || !lines.title(kReleaseTitle)) {
    return malformed("not the release of a legal hold");
  }
  const auto log = lines.value("log");
  const auto id = lines.value("hold");
  const auto matter = lines.value("matter");
  const auto time = lines.value("time");
  if (!log || !id || !matter || !time || !lines.done()) {
    return malformed("a release without log, hold, matter and time");
  }
  TRY(const Ulid ulid, Ulid::parse(*id));
  HoldRelease out{
      .log = std::string(*log), .hold = ulid, .matter = std::string(*matter), .time = {}};
  TRY(out.time, parse_time(*time));
  return out;
}

Result<> check_release(const Hold& hold, std::string_view note_bytes, WallTime now) {
  TRY(const tlog::Note note, tlog::Note::parse(note_bytes));
  TRY(const HoldRelease release, HoldRelease::parse(note.text));
  if (release.hold != hold.id || release.log != hold.log || release.matter != hold.matter) {
    return malformed("the release is of another hold");
  }
  if (release.time < hold.placed) {
    return malformed("the release is older than the hold");
  }
  if (release.time > now + kClockSkew || release.time < now - kReleaseLife) {
    return malformed(fmt::format("the release is of {}, and is good for {} from then on",
                                 format_time(release.time), format_duration(kReleaseLife)));
  }
  const auto count = static_cast<size_t>(std::ranges::count_if(
      hold.officers,
      [&](const tlog::VerifierKey& officer) { return tlog::is_signed_by(note, officer); }));
  if (count < hold.threshold) {
    return Error(ErrorKind::kDenied,
                 fmt::format("{} of {} officers signed the release of hold {}; it takes {}", count,
                             hold.officers.size(), hold.id.str(), hold.threshold),
                 "each officer signs with `sallyport audit hold sign`, on a machine of his own");
  }
  return ok();
}

void Holds::take(uint64_t seq, std::string_view entry) {
  constexpr std::string_view kMark = "\"hold.";
  position_ = seq + 1;
  // Every entry of the log comes by: memmem, because looking for each quotation mark takes long.
  if (entry.empty() || memmem(entry.data(), entry.size(), kMark.data(), kMark.size()) == nullptr) {
    return;
  }
  const auto event = parse_any(entry);
  const auto* change = event ? std::get_if<ChangeEvent>(&*event) : nullptr;
  if (change == nullptr || !change->failure.empty()) {
    return;
  }
  if (change->what == kHoldPlaced) {
    auto hold = Hold::parse(change->after);
    // The first one of an id stands: nobody places another in its stead.
    if (hold && hold->log == origin_) {
      const Ulid id = hold->id;
      active_.try_emplace(id, Active{*std::move(hold), seq});
    }
  } else if (change->what == kHoldReleased) {
    const auto id = Ulid::parse(change->target);
    const auto found = id ? active_.find(*id) : active_.end();
    if (found != active_.end() && check_release(found->second.hold, change->after, change->time)) {
      active_.erase(found);
    }
  }
}

bool Hold::protects_principal(std::string_view id_of_principal) const {
  return subject.empty() && (principal.empty() || principal == id_of_principal);
}
bool Hold::protects_subject(std::string_view tag) const {
  return subject.empty() || subject == tag;
}

namespace {
Error forbidden(const Hold& hold) {
  return Error(ErrorKind::kDenied,
               fmt::format("legal hold {} (`{}`) forbids it", hold.id.str(), hold.matter),
               fmt::format("{} of its {} officers can release it: sallyport audit hold list",
                           hold.threshold, hold.officers.size()));
}
}  // namespace

Result<> Holds::allow_forgetting_principal(std::string_view principal) const {
  for (const auto& [id, active] : active_) {
    if (active.hold.protects_principal(principal)) {
      return forbidden(active.hold);
    }
  }
  return ok();
}

Result<> Holds::allow_forgetting_subject(std::string_view tag) const {
  for (const auto& [id, active] : active_) {
    if (active.hold.protects_subject(tag)) {
      return forbidden(active.hold);
    }
  }
  return ok();
}

}  // namespace sally::ledger
