#include "ledger/ledger.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <coroutine>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/random.h"
#include "ledger/doorbell.h"
#include "ledger/engine.h"
#include "ledger/event_json.h"
#include "tlog/tile.h"

namespace sally::ledger {
namespace {

using Steady = std::chrono::steady_clock;

// In kProcess and kInterval the journal is written at most so often: one write takes what came.
constexpr Millis kGather{10};
constexpr Millis kFirstBackoff{100};
constexpr Millis kLastBackoff{5'000};
constexpr size_t kKeepBuffer = size_t{64} << 10;  // of a lane, between two events

Error unavailable(std::string_view why) {
  return Error(ErrorKind::kUnavailable, fmt::format("the ledger cannot be written: {}", why),
               "check the disk that holds the ledger; it is tried again without a restart");
}

// Of the calling thread: its work comes in bursts that may wait a little, and a loop that waits for
// it is a request that waits.
void run_behind_the_loops() {
  constexpr int kNice = 5;
  [[maybe_unused]] const int changed =
      ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);
}

// Counts its owner while it lives; under a lock at both ends.
class Counted {
 public:
  explicit Counted(size_t& count) : count_(count) { ++count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --count_; }

 private:
  size_t& count_;
};

class Backoff {
 public:
  MonoTime next() {
    wait_ = wait_ == Millis::zero() ? kFirstBackoff : std::min(wait_ * 2, kLastBackoff);
    return Steady::now() + wait_;
  }
  void reset() { wait_ = Millis::zero(); }

 private:
  Millis wait_{};
};

}  // namespace

std::string_view name_of(Durability durability) {
  constexpr std::array<std::string_view, 3> kNames = {"process", "interval", "every"};
  return kNames[static_cast<size_t>(durability)];
}

std::string_view name_of(WhenUnwritable choice) {
  return choice == WhenUnwritable::kRefuse ? "refuse" : "serve";
}

class Ledger::Impl {
 public:
  Impl(LedgerSettings settings, tlog::NoteSigner signer, const Clock& clock, Logger& log)
      : settings_(std::move(settings)), signer_(std::move(signer)), clock_(clock), log_(log) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { stop(); }

  Result<> open(Disk& disk);
  Result<std::unique_ptr<EventSink>> lane(std::function<void()> wake);
  Result<uint64_t> append(std::span<const std::string_view> entries);
  Result<> put_when_there_is_room(std::string_view entry);
  Result<> flush();
  void on_checkpoint(std::function<void(std::string_view)> publish);
  void stop_signing(std::string_view why);
  LedgerStatus status() const;

  bool healthy() const { return healthy_.load(std::memory_order_acquire); }
  bool serves() const { return healthy() || settings_.when_unwritable == WhenUnwritable::kServe; }
  Engine& engine() { return *engine_; }
  const tlog::NoteSigner& signer() const { return signer_; }
  std::string failure() const {
    const std::lock_guard lock(mutex_);
    return failure_text();
  }

 private:
  friend class Ledger;
  class Lane;
  enum Part : uint8_t { kWriting, kSyncing, kSigning, kParts };

  void commit_on_bell();
  void sync_in_time();
  void sign_in_time();
  void stop();
  // Everything that is in the rings, to the journal.
  Result<> drain_all();
  Result<> publish_key(Disk& disk);
  void tell_reports();

  void fail(Part part, const Error& error);
  void heal(Part part);
  // With mutex_ held.
  std::string failure_text() const;
  void wake_lanes();

  const LedgerSettings settings_;
  const tlog::NoteSigner signer_;
  const Clock& clock_;
  Logger& log_;
  // While opening; then the committer's.
  SystemRandom random_;
  std::deque<std::string> untold_;  // notices that are not in the ledger yet
  std::unique_ptr<Engine> engine_;
  Engine::Lane* others_ = nullptr;  // for append()
  std::mutex appending_;

