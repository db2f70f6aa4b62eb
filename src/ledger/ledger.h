// Ledger: the log that everything is recorded in: append-only, hashed into a Merkle tree, signed.
//
//   TRY(auto ledger, Ledger::open({.folder = "ledger", .origin = "example.com/gate"}, key, clock,
//   log)); auto lane = ledger->lane([&loop] { loop.post([] {}); });        // one per loop thread
//
// The way of an event: a loop encodes it and copies it into its ring (memory that outlives the
// process); one thread, the committer, moves what is in the rings to the journal; another, the
// syncer, makes the journal durable; a third, the integrator, hashes what is durable into tiles and
// signs a checkpoint. None of them runs while nothing happens. README.md tells the rest.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "core/change_event.h"
#include "core/event.h"
#include "crypto/ed25519.h"
#include "ledger/disk.h"
#include "tlog/note.h"

namespace sally::ledger {

// When an event counts as recorded.
enum class Durability : uint8_t {
  kProcess,   // once in the ring: survives the process, not the machine; durable with a checkpoint
  kInterval,  // the same, and durable at most `interval` later
  kEvery,     // once durable
};
std::string_view name_of(Durability durability);

// What happens to requests while the ledger cannot be written.
enum class WhenUnwritable : uint8_t {
  kRefuse,  // none is served
  kServe,   // they are served; what finds no room in the ring is counted and lost
};
std::string_view name_of(WhenUnwritable choice);

struct LedgerSettings {
  std::filesystem::path folder;  // made where it is not there
  std::string origin;            // the log's name and its key's, for ever
  Durability durability = Durability::kInterval;
  Millis interval{1'000};
  // The longest time from an event to a checkpoint that covers it.
  Millis checkpoint_every{1'000};
  size_t ring_bytes = size_t{2} << 20;  // of each lane
  WhenUnwritable when_unwritable = WhenUnwritable::kRefuse;
  uint64_t segment_bytes = uint64_t{32} << 20;  // of the journal
};

struct LedgerStatus {
  uint64_t size = 0;             // entries that have a number: written to the journal
  uint64_t durable = 0;          // of them durable
  uint64_t checkpoint_size = 0;  // covered by the newest checkpoint
  WallTime checkpoint_time{};    // when it was signed; zero: not since this process began
  uint64_t lost = 0;             // events that found no room (WhenUnwritable::kServe)
  std::string failure;           // why it is not healthy; empty: it is
};

class Ledger {
 public:
  // Opens the log in `settings.folder` or begins one. What a crash left in rings and journal
  // becomes part of the log; an unfinished end of the journal is cut off and reported. `clock`,
  // `log` and `disk` outlive the ledger.
  // kConflict while another process writes it; kCorrupt where what is stored does not lead to the
  // stored checkpoint, or is damaged where it was durable; kUsage where it is another origin's or
  // key's; kIo.
  static Result<std::unique_ptr<Ledger>> open(LedgerSettings settings,
                                              crypto::Ed25519PrivateKey key, const Clock& clock,
                                              Logger& log, Disk& disk = real_disk());
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;
  // Writes, syncs and signs what there is. Every lane is gone before.
  ~Ledger();

  // A lane for one loop thread. `wake` is called on a thread of the ledger when the lane's commit()
  // has somebody to resume: it makes the loop turn. The ledger outlives the lane.
  [[nodiscard]] Result<std::unique_ptr<EventSink>> lane(std::function<void()> wake);

  // From any thread but a loop's: appends an entry of at most 65,535 bytes, and waits until it is
  // written (kEvery: durable). Its number. kTooLarge; kUnavailable while the ledger cannot be
  // written.
  Result<uint64_t> append(std::string_view entry);
  // Several, one after the other; the number of the last. Not empty. Others may come in between.
  Result<uint64_t> append(std::span<const std::string_view> entries);
  // The same for what administrators change, and for what the program reports.
  Result<uint64_t> append(const ChangeEvent& change);
  Result<uint64_t> append(const NoticeEvent& notice);

  // Safe from every thread.
  [[nodiscard]] bool healthy() const;
  [[nodiscard]] LedgerStatus status() const;
  [[nodiscard]] const tlog::VerifierKey& verifier_key() const;

  // Calls `publish` with every checkpoint from now on, and at once with the newest there is. On a
  // thread of the ledger: whoever takes long hands it on. One at a time; empty: nobody.
  void on_checkpoint(std::function<void(std::string_view note)> publish);
  // The newest published checkpoint; empty in a log that has none.
  [[nodiscard]] std::string checkpoint() const;
  // Stores a witness's signature line with the newest checkpoint. kConflict where that is not of
  // `size` any more; kInvalidInput where it is no signature line. Who asks verified it.
  Result<> add_cosignature(std::string_view line, uint64_t size);
  // Signs nothing more and is not healthy until it is opened again: the log is older than somebody
  // has seen it, and every further checkpoint would be a fork.
  void stop_signing(std::string_view why);

  // Waits until everything that was recorded before the call is covered by a checkpoint.
  Result<> flush();

 private:
  class Impl;
  explicit Ledger(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sally::ledger
