// Signed notes (C2SP signed-note), their keys, and the cosignatures of witnesses (C2SP
// tlog-cosignature): read and verified. Every input may be hostile.
//
//   TRY(const VerifierKey key, VerifierKey::parse("example.com/log+33d7b496+AeHTu4Q3..."));
//   TRY(const SignedNote note, SignedNote::parse(file));
//   if (note.signed_by(key) == Signed::kGood) { use note.text(); }
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/ed25519.h"

namespace sally::verifier {

inline constexpr size_t kMaxNote = size_t{256} * 1024;
inline constexpr size_t kMaxSignatures = 64;
inline constexpr size_t kMaxKeyName = 255;

// How a key signs: the byte of its type. One row each in `kAlgorithms` of note.cc; another
// algorithm is another row.
enum class KeyType : uint8_t {
  kEd25519 = 0x01,      // a log: over the text
  kCosignature = 0x04,  // a witness: over `cosignature/v1`, a time and the text
};

// One signature line. `signature` is without the key's id.
struct SignatureLine {
  std::string name;
  uint32_t id = 0;
  Bytes signature;
};
// `— name base64`, without its line end. kInvalidInput.
[[nodiscard]] Result<SignatureLine> parse_signature_line(std::string_view line);

// A name and a public key. One that exists is well formed; its id is that of the name and the key.
class VerifierKey {
 public:
  // A vkey: `<name>+<id, 8 hex digits>+<base64 of type and key>`. kInvalidInput.
  static Result<VerifierKey> parse(std::string_view vkey);
  static Result<VerifierKey> make(std::string name, KeyType type,
                                  const crypto::Ed25519PublicKey& key);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] KeyType type() const { return type_; }
  [[nodiscard]] uint32_t id() const { return id_; }
  [[nodiscard]] const crypto::Ed25519PublicKey& public_key() const { return key_; }
  [[nodiscard]] std::string vkey() const;

  // The name and id are this key's.
  [[nodiscard]] bool names(const SignatureLine& line) const {
    return line.id == id_ && line.name == name_;
  }
  // Whether `line`, which it names, is its signature of `text`. A cosignature's time in seconds
  // since 1970 goes to `time`, where there is one.
  [[nodiscard]] bool verifies(std::string_view text, const SignatureLine& line,
                              uint64_t* time = nullptr) const;

 private:
  VerifierKey(std::string name, KeyType type, uint32_t id, const crypto::Ed25519PublicKey& key)
      : name_(std::move(name)), type_(type), id_(id), key_(key) {}
  std::string name_;
  KeyType type_;
  uint32_t id_;
  crypto::Ed25519PublicKey key_;
};

// The bytes that a witness signs: the time in seconds since 1970, and the note's text.
[[nodiscard]] std::string cosigned_message(uint64_t time, std::string_view text);

enum class Signed : uint8_t {
  kGood,
  kBad,  // a line names the key and does not verify: the whole note is to be refused
  kNo,   // no line names the key
};

class SignedNote {
 public:
  // Strict: valid UTF-8, no control characters but line feeds, a text that ends in one, an empty
  // line, and one to kMaxSignatures signature lines. At most kMaxNote bytes. kInvalidInput.
  static Result<SignedNote> parse(std::string_view note);

  // With its final line feed.
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] const std::vector<SignatureLine>& signatures() const { return signatures_; }
  // Of several lines of one key each must verify; `time` is then the latest.
  [[nodiscard]] Signed signed_by(const VerifierKey& key, uint64_t* time = nullptr) const;

 private:
  SignedNote(std::string text, std::vector<SignatureLine> signatures)
      : text_(std::move(text)), signatures_(std::move(signatures)) {}
  std::string text_;
  std::vector<SignatureLine> signatures_;
};

}  // namespace sally::verifier
