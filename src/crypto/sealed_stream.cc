#include "crypto/sealed_stream.h"

#include <algorithm>
#include <string_view>

namespace sally::crypto {
namespace {

constexpr std::string_view kMagic = "SALLYBK1";
constexpr size_t kSealedKey = kAeadNonceSize + kAeadKeySize + kAeadTagSize;
constexpr size_t kSealedChunk = kSealedStreamChunk + kAeadTagSize;
static_assert(kMagic.size() + kSealedKey <= kSealedStreamHeader);

AeadNonce nonce_of(uint64_t counter, bool last) {
  AeadNonce out{};
  for (size_t i = 0; i < 8; ++i) {
    out[10 - i] = static_cast<std::byte>(counter >> (8 * i));
  }
  out.back() = static_cast<std::byte>(last ? 1 : 0);
  return out;
}

}  // namespace

Result<SealedStreamWriter> SealedStreamWriter::begin(const Secret& recipient, Random& random,
                                                     Sink sink) {
  std::array<std::byte, kAeadKeySize> fresh;
  random.fill(fresh);
  const Secret key(as_text(fresh));
  wipe(fresh);
  TRY(const Aead seal, Aead::make(recipient));
  TRY(const Bytes sealed, seal.seal(as_bytes(key.reveal()), as_bytes(kMagic), random));
  TRY(Aead aead, Aead::make(key));
  Bytes header(kSealedStreamHeader);
  std::ranges::copy(as_bytes(kMagic), header.begin());
  std::ranges::copy(sealed, header.begin() + kMagic.size());
  TRY_OK(sink(header));
  return SealedStreamWriter(std::move(aead), std::move(header), std::move(sink));
}

Result<> SealedStreamWriter::put(ByteView chunk, bool last) {
  TRY(const Bytes sealed, aead_.seal(chunk, header_, nonce_of(counter_++, last)));
  return sink_(sealed);
}

Result<> SealedStreamWriter::write(ByteView bytes) {
  while (!bytes.empty()) {
    // A full chunk waits until it is known not to be the last.
    if (waiting_.size() == kSealedStreamChunk) {
      TRY_OK(put(as_bytes(waiting_), false));
      waiting_.clear();
    }
    const size_t part = std::min(bytes.size(), kSealedStreamChunk - waiting_.size());
    waiting_.append(as_text(bytes.first(part)));
    bytes = bytes.subspan(part);
  }
  return ok();
}

Result<> SealedStreamWriter::finish() {
  TRY_OK(put(as_bytes(waiting_), true));
  wipe(std::as_writable_bytes(std::span(waiting_)));
  waiting_.clear();
  return ok();
}

Result<SealedStreamReader> SealedStreamReader::open(const Secret& recipient, Source source) {
  Bytes header(kSealedStreamHeader);
  TRY(const size_t got, source(header));
  if (got != header.size() || !as_text(header).starts_with(kMagic)) {
    return Error(ErrorKind::kCorrupt, "this is no sealed stream");
  }
  TRY(const Aead seal, Aead::make(recipient));
  auto key = seal.open(ByteView(header).subspan(kMagic.size(), kSealedKey), as_bytes(kMagic));
  if (!key) {
    return Error(ErrorKind::kCorrupt, "the stream was sealed under another key, or was altered");
  }
  TRY(Aead aead, Aead::make(*key));
  return SealedStreamReader(std::move(aead), std::move(header), std::move(source));
}

Result<> SealedStreamReader::next_chunk() {
  Bytes sealed(kSealedChunk + 1);  // one more tells whether it is the last
  size_t have = 0;
  if (ahead_) {
    sealed[have++] = *ahead_;
  }
  TRY(const size_t got, source_(MutableBytes(sealed).subspan(have)));
  have += got;
  const bool last = have < sealed.size();
  ahead_ = last ? std::nullopt : std::optional(sealed.back());
  sealed.resize(std::min(have, kSealedChunk));
  auto opened = aead_.open(sealed, header_, nonce_of(counter_, last));
  // An empty last chunk behind others would be a second form of the same stream.
  if (!opened || (opened->empty() && counter_ > 0)) {
    return Error(ErrorKind::kCorrupt, "the stream was altered or cut off",
                 "use another copy; nothing behind this place can be believed");
  }
  ++counter_;
  chunk_ = *std::move(opened);
  used_ = 0;
  over_ = last;
  return ok();
}

Result<size_t> SealedStreamReader::read(MutableBytes into) {
  size_t done = 0;
  while (done < into.size()) {
    if (used_ == chunk_.size()) {
      if (over_) {
        break;
      }
      TRY_OK(next_chunk());
      continue;
    }
    const ByteView rest = as_bytes(chunk_.reveal()).subspan(used_);
    const size_t part = std::min(rest.size(), into.size() - done);
    std::copy_n(rest.begin(), part, into.begin() + static_cast<std::ptrdiff_t>(done));
    used_ += part;
    done += part;
  }
  return done;
}

}  // namespace sally::crypto
