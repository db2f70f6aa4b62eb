// Cues: words and signs that a secret follows. The table is cues.def.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "content/secrets/literal_filter.h"

namespace sally::content {

// What follows a cue.
enum class CueKind : uint8_t {
  kPassword,  // a sign or a verb, then a password
  kPass,    // the same; the word is short: it stands alone, and a sign follows or something strong
  kPin,     // a sign or a verb, then digits
  kSecret,  // a sign, then something strong
  kLogin,   // a user's name, `/` or `:`, then a password
  kHeader,  // a sign, perhaps a scheme, then a token
  kBearer,  // a token
  kUrl,     // user, `:`, password, `@`
  kUser,    // `user:password`, behind the name of a program
  kShortOption,  // a password, behind the name of a program
};

struct Cue {
  size_t begin = 0;
  size_t end = 0;
  CueKind kind{};
  friend bool operator==(const Cue&, const Cue&) = default;
};

// Calls `take(Cue)` for every cue in `text`, in upper or lower case (ASCII). They come in the order
// of their keys.
template <typename Take>
void for_each_cue(std::string_view text, Take take);

// The same, slowly and plainly.
template <typename Take>
void for_each_cue_plainly(std::string_view text, Take take);

namespace internal {
struct CueRow {
  std::string_view text;
  CueKind kind;
  size_t key;
};
// Tells where a cue's key may stand.
const LiteralFilter& cue_keys();
// The rows with the key at `text[at]`: from, to.
struct CueRows {
  const CueRow* begin;
  const CueRow* end;
};
CueRows all_cues();
CueRows cues_with_key(std::string_view text, size_t at);
bool stands_at(const CueRow& row, std::string_view text, size_t at);
}  // namespace internal

template <typename Take>
void for_each_cue_plainly(std::string_view text, Take take) {
  const internal::CueRows rows = internal::all_cues();
  for (size_t at = 0; at < text.size(); ++at) {
    for (const internal::CueRow* row = rows.begin; row != rows.end; ++row) {
      if (internal::stands_at(*row, text, at)) {
        take(Cue{at, at + row->text.size(), row->kind});
      }
    }
  }
}

template <typename Take>
void for_each_cue(std::string_view text, Take take) {
  internal::cue_keys().for_each(text, 0, [&](size_t at) {
    const internal::CueRows rows = internal::cues_with_key(text, at);
    for (const internal::CueRow* row = rows.begin; row != rows.end; ++row) {
      if (at >= row->key && internal::stands_at(*row, text, at - row->key)) {
        take(Cue{at - row->key, at - row->key + row->text.size(), row->kind});
      }
    }
  });
}

}  // namespace sally::content
