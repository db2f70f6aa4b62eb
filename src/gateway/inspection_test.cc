#include "gateway/inspection.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "formats/sse.h"
#include "gateway/test_inspector.h"
#include "gateway/test_rewriter.h"

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
    const auto pushed = window.push({.raw = raw}, deltas);
    Result<> step = pushed ? window.settle(ready_) : pushed.error();
    if (step) {
      step = window.go_on(ready_);
    }
    return step ? ready_ : "refused: " + step.error().message();
  }
};

// A stream of events whose data is one JSON string, `"..."`, all of the same text.
class RewrittenWindows : public testing::Test {
 protected:
  WordRewriter rewriter_{"Ann", "[P1]"};
  Principal principal_;
  std::unique_ptr<Rewriting> rewriting_ = rewriter_.begin({principal_, ""}, WallTime{});

  // The texts of the events that came out, one behind the other, with `|` between the pushes.
  std::string run(const std::vector<std::string>& pieces, const Written& written = {}) {
    Findings findings;
    EventWindow window({{}, rewriting_.get()}, Direction::kResponse, findings, 10'000, 8);
    std::string out;
    for (const std::string& piece : pieces) {
      const std::string data = '"' + piece + '"';
      const std::string raw = "id: 7\ndata: " + data + "\n\n";
      Delta delta{0, false, "content", piece, written};
      delta.written.as = Written::As::kJsonString;
      delta.written.span = {0, data.size()};
      std::string ready;
      EXPECT_TRUE(window.push({raw, "", data, "id: 7\n"}, {&delta, 1}).ok());
      EXPECT_TRUE(window.settle(ready).ok());
      out += texts(ready) + '|';
    }
    std::string ready;
    EXPECT_TRUE(window.finish(ready).ok());
    return out + texts(ready);
  }

  static std::string texts(std::string_view events) {
    std::string out;
    formats::SseParser parser(10'000);
    parser.push(events);
    for (auto event = parser.next(); event && *event; event = parser.next()) {
      EXPECT_EQ((*event)->id, "7");
      EXPECT_TRUE((*event)->data.starts_with('"') && (*event)->data.ends_with('"'));
      out += (*event)->data.substr(1, (*event)->data.size() - 2);
    }
    EXPECT_EQ(parser.pending(), 0U);
    return out;
  }
};

TEST_F(RewrittenWindows, LetPassAtOnceWhatNeedNotChange) {
  EXPECT_EQ(run({"hello ", "there"}), "hello |there|");
}

TEST_F(RewrittenWindows, PutAWordInPlaceOfAnotherThatCameInManyEvents) {
  EXPECT_EQ(run({"hi [", "P", "1", "], how"}), "|||hi Ann, how|");
}

TEST_F(RewrittenWindows, GiveTheSameTextHoweverItIsCut) {
  const std::string text = "[P1] and [P2 [P[P1]] [P1";
  for (size_t first = 0; first <= text.size(); ++first) {
    for (size_t second = first; second <= text.size(); ++second) {
      std::string out =
          run({text.substr(0, first), text.substr(first, second - first), text.substr(second)});
      std::erase(out, '|');
      EXPECT_EQ(out, "Ann and [P2 [PAnn] [P1") << first << ' ' << second;
    }
  }
}

TEST_F(RewrittenWindows, KnowTheArgumentsOfAToolForJson) {
  EXPECT_EQ(run({"[P1]"}, {.form = TextForm::kJson}), "json:Ann|");
}

TEST_F(RewrittenWindows, LeaveATextThatNamesSomething) {
  EXPECT_EQ(run({"[P", "1]"}, {.fixed = true}), "[P|1]|");
}

TEST_F(RewrittenWindows, GiveWhatWaitsForTheEndOfATextOnceItCloses) {
  Findings findings;
  EventWindow window({{}, rewriting_.get()}, Direction::kResponse, findings, 10'000, 8);
  std::string ready;
  const Delta piece{0, false, "arguments", "[P", {.form = TextForm::kJson}};
  ASSERT_TRUE(window.push({.raw = "A"}, {&piece, 1}).ok());
  ASSERT_TRUE(window.settle(ready).ok());
  EXPECT_EQ(ready, "");
  const Delta close{.lane = 0, .whole = false, .place = "arguments", .text = {}, .closes = true};
  ASSERT_TRUE(window.push({.raw = "B"}, {&close, 1}).ok());
  ASSERT_TRUE(window.settle(ready).ok());
  EXPECT_EQ(ready, "AB");
}

TEST_F(RewrittenWindows, RewriteAPlainTextHoweverItIsCut) {
  const std::string text = "x [P1] [P";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    TextWindow window({{}, rewriting_.get()}, "body", Direction::kResponse);
    Findings findings;
    std::string ready;
    ASSERT_TRUE(window.push(text.substr(0, cut), ready, findings).ok());
    EXPECT_TRUE(std::string_view("x Ann [P").starts_with(ready)) << ready;
    ASSERT_TRUE(window.push(text.substr(cut), ready, findings).ok());
    ASSERT_TRUE(window.finish(ready, findings).ok());
    EXPECT_EQ(ready, "x Ann [P");
  }
}

TEST_F(Windows, PassesAnEventAtOnceWhenNothingIsInProgress) {
  EventWindow window({inspectors_}, Direction::kResponse, findings_, 1000, 8);
  EXPECT_EQ(push(window, "A", {{0, false, "p", "hello "}}), "A");
  EXPECT_EQ(push(window, "B", {}), "B");
}

TEST_F(Windows, HoldsAnEventWhoseTextMayBeTheBeginningOfAFinding) {
  EventWindow window({inspectors_}, Direction::kResponse, findings_, 1000, 8);
  EXPECT_EQ(push(window, "A", {{0, false, "p", "the sec"}}), "");
  EXPECT_EQ(push(window, "B", {{0, false, "p", "ond"}}), "AB");
  EXPECT_TRUE(findings_.empty());
}

TEST_F(Windows, KeepsBackEveryEventOfAFinding) {
  EventWindow window({inspectors_}, Direction::kResponse, findings_, 1000, 8);
  EXPECT_EQ(push(window, "A", {{0, false, "p", "s"}}), "");
  EXPECT_EQ(push(window, "B", {{0, false, "p", "ecr"}}), "");
  push(window, "C", {{0, false, "p", "et"}});
  ASSERT_EQ(findings_.size(), 1U);
  EXPECT_EQ(findings_[0].offset, 0U);
}

TEST_F(Windows, KeepsTheOrderOfEventsOverLanes) {
  EventWindow window({inspectors_}, Direction::kResponse, findings_, 1000, 8);
  EXPECT_EQ(push(window, "A", {{0, false, "p", "se"}}), "");
  EXPECT_EQ(push(window, "B", {{1, false, "q", "free"}}), "") << "waits behind A";
  EXPECT_EQ(push(window, "C", {{0, false, "p", "x"}}), "ABC");
}

TEST_F(Windows, InspectAWholeTextByItself) {
  EventWindow window({inspectors_}, Direction::kResponse, findings_, 1000, 8);
  EXPECT_EQ(push(window, "A", {{Delta::kNoLane, true, "id", "sec"}}), "A");
  EXPECT_EQ(push(window, "B", {{Delta::kNoLane, true, "id", "ret"}}), "B");
  EXPECT_TRUE(findings_.empty());
  push(window, "C", {{Delta::kNoLane, true, "id", "a secret"}});
  EXPECT_EQ(findings_.size(), 1U);
}

TEST_F(Windows, LetGoOnOfEventsThatCameTogetherWhatStandsBeforeAFinding) {
  EventWindow window({inspectors_}, Direction::kResponse, findings_, 1000, 8);
  for (const auto& [raw, text] : {std::pair{"A", "it is "}, {"B", "a sec"}, {"C", "ret"}}) {
    const Delta delta{0, false, "p", text};
    ASSERT_TRUE(window.push({.raw = raw}, {&delta, 1}).ok());
  }
  ASSERT_TRUE(window.settle(ready_).ok());
  ASSERT_EQ(findings_.size(), 1U);
  EXPECT_EQ(ready_, "A");
  ASSERT_TRUE(window.go_on(ready_).ok());
  EXPECT_EQ(ready_, "ABC") << "what was found may pass";
  EXPECT_EQ(push(window, "D", {{0, false, "p", "done"}}), "D");
}

TEST_F(Windows, StopAtAnEventInWhoseWholeTextSomethingWasFound) {
  EventWindow window({inspectors_}, Direction::kResponse, findings_, 1000, 8);
  const Delta found{Delta::kNoLane, true, "id", "a secret"};
  ASSERT_TRUE(window.push({.raw = "A"}, {}).ok());
  ASSERT_TRUE(window.push({.raw = "B"}, {&found, 1}).ok());
  ASSERT_TRUE(window.push({.raw = "C"}, {}).ok());
  ASSERT_TRUE(window.settle(ready_).ok());
  EXPECT_EQ(ready_, "A");
}

TEST_F(Windows, StopAtAnEventInWhichOthersFoundSomething) {
  findings_.emplace_back();  // of the request
  EventWindow window({inspectors_}, Direction::kResponse, findings_, 1000, 8);
  ASSERT_TRUE(window.push({.raw = "A"}, {}).ok());
  findings_.emplace_back();  // in a comment of the next event
  ASSERT_TRUE(window.push({.raw = "B"}, {}).ok());
  ASSERT_TRUE(window.push({.raw = "C"}, {}).ok());
  ASSERT_TRUE(window.settle(ready_).ok());
  EXPECT_EQ(ready_, "A");
}

TEST_F(Windows, GiveTheSameHoweverManyEventsAreSettledAtOnce) {
  const std::string text = "a sesecret, a secre and secretsecret of the end";
  for (size_t together = 1; together <= text.size(); ++together) {
    findings_.clear();
    EventWindow window({inspectors_}, Direction::kResponse, findings_, 1000, 8);
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
      const Delta delta{0, false, "p", std::string_view(text).substr(i, 1)};
      ASSERT_TRUE(window.push({.raw = delta.text}, {&delta, 1}).ok());
      if (i % together + 1 == together) {
        ASSERT_TRUE(window.settle(out).ok());
        ASSERT_TRUE(window.go_on(out).ok());
      }
    }
    ASSERT_TRUE(window.finish(out).ok());
    ASSERT_TRUE(window.go_on(out).ok());
    EXPECT_EQ(out, text) << together;
    EXPECT_EQ(findings_.size(), 3U) << together;
  }
}

TEST_F(Windows, TellsLanesApart) {
  EventWindow window({inspectors_}, Direction::kResponse, findings_, 1000, 8);
  push(window, "A", {{0, false, "p", "sec"}});
  push(window, "B", {{1, false, "q", "ret"}});
  EXPECT_TRUE(findings_.empty());
}

TEST_F(Windows, ReleasesTheRestAtTheEnd) {
  EventWindow window({inspectors_}, Direction::kResponse, findings_, 1000, 8);
  EXPECT_EQ(push(window, "A", {{0, false, "p", "sec"}}), "");
  ready_.clear();
  ASSERT_TRUE(window.finish(ready_).ok());
  EXPECT_EQ(ready_, "A");
}

// Holds back all of a text until it rests, and finds its last letter then.
class PatientInspection final : public ExchangeInspection {
 public:
  void see_request(std::string_view text, const Segment&, std::span<const Finding> known,
                   Findings&) override {
    request += std::string(text) + ":" + std::to_string(known.size()) + " ";
  }
  void end_request() override { request += "."; }
  void protect(std::string_view) override {}
  void see_answer(std::string_view text, const Segment&, TextForm, Findings& out) override {
    out.push_back({.inspector = "patient", .rule = "whole", .length = uint32_t(text.size())});
  }
  std::unique_ptr<StreamInspector> stream(const Segment&, TextForm) override {
    class Stream final : public StreamInspector {
     public:
      size_t feed(std::string_view piece, Findings&) override { return fed_ += piece.size(); }
      size_t rest(Findings& out) override {
        out.push_back({.inspector = "patient", .rule = "last", .offset = fed_ - 1, .length = 1});
        return 0;
      }
      void finish(Findings&) override {}

     private:
      size_t fed_ = 0;
    };
    return std::make_unique<Stream>();
  }
  std::string request;
};

TEST_F(Windows, ShowAnExchangeItsRequestWithWhatOthersFoundAndItsAnswer) {
  PatientInspection exchange;
  const Watch watch{.inspectors = inspectors_, .exchange = &exchange};
  InspectingVisitor asks(watch, Direction::kRequest, findings_);
  asks.text("a", "a secret", Written());
  asks.text("b", "nothing", Written());
  EXPECT_EQ(exchange.request, "a secret:1 nothing:0 ");
  findings_.clear();
  InspectingVisitor answers(watch, Direction::kResponse, findings_);
  answers.text("c", "fine", Written());
  ASSERT_EQ(findings_.size(), 1U);
  EXPECT_EQ(findings_[0].rule, "whole");
}

TEST_F(Windows, LetNothingGoOnWithAFindingWhereItsPlaceTellsNotEnough) {
  PatientInspection exchange;
  EventWindow window({.inspectors = inspectors_, .exchange = &exchange}, Direction::kResponse,
                     findings_, 1000, 8);
  const Delta piece{0, false, "p", "fine, a secret"};
  ASSERT_TRUE(window.push({.raw = "A"}, {}).ok());
  EXPECT_TRUE(window.full()) << "each event by itself";
  ASSERT_TRUE(window.push({.raw = "B"}, {&piece, 1}).ok());
  ASSERT_TRUE(window.settle(ready_).ok());
  ASSERT_EQ(findings_.size(), 1U);
  EXPECT_EQ(ready_, "");
  ASSERT_TRUE(window.go_on(ready_).ok());
  EXPECT_EQ(ready_, "A") << "B waits for the other inspection";
}

TEST_F(Windows, ATextThatRestsWaitsNoLonger) {
  PatientInspection exchange;
  EventWindow window({.exchange = &exchange}, Direction::kResponse, findings_, 1000, 8);
  EXPECT_EQ(push(window, "A", {{0, false, "p", "one"}}), "");
  EXPECT_EQ(
      push(window, "B", {{.lane = 0, .whole = false, .place = "p", .text = {}, .rests = true}}),
      "AB");
  ASSERT_EQ(findings_.size(), 1U);
  EXPECT_EQ(findings_[0].offset, 2U);
  EXPECT_EQ(push(window, "C", {{0, false, "p", "two"}}), "") << "it went on all the same";
  ready_.clear();
  ASSERT_TRUE(window.finish(ready_).ok());
  EXPECT_EQ(ready_, "C");
}

TEST_F(Windows, ATextThatGetsNothingMoreDoesNotHoldUpOthersForGood) {
  PatientInspection exchange;
  EventWindow window({.exchange = &exchange}, Direction::kResponse, findings_, 100'000, 8);
  EXPECT_EQ(push(window, "A", {{0, false, "p", "one"}}), "");
  const std::string raw(1'000, 'B');
  std::string out;
  for (int i = 0; i < 8; ++i) {
    out += push(window, raw, {});
  }
  EXPECT_TRUE(out.starts_with("A" + raw));
  EXPECT_EQ(out.size(), 8'001U);
}

TEST_F(Windows, RefuseWhenMoreWaitsThanMay) {
  EventWindow window({inspectors_}, Direction::kResponse, findings_, 10, 8);
  EXPECT_EQ(push(window, "12345678", {{0, false, "p", "sec"}}), "");
  EXPECT_TRUE(push(window, "12345678", {{1, false, "q", "more"}}).starts_with("refused"));
}

TEST_F(Windows, RefuseMoreLanesThanTheirBound) {
  EventWindow window({inspectors_}, Direction::kResponse, findings_, 100, 2);
  EXPECT_EQ(push(window, "A", {{1, false, "p", "x"}}), "A");
  EXPECT_TRUE(push(window, "B", {{2, false, "q", "x"}}).starts_with("refused"));
}

TEST_F(Windows, SplitATextAnywhereWithTheSameResult) {
  const std::string text = "a sesecret and a secre and secretsecret";
  Findings whole;
  inspectors_[0]->inspect(text, {"body", Direction::kResponse}, whole);
  ASSERT_EQ(whole.size(), 3U);
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    TextWindow window({inspectors_}, "body", Direction::kResponse);
    Findings findings;
    std::string ready;
    ASSERT_TRUE(window.push(text.substr(0, cut), ready, findings).ok());
    EXPECT_TRUE(text.starts_with(ready));
    ASSERT_TRUE(window.push(text.substr(cut), ready, findings).ok());
    ASSERT_TRUE(window.finish(ready, findings).ok());
    EXPECT_EQ(ready, text);
    ASSERT_EQ(findings.size(), 3U) << cut;
    EXPECT_EQ(findings[0].offset, whole[0].offset);
  }
}

}  // namespace
}  // namespace sally::gateway
