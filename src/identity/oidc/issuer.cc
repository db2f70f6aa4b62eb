#include "identity/oidc/issuer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "formats/json/document.h"

namespace sally::identity {
namespace {

using formats::JsonDocument;
using formats::JsonType;
using formats::JsonValue;

constexpr size_t kMostValues = 256;    // of one claim
constexpr size_t kLongestValue = 512;  // bytes; a longer one is left out
constexpr formats::JsonLimits kDiscoveryLimits = {
    .bytes = size_t{256} << 10, .depth = 16, .members = 4'000};

// The claim at `path`: `realm_access.roles`. A claim whose own name has dots is found first.
std::optional<JsonValue> find_claim(JsonValue claims, std::string_view path) {
  while (!path.empty()) {
    if (const auto whole = claims.find(path)) {
      return whole;
    }
    const size_t dot = path.find('.');
    const auto next =
        dot == std::string_view::npos ? std::nullopt : claims.find(path.substr(0, dot));
    if (!next) {
      return std::nullopt;
    }
    claims = *next;
    path.remove_prefix(dot + 1);
  }
  return std::nullopt;
}

bool is_clean(std::string_view text) {
  return !text.empty() && text.size() <= kLongestValue && std::ranges::none_of(text, [](char c) {
    return static_cast<uint8_t>(c) < 0x20 || c == 0x7F;
  });
}

void add_value(const JsonValue& value, std::vector<std::string>& out) {
  switch (value.type()) {
    case JsonType::kString:
      if (const auto text = value.as_string(); is_clean(*text)) {
        out.emplace_back(*text);
      }
      return;
    case JsonType::kNumber:
      if (is_clean(value.raw_number())) {
        out.emplace_back(value.raw_number());
      }
      return;
    case JsonType::kBoolean:
      out.emplace_back(*value.as_bool() ? "true" : "false");
      return;
    case JsonType::kNull:
    case JsonType::kArray:
    case JsonType::kObject:
      return;
  }
}

std::vector<std::string> values_of(const JsonValue& claims, std::string_view path) {
  std::vector<std::string> out;
  const auto claim = find_claim(claims, path);
  if (!claim) {
    return out;
  }
  if (!claim->is_array()) {
    add_value(*claim, out);
    return out;
  }
  for (const JsonValue one : *claim) {
    if (out.size() == kMostValues) {
      break;
    }
    add_value(one, out);
  }
  return out;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    if (end > 0) {
      out.emplace_back(text.substr(0, end));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace

TokenResult<Principal> principal_of(const IssuerSettings& issuer, const Claims& claims) {
  const auto named = [&](std::string_view id) { return fmt::format("{}/{}", issuer.name, id); };
  Principal out;
  out.kind = issuer.subject;
  out.id = named(claims.subject);
  for (const Actor& actor : claims.actors) {
    if (!actor.issuer.empty() && actor.issuer != issuer.rules.issuer) {
      return TokenRefusal(TokenFault::kActors, "an actor of another issuer");
    }
  }
  if (!claims.actors.empty()) {
    out.acts_for = Party{PrincipalKind::kUser, std::move(out.id)};
    out.kind = PrincipalKind::kAgent;
    out.id = named(claims.actors.front().subject);
    for (size_t i = 1; i < claims.actors.size(); ++i) {
      out.via.push_back({PrincipalKind::kAgent, named(claims.actors[i].subject)});
    }
  }
  out.proofs = {issuer.name};
  out.expires = claims.expires + issuer.rules.leeway.value();
  out.issued = claims.issued;
  out.audiences = claims.audiences;
  out.scopes = words_of(claims.scope);
  if (!claims.id.empty()) {
    out.token = named(claims.id);
  }
  const auto document = JsonDocument::parse(claims.other);
  if (!document.ok()) {
    return TokenRefusal(TokenFault::kClaims);
  }
  const JsonValue other = document->root();
  for (std::string& group : values_of(other, issuer.groups)) {
    out.groups.push_back(named(group));
  }
  if (auto names = values_of(other, issuer.display_name); !names.empty()) {
    out.name = std::move(names.front());
  }
  if (auto sessions = values_of(other, issuer.session); !sessions.empty()) {
    out.session = named(sessions.front());
  }
  for (const std::string& name : issuer.claims) {
    if (auto values = values_of(other, name); !values.empty()) {
      out.claims.push_back({name, std::move(values)});
    }
  }
  return out;
}

std::string discovery_url(std::string_view issuer) {
  while (issuer.ends_with('/')) {
    issuer.remove_suffix(1);
  }
  return fmt::format("{}/.well-known/openid-configuration", issuer);
}

Result<std::string> read_discovery(std::string_view json, std::string_view issuer) {
  TRY(const auto document, JsonDocument::parse(json, kDiscoveryLimits));
  TRY(const std::string_view named, document.root().string("issuer"));
  if (named != issuer) {
    return Error(ErrorKind::kInvalidInput, "the discovery document is of another issuer",
                 "`issuer` in the configuration is exactly what the document says");
  }
  TRY(const std::string_view url, document.root().string("jwks_uri"));
  constexpr std::string_view kClear = "http://";
  const auto server = [&](std::string_view of) {
    return of.substr(0, std::min(of.find('/', kClear.size()), of.size()));
  };
  const bool in_clear = issuer.starts_with(kClear) && server(url) == server(issuer);
  if (url.size() > 2'048 || (!url.starts_with("https://") && !in_clear)) {
    return Error(ErrorKind::kInvalidInput, "`jwks_uri` of the discovery document is no https URL");
  }
  return std::string(url);
}

}  // namespace sally::identity