  Doorbell bell_;
  std::atomic<bool> healthy_{true};
  std::atomic<uint64_t> lost_{0};

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Lane*> lanes_;
  std::array<std::string, kParts> failures_;
  MonoTime failing_since_{};
  std::string last_failure_;  // the first of the time it was not healthy
  uint64_t lost_before_ = 0;
  MonoTime oldest_unsynced_{};
  MonoTime oldest_unsigned_{};
  bool has_unsynced_ = false;
  bool has_unsigned_ = false;
  bool sync_now_ = false;
  bool sign_now_ = false;
  uint64_t drains_asked_ = 0;
  uint64_t drains_done_ = 0;
  size_t callers_ = 0;  // of append() and flush(), waiting
  WallTime checkpoint_time_{};
  bool stop_syncing_ = false;
  bool stop_signing_ = false;

  std::mutex publishing_;
  std::function<void(std::string_view)> publish_;

  std::thread committer_;
  std::thread syncer_;
  std::thread integrator_;
};

// --- Lanes -------------------------------------------------------------------------------------

// What one loop thread records. Who waits is taken off when its frame is destroyed, so that a
// connection may end while its event is under way; the event stays.
class Ledger::Impl::Lane final : public EventSink {
 public:
  Lane(Impl& ledger, Engine::Lane& lane, std::function<void()> wake)
      : ledger_(ledger),
        lane_(lane),
        waits_for_disk_(ledger.settings_.durability == Durability::kEvery),
        wake_(std::move(wake)) {
    const std::lock_guard lock(ledger_.mutex_);
    ledger_.lanes_.push_back(this);
  }
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;
  ~Lane() override {
    const std::lock_guard lock(ledger_.mutex_);
    std::erase(ledger_.lanes_, this);
  }

  [[nodiscard]] bool healthy() const override { return ledger_.serves(); }

  [[nodiscard]] Task<Result<>> record(const AccessEvent& event) override {
    entry_.clear();
    append_event(entry_, event);
    if (overflow_.empty() && lane_.ring.put(entry_)) {
      return waits_for_disk_ ? wait(*this, lane_.ring.put_position(), 0) : done();
    }
    if (!ledger_.healthy()) {
      if (ledger_.serves()) {
        ledger_.lost_.fetch_add(1, std::memory_order_relaxed);
        return done();
      }
      return failed(unavailable(ledger_.failure()));
    }
    overflow_.push_back({++tickets_, std::exchange(entry_, {})});
    return wait(*this, 0, tickets_);
  }

  void commit() override {
    for (;;) {
      while (!overflow_.empty() && lane_.ring.put(overflow_.front().entry)) {
        found_room(overflow_.front().ticket);
        overflow_.pop_front();
      }
      tell_committer();
      if (first_ == nullptr) {
        break;
      }
      waiting_.store(true, std::memory_order_seq_cst);
      if (!resume_ready()) {
        break;
      }
    }
    if (entry_.capacity() > kKeepBuffer) {
      entry_.shrink_to_fit();
    }
  }

  // From a thread of the ledger: something changed that may let somebody go on.
  void nudge() {
    if (waiting_.exchange(false, std::memory_order_seq_cst) && wake_) {
      wake_();
    }
  }

 private:
  // An event that waits for room.
  struct Overflow {
    uint64_t ticket;
    std::string entry;
  };

  // One waiting frame: a member of the lane's list while it is suspended.
  struct Wait {
    Wait(Lane& of, uint64_t at, uint64_t number) : lane(of), position(at), ticket(number) {}
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;
    ~Wait() {
      if (listed) {
        lane.leave(*this);
      }
    }
    [[nodiscard]] bool await_ready() const noexcept { return lane.is_over(*this); }
    void await_suspend(std::coroutine_handle<> waiting) noexcept {
      handle = waiting;
      lane.enter(*this);
    }
    void await_resume() const noexcept {}

