// Random: unpredictable bytes as a parameter.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace sally {

class Random {
 public:
  Random() = default;
  Random(const Random&) = delete;
  Random& operator=(const Random&) = delete;
  virtual ~Random() = default;
  // Fills `out`. Aborts when the operating system has no randomness: nothing here is safe without.
  virtual void fill(MutableBytes out) = 0;
  [[nodiscard]] uint64_t next_u64();
};

// getrandom(2), through a per-object buffer. Not shared between threads.
class SystemRandom final : public Random {
 public:
  void fill(MutableBytes out) override;

 private:
  std::byte buffer_[512];
  size_t left_ = 0;
};

// A fixed sequence (splitmix64): for tests only.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  void fill(MutableBytes out) override;

 private:
  uint64_t state_;
};

}  // namespace sally
