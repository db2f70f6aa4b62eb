// Which header fields pass the gate. Everything else stays on its side: the caller's credential
// never goes up, the upstream's never comes down.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "gateway/protocol/protocol.h"
#include "net/http.h"

namespace sally::gateway {

// Whether a request field of this (lower-case) name goes up for `protocol`.
[[nodiscard]] bool passes_up(Protocol protocol, std::string_view name,
                             std::span<const std::string> extra);
// Whether an answer's field comes down.
[[nodiscard]] bool passes_down(Protocol protocol, std::string_view name,
                               std::span<const std::string> extra);

// `application/json` of `application/json; charset=utf-8`, compared without case.
[[nodiscard]] bool media_type_is(std::string_view content_type, std::string_view wanted);
[[nodiscard]] bool is_json(std::string_view content_type);  // also `application/*+json`
[[nodiscard]] bool is_text(std::string_view content_type);  // `text/*`, xml, javascript, forms

}  // namespace sally::gateway
