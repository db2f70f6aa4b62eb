// Model: the weights that AttackDetector works with, and the file they are kept in.
//
// The file (all numbers little-endian):
//   8 octets    `SALLYATT`
//   u32         version, 1
//   u32         checksum of everything behind it
//   u32         row_bits: there are 2^row_bits rows
//   4 x f32     a weight's unit, for each head
//   4 x f32     what is added for each head
//   f32         how much of each score comes from the head for any attack, 0 to 1
//   rows        for each row 4 x i8: the weight for each head
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sally::content::attack {

// What is asked of a text; a weight for each.
enum class Head : uint8_t { kAny, kInjection, kJailbreak, kExtraction };
constexpr size_t kHeads = 4;

template <typename T>
using Heads = std::array<T, kHeads>;

// A sum of weights of features, for each head, and how many features there were. Sums wrap: the
// difference of two is right where the features between are fewer than 2^23.
struct Sums {
  Heads<uint32_t> weights{};
  uint32_t count = 0;
};

struct Model {
  static constexpr uint32_t kVersion = 1;
  static constexpr uint32_t kMinRowBits = 4;
  static constexpr uint32_t kMaxRowBits = 20;
  // Added to the count of features, so that a few words prove little.
  static constexpr float kPrior = 64;
  using Row = Heads<int8_t>;

  uint32_t row_bits = kMinRowBits;
  Heads<float> unit{1, 1, 1, 1};
  Heads<float> bias{};
  float share_of_any = 0;
  std::vector<Row> rows;

  // The logit of each head for the features that `to` holds and `from` does not.
  [[nodiscard]] Heads<float> logits(const Sums& from, const Sums& to) const;
  // The logit of the whole for those of the heads.
  [[nodiscard]] float combined(const Heads<float>& logits) const;

  [[nodiscard]] std::string serialise() const;
  // That of the file.
  [[nodiscard]] uint32_t checksum() const;
  // kCorrupt, saying what, for anything that serialise did not write.
  static Result<Model> parse(std::string_view file);

 private:
  // The file behind its checksum.
  [[nodiscard]] std::string body() const;
};

// The model that is part of the program.
[[nodiscard]] std::string_view embedded_model();

}  // namespace sally::content::attack
