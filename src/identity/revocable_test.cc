#include "identity/revocable.h"

#include <gtest/gtest.h>

#include "support/temp_folder.h"
#include "support/times.h"

namespace sally::identity {
namespace {

using test::at_second;

// Knows one user, and whether that one is still good.
class OneUser final : public Identifier {
 public:
  std::optional<Identified> identify(const Credentials& credentials, WallTime) const override {
    if (credentials.bearer == "later") {
      return std::nullopt;
    }
    auto user = std::make_shared<Principal>();
    user->kind = PrincipalKind::kUser;
    user->id = "idp/alice";
    return Identified(PrincipalPtr(std::move(user)));
  }
  void ask(const Credentials&, WallTime, std::function<void()> done) const override { done(); }
  bool still_valid(const Principal&, WallTime) const override { return good; }
  bool good = true;
};

TEST(Revocable, ACallerIsRefusedFromTheRevocationOn) {
  const test::TempFolder folder;
  const auto state =
      *store::open_state("sqlite:" + folder.file("state.db"), store::IfMissing::kCreate);
  const WallTime now = at_second(10);
  std::shared_ptr<Revocations> revocations = *Revocations::open(*state, Millis(30'000), now);
  const auto callers = std::make_shared<OneUser>();
  const RevocableIdentifier identifier(callers, revocations);

  EXPECT_EQ(identifier.identify({.bearer = "later"}, now), std::nullopt);
  const auto who = identifier.identify({}, now);
  ASSERT_TRUE(who && who->ok());
  EXPECT_TRUE(identifier.still_valid(***who, now));
  callers->good = false;
  EXPECT_FALSE(identifier.still_valid(***who, now));
  callers->good = true;

  ASSERT_TRUE(state
                  ->write([&](store::Transaction& transaction) {
                    return transaction.revocations().add({.id = "r",
                                                          .kind = store::RevokedKind::kUser,
                                                          .target = "idp/alice",
                                                          .requested = now,
                                                          .who = "w",
                                                          .reason = "r"});
                  })
                  .ok());
  ASSERT_TRUE(*revocations->refresh(now));
  EXPECT_FALSE(identifier.still_valid(***who, now));
  const auto refused = identifier.identify({}, now);
  ASSERT_TRUE(refused && !refused->ok());
  EXPECT_EQ(refused->error().error.kind(), ErrorKind::kUnauthenticated);
  EXPECT_EQ(refused->error().challenge, R"(Bearer error="invalid_token")");
}

}  // namespace
}  // namespace sally::identity
