#include "ledger/log_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "ledger/journal.h"
#include "tlog/checkpoint.h"
#include "tlog/note.h"
#include "tlog/tile.h"

namespace sally::ledger {
namespace {

constexpr size_t kMaxNote = size_t{1} << 20;
constexpr size_t kMaxBundle = tlog::kTileWidth * (2 + tlog::kMaxEntry);
// The writer moves entries from the journal to bundles while somebody reads: then it is looked for
// again.
constexpr int kAttempts = 5;

bool is_gone(const Error& error) {
  return error.kind() == ErrorKind::kNotFound;
}

}  // namespace

class LogReader::Impl {
 public:
  Impl(Disk& disk, Disk::Path folder) : disk_(disk), folder_(std::move(folder)) {}

  Result<> open() {
    TRY(const auto names, disk_.list(journal_folder()));
    TRY(const std::string note, checkpoint());
    if (note.empty() && names.empty()) {
      return Error(ErrorKind::kNotFound, fmt::format("there is no log in `{}`", folder_.string()),
                   "`ledger.folder` names it; `sallyport serve` begins one");
    }
    return ok();
  }

  // A pruned log says in `pruned` with which entry it begins.
  uint64_t first() const {
    const auto text = disk_.read_file(folder_ / "pruned", 64);
    uint64_t seq = 0;
    if (text.ok()) {
      std::from_chars(text->data(), text->data() + text->size(), seq);
    }
    return seq;
  }

  Result<std::string> checkpoint() const {
    auto bytes = disk_.read_file(folder_ / "checkpoint", kMaxNote);
    if (!bytes.ok() && is_gone(bytes.error())) {
      return std::string();
    }
    return bytes;
  }

  Result<uint64_t> size() {
    Result<uint64_t> found = 0;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      found = look_for_end();
      if (found.ok() || !is_gone(found.error())) {
        break;
      }
    }
    if (found.ok()) {
      size_ = std::max(size_, *found);
      return size_;
    }
    return found;
  }

  Result<UnreadTail> unread_tail() const {
    UnreadTail out;
    if (!end_.reader || end_.reader->offset() >= end_bytes_) {
      return out;
    }
    out.file = end_.path.string();
    out.offset = end_.reader->offset();
    out.bytes = end_bytes_ - out.offset;
    TRY(std::shared_ptr<DiskFile> file, disk_.open(end_.path));
    TRY(const uint64_t durable, SegmentReader(std::move(file), out.offset).durable_behind());
    TRY(const uint64_t covered, checkpoint_size());
    out.is_damage = std::max(durable, covered) > end_.next_seq;
    return out;
  }

  Result<> read(uint64_t from, uint64_t most, const Visitor& visitor) {
    if (const uint64_t oldest = first(); from < oldest) {
      return Error(
          ErrorKind::kNotFound,
          fmt::format("the entries before {} were pruned; {} is one of them", oldest, from));
    }
    for (uint64_t seq = from; seq - from < most; ++seq) {
      if (seq >= size_) {
        TRY(const uint64_t now, size());
        if (seq >= now) {
          return ok();
        }
      }
      if (seq < chunk_.first_seq || seq - chunk_.first_seq >= chunk_.entries.size()) {
        TRY_OK(load(seq));
      }
      const auto [at, length] = chunk_.entries[seq - chunk_.first_seq];
      if (visitor(seq, std::string_view(chunk_.bytes).substr(at, length)) == Visit::kStop) {
        return ok();
      }
    }
    return ok();
  }

 private:
  // Entries beside one another, as they came from a bundle or a frame.
  struct Chunk {
    uint64_t first_seq = 0;
    std::string bytes;
    std::vector<std::pair<uint32_t, uint16_t>> entries;  // offset and length in bytes
  };

  // A place in a segment, kept so that reading on costs nothing.
  struct Cursor {
    Disk::Path path;
    std::optional<SegmentReader> reader;
    uint64_t next_seq = 0;
  };

  Disk::Path journal_folder() const { return folder_ / "journal"; }

