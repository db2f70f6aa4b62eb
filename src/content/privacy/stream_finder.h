// StreamFinder: what a text holds that arrives in pieces, wherever it is cut.
//
// The text is looked at in segments whose ends follow from the text alone: behind a sentence or a
// clause of plain words, or, where none ends for kMostHeld octets, where a word does. A segment is
// looked at together with what stands before it. So every way of cutting gives the same findings,
// and nothing is decided before it was looked at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "content/text_finder.h"

namespace sally::content {

class StreamFinder {
 public:
  static constexpr size_t kMostHeld = 224;  // octets that are not decided
  static constexpr size_t kContext = 64;    // octets before a segment that are looked at with it

  // `finder` outlives it.
  explicit StreamFinder(const TextFinder& finder) : finder_(finder) {}

  // Takes the next piece; appends what was found, by offsets into the whole text, in order. Of a
  // value that is longer than what may be held, every further part is a finding that `goes_on`.
  void feed(std::string_view piece, std::vector<Found>& out);
  // The text is over.
  void finish(std::vector<Found>& out);

  // Octets [0, decided()) hold nothing that was not appended.
  [[nodiscard]] uint64_t decided() const { return base_ + start_; }
  [[nodiscard]] uint64_t fed() const { return base_ + text_.size(); }

 private:
  // A value that goes on behind the last segment.
  struct Open {
    Found found;
    bool is_key = false;  // a private key: it ends with its last line
    std::string tail;     // of a key, what was seen last
    size_t dashes = 0;    // of its last line
  };

  // Takes what belongs to the value that goes on; returns how many octets.
  size_t swallow(std::string_view piece, std::vector<Found>& out);
  // Looks at what is held, and decides all of it up to `end`, an index into text_.
  void decide(size_t end, std::vector<Found>& out);
  // The same where no segment ended for too long.
  void force(std::vector<Found>& out);
  void take(Found found, size_t end, std::vector<Found>& out);
  void let_go(size_t end);

  const TextFinder& finder_;
  std::string text_;     // from base_ on: some context, then what is not decided
  uint64_t base_ = 0;    // where text_ begins in the whole
  size_t start_ = 0;     // of what is not decided, in text_
  size_t searched_ = 0;  // no segment ends before this, in text_
  std::optional<Open> open_;
};

}  // namespace sally::content
