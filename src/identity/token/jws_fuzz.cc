// Any octets as a token, and as the header of one: what is taken apart is put together again to the
// same octets, and nothing verifies but what the issuer signed.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "identity/token/token_samples.h"

namespace sally::identity {
namespace {

const JwkSet& keys() {
  static const JwkSet set = *JwkSet::parse(samples::kKeys);
  return set;
}

bool is_a_sample(std::string_view text) {
  for (const samples::Token& token : samples::kTokens) {
    if (token.text == text) {
      return true;
    }
  }
  return false;
}

void check(std::string_view text) {
  static const TokenRules rules = samples::rules();
  const auto verified = verify_token(text, keys(), rules, samples::kNow);
  SALLY_CHECK(!verified.ok() || is_a_sample(text));
  const auto jws = CompactJws::parse(text);
  if (!jws.ok()) {
    SALLY_CHECK(!verified.ok() && jws.error().to_error().message().size() < 200);
    return;
  }
  const std::string_view signing_input = jws->signing_input();
  SALLY_CHECK(signing_input.ends_with("." + samples::base64url(jws->payload())));
  const std::string again =
      std::string(signing_input) + "." + to_base64(jws->signature(), Base64::kUrl, Padding::kNone);
  SALLY_CHECK(again == text);
}

void check_header(std::string_view json) {
  static const TokenRules rules = samples::rules();
  const std::string text = samples::base64url(json) + ".e30.AAAA";
  SALLY_CHECK(!verify_token(text, keys(), rules, samples::kNow).ok());
  const auto jws = CompactJws::parse(text);
  // A header that is taken is a JSON object that names an algorithm.
  SALLY_CHECK(!jws.ok() || (json.find('{') != std::string_view::npos && jws->payload() == "{}"));
}

}  // namespace
}  // namespace sally::identity

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  sally::identity::check(input);
  sally::identity::check_header(input);
  return 0;
}