    Lane& lane;
    uint64_t position;  // where its record ends; 0: it found no room yet
    uint64_t ticket;    // of its event in the overflow
    bool gave_up = false;
    std::coroutine_handle<> handle;
    Wait* previous = nullptr;
    Wait* next = nullptr;
    bool listed = false;
  };

  static Task<Result<>> done() { co_return ok(); }
  static Task<Result<>> failed(Error error) { co_return error; }
  static Task<Result<>> wait(Lane& lane, uint64_t position, uint64_t ticket) {
    Wait waiting(lane, position, ticket);
    co_await waiting;
    if (waiting.gave_up) {
      co_return unavailable(lane.ledger_.failure());
    }
    co_return ok();
  }

  void enter(Wait& wait) noexcept {
    wait.listed = true;
    wait.previous = last_;
    (last_ == nullptr ? first_ : last_->next) = &wait;
    last_ = &wait;
  }
  void leave(Wait& wait) noexcept {
    (wait.previous == nullptr ? first_ : wait.previous->next) = wait.next;
    (wait.next == nullptr ? last_ : wait.next->previous) = wait.previous;
    wait.previous = wait.next = nullptr;
    wait.listed = false;
  }
  [[nodiscard]] bool is_over(const Wait& wait) const noexcept {
    return wait.position != 0 &&
           (!waits_for_disk_ || lane_.durable.load(std::memory_order_acquire) >= wait.position);
  }

  // The event with this ticket is in the ring now; who waited for it may be gone.
  void found_room(uint64_t ticket) {
    for (Wait* wait = first_; wait != nullptr; wait = wait->next) {
      if (wait->position == 0 && wait->ticket == ticket) {
        wait->position = lane_.ring.put_position();
        return;
      }
    }
  }

  // Whether somebody was resumed, and may have recorded again.
  bool resume_ready() {
    const bool gives_up = !ledger_.healthy();
    bool any = false;
    while (first_ != nullptr && (gives_up || is_over(*first_))) {
      Wait& wait = *first_;
      wait.gave_up = !is_over(wait);
      if (wait.gave_up && ledger_.serves()) {
        wait.gave_up = false;  // it is served all the same
      }
      leave(wait);
      wait.handle.resume();
      any = true;
    }
    return any;
  }

  void tell_committer() {
    const uint64_t put = lane_.ring.put_position();
    if (put == told_) {
      return;
    }
    told_ = put;
    const bool is_filling =
        put - lane_.taken.load(std::memory_order_relaxed) > lane_.ring.size() / 2;
    ledger_.bell_.ring(waits_for_disk_ || is_filling || !overflow_.empty() ? Doorbell::kNow
                                                                           : Doorbell::kSoon);
  }

