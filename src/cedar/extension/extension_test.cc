#include <gtest/gtest.h>

#include <initializer_list>

#include "cedar/extension/datetime.h"
#include "cedar/extension/decimal.h"
#include "cedar/extension/duration.h"
#include "cedar/extension/ip.h"

namespace sally::cedar {
namespace {

using Texts = std::initializer_list<std::string_view>;

int64_t units(std::string_view text) {
  const auto parsed = Decimal::parse(text);
  EXPECT_TRUE(parsed.ok()) << text << ": " << parsed.problem();
  return parsed.ok() ? (*parsed).ten_thousandths : INT64_MAX;
}
int64_t span(std::string_view text) {
  const auto parsed = Duration::parse(text);
  EXPECT_TRUE(parsed.ok()) << text << ": " << parsed.problem();
  return parsed.ok() ? (*parsed).milliseconds : INT64_MAX;
}
int64_t instant(std::string_view text) {
  const auto parsed = Datetime::parse(text);
  EXPECT_TRUE(parsed.ok()) << text << ": " << parsed.problem();
  return parsed.ok() ? (*parsed).milliseconds : INT64_MAX;
}
IpRange range(std::string_view text) {
  const auto parsed = IpRange::parse(text);
  EXPECT_TRUE(parsed.ok()) << text << ": " << parsed.problem();
  return parsed.ok() ? *parsed : IpRange{};
}

TEST(Decimal, HasFourDigitsBehindThePoint) {
  EXPECT_EQ(units("1.0"), 10'000);
  EXPECT_EQ(units("0.0001"), 1);
  EXPECT_EQ(units("12.34"), 123'400);
  EXPECT_EQ(units("0001.5"), 15'000);
  EXPECT_EQ(units("00000000000000000000000000001.5"), 15'000);
}

TEST(Decimal, KeepsTheSignOfASmallNegativeNumber) {
  EXPECT_EQ(units("-0.5"), -5'000);
  EXPECT_EQ(units("-0.0001"), -1);
  EXPECT_EQ(units("-0.0"), 0);
  EXPECT_EQ(units("-1.25"), -12'500);
}

TEST(Decimal, ReachesExactlyTheBoundsOf64Bits) {
  EXPECT_EQ(units("922337203685477.5807"), INT64_MAX);
  EXPECT_EQ(units("-922337203685477.5808"), INT64_MIN);
  for (const auto text : Texts{"922337203685477.5808", "-922337203685477.5809", "922337203685478.0",
                               "-922337203685478.0", "9223372036854775808.0",
                               "-9223372036854775808.0", "99999999999999999999999.0"}) {
    EXPECT_FALSE(Decimal::parse(text).ok()) << text;
  }
}

TEST(Decimal, RefusesWhatIsNotWellFormed) {
  for (const auto text : Texts{"", "-", ".", "1", "1.", ".1", "1.00000", "+1.0", "1.0 ", " 1.0",
                               "1.0.0", "--1.0", "1,0", "1.-0", "1e1", "1.0f", "\xd9\xa1.0"}) {
    EXPECT_FALSE(Decimal::parse(text).ok()) << text;
  }
  EXPECT_FALSE(Decimal::parse(std::string_view("1.0\0", 4)).ok());
}

TEST(Decimal, PrintsTextThatParsesToItself) {
  for (const int64_t value : {int64_t{0}, int64_t{1}, int64_t{-1}, int64_t{-5'000},
                              int64_t{123'400}, int64_t{100'000}, INT64_MAX, INT64_MIN}) {
    EXPECT_EQ(units(Decimal{value}.to_string()), value) << Decimal{value}.to_string();
  }
  EXPECT_EQ(Decimal{-5'000}.to_string(), "-0.5");
  EXPECT_EQ(Decimal{100'000}.to_string(), "10.0");
  EXPECT_EQ(Decimal{1}.to_string(), "0.0001");
}

TEST(Duration, AddsItsUnits) {
  EXPECT_EQ(span("1d2h3m4s5ms"), 93'784'005);
  EXPECT_EQ(span("1m1s"), 61'000);
  EXPECT_EQ(span("5ms"), 5);
  EXPECT_EQ(span("0d"), 0);
  EXPECT_EQ(span("-1h30m"), -5'400'000);
  EXPECT_EQ(span("-0ms"), 0);
  EXPECT_EQ(span("0005s"), 5'000);
  EXPECT_EQ(span("25h61m61s"), 25 * 3'600'000 + 61 * 60'000 + 61'000);
}

TEST(Duration, ReachesExactlyTheBoundsOf64Bits) {
  EXPECT_EQ(span("9223372036854775807ms"), INT64_MAX);
  EXPECT_EQ(span("-9223372036854775808ms"), INT64_MIN);
  for (const auto text :
       Texts{"9223372036854775808ms", "-9223372036854775809ms", "106751991168d",
             "9223372036854775807ms1ms", "9223372036854775s808ms", "99999999999999999999d"}) {
    EXPECT_FALSE(Duration::parse(text).ok()) << text;
  }
}

TEST(Duration, RefusesUnitsThatAreUnknownRepeatedOrOutOfOrder) {
  for (const auto text : Texts{"", "-", "1", "d", "1s1m", "1ms1s", "1s1s", "1d 1h", "1d-1h", "+1d",
                               "--1d", "1D", "1w", "1.5h", "1msx", " 1d", "1d ", "1mss", "m1"}) {
    EXPECT_FALSE(Duration::parse(text).ok()) << text;
  }
}

TEST(Duration, CutsWholeUnitsTowardZero) {
  EXPECT_EQ(Duration{-1'999}.to_seconds(), -1);
  EXPECT_EQ(Duration{119'999}.to_minutes(), 1);
  EXPECT_EQ(Duration{-7'199'999}.to_hours(), -1);
  EXPECT_EQ(Duration{86'399'999}.to_days(), 0);
  EXPECT_EQ(Duration{INT64_MIN}.to_days(), -106'751'991'167);
}

TEST(Duration, PrintsTextThatParsesToItself) {
  for (const int64_t value : {int64_t{0}, int64_t{-61'000}, INT64_MAX, INT64_MIN}) {
    EXPECT_EQ(span(Duration{value}.to_string()), value);
  }
}

TEST(Datetime, ReadsTheFiveForms) {
  EXPECT_EQ(instant("1970-01-01"), 0);
  EXPECT_EQ(instant("2024-10-15"), 1'728'950'400'000);
  EXPECT_EQ(instant("2024-10-15T11:35:00Z"), 1'728'992'100'000);
  EXPECT_EQ(instant("2024-10-15T11:35:00.123Z"), 1'728'992'100'123);
  EXPECT_EQ(instant("2024-10-15T11:35:00-0200"), 1'728'992'100'000 + 7'200'000);
  EXPECT_EQ(instant("2024-10-15T11:35:00.123+0130"), 1'728'992'100'123 - 5'400'000);
  EXPECT_EQ(instant("2024-01-01T00:00:00+2359"), 1'704'067'200'000 - 86'340'000);
  EXPECT_EQ(instant("1970-01-01T00:00:00-0000"), 0);
}

TEST(Datetime, FollowsTheProlepticGregorianCalendarFromYear0To9999) {
  EXPECT_EQ(instant("0000-01-01"), -62'167'219'200'000);
  EXPECT_EQ(instant("9999-12-31T23:59:59.999Z"), 253'402'300'799'999);
  EXPECT_EQ(instant("2000-02-29"), 951'782'400'000);
  EXPECT_EQ(instant("0000-02-29"), -62'162'121'600'000);
  for (const auto text : Texts{"1900-02-29", "2023-02-29", "2024-13-01", "2024-00-10", "2024-01-00",
                               "2024-04-31", "2024-01-32", "2024-99-99"}) {
    EXPECT_FALSE(Datetime::parse(text).ok()) << text;
  }
}

TEST(Datetime, RefusesEveryOtherForm) {
  for (const auto text : Texts{"",
                               "2024",
                               "2024-10",
                               "24-10-15",
                               "2024-10-15 ",
                               " 2024-10-15",
                               "2024-10-15T",
                               "2024-10-15T11:35Z",
                               "2024-10-15T11:35:00",
                               "2024-10-15t11:35:00Z",
                               "2024-10-15T11:35:00z",
                               "2024-10-15T11:35:00.1Z",
                               "2024-10-15T11:35:00.1234Z",
                               "2024-10-15T11:35:00.Z",
                               "2024-10-15T11:35:00+02:00",
                               "2024-10-15T11:35:00+02",
                               "2024-10-15T11:35:00Z+0200",
                               "2024-10-15Z",
                               "2024/10/15",
                               "+2024-10-15",
                               "-2024-10-15",
                               "12024-10-15",
                               "2024-10-15T24:00:00Z",
                               "2024-10-15T11:60:00Z",
                               "2024-12-31T23:59:60Z",
                               "2024-10-15T11:35:00+2400",
                               "2024-10-15T11:35:00+0060",
                               "2024-1-15",
                               "2024-10-15T1:35:00Z",
                               "2024-10-15T11:35:00 Z",
                               "2024-10-15+0100"}) {
    EXPECT_FALSE(Datetime::parse(text).ok()) << text;
  }
}

TEST(Datetime, FloorsToTheDayBeforeTheEpochToo) {
  const Datetime before{instant("1969-12-31T23:59:59Z")};
  EXPECT_EQ(before.to_time().milliseconds, 86'399'000);
  EXPECT_EQ(before.to_date()->milliseconds, instant("1969-12-31"));
  const Datetime midnight{instant("1969-12-31")};
  EXPECT_EQ(midnight.to_time().milliseconds, 0);
  EXPECT_EQ(*midnight.to_date(), midnight);
  const Datetime after{instant("2024-10-15T11:35:00.123Z")};
  EXPECT_EQ(after.to_time().milliseconds, 41'700'123);
  EXPECT_EQ(after.to_date()->milliseconds, instant("2024-10-15"));
}

TEST(Datetime, ReportsOverflow) {
  EXPECT_FALSE(Datetime{INT64_MAX}.offset({1}).has_value());
  EXPECT_FALSE(Datetime{INT64_MIN}.offset({-1}).has_value());
  EXPECT_EQ(Datetime{INT64_MAX}.offset({-1})->milliseconds, INT64_MAX - 1);
  EXPECT_FALSE(Datetime{INT64_MIN}.since({1}).has_value());
  EXPECT_EQ(Datetime{5}.since({7})->milliseconds, -2);
  EXPECT_FALSE(Datetime{INT64_MIN}.to_date().has_value());
  EXPECT_TRUE(Datetime{INT64_MAX}.to_date().has_value());
}

TEST(Datetime, PrintsTextThatParsesToItself) {
  for (const auto text : Texts{"2024-10-15T11:35:00.123Z", "0000-01-01T00:00:00.000Z",
                               "9999-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"}) {
    EXPECT_EQ(Datetime{instant(text)}.to_string(), text);
  }
  // A year that the offset pushes out of what can be written.
  const Datetime early{instant("0000-01-01T00:00:00+0001")};
  EXPECT_FALSE(early.has_text());
  EXPECT_EQ(early.to_string(), "-62167219260000 ms");
  EXPECT_TRUE(Datetime{instant("0000-01-01")}.has_text());
  EXPECT_FALSE(Datetime{instant("9999-12-31T23:59:59.999-0001")}.has_text());
}

TEST(Ip, ReadsAddressesAndRangesOfBothFamilies) {
  for (const auto text :
       Texts{"0.0.0.0", "255.255.255.255", "10.0.0.1/8", "10.0.0.0/0", "1.2.3.4/31", "::", "::1",
             "1::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "ffff::/8", "::/0",
             "2001:DB8::1", "a:b:c:d:e:f:0:1/127", "1::8", "0001:02::"}) {
    EXPECT_TRUE(IpRange::parse(text).ok()) << text;
  }
}

TEST(Ip, RefusesWhatIsNoAddress) {
  for (const auto text : Texts{"",
                               "1.2.3",
                               "1.2.3.4.5",
                               "01.2.3.4",
                               "1.2.3.00",
                               "256.1.1.1",
                               "1.2.3.1000",
                               "1.2.3.4 ",
                               " 1.2.3.4",
                               "1.2.3.4/",
                               "1.2.3.4/33",
                               "1.2.3.4/08",
                               "1.2.3.4/+8",
                               "1.2.3.4/-1",
                               "1.2.3.4/8/8",
                               "1.2.3.4/256",
                               "1.2.3.4/4294967304",
                               "/8",
                               "a.b.c.d",
                               "1..2.3",
                               ".1.2.3.4",
                               ":",
                               ":::",
                               ":1",
                               "1:",
                               "1:2:3:4:5:6:7",
                               "1:2:3:4:5:6:7:8:9",
                               "1:2:3:4:5:6:7:8::",
                               "::1:2:3:4:5:6:7:8",
                               "1:2:3:4::5:6:7:8",
                               "1::2::3",
                               "12345::",
                               "g::",
                               "::1/129",
                               "::1/00",
                               "::1%eth0",
                               "[::1]",
                               "::ffff:1.2.3.4",
                               "::1.2.3.4",
                               "1:2:3:4:5:6:7::8"}) {
    EXPECT_FALSE(IpRange::parse(text).ok()) << text;
  }
}

TEST(Ip, IsInRangeOnlyWithTheWholeRangeAndInOneFamily) {
  EXPECT_TRUE(range("10.1.2.3").is_in_range(range("10.0.0.0/8")));
  EXPECT_TRUE(range("10.1.0.0/16").is_in_range(range("10.9.9.9/8")));
  EXPECT_FALSE(range("10.0.0.0/7").is_in_range(range("10.0.0.0/8")));
  EXPECT_FALSE(range("11.0.0.0").is_in_range(range("10.0.0.0/8")));
  EXPECT_TRUE(range("10.0.0.127").is_in_range(range("10.0.0.0/25")));
  EXPECT_FALSE(range("10.0.0.128").is_in_range(range("10.0.0.0/25")));
  EXPECT_FALSE(range("::1").is_in_range(range("127.0.0.0/8")));
  EXPECT_FALSE(range("0.0.0.0").is_in_range(range("::/0")));
  EXPECT_TRUE(range("2001:db8::1").is_in_range(range("2001:db8::/33")));
  EXPECT_FALSE(range("2001:db8:8000::1").is_in_range(range("2001:db8::/33")));
  EXPECT_TRUE(range("1.2.3.4").is_in_range(range("0.0.0.0/0")));
}

TEST(Ip, IsLoopbackOrMulticastOnlyAsAWhole) {
  EXPECT_TRUE(range("127.0.0.1").is_loopback());
  EXPECT_TRUE(range("127.0.0.0/8").is_loopback());
  EXPECT_FALSE(range("127.0.0.0/7").is_loopback());
  EXPECT_FALSE(range("128.0.0.1").is_loopback());
  EXPECT_TRUE(range("::1").is_loopback());
  EXPECT_FALSE(range("::1/127").is_loopback());
  EXPECT_FALSE(range("::2").is_loopback());
  EXPECT_FALSE(range("::ffff:7f00:1").is_loopback());
  EXPECT_TRUE(range("224.0.0.0/4").is_multicast());
  EXPECT_TRUE(range("239.255.255.255").is_multicast());
  EXPECT_FALSE(range("224.0.0.0/3").is_multicast());
  EXPECT_FALSE(range("223.0.0.1").is_multicast());
  EXPECT_TRUE(range("ff00::/8").is_multicast());
  EXPECT_FALSE(range("ff00::/7").is_multicast());
  EXPECT_FALSE(range("fe00::1").is_multicast());
}

TEST(Ip, ComparesTheBitsBehindThePrefixToo) {
  EXPECT_NE(range("10.0.0.1/8"), range("10.0.0.0/8"));
  EXPECT_EQ(range("10.0.0.1/32"), range("10.0.0.1"));
  EXPECT_EQ(range("::1"), range("0:0::0:1/128"));
  EXPECT_NE(range("::ffff:102:304"), range("1.2.3.4"));
  EXPECT_TRUE(range("::ffff:102:304").is_v4() == false);
}

TEST(Ip, PrintsTextThatParsesToItself) {
  for (const auto text :
       Texts{"10.0.0.1/8", "1.2.3.4", "::", "::1", "1::", "2001:db8::1:0:0:1", "1:0:2:0:3:0:4:0",
             "ff00::/8", "1:2:3:4:5:6:7:8", "::/0", "0:1:2:3:4:5:6:7", "1:2:3:4:5:6::"}) {
    EXPECT_EQ(range(text).to_string(), text);
  }
}

}  // namespace
}  // namespace sally::cedar
