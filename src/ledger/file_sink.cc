#include "ledger/file_sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <coroutine>
#include <system_error>
#include <utility>

namespace sally::ledger {
namespace {

namespace fs = std::filesystem;

constexpr Millis kFirstBackoff{100};
constexpr Millis kLastBackoff{5'000};
constexpr size_t kProbeBytes = 4096;
constexpr size_t kKeepBuffer = size_t{256} * 1024;  // of a lane, between two turns

Error unavailable(std::string_view why) {
  return Error(ErrorKind::kUnavailable, fmt::format("the record cannot be written: {}", why),
               "check the disk that holds the record; the gate tries again by itself");
}

}  // namespace

// What one loop thread wrote in one turn, and who waits for it. A wait is taken off when its frame
// is destroyed, so that a connection may end while its event is under way.
class FileRecord::Lane final : public EventSink {
 public:
  explicit Lane(FileRecord& record) : record_(record) {}

  [[nodiscard]] bool healthy() const override { return record_.healthy(); }

  [[nodiscard]] Task<Result<>> record(const AccessEvent& event) override {
    append_event(objects_, event);
    ends_.push_back(objects_.size());
    if (!batch_) {
      batch_ = std::make_shared<Batch>();
    }
    return wait(batch_);
  }

  void commit() override {
    // Whoever is resumed may record again: until nothing is left, for the loop may now sleep.
    while (batch_) {
      const std::shared_ptr<Batch> batch = std::move(batch_);
      batch_.reset();
      auto written = record_.append(objects_, ends_);
      objects_.clear();
      ends_.clear();
      if (objects_.capacity() > kKeepBuffer) {
        objects_.shrink_to_fit();
      }
      if (!written) {
        batch->failure = std::move(written).error();
      }
      batch->done = true;
      while (batch->first != nullptr) {
        Wait& wait = *batch->first;
        wait.leave();
        wait.handle.resume();
      }
    }
    if (!record_.healthy()) {
      record_.try_again();
    }
  }

 private:
  struct Wait;
  struct Batch {
    bool done = false;
    std::optional<Error> failure;
    Wait* first = nullptr;
    Wait* last = nullptr;
  };

  // One waiting frame: a member of its batch's list while it is suspended.
  struct Wait {
    explicit Wait(Batch& of) : batch(of) {}
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;
    ~Wait() {
      if (listed) {
        leave();
      }
    }
    [[nodiscard]] bool await_ready() const noexcept { return batch.done; }
    void await_suspend(std::coroutine_handle<> waiting) noexcept {
      handle = waiting;
      listed = true;
      previous = batch.last;
      (batch.last == nullptr ? batch.first : batch.last->next) = this;
      batch.last = this;
    }
    void await_resume() const noexcept {}
    void leave() noexcept {
      (previous == nullptr ? batch.first : previous->next) = next;
      (next == nullptr ? batch.last : next->previous) = previous;
      previous = next = nullptr;
      listed = false;
    }

    Batch& batch;
    std::coroutine_handle<> handle;
    Wait* previous = nullptr;
    Wait* next = nullptr;
    bool listed = false;
  };

  static Task<Result<>> wait(std::shared_ptr<Batch> batch) {
    Wait waiting(*batch);
    co_await waiting;
    if (batch->failure) {
      co_return *batch->failure;
    }
    co_return ok();
  }

