#include "base/secret.h"

#include <cstring>
#include <utility>

namespace sally {

void wipe(MutableBytes bytes) {
  if (!bytes.empty()) {
    explicit_bzero(bytes.data(), bytes.size());
  }
}

bool constant_time_equal(ByteView a, ByteView b) {
  if (a.size() != b.size()) {
    return false;
  }
  unsigned difference = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    difference |= std::to_integer<unsigned>(a[i] ^ b[i]);
    asm volatile("" : "+r"(difference));  // keeps the loop from ending early
  }
  return difference == 0;
}

namespace {
void wipe_string(std::string& text) {
  wipe(std::as_writable_bytes(std::span(text.data(), text.capacity())));
  text.clear();
}
}  // namespace

Secret Secret::take(std::string&& bytes) {
  Secret out;
  out.bytes_ = std::move(bytes);
  bytes.resize(bytes.capacity());  // NOLINT(bugprone-use-after-move): wipes what the move left
  wipe_string(bytes);
  return out;
}

Secret::Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) {
  wipe_string(other.bytes_);
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe_string(bytes_);
    bytes_ = std::move(other.bytes_);
    wipe_string(other.bytes_);
  }
  return *this;
}

Secret::~Secret() {
  wipe_string(bytes_);
}

}  // namespace sally
