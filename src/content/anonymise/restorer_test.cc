#include "content/anonymise/restorer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "content/anonymise/map_vault.h"
#include "content/anonymise/restorer_properties.h"

namespace sally::content::anonymise {
namespace {

constexpr WallTime kNow = WallTime(Micros(1'000'000));

class RestorerTest : public testing::Test {
 protected:
  RestorerTest() {
    mail_ = issue(exchange_, "EMAIL_ADDRESS", "ada@example.com");
    person_ = issue(exchange_, "PERSON", "Ada \"Countess\" Lovelace\n");
    add_surrogates(exchange_);
  }

  static void add_surrogates(Exchange& exchange) {
    EXPECT_TRUE(exchange.add_surrogate("4921 8817 0030 1184", "4111 1111 1111 1111"));
    EXPECT_TRUE(exchange.add_surrogate("4921", "0000"));
    EXPECT_TRUE(exchange.add_surrogate("Mila Becker", "Grace Hopper"));
    EXPECT_TRUE(exchange.add_surrogate("(555) 0199", "(212) 5550"));
  }
  std::string in_pieces(std::string_view text, Writing writing, std::span<const size_t> cuts) {
    Exchange exchange(&vault_, {.scope = "s", .subject = "u"}, kNow);
    add_surrogates(exchange);
    return restore_in_pieces(exchange, text, writing, cuts);
  }

  std::string issue(Exchange& exchange, std::string_view label, std::string_view value) {
    const std::vector<store::VaultItem> items = {{label, value}};
    const auto entries = vault_.put(exchange.terms().scope, exchange.terms().subject, items, kNow);
    exchange.issue((*entries)[0]);
    return to_text((*entries)[0]);
  }
  std::string restored(std::string_view text, Writing writing = Writing::kText) {
    return restore(exchange_, text, writing);
  }

