#include "cedar/syntax/functions.h"

#include <array>

namespace sally::cedar {
namespace {

constexpr bool kMethod = true;
constexpr bool kConstructor = false;

constexpr std::array kFunctions{
    FunctionRow{Function::kDecimal, "decimal", kConstructor, 1},
    FunctionRow{Function::kIp, "ip", kConstructor, 1},
    FunctionRow{Function::kDatetime, "datetime", kConstructor, 1},
    FunctionRow{Function::kDuration, "duration", kConstructor, 1},
    FunctionRow{Function::kLessThan, "lessThan", kMethod, 2},
    FunctionRow{Function::kLessThanOrEqual, "lessThanOrEqual", kMethod, 2},
    FunctionRow{Function::kGreaterThan, "greaterThan", kMethod, 2},
    FunctionRow{Function::kGreaterThanOrEqual, "greaterThanOrEqual", kMethod, 2},
    FunctionRow{Function::kIsIpv4, "isIpv4", kMethod, 1},
    FunctionRow{Function::kIsIpv6, "isIpv6", kMethod, 1},
    FunctionRow{Function::kIsLoopback, "isLoopback", kMethod, 1},
    FunctionRow{Function::kIsMulticast, "isMulticast", kMethod, 1},
    FunctionRow{Function::kIsInRange, "isInRange", kMethod, 2},
    FunctionRow{Function::kOffset, "offset", kMethod, 2},
    FunctionRow{Function::kDurationSince, "durationSince", kMethod, 2},
    FunctionRow{Function::kToDate, "toDate", kMethod, 1},
    FunctionRow{Function::kToTime, "toTime", kMethod, 1},
    FunctionRow{Function::kToMilliseconds, "toMilliseconds", kMethod, 1},
    FunctionRow{Function::kToSeconds, "toSeconds", kMethod, 1},
    FunctionRow{Function::kToMinutes, "toMinutes", kMethod, 1},
    FunctionRow{Function::kToHours, "toHours", kMethod, 1},
    FunctionRow{Function::kToDays, "toDays", kMethod, 1},
};

constexpr bool in_order() {
  for (size_t i = 0; i < kFunctions.size(); ++i) {
    if (kFunctions.at(i).function != Function(i)) {
      return false;
    }
  }
  return true;
}
static_assert(in_order());

}  // namespace

std::span<const FunctionRow> function_table() {
  return kFunctions;
}

const FunctionRow& row_of(Function function) {
  return kFunctions.at(static_cast<size_t>(function));
}

std::optional<Function> find_function(std::string_view name) {
  for (const auto& row : kFunctions) {
    if (row.name == name) {
      return row.function;
    }
  }
  return std::nullopt;
}

}  // namespace sally::cedar
