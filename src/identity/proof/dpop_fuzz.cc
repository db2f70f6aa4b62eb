// Any octets as a proof, as its header and as its claims: what was not signed by the key of the
// token shows nothing, and what was is taken once.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "identity/proof/dpop_samples.h"
#include "store/memory_counters.h"

namespace sally::identity {
namespace {

struct Verifier {
  FakeClock clock{samples::kNow};
  SeededRandom random{1};
  store::MemoryCounters seen{random};
  samples::Signer signer;
  std::optional<Confirmation> bound = samples::bound_to(signer);
  Dpop dpop = *Dpop::create({}, Secret(std::string(32, 'n')), seen, clock);

  DpopResult<bool> check(std::string_view text) {
    const auto shown = dpop.check(samples::request_with(text), bound, samples::kNow);
    if (!shown.ok()) {
      const NotIdentified told = dpop.not_identified(shown.error(), samples::kNow);
      SALLY_CHECK(told.error.message().size() < 300 && told.challenge.size() < 200);
    }
    return shown;
  }
};

void check(std::string_view input) {
  // One for each input: an input must not depend on those before it.
  Verifier verifier;
  const samples::Proof proof;
  SALLY_CHECK(!verifier.check(input).ok() || input == proof.sign());
  const std::string good_header = verifier.signer.sign(proof.header(), input);
  if (verifier.check(good_header).ok()) {
    SALLY_CHECK(input.find(proof.token) != std::string_view::npos);
    SALLY_CHECK(verifier.check(good_header).error().fault() == DpopFault::kReplayed);
  }
  const std::string good_claims = verifier.signer.sign(input, proof.payload());
  if (verifier.check(good_claims).ok()) {
    SALLY_CHECK(input.find("jwk") != std::string_view::npos ||
                input.find('\\') != std::string_view::npos);
  }
}

}  // namespace
}  // namespace sally::identity

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sally::identity::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
