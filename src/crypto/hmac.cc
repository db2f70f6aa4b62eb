// See hash.cc for why the low-level interface: its state is a plain struct, so that the two states
// after the key block can be kept and copied.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/hmac.h"

#include <openssl/sha.h>

#include <algorithm>

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

}  // namespace

struct HmacKey::State {
  SHA256_CTX inner;
  SHA256_CTX outer;
};

void HmacKey::Wipe::operator()(State* state) const {
  wipe_object(*state);
  delete state;
}

HmacKey::HmacKey(const Secret& key) : state_(new State) {
  std::array<std::byte, kBlock> padded{};
  const ByteView bytes = as_bytes(key.reveal());
  if (bytes.size() > kBlock) {
    Sha256Digest digest = sha256(bytes);
    std::copy(digest.begin(), digest.end(), padded.begin());
    wipe(digest);
  } else {
    std::copy(bytes.begin(), bytes.end(), padded.begin());
  }
  state_->inner = absorb(padded, kInnerPad);
  state_->outer = absorb(padded, kOuterPad);
  wipe(padded);
}

Sha256Digest HmacKey::sign(ByteView message) const {
  SHA256_CTX work = state_->inner;
  Sha256Digest digest;
  SHA256_Update(&work, message.data(), message.size());
  SHA256_Final(as_u8(MutableBytes(digest)), &work);
  work = state_->outer;
  SHA256_Update(&work, digest.data(), digest.size());
  SHA256_Final(as_u8(MutableBytes(digest)), &work);
  wipe_object(work);
  return digest;
}

}  // namespace sally::crypto
