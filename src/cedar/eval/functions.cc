#include "cedar/eval/functions.h"

#include <memory>

namespace sally::cedar {
namespace {

using Kind = ValueKind;

bool wants(const Cell& cell, Kind kind, EvalError& error) {
  if (cell.kind != kind) [[unlikely]] {
    error = {.kind = EvalErrorKind::kType, .found = cell.kind, .expected = name_of(kind)};
    return false;
  }
  return true;
}

template <typename T>
bool parsed(Function function, const Cell& text, const Parsed<T>& value, EvalError& error) {
  if (!value.ok()) {
    error = {.kind = EvalErrorKind::kConstructor,
             .function = function,
             .expected = value.problem(),
             .name = text.as_text()};
  }
  return value.ok();
}

bool construct(Function function, const Cell& text, Arena& arena, Cell& out, EvalError& error) {
  if (!wants(text, Kind::kString, error)) {
    return false;
  }
  if (function == Function::kDecimal) {
    const auto value = Decimal::parse(text.as_text());
    if (!parsed(function, text, value, error)) {
      return false;
    }
    out = Cell::of_number(Kind::kDecimal, (*value).ten_thousandths);
  } else if (function == Function::kDatetime) {
    const auto value = Datetime::parse(text.as_text());
    if (!parsed(function, text, value, error)) {
      return false;
    }
    out = Cell::of_number(Kind::kDatetime, (*value).milliseconds);
  } else if (function == Function::kDuration) {
    const auto value = Duration::parse(text.as_text());
    if (!parsed(function, text, value, error)) {
      return false;
    }
    out = Cell::of_number(Kind::kDuration, (*value).milliseconds);
  } else {
    const auto value = IpRange::parse(text.as_text());
    if (!parsed(function, text, value, error)) {
      return false;
    }
    auto* ip = arena.allocate<IpRange>(1);
    if (ip == nullptr) {
      error = {.kind = EvalErrorKind::kMemory};
      return false;
    }
    out = Cell::of_ip(std::construct_at(ip, *value));
  }
  return true;
}

bool compare_decimals(Function function, const Cell& a, const Cell& b) {
  if (function == Function::kLessThan) {
    return a.number < b.number;
  }
  if (function == Function::kLessThanOrEqual) {
    return a.number <= b.number;
  }
  return function == Function::kGreaterThan ? a.number > b.number : a.number >= b.number;
}

bool in_range(Function function, Kind kind, bool ok, int64_t number, Cell& out, EvalError& error) {
  if (!ok) [[unlikely]] {
    error = {.kind = EvalErrorKind::kCallRange, .function = function};
    return false;
  }
  out = Cell::of_number(kind, number);
  return true;
}

// What a method is called on, and what it takes besides.
struct Signature {
  Kind receiver;
  Kind argument;  // of those with two
};
Signature signature_of(Function function) {
  switch (function) {
    case Function::kDecimal:
    case Function::kIp:
    case Function::kDatetime:
    case Function::kDuration:
      return {Kind::kString, Kind::kString};
    case Function::kLessThan:
    case Function::kLessThanOrEqual:
    case Function::kGreaterThan:
    case Function::kGreaterThanOrEqual:
      return {Kind::kDecimal, Kind::kDecimal};
    case Function::kIsIpv4:
    case Function::kIsIpv6:
    case Function::kIsLoopback:
    case Function::kIsMulticast:
    case Function::kIsInRange:
      return {Kind::kIp, Kind::kIp};
    case Function::kOffset:
      return {Kind::kDatetime, Kind::kDuration};
    case Function::kDurationSince:
    case Function::kToDate:
    case Function::kToTime:
      return {Kind::kDatetime, Kind::kDatetime};
    case Function::kToMilliseconds:
    case Function::kToSeconds:
    case Function::kToMinutes:
    case Function::kToHours:
    case Function::kToDays:
      return {Kind::kDuration, Kind::kDuration};
  }
  return {Kind::kString, Kind::kString};
}

}  // namespace

bool is_constructor(Function function) {
  return function == Function::kDecimal || function == Function::kIp ||
         function == Function::kDatetime || function == Function::kDuration;
}

bool gives_extension_value(Function function) {
  return is_constructor(function) || function == Function::kOffset ||
         function == Function::kDurationSince || function == Function::kToDate ||
         function == Function::kToTime;
}

bool call(Function function, std::span<const Cell> arguments, Arena& arena, Cell& out,
          EvalError& error) {
  if (arguments.size() != row_of(function).arity) {
    error = {.kind = EvalErrorKind::kArity,
             .function = function,
             .left = static_cast<int64_t>(arguments.size())};
    return false;
  }
  const Signature signature = signature_of(function);
  const Cell& a = arguments[0];
  if (!wants(a, signature.receiver, error) ||
      (arguments.size() == 2 && !wants(arguments[1], signature.argument, error))) {
    return false;
  }
  const auto number = [&](int64_t value) {
    out = Cell::of_number(Kind::kLong, value);
    return true;
  };
  const auto truth = [&](bool value) {
    out = Cell::of_bool(value);
    return true;
  };
  const bool timed = signature.receiver == Kind::kDatetime || signature.receiver == Kind::kDuration;
  const Duration span{timed ? a.number : 0};
  const Datetime instant{span.milliseconds};
  switch (function) {
    case Function::kDecimal:
    case Function::kIp:
    case Function::kDatetime:
    case Function::kDuration:
      return construct(function, a, arena, out, error);
    case Function::kLessThan:
    case Function::kLessThanOrEqual:
    case Function::kGreaterThan:
    case Function::kGreaterThanOrEqual:
      return truth(compare_decimals(function, a, arguments[1]));
    case Function::kIsIpv4:
      return truth(a.ip->is_v4());
    case Function::kIsIpv6:
      return truth(!a.ip->is_v4());
    case Function::kIsLoopback:
      return truth(a.ip->is_loopback());
    case Function::kIsMulticast:
      return truth(a.ip->is_multicast());
    case Function::kIsInRange:
      return truth(a.ip->is_in_range(*arguments[1].ip));
    case Function::kOffset: {
      const auto moved = instant.offset({arguments[1].number});
      return in_range(function, Kind::kDatetime, moved.has_value(),
                      moved.value_or(Datetime{}).milliseconds, out, error);
    }
    case Function::kDurationSince: {
      const auto since = instant.since({arguments[1].number});
      return in_range(function, Kind::kDuration, since.has_value(),
                      since.value_or(Duration{}).milliseconds, out, error);
    }
    case Function::kToDate: {
      const auto date = instant.to_date();
      return in_range(function, Kind::kDatetime, date.has_value(),
                      date.value_or(Datetime{}).milliseconds, out, error);
    }
    case Function::kToTime:
      out = Cell::of_number(Kind::kDuration, instant.to_time().milliseconds);
      return true;
    case Function::kToMilliseconds:
      return number(span.milliseconds);
    case Function::kToSeconds:
      return number(span.to_seconds());
    case Function::kToMinutes:
      return number(span.to_minutes());
    case Function::kToHours:
      return number(span.to_hours());
    case Function::kToDays:
      return number(span.to_days());
  }
  return false;
}

}  // namespace sally::cedar
