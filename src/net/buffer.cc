#include "net/buffer.h"

#include <array>
#include <bit>
#include <cstring>
#include <new>

#include "base/secret.h"

namespace sally::net {
namespace {

// Size classes: 512 bytes to 64 KB, by powers of two, slack included.
constexpr size_t kSmallest = 512;
constexpr size_t kClasses = 8;
constexpr size_t kKeptBytes =
    size_t{512} * 1024;  // per class and thread; what is beyond goes to the heap

constexpr size_t class_of(size_t block) {
  return block <= kSmallest
             ? 0
             : static_cast<size_t>(std::bit_width(block - 1) - std::bit_width(kSmallest - 1));
}
constexpr size_t block_of(size_t index) {
  return kSmallest << index;
}

struct Free {
  Free* next;
};

struct Pool {
  std::array<Free*, kClasses> head{};
  std::array<size_t, kClasses> count{};

  Pool() = default;
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool() {
    for (Free* block : head) {
      while (block != nullptr) {
        Free* const next = block->next;
        ::operator delete(block);
        block = next;
      }
    }
  }
};

thread_local Pool pool;

}  // namespace

Buffer::Buffer(size_t capacity) {
  const size_t index = class_of(capacity + kSlack);
  const size_t block = block_of(index);
  if (index < kClasses && pool.head[index] != nullptr) {
    Free* const taken = pool.head[index];
    pool.head[index] = taken->next;
    --pool.count[index];
    data_ = reinterpret_cast<std::byte*>(taken);
  } else {
    data_ = static_cast<std::byte*>(::operator new(block));
    std::memset(data_ + block - kSlack, 0, kSlack);
  }
  capacity_ = block - kSlack;
}

Buffer::~Buffer() {
  if (data_ == nullptr) {
    return;
  }
  wipe({data_, touched_});
  const size_t index = class_of(capacity_ + kSlack);
  if (index < kClasses && pool.count[index] < kKeptBytes / block_of(index)) {
    pool.head[index] = new (data_) Free{pool.head[index]};
    ++pool.count[index];
    return;
  }
  ::operator delete(data_);
}

void Buffer::reserve(size_t count) {
  if (capacity_ - end_ >= count) {
    return;
  }
  if (capacity_ - size() >= count) {
    std::memmove(data_, data_ + begin_, size());
    end_ = size();
    begin_ = 0;
    return;
  }
  *this = fitted(count);
}

Buffer Buffer::fitted(size_t room) const {
  Buffer copy(size() + room);
  if (!empty()) {
    std::memcpy(copy.data_, data_ + begin_, size());
    copy.commit(size());
  }
  return copy;
}

void Buffer::append(ByteView bytes) {
  if (bytes.empty()) {
    return;
  }
  reserve(bytes.size());
  std::memcpy(data_ + end_, bytes.data(), bytes.size());
  commit(bytes.size());
}

}  // namespace sally::net
