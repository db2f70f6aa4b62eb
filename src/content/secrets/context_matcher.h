// ContextMatcher: secrets that are told by what stands before them (context.h), in a text that is
// whole or comes in pieces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "content/secrets/context.h"
#include "content/secrets/secret_finder.h"

namespace sally::content {

// Adds to `found` the secrets that begin at `from` or behind it and are decided: in order, none
// over another. Returns where what is not decided begins, at most window.size(): call again from
// there with more of the text. `until`: the end of the last secret found, kept between calls.
size_t find_in_context(const Window& window, size_t from, size_t& until, Candidates& found);

// The same for a whole text, slowly and plainly. For tests.
Candidates find_in_context_plainly(std::string_view text);

// One text in pieces.
class ContextMatcher {
 public:
  // Adds what the piece decides, with offsets into the whole text. Returns how many of the last
  // octets may yet become part of a secret.
  size_t feed(std::string_view piece, std::vector<FoundSecret>& out);
  void finish(std::vector<FoundSecret>& out);

 private:
  size_t scan(bool over, std::vector<FoundSecret>& out);

  std::string kept_;  // at most kLookBack octets that are decided, and what is not
  size_t from_ = 0;   // of kept_: before it all is decided
  size_t until_ = 0;  // of kept_
  size_t base_ = 0;   // of kept_, in the whole text
  Candidates found_;  // empty between calls
};

}  // namespace sally::content
