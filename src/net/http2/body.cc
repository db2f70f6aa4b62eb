#include "net/http2/body.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"

namespace sally::net::http2 {
namespace {

constexpr size_t kKeep = 4 * 1024;  // of a buffer whose stream is over
constexpr uint64_t kMostReserved = 64 * 1024;

}  // namespace

void PaddedBuffer::append(ByteView bytes) {
  if (bytes.empty()) {
    return;
  }
  if (size_ + bytes.size() > capacity_) {
    reserve(std::max(size_ + bytes.size(), std::min(capacity_ * 2, capacity_ + (1U << 20U))));
  }
  std::memcpy(bytes_.get() + size_, bytes.data(), bytes.size());
  size_ += bytes.size();
}

void PaddedBuffer::reserve(size_t size) {
  if (size <= capacity_) {
    return;
  }
  auto grown = std::make_unique_for_overwrite<std::byte[]>(size + kSlack);
  if (size_ > 0) {
    std::memcpy(grown.get(), bytes_.get(), size_);
  }
  bytes_ = std::move(grown);
  capacity_ = size;
}

void PaddedBuffer::shrink(size_t keep) {
  if (capacity_ > keep) {
    bytes_.reset();
    capacity_ = 0;
    size_ = 0;
  }
}

ByteView PaddedBuffer::view() const {
  if (bytes_ == nullptr) {
    static constexpr std::byte kEmpty[kSlack] = {};
    return {kEmpty, 0};
  }
  std::memset(bytes_.get() + size_, 0, kSlack);
  return {bytes_.get(), size_};
}

void InBody::append(ByteView bytes, uint64_t expected) {
  if (total_ == 0 && expected > 0) {
    fresh_.reserve(static_cast<size_t>(std::min(expected, kMostReserved)));
  }
  fresh_.append(bytes);
  total_ += bytes.size();
}

std::optional<ByteView> InBody::whole() {
  if (!finished_ || pieces_taken_) {
    return std::nullopt;
  }
  whole_taken_ = true;
  return fresh_.view();
}

ByteView InBody::take() {
  if (whole_taken_) {
    return {};
  }
  pieces_taken_ = true;
  std::swap(fresh_, lent_);
  fresh_.clear();
  return lent_.view();
}

size_t InBody::discard() {
  const size_t dropped = waiting();
  if (!whole_taken_) {
    fresh_.clear();
    pieces_taken_ = true;
  }
  return dropped;
}

void InBody::clear() {
  fresh_.clear();
  fresh_.shrink(kKeep);
  lent_.clear();
  lent_.shrink(kKeep);
  total_ = 0;
  finished_ = pieces_taken_ = whole_taken_ = false;
}

bool OutBody::try_buffer(ByteView bytes) {
  if (lent()) {
    return false;
  }
  if (at_ == buffer_.size()) {
    buffer_.clear();
    at_ = 0;
  }
  if (buffer_.size() + bytes.size() > kBuffer) {
    return false;
  }
  buffer_.append(bytes);
  return true;
}

void OutBody::take(Buffer& out, size_t count) {
  SALLY_CHECK(count <= waiting());
  const ByteView buffered = buffer_.view().subspan(at_);
  const size_t first = std::min(count, buffered.size());
  out.append(buffered.first(first));
  at_ += first;
  const ByteView rest = loan_.first(count - first);
  out.append(rest);
  loan_ = loan_.subspan(rest.size());
}

void OutBody::clear() {
  buffer_.clear();
  buffer_.shrink(kKeep);
  at_ = 0;
  loan_ = {};
}

}  // namespace sally::net::http2
