// Signed notes (c2sp.org/signed-note): a text and, below an empty line, the signatures on it. This
// is the side of the log: what signs, and what reads back what this side wrote. Whether somebody
// else's signature holds is for the verifier to say.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/ed25519.h"

namespace sally::tlog {

// The algorithms, by the byte that stands for each in a key. A new one is a row of the table and,
// where the log itself shall sign with it, a case in NoteSigner.
enum class SignatureType : uint8_t {
  kEd25519 = 0x01,      // over the text of the note
  kCosignature = 0x04,  // a witness's: Ed25519 over a time and the text (c2sp.org/tlog-cosignature)
};
struct SignatureTypeRow {
  SignatureType type;
  std::string_view name;
  size_t key_size;
  size_t signature_size;  // behind the key's id
};
std::span<const SignatureTypeRow> signature_types();

// Whether `name` may name a key: not empty, no space, no `+`, valid UTF-8.
[[nodiscard]] bool is_key_name(std::string_view name);

using NoteKeyId = std::array<std::byte, 4>;

// A public key as people pass it on: `name+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx`.
class VerifierKey {
 public:
  // kUsage where `name` is no name of a key.
  static Result<VerifierKey> make(std::string name, SignatureType type, Bytes key);
  // kInvalidInput: not such a text, an unknown algorithm, an id that is not the key's.
  static Result<VerifierKey> parse(std::string_view text);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] SignatureType type() const { return type_; }
  [[nodiscard]] const Bytes& key() const { return key_; }
  [[nodiscard]] const NoteKeyId& id() const { return id_; }
  [[nodiscard]] std::string to_string() const;

 private:
  VerifierKey(std::string name, SignatureType type, Bytes key);
  std::string name_;
  SignatureType type_;
  Bytes key_;
  NoteKeyId id_;
};

// Signs notes with an Ed25519 key under a name. Every thread may sign at once.
class NoteSigner {
 public:
  static Result<NoteSigner> make(std::string name, crypto::Ed25519PrivateKey key);
  // The signature line for `text` (which ends with a line end), with its own line end.
  [[nodiscard]] Result<std::string> sign(std::string_view text) const;
  [[nodiscard]] const VerifierKey& verifier_key() const { return verifier_key_; }

 private:
  NoteSigner(VerifierKey verifier_key, crypto::Ed25519PrivateKey key)
      : verifier_key_(std::move(verifier_key)), key_(std::move(key)) {}
  VerifierKey verifier_key_;
  crypto::Ed25519PrivateKey key_;
};

struct NoteSignature {
  std::string name;
  NoteKeyId id{};
  Bytes signature;   // behind the id
  std::string line;  // as it stands, with its line end
};

// A note taken apart; no signature was verified.
struct Note {
  std::string text;  // with its line end, without the empty line
  std::vector<NoteSignature> signatures;

  // At most 1 MiB and 100 signatures. kInvalidInput.
  static Result<Note> parse(std::string_view bytes);
  // One signature line, with or without its line end.
  static Result<NoteSignature> parse_signature(std::string_view line);
  [[nodiscard]] std::string to_string() const;
};

// Whether one of the note's signatures is by `key`, an Ed25519 key.
[[nodiscard]] bool is_signed_by(const Note& note, const VerifierKey& key);

}  // namespace sally::tlog
