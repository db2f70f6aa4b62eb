#include "content/normalise/survey.h"

#include <algorithm>
#include <array>

#include "content/normalise/utf8.h"

namespace sally::content {

namespace {

constexpr size_t kManySingles = 4;   // single characters in a row
constexpr size_t kMaxSingleGap = 3;  // octets between two of them
constexpr size_t kManyPairs = 8;     // pairs of hex digits in a row
constexpr size_t kMaxPairGap = 4;    // octets between two of them
constexpr size_t kLongRun = 12;      // characters of base64 or digits of hex
constexpr size_t kLongHex = 16;
constexpr size_t kMaxLeetWord = 24;
constexpr size_t kTelltaleLetters = 6;  // together, of words that give a text away
constexpr size_t kWordLetters = 8;      // of a word that are looked at

enum Class : uint8_t {
  kLower = 1,
  kUpper = 2,
  kDigit = 4,
  kHexLetter = 8,
  kConnector = 16,  // of base64: + / - _
  kSign = 32,       // begins an escape, or stands for a letter
};

constexpr auto kClasses = [] {
  std::array<uint8_t, 256> classes{};
  for (size_t c = 0; c < 128; ++c) {
    const auto code = static_cast<uint32_t>(c);
    if (is_ascii_digit(code)) {
      classes[c] = kDigit;
    } else if (is_ascii_letter(code)) {
      classes[c] = code >= 'a' ? kLower : kUpper;
      classes[c] |= (code | 0x20U) <= 'f' ? kHexLetter : 0;
    }
  }
  for (const char c : std::string_view("+/-_")) {
    classes[static_cast<uint8_t>(c)] = kConnector;
  }
  for (const char c : std::string_view("%&\\=$!|@")) {
    classes[static_cast<uint8_t>(c)] = kSign;
  }
  return classes;
}();
constexpr uint8_t kAlnum = kLower | kUpper | kDigit;

uint8_t class_of(char c) {
  return kClasses[static_cast<uint8_t>(c)];
}

// The first eight letters, in lower case, as a number.
constexpr uint64_t add_letter(uint64_t word, char letter) {
  return word << 8 | static_cast<uint8_t>(letter | 0x20);
}

// The telltale words of one writing, in a table of open addresses.
template <typename Rewrite>
constexpr auto table_of(Rewrite rewrite) {
  std::array<uint64_t, 512> table{};
  for (const std::string_view word : {
#define SALLY_WORD(word) std::string_view(word),
#include "content/normalise/telltale_words.def"
#undef SALLY_WORD
       }) {
    uint64_t letters = 0;
    for (size_t i = 0; i < std::min(word.size(), kWordLetters); ++i) {
      letters = add_letter(letters, rewrite(word, i));
    }
    size_t slot = letters * 0x9E3779B97F4A7C15U >> 55;
    while (table[slot] != 0) {
      slot = (slot + 1) % table.size();
    }
    table[slot] = letters;
  }
  return table;
}
constexpr auto kRot13Words = table_of([](std::string_view word, size_t i) {
  return static_cast<char>('a' + (word[i] - 'a' + 13) % 26);
});
constexpr auto kReversedWords =
    table_of([](std::string_view word, size_t i) { return word[word.size() - 1 - i]; });

bool is_in(const std::array<uint64_t, 512>& table, uint64_t word) {
  for (size_t slot = word * 0x9E3779B97F4A7C15U >> 55; table[slot] != 0;
       slot = (slot + 1) % table.size()) {
    if (table[slot] == word) {
      return true;
    }
  }
  return false;
}

class Surveyor {
 public:
  explicit Surveyor(std::string_view text) : text_(text) {}

  ViewKinds run() {
    for (size_t at = 0; at < text_.size();) {
      const uint8_t what = class_of(text_[at]);
      if ((what & kAlnum) != 0) {
        at = see_word(at);
      } else {
        if ((what & kSign) != 0) {
          see_sign(at);
        }
        ++at;
      }
    }
    see_run_end();
    if (rot13_ >= kTelltaleLetters) {
      kinds_.add(ViewKind::kRot13);
    }
    if (reversed_ >= kTelltaleLetters) {
      kinds_.add(ViewKind::kReversed);
    }
    return kinds_;
  }

 private:
  [[nodiscard]] char octet(size_t at) const { return at < text_.size() ? text_[at] : '\0'; }

