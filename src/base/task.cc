#include "base/task.h"

#include <cstdlib>

namespace sally {
namespace {

// Bytes between size classes: the allocator's own step, because many frames last as long as a
// stream.
constexpr std::size_t kStep = 16;
constexpr std::size_t kClasses = 512;  // frames up to 8 KB are pooled
constexpr std::size_t kKeep = 256;     // blocks kept per class and thread

struct Block {
  Block* next;
};

struct Lists {
  std::array<Block*, kClasses> head{};
  std::array<std::size_t, kClasses> count{};

  Lists() = default;
  Lists(const Lists&) = delete;
  Lists& operator=(const Lists&) = delete;
  ~Lists() {
    for (Block* block : head) {
      while (block != nullptr) {
        Block* next = block->next;
        ::operator delete(block);
        block = next;
      }
    }
  }
};

thread_local Lists lists;

constexpr std::size_t class_of(std::size_t size) {
  return (size - 1) / kStep;
}

}  // namespace

void* FramePool::allocate(std::size_t size) {
  const std::size_t index = class_of(size);
  if (index < kClasses) {
    Block*& head = lists.head[index];
    if (head != nullptr) {
      Block* block = head;
      head = block->next;
      --lists.count[index];
      return block;
    }
    return ::operator new((index + 1) * kStep);
  }
  return ::operator new(size);
}

void FramePool::release(void* block, std::size_t size) noexcept {
  const std::size_t index = class_of(size);
  if (index < kClasses && lists.count[index] < kKeep) {
    auto* freed = new (block) Block{lists.head[index]};
    lists.head[index] = freed;
    ++lists.count[index];
    return;
  }
  ::operator delete(block);
}

}  // namespace sally
