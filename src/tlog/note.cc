#include "tlog/note.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/hash.h"

namespace sally::tlog {
namespace {

constexpr std::string_view kDash = "\u2014 ";
constexpr size_t kMaxNote = size_t{1} << 20;
constexpr size_t kMaxSignatures = 100;
constexpr size_t kMaxSignatureLine = 16'384;

constexpr SignatureTypeRow kTypes[] = {
    {SignatureType::kEd25519, "ed25519", 32, 64},
    {SignatureType::kCosignature, "cosignature/v1", 32, 8 + 64},
};

const SignatureTypeRow* row_of(std::byte type) {
  const auto row =
      std::ranges::find(kTypes, static_cast<SignatureType>(type), &SignatureTypeRow::type);
  return row == std::end(kTypes) ? nullptr : row;
}

Error malformed(std::string_view what) {
  return Error(ErrorKind::kInvalidInput, std::string(what));
}

}  // namespace

std::span<const SignatureTypeRow> signature_types() {
  return kTypes;
}

bool is_key_name(std::string_view name) {
  // Unicode has more spaces than these; none of them is of use in a name that people type.
  return !name.empty() && name.size() <= 255 && is_utf8(name) &&
         std::ranges::none_of(name, [](char c) {
           return static_cast<unsigned char>(c) <= ' ' || c == '\x7F' || c == '+';
         });
}

VerifierKey::VerifierKey(std::string name, SignatureType type, Bytes key)
    : name_(std::move(name)), type_(type), key_(std::move(key)) {
  std::string input = name_ + '\n' + static_cast<char>(type_);
  input += as_text(key_);
  const auto digest = crypto::sha256(as_bytes(input));
  std::copy_n(digest.begin(), id_.size(), id_.begin());
}

Result<VerifierKey> VerifierKey::make(std::string name, SignatureType type, Bytes key) {
  if (!is_key_name(name)) {
    return Error(ErrorKind::kUsage, fmt::format("`{}` cannot name a key", printable(name)),
                 "letters, digits, dots, dashes and slashes, such as example.com/gate");
  }
  const SignatureTypeRow* row = row_of(static_cast<std::byte>(type));
  if (row == nullptr || key.size() != row->key_size) {
    return malformed("a key of a size that its algorithm does not have");
  }
  return VerifierKey(std::move(name), type, std::move(key));
}

Result<VerifierKey> VerifierKey::parse(std::string_view text) {
  constexpr size_t kIdDigits = 8;
  const size_t name_end = text.find('+');
  if (name_end == std::string_view::npos || text.size() < name_end + kIdDigits + 2 ||
      text[name_end + 1 + kIdDigits] != '+') {
    return malformed("not a verifier key: name+id+key");
  }
  const std::string_view id = text.substr(name_end + 1, kIdDigits);
  const auto key =
      from_base64(text.substr(name_end + kIdDigits + 2), Base64::kStandard, Padding::kRequired);
  if (!key || key->empty()) {
    return malformed("not a verifier key: the key is no base64");
  }
  const SignatureTypeRow* row = row_of(key->front());
  if (row == nullptr) {
    return malformed(fmt::format("a verifier key of the unknown algorithm {:#04x}",
                                 static_cast<unsigned>(key->front())));
  }
  TRY(VerifierKey out,
      make(std::string(text.substr(0, name_end)), row->type, Bytes(key->begin() + 1, key->end())));
  if (to_hex(out.id_) != id) {
    return malformed("a verifier key whose id is not that of its name and key");
  }
  return out;
}

std::string VerifierKey::to_string() const {
  Bytes typed{static_cast<std::byte>(type_)};
  typed.insert(typed.end(), key_.begin(), key_.end());
  return fmt::format("{}+{}+{}", name_, to_hex(id_),
                     to_base64(typed, Base64::kStandard, Padding::kRequired));
}

Result<NoteSigner> NoteSigner::make(std::string name, crypto::Ed25519PrivateKey key) {
  const auto& public_key = key.public_key();
  TRY(VerifierKey verifier_key, VerifierKey::make(std::move(name), SignatureType::kEd25519,
                                                  Bytes(public_key.begin(), public_key.end())));
  return NoteSigner(std::move(verifier_key), std::move(key));
}

Result<std::string> NoteSigner::sign(std::string_view text) const {
  TRY(const crypto::Ed25519Signature signature, key_.sign(as_bytes(text)));
  Bytes blob(verifier_key_.id().begin(), verifier_key_.id().end());
  blob.insert(blob.end(), signature.begin(), signature.end());
  return fmt::format("{}{} {}\n", kDash, verifier_key_.name(),
                     to_base64(blob, Base64::kStandard, Padding::kRequired));
}

Result<NoteSignature> Note::parse_signature(std::string_view line) {
  if (line.ends_with('\n')) {
    line.remove_suffix(1);
  }
  if (line.size() > kMaxSignatureLine || !line.starts_with(kDash) ||
      line.find('\n') != std::string_view::npos) {
    return malformed("a signature line does not begin with a dash and a space");
  }
  NoteSignature out;
  out.line = std::string(line) + "\n";
  line.remove_prefix(kDash.size());
  const size_t space = line.find(' ');
  if (space == std::string_view::npos || !is_key_name(line.substr(0, space))) {
    return malformed("a signature line without the name of a key");
  }
  out.name = line.substr(0, space);
  const auto blob = from_base64(line.substr(space + 1), Base64::kStandard, Padding::kRequired);
  if (!blob || blob->size() <= out.id.size()) {
    return malformed("a signature line without a signature in base64");
  }
  std::copy_n(blob->begin(), out.id.size(), out.id.begin());
  out.signature.assign(blob->begin() + static_cast<std::ptrdiff_t>(out.id.size()), blob->end());
  return out;
}

Result<Note> Note::parse(std::string_view bytes) {
  if (bytes.size() > kMaxNote) {
    return malformed("a note of more than 1 MiB");
  }
  if (!is_utf8(bytes) || std::ranges::any_of(bytes, [](char c) {
        return static_cast<unsigned char>(c) < ' ' && c != '\n';
      })) {
    return malformed("a note that is no plain text");
  }
  // The signatures follow the last empty line.
  const size_t gap = bytes.rfind("\n\n");
  if (gap == std::string_view::npos || !bytes.ends_with('\n')) {
    return malformed("a note without signatures");
  }
  Note out;
  out.text = bytes.substr(0, gap + 1);
  std::string_view rest = bytes.substr(gap + 2);
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    TRY(NoteSignature signature, parse_signature(rest.substr(0, end)));
    if (out.signatures.size() == kMaxSignatures) {
      return malformed("a note with more than 100 signatures");
    }
    out.signatures.push_back(std::move(signature));
    rest.remove_prefix(end + 1);
  }
  if (out.signatures.empty()) {
    return malformed("a note without signatures");
  }
  return out;
}

std::string Note::to_string() const {
  std::string out = text + "\n";
  for (const NoteSignature& signature : signatures) {
    out += signature.line;
  }
  return out;
}

bool is_signed_by(const Note& note, const VerifierKey& key) {
  crypto::Ed25519PublicKey public_key{};
  if (key.type() != SignatureType::kEd25519) {
    return false;
  }
  std::ranges::copy(key.key(), public_key.begin());
  return std::ranges::any_of(note.signatures, [&](const NoteSignature& one) {
    crypto::Ed25519Signature signature{};
    if (one.name != key.name() || one.id != key.id() || one.signature.size() != signature.size()) {
      return false;
    }
    std::ranges::copy(one.signature, signature.begin());
    return crypto::ed25519_verify(public_key, as_bytes(note.text), signature);
  });
}

}  // namespace sally::tlog
