// Proofs of possession for tests, fuzzing and benchmarks.
#pragma once

#include <string>
#include <string_view>

#include "crypto/hash.h"
#include "identity/proof/dpop.h"
#include "identity/token/token_samples.h"

namespace sally::identity::samples {

inline constexpr std::string_view kAccessToken = "header.payload.signature";

inline std::string hash_of(std::string_view token) {
  return to_base64(crypto::sha256(as_bytes(token)), Base64::kUrl, Padding::kNone);
}

// `{"kty":"OKP",...}` of a key: what `cnf` names by its thumbprint.
inline Confirmation bound_to(const Signer& signer) {
  return {.key = signer.keys().entries()[0].key->thumbprint()};
}

// What a proof says; each member can be spoiled. An empty text is left out.
struct Proof {
  std::string type = "dpop+jwt";
  std::string algorithm = "EdDSA";
  std::string jwk = Signer().jwk();
  std::string id = "proof-1";
  std::string method = "POST";
  std::string target = "https://gate.example/v1/chat/completions";
  std::string issued = "1900000100";
  std::string token = hash_of(kAccessToken);
  std::string nonce;

  [[nodiscard]] std::string header() const {
    std::string out = R"({"typ":")" + type + R"(","alg":")" + algorithm + "\"";
    return out + (jwk.empty() ? "" : ",\"jwk\":" + jwk) + "}";
  }
  [[nodiscard]] std::string payload() const {
    std::string out;
    const auto add = [&out](std::string_view name, const std::string& value) {
      if (value.empty() || value == "\"\"") {
        return;
      }
      out += fmt::format(R"({}"{}":{})", out.empty() ? "{" : ",", name, value);
    };
    const auto quoted = [](const std::string& text) { return "\"" + text + "\""; };
    add("jti", quoted(id));
    add("htm", quoted(method));
    add("htu", quoted(target));
    add("iat", issued);
    add("ath", quoted(token));
    add("nonce", quoted(nonce));
    return (out.empty() ? "{" : out) + "}";
  }
  [[nodiscard]] std::string sign(const Signer& signer = Signer()) const {
    return signer.sign(header(), payload());
  }
};

// The request that a Proof as it stands is for; `proof` outlives it.
inline Credentials request_with(std::string_view proof) {
  Credentials out;
  out.bearer = kAccessToken;
  out.scheme = Credentials::Scheme::kDpop;
  out.dpop = proof;
  out.method = "POST";
  out.url_scheme = "https";
  out.authority = "gate.example";
  out.path = "/v1/chat/completions";
  return out;
}

}  // namespace sally::identity::samples
