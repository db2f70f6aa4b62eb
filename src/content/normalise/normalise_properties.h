// What holds for every text, asked by the tests and the fuzz target.
#pragma once

#include <algorithm>
#include <string_view>

#include "base/check.h"
#include "base/encoding.h"
#include "content/normalise/views.h"

namespace sally::content {

// Every octet of `text` comes from somewhere inside `size` octets, and a span holds its parts.
inline void check_map(const NormalizedText& text, size_t size) {
  const size_t length = text.text().size();
  for (size_t i = 0; i < length; ++i) {
    const Span one = text.original(i, i + 1);
    SALLY_CHECK(one.begin <= one.end && one.end <= size);
    const Span two = text.original(i > 0 ? i - 1 : 0, i + 1);
    SALLY_CHECK(two.begin <= one.begin && one.end <= two.end);
  }
  const Span all = text.original(0, length);
  SALLY_CHECK(all.end <= size);
}

inline void check_properties(std::string_view text) {
  const NormalizedText plain = normalise(UntrustedText(text));
  check_map(plain, text.size());
  size_t last_begin = 0;
  size_t last_end = 0;
  for (size_t i = 0; i < plain.text().size(); ++i) {
    const Span span = plain.original(i, i + 1);
    SALLY_CHECK(span.begin >= last_begin && span.end >= last_end);
    last_begin = span.begin;
    last_end = span.end;
  }
  SALLY_CHECK(plain.changed() || plain.text() == text);
  SALLY_CHECK(!is_utf8(text) || is_utf8(plain.text()));

  const ViewLimits limits;
  size_t total = 0;
  size_t seen = 0;
  for_each_view(UntrustedText(text), limits, [&](const View& view) {
    SALLY_CHECK((seen++ == 0) == (view.kind == ViewKind::kPlain) && view.depth <= limits.depth);
    SALLY_CHECK((view.from == nullptr) == (view.depth == 0));
    if (view.depth == 0) {
      SALLY_CHECK(view.text.text() == plain.text());
      return;
    }
    check_map(view.text, text.size());
    total += view.text.text().size();
  });
  // A view's normalised form is a little longer than what was decoded at most: `㎧` is `m/s`.
  SALLY_CHECK(total <= 2 * std::max(limits.factor * text.size(), limits.floor));
}

}  // namespace sally::content
