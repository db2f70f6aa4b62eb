// What the readers of cues share (passwords.h): steps over spaces and quotes, and the readers.
#pragma once

#include <cstddef>
#include <string_view>

#include "content/secrets/context.h"
#include "content/secrets/cues.h"
#include "content/secrets/password_value.h"
#include "content/secrets/passwords.h"

namespace sally::content::internal {

inline constexpr size_t kMaxWords = 5;  // between a cue and its value
inline constexpr size_t kMaxWord = 40;

// A character of a word between a cue and its value, or of a user's name.
[[nodiscard]] bool is_word_octet(char c);
// The first position at `at` or behind it that is no space or tab.
[[nodiscard]] size_t skip_blanks(const Window& window, size_t at);
// Steps over quotes, stars and spaces before a value and notes the quote that it begins behind.
[[nodiscard]] size_t skip_gap(const Window& window, size_t at, char& quote);
// Whether the cue is a word of its own, or so long that it tells inside a name too.
[[nodiscard]] bool stands_alone(const Window& window, const Cue& cue);

void report(const PasswordValue& value, std::string_view rule, float score, Candidates& out);

// kPassword, kPass, kPin, kSecret: `the password is ...`, `DB_PASSWORD=...`
void read_password_cue(const Window& window, const Cue& cue, Candidates& out);
// kLogin: `log in with admin / ...`
void read_login(const Window& window, const Cue& cue, Candidates& out);
// kHeader: `Authorization: Basic ...`
void read_header(const Window& window, const Cue& cue, Candidates& out);
// kBearer: `bearer ...`
void read_bearer(const Window& window, const Cue& cue, Candidates& out);
// kUrl: `postgres://app:...@db`
void read_url(const Window& window, const Cue& cue, Candidates& out);
// kUser: `curl -u user:...`
void read_user(const Window& window, const Cue& cue, Candidates& out);
// kShortOption: `mysql -p...`
void read_short_option(const Window& window, const Cue& cue, Candidates& out);

}  // namespace sally::content::internal
