// What verifying a token costs where its issuer's keys were read before.
#include <benchmark/benchmark.h>

#include <algorithm>

#include "identity/token/token_samples.h"

namespace sally::identity {
namespace {

void verify(benchmark::State& state, std::string_view algorithm) {
  const JwkSet keys = *JwkSet::parse(samples::kKeys);
  const TokenRules rules = samples::rules();
  const auto* const token =
      std::ranges::find(samples::kTokens, algorithm, &samples::Token::algorithm);
  SALLY_CHECK(verify_token(token->text, keys, rules, samples::kNow).ok());
  for (auto _ : state) {
    benchmark::DoNotOptimize(verify_token(token->text, keys, rules, samples::kNow));
  }
}
BENCHMARK_CAPTURE(verify, Es256, "ES256")->Name("BM_VerifyTokenEs256");
BENCHMARK_CAPTURE(verify, Rs256, "RS256")->Name("BM_VerifyTokenRs256");
BENCHMARK_CAPTURE(verify, EdDsa, "EdDSA")->Name("BM_VerifyTokenEdDsa");

// The same without the signature: taking apart, and reading and checking the claims.
void BM_ReadAToken(benchmark::State& state) {
  const TokenRules rules = samples::rules();
  for (auto _ : state) {
    const auto jws = CompactJws::parse(samples::kTokens[6].text);
    const auto claims = Claims::parse(jws->payload());
    benchmark::DoNotOptimize(check_claims(*claims, rules, samples::kNow));
  }
}
BENCHMARK(BM_ReadAToken);

}  // namespace
}  // namespace sally::identity