  Impl& ledger_;
  Engine::Lane& lane_;
  const bool waits_for_disk_;
  const std::function<void()> wake_;
  std::string entry_;              // reused
  std::deque<Overflow> overflow_;  // events that found no room, oldest first
  uint64_t tickets_ = 0;
  uint64_t told_ = 0;
  Wait* first_ = nullptr;
  Wait* last_ = nullptr;
  std::atomic<bool> waiting_{false};
};

Result<std::unique_ptr<EventSink>> Ledger::Impl::lane(std::function<void()> wake) {
  TRY(Engine::Lane* const lane, engine_->add_lane());
  return std::unique_ptr<EventSink>(std::make_unique<Lane>(*this, *lane, std::move(wake)));
}

// --- Opening and closing -----------------------------------------------------------------------

Result<> Ledger::Impl::open(Disk& disk) {
  TRY(engine_, Engine::open({.folder = settings_.folder,
                             .origin = settings_.origin,
                             .ring_bytes = settings_.ring_bytes,
                             .segment_bytes = settings_.segment_bytes},
                            signer_, clock_, random_, disk));
  TRY(others_, engine_->add_lane());
  engine_->tell_numbers_of(*others_);
  TRY_OK(publish_key(disk));
  has_unsigned_ = engine_->written() > engine_->checkpoint_size();
  oldest_unsigned_ = Steady::now();
  const bool is_waited_for = settings_.durability == Durability::kEvery;
  committer_ = std::thread([this, is_waited_for] {
    if (!is_waited_for) {
      run_behind_the_loops();
    }
    commit_on_bell();
  });
  syncer_ = std::thread([this] { sync_in_time(); });
  integrator_ = std::thread([this] {
    run_behind_the_loops();
    sign_in_time();
  });
  bell_.ring(Doorbell::kNow);  // what was found while opening is told
  return ok();
}

// The public key beside what it signed, for people. A verifier gets it by another way.
Result<> Ledger::Impl::publish_key(Disk& disk) {
  const std::string text = signer_.verifier_key().to_string() + "\n";
  const Disk::Path path = settings_.folder / "vkey";
  const auto there = disk.read_file(path, text.size());
  if (there.ok() && *there == text) {
    return ok();
  }
  Disk::Path fresh = path;
  fresh += ".new";
  TRY(const auto file, disk.create(fresh));
  TRY_OK(file->write(0, text));
  TRY_OK(file->sync());
  return disk.rename(fresh, path);
}

void Ledger::Impl::stop() {
  if (!committer_.joinable()) {
    return;
  }
  // In the order in which events pass them: each one finishes what it was handed.
  bell_.ring(Doorbell::kStop);
  committer_.join();
  {
    const std::lock_guard lock(mutex_);
    stop_syncing_ = true;
  }
  changed_.notify_all();
  syncer_.join();
  {
    const std::lock_guard lock(mutex_);
    stop_signing_ = true;
  }
  changed_.notify_all();
  integrator_.join();
}

// --- Threads -----------------------------------------------------------------------------------

Result<> Ledger::Impl::drain_all() {
  for (;;) {
    TRY(const size_t entries, engine_->drain());
    if (entries == 0) {
      return ok();
    }
    const std::lock_guard lock(mutex_);
    const MonoTime now = Steady::now();
    bool is_news = callers_ > 0;  // otherwise nobody has to be woken
    if (!std::exchange(has_unsynced_, true)) {
      oldest_unsynced_ = now;
      is_news = true;
    }
    if (!std::exchange(has_unsigned_, true)) {
      oldest_unsigned_ = now;
      is_news = true;
    }
    if (!sync_now_ && (settings_.durability == Durability::kEvery || engine_->is_filling())) {
      sync_now_ = true;
      is_news = true;
    }
    if (is_news) {
      changed_.notify_all();
    }
  }
}

void Ledger::Impl::commit_on_bell() {
  Backoff backoff;
  MonoTime last{};
  for (bool stopping = false; !stopping;) {
    Doorbell::Level level = bell_.wait(Doorbell::kSoon, std::nullopt);
    if (level < Doorbell::kNow && settings_.durability != Durability::kEvery) {
      level = std::max(level, bell_.wait(Doorbell::kNow, last + kGather));
    }
    stopping = level == Doorbell::kStop;
    uint64_t asked = 0;
    {
      const std::lock_guard lock(mutex_);
      asked = drains_asked_;
    }
    tell_reports();
    Result<> drained = drain_all();
    while (!drained.ok() && !stopping) {
      fail(kWriting, drained.error());
      stopping = bell_.wait(Doorbell::kStop, backoff.next()) == Doorbell::kStop;
      drained = drain_all();
    }
    last = Steady::now();
    if (drained.ok()) {
      backoff.reset();
      heal(kWriting);
    }
    {
      const std::lock_guard lock(mutex_);
      drains_done_ = asked;
      if (callers_ > 0) {
        changed_.notify_all();
      }
    }
    wake_lanes();
  }
}

void Ledger::Impl::sync_in_time() {
  // Otherwise it is asked, or the integrator does it before it signs.
  const bool is_timed = settings_.durability == Durability::kInterval;
  std::unique_lock lock(mutex_);
  while (!stop_syncing_) {
    const auto is_due = [this] { return stop_syncing_ || (sync_now_ && has_unsynced_); };
    changed_.wait(lock, [&] { return is_due() || (is_timed && has_unsynced_); });
    if (is_timed) {
      changed_.wait_until(lock, oldest_unsynced_ + settings_.interval, is_due);
    }
    has_unsynced_ = sync_now_ = false;
    lock.unlock();
    const auto synced = engine_->sync();
    if (synced.ok()) {
      wake_lanes();
    } else {
      fail(kSyncing, synced.error());
      bell_.ring(Doorbell::kNow);  // the committer writes it again
    }
    lock.lock();
    changed_.notify_all();
    if (!synced.ok()) {
      changed_.wait(lock, [this] { return stop_syncing_ || failures_[kSyncing].empty(); });
    }
  }
}

void Ledger::Impl::sign_in_time() {
  // The rest of the time is for doing it.
  const Millis after = settings_.checkpoint_every * 7 / 10;
  Backoff backoff;
  std::unique_lock lock(mutex_);
  for (bool stopping = false; !stopping;) {
    const auto is_asked = [this] { return stop_signing_ || sign_now_; };
    changed_.wait(lock, [&] { return stop_signing_ || has_unsigned_; });
    // Under load the work is done as it comes: a second's worth of it at once would hold up the
    // loops.
    for (bool is_waiting = true; is_waiting && !is_asked();) {
      lock.unlock();
      const bool has_more = engine_->integrate_ahead().value_or(false);
      lock.lock();
      const MonoTime due = oldest_unsigned_ + after;
      is_waiting = Steady::now() < due;
      if (is_waiting && !has_more) {
        is_waiting = changed_.wait_until(lock, due) == std::cv_status::no_timeout;
      }
    }
    stopping = stop_signing_;
    has_unsigned_ = sign_now_ = false;
    lock.unlock();
    const auto synced = engine_->sync();
    if (synced.ok()) {
      wake_lanes();
    } else if (!stopping) {
      fail(kSyncing, synced.error());
      bell_.ring(Doorbell::kNow);
    }
    const auto checkpoint = engine_->checkpoint();
    if (checkpoint.ok()) {
      heal(kSigning);
      backoff.reset();
      if (*checkpoint) {
        const std::lock_guard publishing(publishing_);
        if (publish_) {
          publish_(engine_->checkpoint_note());
        }
      }
    } else {
      fail(kSigning, checkpoint.error());
    }
    lock.lock();
    if (checkpoint.ok() && *checkpoint) {
      checkpoint_time_ = clock_.now();
    }
    if (engine_->written() > engine_->checkpoint_size() && !has_unsigned_) {
      has_unsigned_ = true;
      oldest_unsigned_ = Steady::now();
    }
    changed_.notify_all();
    if (!checkpoint.ok() && !stopping) {
      changed_.wait_until(lock, backoff.next(), [this] { return stop_signing_; });
    }
  }
}

// --- Failures ----------------------------------------------------------------------------------

std::string Ledger::Impl::failure_text() const {
  const auto found =
      std::ranges::find_if(failures_, [](const std::string& text) { return !text.empty(); });
  return found == failures_.end() ? std::string() : *found;
}

void Ledger::Impl::fail(Part part, const Error& error) {
  {
    const std::lock_guard lock(mutex_);
    failures_[part] = error.message();
    if (healthy_.exchange(false, std::memory_order_acq_rel)) {
      failing_since_ = Steady::now();
      last_failure_ = error.message();
      log_.write(LogEvent::kLedgerFailed,
                 {{"folder", settings_.folder.string()}, {"error", error.message()}});
    }
  }
  changed_.notify_all();
  wake_lanes();
}

void Ledger::Impl::heal(Part part) {
  {
    const std::lock_guard lock(mutex_);
    failures_[part].clear();
    if (part == kWriting && !engine_->must_rewrite()) {
      failures_[kSyncing].clear();
    }
    if (healthy() || !failure_text().empty()) {
      return;
    }
    healthy_.store(true, std::memory_order_release);
    const uint64_t lost = lost_.load(std::memory_order_relaxed);
    log_.write(LogEvent::kLedgerRecovered, {{"folder", settings_.folder.string()}, {"lost", lost}});
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(Steady::now() - failing_since_).count();
    engine_->report(Notice::kLogUnwritable,
                    fmt::format("for {} s: {}; {} events lost", seconds, last_failure_,
                                lost - std::exchange(lost_before_, lost)));
  }
  bell_.ring(Doorbell::kSoon);  // the committer tells it
  changed_.notify_all();
  wake_lanes();
}

void Ledger::Impl::wake_lanes() {
  const std::lock_guard lock(mutex_);
  for (Lane* lane : lanes_) {
    lane->nudge();
  }
}

// Into the process's log and, as soon as there is room, into the ledger itself.
void Ledger::Impl::tell_reports() {
  for (Engine::Report& report : engine_->take_reports()) {
    log_.write(LogEvent::kLedgerNotice,
               {{"notice", row_of(report.notice).name}, {"detail", report.detail}});
    const WallTime now = clock_.now();
    append_notice(untold_.emplace_back(),
                  {Ulid::make(now, random_), now, report.notice, std::move(report.detail)});
  }
  // Whoever appends may be waiting for this thread.
  const std::unique_lock appending(appending_, std::try_to_lock);
  while (!untold_.empty() && appending.owns_lock() && others_->ring.put(untold_.front())) {
    untold_.pop_front();
    bell_.ring(Doorbell::kSoon);
  }
}

// --- Calls from other threads ------------------------------------------------------------------

Result<uint64_t> Ledger::Impl::append(std::span<const std::string_view> entries) {
  for (const std::string_view entry : entries) {
    if (entry.size() > tlog::kMaxEntry) {
      return Error(ErrorKind::kTooLarge, fmt::format("an entry of {} bytes, more than {}",
                                                     entry.size(), tlog::kMaxEntry));
    }
  }
  uint64_t position = 0;
  {
    const std::lock_guard appending(appending_);
    for (const std::string_view& entry : entries) {
      if (&entry == &entries.back()) {
        position = others_->ring.put_position() + Ring::record_bytes(entry.size());
        engine_->want_number(position);
      }
      TRY_OK(put_when_there_is_room(entry));
    }
  }
  bell_.ring(Doorbell::kNow);
  const bool waits_for_disk = settings_.durability == Durability::kEvery;
  std::optional<uint64_t> number;
  const auto is_done = [&] {
    number = engine_->number_of(position);
    return number && (!waits_for_disk || engine_->durable() > *number);
  };
  std::unique_lock lock(mutex_);
  const Counted waiting(callers_);
  bool done = false;
  changed_.wait(lock, [&] { return (done = is_done()) || !healthy(); });
  engine_->forget_number(position);
  return done ? Result<uint64_t>(*number) : Result<uint64_t>(unavailable(failure_text()));
}

// With appending_ held.
Result<> Ledger::Impl::put_when_there_is_room(std::string_view entry) {
  if (healthy() && others_->ring.put(entry)) {
    return ok();
  }
  bell_.ring(Doorbell::kNow);
  std::unique_lock lock(mutex_);
  bool is_in = false;
  changed_.wait(lock, [&] {
    is_in = healthy() && others_->ring.put(entry);
    return is_in || !healthy();
  });
  return is_in ? ok() : Result<>(unavailable(failure_text()));
}

Result<> Ledger::Impl::flush() {
  std::unique_lock lock(mutex_);
  const Counted waiting(callers_);
  const uint64_t asked = ++drains_asked_;
  bell_.ring(Doorbell::kNow);
  changed_.wait(lock, [&] { return drains_done_ >= asked || !healthy(); });
  const uint64_t target = engine_->written();
  if (engine_->checkpoint_size() < target) {
    sign_now_ = true;
    changed_.notify_all();
  }
  changed_.wait(lock, [&] { return engine_->checkpoint_size() >= target || !healthy(); });
  if (engine_->checkpoint_size() < target) {
    return unavailable(failure_text());
  }
  return ok();
}

void Ledger::Impl::on_checkpoint(std::function<void(std::string_view)> publish) {
  const std::lock_guard publishing(publishing_);
  publish_ = std::move(publish);
  const std::string note = engine_->checkpoint_note();
  if (publish_ && !note.empty()) {
    publish_(note);
  }
}

void Ledger::Impl::stop_signing(std::string_view why) {
  engine_->refuse_to_sign(std::string(why));
  engine_->report(Notice::kLogRolledBack, std::string(why));
  fail(kSigning, Error(ErrorKind::kCorrupt, std::string(why)));
}

LedgerStatus Ledger::Impl::status() const {
  const std::lock_guard lock(mutex_);
  LedgerStatus out;
  out.durable = engine_->durable();
  out.size = engine_->written();
  out.checkpoint_size = engine_->checkpoint_size();
  out.checkpoint_time = checkpoint_time_;
  out.lost = lost_.load(std::memory_order_relaxed);
  out.failure = failure_text();
  return out;
}

// --- Ledger ------------------------------------------------------------------------------------

Ledger::Ledger(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Ledger::~Ledger() = default;

Result<std::unique_ptr<Ledger>> Ledger::open(LedgerSettings settings, crypto::Ed25519PrivateKey key,
                                             const Clock& clock, Logger& log, Disk& disk) {
  if (settings.ring_bytes < Ring::kLeastBytes) {
    return Error(ErrorKind::kUsage, fmt::format("a ring of {} bytes", settings.ring_bytes),
                 fmt::format("at least {}", Ring::kLeastBytes));
  }
  TRY(auto signer, tlog::NoteSigner::make(settings.origin, std::move(key)));
  auto impl = std::make_unique<Impl>(std::move(settings), std::move(signer), clock, log);
  TRY_OK(impl->open(disk));
  return std::unique_ptr<Ledger>(new Ledger(std::move(impl)));
}

Result<std::unique_ptr<EventSink>> Ledger::lane(std::function<void()> wake) {
  return impl_->lane(std::move(wake));
}
Result<uint64_t> Ledger::append(std::string_view entry) {
  return impl_->append({&entry, 1});
}
Result<uint64_t> Ledger::append(std::span<const std::string_view> entries) {
  return impl_->append(entries);
}
Result<uint64_t> Ledger::append(const ChangeEvent& change) {
  std::string entry;
  append_change(entry, change);
  return append(entry);
}
Result<uint64_t> Ledger::append(const NoticeEvent& notice) {
  std::string entry;
  append_notice(entry, notice);
  return append(entry);
}
bool Ledger::healthy() const {
  return impl_->healthy();
}
LedgerStatus Ledger::status() const {
  return impl_->status();
}
const tlog::VerifierKey& Ledger::verifier_key() const {
  return impl_->signer().verifier_key();
}
void Ledger::on_checkpoint(std::function<void(std::string_view note)> publish) {
  impl_->on_checkpoint(std::move(publish));
}
std::string Ledger::checkpoint() const {
  return impl_->engine().checkpoint_note();
}
Result<> Ledger::add_cosignature(std::string_view line, uint64_t size) {
  return impl_->engine().add_signature(line, size);
}
void Ledger::stop_signing(std::string_view why) {
  impl_->stop_signing(why);
}
Result<> Ledger::flush() {
  return impl_->flush();
}

}  // namespace sally::ledger
