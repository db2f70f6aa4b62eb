// What every store::Vault does. An engine is a type with `open(limits)`, which gives a new handle
// on the same vault each time:
//
//   INSTANTIATE_TYPED_TEST_SUITE_P(My, VaultConformance, MyEngine);
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "store/vault.h"
#include "support/times.h"

namespace sally::test {

template <typename Engine>
class VaultConformance : public testing::Test {
 protected:
  static constexpr WallTime kNow = WallTime(Micros(1'000'000'000));

  void reopen(const store::VaultLimits& limits) { vault_ = engine_.open(limits); }

  std::vector<store::VaultEntry> put(std::string_view scope, std::string_view subject,
                                     const std::vector<store::VaultItem>& items,
                                     WallTime now = kNow) {
    auto entries = vault_->put(scope, subject, items, now);
    EXPECT_TRUE(entries.ok()) << entries.error().to_string();
    return entries.ok() ? std::move(*entries) : std::vector<store::VaultEntry>(items.size());
  }
  store::VaultEntry put(std::string_view scope, std::string_view subject, std::string_view value,
                        WallTime now = kNow) {
    return put(scope, subject, std::vector<store::VaultItem>{{"PERSON", value}}, now)[0];
  }
  // The value; nothing where there is none.
  std::optional<std::string> get(std::string_view scope, uint32_t number, WallTime now = kNow) {
    auto value = vault_->get(scope, number, now);
    EXPECT_TRUE(value.ok()) << value.error().to_string();
    return value.ok() && *value ? std::optional(std::string((*value)->value.reveal()))
                                : std::nullopt;
  }
  size_t forget(std::string_view subject) {
    auto count = vault_->forget(subject);
    EXPECT_TRUE(count.ok()) << count.error().to_string();
    return count.ok() ? *count : 0;
  }

  Engine engine_;
  std::unique_ptr<store::Vault> vault_ = engine_.open(store::VaultLimits());
};
TYPED_TEST_SUITE_P(VaultConformance);

TYPED_TEST_P(VaultConformance, GivesBackWhatWasPut) {
  const std::string odd("\0\xff nul and no UTF-8", 20);
  const auto entries = this->put("s", "u", {{"PERSON", "Ada Lovelace"}, {"OTHER", odd}});
  EXPECT_EQ(entries[0].number, 1U);
  EXPECT_EQ(entries[0].label, "PERSON");
  EXPECT_EQ(entries[1].number, 2U);
  EXPECT_EQ(this->get("s", 1), "Ada Lovelace");
  EXPECT_EQ(this->get("s", 2), odd);
  const auto value = this->vault_->get("s", 2, this->kNow);
  ASSERT_TRUE(value.ok() && *value);
  EXPECT_EQ((*value)->entry, entries[1]);
}

TYPED_TEST_P(VaultConformance, GivesOneNumberToOneValue) {
  const auto first = this->put("s", "u", "Ada");
  EXPECT_EQ(this->put("s", "u", "Ada").number, first.number);
  EXPECT_EQ(this->put("s", "another", "Ada").number, first.number);
  EXPECT_NE(this->put("s", "u", "ada").number, first.number) << "case counts";
  const auto both = this->put("s", "u", {{"PERSON", "Grace"}, {"LOCATION", "Grace"}});
  EXPECT_EQ(both[0], both[1]) << "the first label stays";
}

TYPED_TEST_P(VaultConformance, KeepsScopesApart) {
  const auto mine = this->put("mine", "u", "Ada");
  EXPECT_EQ(this->get("theirs", mine.number), std::nullopt);
  this->put("theirs", "u", "Grace");
  EXPECT_EQ(this->get("theirs", mine.number), "Grace");
  EXPECT_NE(this->put("theirs", "u", "Ada").tag, mine.tag);
}

TYPED_TEST_P(VaultConformance, TagsTellScopeNumberLabelAndValueApart) {
  std::set<store::VaultTag> seen;
  for (const std::string_view scope : {"a", "b"}) {
    for (const std::string_view value : {"x", "y", "z"}) {
      EXPECT_TRUE(seen.insert(this->put(scope, "u", value).tag).second);
    }
  }
  EXPECT_TRUE(seen.insert(this->put("c", "u", {{"LABEL", "x"}})[0].tag).second);
  EXPECT_TRUE(seen.insert(this->put("d", "u", {{"LABELx", "y"}})[0].tag).second);
}

TYPED_TEST_P(VaultConformance, RestoresNothingOfWhoWasForgotten) {
  const auto ada = this->put("s", "ada", "Ada");
  const auto tenant = this->put("t", "ada", "Ada");
  const auto grace = this->put("s", "grace", "Grace");
  EXPECT_EQ(this->forget("ada"), 2U);
  EXPECT_EQ(this->get("s", ada.number), std::nullopt);
  EXPECT_EQ(this->get("t", tenant.number), std::nullopt);
  EXPECT_EQ(this->get("s", grace.number), "Grace");
  EXPECT_EQ(this->forget("ada"), 0U);
  EXPECT_EQ(this->forget("nobody"), 0U);
}

TYPED_TEST_P(VaultConformance, GivesAForgottenValueANewNumber) {
  const auto before = this->put("s", "ada", "Ada");
  this->forget("ada");
  const auto after = this->put("s", "ada", "Ada");
  EXPECT_NE(after.number, before.number);
  EXPECT_EQ(this->get("s", before.number), std::nullopt);
  EXPECT_EQ(this->get("s", after.number), "Ada");
}

TYPED_TEST_P(VaultConformance, LeavesAValueToItsOtherSubjects) {
  const auto entry = this->put("t", "one", "Main Street 1");
  this->put("t", "two", "Main Street 1");
  EXPECT_EQ(this->forget("one"), 1U);
  EXPECT_EQ(this->get("t", entry.number), "Main Street 1");
  EXPECT_EQ(this->put("t", "two", "Main Street 1").number, entry.number);
  EXPECT_EQ(this->forget("two"), 1U);
  EXPECT_EQ(this->get("t", entry.number), std::nullopt);
}

TYPED_TEST_P(VaultConformance, ForgettingShowsInEveryHandle) {
  const auto entry = this->put("s", "ada", "Ada");
  const auto other = this->engine_.open(store::VaultLimits());
  const auto before = other->generation();
  ASSERT_TRUE(before.ok());
  auto value = other->get("s", entry.number, this->kNow);
  ASSERT_TRUE(value.ok());
  EXPECT_TRUE(value->has_value());
  this->forget("ada");
  const auto after = other->generation();
  ASSERT_TRUE(after.ok());
  EXPECT_NE(*after, *before);
  value = other->get("s", entry.number, this->kNow);
  ASSERT_TRUE(value.ok());
  EXPECT_FALSE(value->has_value());
}

TYPED_TEST_P(VaultConformance, RefusesMoreThanAScopeMayHold) {
  this->reopen({.values_per_scope = 2});
  this->put("s", "u", {{"A", "1"}, {"A", "2"}});
  const std::vector<store::VaultItem> items = {{"A", "1"}, {"A", "3"}};
  const auto refused = this->vault_->put("s", "u", items, this->kNow);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind(), ErrorKind::kTooMany);
  EXPECT_EQ(this->get("s", 3), std::nullopt) << "all or none";
  this->put("s", "u", {{"A", "1"}, {"A", "2"}});
  this->put("another", "u", "3");
}

TYPED_TEST_P(VaultConformance, RefusesWhatIsTooLong) {
  this->reopen({.value_octets = 8});
  this->put("s", "u", "12345678");
  const auto refuses = [&](std::string_view label, std::string_view value) {
    const std::vector<store::VaultItem> items = {{label, value}};
    const auto refused = this->vault_->put("s", "u", items, this->kNow);
    return !refused.ok() && refused.error().kind() == ErrorKind::kTooLarge;
  };
  EXPECT_TRUE(refuses("A", "123456789"));
  EXPECT_TRUE(refuses("A", ""));
  EXPECT_TRUE(refuses("", "1"));
  EXPECT_TRUE(refuses(std::string(store::Vault::kMostLabel + 1, 'A'), "1"));
  EXPECT_FALSE(refuses(std::string(store::Vault::kMostLabel, 'A'), "1"));
}

TYPED_TEST_P(VaultConformance, ForgetsWhatExpired) {
  const Millis lifetime = std::chrono::hours(1);
  this->reopen({.values_per_scope = 2, .lifetime = lifetime});
  const WallTime start = this->kNow;
  const auto old = this->put("s", "u", "old", start);
  this->put("s", "u", "used again", start);
  const WallTime later = start + lifetime * 3 / 4;
  const auto kept = this->put("s", "u", "used again", later);
  EXPECT_EQ(this->get("s", old.number, start + lifetime - Micros(1)), "old");
  EXPECT_EQ(this->get("s", old.number, start + lifetime), std::nullopt);
  EXPECT_EQ(this->get("s", kept.number, start + lifetime), "used again");
  const auto swept = this->vault_->sweep(start + lifetime);
  ASSERT_TRUE(swept.ok());
  EXPECT_EQ(*swept, 1U);
  const auto next = this->put("s", "u", "new", start + lifetime);
  EXPECT_EQ(next.number, 3U) << "there is room again, and no number is used twice";
  const auto rest = this->vault_->sweep(later + lifetime * 9);
  ASSERT_TRUE(rest.ok());
  EXPECT_EQ(*rest, 2U);
  EXPECT_EQ(this->forget("u"), 0U);
}

TYPED_TEST_P(VaultConformance, ServesManyThreads) {
  constexpr int kThreads = 4;
  constexpr int kValues = 25;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kValues; ++i) {
        const std::string value = "value " + std::to_string(i);
        const auto entry = this->put("s", "subject " + std::to_string(t), value);
        EXPECT_EQ(this->get("s", entry.number), value);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(this->put("s", "u", "the next").number, uint32_t{kValues} + 1);
}

REGISTER_TYPED_TEST_SUITE_P(VaultConformance, GivesBackWhatWasPut, GivesOneNumberToOneValue,
                            KeepsScopesApart, TagsTellScopeNumberLabelAndValueApart,
                            RestoresNothingOfWhoWasForgotten, GivesAForgottenValueANewNumber,
                            LeavesAValueToItsOtherSubjects, ForgettingShowsInEveryHandle,
                            RefusesMoreThanAScopeMayHold, RefusesWhatIsTooLong, ForgetsWhatExpired,
                            ServesManyThreads);

}  // namespace sally::test
