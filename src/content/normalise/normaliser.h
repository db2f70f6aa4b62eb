// Normaliser: the pass over a text that is not all ASCII. For normalized_text.cc.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "content/normalise/code_points.h"
#include "content/normalise/normalized_text.h"
#include "content/normalise/utf8.h"

namespace sally::content {

class Normaliser {
 public:
  explicit Normaliser(std::string_view text) : text_(text), points_(CodePoints::get()) {}
  NormalizedText run();

 private:
  // A code point of the text and what is known of it.
  struct Sign {
    Decoded decoded;
    CodePoint point;
    [[nodiscard]] bool is_letter() const;
  };
  // What a word is made of.
  struct Word {
    size_t end = 0;
    size_t latin = 0;    // letters
    size_t digits = 0;   // of any script
    size_t strong = 0;   // lookalikes
    size_t loose = 0;    // loose lookalikes
    size_t foreign = 0;  // letters of another script that look like nothing Latin
    bool cyrillic = false;
    [[nodiscard]] bool is_native() const { return latin == 0 && foreign + loose > 0; }
  };

  [[nodiscard]] Sign sign(size_t at) const;
  [[nodiscard]] static bool is_word_part(const Sign& sign);
  [[nodiscard]] Word scan_word(size_t at) const;
  [[nodiscard]] bool folds_lookalikes(const Word& word) const;
  // The next sign that shows, at or behind `at`, over at most a few that do not; none at the end.
  [[nodiscard]] std::optional<Sign> next_visible(size_t at, size_t spaces) const;
  [[nodiscard]] bool stands_after_alnum(bool digit_only) const;
  [[nodiscard]] bool stands_before_alnum(size_t at, bool digit_only) const;
  [[nodiscard]] bool is_in_digit_run(size_t at) const;
  [[nodiscard]] bool is_needed(const Sign& sign, size_t at) const;

  // Each takes the sign at at_ and moves at_ behind it.
  void emit(const Sign& sign, bool fold_lookalikes);
  void emit_word();
  void emit_letter(const Sign& sign, std::string_view as);
  void emit_ignorable(const Sign& sign);
  void emit_tags();
  void emit_selectors();
  void copy(size_t end);
  void replace(size_t end, std::string_view as);

  std::string_view text_;
  const CodePoints& points_;
  size_t at_ = 0;
  NormalizedText result_;
  std::string& out_ = result_.made_;
  Group last_group_ = Group::kOther;  // of the sign that was kept last
  uint32_t last_code_ = 0;            // that sign; 0 at the beginning
  size_t marks_in_row_ = 0;
  size_t folded_punctuation_ = std::string::npos;  // where in out_ the last one ends
  size_t native_end_ = std::string::npos;          // of the last word of another script, in text_
};

}  // namespace sally::content