  // A word of ASCII letters and digits; returns its end.
  size_t see_word(size_t begin) {
    uint8_t all = 0;
    uint8_t any_but_hex = 0;
    uint64_t letters = 0;
    size_t end = begin;
    for (; end < text_.size(); ++end) {
      const uint8_t what = class_of(text_[end]);
      if ((what & kAlnum) == 0) {
        break;
      }
      all |= what;
      any_but_hex |= (what & (kDigit | kHexLetter)) == 0 ? 1 : 0;
      if (end - begin < kWordLetters) {
        letters = add_letter(letters, text_[end]);
      }
    }
    const size_t size = end - begin;
    if ((all & kDigit) == 0) {
      if (size >= 3) {
        rot13_ += is_in(kRot13Words, letters) ? size : 0;
        reversed_ += is_in(kReversedWords, letters) ? size : 0;
      }
    } else if ((all & (kLower | kUpper)) != 0 && size >= 3 && size <= kMaxLeetWord) {
      see_mixed(begin, end, any_but_hex == 0);
    }
    const bool hex = any_but_hex == 0;
    if (hex && size >= kLongHex) {
      kinds_.add(ViewKind::kHex);
    }
    const bool pair = (hex && size == 2) || (size == 4 && octet(begin + 1) == 'x');
    pairs_ = pair ? (begin - last_end_ <= kMaxPairGap ? pairs_ + 1 : 1) : 0;
    if (pairs_ >= kManyPairs) {
      kinds_.add(ViewKind::kHex);
    }
    singles_ = size == 1 ? (begin - last_end_ <= kMaxSingleGap ? singles_ + 1 : 1) : 0;
    if (singles_ >= kManySingles) {
      kinds_.add(ViewKind::kSpaced);
    }
    // Words joined by the other characters of base64 are one run.
    bool joined = begin == last_end_ + 1 && last_end_ > 0;
    joined = joined && (class_of(text_[last_end_]) & kConnector) != 0;
    if (!joined) {
      see_run_end();
      run_begin_ = begin;
      run_all_ = 0;
    }
    run_all_ |= all;
    last_end_ = end;
    return end;
  }

  void see_run_end() {
    const uint8_t letters = run_all_ & (kLower | kUpper);
    if (last_end_ - run_begin_ >= kLongRun - 2 && letters != 0 &&
        (letters == (kLower | kUpper) || (run_all_ & kDigit) != 0)) {
      kinds_.add(ViewKind::kBase64);
    }
  }

  // A word of letters and digits: leetspeak has digits between letters, a number written with
  // letters has more digits than letters.
  void see_mixed(size_t begin, size_t end, bool hex) {
    size_t digits = 0;
    bool between = false;
    for (size_t i = begin; i < end; ++i) {
      if ((class_of(text_[i]) & kDigit) != 0) {
        ++digits;
        between |= i > begin && i + 1 < end && (class_of(text_[i - 1]) & kDigit) == 0;
      }
    }
    const size_t size = end - begin;
    if ((!hex && between) || (digits * 2 >= size) || (begin > 0 && between && size < 8)) {
      kinds_.add(ViewKind::kLeetspeak);
    }
  }

  void see_sign(size_t at) {
    const char next = octet(at + 1);
    const bool after_letter = at > 0 && (class_of(text_[at - 1]) & (kLower | kUpper)) != 0;
    switch (text_[at]) {
      case '%':
        if (hex_value(next) >= 0 && hex_value(octet(at + 2)) >= 0) {
          kinds_.add(ViewKind::kPercent);
        }
        return;
      case '&':
        if (next == '#' || (class_of(next) & (kLower | kUpper)) != 0) {
          kinds_.add(ViewKind::kEntities);
        }
        return;
      case '\\':
        if (next == 'u' || next == 'x' || next == 'U' ||
            is_ascii_digit(static_cast<uint8_t>(next))) {
          kinds_.add(ViewKind::kEscapes);
        }
        return;
      case '=':
        if (hex_value(next) >= 0 && hex_value(octet(at + 2)) >= 0 && ++quoted_ >= 3) {
          kinds_.add(ViewKind::kQuotedPrintable);
        }
        return;
      default:  // $ ! | @ for letters
        if (after_letter && text_[at] != '@' && (class_of(next) & (kAlnum | kSign)) != 0) {
          kinds_.add(ViewKind::kLeetspeak);
        }
    }
  }

  std::string_view text_;
  ViewKinds kinds_;
  size_t last_end_ = 0;  // of the last word
  size_t run_begin_ = 0;
  uint8_t run_all_ = 0;
  size_t singles_ = 0;
  size_t pairs_ = 0;
  size_t quoted_ = 0;
  size_t rot13_ = 0;
  size_t reversed_ = 0;
};

}  // namespace

ViewKinds survey(std::string_view text) {
  return Surveyor(text).run();
}

}  // namespace sally::content