  MapVault vault_;
  Exchange exchange_{&vault_, {.scope = "s", .subject = "u"}, kNow};
  std::string mail_;
  std::string person_;
};

TEST_F(RestorerTest, PutsValuesBack) {
  EXPECT_EQ(restored("Write to " + mail_ + "."), "Write to ada@example.com.");
  EXPECT_EQ(restored("`" + mail_ + "`" + mail_), "`ada@example.com`ada@example.com");
  EXPECT_EQ(restored("[" + mail_ + "](mailto:" + mail_ + ")"),
            "[ada@example.com](mailto:ada@example.com)");
  EXPECT_EQ(restored("pay with 4921 8817 0030 1184, Mila Becker"),
            "pay with 4111 1111 1111 1111, Grace Hopper");
}

TEST_F(RestorerTest, LeavesAllElseAsItIs) {
  for (const std::string text :
       {"", "[", "\\", "[[[[", "\\\\\\[", "an [array] of [things](url)", "x4921 8817 0030 1184",
        "Mila Beckers", "\xff[\xfe", "C:\\[PERSON_1_00000000]"}) {
    EXPECT_EQ(restored(text), text);
  }
  EXPECT_EQ(restored("4921 8817 0030 11840"), "0000 8817 0030 11840") << "the shorter one fits";
}

TEST_F(RestorerTest, RestoresNoForgery) {
  for (size_t i = 0; i < mail_.size(); ++i) {
    std::string forged = mail_;
    forged[i] = forged[i] == '7' ? '8' : '7';
    EXPECT_EQ(restored(forged), forged);
  }
  Exchange other(&vault_, {.scope = "another", .subject = "u"}, kNow);
  issue(other, "EMAIL_ADDRESS", "eve@example.com");
  EXPECT_EQ(restore(other, mail_, Writing::kText), mail_);
}

TEST_F(RestorerTest, LooksUpOnlySoManyForgeries) {
  std::string text;
  for (uint32_t i = 0; i < 5'000; ++i) {
    text += "[PERSON_" + std::to_string(i + 100) + "_00000000]";
  }
  EXPECT_EQ(restored(text + mail_), text + mail_);
  EXPECT_LE(vault_.gets, Exchange::kMostMisses);
}

TEST_F(RestorerTest, RestoresWhatThisExchangeIssuedWhereTheScopeIsShared) {
  Exchange mine(&vault_,
                {.scope = "s", .subject = "me", .restorable = ExchangeTerms::Restorable::kIssued},
                kNow);
  EXPECT_EQ(restore(mine, mail_, Writing::kText), mail_);
  EXPECT_EQ(issue(mine, "EMAIL_ADDRESS", "ada@example.com"), mail_);
  EXPECT_EQ(restore(mine, mail_, Writing::kText), "ada@example.com");
}

TEST_F(RestorerTest, RestoresNothingOfWhoWasForgotten) {
  ASSERT_TRUE(vault_.forget("u").ok());
  EXPECT_EQ(restored(mail_), mail_);
}

TEST_F(RestorerTest, LeavesPlaceholdersWhereTheVaultFails) {
  vault_.fails = true;
  EXPECT_EQ(restored("a " + mail_), "a " + mail_);
  EXPECT_EQ(exchange_.failures(), 1U);
}

TEST_F(RestorerTest, EscapesForJson) {
  EXPECT_EQ(restored(R"({"name":")" + person_ + R"("})", Writing::kJsonString),
            R"({"name":"Ada \"Countess\" Lovelace\n"})");
  EXPECT_EQ(restored(person_), "Ada \"Countess\" Lovelace\n");
}

TEST_F(RestorerTest, DoesNotRestoreWhatItRestored) {
  const std::string nested = issue(exchange_, "NOTE", "see " + mail_ + " and 4921");
  EXPECT_EQ(restored(nested), "see " + mail_ + " and 4921");
}

TEST_F(RestorerTest, GivesTheSameHoweverTheTextIsCut) {
  std::string escaped;
  for (const char c : mail_) {
    escaped += c == '_' || c == '[' || c == ']' ? std::string("\\") + c : std::string(1, c);
  }
  std::string json_escaped;
  for (const char c : escaped) {
    json_escaped += c == '\\' ? "\\\\" : std::string(1, c);
  }
  const std::vector<std::string> texts = {
      "to " + mail_ + " of " + person_ + "!",
      escaped + "\\" + escaped + "[" + mail_,
      "\\\\" + json_escaped + "\\[" + json_escaped,
      "pay 4921 8817 0030 1184 or 4921 8817 or 4921, Mila Becker Mila Beckers (555) 0199.",
      "4921 8817 0030 1184",
      "x4921 8817 0030 1184 4921 8817 0030 1184x",
      "[[" + mail_ + "]] [PERSON_1_ [PERSON_2_00000000] \xff\xfe[\\",
  };
  std::set<std::string> changed;
  for (const Writing writing : {Writing::kText, Writing::kJsonString}) {
    for (const std::string& text : texts) {
      const std::string whole = in_pieces(text, writing, {});
      changed.insert(whole == text ? "" : text);
      for (size_t first = 0; first <= text.size(); ++first) {
        for (size_t second = first; second <= text.size(); second += 1 + second % 3) {
          const std::vector<size_t> cuts = {first, second};
          ASSERT_EQ(in_pieces(text, writing, cuts), whole)
              << text << " cut at " << first << " and " << second;
        }
      }
      std::vector<size_t> every(text.size());
      for (size_t i = 0; i < every.size(); ++i) {
        every[i] = i;
      }
      EXPECT_EQ(in_pieces(text, writing, every), whole);
    }
  }
  for (const std::string& text : texts) {
    EXPECT_TRUE(changed.contains(text)) << text;
  }
}

TEST_F(RestorerTest, HoldsBackNothingThatCannotBeAPlaceholder) {
  Restorer restorer(exchange_, Writing::kText);
  std::string out;
  restorer.feed("plain text, an [array", out);
  EXPECT_EQ(restorer.held(), 6U) << "it could be a label";
  restorer.feed(" of", out);
  EXPECT_EQ(restorer.held(), 0U);
  EXPECT_EQ(out, "plain text, an [array of");
  restorer.feed(mail_.substr(0, 10), out);
  EXPECT_EQ(restorer.held(), 10U);
  restorer.feed(mail_.substr(10), out);
  EXPECT_EQ(restorer.held(), 0U);
  EXPECT_EQ(restorer.restored(), 1U);
}

TEST(Exchange, TakesOnlySurrogatesThatStandForOneValue) {
  Exchange exchange(nullptr, {}, kNow);
  EXPECT_TRUE(exchange.add_surrogate("1234567", "a"));
  EXPECT_TRUE(exchange.add_surrogate("1234567", "a"));
  EXPECT_FALSE(exchange.add_surrogate("1234567", "b"));
  EXPECT_FALSE(exchange.add_surrogate("", "b"));
  EXPECT_FALSE(exchange.add_surrogate("a\"b", "b"));
  EXPECT_FALSE(exchange.add_surrogate("a\nb", "b"));
  EXPECT_FALSE(exchange.add_surrogate(std::string(Exchange::kLongestSurrogate + 1, '1'), "b"));
  EXPECT_EQ(exchange.surrogates().size(), 1U);
  EXPECT_EQ(restore(exchange, "[1234567]", Writing::kText), "[a]");
}

}  // namespace
}  // namespace sally::content::anonymise
