#include "content/names/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "content/model_file.h"
#include "content/names/features.h"

namespace sally::content::names {
namespace {

using model_file::put;
using model_file::take;

static_assert(Model::kMaxWeight * kMaxFeatures <= INT16_MAX);

constexpr std::string_view kMagic = "SALLYNER";
constexpr std::string_view kWhat = "the model file";

Error corrupt(std::string_view what) {
  return Error(ErrorKind::kCorrupt, fmt::format("{} {}", kWhat, what));
}

struct Header {
  uint32_t row_bits;
  uint32_t gazetteer_bits;
  uint32_t weight_octets;
  int32_t outside_bias;
  float unit;
  Transitions<int16_t> transitions;
  std::array<uint16_t, Model::kCodes> magnitudes;
};
constexpr size_t kHeaderOctets = 5 * 4 + 64 * 2 + Model::kCodes * 2;

Result<Header> header_of(std::string_view& data) {
  if (data.size() < kHeaderOctets) {
    return corrupt("is cut off");
  }
  Header out{};
  out.row_bits = take<uint32_t>(data);
  out.gazetteer_bits = take<uint32_t>(data);
  out.weight_octets = take<uint32_t>(data);
  out.outside_bias = take<int32_t>(data);
  out.unit = take<float>(data);
  out.transitions = take<Transitions<int16_t>>(data);
  out.magnitudes = take<std::array<uint16_t, Model::kCodes>>(data);
  if (out.row_bits < Model::kMinRowBits || out.row_bits > Model::kMaxRowBits) {
    return corrupt("has a table of a size that there is not");
  }
  if (std::abs(int64_t{out.outside_bias}) > INT16_MAX || !(out.unit > 0) || !(out.unit < 1e6F)) {
    return corrupt("has a bias or a unit that cannot be");
  }
  uint16_t last = 0;
  for (const uint16_t magnitude : out.magnitudes) {
    if (magnitude <= last || magnitude > Model::kMaxWeight) {
      return corrupt("has magnitudes that do not rise");
    }
    last = magnitude;
  }
  return out;
}

Result<std::vector<Model::Row>> rows_of(const Header& header, std::string_view data) {
  const size_t count = size_t{1} << header.row_bits;
  if (data.size() < count) {
    return corrupt("is cut off in its weights");
  }
  const std::string_view masks = data.substr(0, count);
  data.remove_prefix(count);
  std::array<int16_t, 256> weight_of{};
  for (size_t i = 0; i < Model::kCodes; ++i) {
    weight_of[i + 1] = static_cast<int16_t>(header.magnitudes[i]);
    weight_of[i + 129] = static_cast<int16_t>(-header.magnitudes[i]);
  }
  std::vector<Model::Row> rows(count);
  size_t at = 0;
  for (size_t i = 0; i < count; ++i) {
    auto mask = static_cast<uint8_t>(masks[i]);
    if (data.size() - at < static_cast<size_t>(std::popcount(mask))) {
      return corrupt("is cut off in its weights");
    }
    for (; mask != 0; mask = static_cast<uint8_t>(mask & (mask - 1))) {
      const auto code = static_cast<uint8_t>(data[at++]);
      rows[i][static_cast<size_t>(std::countr_zero(mask))] = weight_of[code];
    }
  }
  if (at != data.size()) {
    return corrupt("has more weights than rows");
  }
  return rows;
}

}  // namespace

std::array<uint16_t, Model::kCodes> rising_magnitudes() {
  std::array<uint16_t, Model::kCodes> out{};
  double value = 0;
  for (uint16_t& magnitude : out) {
    value = std::max(value + 1, value * 1.0322);
    magnitude = static_cast<uint16_t>(std::min<double>(value, Model::kMaxWeight));
  }
  return out;
}

std::string Model::serialise() const {
  std::string weights;
  std::string codes;
  for (const Row& row : rows) {
    uint32_t mask = 0;
    for (size_t label = 0; label < kLabels; ++label) {
      if (row[label] == 0) {
        continue;
      }
      mask |= 1U << label;
      const auto found = std::ranges::lower_bound(magnitudes, std::abs(int{row[label]}));
      codes += static_cast<char>(found - magnitudes.begin() + (row[label] < 0 ? 129 : 1));
    }
    weights += static_cast<char>(mask);
  }
  weights += codes;
  std::string checked;
  put(checked, row_bits);
  put(checked, gazetteer.bits());
  put(checked, static_cast<uint32_t>(weights.size()));
  put(checked, outside_bias);
  put(checked, unit);
  put(checked, transitions);
  put(checked, magnitudes);
  checked += weights;
  checked += gazetteer.serialise();
  return model_file::sealed(kMagic, kVersion, checked);
}

Result<Model> Model::parse(std::string_view file) {
  TRY(std::string_view data, model_file::opened(file, kMagic, kVersion, kWhat));
  TRY(const Header header, header_of(data));
  if (data.size() < header.weight_octets) {
    return corrupt("is cut off in its weights");
  }
  Model out;
  out.row_bits = header.row_bits;
  out.outside_bias = header.outside_bias;
  out.unit = header.unit;
  out.transitions = header.transitions;
  out.magnitudes = header.magnitudes;
  TRY(out.rows, rows_of(header, data.substr(0, header.weight_octets)));
  TRY(out.gazetteer, Gazetteer::parse(header.gazetteer_bits, data.substr(header.weight_octets)));
  return out;
}

}  // namespace sally::content::names
