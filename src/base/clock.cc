#include "base/clock.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>

namespace sally {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hh_mm_ss;
using std::chrono::year_month_day;

WallTime SystemClock::now() const {
  return std::chrono::time_point_cast<Micros>(std::chrono::system_clock::now());
}
MonoTime SystemClock::monotonic() const {
  return std::chrono::steady_clock::now();
}

namespace {
void put(char* out, unsigned value, int digits) {
  for (int i = digits - 1; i >= 0; --i) {
    out[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

// Digits of `text` at [at, at+count) as a number, or -1.
int digits_at(std::string_view text, size_t at, size_t count) {
  int value = 0;
  for (size_t i = at; i < at + count; ++i) {
    if (i >= text.size() || text[i] < '0' || text[i] > '9') {
      return -1;
    }
    value = value * 10 + (text[i] - '0');
  }
  return value;
}
}  // namespace

void format_time(WallTime time, char* out) {
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{floor<Millis>(time - day)};
  put(out, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  out[4] = '-';
  put(out + 5, static_cast<unsigned>(date.month()), 2);
  out[7] = '-';
  put(out + 8, static_cast<unsigned>(date.day()), 2);
  out[10] = 'T';
  put(out + 11, static_cast<unsigned>(clock.hours().count()), 2);
  out[13] = ':';
  put(out + 14, static_cast<unsigned>(clock.minutes().count()), 2);
  out[16] = ':';
  put(out + 17, static_cast<unsigned>(clock.seconds().count()), 2);
  out[19] = '.';
  put(out + 20, static_cast<unsigned>(clock.subseconds().count()), 3);
  out[23] = 'Z';
}

std::string format_time(WallTime time) {
  std::string out(24, '\0');
  format_time(time, out.data());
  return out;
}

Result<WallTime> parse_time(std::string_view text) {
  const auto bad = [&] {
    return Error(ErrorKind::kInvalidInput, "`" + std::string(text.substr(0, 40)) + "` is no time",
                 "write it as 2026-11-20T10:04:11Z");
  };
  const int year = digits_at(text, 0, 4);
  const int month = digits_at(text, 5, 2);
  const int day = digits_at(text, 8, 2);
  const int hour = digits_at(text, 11, 2);
  const int minute = digits_at(text, 14, 2);
  const int second = digits_at(text, 17, 2);
  if (text.size() < 20 || text.size() > 27 || text.back() != 'Z' || text[4] != '-' ||
      text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':' || year < 0 ||
      month < 0 || day < 0 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
      second > 59) {
    return bad();
  }
  int64_t micros = 0;
  if (text.size() > 20) {
    const size_t count = text.size() - 21;
    if (text[19] != '.' || count == 0) {
      return bad();
    }
    micros = digits_at(text, 20, count);
    if (micros < 0) {
      return bad();
    }
    for (size_t i = count; i < 6; ++i) {
      micros *= 10;
    }
  }
  const year_month_day date{std::chrono::year{year},
                            std::chrono::month{static_cast<unsigned>(month)},
                            std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) {
    return bad();
  }
  return WallTime{std::chrono::sys_days{date}} + std::chrono::hours{hour} +
         std::chrono::minutes{minute} + std::chrono::seconds{second} + Micros{micros};
}

namespace {
struct DurationUnit {
  std::string_view name;
  int64_t millis;
};
constexpr std::array<DurationUnit, 5> kUnits = {
    {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
}  // namespace

Result<Millis> parse_duration(std::string_view text) {
  int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit = text.substr(static_cast<size_t>(end - text.data()));
  for (const auto& row : kUnits) {
    if (error == std::errc{} && unit == row.name && count >= 0 &&
        count <= std::numeric_limits<int64_t>::max() / 1'000'000 / row.millis) {
      return Millis{count * row.millis};
    }
  }
  return Error(ErrorKind::kInvalidInput, "`" + std::string(text.substr(0, 40)) + "` is no duration",
               "write a number and a unit: 250ms, 10s, 5m, 1h, 30d");
}

std::string format_duration(Millis duration) {
  for (auto row = kUnits.rbegin(); row != kUnits.rend(); ++row) {
    if (duration.count() != 0 && duration.count() % row->millis == 0) {
      return std::to_string(duration.count() / row->millis) + std::string(row->name);
    }
  }
  return "0s";
}

}  // namespace sally
