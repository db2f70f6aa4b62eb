#include "crypto/envelope.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/encoding.h"
#include "base/text.h"

namespace sally::crypto {
namespace {

constexpr size_t kMostName = 32;

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kMostName && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

// What the root key's seal is bound to: the version in the line cannot be exchanged for another.
std::string bound_to(std::string_view name, uint32_t version) {
  return fmt::format("sallyport key-encryption key 1\n{}\n{}\n", name, version);
}

// The same for a data key. The length in front keeps name and context apart.
std::string bound_to(std::string_view name, uint32_t version, ByteView context) {
  std::string out = fmt::format("sallyport data key 1\n{}\n{}\n", name, version);
  out.append(as_text(context));
  return out;
}

Secret fresh_key(Random& random) {
  std::array<std::byte, kDataKeySize> bytes;
  random.fill(bytes);
  Secret out(as_text(bytes));
  wipe(bytes);
  return out;
}

Error malformed(size_t line) {
  return Error(ErrorKind::kCorrupt, fmt::format("line {} of the key ring is none of ours", line),
               "restore it from a backup: what it protects cannot be read without it");
}

}  // namespace

Result<> KeyRing::add(uint32_t version, Secret key) {
  TRY(Aead aead, Aead::make(key));
  versions_.emplace(version, Version{std::move(key), std::move(aead)});
  return ok();
}

Result<KeyRing> KeyRing::make(std::string_view name, Random& random) {
  if (!is_name(name)) {
    return Error(ErrorKind::kUsage, fmt::format("`{}` cannot name a key ring", printable(name)));
  }
  KeyRing ring{std::string(name)};
  TRY_OK(ring.add(1, fresh_key(random)));
  return ring;
}

Result<KeyRing> KeyRing::open(std::string_view name, const Secret& root, std::string_view text) {
  if (text.size() > kMostText) {
    return Error(ErrorKind::kCorrupt, "the key ring is too large to be one");
  }
  TRY(const Aead seal, Aead::make(root));
  KeyRing ring{std::string(name)};
  for (size_t line = 1; !text.empty(); ++line) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos || ring.versions_.size() == kMostVersions) {
      return malformed(line);
    }
    std::string_view rest = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (!rest.starts_with(name) || rest.substr(name.size(), 1) != " ") {
      return malformed(line);
    }
    rest.remove_prefix(name.size() + 1);
    uint32_t version = 0;
    const auto [after, failed] = std::from_chars(rest.data(), rest.data() + rest.size(), version);
    const std::string digits = std::to_string(version);
    if (failed != std::errc() || version == 0 || !rest.starts_with(digits + " ") ||
        (!ring.versions_.empty() && version <= ring.newest())) {
      return malformed(line);
    }
    rest.remove_prefix(digits.size() + 1);
    const auto sealed = from_base64(rest, Base64::kStandard, Padding::kRequired);
    if (!sealed || sealed->size() != kSealedKeySize) {
      return malformed(line);
    }
    auto key = seal.open(*sealed, as_bytes(bound_to(name, version)));
    if (!key) {
      return key.error().in(fmt::format("version {} of key ring `{}`", version, printable(name)));
    }
    TRY_OK(ring.add(version, *std::move(key)));
  }
  if (ring.versions_.empty()) {
    return Error(ErrorKind::kCorrupt, "the key ring is empty",
                 "restore it from a backup: what it protects cannot be read without it");
  }
  return ring;
}

Result<std::string> KeyRing::to_text(const Secret& root, Random& random) const {
  TRY(const Aead seal, Aead::make(root));
  std::string out;
  for (const auto& [version, one] : versions_) {
    TRY(const Bytes sealed,
        seal.seal(as_bytes(one.key.reveal()), as_bytes(bound_to(name_, version)), random));
    out += fmt::format("{} {} {}\n", name_, version,
                       to_base64(sealed, Base64::kStandard, Padding::kRequired));
  }
  return out;
}

Result<WrappedKey> KeyRing::wrap(const Secret& plain, ByteView context, Random& random) const {
  const auto& [version, newest] = *versions_.rbegin();
  TRY(const Bytes sealed, newest.aead.seal(as_bytes(plain.reveal()),
                                           as_bytes(bound_to(name_, version, context)), random));
  SALLY_CHECK(sealed.size() == kSealedKeySize);
  WrappedKey out{.version = version};
  std::ranges::copy(sealed, out.sealed.begin());
  return out;
}

Result<DataKey> KeyRing::make_data_key(ByteView context, Random& random) const {
  DataKey out{.plain = fresh_key(random), .wrapped = {}};
  TRY(out.wrapped, wrap(out.plain, context, random));
  return out;
}

Result<Secret> KeyRing::unwrap(const WrappedKey& key, ByteView context) const {
  const auto found = versions_.find(key.version);
  if (found == versions_.end()) {
    return Error(ErrorKind::kNotFound,
                 fmt::format("key ring `{}` has no version {}", name_, key.version),
                 "it was retired, or the key ring is older than the data");
  }
  return found->second.aead.open(key.sealed, as_bytes(bound_to(name_, key.version, context)));
}

Result<WrappedKey> KeyRing::rewrap(const WrappedKey& key, ByteView context, Random& random) const {
  TRY(const Secret plain, unwrap(key, context));
  return wrap(plain, context, random);
}

Result<uint32_t> KeyRing::rotate(Random& random) {
  if (versions_.size() == kMostVersions) {
    return Error(ErrorKind::kTooMany, fmt::format("key ring `{}` is full", name_),
                 "retire its old versions");
  }
  const uint32_t version = newest() + 1;
  TRY_OK(add(version, fresh_key(random)));
  return version;
}

void KeyRing::retire_old() {
  versions_.erase(versions_.begin(), std::prev(versions_.end()));
}

}  // namespace sally::crypto
