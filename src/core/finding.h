// Finding: something an inspector saw. Says what and where, never the content.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sally {

enum class Direction : uint8_t { kRequest, kResponse };
enum class Severity : uint8_t { kInfo, kLow, kMedium, kHigh, kCritical };

// What became of what was found before it went on.
enum class Handling : uint8_t {
  kSeen,      // nothing: it goes on as it is
  kReplaced,  // something else stands in its place
};

// What is to become of an exchange in which something was found.
enum class Ruling : uint8_t {
  kBySeverity,  // what `inspection` of the configuration says of its severity
  kAnnotate,    // it goes on
  kRefuse,      // it ends
};

struct Finding {
  std::string inspector;  // `secrets`
  std::string rule;       // `openai-api-key`, `canary:finance-prompt`
  Severity severity = Severity::kInfo;
  Direction direction = Direction::kRequest;
  std::string place;    // where the text stood: `messages[1].content`, `choices[0].delta.content`
  uint64_t offset = 0;  // bytes into that text (for a stream: into the whole text so far)
  uint32_t length = 0;
  uint8_t confidence = 100;  // in percent
  std::string model{};       // that found it, with its version; empty: rules did
  Handling handling = Handling::kSeen;
  Ruling ruling = Ruling::kBySeverity;  // not recorded: it led to what is
};
using Findings = std::vector<Finding>;

std::string_view name_of(Severity severity);
std::string_view name_of(Direction direction);
std::string_view name_of(Handling handling);

}  // namespace sally
