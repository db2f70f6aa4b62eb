// Recorder: the ContentRecorder of a gate. Commitments are made on the caller's thread, from bytes
// it has at hand; content is handed to a thread of the recorder's own, which seals and writes it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/log.h"
#include "capture/content_store.h"
#include "capture/subject_keys.h"
#include "core/content_recorder.h"

namespace sally::capture {

enum class Mode : uint8_t { kCommitments, kContent };

struct RecorderSettings {
  std::filesystem::path folder;  // `ring`, `subjects`, `content/`
  Mode mode = Mode::kCommitments;
  std::string end_user_field;            // lower case; empty: subjects are principals
  size_t body_bytes = size_t{64} << 10;  // kept of one body
  ContentLimits content;
  friend bool operator==(const RecorderSettings&, const RecorderSettings&) = default;
};

class Recorder final : public ContentRecorder {
 public:
  // Of what was handed over and is not written yet.
  static constexpr size_t kMostQueuedBytes = size_t{64} << 20;
  static constexpr size_t kMostEndUserName = 256;

  // `clock` and `log` outlive the recorder, and the recorder outlives its recordings.
  static Result<std::shared_ptr<Recorder>> open(RecorderSettings settings, const Secret& root,
                                                const Clock& clock, Logger& log);
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;
  // Writes what is queued.
  ~Recorder() override;

  [[nodiscard]] std::string_view end_user_field() const override {
    return settings_.end_user_field;
  }
  [[nodiscard]] std::unique_ptr<ContentRecording> begin(const ContentSubject& subject,
                                                        const Ulid& id) const override;

  // Brings new keys to the disk, and lets go of what another process forgot. Called about every
  // second, from any thread that may wait for a disk.
  void keep_house();
  // Deletes content that is too old, or too much. Called about every minute, and when there is
  // too much, as above.
  void prune(const IsHeld& is_held);
  [[nodiscard]] bool overfull() const { return content_ != nullptr && content_->overfull(); }
  // Waits until everything that was handed over is written. For tests and for the end.
  void flush();

  // Bodies that were not kept because the queue or the disk was full.
  [[nodiscard]] uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }
  [[nodiscard]] const SubjectKeys& keys() const { return *keys_; }

 private:
  class Recording;
  struct Kept {
    SubjectKeyPtr key;
    Ulid id;
    Direction direction;
    WallTime time;
    std::string content;  // wiped when it is written
    uint64_t original_bytes;

    [[nodiscard]] size_t bytes() const { return sizeof(Kept) + content.size(); }
  };

  Recorder(RecorderSettings settings, std::unique_ptr<SubjectKeys> keys,
           std::unique_ptr<ContentStore> content, const Clock& clock, Logger& log);
  void keep(Kept kept) const;
  void write_on();
  void note(std::atomic<bool>& failing, const Result<>& done) const;

  const RecorderSettings settings_;
  const std::unique_ptr<SubjectKeys> keys_;
  const std::unique_ptr<ContentStore> content_;  // null: commitments only
  const Clock& clock_;
  Logger& log_;

  mutable std::atomic<uint64_t> dropped_{0};
  // What is said of a failure is said once, until it is over.
  mutable std::atomic<bool> keys_failing_{false};
  mutable std::atomic<bool> content_failing_{false};
  mutable std::atomic<bool> pruning_failing_{false};

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable std::deque<Kept> queue_;
  mutable size_t queued_bytes_ = 0;  // what is being written included
  bool writing_ = false;
  bool stop_ = false;
  std::thread writer_;
};

}  // namespace sally::capture
