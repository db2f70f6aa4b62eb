// A request that is read is written back as it was; an answer is judged without trust.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "witness/protocol.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto request = witness::AddCheckpoint::parse(text);
  if (request.ok()) {
    if (request->to_string() != text || request->proof.size() > witness::kMaxProofLines) {
      std::abort();
    }
    [[maybe_unused]] const auto checkpoint = verifier::SignedCheckpoint::parse(request->checkpoint);
  }
  const auto nobody = verifier::VerifierKey::make("w.test", verifier::KeyType::kCosignature,
                                                  crypto::Ed25519PublicKey{});
  for (const uint16_t status : {uint16_t{200}, uint16_t{409}}) {
    if (witness::read_answer(status, text, *nobody, "text\n").kind ==
        witness::Reply::Kind::kCosigned) {
      std::abort();
    }
  }
  return 0;
}
