// `audit hold`: legal holds, which are placed by one and released by several.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "app/audit_log.h"
#include "app/captured.h"
#include "app/changes.h"
#include "app/commands.h"
#include "app/config_values.h"
#include "base/encoding.h"
#include "base/text.h"
#include "crypto/ed25519.h"
#include "crypto/keyfile.h"
#include "formats/json/writer.h"
#include "ledger/hold.h"

namespace sally::app {
namespace {

using formats::JsonWriter;
using ledger::Hold;
using ledger::HoldRelease;
using ledger::Holds;

Result<std::string> read_text(const World& world, const std::string& path) {
  TRY(const Secret text, world.outside.read_file(path, Content::kPublic));
  return std::string(text.reveal());
}

// One public key on one line.
Result<tlog::VerifierKey> read_officer(const World& world, const std::string& path) {
  TRY(const std::string text, read_text(world, path));
  auto key = tlog::VerifierKey::parse(std::string_view(text).substr(0, text.find('\n')));
  if (!key) {
    return key.error().in(printable(path));
  }
  return key;
}

// The origin is the name of the log's key.
Result<std::string> origin_of(const LogPlace& place) {
  TRY(const tlog::VerifierKey key, tlog::VerifierKey::parse(place.key));
  return key.name();
}

Result<const Holds::Active*> find(const Holds& holds, const std::string& text) {
  TRY(const Ulid id, Ulid::parse(text));
  const auto found = holds.active().find(id);
  if (found == holds.active().end()) {
    return Error(ErrorKind::kNotFound, fmt::format("no hold {} is active", id.str()),
                 "sallyport audit hold list");
  }
  return &found->second;
}

std::string scope_of(const Hold& hold) {
  std::string out;
  const auto add = [&](std::string_view what, std::string_view value) {
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", what, value);
  };
  if (!hold.principal.empty()) {
    add("principal", printable(hold.principal));
  }
  if (!hold.subject.empty()) {
    add("subject", printable(hold.subject.substr(0, 12)));
  }
  if (hold.since) {
    add("since", format_time(*hold.since).substr(0, 16) + "Z");
  }
  return out.empty() ? "everything" : out;
}

// A time, or how long ago.
Result<WallTime> since(const std::string& text, WallTime now) {
  if (const auto ago = parse_duration(text)) {
    return now - *ago;
  }
  const auto time = parse_time(text);
  if (!time) {
    return Error(ErrorKind::kUsage, fmt::format("`--since {}` is no time", printable(text)),
                 "a time is 2026-11-20T10:04:11Z, or how long ago: 15m, 2h, 7d");
  }
  return *time;
}

Result<> write_text(const std::string& path, std::string_view text) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "we"),
                                                             &std::fclose);
  if (file == nullptr || std::fwrite(text.data(), 1, text.size(), file.get()) != text.size() ||
      std::fflush(file.get()) != 0) {
    return Error(ErrorKind::kIo, fmt::format("`{}` cannot be written", printable(path)));
  }
  return ok();
}

}  // namespace

Result<int> hold_key(const World& world, const HoldKeyOptions& options) {
  TRY(const Secret seed, crypto::create_key_file(options.key, world.random));
  TRY(auto key, crypto::Ed25519PrivateKey::from_seed(seed));
  TRY(const tlog::NoteSigner signer, tlog::NoteSigner::make(options.name, std::move(key)));
  world.console.out(signer.verifier_key().to_string() + "\n");
  world.console.flush();
  world.console.err(fmt::format(
      "the private key is in {}: it stays with {}; the line above goes to whoever places holds\n",
      printable(options.key), printable(options.name)));
  return kFine;
}

Result<int> hold_place(const World& world, const HoldPlaceOptions& options) {
  TRY(const ConfigPtr config, open_config(world, options.config, Reading::kEvidence));
  TRY(const LogPlace place, log_place(*config));
  const WallTime now = world.clock.now();
  Hold hold{.id = Ulid::make(now, world.random),
            .log = {},
            .placed = now,
            .matter = options.matter,
            .principal = options.principal};
  TRY(hold.log, origin_of(place));
  hold.threshold = options.threshold;
  for (const std::string& path : options.officers) {
    TRY(tlog::VerifierKey officer, read_officer(world, path));
    hold.officers.push_back(std::move(officer));
  }
  if (!options.since.empty()) {
    TRY(hold.since, since(options.since, now));
  }
  if (!options.subject.empty()) {
    TRY(const Captured captured, open_captured(*config));
    hold.subject = to_hex(captured.keys->tag_of(capture::SubjectKind::kEndUser, options.subject));
  }
  TRY_OK(hold.check());
  ChangeEvent event = change_by_user(world, ledger::kHoldPlaced, std::string(hold.id.str()));
  event.after = hold.to_text();
  event.reason = hold.matter;
  TRY(const auto state, store::open_state(config->state_url, store::IfMissing::kFail));
  TRY_OK(record_change(*state, event));
  TRY_OK(bring_to_log(world, *config, *state));
  TRY(const Holds holds, verified_holds(place));
  TRY(const Holds::Active* const active, find(holds, std::string(hold.id.str())));
  if (options.format == Format::kJson) {
    std::string out;
    JsonWriter json(out);
    json.begin_object();
    json.member("hold", hold.id.str()).member("entry", active->seq);
    json.end_object();
    json.finish();
    world.console.out(out + "\n");
  } else {
    world.console.out(fmt::format(
        "hold {} is entry {} of the log: {} is kept until {} of {} officers release it\n",
        hold.id.str(), active->seq, scope_of(hold), hold.threshold, hold.officers.size()));
  }
  return kFine;
}

