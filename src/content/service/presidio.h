// What Presidio's analyzer and anonymizer take and give over HTTP, with our finders and operators
// behind it: https://microsoft.github.io/presidio/api-docs/api-docs.html
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"
#include "content/anonymise/keys.h"
#include "content/text_finder.h"

namespace sally::content {

// The member of a question that brings recognisers of its own, which must be compiled.
inline constexpr std::string_view kOwnRecognizers = "ad_hoc_recognizers";

// POST /analyze: a text, or a list of them; an answer of spans, or a list of those. Offsets count
// code points. `language` is taken and not needed. `ad_hoc_recognizers` are looked for in the text
// as it stands; of each its patterns, its list of words and its context. kInvalidInput.
[[nodiscard]] Result<std::string> analyze(const TextFinder& finder, ByteView body);

// POST /anonymize: a text and the spans that an analyzer found; the text with its operators
// applied, and what became of each span. Of spans that overlap the surer, then the longer one
// counts. kInvalidInput.
[[nodiscard]] Result<std::string> anonymize(const anonymise::Keys& keys, Random& random,
                                            ByteView body);

// POST /deanonymize: the same with the operator `decrypt`.
[[nodiscard]] Result<std::string> deanonymize(const anonymise::Keys& keys, Random& random,
                                              ByteView body);

}  // namespace sally::content
