#include "identity/token/compact_jws.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/result.h"
#include "formats/json/document.h"

namespace sally::identity {
namespace {

using formats::JsonDocument;
using formats::JsonValue;

constexpr size_t kDots = 2;
constexpr size_t kDotsOfJwe = 4;
constexpr size_t kMaxHeaderDepth = 8;
constexpr size_t kMaxHeaderMembers = 100;

// Members that change what the other parts mean. A header that carries one is refused whatever its
// value: nobody here would act on it.
struct Refused {
  std::string_view name;
  TokenFault fault;
};
constexpr Refused kRefused[] = {
    {"crit", TokenFault::kCritical},  // RFC 7515, section 4.1.11
    {"b64", TokenFault::kCritical},   // RFC 7797: the payload stands unencoded
    {"zip", TokenFault::kEncrypted},  // RFC 7516: only a JWE is compressed
    {"enc", TokenFault::kEncrypted},
};

TokenResult<Bytes> decode(std::string_view part, std::string_view name) {
  auto bytes = from_base64(part, Base64::kUrl, Padding::kNone);
  if (!bytes) {
    return TokenRefusal(TokenFault::kFormat, fmt::format("its {} is no strict base64url", name));
  }
  return *std::move(bytes);
}

TokenResult<std::optional<std::string>> text_member(const JsonValue& header,
                                                    std::string_view name) {
  const auto value = header.find(name);
  if (!value) {
    return std::optional<std::string>();
  }
  const auto text = value->as_string();
  if (!text.ok()) {
    return TokenRefusal(TokenFault::kHeader, fmt::format("`{}` is no string", name));
  }
  return std::optional<std::string>(*text);
}

}  // namespace

TokenResult<CompactJws> CompactJws::parse(std::string_view text, size_t max_text) {
  if (text.size() > max_text) {
    return TokenRefusal(TokenFault::kTooLong);
  }
  if (text.starts_with('{')) {
    return TokenRefusal(TokenFault::kFormat, "JSON serialisation is not taken");
  }
  const auto dots = static_cast<size_t>(std::ranges::count(text, '.'));
  if (dots == kDotsOfJwe) {
    return TokenRefusal(TokenFault::kEncrypted);
  }
  if (dots != kDots) {
    return TokenRefusal(TokenFault::kFormat, "it has not three parts");
  }
  const size_t first = text.find('.');
  const size_t second = text.rfind('.');

  CompactJws out;
  TRY(out.header_, decode(text.substr(0, first), "header"));
  TRY_OK(out.read_header(out.header()));
  out.signing_input_ = text.substr(0, second);
  TRY(out.payload_, decode(text.substr(first + 1, second - first - 1), "payload"));
  TRY(out.signature_, decode(text.substr(second + 1), "signature"));
  if (out.signature_.empty()) {
    return TokenRefusal(TokenFault::kFormat, "it has no signature");
  }
  return out;
}

bool CompactJws::has_type(std::string_view subtype) const {
  constexpr std::string_view kPrefix = "application/";
  if (!type_) {
    return false;
  }
  std::string_view type = *type_;
  if (type.size() > kPrefix.size() &&
      equal_ignoring_case(type.substr(0, kPrefix.size()), kPrefix)) {
    type.remove_prefix(kPrefix.size());
  }
  return equal_ignoring_case(type, subtype);
}

TokenResult<> CompactJws::read_header(std::string_view json) {
  const auto document = JsonDocument::parse(
      json, {.bytes = json.size(), .depth = kMaxHeaderDepth, .members = kMaxHeaderMembers});
  if (!document.ok() || !document->root().is_object()) {
    return TokenRefusal(TokenFault::kHeader, "it is no strict JSON object");
  }
  const JsonValue header = document->root();
  for (const Refused& refused : kRefused) {
    if (header.find(refused.name)) {
      return TokenRefusal(refused.fault, fmt::format("`{}`", refused.name));
    }
  }
  TRY(std::optional<std::string> algorithm, text_member(header, "alg"));
  if (!algorithm) {
    return TokenRefusal(TokenFault::kHeader, "`alg` is missing");
  }
  algorithm_ = *std::move(algorithm);
  TRY(key_id_, text_member(header, "kid"));
  TRY(type_, text_member(header, "typ"));
  TRY(content_type_, text_member(header, "cty"));
  return Unit{};
}

}  // namespace sally::identity
