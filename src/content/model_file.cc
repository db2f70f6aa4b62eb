#include "content/model_file.h"

#include <fmt/format.h>

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

std::string sealed(std::string_view magic, uint32_t version, std::string_view checked) {
  std::string out(magic);
  put(out, version);
  put(out, checksum_of(checked));
  return out.append(checked);
}

Result<std::string_view> opened(std::string_view file, std::string_view magic, uint32_t version,
                                std::string_view what) {
  const auto corrupt = [what](std::string_view how) {
    return Error(ErrorKind::kCorrupt, fmt::format("{} {}", what, how));
  };
  if (!file.starts_with(magic) || file.size() < magic.size() + 2 * sizeof(uint32_t)) {
    return corrupt("is none");
  }
  file.remove_prefix(magic.size());
  if (take<uint32_t>(file) != version) {
    return corrupt("is of a version that is not known");
  }
  if (take<uint32_t>(file) != checksum_of(file)) {
    return corrupt("does not match its checksum");
  }
  return file;
}

}  // namespace sally::content::model_file
