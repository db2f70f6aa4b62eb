// Checkpoints (c2sp.org/tlog-checkpoint): what a log says about itself, to be signed as a note.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "tlog/hash.h"

namespace sally::tlog {

struct Checkpoint {
  std::string origin;  // the log's name, for ever
  uint64_t size = 0;
  Hash root{};

  // The text of the note: origin, size and root, a line each.
  [[nodiscard]] std::string to_string() const;
  // Backwards; lines behind the third are left aside. kInvalidInput.
  static Result<Checkpoint> parse(std::string_view text);
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

}  // namespace sally::tlog
