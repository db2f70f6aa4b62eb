// Model: the weights and the gazetteer that NameTagger works with, and the file they are kept in.
//
// The file (all numbers little-endian):
//   8 octets   `SALLYNER`
//   u32        version, 1
//   u32        checksum of everything behind it
//   u32        row_bits: there are 2^row_bits rows
//   u32        bits of the gazetteer (gazetteer.h)
//   u32        octets of the weights
//   i32        bias against kOutside, in units of weights: the more, the more is found
//   f32        a weight's unit, for scores
//   64 x i16   weights of transitions, [from][to]
//   127 x u16  what the codes of weights stand for: magnitudes, rising
//   weights    for each row an octet with a bit for each label that has a weight, then for each row
//              and each such label one octet: the code, its highest bit the sign
//   gazetteer  to the end
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "content/names/gazetteer.h"
#include "content/names/labels.h"

namespace sally::content::names {

struct Model {
  static constexpr uint32_t kVersion = 1;
  static constexpr uint32_t kMinRowBits = 4;
  static constexpr uint32_t kMaxRowBits = 20;
  static constexpr size_t kCodes = 127;
  // No weight is larger, so that the sum of a token's weights fits an int16_t.
  static constexpr int16_t kMaxWeight = 680;
  using Row = std::array<int16_t, kLabels>;

  uint32_t row_bits = kMinRowBits;
  int32_t outside_bias = 0;
  float unit = 1;
  Transitions<int16_t> transitions{};
  std::array<uint16_t, kCodes> magnitudes{};
  std::vector<Row> rows;
  Gazetteer gazetteer;

  // Every weight must be 0 or of a magnitude that is listed.
  [[nodiscard]] std::string serialise() const;
  // kCorrupt, saying what, for anything that serialise did not write.
  static Result<Model> parse(std::string_view file);
};

// The magnitudes: 1, 2, 3, ..., then each about 1/31 more than the last; none over kMaxWeight.
[[nodiscard]] std::array<uint16_t, Model::kCodes> rising_magnitudes();

// The model that is part of the program.
[[nodiscard]] std::string_view embedded_model();

}  // namespace sally::content::names
