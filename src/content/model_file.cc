#include "content/model_file.h"

#include <array>

namespace sally::content::model_file {

uint32_t checksum_of(std::string_view data) {
  constexpr uint64_t kFactor = 0x9FB21C651E98DF25U;
  std::array<uint64_t, 4> lanes = {1, 2, 3, data.size()};
  const auto step = [](uint64_t lane, uint64_t word) {
    return std::rotl((lane ^ word) * kFactor, 31);
  };
  while (data.size() >= 32) {
    for (uint64_t& lane : lanes) {
      lane = step(lane, take<uint64_t>(data));
    }
  }
  for (const char c : data) {
    lanes[0] = step(lanes[0], static_cast<uint8_t>(c));
  }
  uint64_t sum = 0;
  for (const uint64_t lane : lanes) {
    sum = step(sum, lane);
  }
  return static_cast<uint32_t>(sum ^ sum >> 32);
}

}  // namespace sally::content::model_file
