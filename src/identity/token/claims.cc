#include "identity/token/claims.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/result.h"
#include "formats/json/copy.h"
#include "formats/json/document.h"
#include "formats/json/writer.h"
#include "identity/token/numeric_date.h"

namespace sally::identity {
namespace {

using formats::JsonDocument;
using formats::JsonValue;
using formats::JsonWriter;

constexpr size_t kMaxDepth = 16;
constexpr size_t kMaxMembers = 1'000;
constexpr size_t kMaxPayload = size_t{1} << 20;
constexpr size_t kThumbprintSize = 32;

constexpr std::string_view kKnown[] = {"iss", "sub", "aud", "exp",   "nbf", "iat",
                                       "jti", "azp", "cnf", "scope", "act"};

TokenRefusal malformed(std::string_view claim, std::string_view what) {
  return TokenRefusal(TokenFault::kClaims, fmt::format("`{}` {}", claim, what));
}

TokenRefusal missing(std::string_view claim) {
  return TokenRefusal(TokenFault::kMissingClaim, fmt::format("`{}`", claim));
}

// A name: text that is fit to be compared, stored and shown.
bool is_name(std::string_view text) {
  return !text.empty() && std::ranges::none_of(text, [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '\x7F';
  });
}

TokenResult<std::string> name_of(const JsonValue& value, std::string_view claim) {
  const auto text = value.as_string();
  if (!text.ok() || !is_name(*text)) {
    return malformed(claim, "is no text, empty, or holds control characters");
  }
  return std::string(*text);
}

TokenResult<std::string> optional_name(const JsonValue& claims, std::string_view claim) {
  const auto value = claims.find(claim);
  return value ? name_of(*value, claim) : TokenResult<std::string>(std::string());
}

TokenResult<std::string> required_name(const JsonValue& claims, std::string_view claim) {
  const auto value = claims.find(claim);
  return value ? name_of(*value, claim) : TokenResult<std::string>(missing(claim));
}

TokenResult<std::optional<WallTime>> time_of(const JsonValue& claims, std::string_view claim) {
  const auto value = claims.find(claim);
  if (!value) {
    return std::optional<WallTime>();
  }
  const auto seconds = value->as_double();
  if (!seconds.ok()) {
    return malformed(claim, "is no number");
  }
  const auto time = numeric_date(*seconds);
  if (!time) {
    return malformed(claim, "is no time of the years 1970 to 9999");
  }
  return time;
}

TokenResult<std::vector<std::string>> audiences_of(const JsonValue& claims) {
  const auto value = claims.find("aud");
  if (!value) {
    return missing("aud");
  }
  std::vector<std::string> out;
  if (!value->is_array()) {
    TRY(out.emplace_back(), name_of(*value, "aud"));
    return out;
  }
  for (const JsonValue one : *value) {
    TRY(out.emplace_back(), name_of(one, "aud"));
  }
  if (out.empty()) {
    return malformed("aud", "is empty");
  }
  return out;
}

TokenResult<std::string> thumbprint(const JsonValue& cnf, std::string_view method) {
  const auto value = cnf.find(method);
  if (!value) {
    return std::string();
  }
  const auto text = value->as_string();
  const auto digest = text.ok() ? from_base64(*text, Base64::kUrl, Padding::kNone) : std::nullopt;
  if (!digest || digest->size() != kThumbprintSize) {
    return TokenRefusal(TokenFault::kConfirmation,
                        fmt::format("`{}` is no SHA-256 digest in base64url", method));
  }
  return std::string(*text);
}

// A token that is bound in an unknown way is nobody's: taken as unbound it would serve whoever
// stole it.
TokenResult<std::optional<Confirmation>> confirmation_of(const JsonValue& claims) {
  const auto cnf = claims.find("cnf");
  if (!cnf) {
    return std::optional<Confirmation>();
  }
  Confirmation out;
  TRY(out.certificate, thumbprint(*cnf, "x5t#S256"));
  TRY(out.key, thumbprint(*cnf, "jkt"));
  if (out.certificate.empty() && out.key.empty()) {
    return TokenRefusal(TokenFault::kConfirmation);
  }
  return std::optional(std::move(out));
}

TokenResult<std::vector<Actor>> actors_of(const JsonValue& claims) {
  std::vector<Actor> out;
  for (auto act = claims.find("act"); act; act = act->find("act")) {
    if (out.size() == Claims::kMaxActors) {
      return TokenRefusal(TokenFault::kActors,
                          fmt::format("more than {} actors", Claims::kMaxActors));
    }
    const auto subject = act->string("sub");
    const auto issuer = act->find("iss");
    const auto issuer_text = issuer ? issuer->as_string() : Result<std::string_view>("");
    if (!subject.ok() || !is_name(*subject) || !issuer_text.ok() ||
        (issuer && !is_name(*issuer_text))) {
      return TokenRefusal(TokenFault::kActors, "an actor without a sound `sub`, or `iss`");
    }
    out.push_back({std::string(*subject), std::string(*issuer_text)});
  }
  return out;
}

std::string others_of(const JsonValue& claims) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  for (const JsonValue claim : claims) {
    if (std::ranges::find(kKnown, claim.name()) == std::end(kKnown)) {
      json.key(claim.name());
      formats::copy(claim, json);
    }
  }
  json.end_object();
  json.finish();
  return out;
}

}  // namespace

TokenResult<Claims> Claims::parse(std::string_view payload, std::span<const std::string> required) {
  const auto document = JsonDocument::parse(
      payload, {.bytes = kMaxPayload, .depth = kMaxDepth, .members = kMaxMembers});
  if (!document.ok() || !document->root().is_object()) {
    return TokenRefusal(TokenFault::kClaims, "they are no strict JSON object");
  }
  const JsonValue claims = document->root();
  for (const std::string& name : required) {
    const auto value = claims.find(name);
    if (!value || value->is_null()) {
      return missing(name);
    }
  }
  Claims out;
  TRY(out.issuer, required_name(claims, "iss"));
  TRY(out.subject, required_name(claims, "sub"));
  TRY(out.audiences, audiences_of(claims));
  TRY(const auto expires, time_of(claims, "exp"));
  if (!expires) {
    return missing("exp");
  }
  out.expires = *expires;
  TRY(out.not_before, time_of(claims, "nbf"));
  TRY(out.issued, time_of(claims, "iat"));
  TRY(out.id, optional_name(claims, "jti"));
  TRY(out.authorized_party, optional_name(claims, "azp"));
  TRY(out.confirmation, confirmation_of(claims));
  TRY(out.actors, actors_of(claims));
  // An empty scope is one that allows nothing (RFC 8693, section 4.2, asks for no word at least).
  if (const auto scope = claims.find("scope")) {
    const auto text = scope->as_string();
    if (!text.ok() || (!text->empty() && !is_name(*text))) {
      return malformed("scope", "is no text, or holds control characters");
    }
    out.scope = *text;
  }
  out.other = others_of(claims);
  return out;
}

}  // namespace sally::identity
