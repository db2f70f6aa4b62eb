// `audit feedback`: what people say of findings, with the texts that were kept, as a file that
// attack-train learns from and `inspect calibrate` reads.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "app/audit_log.h"
#include "app/captured.h"
#include "app/captured_texts.h"
#include "app/changes.h"
#include "app/content_commands.h"
#include "app/line_reader.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "formats/json/document.h"
#include "formats/json/writer.h"

namespace sally::app {
namespace {

constexpr size_t kLongestVerdict = 65'536;
constexpr size_t kMostVerdicts = 100'000;
// Of a longer text, what is written before the finding and in all: attack-train reads no more.
constexpr size_t kBefore = 2'048;
constexpr size_t kMostOfText = 8'192;
// Of the texts in the file, as attack-train tells sources apart.
constexpr std::string_view kSource = "feedback";

struct Verdict {
  Ulid id;
  bool is_attack = false;
  std::string place;  // empty: where attacks were found
  std::string label;  // the kind of attack; empty: as it was found
};

Result<bool> is_attack(std::string_view verdict) {
  if (verdict != "attack" && verdict != "benign") {
    return Error(ErrorKind::kInvalidInput,
                 fmt::format("`{}` is no verdict", printable(verdict, 40)), "attack or benign");
  }
  return verdict == "attack";
}

Result<Verdict> read_verdict(std::string_view line) {
  TRY(const auto document, formats::JsonDocument::parse(line, {.bytes = kLongestVerdict}));
  const formats::JsonValue root = document.root();
  TRY(const auto text, root.string("id"));
  TRY(const Ulid id, Ulid::parse(text));
  Verdict out{.id = id, .place = {}, .label = {}};
  TRY(const auto verdict, root.string("verdict"));
  TRY(out.is_attack, is_attack(verdict));
  if (root.find("place")) {
    TRY(const auto place, root.string("place"));
    out.place = place;
  }
  if (root.find("label")) {
    TRY(const auto label, root.string("label"));
    const auto known = content::parse_attack_label(label);
    if (!out.is_attack || !known || *known == content::AttackLabel::kNone) {
      return Error(ErrorKind::kInvalidInput,
                   fmt::format("`{}` is no kind of attack", printable(label, 40)),
                   "injection, jailbreak, extraction or exfiltration, and only of an attack");
    }
    out.label = label;
  }
  return out;
}

Result<std::vector<Verdict>> read_verdicts(const AuditFeedbackOptions& options) {
  std::vector<Verdict> out;
  if (!options.id.empty()) {
    if (!options.input.empty() || options.verdict.empty()) {
      return Error(ErrorKind::kUsage, "a request is judged by `--verdict`, many by `--input`");
    }
    TRY(const Ulid id, Ulid::parse(options.id));
    TRY(const bool attack, is_attack(options.verdict));
    out.push_back({.id = id, .is_attack = attack, .place = options.place, .label = {}});
    return out;
  }
  if (options.input.empty() || !options.verdict.empty() || !options.place.empty()) {
    return Error(ErrorKind::kUsage, "whose verdict is it?",
                 "name a request and its `--verdict`, or a file of them with `--input`");
  }
  TRY(LineReader reader, LineReader::open(options.input, kLongestVerdict));
  for (;;) {
    TRY(const auto line, reader.next());
    if (!line) {
      return out;
    }
    if (line->empty()) {
      continue;
    }
    auto verdict = read_verdict(*line);
    if (!verdict) {
      return std::move(verdict).error().in(fmt::format("line {}", reader.number()));
    }
    if (out.size() == kMostVerdicts) {
      return Error(ErrorKind::kTooLarge, fmt::format("more than {} verdicts", kMostVerdicts));
    }
    out.push_back(*std::move(verdict));
  }
}

// Where lines go: standard output, or a file that is its owner's alone.
class Lines {
 public:
  static Result<Lines> open(Console& console, const std::string& path) {
    Lines out(console, path);
    if (path != "-") {
      out.fd_ = UniqueFd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
      if (!out.fd_) {
        return out.failure();
      }
    }
    return out;
  }
  Result<> write(std::string_view line) {
    if (!fd_) {
      console_->out(line);
      return ok();
    }
    while (!line.empty()) {
      const ssize_t wrote = ::write(fd_.get(), line.data(), line.size());
      if (wrote < 0 && errno != EINTR) {
        return failure();
      }
      line.remove_prefix(wrote < 0 ? 0 : static_cast<size_t>(wrote));
    }
    return ok();
  }

