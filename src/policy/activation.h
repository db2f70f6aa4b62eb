// Activations: who put which policies in force, and when, as a signed note (c2sp.org/signed-note).
// Nothing decides but what a trusted key signed for.
//
//   sallyport-policy-activation/1
//   sequence 7
//   previous 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
//   purpose enforce
//   time 2026-11-20T10:04:11.204Z
//   who uid=0 (root)
//   reason research may use tools
//   enforce 7 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
//   shadow none
//
// Each states the whole: what is enforced and what is in the shadow from now on, since which
// activation. `previous` is the hash of the text of the activation before, so that a signature
// vouches for all that came before it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "tlog/note.h"

namespace sally::policy {

// What policies are in force for: to decide, or to be evaluated beside and compared.
enum class Purpose : uint8_t { kEnforce, kShadow };
inline constexpr std::array kPurposes{Purpose::kEnforce, Purpose::kShadow};
[[nodiscard]] std::string_view name_of(Purpose purpose);

struct InForce {
  uint64_t since = 0;  // the activation that said so
  std::string bundle;  // its hash

  friend bool operator==(const InForce&, const InForce&) = default;
};

inline constexpr uint64_t kMaxSequence = 1'000'000;
inline constexpr size_t kMaxWho = 256;
inline constexpr size_t kMaxReason = 1'024;
inline constexpr size_t kMaxActivationNote = size_t{64} << 10;

struct Activation {
  uint64_t sequence = 0;                // 1, 2, ... to kMaxSequence
  std::string previous;                 // empty: the first
  Purpose purpose = Purpose::kEnforce;  // what this one changed
  WallTime time;                        // to the millisecond
  std::string who;
  std::string reason;  // may be empty
  // Nothing is enforced before the first activation that enforces; the shadow may be empty at any
  // time.
  std::optional<InForce> enforce;
  std::optional<InForce> shadow;

  [[nodiscard]] const std::optional<InForce>& in_force(Purpose what) const {
    return what == Purpose::kEnforce ? enforce : shadow;
  }

  [[nodiscard]] std::string to_text() const;
  // Strict: exactly a text of to_text() that makes sense by itself. kInvalidInput.
  static Result<Activation> parse(std::string_view text);

  friend bool operator==(const Activation&, const Activation&) = default;
};

// The hash of the text of an activation, as the next one names it.
[[nodiscard]] std::string activation_hash(std::string_view text);

// Whether `text` may stand in an activation as who or why: one line of UTF-8 without control
// characters.
[[nodiscard]] bool is_activation_word(std::string_view text, size_t most);

// The keys of people who may put policies in force, from their texts (`name+id+key`). kUsage where
// one is no Ed25519 key, or where there is none.
Result<std::vector<tlog::VerifierKey>> parse_trusted_keys(std::span<const std::string> texts);

// Signs activations with the key of this seed (crypto/ed25519.h), under the name of all such keys;
// their ids tell them apart.
inline constexpr std::string_view kActivationKeyName = "sallyport.local/policy";
Result<tlog::NoteSigner> activation_signer(const Secret& seed);

// The note, ready to be written. kInvalidInput where parse() would refuse it.
Result<std::string> sign_activation(const Activation& activation, const tlog::NoteSigner& signer);

// The text of a note that at least one of the keys signed. kCorrupt otherwise.
Result<std::string> verified_text(std::string_view note,
                                  std::span<const tlog::VerifierKey> trusted);

}  // namespace sally::policy
