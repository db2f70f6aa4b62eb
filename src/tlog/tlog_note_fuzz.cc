// A note, a signature line, a verifier key and a checkpoint from anybody.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "tlog/checkpoint.h"
#include "tlog/note.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally::tlog;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto note = Note::parse(text); note.ok()) {
    SALLY_CHECK(note->to_string() == text);
    if (const auto checkpoint = Checkpoint::parse(note->text); checkpoint.ok()) {
      SALLY_CHECK(note->text.starts_with(checkpoint->to_string()));
    }
  }
  if (const auto key = VerifierKey::parse(text); key.ok()) {
    SALLY_CHECK(key->to_string() == text);
  }
  return 0;
}
