#include "content/attack/model.h"

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
constexpr size_t kChecked = kMagic.size() + 8;  // where what the checksum covers begins
constexpr size_t kHeaderOctets = 4 + 2 * sizeof(Heads<float>) + 4;
constexpr float kMostLogit = 1e4F;

Error corrupt(std::string_view what) {
  return Error(ErrorKind::kCorrupt, std::string("the attack model ") + std::string(what));
}

bool is_number(float value) {
  return std::abs(value) <= kMostLogit;
}

}  // namespace

Heads<float> Model::logits(const Sums& from, const Sums& to) const {
  const float factor = 1 / std::sqrt(static_cast<float>(to.count - from.count) + kPrior);
  Heads<float> out;
  for (size_t head = 0; head < kHeads; ++head) {
    const auto sum = static_cast<int32_t>(to.weights[head] - from.weights[head]);
    out[head] = static_cast<float>(sum) * unit[head] * factor + bias[head];
  }
  return out;
}

float Model::combined(const Heads<float>& logits) const {
  const float any = logits[static_cast<size_t>(Head::kAny)];
  const float most = *std::max_element(logits.begin() + 1, logits.end());
  return share_of_any * any + (1 - share_of_any) * most;
}

std::string Model::serialise() const {
  const std::string checked = body();
  std::string out(kMagic);
  put(out, kVersion);
  put(out, checksum_of(checked));
  return out + checked;
}

uint32_t Model::checksum() const {
  return checksum_of(body());
}

std::string Model::body() const {
  std::string checked;
  put(checked, row_bits);
  put(checked, unit);
  put(checked, bias);
  put(checked, share_of_any);
  for (const Row& row : rows) {
    put(checked, row);
  }
  return checked;
}

Result<Model> Model::parse(std::string_view file) {
  if (!file.starts_with(kMagic) || file.size() < kChecked) {
    return corrupt("is none");
  }
  std::string_view data = file.substr(kMagic.size());
  if (take<uint32_t>(data) != kVersion) {
    return corrupt("is of a version that is not known");
  }
  if (take<uint32_t>(data) != checksum_of(data)) {
    return corrupt("does not match its checksum");
  }
  if (data.size() < kHeaderOctets) {
    return corrupt("is cut off");
  }
  Model out;
  out.row_bits = take<uint32_t>(data);
  out.unit = take<Heads<float>>(data);
  out.bias = take<Heads<float>>(data);
  out.share_of_any = take<float>(data);
  if (out.row_bits < kMinRowBits || out.row_bits > kMaxRowBits) {
    return corrupt("has a table of a size that there is not");
  }
  if (!std::ranges::all_of(out.unit, is_number) || !std::ranges::all_of(out.bias, is_number) ||
      !(out.share_of_any >= 0 && out.share_of_any <= 1)) {
    return corrupt("has a unit or a bias that cannot be");
  }
  const size_t count = size_t{1} << out.row_bits;
  if (data.size() != count * sizeof(Row)) {
    return corrupt("has not as many weights as it says");
  }
  out.rows.resize(count);
  std::memcpy(out.rows.data(), data.data(), data.size());
  return out;
}

}  // namespace sally::content::attack
