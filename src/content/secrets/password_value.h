// Passwords: what one looks like, and where one ends.
#pragma once

#include <cstddef>
#include <string_view>

#include "content/secrets/context.h"

namespace sally::content {

// Stands for a password and is none: `${DB_PASSWORD}`, `<password>`, `changeme`, `****`, `string`.
[[nodiscard]] bool is_placeholder(std::string_view value);
// Too odd to be a word of a sentence or a name of a program: letters and digits, or a sign inside.
[[nodiscard]] bool is_strong_password(std::string_view value);
// A word that may be a password where nothing else is meant: letters, no placeholder.
[[nodiscard]] bool is_plain_password(std::string_view value);

struct PasswordValue {
  size_t begin = 0;
  size_t end = 0;
  bool quoted = false;
  bool none = false;  // too long, or nothing there
};

// Reads the value at `at`, behind a quote where `quote` is none of `\0`: to the closing quote of
// the same line, or else to a space; what belongs to the sentence or the notation is cut off.
[[nodiscard]] PasswordValue read_password(const Window& window, size_t at, char quote);

}  // namespace sally::content
