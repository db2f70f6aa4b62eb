// CustomRecognizers: what the users of a gate want found besides what is built in.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sally::content {

struct CustomPattern {
  std::string
      regex;  // PCRE without back references and lookaround; \w is ASCII, ^ and $ are of lines
  float score = 0.5F;
};

struct CustomRecognizer {
  std::string type;  // [A-Z][A-Z0-9_]{1,63}; may be a built-in one
  std::vector<CustomPattern> patterns;
  // What a match must pass: `none`, a checksum over its letters and digits (`luhn`, `verhoeff`,
  // `mod97`, `mod11_10`, `iban`), or a built-in type that a checksum proves (`UK_NHS`).
  std::string validator = "none";
  std::vector<std::string> context;    // words that make a match near them surer
  std::vector<std::string> deny_list;  // found wherever they stand as words, in any case
  // Tried by `create`.
  std::vector<std::string> matches;
  std::vector<std::string> non_matches;
};

struct CustomEntity {
  size_t begin = 0;  // octets of the text
  size_t end = 0;
  std::string_view type;  // of the recogniser; lives as long as the CustomRecognizers
  float score = 0;
  friend bool operator==(const CustomEntity&, const CustomEntity&) = default;
};

// Immutable; shared by threads.
class CustomRecognizers {
 public:
  static constexpr size_t kMaxRecognizers = 1000;
  static constexpr size_t kMaxExpressions = 10'000;  // patterns and words together
  static constexpr size_t kMaxRegex = 1000;          // octets
  static constexpr float kContextScore = 0.35F;      // what a word near is worth
  static constexpr float kThreshold = 0.5F;          // what scores less is not reported
  static constexpr float kDenyScore = 1.0F;
  static constexpr size_t kOctetsBefore = 100;  // how far a word of context reaches
  static constexpr size_t kOctetsBehind = 50;

  // Refuses (kUsage) with the place, the value and a hint: a bad type, score, regex or validator; a
  // regex that matches nothing at all; an example that is not found, or one that is and should not
  // be; too many or too long ones. One error at a time, the first.
  static Result<CustomRecognizers> create(std::vector<CustomRecognizer> recognizers);
  CustomRecognizers(CustomRecognizers&&) noexcept;
  CustomRecognizers& operator=(CustomRecognizers&&) noexcept;
  ~CustomRecognizers();

  // Adds what is in `text` (any octets; of more than 4 GiB the first 4) to `out`, sorted. Spans of
  // one type do not overlap: the surer stays, then the longer; those of two types may. Of the
  // matches of a pattern that begin at one place the longest that passes its validator counts.
  void find(std::string_view text, std::vector<CustomEntity>& out) const;

 private:
  struct Rep;
  explicit CustomRecognizers(std::unique_ptr<const Rep> rep);
  [[nodiscard]] Result<> try_examples(size_t index, const CustomRecognizer& recognizer) const;
  std::unique_ptr<const Rep> rep_;
};

}  // namespace sally::content
