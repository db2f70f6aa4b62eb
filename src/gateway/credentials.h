// What a request presents of its caller, as identifiers take it.
#pragma once

#include "core/principal.h"
#include "net/http.h"

namespace sally::gateway {

// Views into `head` and `peer`.
[[nodiscard]] Credentials credentials_of(const net::RequestHead& head, const net::Peer& peer);

}  // namespace sally::gateway
