// The question of an OAuth token exchange (RFC 8693, section 2.1).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/secret.h"

namespace sally::identity {

// How the gate shows who it is to an authorisation server (RFC 6749, section 2.3.1).
enum class ClientAuthentication : uint8_t {
  kBasic,  // `Authorization: Basic`
  kForm,   // `client_id` and `client_secret` in the form
};

// What is exchanged for an upstream, and where. Empty: not said.
struct ExchangeSettings {
  std::string upstream;  // the operator's name for it
  std::string endpoint;  // the token endpoint
  std::string trust;     // for Fetcher: how that server is verified
  std::string client_id;
  Secret client_secret;
  ClientAuthentication authentication = ClientAuthentication::kBasic;
  std::string audience;
  std::string resource;              // RFC 8707
  std::string scope;                 // words with spaces between
  std::string requested_token_type;  // a URI, or empty: what the server likes
  Secret actor_token;                // of the gate itself, which acts for the caller
};

using ExchangeSettingsPtr = std::shared_ptr<const ExchangeSettings>;

inline constexpr std::string_view kAccessTokenType =
    "urn:ietf:params:oauth:token-type:access_token";
inline constexpr std::string_view kJwtTokenType = "urn:ietf:params:oauth:token-type:jwt";

// The body of the request: a form that holds the caller's token, and thus is a secret.
[[nodiscard]] Secret exchange_form(const ExchangeSettings& settings,
                                   std::string_view subject_token);

// The value of `Authorization` for kBasic; empty for kForm.
[[nodiscard]] Secret exchange_authorization(const ExchangeSettings& settings);

}  // namespace sally::identity
