// The extension functions of Cedar 4.5: names and how they are called.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sally::cedar {

enum class Function : uint8_t {
  kDecimal,
  kIp,
  kDatetime,
  kDuration,
  kLessThan,
  kLessThanOrEqual,
  kGreaterThan,
  kGreaterThanOrEqual,
  kIsIpv4,
  kIsIpv6,
  kIsLoopback,
  kIsMulticast,
  kIsInRange,
  kOffset,
  kDurationSince,
  kToDate,
  kToTime,
  kToMilliseconds,
  kToSeconds,
  kToMinutes,
  kToHours,
  kToDays,
};

struct FunctionRow {
  Function function;
  std::string_view name;
  bool is_method;  // `x.name(...)`; else `name(...)`
  uint8_t arity;   // with the receiver
};

// In the order of Function.
[[nodiscard]] std::span<const FunctionRow> function_table();
[[nodiscard]] const FunctionRow& row_of(Function function);
[[nodiscard]] std::optional<Function> find_function(std::string_view name);

}  // namespace sally::cedar
