#include "capture/subject_keys.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "base/text.h"

namespace sally::capture {
namespace {

// Layout of a slot and of the header. A CRC stands over what is before it.
constexpr size_t kSlotTag = 0;
constexpr size_t kSlotTime = 32;
constexpr size_t kSlotVersion = 40;
constexpr size_t kSlotSealed = 44;
constexpr size_t kSlotCrc = kSlotSealed + crypto::kSealedKeySize;
static_assert(kSlotCrc + 4 <= SubjectSlot::kSize);

constexpr std::string_view kMagic = "SALLYSK1";
constexpr size_t kHeaderGeneration = 8;
constexpr size_t kHeaderVersion = 16;
constexpr size_t kHeaderSealed = 20;
constexpr size_t kHeaderCrc = kHeaderSealed + crypto::kSealedKeySize;
constexpr size_t kHeaderSize = SubjectSlot::kSize;
static_assert(kHeaderCrc + 4 <= kHeaderSize);

using Header = std::array<std::byte, kHeaderSize>;

constexpr std::string_view kTagsContext = "tags";
constexpr size_t kMostNames = 65'536;  // looked up lately
constexpr size_t kSlotsAtOnce = 4'096;

std::string context_of(const SubjectTag& tag) {
  return "subject " + to_hex(tag);
}

// The generation changes with every subject that is forgotten, so the CRC leaves it out.
uint32_t header_crc(const Header& header) {
  return crc32(ByteView(header).subspan(kHeaderVersion, kHeaderCrc - kHeaderVersion));
}

Error damaged(const std::filesystem::path& path) {
  return Error(
      ErrorKind::kCorrupt,
      fmt::format("`{}` does not begin as a file of subject keys", printable(path.string())),
      "restore it from a backup; without it no commitment can be opened");
}

}  // namespace

std::array<std::byte, SubjectSlot::kSize> SubjectSlot::encode() const {
  std::array<std::byte, kSize> out{};
  std::ranges::copy(tag, out.begin() + kSlotTag);
  put_u64(out.data() + kSlotTime, static_cast<uint64_t>(made.time_since_epoch().count()));
  put_u32(out.data() + kSlotVersion, key.version);
  std::ranges::copy(key.sealed, out.begin() + kSlotSealed);
  put_u32(out.data() + kSlotCrc, crc32(ByteView(out).first(kSlotCrc)));
  return out;
}

std::optional<SubjectSlot> SubjectSlot::decode(std::span<const std::byte, kSize> bytes) {
  SubjectSlot out;
  out.key.version = get_u32(bytes.data() + kSlotVersion);
  if (out.key.version == 0 ||
      get_u32(bytes.data() + kSlotCrc) != crc32(ByteView(bytes).first(kSlotCrc))) {
    return std::nullopt;
  }
  std::copy_n(bytes.begin() + kSlotTag, out.tag.size(), out.tag.begin());
  out.made = WallTime(Micros(static_cast<int64_t>(get_u64(bytes.data() + kSlotTime))));
  std::copy_n(bytes.begin() + kSlotSealed, out.key.sealed.size(), out.key.sealed.begin());
  return out;
}

size_t SubjectKeys::TagHash::operator()(const SubjectTag& tag) const noexcept {
  size_t out = 0;  // a tag is a digest already
  std::memcpy(&out, tag.data(), sizeof out);
  return out;
}

Result<std::unique_ptr<SubjectKeys>> SubjectKeys::open(const std::filesystem::path& folder,
                                                       const Secret& root, IfMissing if_missing,
                                                       std::unique_ptr<Random> random,
                                                       size_t most_subjects) {
  const std::filesystem::path ring_path = folder / "ring";
  const std::filesystem::path keys_path = folder / "subjects";
  const bool create = if_missing == IfMissing::kCreate;
  if (create) {
    std::error_code failed;  // opening the file tells
    std::filesystem::create_directories(folder, failed);
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, failed);
  }
  // The file and its lock before the ring: `rotate` exchanges both under the lock.
  TRY(File file, File::open(keys_path, create ? Access::kCreate : Access::kWrite));
  TRY_OK(file.lock_shared());
  TRY(const bool in_place, file.in_place());
  if (!in_place) {
    return Error(ErrorKind::kConflict,
                 fmt::format("`{}` was exchanged a moment ago", printable(keys_path.string())),
                 "try again");
  }
  TRY(const uint64_t size, file.size());
  auto text = read_file(ring_path, crypto::KeyRing::kMostText);
  if (!text && text.error().kind() == ErrorKind::kNotFound && create) {
    if (size > 0) {
      return Error(ErrorKind::kCorrupt,
                   fmt::format("`{}` is missing, and the keys in `{}` need it",
                               printable(ring_path.string()), printable(keys_path.string())),
                   "restore it from a backup");
    }
    TRY(const crypto::KeyRing fresh, crypto::KeyRing::make(kRingName, *random));
    TRY(const std::string sealed, fresh.to_text(root, *random));
    TRY_OK(replace_file(ring_path, sealed));
    text = sealed;
  }
  if (!text) {
    return text.error();
  }
  auto ring = crypto::KeyRing::open(kRingName, root, *text);
  if (!ring) {
    return ring.error().in(printable(ring_path.string()));
  }
  std::unique_ptr<SubjectKeys> keys(new SubjectKeys(
      folder, std::move(file), *std::move(ring), std::move(random), root.clone(), most_subjects));
  const std::lock_guard lock(keys->mutex_);
  if (size == 0 && create) {
    TRY_OK(keys->make_header());
  }
  TRY_OK(keys->load());
  return keys;
}

