// `audit backup` and `audit restore`: log, state and captured content in one sealed file, and back.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <system_error>

#include "app/archive.h"
#include "app/audit_log.h"
#include "app/changes.h"
#include "app/commands.h"
#include "app/log_archive.h"
#include "base/text.h"
#include "crypto/keyfile.h"
#include "crypto/sealed_stream.h"
#include "formats/json/writer.h"
#include "ledger/disk.h"
#include "ledger/log_reader.h"
#include "verifier/log_verifier.h"

namespace sally::app {
namespace fs = std::filesystem;
namespace {

// Where things stand in the archive, and below the folder that is restored.
constexpr std::string_view kLog = "ledger";
constexpr std::string_view kState = "state.db";
constexpr std::string_view kCapture = "capture";

// A stream of the C library, closed when it goes.
using Stream = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

Error os_error(std::string_view what, const fs::path& path) {
  return Error(ErrorKind::kIo, fmt::format("cannot {} `{}`: {}", what, printable(path.string()),
                                           std::generic_category().message(errno)));
}

// Removes what was begun, unless it was kept.
class Begun {
 public:
  explicit Begun(fs::path path) : path_(std::move(path)) {}
  Begun(const Begun&) = delete;
  Begun& operator=(const Begun&) = delete;
  ~Begun() {
    std::error_code ignored;
    if (!kept_) {
      fs::remove_all(path_, ignored);
    }
  }
  // Puts it in place, on the disk when the call returns.
  Result<> keep_as(const fs::path& path) {
    std::error_code failed;
    fs::rename(path_, path, failed);
    if (failed) {
      return Error(ErrorKind::kIo,
                   fmt::format("cannot make `{}`: {}", printable(path.string()), failed.message()));
    }
    kept_ = true;
    return ledger::real_disk().sync_folder(fs::absolute(path).parent_path());
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
  bool kept_ = false;
};

Result<> refuse_if_there(const fs::path& path) {
  std::error_code ignored;
  if (fs::exists(fs::symlink_status(path, ignored))) {
    return Error(ErrorKind::kConflict,
                 fmt::format("`{}` is there already", printable(path.string())),
                 "nothing is ever overwritten: name another place");
  }
  return ok();
}

}  // namespace

Result<int> audit_backup(const World& world, const BackupOptions& options) {
  TRY(const ConfigPtr config, open_config(world, options.config, Reading::kEvidence));
  TRY(const LogPlace place, log_place(*config));
  TRY(const Secret recipient, crypto::read_key_file(options.recipient));
  const fs::path target = options.to;
  TRY_OK(refuse_if_there(target));
  TRY(const auto state, store::open_state(config->state_url, store::IfMissing::kFail));
  // In the log, and so in the backup too, before it is made.
  TRY_OK(record_change(*state, change_by_user(world, "log.backup",
                                              fs::absolute(target).lexically_normal().string())));
  bring_or_warn(world, *config, *state);

  const fs::path part = target.string() + ".part";
  const fs::path state_part = target.string() + ".state";
  TRY_OK(refuse_if_there(part));
  TRY_OK(refuse_if_there(state_part));
  Begun begun(part);
  const Begun state_copy(state_part);
  TRY_OK(state->copy_to(state_copy.path().string()));
  const Stream file(std::fopen(begun.path().c_str(), "wxe"), &std::fclose);
  if (file == nullptr || ::fchmod(::fileno(file.get()), 0600) != 0) {
    return os_error("make", begun.path());
  }
  TRY(auto sealed,
      crypto::SealedStreamWriter::begin(recipient, world.random, [&](ByteView bytes) -> Result<> {
        if (std::fwrite(bytes.data(), 1, bytes.size(), file.get()) != bytes.size()) {
          return os_error("write", begun.path());
        }
        return ok();
      }));
  ArchiveWriter archive([&](ByteView bytes) { return sealed.write(bytes); });
  TRY_OK(add_log(archive, kLog, place.folder));
  TRY_OK(archive.add_file(kState, state_copy.path()));
  if (config->capture) {
    TRY_OK(archive.add_folder(kCapture, config->capture->settings.folder));
  }
  TRY_OK(archive.finish());
  TRY_OK(sealed.finish());
  if (std::fflush(file.get()) != 0 || ::fsync(::fileno(file.get())) != 0) {
    return os_error("sync", begun.path());
  }
  TRY_OK(begun.keep_as(target));
  world.console.out(fmt::format(
      "{}: {} files, {} bytes, sealed\n"
      "not in it: the keys (pepper, capture, log, TLS); keep them, and {}, in another place\n",
      printable(target.string()), archive.files(), archive.bytes(), printable(options.recipient)));
  return kFine;
}

Result<int> audit_restore(const World& world, const RestoreOptions& options) {
  TRY(const Secret recipient, crypto::read_key_file(options.recipient));
  const fs::path target = options.to;
  TRY_OK(refuse_if_there(target));
  verifier::VerifyOptions asked;
  std::string key = options.key;
  if (key.empty()) {
    TRY(const ConfigPtr config, open_config(world, options.config, Reading::kEvidence));
    TRY(const LogPlace place, log_place(*config));
    key = place.key;
  }
  TRY(asked.policy.log, verifier::VerifierKey::parse(key));

  const fs::path part = target.string() + ".part";
  TRY_OK(refuse_if_there(part));
  Begun begun(part);
  std::error_code failed;
  fs::create_directories(begun.path(), failed);
  fs::permissions(begun.path(), fs::perms::owner_all, failed);
  const Stream file(std::fopen(options.from.c_str(), "re"), &std::fclose);
  if (failed || file == nullptr) {
    return file == nullptr ? os_error("read", options.from) : os_error("make", begun.path());
  }
  TRY(auto sealed,
      crypto::SealedStreamReader::open(recipient, [&](MutableBytes into) -> Result<size_t> {
        const size_t got = std::fread(into.data(), 1, into.size(), file.get());
        if (std::ferror(file.get()) != 0) {
          return os_error("read", options.from);
        }
        return got;
      }));
  TRY(const Extracted extracted,
      extract([&](MutableBytes into) { return sealed.read(into); }, begun.path()));

  // Nothing is put in place that does not prove itself.
  asked.folder = begun.path() / kLog;
  TRY(const auto reader, ledger::LogReader::open(asked.folder));
  asked.minimum_index = reader.first();
  TRY(const verifier::LogReport report, verifier::verify_log(asked));
  if (!report.good() || !report.has_checkpoint) {
    const auto& problems = report.problems;
    return Error(ErrorKind::kCorrupt,
                 problems.empty() ? std::string("the log in the backup has no checkpoint")
                                  : fmt::format("the log in the backup does not verify: {}: {}",
                                                problems.front().file, problems.front().what),
                 "nothing was restored; use another backup");
  }
  {
    // The restored log itself will say that it was restored, once a gate runs on it.
    const std::string url = "sqlite:" + fs::absolute(begun.path() / kState).string();
    TRY(const auto state, store::open_state(url, store::IfMissing::kFail));
    ChangeEvent event = change_by_user(world, "log.restore",
                                       fs::absolute(options.from).lexically_normal().string());
    formats::JsonWriter json(event.after);
    json.begin_object();
    json.member("size", report.checkpoint.size);
    json.end_object();
    json.finish();
    TRY_OK(record_change(*state, event));
  }
  TRY_OK(begun.keep_as(target));
  world.console.out(
      fmt::format("{}: {} files, {} bytes; a log of {} entries, all proofs good\n"
                  "a witness that saw more than {} entries will say so when a gate runs on it\n",
                  printable(target.string()), extracted.files, extracted.bytes,
                  report.checkpoint.size, report.checkpoint.size));
  return kFine;
}

}  // namespace sally::app
