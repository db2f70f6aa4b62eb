#include "ledger/event_json.h"

#include <gtest/gtest.h>

#include "ledger/test_event.h"
#include "support/case_file.h"

namespace sally::ledger {
namespace {

std::string line_of(const AccessEvent& event, uint64_t seq = 7) {
  std::string object;
  append_event(object, event);
  std::string line;
  append_line(line, seq, object);
  return line;
}

TEST(EventJson, TheReferenceIsWhatTheTableSays) {
  test::expect_snapshot("../../docs/events.md", events_reference());
}

TEST(EventJson, LinesLookLikeThis) {
  SeededRandom random(1);
  std::string lines = line_of(test_event(random), 1);
  lines += line_of(test_refusal(random), 2);
  test::expect_snapshot("ledger_lines.jsonl", lines);
}

TEST(EventJson, ReadsBackWhatItWrote) {
  SeededRandom random(2);
  for (const AccessEvent& event : {test_event(random), test_refusal(random)}) {
    const std::string line = line_of(event);
    const auto back = parse_line(line);
    ASSERT_TRUE(back.ok()) << back.error().message();
    EXPECT_EQ(back->seq, 7U);
    EXPECT_EQ(*parse_seq(line), 7U);
    EXPECT_EQ(back->findings_total, event.findings.size());
    // Every field is in the line, so equal lines are equal events.
    EXPECT_EQ(line_of(back->event), line);
    EXPECT_EQ(back->event.refusal.has_value(), event.refusal.has_value());
    EXPECT_EQ(back->event.input_tokens, event.input_tokens);
  }
}

TEST(EventJson, ALineIsOneLineWhateverTheCallerSent) {
  SeededRandom random(3);
  AccessEvent event = test_event(random);
  event.model = std::string("\n\r\x1b\"\\\0\x7F\xFF", 8);
  event.path = "/\xE2\x80\xA8/";
  const std::string line = line_of(event);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const auto back = parse_line(line);
  ASSERT_TRUE(back.ok()) << back.error().message();
  EXPECT_EQ(back->event.model, std::string("\n\r\x1b\"\\\0\x7F\xEF\xBF\xBD", 10));
}

TEST(EventJson, ManyFindingsAreCountedNotListed) {
  SeededRandom random(4);
  AccessEvent event = test_refusal(random);
  event.findings.resize(1'000, event.findings[0]);
  const auto back = parse_line(line_of(event));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->event.findings.size(), kFindingsRecorded);
  EXPECT_EQ(back->findings_total, 1'000U);
}

TEST(EventJson, ATruncatedLineIsNoEvent) {
  SeededRandom random(5);
  const std::string line = line_of(test_refusal(random));
  for (size_t cut = 0; cut + 1 < line.size(); ++cut) {
    EXPECT_FALSE(parse_line(std::string_view(line).substr(0, cut)).ok()) << cut;
  }
}

TEST(EventJson, LeavesUnknownMembersAside) {
  SeededRandom random(6);
  std::string line = line_of(test_event(random));
  line.insert(line.size() - 2, ",\"later\":{\"a\":[1]}");
  EXPECT_TRUE(parse_line(line).ok());
}

TEST(EventJson, RefusesWhatIsNoEvent) {
  SeededRandom random(7);
  const std::string line = line_of(test_event(random));
  const auto with = [&](std::string_view what, std::string_view by) {
    std::string changed = line;
    changed.replace(changed.find(what), what.size(), by);
    return parse_line(changed);
  };
  EXPECT_EQ(with(R"("outcome":"allowed")", R"("outcome":"maybe")").error().message(),
            "`outcome`: `maybe` is none of its names");
  EXPECT_EQ(with(R"("outcome":"allowed",)", "").error().message(), "`outcome` is missing");
  EXPECT_EQ(with(R"("status":200)", R"("status":65536)").error().message(),
            "`status`: `65536` is too large");
  EXPECT_FALSE(with(R"("seq":7)", R"("seq":"7")").ok());
  EXPECT_FALSE(with(R"("seq":7,)", "").ok());
  for (const std::string_view text : {"", "{}", "null", "{\"seq\":}", "x"}) {
    EXPECT_EQ(parse_line(text).error().kind(), ErrorKind::kCorrupt);
    EXPECT_FALSE(parse_seq(text).ok());
  }
}

}  // namespace
}  // namespace sally::ledger
