#include "cedar/extension/datetime.h"

#include <fmt/format.h>

#include <chrono>

#include "cedar/extension/digits.h"

namespace sally::cedar {
namespace {

constexpr int64_t kSecond = 1000;
constexpr int64_t kMinute = 60 * kSecond;
constexpr int64_t kHour = 60 * kMinute;
constexpr int64_t kDay = 24 * kHour;

// Reads fields of a fixed width; once something did not fit, `ok` stays false.
struct Fields {
  std::string_view rest;
  bool ok = true;

  int64_t number(size_t width) {
    std::string_view field = rest.substr(0, width);
    const std::string_view digits = take_digits(field);
    if (digits.size() != width) {
      ok = false;
      return 0;
    }
    rest.remove_prefix(width);
    return static_cast<int64_t>(digits_value(digits).value());
  }
  void expect(char c) {
    ok = ok && rest.starts_with(c);
    rest.remove_prefix(ok ? 1 : 0);
  }
};

// Never negative.
constexpr int64_t time_of_day(int64_t milliseconds) {
  const int64_t rest = milliseconds % kDay;
  return rest < 0 ? rest + kDay : rest;
}

constexpr std::chrono::year_month_day calendar(int64_t year, int64_t month, int64_t day) {
  return {std::chrono::year(static_cast<int>(year)),
          std::chrono::month(static_cast<unsigned>(month)),
          std::chrono::day(static_cast<unsigned>(day))};
}

constexpr int64_t start_of(std::chrono::year_month_day date) {
  return std::chrono::sys_days(date).time_since_epoch().count() * kDay;
}

// The instants that can be written.
constexpr int64_t kFirst = start_of(calendar(0, 1, 1));
constexpr int64_t kLast = start_of(calendar(9999, 12, 31)) + kDay - 1;

}  // namespace

Parsed<Datetime> Datetime::parse(std::string_view text) {
  using Out = Parsed<Datetime>;
  constexpr std::string_view kMalformed =
      "expected `YYYY-MM-DD` or `YYYY-MM-DDThh:mm:ss[.SSS]` with `Z` or an offset `+hhmm`";
  Fields fields{text};
  const int64_t year = fields.number(4);
  fields.expect('-');
  const int64_t month = fields.number(2);
  fields.expect('-');
  const int64_t day = fields.number(2);
  if (!fields.ok) {
    return Out::failed(kMalformed);
  }
  const auto date = calendar(year, month, day);
  if (fields.rest.empty()) {
    return date.ok() ? Out(Datetime{start_of(date)}) : Out::failed("no such day");
  }

  fields.expect('T');
  const int64_t hour = fields.number(2);
  fields.expect(':');
  const int64_t minute = fields.number(2);
  fields.expect(':');
  const int64_t second = fields.number(2);
  int64_t millisecond = 0;
  if (fields.rest.starts_with('.')) {
    fields.expect('.');
    millisecond = fields.number(3);
  }
  int64_t offset_hour = 0;
  int64_t offset_minute = 0;
  const bool east = fields.rest.starts_with('+');
  if (east || fields.rest.starts_with('-')) {
    fields.rest.remove_prefix(1);
    offset_hour = fields.number(2);
    offset_minute = fields.number(2);
  } else {
    fields.expect('Z');
  }
  if (!fields.ok || !fields.rest.empty()) {
    return Out::failed(kMalformed);
  }
  if (!date.ok()) {
    return Out::failed("no such day");
  }
  if (hour > 23 || minute > 59 || second > 59) {
    return Out::failed("no such time of day");
  }
  if (offset_hour > 23 || offset_minute > 59) {
    return Out::failed("no such offset from UTC");
  }
  const int64_t offset = offset_hour * kHour + offset_minute * kMinute;
  return Datetime{start_of(date) + hour * kHour + minute * kMinute + second * kSecond +
                  millisecond + (east ? -offset : offset)};
}

bool Datetime::has_text() const {
  return milliseconds >= kFirst && milliseconds <= kLast;
}

std::string Datetime::to_string() const {
  if (!has_text()) {
    return fmt::format("{} ms", milliseconds);
  }
  const int64_t time = time_of_day(milliseconds);
  const std::chrono::year_month_day date{
      std::chrono::sys_days(std::chrono::days((milliseconds - time) / kDay))};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time / kHour, time % kHour / kMinute, time % kMinute / kSecond,
                     time % kSecond);
}

std::optional<Datetime> Datetime::offset(Duration by) const {
  Datetime out;
  return __builtin_add_overflow(milliseconds, by.milliseconds, &out.milliseconds)
             ? std::nullopt
             : std::optional(out);
}

std::optional<Duration> Datetime::since(Datetime earlier) const {
  Duration out;
  return __builtin_sub_overflow(milliseconds, earlier.milliseconds, &out.milliseconds)
             ? std::nullopt
             : std::optional(out);
}

std::optional<Datetime> Datetime::to_date() const {
  Datetime out;
  return __builtin_sub_overflow(milliseconds, time_of_day(milliseconds), &out.milliseconds)
             ? std::nullopt
             : std::optional(out);
}

Duration Datetime::to_time() const {
  return {time_of_day(milliseconds)};
}

}  // namespace sally::cedar
