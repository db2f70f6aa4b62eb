// WordRules: words and phrases of the operator's own, found as whole words however they are
// written.
//
// Words are those of WordReader (prompt_overlap.h): case, signs, lookalikes and what does not show
// do not count, and a letter of a script without spaces is a word by itself. A text is read as it
// stands, and what it says in other writings (content/normalise/views.h) in windows whose ends
// follow from its length alone: so it gives the same findings however it is cut.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace sally::content {

struct WordRule {
  std::string name;
  std::vector<std::string> deny;   // words and phrases that are found ...
  std::vector<std::string> allow;  // ... but for where they stand in one of these
};

struct FoundWord {
  uint64_t begin = 0;  // octets of the whole text, in which all of it stands
  uint64_t end = 0;
  uint32_t rule = 0;  // its place among those that were given
  friend bool operator==(const FoundWord&, const FoundWord&) = default;
};

struct WordTree;

// Immutable; shared by all threads.
class WordRules {
 public:
  static constexpr size_t kMostWords = 16;        // of one phrase
  static constexpr size_t kMostPhrases = 20'000;  // of all rules
  static constexpr size_t kWindow = 4'096;        // octets after which other writings are looked at
  static constexpr size_t kBefore = 1'024;        // octets before, that are looked at with them

  // kUsage for a phrase without a word, one that is too long, and for too many, naming them.
  static Result<WordRules> create(const std::vector<WordRule>& rules);

  // Adds what a whole text holds, in order.
  void find(std::string_view text, std::vector<FoundWord>& out) const;

 private:
  friend class WordRulesStream;
  explicit WordRules(std::shared_ptr<const WordTree> tree) : tree_(std::move(tree)) {}
  std::shared_ptr<const WordTree> tree_;
};

// One text in pieces. Belongs to its exchange; may outlive the rules.
class WordRulesStream {
 public:
  explicit WordRulesStream(const WordRules& rules);
  WordRulesStream(WordRulesStream&&) noexcept;
  WordRulesStream& operator=(WordRulesStream&&) = delete;
  ~WordRulesStream();

  void feed(std::string_view piece, std::vector<FoundWord>& out);
  // The text is over.
  void finish(std::vector<FoundWord>& out);
  // Octets [0, decided) of what was fed are no part of a phrase that is not whole yet.
  [[nodiscard]] uint64_t decided() const;

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace sally::content
