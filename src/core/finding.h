// Finding: something an inspector saw. Says what and where, never the content.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sally {

enum class Direction : uint8_t { kRequest, kResponse };
enum class Severity : uint8_t { kInfo, kLow, kMedium, kHigh, kCritical };

struct Finding {
  std::string inspector;  // `secrets`
  std::string rule;       // `openai-api-key`, `canary:finance-prompt`
  Severity severity = Severity::kInfo;
  Direction direction = Direction::kRequest;
  std::string place;    // where the text stood: `messages[1].content`, `choices[0].delta.content`
  uint64_t offset = 0;  // bytes into that text (for a stream: into the whole text so far)
  uint32_t length = 0;
};
using Findings = std::vector<Finding>;

std::string_view name_of(Severity severity);
std::string_view name_of(Direction direction);

}  // namespace sally