 private:
  Lines(Console& console, std::string path) : console_(&console), path_(std::move(path)) {}
  [[nodiscard]] Error failure() const {
    return Error(ErrorKind::kIo, fmt::format("cannot write `{}`: {}", printable(path_),
                                             std::generic_category().message(errno)));
  }

  Console* console_;
  std::string path_;
  UniqueFd fd_;
};

// A text that a verdict is about.
struct Judged {
  CapturedText text;
  uint64_t at = 0;    // where in it an attack was found
  std::string label;  // the kind; empty where nobody said
};

// The part of a text around `at`, without what is personal. What was found is never cut.
std::string around(const content::TextFinder& finder, std::string_view text, uint64_t at) {
  auto found = finder.find(text);
  size_t begin = at > kBefore && text.size() > kMostOfText ? at - kBefore : 0;
  size_t end = std::min(text.size(), begin + kMostOfText);
  const auto outside = [&](size_t& edge) {
    for (const content::Found& one : found) {
      if (one.begin < edge && edge < one.end) {
        edge = one.begin;
      }
    }
    while (edge > 0 && edge < text.size() && (static_cast<uint8_t>(text[edge]) & 0xC0U) == 0x80) {
      --edge;
    }
  };
  outside(begin);
  outside(end);
  std::erase_if(found,
                [&](const content::Found& one) { return one.begin < begin || one.end > end; });
  for (content::Found& one : found) {
    one.begin -= begin;
    one.end -= begin;
  }
  return redacted(text.substr(begin, end - begin), found, {});
}

std::string line_of(const content::TextFinder& finder, const Judged& judged, bool is_attack) {
  const std::string_view provenance = name_of(judged.text.provenance);
  std::string out;
  formats::JsonWriter json(out);
  json.begin_object();
  json.member("text", around(finder, judged.text.text, judged.at));
  json.member("source", kSource).member("label", is_attack ? 1 : 0);
  json.member("kind",
              is_attack && !judged.label.empty() ? std::string_view(judged.label) : provenance);
  json.member("provenance", provenance);
  json.end_object();
  json.finish();
  return out + "\n";
}

// Joins verdicts with texts.
class Joiner {
 public:
  Joiner(const World& world, const Config& config, Captured captured, const std::string& reason)
      : world_(world), config_(config), captured_(std::move(captured)), reason_(reason) {}

  // The texts that the verdict is about. kNotFound where there are none.
  Result<std::vector<Judged>> texts_of(const AccessEvent& event, const Verdict& verdict,
                                       store::State& state) {
    TRY(const auto kept, captured_.content->find(event.id, [&](const capture::SubjectTag& tag) {
      return captured_.keys->find(tag);
    }));
    if (kept.empty()) {
      return Error(ErrorKind::kNotFound, "no content is kept of it",
                   config_.capture->settings.mode == capture::Mode::kContent
                       ? "it was never captured, or it was forgotten, or it was too old"
                       : "bodies are kept with `capture.mode: content`");
    }
    // Whoever looks is seen, before he sees anything.
    if (seen_.insert(event.id).second) {
      ChangeEvent change = change_by_user(world_, "content.read", std::string(event.id.str()));
      change.reason = reason_.empty() ? "feedback" : fmt::format("feedback: {}", reason_);
      TRY_OK(record_change(state, change));
    }
    std::vector<Judged> out;
    for (const capture::CapturedContent& one : kept) {
      const bool concerns = std::ranges::any_of(event.findings, [&](const Finding& finding) {
        return is_meant(finding, verdict, one.head.direction);
      });
      if (!concerns && verdict.place.empty()) {
        continue;
      }
      auto texts = captured_texts(event, one.head.direction, one.content.reveal());
      if (!texts) {
        return std::move(texts).error().in(
            one.content.size() < one.head.original_bytes
                ? fmt::format("only {} of {} bytes of the {} are kept", one.content.size(),
                              one.head.original_bytes, name_of(one.head.direction))
                : std::string(name_of(one.head.direction)));
      }
      add(event, verdict, one.head.direction, *std::move(texts), out);
    }
    if (out.empty()) {
      return Error(ErrorKind::kNotFound,
                   verdict.place.empty()
                       ? "no attack was found in it"
                       : fmt::format("it has no text at `{}`", printable(verdict.place)),
                   "`place` names the text that is meant, such as messages[0].content");
    }
    return out;
  }