  FileRecord& record_;
  std::string objects_;       // of this turn, one behind the other
  std::vector<size_t> ends_;  // of each in objects_
  std::shared_ptr<Batch> batch_;
};

Result<std::unique_ptr<FileRecord>> FileRecord::open(RecordSettings settings, const Clock& clock,
                                                     Logger& log, OpenRecordFile open_file) {
  TRY(RecordLock lock, RecordLock::take(settings.path.string() + ".lock"));
  std::unique_ptr<FileRecord> record(
      new FileRecord(std::move(settings), clock, log, std::move(open_file), std::move(lock)));
  TRY_OK(record->recover());
  if (record->settings_.sync_every > Millis::zero()) {
    record->syncer_ = std::thread([self = record.get()] { self->sync_on_interval(); });
  }
  return record;
}

FileRecord::~FileRecord() {
  {
    const std::lock_guard held(mutex_);
    stop_ = true;
  }
  stop_changed_.notify_all();
  if (syncer_.joinable()) {
    syncer_.join();
  }
  // Absent when recovery failed. A failure is logged by sync() itself.
  if (file_) {
    [[maybe_unused]] const auto logged = sync();
  }
}

std::unique_ptr<EventSink> FileRecord::lane() {
  return std::make_unique<Lane>(*this);
}

uint64_t FileRecord::next_seq() const {
  const std::lock_guard held(mutex_);
  return next_seq_;
}

Result<> FileRecord::recover() {
  std::error_code unknown;  // then the folder is synced once too often
  const bool is_new = !fs::exists(settings_.path, unknown);
  TRY(file_, open_file_(settings_.path));
  TRY(const ReadFile reading, ReadFile::open(settings_.path));
  TRY(auto lines, BackwardLines::at_end(reading));
  TRY(const auto last, lines.next());
  TRY(const uint64_t bytes, reading.size());
  size_ = bytes - lines.torn_bytes();
  if (lines.torn_bytes() > 0) {
    repaired_bytes_ = lines.torn_bytes();
    TRY_OK(file_->truncate(size_));
    log_.write(LogEvent::kRecordRepaired,
               {{"path", settings_.path.string()}, {"bytes", repaired_bytes_}});
  }

  // The last line of all: of this file or, where it is empty, of the newest rotated one.
  std::optional<uint64_t> last_seq;
  const auto seq_of = [](const fs::path& path, std::string_view line) -> Result<uint64_t> {
    auto parsed = parse_line(line);
    if (!parsed) {
      return Error(ErrorKind::kCorrupt,
                   fmt::format("the last line of `{}` is no event: {}", path.string(),
                               parsed.error().message()),
                   "look at it with `sallyport audit verify`; to begin a new record, move the "
                   "files of this one away");
    }
    return parsed->seq;
  };
  if (last) {
    TRY(last_seq, seq_of(settings_.path, last->text));
    ForwardLines forward(reading);
    TRY(const auto first, forward.next());
    TRY(first_seq_, parse_seq(first.value_or("")));
  } else {
    TRY(const auto rotated, rotated_files(settings_.path));
    if (!rotated.empty()) {
      TRY(const ReadFile newest, ReadFile::open(rotated.back().path));
      TRY(auto older, BackwardLines::at_end(newest));
      TRY(const auto line, older.next());
      TRY(last_seq, seq_of(newest.path(), line ? line->text : std::string_view()));
    }
  }
  next_seq_ = last_seq.value_or(0) + 1;
  return is_new ? sync_folder(settings_.path.parent_path()) : ok();
}

Result<> FileRecord::append(std::string_view objects, std::span<const size_t> ends) {
  const std::lock_guard held(mutex_);
  if (!healthy()) {
    if (!may_try()) {
      return unavailable(failure_);
    }
    if (auto probed = probe(); !probed) {
      fail(probed.error());
      return unavailable(failure_);
    }
  }
  batch_.clear();
  uint64_t seq = next_seq_;
  size_t begin = 0;
  for (const size_t end : ends) {
    append_line(batch_, seq++, objects.substr(begin, end - begin));
    begin = end;
  }
  if (auto written = write_batch(); !written) {
    fail(written.error());
    return unavailable(failure_);
  }
  next_seq_ = seq;
  return ok();
}

void FileRecord::try_again() {
  const std::lock_guard held(mutex_);
  if (healthy() || !may_try()) {
    return;
  }
  if (auto probed = probe(); !probed) {
    fail(probed.error());
  }
}

Result<> FileRecord::write_batch() {
  if (size_ > 0 && size_ + batch_.size() > settings_.rotate_bytes) {
    TRY_OK(rotate());
  }
  std::string_view left = batch_;
  while (!left.empty()) {
    auto written = file_->write(left);
    if (!written) {
      torn_ = true;
      // What was written of the batch goes again; when that fails too, the next probe does it.
      [[maybe_unused]] const auto tried = cut_torn();
      return std::move(written).error();
    }
    left.remove_prefix(*written);
  }
  if (size_ == 0) {
    first_seq_ = next_seq_;
  }
  size_ += batch_.size();
  unsynced_ = true;
  return ok();
}

Result<> FileRecord::cut_torn() {
  if (torn_) {
    TRY_OK(file_->truncate(size_));
    torn_ = false;
  }
  return ok();
}

// Writes a page of spaces, sees it through to the disk, and takes it away. A crash in between
// leaves a torn last line, which the next opening cuts off.
Result<> FileRecord::probe() {
  TRY_OK(cut_torn());
  const std::string page(kProbeBytes, ' ');
  std::string_view left = page;
  torn_ = true;
  while (!left.empty()) {
    TRY(const size_t written, file_->write(left));
    left.remove_prefix(written);
  }
  TRY_OK(file_->sync());
  TRY_OK(cut_torn());
  healthy_.store(true, std::memory_order_release);
  backoff_ = Millis::zero();
  log_.write(LogEvent::kRecordRecovered, {{"path", settings_.path.string()}});
  return ok();
}

void FileRecord::fail(const Error& error) {
  failure_ = error.message();
  backoff_ = backoff_ == Millis::zero() ? kFirstBackoff : std::min(backoff_ * 2, kLastBackoff);
  retry_at_ = clock_.monotonic() + backoff_;
  if (healthy_.exchange(false, std::memory_order_acq_rel)) {
    log_.write(LogEvent::kRecordFailed, {{"path", settings_.path.string()}, {"error", failure_}});
  }
}

Result<> FileRecord::rotate() {
  // Waiting for the disk is the syncing thread's work; this is a loop's thread.
  const bool later = syncer_.joinable();
  if (!later) {
    TRY_OK(file_->sync());
  }
  const fs::path old = rotated_name(settings_.path, first_seq_);
  std::error_code error;
  fs::rename(settings_.path, old, error);
  if (error) {
    return Error(ErrorKind::kIo,
                 fmt::format("cannot rename `{}` to `{}`: {}", settings_.path.string(),
                             old.string(), error.message()));
  }
  auto opened = open_file_(settings_.path);
  if (!opened) {
    // The old file stays the one being written, under its own name.
    fs::rename(old, settings_.path, error);
    return std::move(opened).error();
  }
  retired_.push_back(std::exchange(file_, std::move(*opened)));
  size_ = 0;
  unsynced_ = false;
  if (later) {
    stop_changed_.notify_all();
    return ok();
  }
  retired_.clear();
  TRY_OK(sync_folder(settings_.path.parent_path()));
  prune();
  return ok();
}

void FileRecord::prune() {
  auto files = rotated_files(settings_.path);
  if (!files) {
    log_.write(LogEvent::kRecordNotPruned, {{"error", files.error().message()}});
    return;
  }
  for (size_t i = 0; i + settings_.keep < files->size(); ++i) {
    std::error_code error;
    const fs::path& path = (*files)[i].path;
    if (!fs::remove(path, error)) {
      log_.write(LogEvent::kRecordNotPruned, {{"path", path.string()}, {"error", error.message()}});
    }
  }
}

Result<> FileRecord::sync() {
  std::vector<std::shared_ptr<RecordFile>> files;
  bool rotated = false;
  {
    const std::lock_guard held(mutex_);
    files = retired_;
    rotated = !files.empty();
    if (unsynced_) {
      files.push_back(file_);
    }
    unsynced_ = false;
  }
  const auto failed = [this](const Error& error) {
    const std::lock_guard held(mutex_);
    unsynced_ = true;
    fail(error);
    return error;
  };
  for (const auto& file : files) {
    if (const auto synced = file->sync(); !synced) {
      return failed(synced.error());
    }
  }
  if (rotated) {
    if (const auto synced = sync_folder(settings_.path.parent_path()); !synced) {
      return failed(synced.error());
    }
    prune();
    // Those that were rotated meanwhile stay for the next time.
    const std::lock_guard held(mutex_);
    std::erase_if(retired_,
                  [&](const auto& file) { return std::ranges::find(files, file) != files.end(); });
  }
  return ok();
}

void FileRecord::sync_on_interval() {
  std::unique_lock held(mutex_);
  while (!stop_) {
    // A rotation wakes it early, so that no more than one file waits in the steady state.
    stop_changed_.wait_for(held, settings_.sync_every,
                           [this] { return stop_ || !retired_.empty(); });
    if (stop_) {
      break;
    }
    held.unlock();
    // A failure makes the record unhealthy and is logged there.
    const auto synced = sync();
    held.lock();
    if (!synced) {  // what is retired stays so: it is tried again at the interval, not at once
      stop_changed_.wait_for(held, settings_.sync_every, [this] { return stop_; });
    }
  }
}

}  // namespace sally::ledger