  struct Place {
    uint64_t first_seq;
    Disk::Path path;
  };
  Result<std::vector<Place>> segments() const {
    TRY(const std::vector<std::string> names, disk_.list(journal_folder()));
    std::vector<Place> out;
    for (const std::string& name : names) {
      if (const auto seq = parse_segment_name(name)) {
        out.push_back({*seq, journal_folder() / name});
      }
    }
    return out;
  }

  Result<uint64_t> checkpoint_size() const {
    TRY(const std::string bytes, checkpoint());
    if (bytes.empty()) {
      return uint64_t{0};
    }
    const auto damaged = [this](const Error& error) {
      return Error(ErrorKind::kCorrupt,
                   fmt::format("`{}` is no checkpoint: {}", (folder_ / "checkpoint").string(),
                               error.message()));
    };
    const auto note = tlog::Note::parse(bytes);
    if (!note.ok()) {
      return damaged(note.error());
    }
    const auto parsed = tlog::Checkpoint::parse(note->text);
    if (!parsed.ok()) {
      return damaged(parsed.error());
    }
    return parsed->size;
  }

  Result<> move_to(Cursor& cursor, const Place& place) {
    // A segment is replaced by one of the same name only when the log is opened or written again,
    // with the same entries.
    if (cursor.path != place.path || !cursor.reader) {
      TRY(auto file, disk_.open(place.path));
      cursor = {place.path, SegmentReader(std::move(file)), place.first_seq};
    }
    return ok();
  }

  Result<uint64_t> look_for_end() {
    TRY(const auto places, segments());
    if (places.empty()) {
      return checkpoint_size();
    }
    const Place& last = places.back();
    // By its name, each time: the writer may have replaced it, by one with the same entries.
    TRY(std::shared_ptr<DiskFile> file, disk_.open(last.path));
    TRY(const uint64_t bytes, file->size());
    const auto from_start = [&] {
      end_ = {last.path, SegmentReader(file), last.first_seq};
      return true;
    };
    bool is_fresh = false;
    if (end_.path == last.path && bytes >= end_.reader->offset()) {
      end_.reader.emplace(file, end_.reader->offset());
    } else {
      is_fresh = from_start();
    }
    for (;;) {
      TRY(const auto frame, end_.reader->next());
      if (frame && frame->head.first_seq == end_.next_seq) {
        end_.next_seq = frame->end_seq();
      } else if (is_fresh || (!frame && end_.reader->offset() >= bytes)) {
        end_bytes_ = bytes;
        if (end_.reader->offset() >= bytes) {
          return end_.next_seq;
        }
        // What a checkpoint covers is in tiles, whatever became of the journal.
        TRY(const uint64_t covered, checkpoint_size());
        return std::max(end_.next_seq, covered);
      } else {
        is_fresh = from_start();
      }
    }
  }

