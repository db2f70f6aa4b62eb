// The channels through which HiddenCanary reads: letters of a text, and what is left of it when its
// digits are taken for base64 or hex. All take octets one by one.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sally::content {

enum class CanaryWriting : uint8_t { kForwards, kReversed, kRot13, kRot13Reversed };

// Letters and digits of a text as they are compared: lower case, lookalikes as what they look like.
[[nodiscard]] std::string letters_of(std::string_view text);

// What is looked for: the letters of every canary in every writing, by their last eight octets.
struct CanaryNeedles {
  static constexpr size_t kMaxLetters = 256;
  static constexpr size_t kKey = 8;
  struct Needle {
    std::string letters;
    uint32_t canary;
    CanaryWriting writing;
  };

  void add(std::string letters, uint32_t canary, CanaryWriting writing);
  [[nodiscard]] bool may_end(uint64_t key) const {
    const uint64_t hash = key * 0x9E3779B97F4A7C15U;
    return (filter[hash >> 54U] >> (hash >> 48U & 63U) & 1U) != 0;
  }

  std::array<uint64_t, 1024> filter{};
  std::unordered_map<uint64_t, std::vector<Needle>> by_key;
  std::vector<std::string> rules;  // `canary:` and the name
  std::vector<size_t> sizes;       // octets of each canary
  // No canary is so many small letters in a row in base64: where they are, nothing is decoded.
  bool skips_words = true;
  static constexpr size_t kSmallLetters = 12;
};

struct CanaryHit {
  uint64_t begin;
  uint64_t end;
  uint32_t canary;
  CanaryWriting writing;
};

// The last letters of a text that comes octet by octet.
class LetterChannel {
 public:
  explicit LetterChannel(const CanaryNeedles& needles) : needles_(&needles) {}

  // The octet that [begin, end) of the text stands for.
  void push(uint8_t octet, uint64_t begin, uint64_t end, std::vector<CanaryHit>& out) {
    if (octet < 0x80 && pending_size_ == 0) {
      push_ascii(octet, begin, end, out);
    } else {
      push_wide(octet, begin, end, out);
    }
  }
  void reset() {
    count_ = 0;
    key_ = 0;
    pending_size_ = 0;
  }

 private:
  void push_ascii(uint8_t octet, uint64_t begin, uint64_t end, std::vector<CanaryHit>& out);
  void push_wide(uint8_t octet, uint64_t begin, uint64_t end, std::vector<CanaryHit>& out);
  void letter(uint8_t octet, uint64_t begin, uint64_t end, std::vector<CanaryHit>& out);
  void compare(uint64_t end, std::vector<CanaryHit>& out) const;

  const CanaryNeedles* needles_;
  uint64_t count_ = 0;  // letters since the last gap
  uint64_t key_ = 0;    // the last eight
  uint64_t last_end_ = 0;
  std::array<uint8_t, CanaryNeedles::kMaxLetters> letters_{};  // the last ones, a ring
  std::array<uint64_t, CanaryNeedles::kMaxLetters> begins_{};
  std::array<char, 4> pending_{};  // of a code point that is not whole
  uint8_t pending_size_ = 0;
  uint64_t pending_begin_ = 0;
};

// Digits of base64, wherever their groups begin, over all that is none.
class Base64Channel {
 public:
  explicit Base64Channel(const CanaryNeedles& needles)
      : skips_words_(needles.skips_words), signs_(Phases(needles)), bare_(Phases(needles)) {}
  void push(uint8_t octet, uint64_t at, std::vector<CanaryHit>& out);

 private:
  struct Phases {
    explicit Phases(const CanaryNeedles& needles)
        : letters{LetterChannel(needles), LetterChannel(needles), LetterChannel(needles),
                  LetterChannel(needles)} {}
    void digit(uint32_t value, uint64_t at, std::vector<CanaryHit>& out);
    void reset();
    uint32_t bits = 0;                 // the last digits
    std::array<uint64_t, 4> places{};  // where they stand
    uint64_t count = 0;
    std::array<LetterChannel, 4> letters;
  };
  void take(uint32_t value, bool sign, uint64_t at, std::vector<CanaryHit>& out);
  void reset();

  bool skips_words_;
  Phases signs_;            // - _ + / are digits
  Phases bare_;             // they are none, as between lines or words
  uint64_t bare_left_ = 0;  // digits for which it differs from signs_
  uint64_t last_ = 0;
  bool any_ = false;
  size_t small_ = 0;                                     // small letters in a row
  std::array<std::pair<uint8_t, uint64_t>, 16> held_{};  // the last of them, not decoded
};

// Pairs of hex digits, together or parted, with or without 0x, \x, % and their like.
class HexChannel {
 public:
  explicit HexChannel(const CanaryNeedles& needles)
      : letters_{LetterChannel(needles), LetterChannel(needles)} {}
  void push(uint8_t octet, uint64_t at, std::vector<CanaryHit>& out);

 private:
  void digit(uint32_t value, uint64_t at, std::vector<CanaryHit>& out);
  void reset();

  std::array<LetterChannel, 2> letters_;
  uint32_t bits_ = 0;
  uint64_t count_ = 0;
  uint64_t previous_ = 0;  // where the digit before stands
  uint64_t last_ = 0;
  bool in_word_ = false;
  bool broken_ = false;  // the word is none of hex digits
  bool zero_ = false;    // the word is `0` so far
  uint64_t zero_at_ = 0;
  uint8_t before_ = 0;
};

}  // namespace sally::content
