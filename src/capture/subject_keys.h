// SubjectKeys: the key of every subject, wrapped, in one file whose places are overwritten when a
// subject is forgotten. A file of our own and not a database: a database keeps copies in its log
// and in pages it does not use; here a key stands in one place on the disk, and is gone from it.
//
//   header  128 bytes: magic, generation, the wrapped key of the tags, CRC
//   slot    128 bytes: tag, time, the wrapped key, CRC; all zeros once forgotten
//
// Beside it lies `ring`: the key-encryption keys, sealed by the root key.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "base/random.h"
#include "capture/file.h"
#include "capture/subject.h"
#include "crypto/envelope.h"

namespace sally::capture {

inline constexpr std::string_view kRingName = "subjects";

// A slot as it is stored.
struct SubjectSlot {
  static constexpr size_t kSize = 128;
  SubjectTag tag{};
  WallTime made;
  crypto::WrappedKey key;

  [[nodiscard]] std::array<std::byte, kSize> encode() const;
  // Nothing where the bytes are no slot: forgotten, torn, or altered.
  static std::optional<SubjectSlot> decode(std::span<const std::byte, kSize> bytes);
};

class SubjectKeys {
 public:
  // A caller that names ever new end users shall not fill the disk: beyond, nothing is kept of new
  // ones. Principals, whom an administrator makes, are always kept.
  static constexpr size_t kMostSubjects = 4'000'000;

  // Opens the keys in `folder`, or makes them where there are none and `if_missing` says so. The
  // root key is 32 bytes. kCorrupt under another root key than they were made with; kConflict where
  // they were just exchanged by `rotate`.
  enum class IfMissing : uint8_t { kCreate, kFail };
  static Result<std::unique_ptr<SubjectKeys>> open(const std::filesystem::path& folder,
                                                   const Secret& root, IfMissing if_missing,
                                                   std::unique_ptr<Random> random,
                                                   size_t most_subjects = kMostSubjects);
  SubjectKeys(const SubjectKeys&) = delete;
  SubjectKeys& operator=(const SubjectKeys&) = delete;
  ~SubjectKeys() = default;

  [[nodiscard]] SubjectTag tag_of(SubjectKind kind, std::string_view name) const;

  // The subject's key, made where there is none. Any thread; one write to the page cache the first
  // time a subject is seen, no wait for the disk. Null where it cannot be made.
  [[nodiscard]] SubjectKeyPtr find_or_make(SubjectKind kind, std::string_view name, WallTime now);
  // kNotFound where there is none, or no more.
  [[nodiscard]] Result<SubjectKeyPtr> find(const SubjectTag& tag);

  // Overwrites the subject's key, on the disk when the call returns, and tells other processes to
  // let go of it. Gives how many places were overwritten: 0 where there was no key (any more: the
  // others are told all the same).
  [[nodiscard]] Result<size_t> forget(const SubjectTag& tag);
  // Lets go of what another process forgot. Cheap when that is nothing. Meant to be called often.
  [[nodiscard]] Result<> refresh();
  // Waits until new keys lie on the disk, where there are any.
  [[nodiscard]] Result<> sync();

  // Wraps every key anew under a new version of the ring and lets the old versions go. Refused
  // (kConflict) while another process has the keys open.
  [[nodiscard]] Result<uint32_t> rotate();

  [[nodiscard]] size_t subjects() const;

 private:
  struct TagHash {
    size_t operator()(const SubjectTag& tag) const noexcept;
  };
  struct NameHash {
    using is_transparent = void;
    size_t operator()(std::string_view name) const noexcept {
      return std::hash<std::string_view>{}(name);
    }
  };
  using Names = std::unordered_map<std::string, SubjectKeyPtr, NameHash, std::equal_to<>>;

  SubjectKeys(std::filesystem::path folder, File file, crypto::KeyRing ring,
              std::unique_ptr<Random> random, Secret root, size_t most_subjects)
      : folder_(std::move(folder)),
        file_(std::move(file)),
        ring_(std::move(ring)),
        random_(std::move(random)),
        root_(std::move(root)),
        most_subjects_(most_subjects) {}

  // With mutex_ held.
  using SlotVisitor = std::function<Result<>(uint64_t offset, const SubjectSlot& slot)>;
  // Shows every slot that holds a key; gives where the file's last whole slot ends.
  Result<uint64_t> visit(const SlotVisitor& visitor) const;
  Result<> make_header();
  Result<> load();
  [[nodiscard]] Result<SubjectSlot> read_slot(uint64_t offset) const;
  [[nodiscard]] Result<SubjectKeyPtr> open_slot(const SubjectSlot& slot) const;
  Result<SubjectKeyPtr> make(SubjectKind kind, const SubjectTag& tag, WallTime now);

  const std::filesystem::path folder_;
  File file_;
  crypto::KeyRing ring_;
  const std::unique_ptr<Random> random_;  // guarded by mutex_
  const Secret root_;
  const size_t most_subjects_;
  std::optional<crypto::HmacKey> tags_;

  mutable std::mutex mutex_;
  uint64_t generation_ = 0;
  uint64_t end_ = 0;  // where the next slot goes
  bool unsynced_ = false;
  std::unordered_map<SubjectTag, uint64_t, TagHash> slots_;  // where each one's slot is

  // What was looked up lately. Taken after mutex_ where both are.
  mutable std::shared_mutex names_mutex_;
  std::array<Names, 2> names_;  // by SubjectKind
};

}  // namespace sally::capture
