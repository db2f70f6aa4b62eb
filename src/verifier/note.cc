#include "verifier/note.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/hash.h"

namespace sally::verifier {
namespace {

constexpr std::string_view kDash = "\xe2\x80\x94 ";  // U+2014 and a space
constexpr size_t kIdBytes = 4;
constexpr size_t kTimeBytes = 8;

struct Algorithm {
  KeyType type;
  size_t signature_bytes;  // without the key's id
};
constexpr Algorithm kAlgorithms[] = {
    {KeyType::kEd25519, std::tuple_size_v<crypto::Ed25519Signature>},
    {KeyType::kCosignature, kTimeBytes + std::tuple_size_v<crypto::Ed25519Signature>},
};

const Algorithm* algorithm_of(uint8_t type) {
  const auto* const row = std::ranges::find_if(
      kAlgorithms, [type](const Algorithm& one) { return static_cast<uint8_t>(one.type) == type; });
  return row == std::end(kAlgorithms) ? nullptr : row;
}

// The characters of Unicode's White_Space beyond ASCII, in UTF-8.
constexpr std::string_view kWideSpaces[] = {
    "\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81",
    "\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86",
    "\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8",
    "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"};

bool is_key_name(std::string_view name) {
  const auto plain = [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != '+' && c != 0x7f;
  };
  return !name.empty() && name.size() <= kMaxKeyName && std::ranges::all_of(name, plain) &&
         is_utf8(name) && std::ranges::none_of(kWideSpaces, [name](std::string_view space) {
           return name.find(space) != std::string_view::npos;
         });
}

uint32_t read_id(ByteView bytes) {
  uint32_t id = 0;
  for (const std::byte octet : bytes.first(kIdBytes)) {
    id = (id << 8) | std::to_integer<uint32_t>(octet);
  }
  return id;
}

uint32_t id_of(std::string_view name, KeyType type, const crypto::Ed25519PublicKey& key) {
  std::string input(name);
  input += '\n';
  input += static_cast<char>(type);
  input += as_text(key);
  return read_id(crypto::sha256(as_bytes(input)));
}

Error malformed(std::string_view what) {
  return Error(ErrorKind::kInvalidInput, std::string(what));
}

}  // namespace

Result<SignatureLine> parse_signature_line(std::string_view line) {
  if (!line.starts_with(kDash)) {
    return malformed("a signature line begins with an em dash and a space");
  }
  line.remove_prefix(kDash.size());
  const size_t space = line.find(' ');
  if (space == std::string_view::npos || !is_key_name(line.substr(0, space))) {
    return malformed("a signature line without the name of a key");
  }
  const auto bytes = from_base64(line.substr(space + 1), Base64::kStandard, Padding::kRequired);
  if (!bytes || bytes->size() <= kIdBytes) {
    return malformed("a signature that is no base64 of an id and a signature");
  }
  return SignatureLine{.name = std::string(line.substr(0, space)),
                       .id = read_id(*bytes),
                       .signature = Bytes(bytes->begin() + kIdBytes, bytes->end())};
}

Result<VerifierKey> VerifierKey::parse(std::string_view vkey) {
  const auto refuse = [vkey](std::string_view what) {
    return Error(ErrorKind::kInvalidInput,
                 fmt::format("`{}` is no verifier key: {}", printable(vkey), what),
                 "one looks like `example.com/log+33d7b496+AeHTu4Q3hEIM...`");
  };
  const size_t first = vkey.find('+');
  const size_t second = first == std::string_view::npos ? first : vkey.find('+', first + 1);
  if (second == std::string_view::npos) {
    return refuse("expected a name, an id and a key with `+` between them");
  }
  const std::string_view name = vkey.substr(0, first);
  const std::string_view id = vkey.substr(first + 1, second - first - 1);
  if (!is_key_name(name)) {
    return refuse("its name is empty, too long, or has a space in it");
  }
  const auto id_bytes = from_hex(id);
  if (!id_bytes || id_bytes->size() != kIdBytes) {
    return refuse("its id is not 8 hexadecimal digits");
  }
  const auto material = from_base64(vkey.substr(second + 1), Base64::kStandard, Padding::kRequired);
  if (!material || material->empty()) {
    return refuse("its key is no base64");
  }
  const auto type = std::to_integer<uint8_t>(material->front());
  if (algorithm_of(type) == nullptr) {
    return refuse(fmt::format("type {} is not known", type));
  }
  crypto::Ed25519PublicKey key;
  if (material->size() != 1 + key.size()) {
    return refuse("its key has the wrong length");
  }
  std::copy(material->begin() + 1, material->end(), key.begin());
  const uint32_t computed = id_of(name, static_cast<KeyType>(type), key);
  if (computed != read_id(*id_bytes)) {
    return refuse(fmt::format("its id does not fit: expected {:08x}", computed));
  }
  return VerifierKey(std::string(name), static_cast<KeyType>(type), computed, key);
}

Result<VerifierKey> VerifierKey::make(std::string name, KeyType type,
                                      const crypto::Ed25519PublicKey& key) {
  if (!is_key_name(name)) {
    return Error(ErrorKind::kInvalidInput, fmt::format("`{}` cannot name a key", printable(name)),
                 "no spaces, no `+`, at most 255 bytes");
  }
  const uint32_t id = id_of(name, type, key);
  return VerifierKey(std::move(name), type, id, key);
}

std::string VerifierKey::vkey() const {
  Bytes material{static_cast<std::byte>(type_)};
  material.insert(material.end(), key_.begin(), key_.end());
  return fmt::format("{}+{:08x}+{}", name_, id_,
                     to_base64(material, Base64::kStandard, Padding::kRequired));
}

bool VerifierKey::verifies(std::string_view text, const SignatureLine& line, uint64_t* time) const {
  const Algorithm* const algorithm = algorithm_of(static_cast<uint8_t>(type_));
  ByteView bytes = line.signature;
  if (!names(line) || algorithm == nullptr || bytes.size() != algorithm->signature_bytes) {
    return false;
  }
  std::string cosigned;
  uint64_t seconds = 0;
  if (type_ == KeyType::kCosignature) {
    for (const std::byte octet : bytes.first(kTimeBytes)) {
      seconds = (seconds << 8) | std::to_integer<uint64_t>(octet);
    }
    if (seconds > INT64_MAX) {
      return false;
    }
    bytes = bytes.subspan(kTimeBytes);
    cosigned = cosigned_message(seconds, text);
    text = cosigned;
  }
  crypto::Ed25519Signature signature;
  std::ranges::copy(bytes, signature.begin());
  if (!crypto::ed25519_verify(key_, as_bytes(text), signature)) {
    return false;
  }
  if (time != nullptr) {
    *time = seconds;
  }
  return true;
}

std::string cosigned_message(uint64_t time, std::string_view text) {
  return fmt::format("cosignature/v1\ntime {}\n{}", time, text);
}

Result<SignedNote> SignedNote::parse(std::string_view note) {
  if (note.size() > kMaxNote) {
    return malformed("a note of more than 256 KiB");
  }
  const auto fine = [](char c) { return c == '\n' || static_cast<unsigned char>(c) >= 0x20; };
  if (!std::ranges::all_of(note, fine) || !is_utf8(note)) {
    return malformed("a note is UTF-8 without control characters");
  }
  const size_t gap = note.rfind("\n\n");
  if (gap == std::string_view::npos) {
    return malformed("a note has an empty line before its signatures");
  }
  std::string_view rest = note.substr(gap + 2);
  if (rest.empty() || rest.back() != '\n') {
    return malformed("a note ends in a signature line with its line feed");
  }
  std::vector<SignatureLine> signatures;
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    if (signatures.size() == kMaxSignatures) {
      return malformed("a note of more than 64 signatures");
    }
    TRY(SignatureLine line, parse_signature_line(rest.substr(0, end)));
    signatures.push_back(std::move(line));
    rest.remove_prefix(end + 1);
  }
  return SignedNote(std::string(note.substr(0, gap + 1)), std::move(signatures));
}

Signed SignedNote::signed_by(const VerifierKey& key, uint64_t* time) const {
  Signed out = Signed::kNo;
  uint64_t latest = 0;
  for (const SignatureLine& line : signatures_) {
    if (!key.names(line)) {
      continue;
    }
    uint64_t at = 0;
    if (!key.verifies(text_, line, &at)) {
      return Signed::kBad;
    }
    latest = std::max(latest, at);
    out = Signed::kGood;
  }
  if (out == Signed::kGood && time != nullptr) {
    *time = latest;
  }
  return out;
}

}  // namespace sally::verifier
