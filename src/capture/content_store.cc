#include "capture/content_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/encoding.h"
#include "base/text.h"

namespace sally::capture {
namespace {

// Layout of a head. The CRC stands over what is before it; a hole has the magic of a hole, its
// length, and zeros.
constexpr uint32_t kMagic = 0x31434C53;  // `SLC1`
constexpr uint32_t kHole = 0x30434C53;   // `SLC0`
constexpr size_t kAtLength = 4;
constexpr size_t kAtDirection = 8;
constexpr size_t kAtId = 9;
constexpr size_t kIdSize = 26;
constexpr size_t kAtTag = 35;
constexpr size_t kAtTime = 67;
constexpr size_t kAtOriginal = 75;
constexpr size_t kAtCrc = 83;
static_assert(kAtCrc + 4 <= ContentHead::kSize);

constexpr std::string_view kSuffix = ".content";
constexpr uint32_t kMostSealed =
    ContentStore::kMostContent + crypto::kAeadNonceSize + crypto::kAeadTagSize;
constexpr Millis kSegmentAge = std::chrono::hours(1);

// How far beyond its total a store may be until somebody prunes it.
uint64_t headroom(const ContentLimits& limits) {
  return std::max(limits.segment_bytes, limits.total_bytes / 8);
}

// A segment's name is the time of its first record in microseconds.
WallTime begin_of(const std::filesystem::path& segment) {
  const std::string name = segment.stem().string();
  int64_t stamp = 0;
  std::from_chars(name.data(), name.data() + name.size(), stamp);
  return WallTime(Micros(stamp));
}

}  // namespace

std::array<std::byte, ContentHead::kSize> ContentHead::encode() const {
  std::array<std::byte, kSize> out{};
  put_u32(out.data(), kMagic);
  put_u32(out.data() + kAtLength, sealed_bytes);
  out[kAtDirection] = static_cast<std::byte>(direction);
  std::ranges::copy(as_bytes(id.str()), out.begin() + kAtId);
  std::ranges::copy(tag, out.begin() + kAtTag);
  put_u64(out.data() + kAtTime, static_cast<uint64_t>(time.time_since_epoch().count()));
  put_u64(out.data() + kAtOriginal, original_bytes);
  put_u32(out.data() + kAtCrc, crc32(ByteView(out).first(kAtCrc)));
  return out;
}

std::optional<ContentPlace> ContentPlace::decode(
    std::span<const std::byte, ContentHead::kSize> bytes) {
  ContentPlace out;
  const uint32_t magic = get_u32(bytes.data());
  out.sealed_bytes = get_u32(bytes.data() + kAtLength);
  if (out.sealed_bytes > kMostSealed) {
    return std::nullopt;
  }
  if (magic == kHole) {
    return out;
  }
  const auto direction = std::to_integer<uint8_t>(bytes[kAtDirection]);
  const auto id = Ulid::parse(as_text(ByteView(bytes).subspan(kAtId, kIdSize)));
  if (magic != kMagic || direction > static_cast<uint8_t>(Direction::kResponse) || !id ||
      get_u32(bytes.data() + kAtCrc) != crc32(ByteView(bytes).first(kAtCrc))) {
    return std::nullopt;
  }
  ContentHead head{.direction = static_cast<Direction>(direction), .id = *id, .time = {}};
  std::copy_n(bytes.begin() + kAtTag, head.tag.size(), head.tag.begin());
  head.time = WallTime(Micros(static_cast<int64_t>(get_u64(bytes.data() + kAtTime))));
  head.original_bytes = get_u64(bytes.data() + kAtOriginal);
  head.sealed_bytes = out.sealed_bytes;
  out.head = head;
  return out;
}

Result<std::unique_ptr<ContentStore>> ContentStore::open(std::filesystem::path folder,
                                                         ContentLimits limits) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (!failed) {
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, failed);
  }
  if (failed) {
    return Error(ErrorKind::kIo, fmt::format("cannot use the folder `{}`: {}",
                                             printable(folder.string()), failed.message()));
  }
  std::unique_ptr<ContentStore> store(new ContentStore(std::move(folder), limits));
  TRY(store->total_, store->bytes());
  return store;
}

Result<std::vector<std::filesystem::path>> ContentStore::segments() const {
  std::vector<std::filesystem::path> out;
  std::error_code failed;
  for (std::filesystem::directory_iterator at(folder_, failed), end; !failed && at != end;
       at.increment(failed)) {
    if (at->path().extension() == kSuffix) {
      out.push_back(at->path());
    }
  }
  if (failed) {
    return Error(ErrorKind::kIo, fmt::format("cannot list `{}`: {}", printable(folder_.string()),
                                             failed.message()));
  }
  std::ranges::sort(out);  // a name is its time, all of one length
  return out;
}

Result<> ContentStore::visit(const std::filesystem::path& segment, Access access,
                             const Visitor& visitor) {
  TRY(const File file, File::open(segment, access));
  std::array<std::byte, ContentHead::kSize> bytes;
  for (uint64_t at = 0;;) {
    TRY(const size_t got, file.read(at, bytes));
    const auto place = got == bytes.size() ? ContentPlace::decode(bytes) : std::nullopt;
    if (!place) {
      return ok();  // the end, or what a crash tore
    }
    if (place->head) {
      TRY_OK(visitor(file, at, *place->head));
    }
    at += ContentHead::kSize + place->sealed_bytes;
  }
}

