#include "base/clock.h"

#include <gtest/gtest.h>

#include <string>

#include "base/ids.h"

namespace sally {
namespace {

TEST(Time, IsWrittenAndReadInUtc) {
  const auto time = parse_time("2026-11-20T10:04:11.204Z");
  ASSERT_TRUE(time);
  EXPECT_EQ(format_time(*time), "2026-11-20T10:04:11.204Z");
  EXPECT_EQ(format_time(*parse_time("1970-01-01T00:00:00Z")), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(*parse_time("2024-02-29T00:00:00.5Z") - *parse_time("2024-02-29T00:00:00Z"),
            Millis{500});
}

TEST(Time, RefusesWhatIsNone) {
  for (const char* text : {"", "2026", "2026-11-20", "2026-11-20T10:04:11", "2026-13-20T10:04:11Z",
                           "2025-02-29T10:04:11Z", "2026-11-20T24:04:11Z", "2026-11-20T10:04:11.Z",
                           "2026-11-20T10:04:11+01:00", "2026-11-20 10:04:11Z",
                           "2026-11-20T10:04:11.1234567Z", "x026-11-20T10:04:11Z"}) {
    EXPECT_FALSE(parse_time(text)) << text;
  }
  const std::string whole = "2026-11-20T10:04:11.204Z";
  for (size_t cut = 0; cut < whole.size(); ++cut) {
    EXPECT_FALSE(parse_time(whole.substr(0, cut))) << cut;
  }
}

TEST(Duration, IsACountAndAUnit) {
  EXPECT_EQ(*parse_duration("250ms"), Millis{250});
  EXPECT_EQ(*parse_duration("10s"), Millis{10'000});
  EXPECT_EQ(*parse_duration("30d"), Millis{30LL * 86'400'000});
  EXPECT_EQ(format_duration(Millis{90'000}), "90s");
  EXPECT_EQ(format_duration(Millis{120'000}), "2m");
  for (const char* text : {"", "10", "s", "-1s", "1.5s", "10 s", "99999999999999d", "1w"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Ulid, SortsByTimeAndReadsBack) {
  SeededRandom random(1);
  const WallTime time = *parse_time("2026-11-20T10:04:11.204Z");
  const Ulid first = Ulid::make(time, random);
  const Ulid second = Ulid::make(time + Millis{1}, random);
  EXPECT_LT(first, second);
  EXPECT_EQ(first.time(), time);
  EXPECT_EQ(*Ulid::parse(first.str()), first);
}

TEST(Ulid, RefusesWhatIsNone) {
  for (const char* text : {"", "01J", "81J00000000000000000000000", "01J0000000000000000000000U",
                           "01J00000000000000000000000x"}) {
    EXPECT_FALSE(Ulid::parse(text)) << text;
  }
}

TEST(Ulid, AcceptsLowerCase) {
  SeededRandom random(2);
  const Ulid id = Ulid::make(*parse_time("2026-11-20T10:04:11Z"), random);
  std::string lower(id.str());
  for (char& c : lower) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  }
  EXPECT_EQ(*Ulid::parse(lower), id);
}

}  // namespace
}  // namespace sally
