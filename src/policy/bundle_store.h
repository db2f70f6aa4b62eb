// BundleStore: a folder of policy bundles and of the activations that put them in force.
//
//   bundles/2c26b46b...ae.json   immutable, named by their SHA-256
//   activations/00000007.note    1, 2, 3, ... without a gap
//   lock                         held by who writes
//
// Whoever can write to the folder can break it, but not change what is in force: bundles count by
// their hash, activations by their signature, their number and what they say of the one before. The
// newest activation states all that is in force, so it is read with those it names and no other;
// by its hash of the one before, the signature on it covers the whole history. That somebody took
// away the newest ones is seen by whoever remembers a higher number: `at_least`.
//
// A writer that is cut off anywhere leaves the old state or the new one. Readers need no lock.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "policy/activation.h"
#include "policy/folder.h"
#include "policy/policy_texts.h"
#include "tlog/note.h"

namespace sally::policy {

// Policies in force, with the activation that put them there.
struct PolicyInForce {
  uint64_t sequence = 0;
  std::string bundle;  // its hash
  PolicyTexts files;
  WallTime time;
  std::string who;
  std::string reason;
};

// What is in force. An immutable answer; nothing in it refers to the store.
struct CurrentPolicies {
  uint64_t sequence = 0;  // of the newest activation; 0: nothing was ever activated
  std::optional<PolicyInForce> enforce;
  std::optional<PolicyInForce> shadow;
};

class BundleStore {
 public:
  // Of the folder at `path`, which need not be there before the first activation.
  explicit BundleStore(std::string path, OnStep on_step = {})
      : path_(std::move(path)), on_step_(std::move(on_step)) {}

  using Keys = std::span<const tlog::VerifierKey>;

  // kCorrupt, with the file, where something does not verify, a number is missing, or the newest is
  // below `at_least`, the highest that the caller has seen (0: none). A key that is no longer
  // trusted takes what it put in force with it.
  [[nodiscard]] Result<CurrentPolicies> read_current(Keys trusted, uint64_t at_least) const;

  // The number of the newest activation, counted on from `known`: a few system calls, for polling.
  // Nothing is verified. kCorrupt where `known` itself is gone.
  [[nodiscard]] Result<uint64_t> newest(uint64_t known) const;

  // All activations, the oldest first. The newest is signed by a trusted key, and vouches for
  // the others. kCorrupt as read_current().
  [[nodiscard]] Result<std::vector<Activation>> history(Keys trusted, uint64_t at_least) const;

  // kNotFound; kCorrupt where its bytes are not those that were hashed.
  [[nodiscard]] Result<PolicyTexts> read_bundle(const std::string& hash) const;

  struct Change {
    Purpose purpose = Purpose::kEnforce;
    std::optional<PolicyTexts> files;  // none: the shadow is emptied
    WallTime time;
    std::string who;
    std::string reason;
  };
  struct Changed {
    bool is_new = true;  // else that was in force already, and nothing was written
    Activation now;      // the newest activation
    std::string before;  // the hash of what was in force for that purpose; empty: nothing
  };
  // Puts a bundle in force. `signer` is one of the trusted. Does not look into the texts. What is
  // in force already by a signature of `signer` is left alone. kConflict where another process
  // writes; kCorrupt where what is there does not verify; kInvalidInput.
  Result<Changed> activate(const Change& change, const tlog::NoteSigner& signer, Keys trusted,
                           uint64_t at_least);

 private:
  [[nodiscard]] Result<std::optional<Folder>> part(const char* name) const;

  std::string path_;
  OnStep on_step_;
};

}  // namespace sally::policy
