// find_links: every link and image of an answer that a client may fetch or a person may follow.
//
// It reads as the most forgiving of readers does: what one client shows as an image is one, and
// what only looks like one to a person (an image in a block of code) is a link.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "content/outflow/web_url.h"

namespace sally::content {

enum class LinkKind : uint8_t {
  kLink,      // somebody must click, or copy it
  kImage,     // fetched when the answer is shown
  kEmbedded,  // the same, and it may be a program: frames, scripts, style sheets
};
enum class LinkSyntax : uint8_t {
  kMarkdown,   // [text](url) ![text](url)
  kReference,  // [label]: url, which [text][label] and ![text][label] use
  kBare,       // https://... in a sentence, and <https://...>
  kHtml,       // an attribute of link_attributes.def
  kCss,        // url(), @import, image-set()
  kTerminal,   // OSC 8
};
[[nodiscard]] std::string_view name_of(LinkKind kind);
[[nodiscard]] std::string_view name_of(LinkSyntax syntax);

struct Link {
  size_t begin = 0;  // octets of the text: the URL as it was written
  size_t end = 0;
  LinkKind kind = LinkKind::kLink;
  LinkSyntax syntax = LinkSyntax::kBare;
  bool in_code = false;  // shown, not made a link of: then kind is kLink
  WebUrl url;
};

// Of a longer URL only so much is read.
inline constexpr size_t kMaxUrl = 8'192;

// Adds the links of a whole text, in order. Any octets; never fails. Linear: every octet is looked
// at a bounded number of times, and nesting is followed three deep, which is as deep as quotes go.
void find_links(std::string_view text, std::vector<Link>& out);

}  // namespace sally::content
