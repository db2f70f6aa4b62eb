// A small log for tests: a folder of tiles, bundles and a checkpoint, written in the plainest way
// from nothing but the specification (the project's writer is another room).
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/encoding.h"
#include "base/secret.h"
#include "crypto/ed25519.h"
#include "verifier/checkpoint.h"
#include "verifier/merkle.h"
#include "verifier/note.h"
#include "verifier/tile.h"

namespace sally::verifier::test {

// A key of a log or a witness, with its private half.
struct Signer {
  crypto::Ed25519PrivateKey secret;
  VerifierKey key;

  static Signer make(std::string name, KeyType type, char seed) {
    auto secret = crypto::Ed25519PrivateKey::from_seed(Secret(std::string(32, seed)));
    auto key = VerifierKey::make(std::move(name), type, secret->public_key());
    return {std::move(*secret), std::move(*key)};
  }

  // A signature line over `text`, with its line feed.
  [[nodiscard]] std::string line(std::string_view text, uint64_t time = 0) const {
    const bool cosigns = key.type() == KeyType::kCosignature;
    const std::string message = cosigns ? cosigned_message(time, text) : std::string(text);
    const auto signature = secret.sign(as_bytes(message));
    Bytes bytes;
    for (int shift = 24; shift >= 0; shift -= 8) {
      bytes.push_back(static_cast<std::byte>(key.id() >> shift));
    }
    for (int shift = 56; cosigns && shift >= 0; shift -= 8) {
      bytes.push_back(static_cast<std::byte>(time >> shift));
    }
    bytes.insert(bytes.end(), signature->begin(), signature->end());
    return "\xe2\x80\x94 " + key.name() + " " +
           to_base64(bytes, Base64::kStandard, Padding::kRequired) + "\n";
  }
};

inline void write_file(const std::filesystem::path& path, std::string_view bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}
inline std::string read_text(const std::filesystem::path& path) {
  Bytes bytes;
  return read_file(path, size_t{64} << 20, bytes).ok() ? std::string(as_text(bytes)) : "unreadable";
}

class TestLog {
 public:
  TestLog() : TestLog('l') {}
  explicit TestLog(char seed) : signer(Signer::make("example.test/log", KeyType::kEd25519, seed)) {}

  void add(std::string entry) {
    leaves_.push_back(leaf_hash(as_bytes(entry)));
    entries_.push_back(std::move(entry));
  }
  void add_numbered(size_t count) {
    for (size_t i = 0; i < count; ++i) {
      add("{\"entry\":" + std::to_string(entries_.size()) + "}");
    }
  }
  [[nodiscard]] const std::vector<std::string>& entries() const { return entries_; }
  [[nodiscard]] const std::vector<Hash>& leaves() const { return leaves_; }
  [[nodiscard]] size_t size() const { return entries_.size(); }

  [[nodiscard]] Hash root(size_t begin, size_t end) const {
    return root_of(std::span(leaves_).subspan(begin, end - begin));
  }
  [[nodiscard]] std::string text(size_t size) const {
    return signer.key.name() + "\n" + std::to_string(size) + "\n" + show_hash(root(0, size)) + "\n";
  }
  [[nodiscard]] std::string checkpoint(size_t size) const {
    return text(size) + "\n" + signer.line(text(size));
  }

  // RFC 6962, 2.1.1 and 2.1.2, as they are written there.
  [[nodiscard]] std::vector<Hash> inclusion(size_t m, size_t begin, size_t end) const {
    if (end - begin <= 1) {
      return {};
    }
    const size_t k = split(end - begin);
    std::vector<Hash> out;
    if (m < k) {
      out = inclusion(m, begin, begin + k);
      out.push_back(root(begin + k, end));
    } else {
      out = inclusion(m - k, begin + k, end);
      out.push_back(root(begin, begin + k));
    }
    return out;
  }
  [[nodiscard]] std::vector<Hash> consistency(size_t m, size_t n) const {
    return m == 0 || m > n ? std::vector<Hash>{} : subproof(m, 0, n, true);
  }

  // Tiles, bundles and the checkpoint of a log of the first `size` entries.
  void write(const std::filesystem::path& folder, size_t size) const {
    std::vector<Hash> level(leaves_.begin(), leaves_.begin() + static_cast<ptrdiff_t>(size));
    for (int number = 0; !level.empty(); ++number) {
      std::vector<Hash> above;
      for (size_t at = 0; at < level.size(); at += kTileWidth) {
        const size_t width = std::min<size_t>(kTileWidth, level.size() - at);
        std::string tile;
        std::string bundle;
        for (size_t i = at; i < at + width; ++i) {
          tile += as_text(level[i]);
          if (number == 0) {
            bundle += static_cast<char>(entries_[i].size() >> 8);
            bundle += static_cast<char>(entries_[i].size() & 0xff);
            bundle += entries_[i];
          }
        }
        const uint64_t index = at / kTileWidth;
        write_file(folder / tile_path(number, index, static_cast<unsigned>(width)), tile);
        if (number == 0) {
          write_file(folder / tile_path(kBundles, index, static_cast<unsigned>(width)), bundle);
        }
        if (width == kTileWidth) {
          above.push_back(root_of(std::span(level).subspan(at, width)));
        }
      }
      level = std::move(above);
    }
    write_file(folder / "checkpoint", checkpoint(size));
  }

  Signer signer;

 private:
  static size_t split(size_t n) { return std::bit_floor(n - 1); }
  [[nodiscard]] std::vector<Hash> subproof(size_t m, size_t begin, size_t end, bool whole) const {
    const size_t n = end - begin;
    if (m == n) {
      return whole ? std::vector<Hash>{} : std::vector<Hash>{root(begin, end)};
    }
    const size_t k = split(n);
    std::vector<Hash> out;
    if (m <= k) {
      out = subproof(m, begin, begin + k, whole);
      out.push_back(root(begin + k, end));
    } else {
      out = subproof(m - k, begin + k, end, false);
      out.push_back(root(begin, begin + k));
    }
    return out;
  }
  std::vector<std::string> entries_;
  std::vector<Hash> leaves_;
};

}  // namespace sally::verifier::test
