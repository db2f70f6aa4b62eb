#include "identity/exchange/exchange_form.h"

#include <fmt/format.h>

#include "base/encoding.h"

namespace sally::identity {
namespace {

constexpr std::string_view kGrantType = "urn:ietf:params:oauth:grant-type:token-exchange";

// application/x-www-form-urlencoded, with every octet escaped that need not stand as it is.
void append_escaped(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : text) {
    const char lower = to_lower(c);
    if ((lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
        c == '_') {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      const auto octet = static_cast<unsigned char>(c);
      out += '%';
      out += kHex[octet >> 4];
      out += kHex[octet & 0xF];
    }
  }
}

void append(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) {
    return;
  }
  out += out.empty() ? "" : "&";
  out += name;
  out += '=';
  append_escaped(out, value);
}

}  // namespace

Secret exchange_form(const ExchangeSettings& settings, std::string_view subject_token) {
  std::string out;
  // So that no shorter copy of it is left behind by growing: an octet becomes three at most.
  out.reserve(
      3 * (subject_token.size() + settings.actor_token.size() + settings.client_secret.size()) +
      4'096);
  append(out, "grant_type", kGrantType);
  append(out, "subject_token", subject_token);
  append(out, "subject_token_type", kAccessTokenType);
  append(out, "requested_token_type", settings.requested_token_type);
  append(out, "audience", settings.audience);
  append(out, "resource", settings.resource);
  append(out, "scope", settings.scope);
  if (!settings.actor_token.empty()) {
    append(out, "actor_token", settings.actor_token.reveal());
    append(out, "actor_token_type", kJwtTokenType);
  }
  if (settings.authentication == ClientAuthentication::kForm) {
    append(out, "client_id", settings.client_id);
    append(out, "client_secret", settings.client_secret.reveal());
  }
  return Secret::take(std::move(out));
}

Secret exchange_authorization(const ExchangeSettings& settings) {
  if (settings.authentication == ClientAuthentication::kForm) {
    return Secret();
  }
  // RFC 6749, section 2.3.1: both are escaped as in a form before they are joined.
  std::string pair;
  pair.reserve(3 * (settings.client_id.size() + settings.client_secret.size()) + 1);
  append_escaped(pair, settings.client_id);
  pair += ':';
  append_escaped(pair, settings.client_secret.reveal());
  const Secret plain = Secret::take(std::move(pair));
  return Secret::take("Basic " +
                      to_base64(as_bytes(plain.reveal()), Base64::kStandard, Padding::kRequired));
}

}  // namespace sally::identity
