// Views: the texts that a text holds in another writing: base64, escapes, letters spaced out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "content/normalise/normalized_text.h"

namespace sally::content {

enum class ViewKind : uint8_t {
  kPlain,            // the text itself, normalised
  kTags,             // U+E0020 to U+E007F, which show nothing
  kSelectors,        // octets as variation selectors, four or more in a row
  kBase64,           // RFC 4648, both alphabets, padded or not, wrapped or not
  kHex,              // 16 digits or more, or 8 pairs or more that are parted alike
  kPercent,          // %41
  kEntities,         // &#65; &#x41; &commat;
  kEscapes,          // \u0041 \x41 \101
  kQuotedPrintable,  // =41, at least three
  kSpaced,           // s p a c e d, s.p.a.c.e.d
  kLeetspeak,        // l33tsp34k; and letters for digits in numbers
  kRot13,
  kReversed,
};

// `base64`. Stable.
[[nodiscard]] std::string_view name_of(ViewKind kind);

struct View {
  ViewKind kind = ViewKind::kPlain;
  unsigned depth = 0;          // 0: the text itself; 1: decoded from it; 2: decoded from that ...
  const NormalizedText& text;  // lives as long as the callback runs; `original` leads all the way
  const View* from = nullptr;  // what it was decoded from; none for the text itself
};

struct ViewLimits {
  unsigned depth = 3;
  // Octets of all decoded views together: `factor` times the text's, `floor` at least. What is
  // over is left out.
  size_t factor = 4;
  size_t floor = 2'048;
};

namespace internal {
using ViewCallback = void (*)(const void* context, const View& view);
void for_each_view(UntrustedText text, const ViewLimits& limits, ViewCallback callback,
                   const void* context);
}  // namespace internal

// Calls `see(const View&)` with the text itself, normalised, and then with every view that
// something in the text asks for. A decoded view holds what was decoded and its surroundings (some
// 64 octets before and 32 behind; gaps are line ends); rot13 and reversed views hold the whole.
// Views are normalised and looked into themselves, up to the depth. Linear in the text's size.
template <typename See>
void for_each_view(UntrustedText text, const ViewLimits& limits, const See& see) {
  internal::for_each_view(
      text, limits,
      [](const void* context, const View& view) { (*static_cast<const See*>(context))(view); },
      &see);
}

}  // namespace sally::content
