// What a request with a proof of possession costs more than one without.
#include <benchmark/benchmark.h>

#include "identity/proof/certificate.h"
#include "identity/proof/dpop_samples.h"
#include "identity/proof/http_uri.h"
#include "identity/proof/test_authority.h"
#include "store/memory_counters.h"

namespace sally::identity {
namespace {

// A proof with an Ed25519 key; each is refused at its very end, as one that was used before.
void BM_CheckADpopProof(benchmark::State& state) {
  FakeClock clock(samples::kNow);
  SeededRandom random(1);
  store::MemoryCounters seen(random);
  const Dpop dpop = *Dpop::create({}, Secret(std::string(32, 'n')), seen, clock);
  const std::optional<Confirmation> bound = samples::bound_to(samples::Signer());
  const std::string proof = samples::Proof().sign();
  SALLY_CHECK(dpop.check(samples::request_with(proof), bound, samples::kNow).ok());
  for (auto _ : state) {
    benchmark::DoNotOptimize(dpop.check(samples::request_with(proof), bound, samples::kNow));
  }
}
BENCHMARK(BM_CheckADpopProof);

void BM_NormalHttpUri(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(normal_http_uri("https://gate.example/v1/chat/completions"));
  }
}
BENCHMARK(BM_NormalHttpUri);

// What every request of a connection with a client certificate pays.
void BM_IdentifyAWorkload(benchmark::State& state) {
  const std::string der =
      samples::der_of(samples::svid(samples::authority("a"), {"spiffe://a.example/agent"}));
  const Workloads workloads({"a.example"});
  for (auto _ : state) {
    benchmark::DoNotOptimize(workloads.identify(der, samples::kNow));
  }
}
BENCHMARK(BM_IdentifyAWorkload);

}  // namespace
}  // namespace sally::identity
