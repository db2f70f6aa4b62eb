// The crash harness: a log is written, crashes at an operation or inside of it, and is opened
// again, thousands of times, on a disk that loses, tears and reorders what was not made durable.
// SALLY_CRASH_POINTS says how often; SALLY_CRASH_SEED with which seed to begin.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "ledger/engine.h"
#include "ledger/log_reader.h"
#include "ledger/test_disk.h"

namespace sally::ledger {
namespace {

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr uint64_t kPoints = 1'000;
#else
constexpr uint64_t kPoints = 12'000;
#endif
#else
constexpr uint64_t kPoints = 12'000;
#endif
constexpr uint64_t kLivesOfALog = 40;

uint64_t from_environment(const char* name, uint64_t standard) {
  const char* const text = std::getenv(name);
  return text == nullptr ? standard : std::strtoull(text, nullptr, 10);
}

tlog::NoteSigner make_signer() {
  auto key = crypto::Ed25519PrivateKey::from_seed(Secret(std::string(32, 'k')));
  auto signer = tlog::NoteSigner::make("crash.test/log", *std::move(key));
  return *std::move(signer);
}

// One log and its lives. What a test expects of it is kept beside it, from what the engine
// promised.
class Story {
 public:
  Story(uint64_t seed, const tlog::NoteSigner& signer)
      : seed_(seed), random_(seed), disk_(random_), signer_(signer) {
    settings_.folder = "/log";
    settings_.origin = "crash.test/log";
    settings_.ring_bytes = 2048;
    settings_.segment_bytes = 1500 + below(3000);
    settings_.frame_bytes = 200 + below(600);
  }

  // One life: begins, works, crashes, and is looked at. False: something is wrong.
  bool live() {
    crash_ = chance(2) ? Crash::kProcess : Crash::kMachine;
    disk_.crash_at(disk_.operations() + (chance(3) ? below(30) : below(150)));
    if (begin()) {
      work();
    }
    end();
    if (!look()) {
      ADD_FAILURE() << "seed " << seed_ << ", life " << lives_ << ", crash of the "
                    << (crash_ == Crash::kProcess ? "process" : "machine");
      return false;
    }
    ++lives_;
    return true;
  }
  [[nodiscard]] uint64_t entries() const { return log_.size(); }

 private:
  struct LaneModel {
    Engine::Lane* lane = nullptr;
    size_t number = 0;
    std::vector<std::string> put;     // in their order
    std::vector<uint64_t> positions;  // behind each
    uint64_t durable = 0;             // how many of them
  };

  uint64_t below(uint64_t limit) { return random_.next_u64() % limit; }
  bool chance(uint64_t in) { return below(in) == 0; }

  bool begin() {
    auto opened = Engine::open(settings_, signer_, clock_, random_, disk_);
    if (!opened.ok()) {
      EXPECT_TRUE(disk_.has_crashed()) << opened.error().message();
      return false;
    }
    engine_ = *std::move(opened);
    const size_t count = 1 + below(3);
    for (size_t i = 0; i < count; ++i) {
      auto lane = engine_->add_lane();
      if (!lane.ok()) {
        EXPECT_TRUE(disk_.has_crashed()) << lane.error().message();
        break;
      }
      lanes_.push_back({.lane = *lane, .number = i});
    }
    return !disk_.has_crashed();
  }

  void work() {
    const uint64_t steps = 20 + below(120);
    for (uint64_t i = 0; i < steps && !disk_.has_crashed(); ++i) {
      switch (below(13)) {
        case 0:
          tried(engine_->sync());
          break;
        case 12:
          tried(engine_->integrate_ahead());
          break;
        case 1:
          tried(engine_->checkpoint());
          remember_checkpoint();
          break;
        case 2:
        case 3:
        case 4:
          tried(engine_->drain());
          break;
        case 5:
          misfortune();
          break;
        default:
          put_some(lanes_[below(lanes_.size())]);
      }
      note_durable();
    }
  }

  // A step may fail when its disk does, and then the next one has to cope.
  template <typename T>
  void tried(const Result<T>& result) {
    if (!result.ok()) {
      EXPECT_NE(result.error().kind(), ErrorKind::kCorrupt) << result.error().message();
    }
  }

  void misfortune() {
    switch (below(4)) {
      case 0:
        disk_.write_back_some_pages();
        break;
      case 1:
        disk_.fail_writes(1 + below(2));
        break;
      case 2:
        disk_.fail_syncs(1 + below(2));
        break;
      default:
        clock_.advance(chance(3) ? Nanos(std::chrono::hours(-1)) : Nanos(std::chrono::hours(1)));
    }
  }

  void put_some(LaneModel& model) {
    for (uint64_t left = below(12); left > 0; --left) {
      std::string entry = fmt::format("{}.{}.{} ", lives_, model.number, model.put.size());
      entry.append(below(60), '.');
      if (!model.lane->ring.put(entry)) {
        return;  // full: nobody was told that it was recorded
      }
      model.put.push_back(std::move(entry));
      model.positions.push_back(model.lane->ring.put_position());
    }
  }

  void note_durable() {
    for (LaneModel& model : lanes_) {
      const uint64_t position = model.lane->durable.load();
      while (model.durable < model.put.size() && model.positions[model.durable] <= position) {
        ++model.durable;
      }
    }
    durable_ = std::max(durable_, engine_->durable());
  }

  // A published checkpoint is a promise for ever.
  void remember_checkpoint() {
    const std::string text = engine_->checkpoint_note();
    if (!text.empty()) {
      promise(text);
    }
  }
  void promise(const std::string& text) {
    const auto note = tlog::Note::parse(text);
    ASSERT_TRUE(note.ok()) << text;
    EXPECT_TRUE(tlog::is_signed_by(*note, signer_.verifier_key()));
    const auto checkpoint = tlog::Checkpoint::parse(note->text);
    ASSERT_TRUE(checkpoint.ok()) << text;
    const auto [promised, is_new] = promises_.try_emplace(checkpoint->size, checkpoint->root);
    EXPECT_EQ(promised->second, checkpoint->root) << "two roots for " << checkpoint->size;
  }

