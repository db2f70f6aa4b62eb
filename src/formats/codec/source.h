// Source: octets that come one after another and cannot be gone back to.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace sally::formats {

// Belongs to one thread.
class Source {
 public:
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;

  // Fills `to` from its beginning, and how far: less than all of it only at the end, or where what
  // follows is damaged. An error is what the next octet cannot be had for; all before it came.
  virtual Result<size_t> read(MutableBytes to) = 0;
};

}  // namespace sally::formats
