#include "ledger/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "base/check.h"
#include "base/encoding.h"
#include "base/text.h"

namespace sally::ledger {
namespace {

constexpr size_t kMaxNote = size_t{1} << 20;
constexpr size_t kMaxBundle = tlog::kTileWidth * (2 + tlog::kMaxEntry);
// Hashing this many takes a tenth of a millisecond: a loop that woke meanwhile waits no longer.
constexpr uint64_t kEntriesInOneGo = 128;
// Files are worth their while from so many entries on.
constexpr uint64_t kWorthAhead = tlog::kTileWidth;
// A clock that is set back by less is one that is being adjusted.
constexpr Millis kClockTolerance{1'000};

constexpr std::string_view kRestoreHint =
    "put this folder back from a backup, or from a copy that a witness has seen";

Error corrupt(std::string message) {
  return Error(ErrorKind::kCorrupt, std::move(message), std::string(kRestoreHint));
}

// Entries before the journal's are in full bundles and tiles, which were durable before the journal
// let go of them: the number of entries from which on everything comes from the journal.
uint64_t first_whole(uint64_t first_seq) {
  return (first_seq + tlog::kTileWidth - 1) / tlog::kTileWidth * tlog::kTileWidth;
}

}  // namespace

// --- Opening -----------------------------------------------------------------------------------

Result<std::unique_ptr<Engine>> Engine::open(EngineSettings settings,
                                             const tlog::NoteSigner& signer, const Clock& clock,
                                             Random& random, Disk& disk) {
  std::unique_ptr<Engine> engine(new Engine(std::move(settings), signer, clock, disk));
  engine->generation_ = random.next_u64();
  TRY_OK(engine->recover());
  return engine;
}

Disk::Path Engine::ring_path(size_t lane) const {
  return settings_.folder / "ring" / std::to_string(lane);
}

Result<> Engine::recover() {
  const Disk::Path& folder = settings_.folder;
  TRY_OK(disk_.make_folder(folder));
  TRY(lock_, disk_.lock(folder / "lock"));
  TRY_OK(disk_.make_folder(journal_folder()));
  TRY_OK(disk_.make_folder(folder / "ring"));
  TRY_OK(disk_.sync_folder(folder));
  tiles_ = std::make_unique<TileStore>(disk_, folder);
  TRY_OK(read_checkpoint());
  TRY(std::vector<Segment> segments, open_segments(disk_, journal_folder()));
  if (segments.empty()) {
    TRY_OK(begin_anew());
    TRY(segments, open_segments(disk_, journal_folder()));
  }
  TRY(const JournalEnd end, scan_journal(segments));
  const uint64_t signed_size = checkpoint_size();
  if (end.next_seq < signed_size) {
    return corrupt(fmt::format(
        "the log has {} entries, but its checkpoint was signed over {}: `{}` ends at byte {}",
        end.next_seq, signed_size, end.path.string(), end.offset));
  }
  segments_.assign(std::make_move_iterator(segments.begin()),
                   std::make_move_iterator(segments.end()));
  TRY_OK(check_tree(end.first_seq));
  TRY_OK(take_over(end));
  if (end.torn_bytes > 0) {
    report(
        Notice::kLogTorn,
        fmt::format("{} bytes behind entry {} in `{}`, from byte {} on: a write that a crash cut "
                    "short",
                    end.torn_bytes, end.next_seq, end.path.string(), end.offset));
  }
  last_seen_ = end.written;
  watch_clock(clock_.now());
  return ok();
}

// The stored checkpoint must be one that this key signed for this origin.
Result<> Engine::read_checkpoint() {
  const Disk::Path path = settings_.folder / "checkpoint";
  auto bytes = disk_.read_file(path, kMaxNote);
  if (!bytes.ok()) {
    return bytes.error().kind() == ErrorKind::kNotFound ? ok() : Result<>(bytes.error());
  }
  const auto note = tlog::Note::parse(*bytes);
  const auto checkpoint =
      note.ok() ? tlog::Checkpoint::parse(note->text) : Result<tlog::Checkpoint>(note.error());
  if (!checkpoint.ok()) {
    return corrupt(
        fmt::format("`{}` is no checkpoint: {}", path.string(), checkpoint.error().message()));
  }
  if (checkpoint->origin != settings_.origin) {
    return Error(ErrorKind::kUsage,
                 fmt::format("the log in `{}` is called `{}`, not `{}`", settings_.folder.string(),
                             printable(checkpoint->origin), settings_.origin),
                 "set `ledger.origin` to that name, or begin a new log in another folder");
  }
  if (!tlog::is_signed_by(*note, signer_.verifier_key())) {
    const bool other_key = std::ranges::none_of(
        note->signatures, [&](const auto& one) { return one.id == signer_.verifier_key().id(); });
    if (other_key) {
      return Error(ErrorKind::kUsage,
                   fmt::format("`{}` is not signed with this key, {}", path.string(),
                               signer_.verifier_key().to_string()),
                   "`ledger.key` names the key that the log was begun with");
    }
    return corrupt(fmt::format("the signature of `{}` does not verify", path.string()));
  }
  note_ = *std::move(bytes);
  checkpoint_size_ = checkpoint->size;
  return ok();
}

// No journal: a new log, or the published part of one (a copy), which is continued.
Result<> Engine::begin_anew() {
  const uint64_t size = checkpoint_size();
  const uint64_t whole = size - size % tlog::kTileWidth;
  std::string frames;
  if (whole < size) {
    const uint64_t index = size / tlog::kTileWidth;
    auto bundle = disk_.read_file(
        settings_.folder / tlog::bundle_path(index, size % tlog::kTileWidth), kMaxBundle);
    if (!bundle.ok()) {
      bundle = disk_.read_file(settings_.folder / tlog::bundle_path(index), kMaxBundle);
    }
    if (!bundle.ok()) {
      return corrupt(fmt::format("the log has neither a journal nor entries from {} on: {}", whole,
                                 bundle.error().message()));
    }
    FrameWriter writer(frames, 0);
    tlog::BundleReader reader(*bundle);
    while (whole + writer.entries() < size) {
      const auto entry = reader.next();
      if (!entry) {
        return corrupt(fmt::format("the bundle of the entries from {} on ends at {}", whole,
                                   whole + writer.entries()));
      }
      writer.add(*entry);
    }
    writer.finish({.first_seq = whole, .durable = whole, .written = clock_.now()});
  }
  frames += opening_frame(size, {});
  TRY_OK(make_segment(disk_, journal_folder(), whole, frames));
  return ok();
}

// The tree of everything that was signed must have the root that was signed.
Result<> Engine::check_tree(uint64_t first_seq) {
  const uint64_t whole = first_whole(first_seq);
  const uint64_t size = checkpoint_size();
  if (whole > size) {
    return corrupt(fmt::format("the journal begins with entry {}, behind the checkpoint over {}",
                               first_seq, size));
  }
  TRY_OK(tiles_->restore(whole));
  TRY_OK(integrate(size));
  if (size == 0) {
    return ok();
  }
  TRY(const tlog::Note note, tlog::Note::parse(note_));
  TRY(const tlog::Checkpoint checkpoint, tlog::Checkpoint::parse(note.text));
  if (tiles_->tree().root() != checkpoint.root) {
    return corrupt(
        fmt::format("the first {} entries of the log in `{}` do not lead to the signed checkpoint",
                    size, settings_.folder.string()));
  }
  // What a crash left of the files at the right edge may be torn.
  TRY_OK(tiles_->clear_edge());
  return tiles_->write_partial();
}

// A new segment for this process: what the old one may not have made durable, what is in the rings
// only, and the new generation of rings, all or nothing of it.
Result<> Engine::take_over(const JournalEnd& end) {
  const uint64_t from = std::max(end.durable, segments_.back().first_seq);
  TRY(std::string frames, frames_from(segments_.back(), from, end.next_seq));
  uint64_t next_seq = end.next_seq;
  TRY(const std::string rescued, rescue_rings(end, next_seq));
  frames += rescued;
  frames += opening_frame(next_seq, {});
  TRY(Segment segment, make_segment(disk_, journal_folder(), from, frames));
  install(std::move(segment), frames.size());
  written_ = next_seq;
  durable_ = next_seq;
  return ok();
}

// Frames of what the dead process put into rings and did not write to the journal.
Result<std::string> Engine::rescue_rings(const JournalEnd& end, uint64_t& next_seq) {
  std::string frames;
  FrameHead head{.durable = next_seq,
                 .generation = end.generation,
                 .written = end.written,
                 .lanes = end.lanes};
  TRY(const std::vector<std::string> names, disk_.list(settings_.folder / "ring"));
  for (size_t lane = 0; lane < kMaxLanes; ++lane) {
    if (std::ranges::find(names, std::to_string(lane)) == names.end()) {
      continue;
    }
    constexpr size_t kMostRing = size_t{1} << 30;
    TRY(const std::string memory, disk_.read_file(ring_path(lane), kMostRing));
    if (memory.size() < Ring::record_bytes(0)) {
      continue;
    }
    const RingView view(as_bytes(memory), end.generation);
    uint64_t position = lane < end.lanes.size() ? end.lanes[lane] : 0;
    for (bool more = true; more;) {
      const size_t begin = frames.size();
      FrameWriter writer(frames, head.lanes.size());
      while (writer.bytes() < settings_.frame_bytes) {
        more = writer.add_from([&](std::string& out) {
          const auto next = view.read(position, out);
          position = next.value_or(position);
          return next.has_value();
        });
        if (!more) {
          break;
        }
      }
      if (writer.entries() == 0) {
        frames.resize(begin);
        break;
      }
      head.first_seq = next_seq;
      next_seq += writer.entries();
      writer.finish(head);
    }
  }
  return frames;
}

// --- Lanes -------------------------------------------------------------------------------------

Result<Engine::Lane*> Engine::add_lane() {
  const std::lock_guard lock(mutex_);
  if (lanes_.size() == kMaxLanes) {
    return Error(ErrorKind::kTooMany, fmt::format("a ledger has at most {} lanes", kMaxLanes));
  }
  TRY(auto mapping, disk_.map(ring_path(lanes_.size()), settings_.ring_bytes));
  lanes_.push_back(std::make_unique<Lane>(std::move(mapping), generation_));
  return lanes_.back().get();
}

std::vector<Engine::Lane*> Engine::lanes() const {
  const std::lock_guard lock(mutex_);
  std::vector<Lane*> out;
  for (const auto& lane : lanes_) {
    out.push_back(lane.get());
  }
  return out;
}

// --- From the rings to the journal -------------------------------------------------------------

Result<> Engine::build_frame(const std::vector<Lane*>& lanes, const std::vector<uint64_t>& to,
                             Pending& pending, std::string& out) {
  FrameWriter writer(out, lanes.size());
  std::vector<uint64_t>& at = pending.head.lanes;
  at = pending.from;
  for (size_t i = 0; i < lanes.size(); ++i) {
    const uint64_t end = to.empty() ? lanes[i]->ring.put_position() : to[i];
    while (at[i] < end && (!to.empty() || writer.bytes() < settings_.frame_bytes)) {
      const bool taken = writer.add_from([&](std::string& entry) {
        const auto next = lanes[i]->ring.read(at[i], entry);
        at[i] = next.value_or(at[i]);
        return next.has_value();
      });
      if (!taken) {
        return corrupt(fmt::format("`{}` was changed by somebody else", ring_path(i).string()));
      }
      if (lanes[i] == numbered_ && to.empty()) {
        const std::lock_guard lock(mutex_);
        if (const auto wanted = numbers_.find(at[i]); wanted != numbers_.end()) {
          wanted->second = pending.head.first_seq + writer.entries() - 1;
        }
      }
    }
  }
  pending.head.entries = writer.entries();
  pending.end_seq = pending.head.first_seq + writer.entries();
  writer.finish(pending.head);
  return ok();
}

std::string Engine::opening_frame(uint64_t seq, std::vector<uint64_t> lanes) const {
  std::string out;
  const size_t count = lanes.size();
  FrameWriter(out, count)
      .finish({.first_seq = seq,
               .durable = seq,
               .generation = generation_,
               .written = clock_.now(),
               .lanes = std::move(lanes)});
  return out;
}

Result<size_t> Engine::drain() {
  const std::vector<Lane*> lanes = this->lanes();
  if (must_rewrite()) {
    TRY_OK(rewrite(lanes));
  }
  Pending pending;
  for (const Lane* lane : lanes) {
    pending.from.push_back(lane->taken.load(std::memory_order_relaxed));
  }
  const WallTime now = clock_.now();
  pending.head.first_seq = written();
  pending.head.durable = durable();
  pending.head.generation = generation_;
  pending.head.written = now;
  frame_.clear();
  TRY_OK(build_frame(lanes, {}, pending, frame_));
  if (pending.head.entries == 0) {
    return size_t{0};
  }
  watch_clock(now);
  if (segment_bytes_ + frame_.size() > settings_.segment_bytes &&
      written() > current_segment().first_seq) {
    TRY_OK(rotate(lanes));
  }
  TRY_OK(current_segment().file->write(segment_bytes_, frame_));
  const std::lock_guard lock(mutex_);
  segment_bytes_ += frame_.size();
  for (size_t i = 0; i < lanes.size(); ++i) {
    lanes[i]->taken.store(pending.head.lanes[i], std::memory_order_release);
  }
  written_.store(pending.end_seq, std::memory_order_release);
  const size_t entries = pending.head.entries;
  pending_.push_back(std::move(pending));
  return entries;
}

bool Engine::must_rewrite() const {
  const std::lock_guard lock(mutex_);
  return must_rewrite_;
}

bool Engine::is_filling() const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(lanes_, [](const auto& lane) {
    return lane->taken.load(std::memory_order_relaxed) - lane->ring.freed() > lane->ring.size() / 2;
  });
}

Segment Engine::current_segment() const {
  const std::lock_guard lock(mutex_);
  return segments_.back();
}

void Engine::want_number(uint64_t position) {
  const std::lock_guard lock(mutex_);
  numbers_[position] = std::nullopt;
}

std::optional<uint64_t> Engine::number_of(uint64_t position) const {
  const std::lock_guard lock(mutex_);
  const auto found = numbers_.find(position);
  // A frame that could not be written yet has no numbers.
  return found == numbers_.end() || found->second >= written() ? std::nullopt : found->second;
}

void Engine::forget_number(uint64_t position) {
  const std::lock_guard lock(mutex_);
  numbers_.erase(position);
}

void Engine::watch_clock(WallTime now) {
  if (now + kClockTolerance < last_seen_) {
    report(Notice::kClockBack,
           fmt::format("from {} to {}", format_time(last_seen_), format_time(now)));
  }
  last_seen_ = now;
}

// --- Durability --------------------------------------------------------------------------------

void Engine::advance_durable(uint64_t seq, const std::vector<uint64_t>& positions) {
  if (seq <= durable()) {
    return;
  }
  for (size_t i = 0; i < positions.size(); ++i) {
    lanes_[i]->ring.free_to(positions[i]);
    lanes_[i]->durable.store(positions[i], std::memory_order_release);
  }
  durable_.store(seq, std::memory_order_release);
  while (!pending_.empty() && pending_.front().end_seq <= seq) {
    pending_.pop_front();
  }
}

Result<> Engine::sync() {
  const std::lock_guard syncing(syncing_);
  return sync_held();
}

Result<> Engine::sync_held() {
  std::shared_ptr<DiskFile> file;
  uint64_t seq = 0;
  std::vector<uint64_t> positions;
  {
    const std::lock_guard lock(mutex_);
    if (must_rewrite_) {
      return Error(ErrorKind::kUnavailable, "the journal must be written again first");
    }
    if (pending_.empty()) {
      return ok();
    }
    file = segments_.back().file;
    seq = pending_.back().end_seq;
    positions = pending_.back().head.lanes;
  }
  auto synced = file->sync();
  const std::lock_guard lock(mutex_);
  if (!synced.ok()) {
    // The kernel may have dropped what it could not write, and will not say so twice.
    must_rewrite_ = true;
    return synced;
  }
  advance_durable(seq, positions);
  return ok();
}

void Engine::install(Segment segment, uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  while (!segments_.empty() && segments_.back().first_seq >= segment.first_seq) {
    segments_.pop_back();  // it was renamed over
  }
  segments_.push_back(std::move(segment));
  segment_bytes_ = bytes;
}

// Begins a new segment. The old one is durable first, so that entries only ever get lost at the
// journal's end.
Result<> Engine::rotate(const std::vector<Lane*>& lanes) {
  const std::lock_guard syncing(syncing_);
  TRY_OK(sync_held());
  std::vector<uint64_t> positions;
  for (const Lane* lane : lanes) {
    positions.push_back(lane->taken.load(std::memory_order_relaxed));
  }
  const std::string frame = opening_frame(written(), std::move(positions));
  TRY(Segment segment, make_segment(disk_, journal_folder(), written(), frame));
  install(std::move(segment), frame.size());
  return ok();
}

// After a failed sync: what is not durable goes into a new segment, made again from the rings,
// which keep everything until it is durable.
Result<> Engine::rewrite(const std::vector<Lane*>& lanes) {
  const std::lock_guard syncing(syncing_);
  std::deque<Pending> pending;
  {
    const std::lock_guard lock(mutex_);
    pending = pending_;
  }
  std::string frames;
  std::vector<uint64_t> positions;
  for (Pending& frame : pending) {
    const std::vector<uint64_t> to = frame.head.lanes;
    // Lanes that came later are not in it.
    const std::vector<Lane*> then(lanes.begin(),
                                  lanes.begin() + static_cast<std::ptrdiff_t>(to.size()));
    TRY_OK(build_frame(then, to, frame, frames));
    positions = to;
  }
  const uint64_t from = durable();
  const uint64_t end = written();
  SALLY_CHECK(pending.empty() ? from == end : pending.back().end_seq == end);
  frames += opening_frame(end, positions);
  TRY(Segment segment, make_segment(disk_, journal_folder(), from, frames));
  install(std::move(segment), frames.size());
  const std::lock_guard lock(mutex_);
  advance_durable(end, positions);
  must_rewrite_ = false;
  return ok();
}

// --- From the journal to tiles and checkpoints -------------------------------------------------

// After a failed sync of tiles: they are written again, from the journal, which still has them.
Result<> Engine::rebuild_tiles() {
  uint64_t first_seq = 0;
  {
    const std::lock_guard lock(mutex_);
    first_seq = segments_.front().first_seq;
  }
  TRY_OK(tiles_->restore(first_whole(first_seq)));
  reading_ = nullptr;
  must_rebuild_ = false;
  return ok();
}

Result<> Engine::integrate(uint64_t target, uint64_t enough) {
  if (must_rebuild_) {
    TRY_OK(rebuild_tiles());
  }
  TRY_OK(tiles_->write_full());  // what an earlier failure left
  const uint64_t before = tiles_->tree().size();
  while (tiles_->tree().size() < target && tiles_->tree().size() - before < enough) {
    const uint64_t size = tiles_->tree().size();
    {
      const std::lock_guard lock(mutex_);
      const auto behind = std::ranges::upper_bound(segments_, size, {}, &Segment::first_seq);
      SALLY_CHECK(behind != segments_.begin());
      const Segment& segment = *std::prev(behind);
      if (reading_ != segment.file) {
        reading_ = segment.file;
        reader_.emplace(reading_);
      }
    }
    TRY(const auto frame, reader_->next());
    if (!frame) {
      return corrupt(fmt::format("entry {} cannot be read from the journal", size));
    }
    if (frame->end_seq() <= size) {
      continue;
    }
    if (frame->head.first_seq > size) {
      return corrupt(fmt::format("entry {} is not in the journal", size));
    }
    uint64_t seq = frame->head.first_seq;
    tlog::BundleReader entries(frame->entries);
    while (const auto entry = entries.next()) {
      if (seq++ < size) {
        continue;
      }
      if (seq > target) {
        reading_ = nullptr;  // the rest of this frame comes with the next call
        break;
      }
      tiles_->add(*entry);
      if (seq % kEntriesInOneGo == 0) {
        std::this_thread::yield();
      }
    }
    TRY_OK(tiles_->write_full());
  }
  return ok();
}

Result<> Engine::store_note(std::string_view note) {
  const Disk::Path fresh = settings_.folder / "checkpoint.new";
  TRY(const auto file, disk_.create(fresh));
  TRY_OK(file->write(0, note));
  TRY_OK(file->sync());
  TRY_OK(disk_.rename(fresh, settings_.folder / "checkpoint"));
  return disk_.sync_folder(settings_.folder);
}

Result<bool> Engine::integrate_ahead() {
  const uint64_t target = durable();
  if (target < tiles_->tree().size() + kWorthAhead) {
    return false;
  }
  TRY_OK(integrate(target, kWorthAhead));
  return true;
}

Result<bool> Engine::checkpoint() {
  if (const std::string why = refusal(); !why.empty()) {
    return Error(ErrorKind::kUnavailable, why);
  }
  const uint64_t target = durable();
  if (target == checkpoint_size()) {
    return false;
  }
  TRY_OK(integrate(target));
  TRY_OK(tiles_->write_partial());
  tlog::Checkpoint checkpoint;
  checkpoint.origin = settings_.origin;
  checkpoint.size = target;
  checkpoint.root = tiles_->tree().root();
  const std::string text = checkpoint.to_string();
  TRY(const std::string signature, signer_.sign(text));
  std::string note = text + "\n" + signature;
  {
    const std::lock_guard lock(note_mutex_);
    TRY_OK(store_note(note));
    note_ = std::move(note);
    checkpoint_size_.store(target, std::memory_order_release);
  }
  tiles_->remove_obsolete();
  TRY_OK(retire_segments());
  return true;
}

// Lets go of segments all of whose entries are in full tiles, once those are durable.
Result<> Engine::retire_segments() {
  const uint64_t whole = checkpoint_size() - checkpoint_size() % tlog::kTileWidth;
  const auto has_old = [&] {
    const std::lock_guard lock(mutex_);
    return segments_.size() > 1 && segments_[1].first_seq <= whole;
  };
  if (!has_old()) {
    return ok();
  }
  if (auto synced = tiles_->sync(); !synced.ok()) {
    must_rebuild_ = true;
    return synced;
  }
  while (has_old()) {
    const Disk::Path path = segments_.front().path;
    TRY_OK(disk_.remove(path));
    // One by one, so that no crash leaves a gap.
    TRY_OK(disk_.sync_folder(journal_folder()));
    const std::lock_guard lock(mutex_);
    segments_.pop_front();
  }
  return ok();
}

std::string Engine::checkpoint_note() const {
  const std::lock_guard lock(note_mutex_);
  return note_;
}

Result<> Engine::add_signature(std::string_view line, uint64_t size) {
  TRY(const tlog::NoteSignature signature, tlog::Note::parse_signature(line));
  const std::lock_guard lock(note_mutex_);
  if (checkpoint_size() != size) {
    return Error(
        ErrorKind::kConflict,
        fmt::format("the newest checkpoint is over {} entries, not {}", checkpoint_size(), size));
  }
  TRY(tlog::Note note, tlog::Note::parse(note_));
  const auto same = [&](const tlog::NoteSignature& one) {
    return one.name == signature.name && one.id == signature.id;
  };
  if (same(note.signatures.front())) {
    return Error(ErrorKind::kInvalidInput, "the log's own signature stands already");
  }
  std::erase_if(note.signatures, same);  // a witness may sign again
  note.signatures.push_back(signature);
  std::string text = note.to_string();
  TRY_OK(store_note(text));
  note_ = std::move(text);
  return ok();
}

void Engine::refuse_to_sign(std::string why) {
  const std::lock_guard lock(mutex_);
  refusal_ = std::move(why);
}

std::string Engine::refusal() const {
  const std::lock_guard lock(mutex_);
  return refusal_;
}

void Engine::report(Notice notice, std::string detail) {
  const std::lock_guard lock(mutex_);
  reports_.push_back({notice, std::move(detail)});
}

std::vector<Engine::Report> Engine::take_reports() {
  const std::lock_guard lock(mutex_);
  return std::exchange(reports_, {});
}

}  // namespace sally::ledger
