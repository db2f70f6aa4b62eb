#include "base/address.h"

#include <gtest/gtest.h>

namespace sally {
namespace {

std::string shown(std::string_view text) {
  const auto address = IpAddress::parse(text);
  return address ? address->to_string() : "refused";
}

bool in(std::string_view address, std::string_view block) {
  return (*Cidr::parse(block)).contains(*IpAddress::parse(address));
}

TEST(IpAddress, ReadsAndShowsBothFamilies) {
  EXPECT_EQ(shown("0.0.0.0"), "0.0.0.0");
  EXPECT_EQ(shown("255.1.20.3"), "255.1.20.3");
  EXPECT_EQ(shown("::"), "::");
  EXPECT_EQ(shown("::1"), "::1");
  EXPECT_EQ(shown("1::"), "1::");
  EXPECT_EQ(shown("2001:DB8:0:0:8:800:200C:417A"), "2001:db8::8:800:200c:417a");
  EXPECT_EQ(shown("2001:db8:0:1:1:1:1:1"), "2001:db8:0:1:1:1:1:1");
  EXPECT_EQ(shown("2001:0:0:1:0:0:0:1"), "2001:0:0:1::1");
  EXPECT_EQ(shown("64:ff9b::192.0.2.33"), "64:ff9b::c000:221");
  EXPECT_EQ(shown("1:2:3:4:5:6:7::"), "1:2:3:4:5:6:7:0");
}

TEST(IpAddress, AMappedAddressIsTheIpv4Address) {
  EXPECT_EQ(shown("::ffff:10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(*IpAddress::parse("::ffff:a00:1"), *IpAddress::parse("10.0.0.1"));
}

TEST(IpAddress, RefusesWhatIsNoAddress) {
  for (const std::string_view text : {"",
                                      "1",
                                      "1.2.3",
                                      "1.2.3.4.5",
                                      "1.2.3.256",
                                      "01.2.3.4",
                                      "1.2.3.4 ",
                                      " 1.2.3.4",
                                      "1..3.4",
                                      "0x1.2.3.4",
                                      "1.2.3.4:80",
                                      "[::1]",
                                      "::1%eth0",
                                      ":",
                                      ":::",
                                      ":1",
                                      "1:",
                                      "1:2:3:4:5:6:7",
                                      "1:2:3:4:5:6:7:8:9",
                                      "1::2::3",
                                      "1:2:3:4:5:6:7:8::",
                                      "::1:2:3:4:5:6:7:8",
                                      "12345::",
                                      "g::",
                                      "1.2.3.4::",
                                      "::1.2.3",
                                      "::1.2.3.4:5",
                                      "1:2:3:4:5:6:7:1.2.3.4"}) {
    EXPECT_EQ(shown(text), "refused") << text;
  }
}

TEST(IpAddress, IsSafeWhenTruncatedAnywhere) {
  const std::string_view text = "2001:db8::8:800:192.0.2.33";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    const auto address = IpAddress::parse(text.substr(0, cut));
    if (address) {
      EXPECT_TRUE(IpAddress::parse(address->to_string()).ok());
    }
  }
}

TEST(Cidr, ContainsItsAddressesOnly) {
  EXPECT_TRUE(in("10.255.0.1", "10.0.0.0/8"));
  EXPECT_FALSE(in("11.0.0.1", "10.0.0.0/8"));
  EXPECT_TRUE(in("192.168.1.127", "192.168.1.0/25"));
  EXPECT_FALSE(in("192.168.1.128", "192.168.1.0/25"));
  EXPECT_TRUE(in("1.2.3.4", "0.0.0.0/0"));
  EXPECT_TRUE(in("1.2.3.4", "1.2.3.4"));
  EXPECT_FALSE(in("1.2.3.5", "1.2.3.4"));
  EXPECT_TRUE(in("2001:db8:ffff::1", "2001:db8::/32"));
  EXPECT_FALSE(in("2001:db9::1", "2001:db8::/32"));
  EXPECT_TRUE(in("::1", "::1/128"));
}

TEST(Cidr, NeverCrossesTheFamilies) {
  EXPECT_FALSE(in("10.0.0.1", "::/0"));
  EXPECT_FALSE(in("::1", "0.0.0.0/0"));
  EXPECT_TRUE(in("::ffff:10.0.0.1", "10.0.0.0/8"));
}

TEST(Cidr, RefusesWhatIsUnclearAndSaysWhatWasMeant) {
  const auto block = Cidr::parse("10.0.0.1/8");
  ASSERT_FALSE(block.ok());
  EXPECT_EQ(block.error().hint(), "did you mean `10.0.0.0/8`?");
  for (const std::string_view text : {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/08", "10.0.0.0/8/8",
                                      "::/129", "/8", "10.0.0.0/-1", "::ffff:10.0.0.0/104"}) {
    EXPECT_FALSE(Cidr::parse(text).ok()) << text;
  }
}

}  // namespace
}  // namespace sally
