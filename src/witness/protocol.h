// The messages of C2SP tlog-witness: `add-checkpoint` and its answers. Both sides' input may be
// hostile.
//
//   old 20852014
//   <base64 of a hash>          none to 63 of them: the consistency proof from `old`
//
//   <the checkpoint, a signed note>
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "verifier/checkpoint.h"
#include "verifier/merkle.h"

namespace sally::witness {

inline constexpr size_t kMaxProofLines = 63;
// The largest note with the longest proof.
inline constexpr size_t kMaxRequest = verifier::kMaxNote + size_t{8} * 1024;
// What a witness may answer: signature lines, or a size.
inline constexpr size_t kMaxAnswer = size_t{64} * 1024;
// Of an answer of 409.
inline constexpr std::string_view kSizeType = "text/x.tlog.size";

struct AddCheckpoint {
  uint64_t old_size = 0;
  std::vector<verifier::Hash> proof;
  std::string checkpoint;  // the note, verbatim

  // Strict about everything before the checkpoint, which is only cut off. kInvalidInput.
  static Result<AddCheckpoint> parse(std::string_view body);
  [[nodiscard]] std::string to_string() const;
};

struct Answer {
  uint16_t status = 200;
  std::string content_type;
  std::string body;
};

// What an answer says to the log that asked.
struct Reply {
  enum class Kind : uint8_t {
    kCosigned,  // `line` is the witness's cosignature, and verifies
    kConflict,  // the latest that the witness cosigned has `size`
    kRefused,  // `why`: the proof does not verify (`bad_proof`), or the witness wants nothing of us
  };
  Kind kind = Kind::kRefused;
  std::string line;  // with its line feed
  uint64_t size = 0;
  bool bad_proof = false;
  std::string why;
};
// `text`: that of the checkpoint that was sent. An answer that is none is a refusal.
[[nodiscard]] Reply read_answer(uint16_t status, std::string_view body,
                                const verifier::VerifierKey& witness, std::string_view text);

}  // namespace sally::witness
