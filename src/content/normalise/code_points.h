// CodePoints: what the normaliser knows of every code point. The facts are in code_points.def.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace sally::content {

// What is done with it.
enum class Action : uint8_t {
  kKeep,
  kFold,              // stands for the ASCII text everywhere
  kPunctuation,       // ... beside a Latin letter or a digit
  kDigitPunctuation,  // ... between digits
  kLookalike,         // has the shape of an ASCII letter (UTS #39)
  kLooseLookalike,    // people read it as one inside a word of others
  kDigit,             // a decimal digit of another script: ASCII's in a run of digits
  kIgnorable,         // shows nothing: goes, but where a script needs it
  kJoiner,            // U+200C, U+200D
  kTag,               // U+E0020 to U+E007F
  kSelector,          // a variation selector
};

// What it belongs to. Letters, marks and pictographs have a group, all else is kOther.
enum class Group : uint8_t {
  kOther,
  kLatin,
  kGreek,
  kCyrillic,
  kForeign,  // another script
  kHebrew,
  kIdeographic,  // Han, Kana, Hangul and their like
  kSpaceless,    // Thai, Khmer and their like: words are not spaced, U+200B may part them
  kJoining,      // Arabic, the scripts of India, Mongolian: U+200C and U+200D are spelling
  kMark,         // a combining mark of no one script
  kPictograph,
};

struct CodePoint {
  Action action = Action::kKeep;
  Group group = Group::kOther;
  uint16_t row = 0;  // of the table, for text_of
  friend bool operator==(const CodePoint&, const CodePoint&) = default;
};

class CodePoints {
 public:
  static const CodePoints& get();

  // kInvalid and ASCII are kept and of no group.
  [[nodiscard]] CodePoint operator[](uint32_t code) const {
    return code < kCodes ? blocks_[index_[code / kBlock] * kBlock + code % kBlock] : CodePoint{};
  }
  // What the code point stands for: ASCII, seldom longer than four.
  [[nodiscard]] static std::string_view text_of(CodePoint point);
  // The Latin letter that `letter` and `mark` are together; 0 where there is none.
  [[nodiscard]] static uint32_t composed(uint32_t letter, uint32_t mark);

 private:
  CodePoints();

  static constexpr size_t kCodes = 0x110000;
  static constexpr size_t kBlock = 128;
  std::array<uint16_t, kCodes / kBlock> index_{};
  std::vector<CodePoint> blocks_;  // each different block once
};

}  // namespace sally::content
