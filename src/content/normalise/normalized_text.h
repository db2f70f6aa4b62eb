// UntrustedText and NormalizedText: a text as it came, and the same text as it reads.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "content/normalise/offset_map.h"

namespace sally::content {

// Octets that somebody sent. It converts to nothing: what reads it calls `unnormalised`.
// Does not own them.
class UntrustedText {
 public:
  explicit UntrustedText(std::string_view text) : text_(text) {}
  [[nodiscard]] size_t size() const { return text_.size(); }
  // The octets as they came, with all that hides in them.
  [[nodiscard]] std::string_view unnormalised() const { return text_; }

 private:
  std::string_view text_;
};

// What hid in a text and does not show in its normalised form (views.h shows it).
struct Hidden {
  bool tags = false;       // U+E0020 to U+E007F that are no flag
  bool selectors = false;  // four or more variation selectors in a row
  bool bidi = false;       // a control that shows text from right to left
};

// A text without what deceives the eye of a recogniser; `normalise` makes it, and nothing else.
// It may refer to the untrusted text's octets, which must outlive it.
class NormalizedText {
 public:
  // UTF-8 where the untrusted text is.
  [[nodiscard]] std::string_view text() const { return changed_ ? made_ : borrowed_; }
  [[nodiscard]] bool changed() const { return changed_; }
  [[nodiscard]] const Hidden& hidden() const { return hidden_; }
  // The octets of the untrusted text that [begin, end) of text() stands for: the smallest span that
  // holds them all. `begin` <= `end` <= text().size().
  [[nodiscard]] Span original(size_t begin, size_t end) const;

 private:
  friend class Normaliser;
  friend class ViewMaker;

  std::string_view borrowed_;
  std::string made_;
  OffsetMap map_;  // where changed_
  bool changed_ = false;
  Hidden hidden_;
  // Of a view: the text that this was made from. Lives as long as this does.
  const NormalizedText* outer_ = nullptr;
};

// Any octets, under 2 GiB; never fails, octets that are no UTF-8 stay as they are. Linear time;
// text that is ASCII is neither copied nor mapped.
//  - Compatibility forms of letters and digits (NFKC) become ASCII, as do signs in boxes and discs.
//  - Lookalikes (UTS #39) become ASCII in words that are half Latin or stand between Latin ones.
//  - Zero-width signs, bidi controls, tags and stray variation selectors go; what spelling or emoji
//    need stays.
//  - Marks on Latin letters are composed or go; digits of all scripts become ASCII's in runs.
//  - Spaces, and punctuation beside Latin letters or digits, become ASCII.
[[nodiscard]] NormalizedText normalise(UntrustedText text);

}  // namespace sally::content
