// A stream of any length, sealed chunk by chunk, so that what was cut off, exchanged, repeated or
// altered is noticed at the chunk where it happened, and nothing unverified is given out.
//
//   header   96 bytes: magic, a fresh data key sealed under the recipient's key, zeros
//   chunk    AES-256-GCM of 65,536 bytes; the last one of 1 to 65,536, or of 0 in an empty stream
//   nonce    a counter of 11 bytes, big-endian, and one byte: 1 in the last chunk, 0 before
//
// The header is the associated data of every chunk. This is the STREAM construction (Hoang,
// Reyhanitabar, Rogaway, Vizar: Online Authenticated-Encryption and its Nonce-Reuse Misuse-
// Resistance, 2015) as age uses it.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/aead.h"

namespace sally::crypto {

inline constexpr size_t kSealedStreamHeader = 96;
inline constexpr size_t kSealedStreamChunk = 65'536;

class SealedStreamWriter {
 public:
  using Sink = std::function<Result<>(ByteView)>;

  // Begins a stream for who has `recipient`, a key of 32 bytes. Writes the header to `sink`, which
  // outlives the writer.
  static Result<SealedStreamWriter> begin(const Secret& recipient, Random& random, Sink sink);

  Result<> write(ByteView bytes);
  // Ends the stream. Without it a reader finds the stream cut off. The last call.
  Result<> finish();

 private:
  SealedStreamWriter(Aead aead, Bytes header, Sink sink)
      : aead_(std::move(aead)), header_(std::move(header)), sink_(std::move(sink)) {}
  Result<> put(ByteView chunk, bool last);

  Aead aead_;
  Bytes header_;
  Sink sink_;
  uint64_t counter_ = 0;
  std::string waiting_;  // less than a chunk, or one that may be the last
};

class SealedStreamReader {
 public:
  // Fills what it is given; gives how much there was: less only at the end.
  using Source = std::function<Result<size_t>(MutableBytes)>;

  // kCorrupt where it is no such stream, or not for who has `recipient`. Hostile input.
  static Result<SealedStreamReader> open(const Secret& recipient, Source source);

  // The next bytes, verified, at most `into`; 0 at the end of a whole stream. kCorrupt where it was
  // altered or cut off.
  Result<size_t> read(MutableBytes into);

 private:
  SealedStreamReader(Aead aead, Bytes header, Source source)
      : aead_(std::move(aead)), header_(std::move(header)), source_(std::move(source)) {}
  Result<> next_chunk();

  Aead aead_;
  Bytes header_;
  Source source_;
  uint64_t counter_ = 0;
  std::optional<std::byte> ahead_;  // the first byte behind the last chunk that was read
  bool over_ = false;
  Secret chunk_;
  size_t used_ = 0;
};

}  // namespace sally::crypto