Result<> SubjectKeys::make_header() {
  TRY(const crypto::DataKey tags, ring_.make_data_key(as_bytes(kTagsContext), *random_));
  Header header{};
  std::ranges::copy(as_bytes(kMagic), header.begin());
  put_u64(header.data() + kHeaderGeneration, 1);
  put_u32(header.data() + kHeaderVersion, tags.wrapped.version);
  std::ranges::copy(tags.wrapped.sealed, header.begin() + kHeaderSealed);
  put_u32(header.data() + kHeaderCrc, header_crc(header));
  TRY_OK(file_.write(0, header));
  TRY_OK(file_.sync());
  return sync_folder(folder_);
}

Result<> SubjectKeys::load() {
  Header header;
  TRY(const size_t got, file_.read(0, header));
  if (got != header.size() || !as_text(header).starts_with(kMagic) ||
      get_u32(header.data() + kHeaderCrc) != header_crc(header)) {
    return damaged(file_.path());
  }
  crypto::WrappedKey tags{.version = get_u32(header.data() + kHeaderVersion)};
  std::copy_n(header.begin() + kHeaderSealed, tags.sealed.size(), tags.sealed.begin());
  TRY(const Secret tags_key, ring_.unwrap(tags, as_bytes(kTagsContext)));
  if (!tags_) {
    tags_.emplace(tags_key);
  }
  generation_ = get_u64(header.data() + kHeaderGeneration);
  slots_.clear();
  // What stands behind the last whole slot was torn off by a crash; the next slot goes there.
  TRY(end_, visit([this](uint64_t offset, const SubjectSlot& slot) {
        slots_.insert_or_assign(slot.tag, offset);
        return ok();
      }));
  return ok();
}

Result<uint64_t> SubjectKeys::visit(const SlotVisitor& visitor) const {
  std::vector<std::byte> many(kSlotsAtOnce * SubjectSlot::kSize);
  for (uint64_t at = kHeaderSize;;) {
    TRY(const size_t length, file_.read(at, many));
    const size_t whole = length / SubjectSlot::kSize;
    for (size_t i = 0; i < whole; ++i, at += SubjectSlot::kSize) {
      const auto bytes = std::span(many).subspan(i * SubjectSlot::kSize);
      if (const auto slot = SubjectSlot::decode(bytes.first<SubjectSlot::kSize>())) {
        TRY_OK(visitor(at, *slot));
      }
    }
    if (whole < kSlotsAtOnce) {
      return at;
    }
  }
}

