// The answer of an OAuth token exchange (RFC 8693, section 2.2), which another server sent.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "core/fetcher.h"

namespace sally::identity {

struct ExchangedToken {
  static constexpr size_t kMaxBytes = size_t{16} << 10;

  Secret token;
  std::optional<std::chrono::seconds> life;  // nothing where the server does not say
};

// A token that may be sent as `Bearer`. kUpstream: a status other than 200 (with the code of the
// error where the server tells one), no strict JSON of this form, a token of another kind than was
// asked for (`requested_type`; empty: an access token or a JWT), of a kind that needs more than to
// be sent, or with characters that no token has; the caller's own token given back. kUnavailable: a
// status of the 5xx, or 429.
[[nodiscard]] Result<ExchangedToken> read_exchange_answer(const FetchAnswer& answer,
                                                          std::string_view requested_type,
                                                          std::string_view subject_token);

}  // namespace sally::identity
