// Any octets as the payload of a token: claims that are read are sound, and what is left of them is
// JSON again.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "formats/json/document.h"
#include "identity/token/token_samples.h"

namespace sally::identity {
namespace {

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

void check(std::string_view payload) {
  static const TokenRules rules = samples::rules();
  const auto claims = Claims::parse(payload);
  if (!claims.ok()) {
    SALLY_CHECK(claims.error().to_error().message().size() < 200);
    return;
  }
  SALLY_CHECK(!claims->subject.empty() && !claims->issuer.empty() && !claims->audiences.empty());
  SALLY_CHECK(!has_control(claims->subject + claims->issuer + claims->id + claims->scope));
  SALLY_CHECK(claims->actors.size() <= Claims::kMaxActors);
  SALLY_CHECK(claims->expires.time_since_epoch().count() >= 0);
  const auto other = formats::JsonDocument::parse(claims->other);
  SALLY_CHECK(other.ok() && other->root().is_object() && !other->root().find("sub"));
  if (check_claims(*claims, rules, samples::kNow).ok()) {
    SALLY_CHECK(claims->issuer == rules.issuer && claims->expires > samples::kNow - Leeway::kMost);
  }
}

}  // namespace
}  // namespace sally::identity

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sally::identity::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
