// Values that keep their form: format-preserving encryption and synthetic values.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "content/anonymise/format_preserving.h"
#include "content/anonymise/synthetic.h"

namespace sally::content::anonymise {
namespace {

Keys keys_of(std::string_view tenant) {
  auto keys = Keys::derive(Secret(std::string(32, 'k')), tenant);
  EXPECT_TRUE(keys.ok());
  return std::move(*keys);
}

// What kind of character stands where.
std::string shape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    const bool lower = c >= 'a' && c <= 'z';
    const bool upper = c >= 'A' && c <= 'Z';
    out += digit ? '9' : lower ? 'a' : upper ? 'A' : c;
  }
  return out;
}

TEST(FormatPreserving, KeepsTheFormAndDecrypts) {
  const Keys keys = keys_of("tenant");
  for (const std::string value : {"4111 1111 1111 1111", "4111-1111-1111-1111", "123456",
                                  "000-00-0000", "+44 20 7946 0958", "01.02.1970"}) {
    const auto text = encrypt_format(keys, "T", value);
    ASSERT_TRUE(text) << value;
    EXPECT_NE(*text, value);
    EXPECT_EQ(shape(*text), shape(value));
    EXPECT_EQ(decrypt_format(keys, "T", *text), value);
  }
}

TEST(FormatPreserving, DecryptsLettersAndDigitsHoweverTheyFall) {
  const Keys keys = keys_of("tenant");
  for (int i = 0; i < 3'000; ++i) {
    const std::string value = "A" + std::to_string(100 + i) + (i % 2 == 0 ? "-B" : "");
    const auto text = encrypt_format(keys, "T", value);
    ASSERT_TRUE(text);
    EXPECT_TRUE(std::ranges::any_of(*text, [](char c) { return c >= 'A' && c <= 'Z'; })) << *text;
    EXPECT_EQ(decrypt_format(keys, "T", *text), value);
  }
  EXPECT_EQ(decrypt_format(keys, "T", *encrypt_format(keys, "T", "ab12cd")), "ab12cd");
}

TEST(FormatPreserving, DependsOnTenantAndType) {
  const std::string value = "4111 1111 1111 1111";
  std::set<std::string> seen;
  for (const std::string_view tenant : {"one", "two"}) {
    for (const std::string_view type : {"CREDIT_CARD", "ACCOUNT"}) {
      EXPECT_TRUE(seen.insert(*encrypt_format(keys_of(tenant), type, value)).second);
    }
  }
  EXPECT_TRUE(seen.contains(*encrypt_format(keys_of("one"), "ACCOUNT", value)));
}

TEST(FormatPreserving, RefusesWhatHasNoForm) {
  const Keys keys = keys_of("tenant");
  for (const std::string& value :
       {std::string(), std::string("12345"), std::string("a1b"), std::string("Ada1815"),
        std::string("müller1234567"), std::string(65, '1'), std::string("- - -")}) {
    EXPECT_FALSE(encrypt_format(keys, "T", value)) << value;
  }
  EXPECT_TRUE(encrypt_format(keys, "T", std::string(64, '1')));
}

bool passes_luhn(std::string_view text) {
  int sum = 0;
  bool twice = false;
  for (size_t i = text.size(); i-- > 0;) {
    if (text[i] >= '0' && text[i] <= '9') {
      const int digit = (text[i] - '0') * (twice ? 2 : 1);
      sum += digit / 10 + digit % 10;
      twice = !twice;
    }
  }
  return sum % 10 == 0;
}

bool passes_mod_97(std::string_view iban) {
  std::string compact;
  std::ranges::copy_if(iban, std::back_inserter(compact), [](char c) { return c != ' '; });
  std::ranges::rotate(compact, compact.begin() + 4);
  int rest = 0;
  for (const char c : compact) {
    const std::string digits = c <= '9' ? std::string(1, c) : std::to_string(c - 'A' + 10);
    for (const char digit : digits) {
      rest = (rest * 10 + digit - '0') % 97;
    }
  }
  return rest == 1;
}

class SyntheticTest : public testing::Test {
 protected:
  [[nodiscard]] std::string made(std::string_view type, std::string_view value,
                                 uint32_t attempt = 0) const {
    return synthesise(keys_.synthetic, "session", type, value, attempt);
  }
  Keys keys_ = keys_of("tenant");
};

