// A note or key that is read is written back as it was, and nothing verifies that was not signed.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "verifier/note.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally::verifier;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto key = VerifierKey::parse(text);
  if (key.ok()) {
    const auto again = VerifierKey::parse(key->vkey());
    if (!again.ok() || again->name() != key->name() || again->id() != key->id()) {
      std::abort();
    }
  }
  const auto note = SignedNote::parse(text);
  if (note.ok()) {
    if (note->signatures().empty() || note->text().empty() || note->text().back() != '\n' ||
        text.substr(0, note->text().size()) != note->text()) {
      std::abort();
    }
    // The key of no secret: all zeros is no key that anybody signs with.
    const auto nobody = VerifierKey::make(note->signatures()[0].name, KeyType::kEd25519,
                                          sally::crypto::Ed25519PublicKey{});
    if (!nobody.ok()) {
      std::abort();
    }
    [[maybe_unused]] const Signed verdict = note->signed_by(*nobody);
  }
  return 0;
}