  void end() {
    if (engine_) {
      note_durable();
      if (crash_ == Crash::kProcess && !lanes_.empty() && chance(4)) {
        tear_a_put();
      }
      engine_.reset();
    }
    disk_.restart(crash_);
  }

  // The process dies while it copies an entry: some of its bytes are there, its head is not.
  void tear_a_put() {
    LaneModel& model = lanes_[below(lanes_.size())];
    std::string* const memory =
        disk_.bytes_of(settings_.folder / "ring" / std::to_string(model.number));
    const std::string before = *memory;
    const uint64_t position = model.lane->ring.put_position();
    if (!model.lane->ring.put("torn " + std::string(below(40), 'x'))) {
      return;
    }
    const uint64_t bytes = model.lane->ring.put_position() - position;
    const uint64_t kept = below(bytes);
    for (uint64_t i = 0; i < bytes; ++i) {
      if (i < 8 || i >= kept) {
        const size_t at = (position + i) % memory->size();
        (*memory)[at] = before[at];
      }
    }
  }

  // Opens the log again, without a crash this time, and compares.
  bool look() {
    auto opened = Engine::open(settings_, signer_, clock_, random_, disk_);
    if (!opened.ok()) {
      ADD_FAILURE() << "cannot be opened again: " << opened.error().message();
      return false;
    }
    const std::unique_ptr<Engine> engine = *std::move(opened);
    if (const std::string note = engine->checkpoint_note(); !note.empty()) {
      promise(note);
    }
    auto reader = LogReader::open(settings_.folder, disk_);
    if (!reader.ok()) {
      ADD_FAILURE() << reader.error().message();
      return false;
    }
    const uint64_t size = reader->size().value_or(0);
    EXPECT_EQ(size, engine->written());
    EXPECT_GE(size, log_.size()) << "what was opened once is durable";
    EXPECT_GE(size, durable_);
    // What this life added; all of it now and then.
    const uint64_t from = chance(20) ? 0 : log_.size();
    std::vector<std::string> added;
    const auto read = reader->read(from, UINT64_MAX, [&](uint64_t seq, std::string_view entry) {
      if (seq < log_.size()) {
        EXPECT_EQ(entry, log_[seq]) << seq;
      } else {
        added.emplace_back(entry);
      }
      return Visit::kContinue;
    });
    EXPECT_TRUE(read.ok()) << read.error().message();
    EXPECT_EQ(log_.size() + added.size(), size);
    check_lanes(added);
    check_promises(added, size);
    lanes_.clear();
    return !testing::Test::HasFailure();
  }

  // Of each lane the first so many, in their order, once each: all that was promised.
  void check_lanes(const std::vector<std::string>& added) {
    std::map<size_t, size_t> seen;
    for (const std::string& entry : added) {
      bool found = false;
      for (const LaneModel& model : lanes_) {
        size_t& next = seen[model.number];
        if (next < model.put.size() && model.put[next] == entry) {
          ++next;
          found = true;
          break;
        }
      }
      EXPECT_TRUE(found) << "`" << entry << "` was not recorded, or not here";
    }
    for (const LaneModel& model : lanes_) {
      const size_t least = crash_ == Crash::kProcess ? model.put.size() : model.durable;
      EXPECT_GE(seen[model.number], least) << "entries of lane " << model.number << " are lost";
    }
  }

  void check_promises(const std::vector<std::string>& added, uint64_t size) {
    const auto ignore = [](uint32_t, uint64_t, std::span<const tlog::Hash>) {};
    for (const std::string& entry : added) {
      log_.push_back(entry);
      tree_.append(tlog::leaf_hash(as_bytes(entry)), ignore);
      if (const auto promised = promises_.find(tree_.size()); promised != promises_.end()) {
        EXPECT_EQ(promised->second, tree_.root()) << "a fork at " << tree_.size();
      }
    }
    if (!promises_.empty()) {
      EXPECT_LE(promises_.rbegin()->first, size) << "less than was signed";
    }
  }

  const uint64_t seed_;
  SeededRandom random_;
  SimulatedDisk disk_;
  const tlog::NoteSigner& signer_;
  FakeClock clock_{WallTime(std::chrono::hours(500'000))};
  EngineSettings settings_;
  std::unique_ptr<Engine> engine_;
  Crash crash_ = Crash::kProcess;
  uint64_t lives_ = 0;

  std::vector<LaneModel> lanes_;
  std::vector<std::string> log_;  // durable, and the same for ever
  tlog::Tree tree_;               // of log_
  std::map<uint64_t, tlog::Hash> promises_;
  uint64_t durable_ = 0;
};

TEST(Crash, LosesNoAcknowledgedEntryAndNeverSignsAFork) {
  const uint64_t points = from_environment("SALLY_CRASH_POINTS", kPoints);
  const tlog::NoteSigner signer = make_signer();
  uint64_t tried = 0;
  uint64_t entries = 0;
  for (uint64_t seed = from_environment("SALLY_CRASH_SEED", 1); tried < points; ++seed) {
    Story story(seed, signer);
    for (uint64_t life = 0; life < kLivesOfALog; ++life, ++tried) {
      if (!story.live()) {
        return;
      }
    }
    entries += story.entries();
  }
  std::printf("%llu crash points, %llu entries\n", static_cast<unsigned long long>(tried),
              static_cast<unsigned long long>(entries));
}

}  // namespace
}  // namespace sally::ledger