Result<int> hold_list(const World& world, const HoldListOptions& options) {
  TRY(const ConfigPtr config, open_config(world, options.config, Reading::kEvidence));
  TRY(const LogPlace place, log_place(*config));
  TRY(const Holds holds, verified_holds(place));
  if (options.format == Format::kJson) {
    std::string out;
    JsonWriter json(out);
    json.begin_object();
    json.key("holds").begin_array();
    for (const auto& [id, active] : holds.active()) {
      const Hold& hold = active.hold;
      json.begin_object();
      json.member("hold", id.str()).member("entry", active.seq);
      json.member("placed", format_time(hold.placed)).member("matter", hold.matter);
      if (!hold.principal.empty()) {
        json.member("principal", hold.principal);
      }
      if (!hold.subject.empty()) {
        json.member("subject", hold.subject);
      }
      if (hold.since) {
        json.member("since", format_time(*hold.since));
      }
      json.member("threshold", hold.threshold);
      json.key("officers").begin_array();
      for (const tlog::VerifierKey& officer : hold.officers) {
        json.string(officer.to_string());
      }
      json.end_array();
      json.end_object();
    }
    json.end_array();
    json.end_object();
    json.finish();
    world.console.out(out + "\n");
    return kFine;
  }
  if (holds.active().empty()) {
    world.console.err("no hold is active\n");
    return kFine;
  }
  Table table({"hold", "entry", "placed", "keeps", "released by", "matter"});
  for (const auto& [id, active] : holds.active()) {
    const Hold& hold = active.hold;
    std::string names;
    for (const tlog::VerifierKey& officer : hold.officers) {
      names += (names.empty() ? "" : ", ") + printable(officer.name());
    }
    table.add({std::string(id.str()), std::to_string(active.seq),
               format_time(hold.placed).substr(0, 16) + "Z", scope_of(hold),
               fmt::format("{} of {}", hold.threshold, names), printable(hold.matter)});
  }
  world.console.out(table.to_string());
  return kFine;
}

Result<int> hold_statement(const World& world, const HoldOptions& options) {
  TRY(const ConfigPtr config, open_config(world, options.config, Reading::kEvidence));
  TRY(const LogPlace place, log_place(*config));
  TRY(const Holds holds, verified_holds(place));
  TRY(const Holds::Active* const active, find(holds, options.hold));
  const HoldRelease release{.log = active->hold.log,
                            .hold = active->hold.id,
                            .matter = active->hold.matter,
                            .time = world.clock.now()};
  world.console.out(release.to_text());
  world.console.flush();
  world.console.err(fmt::format(
      "send it to {} officers; each adds a signature: sallyport audit hold sign FILE --key KEY\n",
      active->hold.threshold));
  return kFine;
}

Result<int> hold_sign(const World& world, const HoldSignOptions& options) {
  TRY(const std::string bytes, read_text(world, options.statement));
  // Without a signature it is a statement; with one a note, to which another is added.
  std::string text = bytes;
  if (bytes.find("\n\n") != std::string::npos) {
    TRY(const tlog::Note note, tlog::Note::parse(bytes));
    text = note.text;
  }
  TRY(const HoldRelease release, HoldRelease::parse(text));
  TRY(const Secret seed, crypto::read_key_file(options.key));
  TRY(auto key, crypto::Ed25519PrivateKey::from_seed(seed));
  TRY(const tlog::NoteSigner signer, tlog::NoteSigner::make(options.name, std::move(key)));
  TRY(const std::string line, signer.sign(text));
  if (bytes.find(line) != std::string::npos) {
    return Error(ErrorKind::kConflict,
                 fmt::format("`{}` is signed by {} already", printable(options.statement),
                             printable(options.name)));
  }
  TRY_OK(write_text(options.statement, (text == bytes ? bytes + "\n" : bytes) + line));
  world.console.out(fmt::format("{} signed: hold {} of log {} is released, matter `{}`\n",
                                printable(options.name), release.hold.str(), printable(release.log),
                                printable(release.matter)));
  return kFine;
}

Result<int> hold_release(const World& world, const HoldReleaseOptions& options) {
  TRY(const ConfigPtr config, open_config(world, options.config, Reading::kEvidence));
  TRY(const std::string bytes, read_text(world, options.statement));
  TRY(const tlog::Note note, tlog::Note::parse(bytes));
  TRY(const HoldRelease release, HoldRelease::parse(note.text));
  TRY(const LogPlace place, log_place(*config));
  TRY(const auto state, store::open_state(config->state_url, store::IfMissing::kFail));
  TRY(const Holds holds, verified_holds(place));
  TRY(const Holds::Active* const active, find(holds, std::string(release.hold.str())));
  ChangeEvent event = change_by_user(world, ledger::kHoldReleased, std::string(release.hold.str()));
  event.before = active->hold.to_text();
  event.after = bytes;
  const Result<> released = ledger::check_release(active->hold, bytes, event.time);
  if (!released) {
    event.failure = released.error().message();
  }
  TRY_OK(record_change(*state, event));
  TRY_OK(bring_to_log(world, *config, *state));
  TRY_OK(Result<>(released));
  world.console.out(fmt::format("hold {} is released\n", release.hold.str()));
  return kFine;
}

}  // namespace sally::app
