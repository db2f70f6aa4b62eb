#include "content/attack/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "content/model_file.h"

namespace sally::content::attack {
namespace {

using model_file::checksum_of;
using model_file::put;
using model_file::take;

constexpr std::string_view kMagic = "SALLYATT";
constexpr std::string_view kWhat = "the attack model";
constexpr size_t kHeaderOctets =
    8 + kLanes + sizeof(Heads<float>) + sizeof(Model::bias) + 4 + sizeof(Model::thresholds);
constexpr float kMostLogit = 1e4F;

Error corrupt(std::string_view what) {
  return Error(ErrorKind::kCorrupt, fmt::format("{} {}", kWhat, what));
}

bool is_number(float value) {
  return std::abs(value) <= kMostLogit;
}

}  // namespace

Heads<float> Model::logits(const Sums& from, const Sums& to, size_t size) const {
  const float factor = 1 / std::sqrt(static_cast<float>(to.count - from.count) + kPrior);
  Heads<float> out;
  for (size_t head = 0; head < kHeads; ++head) {
    const auto sum = static_cast<int32_t>(to.weights[head] - from.weights[head]);
    out[head] = static_cast<float>(sum) * unit[head] * factor + bias[size][head];
  }
  return out;
}

float Model::combined(const Heads<float>& logits) const {
  const float any = logits[static_cast<size_t>(Head::kAny)];
  const float most = *std::max_element(logits.begin() + 1, logits.end());
  return share_of_any * any + (1 - share_of_any) * most;
}

std::string Model::serialise() const {
  return model_file::sealed(kMagic, kVersion, body());
}

uint32_t Model::checksum() const {
  return checksum_of(body());
}

std::string Model::body() const {
  std::string checked;
  put(checked, row_bits);
  put(checked, vocabulary.bits());
  put(checked, unit);
  put(checked, unknown);
  put(checked, bias);
  put(checked, share_of_any);
  put(checked, thresholds);
  for (const KnownWord& word : vocabulary.places()) {
    put(checked, word);
  }
  for (const Row& row : rows) {
    put(checked, row);
  }
  return checked;
}

Result<Model> Model::parse(std::string_view file) {
  TRY(std::string_view data, model_file::opened(file, kMagic, kVersion, kWhat));
  if (data.size() < kHeaderOctets) {
    return corrupt("is cut off");
  }
  Model out;
  out.row_bits = take<uint32_t>(data);
  const auto word_bits = take<uint32_t>(data);
  out.unit = take<Heads<float>>(data);
  out.unknown = take<decltype(out.unknown)>(data);
  out.bias = take<decltype(out.bias)>(data);
  out.share_of_any = take<float>(data);
  out.thresholds = take<decltype(out.thresholds)>(data);
  if (out.row_bits < kMinRowBits || out.row_bits > kMaxRowBits ||
      word_bits < Vocabulary::kMinBits || word_bits > Vocabulary::kMaxBits) {
    return corrupt("has a table of a size that there is not");
  }
  const auto is_share = [](float value) { return value >= 0 && value <= 1; };
  if (!std::ranges::all_of(out.unit, is_number) ||
      !std::ranges::all_of(
          out.bias, [](const auto& heads) { return std::ranges::all_of(heads, is_number); }) ||
      !is_share(out.share_of_any) || !std::ranges::all_of(out.thresholds, [&](const auto& rising) {
        return std::ranges::all_of(rising, is_share) && std::ranges::is_sorted(rising);
      })) {
    return corrupt("has a unit, a bias or a threshold that cannot be");
  }
  const size_t words = size_t{1} << word_bits;
  const size_t count = size_t{1} << out.row_bits;
  if (data.size() != words * sizeof(KnownWord) + count * sizeof(Row)) {
    return corrupt("has not as many weights as it says");
  }
  std::vector<KnownWord> places(words);
  std::memcpy(places.data(), data.data(), words * sizeof(KnownWord));
  data.remove_prefix(words * sizeof(KnownWord));
  if (!Vocabulary::from_places(places, out.vocabulary)) {
    return corrupt("has words that cannot be");
  }
  out.rows.resize(count);
  std::memcpy(out.rows.data(), data.data(), data.size());
  return out;
}

}  // namespace sally::content::attack
