// `audit export`: the log for other programs: OCSF, CSV or CEF, to a file, a pipe or a syslog
// server.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "app/audit.h"
#include "app/commands.h"
#include "app/follow.h"
#include "app/syslog_sender.h"
#include "base/encoding.h"
#include "base/new_file.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "ledger/event_export.h"

namespace sally::app {
namespace {

using ledger::AnyEvent;
using ledger::Visit;

constexpr size_t kBufferBytes = size_t{1} << 16;
constexpr uint64_t kBatch = 1'000;  // events between two notes of the position

// Where lines go.
class Output {
 public:
  Output() = default;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  virtual ~Output() = default;
  virtual Result<> write(std::string_view bytes) = 0;
  // Everything written is where it belongs.
  virtual Result<> settle() = 0;
};

class ToConsole final : public Output {
 public:
  explicit ToConsole(Console& console) : console_(console) {}
  Result<> write(std::string_view bytes) override {
    console_.out(bytes);
    return ok();
  }
  Result<> settle() override {
    console_.flush();
    return ok();
  }

 private:
  Console& console_;
};

class ToFile final : public Output {
 public:
  // Made where it is not there, its owner's alone; what is there is kept, and written behind.
  static Result<std::unique_ptr<ToFile>> open(const std::string& path) {
    UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (!fd) {
      return failure(path);
    }
    return std::unique_ptr<ToFile>(new ToFile(std::move(fd), path));
  }
  [[nodiscard]] Result<bool> empty() const {
    struct stat info{};
    if (::fstat(fd_.get(), &info) != 0) {
      return failure(path_);
    }
    return info.st_size == 0;
  }
  Result<> write(std::string_view bytes) override {
    buffer_ += bytes;
    return buffer_.size() < kBufferBytes ? ok() : flush();
  }
  Result<> settle() override {
    TRY_OK(flush());
    return ::fdatasync(fd_.get()) == 0 || errno == EINVAL ? ok() : Result<>(failure(path_));
  }

 private:
  ToFile(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  static Error failure(const std::string& path) {
    return Error(ErrorKind::kIo, fmt::format("cannot write `{}`: {}", printable(path),
                                             std::generic_category().message(errno)));
  }
  Result<> flush() {
    std::string_view rest = buffer_;
    while (!rest.empty()) {
      const ssize_t wrote = ::write(fd_.get(), rest.data(), rest.size());
      if (wrote < 0 && errno != EINTR) {
        return failure(path_);
      }
      rest.remove_prefix(wrote < 0 ? 0 : static_cast<size_t>(wrote));
    }
    buffer_.clear();
    return ok();
  }

  UniqueFd fd_;
  std::string path_;
  std::string buffer_;
};

class ToSyslog final : public Output {
 public:
  explicit ToSyslog(std::unique_ptr<SyslogSender> sender) : sender_(std::move(sender)) {}
  Result<> write(std::string_view bytes) override { return sender_->send(bytes); }
  Result<> settle() override { return ok(); }
  [[nodiscard]] SyslogSender& sender() { return *sender_; }

 private:
  std::unique_ptr<SyslogSender> sender_;
};

// The position behind what was exported, in a file of its own: one number.
class Bookmark {
 public:
  explicit Bookmark(std::string path) : path_(std::move(path)) {}
  // nullopt where there is none yet.
  [[nodiscard]] Result<std::optional<uint64_t>> read() const {
    if (path_.empty() || !std::filesystem::exists(path_)) {
      return std::optional<uint64_t>();
    }
    std::ifstream in(path_);
    std::string text;
    std::getline(in, text);
    uint64_t position = 0;
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, position);
    if (!in || error != std::errc() || end != last || text.empty()) {
      return Error(ErrorKind::kCorrupt, fmt::format("`{}` holds no position", printable(path_)),
                   "a position is one number; remove the file to begin anew");
    }
    return std::optional(position);
  }
  [[nodiscard]] Result<> write(uint64_t position) const {
    if (path_.empty()) {
      return ok();
    }
    TRY(NewFile file, NewFile::create(path_));
    TRY_OK(file.write(fmt::format("{}\n", position)));
    return file.put_in_place();
  }

 private:
  std::string path_;
};

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) {
    return {};
  }
  std::string out = name.data();
  std::erase_if(out, [](char c) { return c <= ' ' || c > '~'; });
  return out;
}

class Exporter {
 public:
  Exporter(const AuditExportOptions& options, std::unique_ptr<Output> output, ToSyslog* syslog)
      : options_(options), output_(std::move(output)), syslog_(syslog), host_(host_name()) {}

