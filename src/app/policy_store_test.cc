#include "app/policy_store.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "app/changes.h"
#include "crypto/keyfile.h"
#include "ledger/outbox.h"
#include "store/state.h"
#include "support/temp_folder.h"

namespace sally::app {
namespace {

using policy::BundleStore;
using policy::Purpose;
using testing::HasSubstr;

class PolicyStore : public testing::Test {
 protected:
  PolicyStore() {
    EXPECT_TRUE(crypto::create_key_file(places_.key, random_).ok());
    places_.state_url = "sqlite:" + folder_.file("state.db");
  }

  Result<BundleStore::Changed> change(const std::string& word, const std::string& what) {
    return change_policies(
        world_, places_, what,
        {.purpose = Purpose::kEnforce,
         .files = policy::PolicyTexts{{"schema.cedarschema", "// " + word + "\n"}},
         .reason = "because of " + word});
  }

  // What the log will be told, oldest first.
  std::vector<std::string> recorded() {
    std::vector<std::string> out;
    const auto state = store::open_state(places_.state_url, store::IfMissing::kFail);
    EXPECT_TRUE(state.ok());
    const auto delivered = ledger::deliver_outbox(
        **state, {.size = [] { return Result<uint64_t>(0); },
                  .has = [](uint64_t, std::string_view) { return Result<bool>(false); },
                  .append =
                      [&](std::string_view entry) {
                        out.emplace_back(entry);
                        return ok();
                      },
                  .flush = [] { return ok(); }});
    EXPECT_TRUE(delivered.ok());
    return out;
  }

  sally::test::TempFolder folder_;
  FakeClock clock_{*parse_time("2026-11-20T10:04:11.204Z")};
  SeededRandom random_{7};
  Outside outside_ = system_outside();
  Console console_ = Console::standard();
  World world_{clock_, random_, outside_, console_};
  PolicyPlaces places_{.folder = {},
                       .bundles = folder_.file("bundles"),
                       .key = folder_.file("policy.key"),
                       .trusted = {},
                       .state_url = {}};
};

TEST_F(PolicyStore, RecordsEachChangeWithWhatWasAndWhatIs) {
  const auto first = change("one", "policy.activate");
  ASSERT_TRUE(first.ok()) << first.error().message();
  const auto second = change("two", "policy.rollback");
  ASSERT_TRUE(second.ok()) << second.error().message();
  EXPECT_EQ(second->now.who, local_user());
  EXPECT_EQ(second->now.time, clock_.now());
  EXPECT_EQ(second->before, first->now.enforce->bundle);

  const auto entries = recorded();
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_THAT(entries[0], HasSubstr("policy.activate"));
  EXPECT_THAT(entries[1], HasSubstr("policy.rollback"));
  EXPECT_THAT(entries[1], HasSubstr("because of two"));
  EXPECT_THAT(entries[1], HasSubstr(second->now.enforce->bundle));
  EXPECT_THAT(entries[1], HasSubstr(first->now.enforce->bundle));
}

TEST_F(PolicyStore, RecordsNothingWhereNothingChanges) {
  ASSERT_TRUE(change("one", "policy.activate").ok());
  EXPECT_EQ(recorded().size(), 1U);
  EXPECT_FALSE(change("one", "policy.activate")->is_new);
  EXPECT_EQ(recorded().size(), 0U);
}

TEST_F(PolicyStore, ChangesNothingThatCannotBeRecorded) {
  places_.state_url = "sqlite:" + folder_.file("missing/state.db");
  EXPECT_FALSE(change("one", "policy.activate").ok());
  EXPECT_FALSE(std::filesystem::exists(places_.bundles));
}

TEST_F(PolicyStore, NeedsNoStateWhereThereIsNoConfiguration) {
  places_.state_url.clear();
  EXPECT_TRUE(change("one", "policy.activate").ok());
}

TEST_F(PolicyStore, BelievesItsOwnKeyOrThoseThatAreNamed) {
  const auto own = trusted_keys(places_);
  ASSERT_TRUE(own.ok());
  ASSERT_EQ(own->size(), 1U);
  places_.trusted = {own->front().to_string()};
  places_.key = folder_.file("missing.key");
  EXPECT_EQ(trusted_keys(places_)->front().to_string(), own->front().to_string());
  EXPECT_EQ(change("one", "policy.activate").error().kind(), ErrorKind::kUsage);
}

}  // namespace
}  // namespace sally::app
