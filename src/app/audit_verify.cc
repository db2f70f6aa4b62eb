// `audit verify`: whether a log is what its checkpoint says, or an entry what its proof says. Needs
// the files and public keys, and nothing else; shares no code with what wrote them.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "app/audit_view.h"
#include "app/commands.h"
#include "base/text.h"
#include "formats/json/writer.h"
#include "verifier/log_verifier.h"
#include "verifier/proof_file.h"
#include "verifier/tile.h"

namespace sally::app {
namespace {

using verifier::LogReport;
using verifier::Problem;
using verifier::Signatures;
using verifier::Signed;

constexpr MonoTime::duration kQuiet = std::chrono::seconds(1);
constexpr size_t kMaxKeyFile = 1024;
constexpr size_t kShownEntry = verifier::kMaxEntry * 2;

// What is verified, and whom to believe: from the command line and, where that names no folder,
// from the configuration.
struct Asked {
  std::string folder;
  verifier::Policy policy;
  bool own_key = false;  // the key is the one that lies in the folder itself
};

Result<Asked> what_is_asked(const World& world, const AuditVerifyOptions& options) {
  Asked out{.folder = options.folder};
  for (const std::string& text : options.witnesses) {
    TRY(verifier::VerifierKey witness, verifier::VerifierKey::parse(text));
    out.policy.witnesses.push_back(std::move(witness));
  }
  out.policy.quorum = options.quorum.value_or(out.policy.witnesses.size());
  if (options.folder.empty() && options.proof.empty()) {
    TRY(const ConfigPtr config, open_config(world, options.config, Reading::kPaths));
    out.folder = config->ledger.folder;
    if (options.witnesses.empty()) {
      for (const WitnessTarget& witness : config->ledger.witnesses) {
        out.policy.witnesses.push_back(witness.key);
      }
      out.policy.quorum = options.quorum.value_or(config->ledger.witness_quorum);
    }
    out.own_key = options.key.empty();
  } else if (options.key.empty()) {
    return Error(ErrorKind::kUsage, "whose log it is can only be told with its public key",
                 "--key NAME+ID+KEY: whoever runs the log publishes it");
  }
  TRY(out.policy.log,
      out.own_key ? log_key_in(out.folder) : verifier::VerifierKey::parse(options.key));
  TRY_OK(verifier::check(out.policy));
  return out;
}

std::string_view name_of(Signed result) {
  return result == Signed::kGood ? "good" : result == Signed::kBad ? "bad" : "none";
}

void signatures_json(formats::JsonWriter& json, const Signatures& signatures) {
  json.member("signature", name_of(signatures.log));
  json.key("witnesses").begin_array();
  for (const verifier::WitnessSeen& witness : signatures.witnesses) {
    json.begin_object();
    json.member("name", witness.name).member("cosignature", name_of(witness.result));
    if (witness.result == Signed::kGood) {
      json.member("time", format_time(WallTime(std::chrono::seconds(witness.time))));
    }
    json.end_object();
  }
  json.end_array();
  json.member("cosigned", signatures.cosigned).member("quorum", signatures.quorum);
}

void texts_json(formats::JsonWriter& json, std::string_view name,
                const std::vector<std::string>& texts) {
  json.key(name).begin_array();
  for (const std::string& text : texts) {
    json.string(text);
  }
  json.end_array();
}

std::string report_json(const LogReport& report, std::optional<WallTime> written) {
  std::string out;
  formats::JsonWriter json(out);
  json.begin_object();
  json.member("good", report.good());
  json.member("origin", report.checkpoint.origin).member("size", report.checkpoint.size);
  json.member("root", verifier::show_hash(report.checkpoint.root));
  if (written) {
    json.member("checkpoint_written", format_time(*written));
  }
  signatures_json(json, report.signatures);
  json.member("entries_verified", report.entries).member("entry_bytes", report.entry_bytes);
  json.member("tiles", report.tiles).member("bundles", report.bundles);
  json.member("entries_pruned", report.pruned);
  json.member("problem_count", report.problem_count);
  json.key("problems").begin_array();
  for (const Problem& problem : report.problems) {
    json.begin_object();
    json.member("file", problem.file);
    if (problem.entry) {
      json.member("entry", *problem.entry);
    }
    if (problem.offset) {
      json.member("offset", *problem.offset);
    }
    json.member("what", problem.what);
    if (!problem.expected.empty()) {
      json.member("expected", problem.expected).member("found", problem.found);
    }
    json.end_object();
  }
  json.end_array();
  texts_json(json, "not_verified", report.not_verified);
  json.end_object();
  json.finish();
  return out + "\n";
}

// `, cosigned by 2 of 3 witnesses`; nothing where none was given.
std::string cosigned_text(const Signatures& signatures) {
  return signatures.witnesses.empty()
             ? ""
             : fmt::format(", cosigned by {} of {} witness{}", signatures.cosigned,
                           signatures.witnesses.size(),
                           signatures.witnesses.size() == 1 ? "" : "es");
}

std::string report_text(const World& world, const LogReport& report,
                        std::optional<WallTime> written) {
  std::string out;
  for (const Problem& problem : report.problems) {
    out += fmt::format("{}{}: {}\n", problem.file,
                       problem.offset ? fmt::format(":{}", *problem.offset) : "",
                       printable(problem.what, 300));
    if (!problem.expected.empty()) {
      out += fmt::format("  expected  {}\n  found     {}\n", problem.expected, problem.found);
    }
  }
  if (report.problem_count > report.problems.size()) {
    out += fmt::format("and {} more\n", report.problem_count - report.problems.size());
  }
  std::string signed_when;
  if (report.has_checkpoint) {
    // Only a witness vouches for a time; without one it is the file's.
    const uint64_t vouched = report.signatures.latest_time();
    const std::optional<WallTime> when =
        vouched != 0 ? std::optional(WallTime(std::chrono::seconds(vouched))) : written;
    signed_when = fmt::format(", checkpoint signed {}",
                              when ? how_long_ago(world.clock.now(), *when) : "at an unknown time");
  }
  const uint64_t size = report.checkpoint.size;
  const std::string verdict =
      report.good()
          ? world.console.paint(Colour::kGreen, "all proofs good")
          : world.console.paint(Colour::kRed, fmt::format("{} problem{}", report.problem_count,
                                                          report.problem_count == 1 ? "" : "s"));
  if (report.good()) {
    out += fmt::format("{} entr{}{}{}, {}\n", size, size == 1 ? "y" : "ies", signed_when,
                       cosigned_text(report.signatures), verdict);
  } else {
    out += fmt::format("{}: {} of {} entr{} good{}\n", verdict, report.entries, size,
                       size == 1 ? "y" : "ies", signed_when);
  }
  for (const std::string& what : report.not_verified) {
    out += fmt::format("not verified: {}\n", what);
  }
  return out;
}

std::optional<WallTime> time_of(const std::filesystem::path& file) {
  struct stat status{};
  if (::stat(file.c_str(), &status) != 0) {
    return std::nullopt;
  }
  return WallTime(std::chrono::seconds(status.st_mtim.tv_sec) +
                  std::chrono::duration_cast<Micros>(Nanos(status.st_mtim.tv_nsec)));
}

Result<int> verify_folder(const World& world, const AuditVerifyOptions& options,
                          const Asked& what) {
  verifier::VerifyOptions asked{
      .folder = what.folder, .policy = what.policy, .minimum_index = options.minimum_index};
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  const MonoTime began = world.clock.monotonic();
  bool shown = false;
  asked.progress = [&](uint64_t done, uint64_t size) {
    if (terminal && world.clock.monotonic() - began > kQuiet) {
      shown = true;
      world.console.err(
          fmt::format("\r{:3}% of {} entries", done * 100 / std::max<uint64_t>(size, 1), size));
    }
  };
  const std::optional<WallTime> written =
      time_of(std::filesystem::path(what.folder) / "checkpoint");
  Result<LogReport> report = verifier::verify_log(asked);
  if (shown) {
    world.console.err("\r\x1b[K");
  }
  if (!report.ok()) {
    return report.error();
  }
  if (what.own_key) {
    report->not_verified.emplace_back(
        "that the key is the log's: it lies in the folder; --key gives the one you were told");
  }
  world.console.out(options.format == Format::kJson ? report_json(*report, written)
                                                    : report_text(world, *report, written));
  return report->good() ? kFine : kNo;
}

Result<int> verify_proof(const World& world, const AuditVerifyOptions& options,
                         const verifier::Policy& policy) {
  Bytes bytes;
  TRY_OK(verifier::read_file(options.proof, verifier::kMaxProofFile, bytes));
  const auto file = verifier::ProofFile::parse(as_text(bytes));
  if (!file.ok()) {
    return file.error().in(options.proof);
  }
  TRY(const verifier::ProofVerdict verdict, verifier::verify(*file, policy));
  const bool good = verdict.problems.empty();
  if (options.format == Format::kJson) {
    std::string out;
    formats::JsonWriter json(out);
    json.begin_object();
    json.member("good", good).member("origin", verdict.checkpoint.origin);
    json.member("size", verdict.checkpoint.size).member("index", file->index);
    signatures_json(json, verdict.signatures);
    texts_json(json, "problems", verdict.problems);
    if (good) {
      json.member("entry", as_text(file->entry));
    }
    json.end_object();
    json.finish();
    world.console.out(out + "\n");
    return good ? kFine : kNo;
  }
  for (const std::string& problem : verdict.problems) {
    world.console.out(fmt::format("{}: {}\n", options.proof, printable(problem, 300)));
  }
  if (!good) {
    world.console.out(world.console.paint(Colour::kRed, "not proved") + "\n");
    return kNo;
  }
  world.console.out(fmt::format(
      "{}\n{}: entry {} of {} in {}{}\n", printable(as_text(file->entry), kShownEntry),
      world.console.paint(Colour::kGreen, "proved"), file->index, verdict.checkpoint.size,
      printable(verdict.checkpoint.origin), cosigned_text(verdict.signatures)));
  return kFine;
}

}  // namespace

Result<verifier::VerifierKey> log_key_in(const std::string& folder) {
  Bytes bytes;
  const Result<> read =
      verifier::read_file(std::filesystem::path(folder) / "vkey", kMaxKeyFile, bytes);
  if (!read.ok() && read.error().kind() == ErrorKind::kNotFound) {
    return Error(ErrorKind::kNotFound, fmt::format("there is no log in `{}`", folder),
                 "it begins when the gate is started: sallyport serve");
  }
  TRY_OK(read);
  std::string_view text = as_text(bytes);
  text.remove_suffix(text.ends_with('\n') ? 1 : 0);
  return verifier::VerifierKey::parse(text);
}

std::string how_long_ago(WallTime now, WallTime then) {
  const int64_t seconds =
      std::max<int64_t>(0, std::chrono::duration_cast<std::chrono::seconds>(now - then).count());
  constexpr int64_t kMinute = 60;
  constexpr int64_t kHour = 60 * kMinute;
  constexpr int64_t kDay = 24 * kHour;
  if (seconds < 2 * kMinute) {
    return fmt::format("{} s ago", seconds);
  }
  if (seconds < 2 * kHour) {
    return fmt::format("{} min ago", seconds / kMinute);
  }
  return seconds < 2 * kDay ? fmt::format("{} h ago", seconds / kHour)
                            : fmt::format("{} days ago", seconds / kDay);
}

Result<int> audit_verify(const World& world, const AuditVerifyOptions& options) {
  if (!options.folder.empty() && !options.proof.empty()) {
    return Error(ErrorKind::kUsage, "either a folder is verified, or a proof",
                 "a proof needs no folder: it holds all that is needed but the key");
  }
  TRY(const Asked asked, what_is_asked(world, options));
  return options.proof.empty() ? verify_folder(world, options, asked)
                               : verify_proof(world, options, asked.policy);
}

Result<int> audit_key(const World& world, const AuditKeyOptions& options) {
  TRY(const ConfigPtr config, open_config(world, options.config, Reading::kPaths));
  TRY(const verifier::VerifierKey public_key, log_key_in(config->ledger.folder));
  world.console.out(public_key.vkey() + "\n");
  return kFine;
}

}  // namespace sally::app
