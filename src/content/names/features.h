// What the tagger looks at: for each token the rows of the weight table that speak about it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "content/names/gazetteer.h"
#include "content/names/token.h"

namespace sally::content::names {

// How the letters of a piece of text lie.
enum class Case : uint8_t { kMixed, kLower, kUpper, kNone };

inline constexpr size_t kContext = 2;  // edge tokens before and behind
inline constexpr size_t kMaxFeatures = 48;
using FeatureRows = std::array<uint32_t, kMaxFeatures>;

// A piece of text, ready for features: kContext edges, its tokens with flags, kContext edges.
struct Piece {
  std::vector<Token> tokens;
  std::vector<uint8_t> is_candidate;  // of each token: whether it is worth a look
  Case letters = Case::kNone;

  // Reads the next piece of `text` from `from`; returns where the one after it begins.
  size_t read(std::string_view text, size_t from, const Gazetteer& gazetteer);
  [[nodiscard]] size_t first() const { return kContext; }
  [[nodiscard]] size_t end() const { return tokens.size() - kContext; }
};

// The rows, below 2^row_bits, of token `at` of `piece`; how many there are.
size_t features_of(const Piece& piece, size_t at, uint32_t row_bits, FeatureRows& rows);

}  // namespace sally::content::names
