#include "ledger/ring.h"

#include <algorithm>
#include <cstring>

#include "ledger/crc32c.h"
#include "tlog/tile.h"

namespace sally::ledger {
namespace {

// What stands before an entry. The checksum is over the members behind it and the entry.
struct RecordHead {
  uint32_t crc;
  uint32_t length;
  uint64_t generation;
  uint64_t position;
};
static_assert(sizeof(RecordHead) == 24);
constexpr size_t kCovered = sizeof(RecordHead) - sizeof(uint32_t);
constexpr size_t kAlignment = 8;

uint32_t checksum(const RecordHead& head, std::string_view entry) {
  const auto bytes = std::as_bytes(std::span(&head, 1)).subspan(sizeof(uint32_t), kCovered);
  return crc32c(as_bytes(entry), crc32c(bytes));
}

}  // namespace

size_t Ring::record_bytes(size_t size) {
  return (sizeof(RecordHead) + size + kAlignment - 1) / kAlignment * kAlignment;
}

void RingView::copy_out(uint64_t position, void* to, size_t count) const {
  const size_t at = position % memory_.size();
  const size_t first = std::min(count, memory_.size() - at);
  std::memcpy(to, memory_.data() + at, first);
  std::memcpy(static_cast<char*>(to) + first, memory_.data(), count - first);
}

std::optional<uint64_t> RingView::read(uint64_t position, std::string& out) const {
  RecordHead head;
  copy_out(position, &head, sizeof head);
  if (head.generation != generation_ || head.position != position ||
      head.length > tlog::kMaxEntry || Ring::record_bytes(head.length) > memory_.size()) {
    return std::nullopt;
  }
  const size_t before = out.size();
  out.resize(before + head.length);
  copy_out(position + sizeof head, out.data() + before, head.length);
  if (checksum(head, std::string_view(out).substr(before)) != head.crc) {
    out.resize(before);
    return std::nullopt;
  }
  return position + Ring::record_bytes(head.length);
}

Ring::Ring(std::unique_ptr<DiskMapping> mapping, uint64_t generation)
    : mapping_(std::move(mapping)),
      memory_(mapping_->bytes()),
      generation_(generation),
      view_(memory_, generation) {}

void Ring::copy_in(uint64_t position, const void* from, size_t count) {
  const size_t at = position % memory_.size();
  const size_t first = std::min(count, memory_.size() - at);
  std::memcpy(memory_.data() + at, from, first);
  std::memcpy(memory_.data(), static_cast<const char*>(from) + first, count - first);
}

bool Ring::put(std::string_view entry) {
  const uint64_t position = put_.load(std::memory_order_relaxed);
  const size_t bytes = record_bytes(entry.size());
  if (position + bytes - freed_.load(std::memory_order_acquire) > memory_.size()) {
    return false;
  }
  RecordHead head{.crc = 0,
                  .length = static_cast<uint32_t>(entry.size()),
                  .generation = generation_,
                  .position = position};
  head.crc = checksum(head, entry);
  copy_in(position + sizeof head, entry.data(), entry.size());
  copy_in(position, &head, sizeof head);
  put_.store(position + bytes, std::memory_order_release);
  return true;
}

}  // namespace sally::ledger