TEST_F(SyntheticTest, CardsPassLuhnAndKeepTheirForm) {
  for (const std::string_view value :
       {"4111 1111 1111 1111", "5555-5555-5555-4444", "378282246310005", "6011000990139424",
        "4222222222222", "6304000000000000000"}) {
    for (uint32_t attempt = 0; attempt < 20; ++attempt) {
      const std::string card = made("CREDIT_CARD", value, attempt);
      EXPECT_TRUE(passes_luhn(card)) << card;
      EXPECT_EQ(shape(card), shape(value));
    }
  }
  EXPECT_TRUE(made("CREDIT_CARD", "5555-5555-5555-4444").starts_with("5555-55"));
}

TEST_F(SyntheticTest, IbansPassMod97AndKeepTheirForm) {
  for (const std::string_view value : {"DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432",
                                       "MT84MALT011000012345MTLCAST001S", "NO9386011117947"}) {
    for (uint32_t attempt = 0; attempt < 20; ++attempt) {
      const std::string iban = made("IBAN_CODE", value, attempt);
      EXPECT_TRUE(passes_mod_97(iban)) << iban;
      EXPECT_EQ(shape(iban), shape(value));
      EXPECT_EQ(iban.substr(0, 2), value.substr(0, 2));
    }
  }
}

TEST_F(SyntheticTest, IsTheSameForTheSameValueInOneScope) {
  EXPECT_EQ(made("PERSON", "Ada Lovelace"), made("PERSON", "Ada Lovelace"));
  std::set<std::string> seen = {
      made("EMAIL_ADDRESS", "a@b.c"), made("EMAIL_ADDRESS", "A@b.c"),
      made("EMAIL_ADDRESS", "a@b.c", 1),
      synthesise(keys_.synthetic, "other", "EMAIL_ADDRESS", "a@b.c", 0),
      synthesise(keys_of("other").synthetic, "session", "EMAIL_ADDRESS", "a@b.c", 0)};
  EXPECT_EQ(seen.size(), 5U);
}

TEST_F(SyntheticTest, IsOfRangesThatBelongToNobody) {
  EXPECT_TRUE(made("EMAIL_ADDRESS", "ada@lovelace.org").ends_with("@example.com"));
  EXPECT_TRUE(made("PHONE_NUMBER", "+44 7700 900123").starts_with("+44 20 7946 0"));
  EXPECT_NE(made("PHONE_NUMBER", "(212) 736-5000").find(" 555 01"), std::string::npos);
  EXPECT_TRUE(made("IP_ADDRESS", "2a00:1450::1").starts_with("2001:db8:"));
  EXPECT_TRUE(made("MAC_ADDRESS", "aa:bb:cc:dd:ee:ff").starts_with("02:"));
  EXPECT_TRUE(made("URL", "http://a.b/c").starts_with("https://example.com/"));
  EXPECT_TRUE(made("US_SSN", "123-45-6789").starts_with("666-"));
  const std::string address = made("IP_ADDRESS", "8.8.8.8");
  EXPECT_TRUE(address.starts_with("192.0.2.") || address.starts_with("198.51.100.") ||
              address.starts_with("203.0.113."))
      << address;
}

TEST_F(SyntheticTest, KeepsTheShapeOfWhatItDoesNotKnow) {
  EXPECT_EQ(shape(made("UK_NHS", "943 476-5919")), "999 999-9999");
  EXPECT_EQ(shape(made("PASSPORT", "Ab12/x")), "Aa99/a");
  EXPECT_EQ(shape(made("DATE_OF_BIRTH", "1970-02-28")), "9999-99-99");
  EXPECT_EQ(shape(made("PERSON", "ADA LOVELACE")).substr(0, 2), "AA");
  EXPECT_EQ(made("PERSON", "Ada").find(' '), std::string::npos);
  EXPECT_EQ(shape(made("OTHER", "é1")), "a9");
}

TEST_F(SyntheticTest, IsShortForAnyOctets) {
  for (const std::string_view type : {"CREDIT_CARD", "IBAN_CODE", "EMAIL_ADDRESS", "PHONE_NUMBER",
                                      "PERSON", "LOCATION", "ADDRESS", "ORGANIZATION", "IP_ADDRESS",
                                      "MAC_ADDRESS", "URL", "DATE_OF_BIRTH", "US_SSN", "OTHER"}) {
    for (const std::string& value :
         {std::string(), std::string("\0\xff\x80", 3), std::string(10'000, '7'),
          std::string(10'000, 'x'), std::string("DE8"), std::string("é2345678901234")}) {
      EXPECT_LE(made(type, value).size(), kLongestSynthetic) << type;
    }
  }
}

}  // namespace
}  // namespace sally::content::anonymise
