#include "ledger/journal.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/check.h"
#include "ledger/crc32c.h"
#include "tlog/tile.h"

namespace sally::ledger {
namespace {

// The head of a frame; numbers are little-endian. Behind it: the lanes, 8 bytes each, and the
// entries, each with two bytes of length (big-endian) before it.
constexpr std::string_view kMagic = "SLJ\x01";
enum Offset : size_t {
  kCrcAt = 4,  // over everything behind it
  kBodyAt = 8,
  kEntriesAt = 12,
  kFirstSeqAt = 16,
  kDurableAt = 24,
  kGenerationAt = 32,
  kWrittenAt = 40,
  kLanesAt = 48,
  kHeadBytes = 52,
};
constexpr size_t kReadAhead = size_t{64} << 10;

template <typename Int>
void put(char* to, Int value) {
  for (size_t i = 0; i < sizeof value; ++i) {
    to[i] = static_cast<char>(value >> (8 * i) & 0xFF);
  }
}

template <typename Int>
Int get(const char* from) {
  Int value = 0;
  for (size_t i = 0; i < sizeof value; ++i) {
    value |= static_cast<Int>(static_cast<Int>(static_cast<unsigned char>(from[i])) << (8 * i));
  }
  return value;
}

}  // namespace

FrameWriter::FrameWriter(std::string& out, size_t lanes)
    : out_(out), start_(out.size()), lanes_(lanes) {
  out_.resize(start_ + kHeadBytes + lanes * sizeof(uint64_t));
}

size_t FrameWriter::begin_entry() {
  const size_t at = out_.size();
  out_.append(2, '\0');
  return at;
}

void FrameWriter::end_entry(size_t at) {
  const size_t length = out_.size() - at - 2;
  SALLY_CHECK(length <= tlog::kMaxEntry);
  out_[at] = static_cast<char>(length >> 8);
  out_[at + 1] = static_cast<char>(length & 0xFF);
  ++entries_;
}

void FrameWriter::add(std::string_view entry) {
  const size_t at = begin_entry();
  out_ += entry;
  end_entry(at);
}

void FrameWriter::finish(const FrameHead& head) {
  SALLY_CHECK(head.lanes.size() == lanes_ && bytes() <= kMaxFrame);
  char* const frame = out_.data() + start_;
  std::memcpy(frame, kMagic.data(), kMagic.size());
  put(frame + kBodyAt, static_cast<uint32_t>(bytes() - kHeadBytes));
  put(frame + kEntriesAt, entries_);
  put(frame + kFirstSeqAt, head.first_seq);
  put(frame + kDurableAt, head.durable);
  put(frame + kGenerationAt, head.generation);
  put(frame + kWrittenAt, static_cast<uint64_t>(head.written.time_since_epoch().count()));
  put(frame + kLanesAt, static_cast<uint32_t>(lanes_));
  for (size_t i = 0; i < lanes_; ++i) {
    put(frame + kHeadBytes + i * sizeof(uint64_t), head.lanes[i]);
  }
  const std::string_view covered(frame + kBodyAt, bytes() - kBodyAt);
  put(frame + kCrcAt, crc32c(as_bytes(covered)));
}

std::optional<Frame> parse_frame(std::string_view bytes) {
  if (bytes.size() < kHeadBytes || !bytes.starts_with(kMagic)) {
    return std::nullopt;
  }
  const size_t body = get<uint32_t>(bytes.data() + kBodyAt);
  const size_t lanes = get<uint32_t>(bytes.data() + kLanesAt);
  if (body > kMaxFrame - kHeadBytes || body > bytes.size() - kHeadBytes || lanes > kMaxLanes ||
      lanes * sizeof(uint64_t) > body) {
    return std::nullopt;
  }
  Frame frame;
  frame.bytes = kHeadBytes + body;
  const std::string_view covered = bytes.substr(kBodyAt, frame.bytes - kBodyAt);
  if (crc32c(as_bytes(covered)) != get<uint32_t>(bytes.data() + kCrcAt)) {
    return std::nullopt;
  }
  frame.head.entries = get<uint32_t>(bytes.data() + kEntriesAt);
  frame.head.first_seq = get<uint64_t>(bytes.data() + kFirstSeqAt);
  frame.head.durable = get<uint64_t>(bytes.data() + kDurableAt);
  frame.head.generation = get<uint64_t>(bytes.data() + kGenerationAt);
  frame.head.written = WallTime(Micros(get<int64_t>(bytes.data() + kWrittenAt)));
  for (size_t i = 0; i < lanes; ++i) {
    frame.head.lanes.push_back(get<uint64_t>(bytes.data() + kHeadBytes + i * sizeof(uint64_t)));
  }
  frame.entries =
      bytes.substr(kHeadBytes + lanes * sizeof(uint64_t), body - lanes * sizeof(uint64_t));
  // Whoever wrote a checksum over it may still have written nonsense.
  uint64_t entries = 0;
  tlog::BundleReader reader(frame.entries);
  while (reader.next()) {
    ++entries;
  }
  if (!reader.complete() || entries != frame.head.entries ||
      frame.end_seq() < frame.head.first_seq) {
    return std::nullopt;
  }
  return frame;
}

Result<std::string_view> SegmentReader::window(size_t count) {
  const bool has_start = offset_ >= buffer_at_ && offset_ <= buffer_at_ + buffer_.size();
  if (!has_start || buffer_at_ + buffer_.size() < offset_ + count) {
    TRY_OK(file_->read(offset_, std::max(count, kReadAhead), buffer_));
    buffer_at_ = offset_;
  }
  return std::string_view(buffer_).substr(offset_ - buffer_at_);
}

Result<std::optional<Frame>> SegmentReader::next() {
  TRY(std::string_view bytes, window(kHeadBytes));
  if (bytes.size() < kHeadBytes || !bytes.starts_with(kMagic)) {
    buffer_.clear();  // there may be more the next time
    return std::optional<Frame>();
  }
  const size_t body = get<uint32_t>(bytes.data() + kBodyAt);
  if (body <= kMaxFrame - kHeadBytes) {
    TRY(bytes, window(kHeadBytes + body));
  }
  std::optional<Frame> frame = parse_frame(bytes);
  if (frame) {
    offset_ += frame->bytes;
  } else {
    buffer_.clear();
  }
  return frame;
}

Result<uint64_t> SegmentReader::durable_behind() {
  TRY(const uint64_t size, file_->size());
  std::string rest;
  if (size > offset_) {
    TRY_OK(file_->read(offset_, size - offset_, rest));
  }
  uint64_t most = 0;
  for (size_t at = rest.find(kMagic, 1); at != std::string::npos; at = rest.find(kMagic, at + 1)) {
    if (const auto frame = parse_frame(std::string_view(rest).substr(at))) {
      most = std::max(most, frame->head.durable);
    }
  }
  return most;
}

std::string segment_name(uint64_t first_seq) {
  return fmt::format("{:020}", first_seq);
}

std::optional<uint64_t> parse_segment_name(std::string_view name) {
  constexpr size_t kDigits = 20;
  uint64_t seq = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), seq);
  if (name.size() != kDigits || error != std::errc() || end != name.data() + name.size()) {
    return std::nullopt;
  }
  return seq;
}

