// Model: the weights that AttackDetector works with, and the file they are kept in.
//
// The file (all numbers little-endian):
//   8 octets    `SALLYATT`
//   u32         version, 3
//   u32         checksum of everything behind it
//   u32         row_bits: there are 2^row_bits rows
//   u32         word_bits: there are 2^word_bits places for words
//   5 x f32     a weight's unit, for each head
//   8 x i8      the row of all features that have none
//   6 x 5 x f32 what is added, for each length of windows and each head
//   f32         how much of each score comes from the head for any attack, 0 to 1
//   4 x 5 x f32 the scores that 5, 2, 1, 0.5 and 0.1 % of benign texts reach, for each Voice
//   places      for each 24 octets: u32 key, 8 x i16 sums of weights, u8 their count, u8 meaning,
//               u8 whether it is a pair, u8 0
//   rows        for each 5 x i8: the weight for each head; u8 0; u16: of which feature they are
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "content/attack/vocabulary.h"
#include "content/attack/windows.h"

namespace sally::content::attack {

// What is asked of a text; a weight for each.
enum class Head : uint8_t { kAny, kInjection, kJailbreak, kExtraction, kExfiltration };
constexpr size_t kHeads = 5;

// Who says a text, as far as scores of benign texts differ by it.
enum class Voice : uint8_t {
  kAny,       // all of them together
  kUser,      // who calls
  kSystem,    // system prompts
  kDocument,  // documents, tools
};
constexpr size_t kVoices = 4;

template <typename T>
using Heads = std::array<T, kHeads>;

// A sum of weights of features, for each head, and how many features there were. Sums wrap: the
// difference of two is right where the features between are fewer than 2^23.
struct Sums {
  std::array<uint32_t, kLanes> weights{};
  uint32_t count = 0;
};

struct Row {
  std::array<int8_t, kHeads> weights{};
  uint8_t unused = 0;
  uint16_t check = 0;  // the lowest bits of the hash of the feature that it is of
  bool operator==(const Row&) const = default;
};
static_assert(sizeof(Row) == 8);

struct Model {
  static constexpr uint32_t kVersion = 3;
  static constexpr uint32_t kMinRowBits = 4;
  static constexpr uint32_t kMaxRowBits = 20;
  // Added to the count of features, so that a few words prove little.
  static constexpr float kPrior = 64;
  // The parts of benign texts that `thresholds` are for.
  static constexpr auto kRates = std::to_array<double>({0.05, 0.02, 0.01, 0.005, 0.001});

  uint32_t row_bits = kMinRowBits;
  Heads<float> unit{1, 1, 1, 1, 1};
  std::array<Heads<float>, kSizes> bias{};
  float share_of_any = 0;
  std::array<int8_t, kLanes> unknown{};  // what any feature without a row weighs
  std::array<std::array<float, kRates.size()>, kVoices> thresholds{};
  Vocabulary vocabulary;
  std::vector<Row> rows;

  // The logit of each head for the features that `to` holds and `from` does not, in a window of
  // that size.
  [[nodiscard]] Heads<float> logits(const Sums& from, const Sums& to, size_t size) const;
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
