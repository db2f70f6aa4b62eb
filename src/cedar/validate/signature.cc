#include "cedar/validate/signature.h"

#include <array>
#include <vector>

#include "cedar/extension/datetime.h"
#include "cedar/extension/decimal.h"
#include "cedar/extension/duration.h"
#include "cedar/extension/ip.h"

namespace sally::cedar {
namespace {

struct Row {
  Function function;
  std::vector<Type> parameters;
  Type result;
};

// In the order of Function.
const std::vector<Row>& rows() {
  static const std::vector<Row> kRows = [] {
    const Type boolean = Type::boolean();
    const Type integer = Type::integer();
    const Type text = Type::string();
    const Type decimal = Type::extension(ExtensionType::kDecimal);
    const Type ip = Type::extension(ExtensionType::kIp);
    const Type datetime = Type::extension(ExtensionType::kDatetime);
    const Type duration = Type::extension(ExtensionType::kDuration);
    return std::vector<Row>{
        {Function::kDecimal, {text}, decimal},
        {Function::kIp, {text}, ip},
        {Function::kDatetime, {text}, datetime},
        {Function::kDuration, {text}, duration},
        {Function::kLessThan, {decimal, decimal}, boolean},
        {Function::kLessThanOrEqual, {decimal, decimal}, boolean},
        {Function::kGreaterThan, {decimal, decimal}, boolean},
        {Function::kGreaterThanOrEqual, {decimal, decimal}, boolean},
        {Function::kIsIpv4, {ip}, boolean},
        {Function::kIsIpv6, {ip}, boolean},
        {Function::kIsLoopback, {ip}, boolean},
        {Function::kIsMulticast, {ip}, boolean},
        {Function::kIsInRange, {ip, ip}, boolean},
        {Function::kOffset, {datetime, duration}, datetime},
        {Function::kDurationSince, {datetime, datetime}, duration},
        {Function::kToDate, {datetime}, datetime},
        {Function::kToTime, {datetime}, duration},
        {Function::kToMilliseconds, {duration}, integer},
        {Function::kToSeconds, {duration}, integer},
        {Function::kToMinutes, {duration}, integer},
        {Function::kToHours, {duration}, integer},
        {Function::kToDays, {duration}, integer},
    };
  }();
  return kRows;
}

}  // namespace

Signature signature_of(Function function) {
  const Row& row = rows().at(static_cast<size_t>(function));
  return {row.parameters, row.result};
}

std::string_view problem_of_argument(Function constructor, std::string_view text) {
  if (constructor == Function::kDecimal) {
    return Decimal::parse(text).problem();
  }
  if (constructor == Function::kIp) {
    return IpRange::parse(text).problem();
  }
  if (constructor == Function::kDatetime) {
    return Datetime::parse(text).problem();
  }
  return constructor == Function::kDuration ? Duration::parse(text).problem() : std::string_view();
}

}  // namespace sally::cedar