SubjectTag SubjectKeys::tag_of(SubjectKind kind, std::string_view name) const {
  crypto::HmacStream stream = tags_->begin();
  stream.update(as_bytes(kind == SubjectKind::kPrincipal ? "principal " : "end user "));
  stream.update(as_bytes(name));
  return stream.finish();
}

Result<SubjectSlot> SubjectKeys::read_slot(uint64_t offset) const {
  std::array<std::byte, SubjectSlot::kSize> bytes{};
  TRY(const size_t got, file_.read(offset, bytes));
  const auto slot = got == bytes.size() ? SubjectSlot::decode(bytes) : std::nullopt;
  if (!slot) {
    return Error(ErrorKind::kNotFound, "there is no key of this subject any more");
  }
  return *slot;
}

Result<SubjectKeyPtr> SubjectKeys::open_slot(const SubjectSlot& slot) const {
  TRY(const Secret plain, ring_.unwrap(slot.key, as_bytes(context_of(slot.tag))));
  return SubjectKey::derive(slot.tag, plain);
}

Result<SubjectKeyPtr> SubjectKeys::make(SubjectKind kind, const SubjectTag& tag, WallTime now) {
  if (kind == SubjectKind::kEndUser && slots_.size() >= most_subjects_) {
    return Error(ErrorKind::kTooMany, "there are too many subjects");
  }
  TRY(const crypto::DataKey key, ring_.make_data_key(as_bytes(context_of(tag)), *random_));
  const SubjectSlot slot{.tag = tag, .made = now, .key = key.wrapped};
  TRY_OK(file_.write(end_, slot.encode()));
  slots_.insert_or_assign(tag, end_);
  end_ += SubjectSlot::kSize;
  unsynced_ = true;
  return SubjectKey::derive(tag, key.plain);
}

SubjectKeyPtr SubjectKeys::find_or_make(SubjectKind kind, std::string_view name, WallTime now) {
  Names& names = names_[static_cast<size_t>(kind)];
  {
    const std::shared_lock lock(names_mutex_);
    if (const auto found = names.find(name); found != names.end()) {
      return found->second;
    }
  }
  const SubjectTag tag = tag_of(kind, name);
  const std::lock_guard lock(mutex_);
  const auto place = slots_.find(tag);
  Result<SubjectKeyPtr> key = SubjectKeyPtr();
  if (place == slots_.end()) {
    key = make(kind, tag, now);
  } else {
    auto slot = read_slot(place->second);
    if (slot) {
      key = open_slot(*slot);
    } else if (slot.error().kind() == ErrorKind::kNotFound) {
      key = make(kind, tag, now);  // another process forgot the subject a moment ago
    } else {
      key = slot.error();
    }
  }
  if (!key) {
    return nullptr;
  }
  const std::unique_lock names_lock(names_mutex_);
  if (names.size() >= kMostNames) {
    names.clear();
  }
  names.insert_or_assign(std::string(name), *key);
  return *std::move(key);
}

Result<SubjectKeyPtr> SubjectKeys::find(const SubjectTag& tag) {
  const std::lock_guard lock(mutex_);
  const auto place = slots_.find(tag);
  if (place == slots_.end()) {
    return Error(ErrorKind::kNotFound, "there is no key of this subject",
                 "it was forgotten, or never seen");
  }
  TRY(const SubjectSlot slot, read_slot(place->second));
  return open_slot(slot);
}

Result<size_t> SubjectKeys::forget(const SubjectTag& tag) {
  const std::lock_guard lock(mutex_);
  constexpr std::array<std::byte, SubjectSlot::kSize> kNothing{};
  // Every slot and not the indexed one alone: another process may have added one meanwhile.
  size_t overwritten = 0;
  TRY_OK(visit([&](uint64_t offset, const SubjectSlot& slot) -> Result<> {
    if (slot.tag == tag) {
      TRY_OK(file_.write(offset, kNothing));
      ++overwritten;
    }
    return ok();
  }));
  TRY_OK(file_.sync());
  // Also where nothing was left to overwrite: a process that was ended in the middle may not have
  // come to tell the others.
  std::array<std::byte, 8> number;
  TRY(const size_t got, file_.read(kHeaderGeneration, number));
  if (got != number.size()) {
    return damaged(file_.path());
  }
  put_u64(number.data(), get_u64(number.data()) + 1);
  TRY_OK(file_.write(kHeaderGeneration, number));
  TRY_OK(file_.sync());
  slots_.erase(tag);
  const std::unique_lock names_lock(names_mutex_);
  for (Names& names : names_) {
    names.clear();
  }
  return overwritten;
}