 private:
  static bool is_meant(const Finding& finding, const Verdict& verdict, Direction direction) {
    return !attack_of(finding).empty() && finding.direction == direction &&
           (verdict.place.empty() || finding.place == verdict.place);
  }
  static void add(const AccessEvent& event, const Verdict& verdict, Direction direction,
                  std::vector<CapturedText> texts, std::vector<Judged>& out) {
    for (CapturedText& text : texts) {
      const auto finding = std::ranges::find_if(event.findings, [&](const Finding& one) {
        return is_meant(one, verdict, direction) && one.place == text.place &&
               one.offset + one.length <= text.text.size();
      });
      if (finding != event.findings.end()) {
        const std::string_view found = attack_of(*finding);
        out.push_back({std::move(text), finding->offset,
                       verdict.label.empty() ? std::string(found) : verdict.label});
      } else if (!verdict.place.empty() && text.place == verdict.place) {
        out.push_back({std::move(text), 0, verdict.label});
      }
    }
  }

  const World& world_;
  const Config& config_;
  Captured captured_;
  const std::string& reason_;
  std::set<Ulid> seen_;  // that an event tells of
};

}  // namespace

Result<int> audit_feedback(const World& world, const AuditFeedbackOptions& options) {
  TRY(const auto verdicts, read_verdicts(options));
  TRY(const ConfigPtr config, open_config(world, options.config, Reading::kEvidence));
  TRY(Captured captured, open_captured(*config));
  TRY(const auto finder,
      content::TextFinder::create(config->privacy ? config->privacy->recognizers
                                                  : std::vector<content::CustomRecognizer>()));
  std::vector<Ulid> ids;
  for (const Verdict& verdict : verdicts) {
    ids.push_back(verdict.id);
  }
  TRY(const auto events, find_accesses(config->ledger.folder, ids));
  TRY(const auto state, store::open_state(config->state_url, store::IfMissing::kFail));
  TRY(Lines output, Lines::open(world.console, options.output));
  Joiner joiner(world, *config, std::move(captured), options.reason);
  size_t written = 0;
  size_t missed = 0;
  for (const Verdict& verdict : verdicts) {
    const auto event = events.find(verdict.id);
    auto texts = event == events.end() ? Error(ErrorKind::kNotFound, "it is not in the log")
                                       : joiner.texts_of(event->second, verdict, *state);
    if (!texts) {
      ++missed;
      const Error& error = texts.error();
      world.console.err(fmt::format("sallyport: {}: {}{}\n", verdict.id.str(), error.message(),
                                    error.hint().empty() ? "" : "; " + error.hint()));
      continue;
    }
    for (const Judged& judged : *texts) {
      TRY_OK(output.write(line_of(finder, judged, verdict.is_attack)));
      ++written;
    }
  }
  bring_or_warn(world, *config, *state);
  world.console.err(fmt::format("{} texts of {} verdicts; {} without a text\n", written,
                                verdicts.size(), missed));
  return missed == 0 ? kFine : kNo;
}

}  // namespace sally::app
