// Many-shot: a made-up conversation within one text, in which an assistant goes along with one
// request for harm after another, so that whoever reads it goes along with the next (Anil et al.,
// "Many-shot jailbreaking", 2024). No line of it is an order: its form is what tells it.
#pragma once

#include <cstddef>
#include <string_view>

namespace sally::content::attack {

struct ManyShot {
  float score = 0;   // 0: it is none
  size_t begin = 0;  // in octets of the text: from the first turn on
};

// Turns are told by who speaks (`User:`, `Q:`, `[INST]`, `<|user|>`; many_shot.def), at the
// beginning of a line or behind a sentence. It is one where at least kLeastShots answers go along
// with a request for harm and they are half of all, the surer the more there are; or where answers
// that all go along lead to such a request, which stands last and unanswered. The first kMostTurns
// of each way of writing are read, and of each the beginning.
// Time is that of sorting the turns.
[[nodiscard]] ManyShot find_many_shot(std::string_view text);

inline constexpr size_t kLeastShots = 4;
inline constexpr size_t kMostTurns = 65'536;

}  // namespace sally::content::attack