  Result<> begin(bool with_heading) {
    return options_.format == ExportFormat::kCsv && syslog_ == nullptr && with_heading
               ? output_->write(ledger::csv_heading())
               : ok();
  }
  Result<> add(uint64_t seq, const AnyEvent& event, std::string_view entry) {
    line_.clear();
    switch (options_.format) {
      case ExportFormat::kOcsf:
        line_ = entry;
        break;
      case ExportFormat::kCsv:
        ledger::append_csv(line_, seq, event);
        break;
      case ExportFormat::kCef:
        ledger::append_cef(line_, seq, event);
        break;
    }
    ++count_;
    if (syslog_ == nullptr) {
      line_ += options_.format == ExportFormat::kCsv ? "" : "\n";
      return output_->write(line_);
    }
    if (line_.ends_with("\r\n")) {
      line_.resize(line_.size() - 2);
    }
    message_.clear();
    ledger::append_syslog(message_, host_, event, line_, syslog_->sender().framing());
    return output_->write(message_);
  }
  Result<> settle() { return output_->settle(); }
  Result<> finish() {
    TRY_OK(settle());
    return syslog_ == nullptr ? ok() : syslog_->sender().finish();
  }
  [[nodiscard]] uint64_t count() const { return count_; }

 private:
  const AuditExportOptions& options_;
  std::unique_ptr<Output> output_;
  ToSyslog* syslog_;  // the output, where it is one
  std::string host_;
  std::string line_;
  std::string message_;
  uint64_t count_ = 0;
};

Result<Exporter> open_exporter(const World& world, const AuditExportOptions& options) {
  if (!options.syslog.empty() && !options.output.empty()) {
    return Error(ErrorKind::kUsage, "`--syslog` and `--output` are two places; name one");
  }
  if (!options.syslog.empty()) {
    TRY(SyslogTarget target, parse_syslog_target(options.syslog, options.transport));
    if (!options.ca.empty()) {
      TRY(const Secret ca, world.outside.read_file(options.ca, Content::kPublic));
      target.ca_pem = ca.reveal();
    }
    TRY(auto sender, SyslogSender::connect(target));
    auto output = std::make_unique<ToSyslog>(std::move(sender));
    ToSyslog* const syslog = output.get();
    return Exporter(options, std::move(output), syslog);
  }
  if (!options.output.empty()) {
    TRY(auto output, ToFile::open(options.output));
    TRY(const bool empty, output->empty());
    Exporter out(options, std::move(output), nullptr);
    TRY_OK(out.begin(empty));
    return out;
  }
  Exporter out(options, std::make_unique<ToConsole>(world.console), nullptr);
  TRY_OK(out.begin(true));
  return out;
}

}  // namespace

Result<int> audit_export(const World& world, const AuditExportOptions& options) {
  TRY(const auto since, parse_when("--since", options.since, world.clock.now()));
  TRY(const auto until, parse_when("--until", options.until, world.clock.now()));
  TRY(LogView view, open_log(world, options.folder, options.config));
  const Bookmark bookmark(options.position);
  TRY(const std::optional<uint64_t> stored, bookmark.read());
  uint64_t position = stored.value_or(options.from.value_or(view.first()));
  if (position < view.first()) {
    world.console.err(
        fmt::format("events {} to {} were pruned: not exported\n", position, view.first() - 1));
    position = view.first();
  }
  TRY(const uint64_t end, view.size());
  if (position > end) {
    return Error(ErrorKind::kConflict,
                 fmt::format("the log ends at {}, before position {}", end, position),
                 "it is another log, or it lost entries: sallyport audit verify");
  }
  TRY(Exporter exporter, open_exporter(world, options));
  const LogView::Visitor add = [&](uint64_t seq, const AnyEvent& event,
                                   std::string_view entry) -> Result<Visit> {
    const WallTime time = ledger::time_of(event);
    if (!(since && time < *since) && !(until && time >= *until)) {
      TRY_OK(exporter.add(seq, event, entry));
    }
    return Visit::kContinue;
  };
  // The position is noted only once what stands before it has been handed over.
  const auto note = [&](uint64_t behind) -> Result<> {
    TRY_OK(exporter.settle());
    if (behind != position) {
      TRY_OK(bookmark.write(behind));
      position = behind;
    }
    return ok();
  };
  while (position < end) {
    TRY(const uint64_t next, view.read(position, std::min(kBatch, end - position), add));
    if (next == position) {
      break;
    }
    TRY_OK(note(next));
  }
  if (options.follow) {
    TRY_OK(follow(view, position, add, note));
  }
  TRY_OK(exporter.finish());
  world.console.flush();
  world.console.err(fmt::format("exported {} event{}; go on with --from {}\n", exporter.count(),
                                exporter.count() == 1 ? "" : "s", position));
  TRY(const std::string unread, view.unread_end());
  if (!unread.empty()) {
    world.console.err(unread + ": not exported\n");
  }
  if (view.unreadable() > 0) {
    world.console.err(fmt::format("{} of the entries are no events\n", view.unreadable()));
  }
  return kFine;
}

}  // namespace sally::app
