#include "telemetry/byte_ring.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.h"

namespace sally::telemetry {

ByteRing::ByteRing(size_t bytes)
    : size_(bytes), data_(std::make_unique_for_overwrite<char[]>(bytes)) {
  SALLY_CHECK(std::has_single_bit(bytes));
}

void ByteRing::write(uint64_t at, const char* from, size_t size) {
  const size_t offset = at & (size_ - 1);
  const size_t first = std::min(size, size_ - offset);
  std::memcpy(data_.get() + offset, from, first);
  std::memcpy(data_.get(), from + first, size - first);
}

void ByteRing::read(uint64_t at, char* to, size_t size) const {
  const size_t offset = at & (size_ - 1);
  const size_t first = std::min(size, size_ - offset);
  std::memcpy(to, data_.get() + offset, first);
  std::memcpy(to + first, data_.get(), size - first);
}

bool ByteRing::push(std::string_view record, uint32_t items) {
  const uint64_t at = written_.load(std::memory_order_relaxed);
  const uint64_t used = at - consumed_.load(std::memory_order_acquire);
  if (sizeof(Head) + record.size() > size_ - used) {
    return false;
  }
  const Head head{static_cast<uint32_t>(record.size()), items};
  write(at, reinterpret_cast<const char*>(&head), sizeof(head));
  write(at + sizeof(head), record.data(), record.size());
  written_.store(at + sizeof(head) + record.size(), std::memory_order_release);
  return true;
}

uint32_t ByteRing::pop(std::string& out) {
  const uint64_t at = consumed_.load(std::memory_order_relaxed);
  if (at == written_.load(std::memory_order_acquire)) {
    return 0;
  }
  Head head{};
  read(at, reinterpret_cast<char*>(&head), sizeof(head));
  const size_t end = out.size();
  out.resize(end + head.size);
  read(at + sizeof(head), out.data() + end, head.size);
  consumed_.store(at + sizeof(head) + head.size, std::memory_order_release);
  return head.items;
}

}  // namespace sally::telemetry