Result<> SubjectKeys::refresh() {
  const std::lock_guard lock(mutex_);
  std::array<std::byte, 8> number;
  TRY(const size_t got, file_.read(kHeaderGeneration, number));
  if (got != number.size()) {
    return damaged(file_.path());
  }
  if (get_u64(number.data()) == generation_) {
    return ok();
  }
  TRY_OK(load());
  const std::unique_lock names_lock(names_mutex_);
  for (Names& names : names_) {
    names.clear();
  }
  return ok();
}

Result<> SubjectKeys::sync() {
  {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(unsynced_, false)) {
      return ok();
    }
  }
  if (auto synced = file_.sync(); !synced) {
    const std::lock_guard lock(mutex_);
    unsynced_ = true;
    return synced;
  }
  return ok();
}

Result<uint32_t> SubjectKeys::rotate() {
  const std::lock_guard lock(mutex_);
  TRY_OK(file_.lock_alone());
  TRY(const uint32_t version, ring_.rotate(*random_));
  TRY(const std::string both, ring_.to_text(root_, *random_));
  TRY_OK(replace_file(folder_ / "ring", both));
  // A file beside the present one: a crash leaves one of the two, and the ring opens both.
  Header header;
  TRY(const size_t got, file_.read(0, header));
  if (got != header.size()) {
    return damaged(file_.path());
  }
  crypto::WrappedKey tags{.version = get_u32(header.data() + kHeaderVersion)};
  std::copy_n(header.begin() + kHeaderSealed, tags.sealed.size(), tags.sealed.begin());
  TRY(tags, ring_.rewrap(tags, as_bytes(kTagsContext), *random_));
  put_u64(header.data() + kHeaderGeneration, generation_ + 1);
  put_u32(header.data() + kHeaderVersion, tags.version);
  std::ranges::copy(tags.sealed, header.begin() + kHeaderSealed);
  put_u32(header.data() + kHeaderCrc, header_crc(header));
  const std::filesystem::path path = file_.path();
  const std::filesystem::path fresh_path = path.string() + ".new";
  TRY(File fresh, File::open(fresh_path, Access::kCreate));
  TRY_OK(fresh.lock_alone());  // nobody comes between until the ring fits it
  TRY_OK(fresh.truncate(0));
  TRY_OK(fresh.write(0, header));
  uint64_t at = kHeaderSize;
  TRY_OK(visit([&](uint64_t, SubjectSlot slot) -> Result<> {
    TRY(slot.key, ring_.rewrap(slot.key, as_bytes(context_of(slot.tag)), *random_));
    TRY_OK(fresh.write(at, slot.encode()));
    at += SubjectSlot::kSize;
    return ok();
  }));
  TRY_OK(fresh.sync());
  TRY_OK(fresh.move_to(path));
  // The old places still hold the old wraps: over with them, too.
  const std::vector<std::byte> zeros(kSlotsAtOnce * SubjectSlot::kSize);
  for (uint64_t offset = 0; offset < end_; offset += zeros.size()) {
    TRY_OK(file_.write(offset,
                       ByteView(zeros).first(std::min<uint64_t>(zeros.size(), end_ - offset))));
  }
  TRY_OK(file_.sync());
  file_ = std::move(fresh);
  ring_.retire_old();
  TRY(const std::string one, ring_.to_text(root_, *random_));
  TRY_OK(replace_file(folder_ / "ring", one));
  TRY_OK(file_.lock_shared());
  TRY_OK(load());
  return version;
}

size_t SubjectKeys::subjects() const {
  const std::lock_guard lock(mutex_);
  return slots_.size();
}

}  // namespace sally::capture
