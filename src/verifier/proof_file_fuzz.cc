// A proof that is read is written back as it was, and judging it ends.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "verifier/proof_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally::verifier;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto proof = ProofFile::parse(text);
  if (proof.ok()) {
    if (proof->to_string() != text || !verify(*proof, {}).ok()) {
      std::abort();
    }
  }
  return 0;
}