  Result<> load(uint64_t seq) {
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      // Files beyond the checkpoint may be what a crash left, in part.
      const uint64_t index = seq / tlog::kTileWidth;
      if ((index + 1) * tlog::kTileWidth > signed_size_) {
        TRY(signed_size_, checkpoint_size());
      }
      const uint64_t width = tlog::tile_width(0, index, signed_size_);
      bool found = false;
      if (width == tlog::kTileWidth) {
        TRY(found, load_bundle(seq, width));
      }
      if (!found) {
        TRY(found, load_frame(seq));
      }
      if (!found && seq % tlog::kTileWidth < width) {
        TRY(found, load_bundle(seq, width));
      }
      if (found) {
        return ok();
      }
    }
    if (seq < first()) {
      return Error(ErrorKind::kNotFound, fmt::format("entry {} was pruned", seq),
                   fmt::format("the log begins with entry {}", first()));
    }
    return Error(ErrorKind::kCorrupt,
                 fmt::format("entry {} is in no file of the log in `{}`", seq, folder_.string()),
                 "`sallyport audit verify` tells what is missing");
  }

  Result<bool> load_bundle(uint64_t seq, uint64_t width) {
    const uint64_t index = seq / tlog::kTileWidth;
    const Disk::Path path = folder_ / tlog::bundle_path(index, width);
    auto bytes = disk_.read_file(path, kMaxBundle);
    if (!bytes.ok()) {
      return is_gone(bytes.error()) ? Result<bool>(false) : Result<bool>(bytes.error());
    }
    set_chunk(index * tlog::kTileWidth, *std::move(bytes));
    if (chunk_.entries.size() != width) {
      const size_t entries = chunk_.entries.size();
      chunk_ = {};
      return Error(ErrorKind::kCorrupt,
                   fmt::format("`{}` has {} entries, not {}", path.string(), entries, width),
                   "`sallyport audit verify` tells what else is damaged");
    }
    return true;
  }

  Result<bool> load_frame(uint64_t seq) {
    TRY(const auto places, segments());
    const auto behind = std::ranges::upper_bound(places, seq, {}, &Place::first_seq);
    if (behind == places.begin()) {
      return false;
    }
    const Place& place = *std::prev(behind);
    if (seq < at_.next_seq) {
      at_.reader.reset();
    }
    if (auto moved = move_to(at_, place); !moved.ok()) {
      return is_gone(moved.error()) ? Result<bool>(false) : Result<bool>(moved.error());
    }
    for (;;) {
      TRY(const auto frame, at_.reader->next());
      if (!frame) {
        const uint64_t offset = at_.reader->offset();
        TRY(const uint64_t durable, at_.reader->durable_behind());
        at_.reader.reset();
        if (durable > seq) {
          return Error(ErrorKind::kCorrupt,
                       fmt::format("`{}` is damaged at byte {}: no frame where one was durable",
                                   place.path.string(), offset),
                       "`sallyport audit verify` tells what else is damaged");
        }
        return false;
      }
      at_.next_seq = frame->end_seq();
      if (seq < frame->head.first_seq) {
        return false;
      }
      if (seq < frame->end_seq()) {
        set_chunk(frame->head.first_seq, std::string(frame->entries));
        return true;
      }
    }
  }

  void set_chunk(uint64_t first_seq, std::string bytes) {
    chunk_.first_seq = first_seq;
    chunk_.bytes = std::move(bytes);
    chunk_.entries.clear();
    tlog::BundleReader reader(chunk_.bytes);
    while (const auto entry = reader.next()) {
      chunk_.entries.emplace_back(static_cast<uint32_t>(entry->data() - chunk_.bytes.data()),
                                  static_cast<uint16_t>(entry->size()));
    }
    if (!reader.complete()) {
      chunk_.entries.clear();
    }
  }

  Disk& disk_;
  Disk::Path folder_;
  uint64_t size_ = 0;
  uint64_t signed_size_ = 0;  // of the newest checkpoint that was looked at
  Cursor end_;                // behind the last frame seen
  uint64_t end_bytes_ = 0;    // of that segment, before it was read
  Cursor at_;                 // behind the last frame read
  Chunk chunk_;
};

LogReader::LogReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LogReader::LogReader(LogReader&&) noexcept = default;
LogReader& LogReader::operator=(LogReader&&) noexcept = default;
LogReader::~LogReader() = default;

Result<LogReader> LogReader::open(const std::filesystem::path& folder, Disk& disk) {
  auto impl = std::make_unique<Impl>(disk, folder);
  TRY_OK(impl->open());
  return LogReader(std::move(impl));
}

uint64_t LogReader::first() const {
  return impl_->first();
}

Result<uint64_t> LogReader::size() {
  return impl_->size();
}

Result<UnreadTail> LogReader::unread_tail() const {
  return impl_->unread_tail();
}

Result<std::string> LogReader::checkpoint() const {
  return impl_->checkpoint();
}

Result<> LogReader::read(uint64_t from, uint64_t most, const Visitor& visitor) {
  return impl_->read(from, most, visitor);
}

}  // namespace sally::ledger
