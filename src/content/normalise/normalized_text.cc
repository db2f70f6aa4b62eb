#include "content/normalise/normalized_text.h"

#include "base/check.h"
#include "content/normalise/normaliser.h"

namespace sally::content {

Span NormalizedText::original(size_t begin, size_t end) const {
  SALLY_CHECK(begin <= end && end <= text().size());
  const Span here = changed_ ? map_.original(begin, end) : Span{begin, end};
  return outer_ == nullptr ? here : outer_->original(here.begin, here.end);
}

NormalizedText normalise(UntrustedText text) {
  return Normaliser(text.unnormalised()).run();
}

}  // namespace sally::content