Result<std::vector<Segment>> open_segments(Disk& disk, const Disk::Path& folder) {
  TRY(const std::vector<std::string> names, disk.list(folder));
  std::vector<Segment> out;
  for (const std::string& name : names) {
    if (const auto seq = parse_segment_name(name)) {
      TRY(auto file, disk.open(folder / name));
      out.push_back({*seq, folder / name, std::move(file)});
    }
  }
  return out;
}

Result<Segment> make_segment(Disk& disk, const Disk::Path& folder, uint64_t first_seq,
                             std::string_view frames) {
  const Disk::Path path = folder / segment_name(first_seq);
  const Disk::Path fresh = folder / (segment_name(first_seq) + ".new");
  TRY(auto file, disk.create(fresh));
  TRY_OK(file->write(0, frames));
  TRY_OK(file->sync());
  TRY_OK(disk.rename(fresh, path));
  TRY_OK(disk.sync_folder(folder));
  return Segment{first_seq, path, std::move(file)};
}

Result<JournalEnd> scan_journal(const std::vector<Segment>& segments) {
  JournalEnd end;
  end.first_seq = end.next_seq = segments.front().first_seq;
  const auto damaged = [](const Segment& segment, uint64_t offset, std::string_view what) {
    return Error(ErrorKind::kCorrupt,
                 fmt::format("`{}` is damaged at byte {}: {}", segment.path.string(), offset, what),
                 "put this folder back from a backup, or from a copy that a witness has seen");
  };
  for (size_t i = 0; i < segments.size(); ++i) {
    const Segment& segment = segments[i];
    const bool is_last = i + 1 == segments.size();
    const uint64_t until = is_last ? UINT64_MAX : segments[i + 1].first_seq;
    if (segment.first_seq != end.next_seq) {
      return damaged(
          segment, 0,
          fmt::format("entries {} to {} are missing before it", end.next_seq, segment.first_seq));
    }
    SegmentReader reader(segment.file);
    end.path = segment.path;
    bool has_frame = false;
    while (end.next_seq < until) {
      TRY(const auto frame, reader.next());
      if (!frame) {
        break;
      }
      if (frame->head.first_seq != end.next_seq || frame->end_seq() > until) {
        return damaged(segment, reader.offset() - frame->bytes,
                       fmt::format("entries {} to {} stand where {} is expected",
                                   frame->head.first_seq, frame->end_seq(), end.next_seq));
      }
      has_frame = true;
      end.next_seq = frame->end_seq();
      end.generation = frame->head.generation;
      end.written = frame->head.written;
      end.lanes = frame->head.lanes;
      end.durable = std::max(end.durable, frame->head.durable);
    }
    end.offset = reader.offset();
    if (!is_last && end.next_seq < until) {
      return damaged(segment, reader.offset(), "no frame where one was durable");
    }
    if (is_last) {
      TRY(const uint64_t durable, reader.durable_behind());
      if (!has_frame || durable > end.next_seq) {
        return damaged(segment, reader.offset(), "no frame where one was durable");
      }
      TRY(const uint64_t size, segment.file->size());
      end.torn_bytes = size > reader.offset() ? size - reader.offset() : 0;
    }
  }
  return end;
}

Result<std::string> frames_from(const Segment& segment, uint64_t seq, uint64_t end) {
  SegmentReader reader(segment.file);
  uint64_t at = segment.first_seq;
  while (at < seq) {
    TRY(const auto frame, reader.next());
    SALLY_CHECK(frame.has_value());
    at = frame->end_seq();
  }
  const uint64_t from = reader.offset();
  while (at < end) {
    TRY(const auto frame, reader.next());
    SALLY_CHECK(frame.has_value());
    at = frame->end_seq();
  }
  std::string out;
  if (reader.offset() > from) {
    TRY_OK(segment.file->read(from, reader.offset() - from, out));
  }
  return out;
}

}  // namespace sally::ledger
