#include "base/random.h"

#include <sys/random.h>

#include <cstring>

#include "base/check.h"
#include "base/secret.h"

namespace sally {
namespace {

void from_system(MutableBytes out) {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got < 0) {
      SALLY_CHECK(errno == EINTR);
      continue;
    }
    out = out.subspan(static_cast<size_t>(got));
  }
}

}  // namespace

uint64_t Random::next_u64() {
  uint64_t value = 0;
  fill(std::as_writable_bytes(std::span(&value, 1)));
  return value;
}

void SystemRandom::fill(MutableBytes out) {
  if (out.size() > sizeof(buffer_)) {
    from_system(out);
    return;
  }
  if (out.size() > left_) {
    from_system(buffer_);
    left_ = sizeof(buffer_);
  }
  const MutableBytes part = MutableBytes(buffer_).subspan(sizeof(buffer_) - left_, out.size());
  std::memcpy(out.data(), part.data(), out.size());
  wipe(part);
  left_ -= out.size();
}

void SeededRandom::fill(MutableBytes out) {
  for (std::byte& octet : out) {
    state_ += 0x9E3779B97F4A7C15ULL;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    octet = static_cast<std::byte>(z ^ (z >> 31));
  }
}

}  // namespace sally
