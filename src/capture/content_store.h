// ContentStore: the bodies of exchanges, sealed under their subject's key, in files that are thrown
// away whole when they are old, and overwritten in place when a subject is forgotten.
//
//   segment  records, one after the other; the newest segment is written, the others only read
//   record   head of 128 bytes, then the sealed content (nonce | ciphertext | tag)
//
// The head is the associated data of the seal: a record cannot be moved to another request.
#pragma once

#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "capture/file.h"
#include "capture/subject.h"

namespace sally::capture {

struct ContentHead {
  static constexpr size_t kSize = 128;
  Direction direction = Direction::kRequest;
  Ulid id;
  SubjectTag tag{};
  WallTime time{};
  uint64_t original_bytes = 0;  // of the body; the content may have been cut
  uint32_t sealed_bytes = 0;    // that follow the head

  [[nodiscard]] std::array<std::byte, kSize> encode() const;
};

// What stands at a record's place: its head, or the hole that a forgotten record left. Nothing
// where the bytes are neither: the segment ends there.
struct ContentPlace {
  std::optional<ContentHead> head;
  uint32_t sealed_bytes = 0;
  static std::optional<ContentPlace> decode(std::span<const std::byte, ContentHead::kSize> bytes);
};

struct ContentLimits {
  uint64_t total_bytes = uint64_t{1} << 30;
  Millis keep = std::chrono::days(30);  // and up to an hour more: a segment goes whole
  uint64_t segment_bytes = uint64_t{16} << 20;
  friend bool operator==(const ContentLimits&, const ContentLimits&) = default;
};

struct CapturedContent {
  ContentHead head;
  Secret content;  // the first bytes of the body, or all of them
};

// Whether the content of this subject, from this time, may not be deleted.
using IsHeld = std::function<bool(const SubjectTag& tag, WallTime time)>;

// Safe from every thread. One process writes; others may read and forget.
class ContentStore {
 public:
  static constexpr size_t kMostContent = size_t{64} << 20;

  // Opens the store in `folder`, which is made where it is not there. Writing goes on in a segment
  // of its own.
  static Result<std::unique_ptr<ContentStore>> open(std::filesystem::path folder,
                                                    ContentLimits limits);
  ContentStore(const ContentStore&) = delete;
  ContentStore& operator=(const ContentStore&) = delete;
  ~ContentStore() = default;

  // Appends one body. kTooMany when the store is full of content that is held, or when more came
  // than `prune` could keep up with.
  [[nodiscard]] Result<> add(const SubjectKey& key, const Ulid& id, Direction direction,
                             WallTime time, ByteView content, uint64_t original_bytes,
                             Random& random);
  // What is kept of one exchange, request first. `key_of` gives the subject's key; its failure is
  // returned. kCorrupt where a record does not verify.
  using KeyOf = std::function<Result<SubjectKeyPtr>(const SubjectTag&)>;
  [[nodiscard]] Result<std::vector<CapturedContent>> find(const Ulid& id,
                                                          const KeyOf& key_of) const;
  // Overwrites every record of the subject, on the disk when the call returns. How many there were.
  [[nodiscard]] Result<size_t> forget(const SubjectTag& tag);
  // Deletes segments that are too old, and the oldest beyond the total; never one that holds
  // something that `is_held`. How many bytes went.
  [[nodiscard]] Result<uint64_t> prune(WallTime now, const IsHeld& is_held);

  // Whether there is more than the total: it is time to prune.
  [[nodiscard]] bool overfull() const;
  [[nodiscard]] Result<uint64_t> bytes() const;

 private:
  ContentStore(std::filesystem::path folder, ContentLimits limits)
      : folder_(std::move(folder)), limits_(limits) {}

  using Visitor = std::function<Result<>(const File& file, uint64_t offset, const ContentHead&)>;
  [[nodiscard]] Result<std::vector<std::filesystem::path>> segments() const;
  static Result<> visit(const std::filesystem::path& segment, Access access,
                        const Visitor& visitor);
  // With mutex_ held.
  Result<> begin_segment(WallTime time);

  const std::filesystem::path folder_;
  const ContentLimits limits_;
  mutable std::mutex mutex_;
  std::optional<File> file_;  // being written
  uint64_t end_ = 0;
  WallTime begun_{};    // the segment
  uint64_t total_ = 0;  // bytes in all segments, as far as this object made or saw them
  bool full_ = false;   // of held content
};

}  // namespace sally::capture
