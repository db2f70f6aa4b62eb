#include "content/normalise/views.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "content/normalise/decoder.h"
#include "content/normalise/survey.h"

namespace sally::content {

namespace {

struct KindRow {
  ViewKind kind;
  std::string_view name;
  Decoder decode;
};
// In the order in which views are handed out.
constexpr KindRow kKinds[] = {
    {ViewKind::kPlain, "plain", nullptr},
    {ViewKind::kTags, "tags", decode_tags},
    {ViewKind::kSelectors, "selectors", decode_selectors},
    {ViewKind::kBase64, "base64", decode_base64},
    {ViewKind::kHex, "hex", decode_hex},
    {ViewKind::kPercent, "percent", decode_percent},
    {ViewKind::kEntities, "entities", decode_entities},
    {ViewKind::kEscapes, "escapes", decode_escapes},
    {ViewKind::kQuotedPrintable, "quoted_printable", decode_quoted_printable},
    {ViewKind::kSpaced, "spaced", decode_spaced},
    {ViewKind::kLeetspeak, "leetspeak", decode_leetspeak},
    {ViewKind::kRot13, "rot13", decode_rot13},
    {ViewKind::kReversed, "reversed", decode_reversed},
};

}  // namespace

std::string_view name_of(ViewKind kind) {
  return kKinds[static_cast<size_t>(kind)].name;
}

class ViewMaker {
 public:
  ViewMaker(const ViewLimits& limits, size_t size, internal::ViewCallback callback,
            const void* context)
      : depth_(limits.depth),
        left_(std::max(limits.factor * size, limits.floor)),
        callback_(callback),
        context_(context) {}

  // `raw`: the octets that `text` was normalised from; `raw_outer`: what they are a view of.
  void visit(const View& view, std::string_view raw, const NormalizedText* raw_outer) {
    callback_(context_, view);
    if (view.depth >= depth_) {
      return;
    }
    ViewKinds kinds = survey(view.text.text());
    const Hidden& hidden = view.text.hidden();
    if (hidden.bidi) {
      kinds.add(ViewKind::kReversed);
    }
    if (hidden.tags) {
      decode(ViewKind::kTags, view, raw, raw_outer);
    }
    if (hidden.selectors) {
      decode(ViewKind::kSelectors, view, raw, raw_outer);
    }
    if (kinds.empty()) {
      return;
    }
    for (const KindRow& row : kKinds) {
      // Reading backwards twice is the text again.
      const bool undone = view.kind == row.kind &&
                          (row.kind == ViewKind::kReversed || row.kind == ViewKind::kRot13);
      if (kinds.has(row.kind) && !undone) {
        decode(row.kind, view, view.text.text(), &view.text);
      }
    }
  }

 private:
  void decode(ViewKind kind, const View& from, std::string_view text, const NormalizedText* outer) {
    if (left_ == 0) {
      return;
    }
    DecodedText decoded(text, left_);
    kKinds[static_cast<size_t>(kind)].decode(decoded);
    if (!decoded.has_parts() || decoded.made().empty()) {
      return;
    }
    const bool hid_in_signs = kind == ViewKind::kTags || kind == ViewKind::kSelectors;
    if (!hid_in_signs && kind != ViewKind::kReversed && kind != ViewKind::kRot13) {
      decoded.finish();
    }
    left_ -= std::min(left_, decoded.made().size());
    NormalizedText between;
    between.changed_ = true;
    between.made_ = std::move(decoded.made());
    between.map_ = std::move(decoded.map());
    between.outer_ = outer;
    NormalizedText made = normalise(UntrustedText(between.text()));
    made.outer_ = &between;
    visit(View{kind, from.depth + 1, made, &from}, between.text(), &between);
  }

  unsigned depth_;
  size_t left_;
  internal::ViewCallback callback_;
  const void* context_;
};

void internal::for_each_view(UntrustedText text, const ViewLimits& limits,
                             internal::ViewCallback callback, const void* context) {
  const NormalizedText plain = normalise(text);
  ViewMaker(limits, text.size(), callback, context)
      .visit(View{ViewKind::kPlain, 0, plain, nullptr}, text.unnormalised(), nullptr);
}

}  // namespace sally::content
