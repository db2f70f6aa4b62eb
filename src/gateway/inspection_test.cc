#include "gateway/inspection.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "gateway/test_inspector.h"

namespace sally::gateway {
namespace {

class Windows : public testing::Test {
 protected:
  std::vector<std::shared_ptr<const Inspector>> inspectors_ = {
      std::make_shared<WordInspector>("secret")};
  Findings findings_;
  std::string ready_;

  // What this push released.
  std::string push(EventWindow& window, std::string_view raw, std::vector<Delta> deltas) {
    ready_.clear();
    const Result<> pushed = window.push(raw, deltas, ready_, findings_);
    return pushed ? ready_ : "refused: " + pushed.error().message();
  }
};

TEST_F(Windows, PassesAnEventAtOnceWhenNothingIsInProgress) {
  EventWindow window(inspectors_, Direction::kResponse, 1000, 8);
  EXPECT_EQ(push(window, "A", {{0, false, "p", "hello "}}), "A");
  EXPECT_EQ(push(window, "B", {}), "B");
}

TEST_F(Windows, HoldsAnEventWhoseTextMayBeTheBeginningOfAFinding) {
  EventWindow window(inspectors_, Direction::kResponse, 1000, 8);
  EXPECT_EQ(push(window, "A", {{0, false, "p", "the sec"}}), "");
  EXPECT_EQ(push(window, "B", {{0, false, "p", "ond"}}), "AB");
  EXPECT_TRUE(findings_.empty());
}

TEST_F(Windows, KeepsBackEveryEventOfAFinding) {
  EventWindow window(inspectors_, Direction::kResponse, 1000, 8);
  EXPECT_EQ(push(window, "A", {{0, false, "p", "s"}}), "");
  EXPECT_EQ(push(window, "B", {{0, false, "p", "ecr"}}), "");
  push(window, "C", {{0, false, "p", "et"}});
  ASSERT_EQ(findings_.size(), 1U);
  EXPECT_EQ(findings_[0].offset, 0U);
}

TEST_F(Windows, KeepsTheOrderOfEventsOverLanes) {
  EventWindow window(inspectors_, Direction::kResponse, 1000, 8);
  EXPECT_EQ(push(window, "A", {{0, false, "p", "se"}}), "");
  EXPECT_EQ(push(window, "B", {{1, false, "q", "free"}}), "") << "waits behind A";
  EXPECT_EQ(push(window, "C", {{0, false, "p", "x"}}), "ABC");
}

TEST_F(Windows, InspectAWholeTextByItself) {
  EventWindow window(inspectors_, Direction::kResponse, 1000, 8);
  EXPECT_EQ(push(window, "A", {{Delta::kNoLane, true, "id", "sec"}}), "A");
  EXPECT_EQ(push(window, "B", {{Delta::kNoLane, true, "id", "ret"}}), "B");
  EXPECT_TRUE(findings_.empty());
  push(window, "C", {{Delta::kNoLane, true, "id", "a secret"}});
  EXPECT_EQ(findings_.size(), 1U);
}

TEST_F(Windows, TellsLanesApart) {
  EventWindow window(inspectors_, Direction::kResponse, 1000, 8);
  push(window, "A", {{0, false, "p", "sec"}});
  push(window, "B", {{1, false, "q", "ret"}});
  EXPECT_TRUE(findings_.empty());
}

TEST_F(Windows, ReleasesTheRestAtTheEnd) {
  EventWindow window(inspectors_, Direction::kResponse, 1000, 8);
  EXPECT_EQ(push(window, "A", {{0, false, "p", "sec"}}), "");
  ready_.clear();
  window.finish(ready_, findings_);
  EXPECT_EQ(ready_, "A");
}

TEST_F(Windows, RefuseWhenMoreWaitsThanMay) {
  EventWindow window(inspectors_, Direction::kResponse, 10, 8);
  EXPECT_EQ(push(window, "12345678", {{0, false, "p", "sec"}}), "");
  EXPECT_TRUE(push(window, "12345678", {{1, false, "q", "more"}}).starts_with("refused"));
}

TEST_F(Windows, RefuseMoreLanesThanTheirBound) {
  EventWindow window(inspectors_, Direction::kResponse, 100, 2);
  EXPECT_EQ(push(window, "A", {{1, false, "p", "x"}}), "A");
  EXPECT_TRUE(push(window, "B", {{2, false, "q", "x"}}).starts_with("refused"));
}

TEST_F(Windows, SplitATextAnywhereWithTheSameResult) {
  const std::string text = "a sesecret and a secre and secretsecret";
  Findings whole;
  inspectors_[0]->inspect(text, "body", Direction::kResponse, whole);
  ASSERT_EQ(whole.size(), 3U);
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    TextWindow window(inspectors_, "body", Direction::kResponse);
    Findings findings;
    std::string ready;
    window.push(text.substr(0, cut), ready, findings);
    EXPECT_TRUE(text.starts_with(ready));
    window.push(text.substr(cut), ready, findings);
    window.finish(ready, findings);
    EXPECT_EQ(ready, text);
    ASSERT_EQ(findings.size(), 3U) << cut;
    EXPECT_EQ(findings[0].offset, whole[0].offset);
  }
}

}  // namespace
}  // namespace sally::gateway
