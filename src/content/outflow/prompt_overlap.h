// PromptOverlap: how much of a system prompt stands in an answer.
//
// Both are taken for words, whatever their case, punctuation, lookalikes and numbering; a letter of
// a script without spaces is a word by itself. Of each eight words in a row (twelve letters) a
// rolling hash is kept: those of the prompt in a table, those of the answer one at a time.
// (Shingling: Broder, On the resemblance and containment of documents, 1997.)
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace sally::content {

struct OverlapThresholds {
  double run = 20;      // words in a row
  double ratio = 0.25;  // of the prompt, where the longest run is at least
  double least = 12;    // words, or all of a prompt that is shorter
};

struct Overlap {
  double run = 0;      // words of the longest part that stands in the prompt; a letter is 2/3
  double ratio = 0;    // of the prompt's shingles that were seen, 0 to 1
  uint64_t begin = 0;  // octets of the answer: the longest run
  uint64_t end = 0;
  bool leaks = false;  // `system-prompt-overlap`
  friend bool operator==(const Overlap&, const Overlap&) = default;
};

// Cuts a text into words and their hashes. Takes octets one by one.
class WordReader {
 public:
  struct Word {
    uint64_t hash;
    uint64_t begin;
    uint64_t end;
    bool letter;  // of a script without spaces
  };
  // Appends the words that ended.
  void read(std::string_view piece, std::vector<Word>& out);
  void finish(std::vector<Word>& out);
  // Where the word begins that is not over.
  [[nodiscard]] std::optional<uint64_t> word_in_progress() const {
    return any_ || pending_size_ > 0 ? std::optional(any_ ? begin_ : at_ - pending_size_)
                                     : std::nullopt;
  }

 private:
  void letter(uint32_t code, uint64_t end);
  void end_word(std::vector<Word>& out);
  void character(uint32_t code, uint64_t begin, uint64_t end, std::vector<Word>& out);

  uint64_t at_ = 0;
  uint64_t hash_ = 0;
  uint64_t begin_ = 0;
  uint64_t end_ = 0;
  bool any_ = false;      // a word is in progress
  bool is_word_ = false;  // ... that is more than a number
  std::array<char, 4> pending_{};
  size_t pending_size_ = 0;
};

// The hashes of the last eight words and of the last twelve.
class ShingleHash {
 public:
  static constexpr size_t kWords = 8;
  static constexpr size_t kLetters = 12;
  // The hash of the shingle that ends with `word`; false where it is not whole.
  bool push(const WordReader::Word& word);
  [[nodiscard]] uint64_t hash() const { return hash_; }
  [[nodiscard]] uint64_t begin() const { return begin_; }  // of its first word
  [[nodiscard]] double size() const { return size_; }      // in words

 private:
  std::array<WordReader::Word, kLetters> words_{};
  size_t count_ = 0;
  std::array<uint64_t, 2> rolling_{};
  uint64_t hash_ = 0;
  uint64_t begin_ = 0;
  double size_ = 0;
};

struct PromptShingles;

// Immutable; shared by all threads.
class PromptOverlap {
 public:
  static constexpr size_t kMaxPrompt = size_t{1} << 20;

  // kUsage for a prompt that is longer than kMaxPrompt. One of fewer than eight words (twelve
  // letters) has no shingles: nothing overlaps with it.
  static Result<PromptOverlap> create(std::string_view prompt,
                                      const OverlapThresholds& thresholds = {});

  // A whole text, and what it says in other writings (content/normalise/views.h): the most of them.
  [[nodiscard]] Overlap measure(std::string_view text) const;
  // The same of the other writings alone.
  [[nodiscard]] Overlap measure_hidden(std::string_view text) const;
  [[nodiscard]] size_t shingles() const;

 private:
  friend class PromptOverlapStream;
  enum class Views : bool { kAll, kHidden };
  [[nodiscard]] Overlap measure_views(std::string_view text, Views which) const;
  explicit PromptOverlap(std::shared_ptr<const PromptShingles> prompt)
      : prompt_(std::move(prompt)) {}
  std::shared_ptr<const PromptShingles> prompt_;
};

// One text in pieces, as it reads, without other writings. Belongs to its exchange; may outlive the
// PromptOverlap. Memory: one bit for each shingle of the prompt. Every cutting measures the same.
class PromptOverlapStream {
 public:
  explicit PromptOverlapStream(const PromptOverlap& prompt);
  void feed(std::string_view piece);
  // The text is over: its last word is one.
  void finish();
  // Of what was fed so far. It only grows.
  [[nodiscard]] const Overlap& overlap() const { return overlap_; }
  // Where a part of the prompt begins that goes on with the last word that ended.
  [[nodiscard]] std::optional<uint64_t> part_in_progress() const {
    return run_ > 0 ? std::optional(run_begin_) : std::nullopt;
  }

 private:
  void take(const WordReader::Word& word);

  std::shared_ptr<const PromptShingles> prompt_;
  WordReader reader_;
  ShingleHash hash_;
  std::vector<WordReader::Word> words_;  // empty between calls
  std::vector<bool> seen_;
  size_t seen_count_ = 0;
  double run_ = 0;  // that goes on
  uint64_t run_begin_ = 0;
  Overlap overlap_;
};

}  // namespace sally::content
