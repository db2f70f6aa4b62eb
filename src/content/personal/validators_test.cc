#include "content/personal/validators.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "base/bytes.h"
#include "base/encoding.h"
#include "content/entity.h"
#include "content/personal/checksum.h"
#include "content/personal/form_table.h"
#include "content/personal/iban.h"
#include "content/personal/keccak.h"
#include "content/personal/token.h"
#include "content/personal/wallet.h"
#include "support/case_file.h"

namespace sally::content::personal {
namespace {

const FormTable& forms() {
  static const auto* table = new FormTable();
  return *table;
}

bool has_proof(EntityType type, std::string_view value) {
  return std::ranges::any_of(forms().rows_of(value), [type](uint16_t row) {
    return recognizer_rows()[row].type == type &&
           recognizer_rows()[row].validator != check::shape_only;
  });
}

// Calls `line` with the type and the value of each line of a section.
template <typename Function>
void for_each_line(std::string_view section, Function call) {
  while (!section.empty()) {
    const std::string_view line = section.substr(0, section.find('\n'));
    section.remove_prefix(std::min(line.size() + 1, section.size()));
    if (line.empty()) {
      continue;
    }
    const size_t space = line.find(' ');
    const auto type = parse_entity_type(line.substr(0, space));
    ASSERT_TRUE(type) << line;
    call(*type, line.substr(space + 1));
  }
}

TEST(Validators, KnowPublishedNumbersFromNearOnes) {
  std::set<EntityType> right;
  std::set<EntityType> wrong;
  sally::test::run_cases("content/personal/checksums", [&](sally::test::CaseFile& file) {
    for_each_line(file.section("right"), [&right](EntityType type, std::string_view value) {
      right.insert(type);
      EXPECT_TRUE(forms().proves(type, value)) << name_of(type) << " " << value;
    });
    for_each_line(file.section("wrong"), [&wrong](EntityType type, std::string_view value) {
      wrong.insert(type);
      EXPECT_TRUE(has_proof(type, value)) << name_of(type) << " " << value << " has no form of it";
      EXPECT_FALSE(forms().proves(type, value)) << name_of(type) << " " << value;
    });
  });
  // A checksum that was never tried proves nothing.
  for (const RecognizerRow& row : recognizer_rows()) {
    if (row.validator != check::shape_only) {
      EXPECT_TRUE(right.contains(row.type)) << name_of(row.type) << " has no right example";
      EXPECT_TRUE(wrong.contains(row.type)) << name_of(row.type) << " has no wrong example";
    }
  }
}

// Every algorithm that a type relies on sees every single wrong digit.
TEST(Checksum, SeesEverySingleWrongDigit) {
  const auto sees = [](std::string digits, auto proves) {
    ASSERT_TRUE(proves(digits)) << digits;
    for (char& digit : digits) {
      const char kept = digit;
      for (char other = '0'; other <= '9'; ++other) {
        digit = other;
        EXPECT_EQ(proves(digits), other == kept) << digits;
      }
      digit = kept;
    }
  };
  sees("79927398713", [](std::string_view digits) { return luhn(digits); });
  sees("2363", verhoeff);
  sees("07945", iso7064_mod11_10);
  sees("3214282912345698765432161182", [](std::string_view digits) { return mod97(digits) == 1; });
}

TEST(Checksum, VerhoeffSeesNeighboursThatChangedPlaces) {
  EXPECT_TRUE(verhoeff("2363"));
  EXPECT_FALSE(verhoeff("3263"));
  EXPECT_FALSE(verhoeff("2633"));
}

TEST(Keccak, IsWhatEthereumUses) {
  const auto hex = [](std::string_view text) {
    const auto digest = keccak256(text);
    return to_hex(std::as_bytes(std::span(digest)));
  };
  EXPECT_EQ(hex(""), "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
  EXPECT_EQ(hex("abc"), "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
}

TEST(Wallet, ProvesAddressesByTheirChecksums) {
  for (const char* address : {
           "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",                              // the first block
           "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",                              // pay to script
           "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",                      // BIP 173
           "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",  // BIP 350
           "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",                      // EIP-55
           "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
       }) {
    EXPECT_EQ(wallet_score(address), 1.0F) << address;
    std::string other = address;
    other[10] = other[10] == 'a' ? 'b' : other[10] == 'Q' ? 'P' : 'a';
    EXPECT_EQ(wallet_score(other), 0.0F) << other;
  }
  EXPECT_GT(wallet_score("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"), 0.5F);
  EXPECT_LT(wallet_score("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"), 1.0F);
  EXPECT_EQ(wallet_score("0x0000000000000000000000000000000000000000"), 0.0F);
}

TEST(Iban, IsProvedByItsCountryItsLengthAndItsRest) {
  for (const char* iban : {"GB82 WEST 1234 5698 7654 32", "DE89370400440532013000",
                           "NO93 8601 1117 947", "MT84 MALT 0110 0001 2345 MTLC AST0 01S",
                           "FR14-2004-1010-0505-0001-3M02-606", "ch9300762011623852957"}) {
    const auto found = iban_at(iban, 0);
    ASSERT_TRUE(found) << iban;
    EXPECT_EQ(found->end, std::string_view(iban).size());
  }
  EXPECT_FALSE(iban_at("GB83 WEST 1234 5698 7654 32", 0)) << "other check digits";
  EXPECT_FALSE(iban_at("GB82 WEST 1234 5698 7654 3", 0)) << "too short";
  EXPECT_FALSE(iban_at("GB82 WEST 1234 5698 7654 321", 0)) << "too long";
  EXPECT_FALSE(iban_at("ZZ82 WEST 1234 5698 7654 32", 0)) << "no such country";
  EXPECT_FALSE(iban_at("GB82 WEST   1234 5698 7654 32", 0)) << "three spaces";
}

}  // namespace
}  // namespace sally::content::personal
