// Published: an immutable value that one thread replaces while others read it.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "base/check.h"

namespace sally::identity {

// Readers are wait-free and do not write to a cache line that another reader uses: each announces
// itself in the slot of its thread. The writer swaps the value and frees the old one after it has
// seen every slot empty; who announces itself later sees the new value already.
template <typename T>
class Published {
 public:
  explicit Published(std::unique_ptr<const T> first) : current_(first.release()) {
    SALLY_CHECK(current_.load() != nullptr);
  }
  Published(const Published&) = delete;
  Published& operator=(const Published&) = delete;
  ~Published() { delete current_.load(); }

  // Returns `use(value)`. The reference is good until `use` returns; `use` is short, and does not
  // call `publish`.
  template <typename Use>
  auto read(Use&& use) const {
    const Presence presence(slot_of_this_thread());
    return std::forward<Use>(use)(*current_.load());
  }

  // Puts `next` in force. Waits for the readers of the old value: some microseconds.
  void publish(std::unique_ptr<const T> next) {
    SALLY_CHECK(next != nullptr);
    const std::lock_guard lock(writers_);
    const std::unique_ptr<const T> old(current_.exchange(next.release()));
    for (const Slot& slot : slots_) {
      while (slot.readers.load() != 0) {
        std::this_thread::yield();
      }
    }
  }

 private:
  static constexpr size_t kSlots = 64;
  static constexpr size_t kCacheLine = 64;

  struct alignas(kCacheLine) Slot {
    std::atomic<uint32_t> readers{0};
  };

  // Sequentially consistent on purpose: a reader's announcement comes before its load of the value
  // in the one order in which the writer's swap comes before its look at the slot.
  class Presence {
   public:
    explicit Presence(Slot& slot) : slot_(slot) { slot_.readers.fetch_add(1); }
    Presence(const Presence&) = delete;
    Presence& operator=(const Presence&) = delete;
    ~Presence() { slot_.readers.fetch_sub(1); }

   private:
    Slot& slot_;
  };

  // Two threads may share a slot: it counts.
  Slot& slot_of_this_thread() const {
    return slots_[std::hash<std::thread::id>{}(std::this_thread::get_id()) % kSlots];
  }

  std::atomic<const T*> current_;
  mutable std::array<Slot, kSlots> slots_;
  std::mutex writers_;
};

}  // namespace sally::identity
