// What the texts of a message are to its protocol: whether another may stand in their place, and
// how it must be written there.
#pragma once

#include <string_view>

#include "formats/json/reader.h"
#include "gateway/protocol/json_path.h"
#include "gateway/protocol/protocol.h"

namespace sally::gateway {

// Whether a text is a picture, sound or another file that is no text, in base64 (RFC 2397). What
// only begins like one is a text.
[[nodiscard]] bool is_media_uri(std::string_view text);

// Whether the text at `path` names something (a model, a role, a tool, an id) or is_media_uri. What
// stands in the arguments of a tool names nothing.
[[nodiscard]] bool is_fixed(const JsonPath& path, std::string_view text);

// The same of a member that stands where it names something.
[[nodiscard]] bool is_fixed_member(std::string_view member);

// Of the text of a member: `arguments` holds JSON itself.
[[nodiscard]] TextForm form_of_member(std::string_view member);

// How the string `text` at `path` is written; and one that is nothing but a string.
[[nodiscard]] Written written_at(const JsonPath& path, const formats::JsonText& text,
                                 Provenance provenance);
[[nodiscard]] inline Written written_string(const formats::JsonText& text, Provenance provenance) {
  return {
      .as = Written::As::kJsonString, .span = {text.offset, text.length}, .provenance = provenance};
}

}  // namespace sally::gateway
