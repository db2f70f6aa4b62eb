// FileRecord: the record of access as append-only JSON lines, and the lane by which each loop
// thread writes to it. The first EventSink; the tamper-evident ledger takes its place behind the
// same port.
//
//   TRY(auto record, FileRecord::open({.path = "state/access.jsonl"}, clock, log));
//   auto lane = record->lane();       // one per loop thread
//
// What a completed record() promises: the whole line was handed to the operating system, after
// every line with a smaller number. It lies on the disk at most `sync_every` later.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "core/event.h"
#include "ledger/event_json.h"
#include "ledger/record_file.h"

namespace sally::ledger {

struct RecordSettings {
  std::filesystem::path path;  // `access.jsonl`; its folder exists
  uint64_t rotate_bytes = uint64_t{256} << 20;
  uint32_t keep = 16;        // rotated files kept besides the one being written
  Millis sync_every{1'000};  // zero: only at rotation and at the end
};

class FileRecord {
 public:
  // Continues the record at `settings.path`: finds the last number, cuts off a torn last line (and
  // logs it). `clock` and `log` outlive the record. kConflict while another process writes it,
  // kCorrupt when its last line is no event, kIo.
  static Result<std::unique_ptr<FileRecord>> open(RecordSettings settings, const Clock& clock,
                                                  Logger& log,
                                                  OpenRecordFile open_file = open_record_file);
  FileRecord(const FileRecord&) = delete;
  FileRecord& operator=(const FileRecord&) = delete;
  // Syncs and closes. Every lane is gone before.
  ~FileRecord();

  // A lane for one loop thread. The record outlives it.
  [[nodiscard]] std::unique_ptr<EventSink> lane();

  // Safe from every thread.
  [[nodiscard]] bool healthy() const { return healthy_.load(std::memory_order_acquire); }
  // The number that the next event will get.
  [[nodiscard]] uint64_t next_seq() const;
  // Bytes of a torn last line that were cut off when the record was opened.
  [[nodiscard]] uint64_t repaired_bytes() const { return repaired_bytes_; }

  // Waits until everything written lies on the disk. Called on an interval by a thread of its own.
  Result<> sync();

 private:
  class Lane;

  FileRecord(RecordSettings settings, const Clock& clock, Logger& log, OpenRecordFile open_file,
             RecordLock lock)
      : settings_(std::move(settings)),
        clock_(clock),
        log_(log),
        open_file_(std::move(open_file)),
        lock_(std::move(lock)) {}

  Result<> recover();
  // Numbers and writes the objects that end at `ends` in `objects`: all of them or none.
  Result<> append(std::string_view objects, std::span<const size_t> ends);
  // While unhealthy and when it is time: tries whether the file can be written again.
  void try_again();

  // With mutex_ held.
  Result<> write_batch();
  Result<> probe();
  Result<> cut_torn();
  Result<> rotate();
  void prune();
  void fail(const Error& error);
  [[nodiscard]] bool may_try() const { return clock_.monotonic() >= retry_at_; }

  void sync_on_interval();

  const RecordSettings settings_;
  const Clock& clock_;
  Logger& log_;
  const OpenRecordFile open_file_;
  RecordLock lock_;
  uint64_t repaired_bytes_ = 0;

  std::atomic<bool> healthy_{true};

  mutable std::mutex mutex_;
  // Shared with a sync in progress, which runs without the mutex.
  std::shared_ptr<RecordFile> file_;
  // Rotated, and not known to lie on the disk yet.
  std::vector<std::shared_ptr<RecordFile>> retired_;
  uint64_t size_ = 0;       // of the whole lines in file_
  uint64_t first_seq_ = 0;  // in file_; meaningless while it is empty
  uint64_t next_seq_ = 1;
  bool torn_ = false;      // something may stand behind size_
  bool unsynced_ = false;  // something was written since the last sync
  std::string batch_;      // reused
  std::string failure_;    // why it is unhealthy
  MonoTime retry_at_{};
  Millis backoff_{};

  std::condition_variable stop_changed_;
  bool stop_ = false;
  std::thread syncer_;
};

}  // namespace sally::ledger
