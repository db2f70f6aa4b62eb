// See hash.cc for why the low-level interface: its state is a plain struct, so that the two states
// after the key block can be kept and copied.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/hmac.h"

#include <openssl/sha.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace sally::crypto {
namespace {

constexpr size_t kBlock = 64;
constexpr std::byte kInnerPad{0x36};
constexpr std::byte kOuterPad{0x5c};

template <typename T>
void wipe_object(T& object) {
  wipe(std::as_writable_bytes(std::span(&object, 1)));
}

// The hash state after one block of the key mixed with `pad`.
SHA256_CTX absorb(const std::array<std::byte, kBlock>& key, std::byte pad) {
  std::array<std::byte, kBlock> block;
  std::transform(key.begin(), key.end(), block.begin(), [pad](std::byte b) { return b ^ pad; });
  SHA256_CTX state;
  SHA256_Init(&state);
  SHA256_Update(&state, block.data(), block.size());
  wipe(block);
  return state;
}

struct Pads {
  SHA256_CTX inner;
  SHA256_CTX outer;
};

Pads pads_of(ByteView key) {
  std::array<std::byte, kBlock> padded{};
  if (key.size() > kBlock) {
    Sha256Digest digest = sha256(key);
    std::copy(digest.begin(), digest.end(), padded.begin());
    wipe(digest);
  } else {
    std::copy(key.begin(), key.end(), padded.begin());
  }
  const Pads out{absorb(padded, kInnerPad), absorb(padded, kOuterPad)};
  wipe(padded);
  return out;
}

}  // namespace

struct HmacKey::State {
  Pads pads;
};

void HmacKey::Wipe::operator()(State* state) const {
  wipe_object(*state);
  delete state;
}

HmacKey::HmacKey(const Secret& key) : state_(new State{pads_of(as_bytes(key.reveal()))}) {}

HmacStream HmacKey::begin() const {
  using Hash = HmacStream::Hash;
  static_assert(sizeof(Hash) == sizeof(SHA256_CTX));
  return HmacStream(std::bit_cast<Hash>(state_->pads.inner),
                    std::bit_cast<Hash>(state_->pads.outer));
}

HmacStream::HmacStream(ByteView key) {
  Pads pads = pads_of(key);
  std::memcpy(&inner_, &pads.inner, sizeof inner_);
  std::memcpy(&outer_, &pads.outer, sizeof outer_);
  wipe_object(pads);
}

HmacStream::~HmacStream() {
  wipe_object(inner_);
  wipe_object(outer_);
}

void HmacStream::update(ByteView piece) {
  SHA256_CTX state;
  std::memcpy(&state, &inner_, sizeof state);
  SHA256_Update(&state, piece.data(), piece.size());
  std::memcpy(&inner_, &state, sizeof state);
}

Sha256Digest HmacStream::finish() {
  Sha256Digest digest;
  SHA256_CTX state;
  std::memcpy(&state, &inner_, sizeof state);
  SHA256_Final(as_u8(MutableBytes(digest)), &state);
  std::memcpy(&state, &outer_, sizeof state);
  SHA256_Update(&state, digest.data(), digest.size());
  SHA256_Final(as_u8(MutableBytes(digest)), &state);
  wipe_object(state);
  return digest;
}

Sha256Digest HmacKey::sign(ByteView message) const {
  SHA256_CTX work = state_->pads.inner;
  Sha256Digest digest;
  SHA256_Update(&work, message.data(), message.size());
  SHA256_Final(as_u8(MutableBytes(digest)), &work);
  work = state_->pads.outer;
  SHA256_Update(&work, digest.data(), digest.size());
  SHA256_Final(as_u8(MutableBytes(digest)), &work);
  wipe_object(work);
  return digest;
}

}  // namespace sally::crypto
