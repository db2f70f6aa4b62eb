// Key files: 32 random bytes that only their owner can read.
#pragma once

#include <string>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"

namespace sally::crypto {

inline constexpr size_t kKeyFileBytes = 32;

// Makes the file `path` (mode 0600, on disk before the call returns) with a fresh key and returns
// the key. kConflict when something stands there already: a key is never overwritten.
//
// The file is one line of 64 lower-case hexadecimal digits, so that it survives being a Kubernetes
// secret, a systemd credential or a line on paper.
[[nodiscard]] Result<Secret> create_key_file(const std::string& path, Random& random);

// Reads the key (32 bytes). kNotFound; kDenied when the file is readable by group or others, or
// belongs to another user (root's is accepted); kCorrupt when it is not such a line.
[[nodiscard]] Result<Secret> read_key_file(const std::string& path);

}  // namespace sally::crypto
