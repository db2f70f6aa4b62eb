// Witness: cosigns what is consistent with everything it cosigned before (C2SP tlog-witness), so
// that a log cannot show one history to some and another to others.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/ed25519.h"
#include "verifier/checkpoint.h"
#include "witness/protocol.h"
#include "witness/store.h"

namespace sally::witness {

struct WitnessSettings {
  std::string name;                         // the name of its key
  std::vector<verifier::VerifierKey> logs;  // several of one name: any of them signs for it
  std::filesystem::path folder;             // what it cosigned
};

class Witness {
 public:
  // `clock` outlives the witness. kUsage for a key that is no log's, or no log at all; kConflict
  // while another process works in the folder; kCorrupt where what it cosigned last cannot be read
  // back: it does not begin anew by itself, as that would let a fork pass.
  static Result<std::unique_ptr<Witness>> open(WitnessSettings settings,
                                               crypto::Ed25519PrivateKey key, const Clock& clock);
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;
  ~Witness() = default;

  // Answers the body of a `POST add-checkpoint`. From any thread; blocks for the disk. What was
  // cosigned is on the disk when it returns.
  [[nodiscard]] Answer add_checkpoint(std::string_view body);

  [[nodiscard]] const verifier::VerifierKey& key() const { return key_; }
  // What it cosigned last of each log it knows: name and size.
  [[nodiscard]] std::vector<std::pair<std::string, uint64_t>> latest() const;

 private:
  // One log. Checking against `latest` and replacing it is one step under its lock.
  struct Log {
    std::vector<verifier::VerifierKey> keys;
    mutable std::mutex mutex;
    uint64_t size = 0;
    verifier::Hash root{};
    bool failed = false;  // the disk may hold another checkpoint than `size` says
  };

  Witness(Store store, verifier::VerifierKey key, crypto::Ed25519PrivateKey secret,
          const Clock& clock)
      : store_(std::move(store)), key_(std::move(key)), secret_(std::move(secret)), clock_(clock) {}
  Result<> remember(const std::string& origin, Log& log) const;
  [[nodiscard]] Answer judge(Log& log, const AddCheckpoint& request,
                             const verifier::SignedCheckpoint& checkpoint);
  [[nodiscard]] Result<std::string> cosign(std::string_view text) const;

  Store store_;
  verifier::VerifierKey key_;
  crypto::Ed25519PrivateKey secret_;
  const Clock& clock_;
  std::map<std::string, Log, std::less<>> logs_;  // by origin; fixed once opened
};

}  // namespace sally::witness
