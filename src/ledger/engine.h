// Engine: the ledger without its threads: every step as a call, so that a test can take them one by
// one and stop at any of them. Ledger (ledger.h) runs them.
//
// Steps and who takes them: drain() the committer, sync() the syncer, integrate_ahead() and
// checkpoint() the integrator, each by one thread at a time; putting into a ring, the thread that
// owns it; the rest, any.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "core/change_event.h"
#include "ledger/disk.h"
#include "ledger/journal.h"
#include "ledger/ring.h"
#include "ledger/tile_store.h"
#include "tlog/checkpoint.h"
#include "tlog/note.h"

namespace sally::ledger {

struct EngineSettings {
  Disk::Path folder;
  std::string origin;
  size_t ring_bytes = size_t{2} << 20;
  uint64_t segment_bytes = uint64_t{32} << 20;
  size_t frame_bytes = size_t{256} << 10;  // a frame that has so many takes no more entries
};

class Engine {
 public:
  // One ring, and how far it came.
  struct Lane {
    explicit Lane(std::unique_ptr<DiskMapping> mapping, uint64_t generation)
        : ring(std::move(mapping), generation) {}
    Ring ring;
    std::atomic<uint64_t> taken{0};    // what stands before is in the journal
    std::atomic<uint64_t> durable{0};  // and durable
  };

  // What the engine found out about the log, to be told to whoever operates it.
  struct Report {
    Notice notice;
    std::string detail;
  };

  // As Ledger::open. `signer`, `clock` and `disk` outlive the engine; `random` names the
  // generation of its rings.
  static Result<std::unique_ptr<Engine>> open(EngineSettings settings,
                                              const tlog::NoteSigner& signer, const Clock& clock,
                                              Random& random, Disk& disk);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine() = default;

  // A new ring. The engine owns it. kTooMany beyond kMaxLanes; kIo.
  Result<Lane*> add_lane();

  // Moves what is in the rings to the journal, about a frame of it. How many entries. After a
  // failed sync() it first writes again what cannot be believed any more.
  Result<size_t> drain();
  // Makes durable what is in the journal. kIo: then nothing more becomes durable until drain() has
  // written it again.
  Result<> sync();
  // Brings some of what is durable into tiles, where there is much of it, so that checkpoint()
  // finds little left to do. Whether it did.
  Result<bool> integrate_ahead();
  // Brings everything durable into tiles, signs a checkpoint over it and stores it. Whether there
  // was something new. kUnavailable after refuse_to_sign().
  Result<bool> checkpoint();

  // Which number an entry got. One lane's entries may be asked for, by the position at which their
  // record will end, before they are put there; the answer comes once they are in the journal.
  void tell_numbers_of(const Lane& lane) { numbered_ = &lane; }
  void want_number(uint64_t position);
  [[nodiscard]] std::optional<uint64_t> number_of(uint64_t position) const;
  void forget_number(uint64_t position);

  // Whether a failed sync() waits for drain().
  [[nodiscard]] bool must_rewrite() const;
  // Whether a ring is more than half full of what is not durable: then it is time to sync().
  [[nodiscard]] bool is_filling() const;

  [[nodiscard]] uint64_t written() const { return written_.load(std::memory_order_acquire); }
  [[nodiscard]] uint64_t durable() const { return durable_.load(std::memory_order_acquire); }
  [[nodiscard]] uint64_t checkpoint_size() const {
    return checkpoint_size_.load(std::memory_order_acquire);
  }
  // The newest stored checkpoint; empty: none.
  [[nodiscard]] std::string checkpoint_note() const;
  // Adds a signature line to the stored checkpoint.
  Result<> add_signature(std::string_view line, uint64_t size);
  void refuse_to_sign(std::string why);
  [[nodiscard]] std::string refusal() const;
  void report(Notice notice, std::string detail);
  // What was reported since the last call.
  [[nodiscard]] std::vector<Report> take_reports();

  [[nodiscard]] const tlog::NoteSigner& signer() const { return signer_; }

 private:
  // A frame that is in the journal and not known to be durable: what it took from each lane, so
  // that it can be made again.
  struct Pending {
    FrameHead head;  // its `lanes` are where it stopped
    std::vector<uint64_t> from;
    uint64_t end_seq = 0;
  };

  Engine(EngineSettings settings, const tlog::NoteSigner& signer, const Clock& clock, Disk& disk)
      : settings_(std::move(settings)), signer_(signer), clock_(clock), disk_(disk) {}

  // Opening, in this order.
  Result<> recover();
  Result<> read_checkpoint();
  Result<> begin_anew();
  Result<> take_over(const JournalEnd& end);
  Result<std::string> rescue_rings(const JournalEnd& end, uint64_t& next_seq);
  Result<> check_tree(uint64_t first_seq);

  [[nodiscard]] Disk::Path journal_folder() const { return settings_.folder / "journal"; }
  [[nodiscard]] Disk::Path ring_path(size_t lane) const;
  std::vector<Lane*> lanes() const;

  // A frame of what the lanes hold from `pending.from` on, up to where `to` says (empty: as far as
  // it goes). Sets what the head still lacks.
  Result<> build_frame(const std::vector<Lane*>& lanes, const std::vector<uint64_t>& to,
                       Pending& pending, std::string& out);
  // An empty frame that says how the journal stands.
  [[nodiscard]] std::string opening_frame(uint64_t seq, std::vector<uint64_t> lanes) const;
  Result<> sync_held();
  Result<> rotate(const std::vector<Lane*>& lanes);
  Result<> rewrite(const std::vector<Lane*>& lanes);
  void install(Segment segment, uint64_t bytes);
  [[nodiscard]] Segment current_segment() const;
  // With mutex_ held.
  void advance_durable(uint64_t seq, const std::vector<uint64_t>& positions);
  void watch_clock(WallTime now);

  // Entries up to `target`, or frames until there were `enough` of them.
  Result<> integrate(uint64_t target, uint64_t enough = UINT64_MAX);
  Result<> rebuild_tiles();
  Result<> store_note(std::string_view note);
  Result<> retire_segments();

  const EngineSettings settings_;
  const tlog::NoteSigner& signer_;
  const Clock& clock_;
  Disk& disk_;
  std::unique_ptr<DiskLock> lock_;

  std::atomic<uint64_t> written_{0};
  std::atomic<uint64_t> durable_{0};
  std::atomic<uint64_t> checkpoint_size_{0};
  uint64_t generation_ = 0;

  // The committer's own.
  const Lane* numbered_ = nullptr;
  std::string frame_;
  WallTime last_seen_{};
  uint64_t segment_bytes_ = 0;  // of the segment being written

  std::mutex syncing_;  // one sync of the journal at a time; taken before mutex_

  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::deque<Segment> segments_;  // the last one is being written
  std::deque<Pending> pending_;
  bool must_rewrite_ = false;
  std::map<uint64_t, std::optional<uint64_t>> numbers_;  // by position
  std::vector<Report> reports_;
  std::string refusal_;

  // The integrator's own.
  std::unique_ptr<TileStore> tiles_;
  bool must_rebuild_ = false;
  std::shared_ptr<DiskFile> reading_;
  std::optional<SegmentReader> reader_;

  mutable std::mutex note_mutex_;  // the stored checkpoint
  std::string note_;
};

}  // namespace sally::ledger
