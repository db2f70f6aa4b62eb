#include "content/attack/many_shot.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/encoding.h"

namespace sally::content::attack {
namespace {

constexpr size_t kMostLabel = 24;      // octets
constexpr size_t kMostQuestion = 600;  // octets of one that are read
constexpr size_t kMostOpening = 60;    // of an answer
constexpr size_t kLeastLead = 3;       // exchanges that lead to something

enum class Speaker : uint8_t { kAsker, kAnswerer };

struct Label {
  std::string_view name;
  Speaker speaker;
};
constexpr auto kLabels = std::to_array<Label>({
#define SALLY_TURN(speaker, label) {label, Speaker::speaker},
#include "content/attack/many_shot.def"
});
constexpr auto kAsks = std::to_array<std::string_view>({
#define SALLY_ASKS(stem) stem,
#include "content/attack/many_shot.def"
});
constexpr auto kExcuses = std::to_array<std::string_view>({
#define SALLY_EXCUSES(stem) stem,
#include "content/attack/many_shot.def"
});
static_assert(std::ranges::is_sorted(kAsks) && std::ranges::is_sorted(kExcuses));
constexpr auto kRefusals = std::to_array<std::string_view>({
#define SALLY_REFUSES(words) words,
#include "content/attack/many_shot.def"
});

// Who speaks, where the label begins, and where what is said does.
struct Turn {
  Speaker speaker = Speaker::kAsker;
  size_t begin = 0;
  size_t said = 0;
};

bool is_wide(char c) {
  return static_cast<unsigned char>(c) >= 0x80;
}
bool is_letter(char c) {
  return is_wide(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_any_of(char c, std::string_view set) {
  return set.find(c) != std::string_view::npos;
}

// Lower case, with the apostrophe of typewriters.
std::string folded(std::string_view text) {
  constexpr std::string_view kApostrophe = "\xE2\x80\x99";
  std::string out;
  out.reserve(text.size() + 1);
  while (!text.empty()) {
    const bool quote = text.starts_with(kApostrophe);
    out += quote ? '\'' : to_lower(text.front());
    text.remove_prefix(quote ? kApostrophe.size() : 1);
  }
  return out;
}

// Whom a word names that ends a run of letters: of scripts without blanks it may stand at its end.
std::optional<Speaker> speaker_of(std::string_view word) {
  std::array<char, kMostLabel> lower{};
  const auto end = std::ranges::transform(word.substr(0, kMostLabel), lower.begin(), to_lower).out;
  const std::string_view name(lower.begin(), end);
  const auto* const found = std::ranges::find_if(kLabels, [&](const Label& label) {
    return name == label.name || (is_wide(label.name.front()) && name.ends_with(label.name));
  });
  return word.empty() || found == kLabels.end() ? std::nullopt : std::optional(found->speaker);
}

// The turn whose label ends before `end`, if one does: `said` is where it goes on.
std::optional<Turn> turn_before(std::string_view text, size_t end, size_t said) {
  size_t word_end = end;
  while (word_end > 0 && end - word_end < kMostLabel &&
         (is_any_of(text[word_end - 1], " *") || is_digit(text[word_end - 1]))) {
    --word_end;
  }
  size_t begin = word_end;
  while (begin > 0 && word_end - begin < kMostLabel && is_letter(text[begin - 1])) {
    --begin;
  }
  const std::string_view word = text.substr(begin, word_end - begin);
  size_t at = begin;
  bool is_marked = false;
  while (at > 0 && begin - at < kMostLabel && is_any_of(text[at - 1], " \t#*>-([<|/")) {
    --at;
    is_marked = is_marked || !is_any_of(text[at], " \t");
  }
  const bool starts = is_marked || at == 0 || is_any_of(text[at - 1], "\n.!?\"')]}");
  if (word.empty() || (!starts && !is_wide(word.front()))) {
    return std::nullopt;
  }
  const auto speaker = speaker_of(word);
  if (!speaker) {
    return std::nullopt;
  }
  const bool closes = begin > 0 && text[begin - 1] == '/';  // `[/INST]`: now the other speaks
  return Turn{closes ? Speaker::kAnswerer : *speaker, begin, said};
}

// `<|im_start|>user` and `<|start_header_id|>user<|end_header_id|>`: who speaks stands behind the
// token that ends before `from`.
std::optional<Turn> turn_behind(std::string_view text, size_t from) {
  size_t end = from;
  while (end < text.size() && is_letter(text[end]) && end - from < kMostLabel) {
    ++end;
  }
  const auto speaker = speaker_of(text.substr(from, end - from));
  if (!speaker || end == text.size() || !is_any_of(text[end], "\n<")) {
    return std::nullopt;
  }
  return Turn{*speaker, from, end};
}

// The turns that end with `mark`, and what read(at) makes of each.
template <typename Read>
void read_marks(std::string_view text, char mark, std::vector<Turn>& turns, const Read& read) {
  const size_t most = turns.size() + kMostTurns;
  for (size_t at = text.find(mark); at != std::string_view::npos && turns.size() < most;
       at = text.find(mark, at + 1)) {
    if (const std::optional<Turn> turn = read(at)) {
      turns.push_back(*turn);
    }
  }
}

std::vector<Turn> turns_of(std::string_view text) {
  std::vector<Turn> turns;
  read_marks(text, ':', turns, [&](size_t at) { return turn_before(text, at, at + 1); });
  read_marks(text, ']', turns, [&](size_t at) { return turn_before(text, at, at + 1); });
  read_marks(text, '|', turns, [&](size_t at) -> std::optional<Turn> {
    if (at + 1 == text.size() || text[at + 1] != '>') {
      return std::nullopt;
    }
    const auto before = turn_before(text, at, at + 2);
    return before ? before : turn_behind(text, at + 2);
  });
  std::ranges::sort(turns, {}, &Turn::begin);
  return turns;
}

// Whether a word of `text` begins with one of `stems`.
bool has_any(std::string_view text, std::span<const std::string_view> stems) {
  for (size_t at = 0; at < text.size(); ++at) {
    if (at > 0 && !is_wide(text[at]) && text[at - 1] != ' ') {
      continue;  // within a word
    }
    const auto first = std::ranges::lower_bound(stems, text.substr(at, 1));
    for (auto stem = first; stem != stems.end() && stem->front() == text[at]; ++stem) {
      if (text.substr(at).starts_with(*stem)) {
        return true;
      }
    }
  }
  return false;
}

bool asks_for_harm(std::string_view question) {
  std::string text = folded(question.substr(0, kMostQuestion));
  for (char& c : text) {
    c = is_letter(c) || is_digit(c) ? c : ' ';
  }
  text += ' ';
  return has_any(text, kAsks) && !has_any(text, kExcuses);
}

bool refuses(std::string_view answer) {
  const std::string opening = folded(answer.substr(0, kMostOpening));
  const auto begin = std::ranges::find_if(opening, is_letter);
  const std::string_view said(begin, opening.end());
  return std::ranges::any_of(kRefusals,
                             [&](std::string_view words) { return said.starts_with(words); });
}

bool says_something(std::string_view said) {
  return std::ranges::any_of(said.substr(0, kMostQuestion), is_letter);
}

struct Count {
  size_t exchanges = 0;
  size_t harmful = 0;  // of them: a request for harm that is gone along with
  size_t refused = 0;
  bool ends_with_harm = false;  // the last turn asks for it, and nothing is answered
};

Count count_exchanges(std::string_view text, const std::vector<Turn>& turns) {
  Count count;
  std::optional<std::string_view> question;
  for (size_t i = 0; i < turns.size(); ++i) {
    const size_t end = i + 1 < turns.size() ? turns[i + 1].begin : text.size();
    const std::string_view said =
        text.substr(turns[i].said, std::max(end, turns[i].said) - turns[i].said);
    if (turns[i].speaker == Speaker::kAsker) {
      question = said;
    } else if (question && says_something(said)) {
      const bool refused = refuses(said);
      ++count.exchanges;
      count.refused += refused ? 1 : 0;
      count.harmful += !refused && asks_for_harm(*question) ? 1 : 0;
      question.reset();
    }
  }
  count.ends_with_harm = question && asks_for_harm(*question);
  return count;
}

}  // namespace

ManyShot find_many_shot(std::string_view text) {
  constexpr float kOfLead = 0.75F;
  constexpr float kOfLeast = 0.8F;  // each more halves what is left
  const std::vector<Turn> turns = turns_of(text);
  if (turns.size() < 2 * kLeastLead) {
    return {};
  }
  const Count count = count_exchanges(text, turns);
  if (count.harmful >= kLeastShots && count.harmful * 2 >= count.exchanges) {
    const auto more = static_cast<float>(std::min<size_t>(count.harmful - kLeastShots, 32));
    return {1 - (1 - kOfLeast) * std::exp2(-more), turns.front().begin};
  }
  if (count.exchanges >= kLeastLead && count.refused == 0 && count.ends_with_harm) {
    return {kOfLead, turns.front().begin};
  }
  return {};
}

}  // namespace sally::content::attack
