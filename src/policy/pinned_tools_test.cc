#include "policy/pinned_tools.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "store/state.h"
#include "support/temp_folder.h"
#include "support/times.h"

namespace sally::policy {
namespace {

using test::at_second;

class PinnedToolsTest : public testing::Test {
 protected:
  std::string keep_house(PinnedTools& pins, int64_t second = 1) {
    const auto news = pins.keep_house(*state_, at_second(second));
    if (!news.ok()) {
      return news.error().message();
    }
    std::string out;
    for (const PinnedTools::News& one : *news) {
      for (const std::string& tool : one.pinned) {
        out += "pinned " + one.route + "/" + tool + " ";
      }
      for (const std::string& tool : one.changed) {
        out += "changed " + one.route + "/" + tool + " ";
      }
    }
    return out;
  }
  // Whether anything was approved that was not before.
  Result<bool> approve(const std::string& tool, std::string_view digest = "") {
    bool out = false;
    TRY_OK(state_->write([&](store::Transaction& transaction) -> Result<> {
      TRY(auto pin, transaction.tool_pins().find("r", tool));
      pin->who = "alice";
      TRY(out, PinnedTools::approve(transaction, *pin, digest, at_second(9)));
      return ok();
    }));
    return out;
  }
  store::ToolPinRecord stored(const std::string& tool) {
    store::ToolPinRecord out;
    EXPECT_TRUE(state_
                    ->read([&](store::Transaction& transaction) -> Result<> {
                      TRY(const auto pin, transaction.tool_pins().find("r", tool));
                      out = pin.value_or(store::ToolPinRecord());
                      return ok();
                    })
                    .ok());
    return out;
  }

  test::TempFolder folder_;
  std::unique_ptr<store::State> state_ =
      *store::open_state("sqlite:" + folder_.file("state.db"), store::IfMissing::kCreate);
  PinnedTools pins_;
};

constexpr auto kApproved = ToolStanding::kApproved;
constexpr auto kChanged = ToolStanding::kChanged;

TEST_F(PinnedToolsTest, FirstSightPinsWithoutWaitingForTheDisk) {
  EXPECT_EQ(pins_.see("r", "a", "one"), kApproved);
  EXPECT_EQ(pins_.see("r", "a", "two"), kChanged);
  EXPECT_TRUE(pins_.is_changed("r", "a"));
  EXPECT_FALSE(pins_.is_changed("r", "b"));
  EXPECT_FALSE(pins_.is_changed("other", "a"));
  EXPECT_EQ(pins_.see("other", "a", "two"), kApproved);
}

TEST_F(PinnedToolsTest, WhatTheServerTakesBackIsApprovedAgain) {
  pins_.see("r", "a", "one");
  pins_.see("r", "a", "two");
  EXPECT_EQ(pins_.see("r", "a", "one"), kApproved);
  EXPECT_FALSE(pins_.is_changed("r", "a"));
}

TEST_F(PinnedToolsTest, NewsIsToldOnce) {
  pins_.see("r", "b", "one");
  pins_.see("r", "a", "one");
  EXPECT_EQ(keep_house(pins_), "pinned r/a pinned r/b ");
  EXPECT_EQ(keep_house(pins_), "");
  pins_.see("r", "a", "two");
  EXPECT_EQ(keep_house(pins_, 5), "changed r/a ");
  pins_.see("r", "a", "two");
  EXPECT_EQ(keep_house(pins_), "");
  EXPECT_EQ(stored("a").approved.text, "one");
  EXPECT_EQ(stored("a").listed->text, "two");
  EXPECT_EQ(stored("a").changed, at_second(5));
}

TEST_F(PinnedToolsTest, AnotherProcessKnowsWhatThisOneSaw) {
  pins_.see("r", "a", "one");
  keep_house(pins_);
  pins_.see("r", "a", "two");
  keep_house(pins_);
  PinnedTools other;
  keep_house(other);
  EXPECT_TRUE(other.is_changed("r", "a"));
  EXPECT_EQ(other.see("r", "a", "two"), kChanged);
  EXPECT_EQ(other.see("r", "a", "one"), kApproved);
}

TEST_F(PinnedToolsTest, WhoSawItSecondTakesItForChanged) {
  PinnedTools other;
  pins_.see("r", "a", "one");
  other.see("r", "a", "two");
  keep_house(pins_);
  EXPECT_EQ(keep_house(other), "changed r/a ");
  EXPECT_TRUE(other.is_changed("r", "a"));
}

TEST_F(PinnedToolsTest, WhatWasApprovedIsInForceWhenHouseIsKept) {
  pins_.see("r", "a", "one");
  keep_house(pins_);
  pins_.see("r", "a", "two");
  keep_house(pins_);
  EXPECT_TRUE(*approve("a"));
  EXPECT_TRUE(pins_.is_changed("r", "a"));
  keep_house(pins_);
  EXPECT_FALSE(pins_.is_changed("r", "a"));
  EXPECT_EQ(pins_.see("r", "a", "one"), kChanged);
  EXPECT_EQ(stored("a").who, "alice");
  EXPECT_EQ(stored("a").since, at_second(9));
}

TEST_F(PinnedToolsTest, WhatNobodyLookedAtIsNotApproved) {
  pins_.see("r", "a", "one");
  keep_house(pins_);
  pins_.see("r", "a", "two");
  keep_house(pins_);
  const std::string digest = to_hex(stored("a").listed->digest).substr(0, 12);
  pins_.see("r", "a", "three");
  keep_house(pins_);
  const auto approved = approve("a", digest);
  ASSERT_FALSE(approved.ok());
  EXPECT_EQ(approved.error().kind(), ErrorKind::kConflict);
  EXPECT_EQ(stored("a").approved.text, "one");
  EXPECT_TRUE(*approve("a", to_hex(stored("a").listed->digest)));
  EXPECT_FALSE(*approve("a"));
}

TEST_F(PinnedToolsTest, TheDigestIsOfTheWholeThoughThePartThatIsKeptIsTheSame) {
  const std::string text(PinnedTools::kLongestText, 'a');
  EXPECT_EQ(pins_.see("r", "a", text + "b"), kApproved);
  EXPECT_EQ(pins_.see("r", "a", text + "c"), kChanged);
  keep_house(pins_);
  EXPECT_EQ(stored("a").approved.text, text);
}

TEST_F(PinnedToolsTest, WhatIsBeyondTheRoomOfARouteIsHidden) {
  for (size_t i = 0; i < PinnedTools::kMostTools; ++i) {
    EXPECT_EQ(pins_.see("r", std::to_string(i), "one"), kApproved);
  }
  EXPECT_EQ(pins_.see("r", "more", "one"), kChanged);
  EXPECT_EQ(pins_.see("other", "more", "one"), kApproved);
}

}  // namespace
}  // namespace sally::policy
