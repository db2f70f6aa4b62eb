// Letters and digits in another guise: spaced out, leetspeak, rot13, reversed.
#include <algorithm>
#include <array>

#include "content/normalise/decoder.h"
#include "content/normalise/utf8.h"

namespace sally::content {

namespace {

constexpr size_t kManySingles = 4;
constexpr size_t kMinLeetWord = 3;
constexpr size_t kMaxLeetWord = 24;
constexpr size_t kMinLeetNumber = 4;  // of a word with more digits than letters
constexpr std::string_view kBeforeEscapes = "\\%#&";

bool is_alnum(char c) {
  return is_ascii_alnum(static_cast<uint8_t>(c));
}
bool is_digit(char c) {
  return is_ascii_digit(static_cast<uint8_t>(c));
}
bool is_letter(char c) {
  return is_ascii_letter(static_cast<uint8_t>(c));
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_graph(char c) {
  return c > ' ' && c < 0x7F;
}

// The letter that a sign is written for; '\0' where there is none.
constexpr auto kLetters = [] {
  std::array<char, 128> letters{};
  constexpr std::string_view kPairs = "0o1i3e4a5s7t8b9g@a$s!i|l";
  for (size_t i = 0; i < kPairs.size(); i += 2) {
    letters[static_cast<uint8_t>(kPairs[i])] = kPairs[i + 1];
  }
  return letters;
}();
constexpr auto kDigits = [] {
  std::array<char, 128> digits{};
  constexpr std::string_view kPairs = "o0O0l1I1i1|1S5s5B8Z2z2";
  for (size_t i = 0; i < kPairs.size(); i += 2) {
    digits[static_cast<uint8_t>(kPairs[i])] = kPairs[i + 1];
  }
  return digits;
}();
char mapped(const std::array<char, 128>& map, char c) {
  return static_cast<uint8_t>(c) < 128 ? map[static_cast<uint8_t>(c)] : '\0';
}

// What a run of single characters parted by `separator` is, from `at`: its end, and how many of
// its characters are letters or digits.
struct Spaced {
  size_t end = 0;
  size_t alnums = 0;
};
Spaced spaced_run(std::string_view text, size_t at) {
  const char separator = at + 1 < text.size() ? text[at + 1] : '\0';
  Spaced run{at, 0};
  // Each turn: one character, then the separator or the end of the run.
  while (at < text.size() && is_graph(text[at]) && text[at] != separator) {
    const bool parted = at + 1 < text.size() && text[at + 1] == separator;
    const bool ends = at + 1 >= text.size() || !is_alnum(text[at + 1]);
    if (!parted && !ends) {
      break;  // a word begins
    }
    run.alnums += is_alnum(text[at]) ? 1 : 0;
    run.end = at + 1;
    if (!parted) {
      break;
    }
    at += 2;
    for (size_t wide = 0; wide < 2 && at < text.size() && text[at] == separator; ++wide) {
      ++at;
    }
  }
  return run;
}

void put_spaced(DecodedText& out, size_t begin, size_t end) {
  out.go_to(begin);
  const std::string_view text = out.text();
  const char separator = text[begin + 1];
  for (size_t at = begin; at < end;) {
    const char c = text[at];
    size_t next = at + 1;
    while (next < end && text[next] == separator) {
      ++next;
    }
    if (next - at > 2) {  // a wider gap parts words
      const std::array<char, 2> made{c, ' '};
      out.put(next - at, std::string_view(made.data(), made.size()));
    } else {
      out.put(next - at, c);
    }
    at = next;
  }
}

bool is_leet_part(char c) {
  return is_alnum(c) || mapped(kLetters, c) != '\0';
}

// Nothing where the word is none of leetspeak's.
std::string unleet(std::string_view word) {
  const auto letters = static_cast<size_t>(std::ranges::count_if(word, is_letter));
  const auto digits = static_cast<size_t>(std::ranges::count_if(word, is_digit));
  bool number = digits >= letters && digits > 0;
  if (number && word.size() >= kMinLeetNumber && !word.starts_with("0x")) {
    number =
        std::ranges::all_of(word, [](char c) { return is_digit(c) || mapped(kDigits, c) != '\0'; });
  }
  // A word is in one case, but for its first letter; a key or a hash seldom is.
  const auto upper = static_cast<size_t>(std::ranges::count_if(word.substr(1), is_upper));
  const auto lower = letters - upper - (is_upper(word[0]) ? 1 : 0);
  if (!number && upper > 0 && lower > 0) {
    return {};
  }
  std::string made;
  for (size_t i = 0; i < word.size(); ++i) {
    const char c = word[i];
    if (number) {
      made.push_back(is_digit(c) ? c : mapped(kDigits, c));
    } else if (c == '1' &&
               ((i + 1 < word.size() && word[i + 1] == '1') || (i > 0 && word[i - 1] == '1'))) {
      made.push_back('l');
    } else {
      made.push_back(is_letter(c) ? c : mapped(kLetters, c));
    }
    if (made.back() == '\0') {
      return {};
    }
  }
  return letters == 0 || made == word ? std::string() : made;
}

}  // namespace

void decode_spaced(DecodedText& out) {
  const std::string_view text = out.text();
  for (size_t at = 0; at < text.size() && !out.is_full();) {
    const bool begins = is_graph(text[at]) && (at == 0 || !is_alnum(text[at - 1])) &&
                        at + 1 < text.size() && !is_alnum(text[at + 1]);
    if (!begins || static_cast<uint8_t>(text[at + 1]) >= 0x80) {
      ++at;
      continue;
    }
    const Spaced run = spaced_run(text, at);
    if (run.alnums >= kManySingles) {
      put_spaced(out, at, run.end);
      at = run.end;
    } else {
      ++at;
    }
  }
}

void decode_leetspeak(DecodedText& out) {
  const std::string_view text = out.text();
  for (size_t at = 0; at < text.size() && !out.is_full();) {
    if (!is_leet_part(text[at])) {
      ++at;
      continue;
    }
    size_t end = at;
    while (end < text.size() && is_leet_part(text[end])) {
      ++end;
    }
    std::string_view word = text.substr(at, end - at);
    if (word.size() > 1 && word.back() == '!') {
      word.remove_suffix(1);  // the sentence's
    }
    const bool escape = at > 0 && kBeforeEscapes.find(text[at - 1]) != std::string_view::npos;
    if (!escape && word.size() >= kMinLeetWord && word.size() <= kMaxLeetWord) {
      if (const std::string made = unleet(word); !made.empty()) {
        out.go_to(at);
        for (const char c : made) {
          out.put(1, c);
        }
      }
    }
    at = end;
  }
}

void decode_rot13(DecodedText& out) {
  std::string made(out.text());
  for (char& c : made) {
    if (is_letter(c)) {
      const char first = c >= 'a' ? 'a' : 'A';
      c = static_cast<char>(first + (c - first + 13) % 26);
    }
  }
  out.put_all_same(made);
}

void decode_reversed(DecodedText& out) {
  out.put_all_backwards();
}

}  // namespace sally::content
