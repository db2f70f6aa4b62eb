// Checkpoints (C2SP tlog-checkpoint): a log's statement of its size and root; and the policy that
// says whose signatures make one worth believing. Every input may be hostile.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "verifier/merkle.h"
#include "verifier/note.h"

namespace sally::verifier {

// The text of a checkpoint.
struct Checkpoint {
  std::string origin;
  uint64_t size = 0;
  Hash root{};
  std::vector<std::string> extensions;  // further lines: whatever the log wishes to say

  // Strict: a line of origin, one of the size (decimal, no leading zero), one of the root (base64
  // of 32 bytes), any number of lines that are not empty; each with its line feed. kInvalidInput.
  static Result<Checkpoint> parse(std::string_view text);
};

// An unsigned decimal number without sign or leading zero.
[[nodiscard]] std::optional<uint64_t> parse_decimal(std::string_view text);
// A hash as proofs and checkpoints write it.
[[nodiscard]] std::optional<Hash> parse_hash(std::string_view base64);
[[nodiscard]] std::string show_hash(const Hash& hash);

// A checkpoint together with the note that carries it.
struct SignedCheckpoint {
  SignedNote note;
  Checkpoint body;

  static Result<SignedCheckpoint> parse(std::string_view note);
};

// Whom to believe. Without `log` no signature of the log is looked for (and the verdict says so).
struct Policy {
  std::optional<VerifierKey> log;
  std::vector<VerifierKey> witnesses;
  size_t quorum = 0;  // how many of them are needed
};
// kUsage where a witness is not of the type of witnesses, stands twice (by its public key), or
// where more are needed than there are; where the log's key is of another type.
[[nodiscard]] Result<> check(const Policy& policy);

struct WitnessSeen {
  std::string name;
  Signed result = Signed::kNo;
  uint64_t time = 0;  // of its cosignature, in seconds since 1970
};

// What the signatures of a checkpoint are worth under a policy.
struct Signatures {
  bool log_checked = false;
  Signed log = Signed::kNo;
  bool origin_fits = false;            // the origin is the name of the log's key
  std::vector<WitnessSeen> witnesses;  // those of the policy, in its order
  size_t cosigned = 0;
  size_t quorum = 0;
  std::vector<std::string> unknown;  // names on lines of keys that the policy does not hold

  // Nothing that was looked at speaks against it. (`log_checked` says whether that is worth much.)
  [[nodiscard]] bool good() const;
  // Why not; empty when good.
  [[nodiscard]] std::vector<std::string> problems() const;
  // The latest time that a witness vouches for; 0 where none does.
  [[nodiscard]] uint64_t latest_time() const;
};
[[nodiscard]] Signatures check_signatures(const SignedCheckpoint& checkpoint, const Policy& policy);

}  // namespace sally::verifier
