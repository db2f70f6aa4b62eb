// Pickles that lie as data in other pickles: raw, or written in hexadecimal or base64.
#pragma once

#include <string>
#include <string_view>

#include "formats/pickle/value.h"

namespace sally::vet::pickle {

enum class NestedKind : uint8_t { kNone, kRaw, kEscaped, kLatin1, kHex, kBase64 };

// What a text or octets that begin with `head` could hold.
NestedKind may_hold_pickle(formats::PickleKind kind, std::string_view head);
// The octets that `text` writes.
std::string undone(NestedKind kind, std::string_view text);

}  // namespace sally::vet::pickle
