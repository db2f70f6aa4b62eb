// The journal: entries in the order of the log, in frames, in segment files.
//
// A frame is what one write brings: entries, and how far each ring was taken to make it. It is
// covered by a CRC-32C. A segment is a file named by the number of its first entry; it begins with
// a frame that was durable before the segment got its name. Every frame says how many entries were
// durable when it was written, so that whoever reads it can tell what a crash may do (lose what was
// written last, or parts of it) from damage: damage lies before what a later frame knows to be
// durable.
//
// A segment takes the place of everything in older segments from its first entry on.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "ledger/disk.h"

namespace sally::ledger {

// No frame is longer: what exceeds it is no frame.
inline constexpr size_t kMaxFrame = size_t{64} << 20;
inline constexpr size_t kMaxLanes = 1024;

struct FrameHead {
  uint64_t first_seq = 0;
  uint32_t entries = 0;
  uint64_t durable = 0;     // entries that were durable when this was written
  uint64_t generation = 0;  // of the rings
  WallTime written{};
  std::vector<uint64_t> lanes;  // of each ring: the position up to which it was taken
};

// Builds a frame in place.
//
//   FrameWriter writer(out, lanes);  entries: writer.add(entry) ...  writer.finish(head);
class FrameWriter {
 public:
  // Appends to `out`, which outlives the writer.
  FrameWriter(std::string& out, size_t lanes);
  // The entry that `read(buffer)` appends to the buffer and gives true for.
  template <typename Read>
  bool add_from(const Read& read) {
    const size_t at = begin_entry();
    if (!read(out_)) {
      out_.resize(at);
      return false;
    }
    end_entry(at);
    return true;
  }
  void add(std::string_view entry);
  [[nodiscard]] size_t bytes() const { return out_.size() - start_; }
  [[nodiscard]] uint32_t entries() const { return entries_; }
  // `head.entries` is counted here.
  void finish(const FrameHead& head);

 private:
  size_t begin_entry();
  void end_entry(size_t at);

  std::string& out_;
  size_t start_;
  size_t lanes_;
  uint32_t entries_ = 0;
};

struct Frame {
  FrameHead head;
  std::string_view entries;  // as in an entry bundle
  size_t bytes = 0;          // of the whole frame

  [[nodiscard]] uint64_t end_seq() const { return head.first_seq + head.entries; }
};
// The frame at the beginning of `bytes`; nullopt where no whole, undamaged frame stands there.
[[nodiscard]] std::optional<Frame> parse_frame(std::string_view bytes);

// Reads the frames of a segment, which may be growing.
class SegmentReader {
 public:
  // From `offset` on, where a frame begins.
  explicit SegmentReader(std::shared_ptr<DiskFile> file, uint64_t offset = 0)
      : file_(std::move(file)), offset_(offset) {}
  // The next frame, valid until the next call; nullopt where none stands: asking again later may
  // find it. kIo.
  [[nodiscard]] Result<std::optional<Frame>> next();
  // Where the next frame is expected.
  [[nodiscard]] uint64_t offset() const { return offset_; }
  // The most that any frame behind offset() says was durable; 0: there is none.
  [[nodiscard]] Result<uint64_t> durable_behind();

 private:
  // The bytes from offset_, at least `count` of them where the file has so many.
  Result<std::string_view> window(size_t count);

  std::shared_ptr<DiskFile> file_;
  uint64_t offset_;
  std::string buffer_;
  uint64_t buffer_at_ = 0;  // where buffer_ begins in the file
};

// `00000000000000000042`.
[[nodiscard]] std::string segment_name(uint64_t first_seq);
[[nodiscard]] std::optional<uint64_t> parse_segment_name(std::string_view name);

struct Segment {
  uint64_t first_seq = 0;
  Disk::Path path;
  std::shared_ptr<DiskFile> file;
};
// The segments in `folder`, oldest first.
[[nodiscard]] Result<std::vector<Segment>> open_segments(Disk& disk, const Disk::Path& folder);

// Makes a segment that begins with `frames`, durable when the call returns; one of the same name is
// replaced.
[[nodiscard]] Result<Segment> make_segment(Disk& disk, const Disk::Path& folder, uint64_t first_seq,
                                           std::string_view frames);

// What a journal holds, read from its beginning to its end.
struct JournalEnd {
  uint64_t first_seq = 0;  // of the oldest entry kept
  uint64_t next_seq = 0;
  uint64_t durable = 0;  // the most that a frame says was durable
  uint64_t generation = 0;
  WallTime written{};
  std::vector<uint64_t> lanes;
  // Where it ends, for messages; and what was found behind: a write that a crash cut short.
  Disk::Path path;
  uint64_t offset = 0;
  uint64_t torn_bytes = 0;
};
// kCorrupt, with file and offset, where what was durable is damaged. `segments` is not empty.
[[nodiscard]] Result<JournalEnd> scan_journal(const std::vector<Segment>& segments);

// The bytes of the frames that hold the entries from `seq` to before `end`. A scan saw them, and a
// frame begins with `seq`.
[[nodiscard]] Result<std::string> frames_from(const Segment& segment, uint64_t seq, uint64_t end);

}  // namespace sally::ledger