Result<> ContentStore::begin_segment(WallTime time) {
  for (int64_t stamp = time.time_since_epoch().count();; ++stamp) {
    const std::filesystem::path path =
        folder_ / fmt::format("{:020}{}", std::max<int64_t>(stamp, 0), kSuffix);
    std::error_code failed;
    if (std::filesystem::exists(path, failed)) {
      continue;
    }
    TRY(file_, File::open(path, Access::kCreate));
    end_ = 0;
    begun_ = time;
    return ok();
  }
}

Result<> ContentStore::add(const SubjectKey& key, const Ulid& id, Direction direction,
                           WallTime time, ByteView content, uint64_t original_bytes,
                           Random& random) {
  if (content.size() > kMostContent) {
    return Error(ErrorKind::kTooLarge, "the content is too large to be kept");
  }
  ContentHead head{.direction = direction,
                   .id = id,
                   .tag = key.tag(),
                   .time = time,
                   .original_bytes = original_bytes};
  head.sealed_bytes =
      static_cast<uint32_t>(content.size() + crypto::kAeadNonceSize + crypto::kAeadTagSize);
  const auto encoded = head.encode();
  TRY(const Bytes sealed, key.content().seal(content, encoded, random));
  Bytes record(encoded.begin(), encoded.end());
  record.insert(record.end(), sealed.begin(), sealed.end());
  const std::lock_guard lock(mutex_);
  if (full_) {
    return Error(ErrorKind::kTooMany, "the store is full of content that a legal hold protects");
  }
  if (total_ + record.size() > limits_.total_bytes + headroom(limits_)) {
    return Error(ErrorKind::kTooMany, "the store is full until old content is deleted");
  }
  if (!file_ || end_ + record.size() > limits_.segment_bytes || time - begun_ > kSegmentAge) {
    TRY_OK(begin_segment(time));
  }
  TRY_OK(file_->write(end_, record));
  end_ += record.size();
  total_ += record.size();
  return ok();
}

Result<std::vector<CapturedContent>> ContentStore::find(const Ulid& id, const KeyOf& key_of) const {
  std::vector<CapturedContent> out;
  TRY(const auto all, segments());
  for (const std::filesystem::path& segment : all) {
    TRY_OK(visit(segment, Access::kRead,
                 [&](const File& file, uint64_t offset, const ContentHead& head) -> Result<> {
                   if (head.id != id) {
                     return ok();
                   }
                   Bytes sealed(head.sealed_bytes);
                   TRY(const size_t got, file.read(offset + ContentHead::kSize, sealed));
                   sealed.resize(got);
                   TRY(const SubjectKeyPtr key, key_of(head.tag));
                   TRY(Secret content, key->content().open(sealed, head.encode()));
                   out.push_back({head, std::move(content)});
                   return ok();
                 }));
  }
  std::ranges::sort(out, {}, [](const CapturedContent& one) { return one.head.direction; });
  return out;
}

Result<size_t> ContentStore::forget(const SubjectTag& tag) {
  const std::lock_guard lock(mutex_);
  size_t forgotten = 0;
  TRY(const auto all, segments());
  for (const std::filesystem::path& segment : all) {
    size_t here = 0;
    const auto erase = [&](const File& file, uint64_t offset, const ContentHead& head) -> Result<> {
      if (head.tag != tag) {
        return ok();
      }
      Bytes hole(ContentHead::kSize + head.sealed_bytes);
      put_u32(hole.data(), kHole);
      put_u32(hole.data() + kAtLength, head.sealed_bytes);
      // Not beyond the end: a record that was torn there stays as short as it is.
      TRY(const uint64_t size, file.size());
      hole.resize(std::min<uint64_t>(hole.size(), size - offset));
      TRY_OK(file.write(offset, hole));
      ++here;
      return ok();
    };
    TRY_OK(visit(segment, Access::kWrite, erase));
    if (here > 0) {
      TRY(const File file, File::open(segment, Access::kWrite));
      TRY_OK(file.sync());
      forgotten += here;
    }
  }
  return forgotten;
}

Result<uint64_t> ContentStore::prune(WallTime now, const IsHeld& is_held) {
  const std::lock_guard lock(mutex_);
  TRY(const auto all, segments());
  uint64_t total = 0;
  std::error_code failed;
  for (const std::filesystem::path& segment : all) {
    total += std::filesystem::file_size(segment, failed);
  }
  uint64_t went = 0;
  for (const std::filesystem::path& segment : all) {
    const WallTime newest = begin_of(segment) + kSegmentAge;
    if (now - newest <= limits_.keep && total - went <= limits_.total_bytes) {
      break;
    }
    bool held = false;
    TRY_OK(visit(segment, Access::kRead,
                 [&](const File&, uint64_t, const ContentHead& head) -> Result<> {
                   held = held || is_held(head.tag, head.time);
                   return ok();
                 }));
    if (held) {
      continue;
    }
    if (file_ && file_->path() == segment) {
      file_.reset();
    }
    went += std::filesystem::file_size(segment, failed);
    std::filesystem::remove(segment, failed);
    if (failed) {
      return Error(ErrorKind::kIo, fmt::format("cannot delete `{}`: {}",
                                               printable(segment.string()), failed.message()));
    }
  }
  total_ = total - went;
  full_ = total_ > limits_.total_bytes;
  return went;
}

bool ContentStore::overfull() const {
  const std::lock_guard lock(mutex_);
  return total_ > limits_.total_bytes && !full_;
}

Result<uint64_t> ContentStore::bytes() const {
  TRY(const auto all, segments());
  uint64_t total = 0;
  std::error_code failed;
  for (const std::filesystem::path& segment : all) {
    total += std::filesystem::file_size(segment, failed);
  }
  return total;
}

}  // namespace sally::capture
