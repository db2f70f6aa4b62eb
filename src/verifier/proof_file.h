// Proof files (C2SP tlog-proof): an entry's place in a log, its inclusion proof and a checkpoint,
// in one text that needs nothing but public keys to verify. The entry itself travels in `extra`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "verifier/checkpoint.h"
#include "verifier/merkle.h"

namespace sally::verifier {

// An entry of 64 KiB in base64, a proof and the largest note.
inline constexpr size_t kMaxProofFile = size_t{512} * 1024;
inline constexpr size_t kMaxEntry = 65'535;

struct ProofFile {
  uint64_t index = 0;
  std::vector<Hash> proof;
  std::string checkpoint;  // the signed note, verbatim
  // The entry. The format does not authenticate it; verify() does.
  Bytes entry;

  // Strict. kInvalidInput; an entry is required, as without it nothing is proved.
  static Result<ProofFile> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;
};

// What a proof file proves.
struct ProofVerdict {
  Checkpoint checkpoint;
  Signatures signatures;
  std::vector<std::string> problems;  // empty: it is proved
};
// Fails only where the checkpoint in it is malformed (kInvalidInput).
[[nodiscard]] Result<ProofVerdict> verify(const ProofFile& file, const Policy& policy);

}  // namespace sally::verifier
