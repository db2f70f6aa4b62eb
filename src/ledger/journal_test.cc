#include "ledger/journal.h"

#include <gmock/gmock.h>

#include "ledger/crc32c.h"
#include "ledger/ring.h"
#include "ledger/test_disk.h"

namespace sally::ledger {
namespace {

std::string frame(uint64_t first_seq, const std::vector<std::string>& entries,
                  uint64_t durable = 0) {
  std::string out;
  FrameWriter writer(out, 2);
  for (const std::string& entry : entries) {
    writer.add(entry);
  }
  writer.finish({.first_seq = first_seq,
                 .durable = durable,
                 .generation = 7,
                 .written = WallTime(Micros(123)),
                 .lanes = {8, 1'000'000'000'000}});
  return out;
}

class JournalTest : public testing::Test {
 protected:
  Result<JournalEnd> scan(std::string_view bytes) {
    std::vector<Segment> segments;
    segments.push_back(*make_segment(disk_, "/journal", 0, bytes));
    return scan_journal(segments);
  }

  SeededRandom random_{1};
  SimulatedDisk disk_{random_};
};

TEST(Crc32c, IsThatOfItsRfcWithAndWithoutTheInstruction) {
  const std::string zeros(32, '\0');
  EXPECT_EQ(crc32c(as_bytes(zeros)), 0x8A9136AAU);  // RFC 3720, B.4
  EXPECT_EQ(crc32c(as_bytes("123456789")), 0xE3069283U);
  std::string text;
  for (int i = 0; i < 1'700; ++i) {  // twice what is taken side by side, and a rest
    ASSERT_EQ(crc32c(as_bytes(text)), crc32c_portable(as_bytes(text))) << i;
    ASSERT_EQ(crc32c(as_bytes("rest"), crc32c(as_bytes(text))), crc32c(as_bytes(text + "rest")));
    text += static_cast<char>(i * 37);
  }
}

TEST(Frame, GivesBackWhatWasPutIn) {
  const std::string bytes = frame(42, {"one", "", "three"}, 40) + "more";
  const auto parsed = parse_frame(bytes);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->head.first_seq, 42U);
  EXPECT_EQ(parsed->end_seq(), 45U);
  EXPECT_EQ(parsed->head.durable, 40U);
  EXPECT_EQ(parsed->head.generation, 7U);
  EXPECT_EQ(parsed->head.written, WallTime(Micros(123)));
  EXPECT_THAT(parsed->head.lanes, testing::ElementsAre(8U, 1'000'000'000'000U));
  EXPECT_EQ(parsed->entries, std::string_view("\0\3one\0\0\0\5three", 14));
  EXPECT_EQ(parsed->bytes + 4, bytes.size());
}

TEST(Frame, IsNoneWhenCutOrWithAnyBitFlipped) {
  const std::string whole = frame(42, {"one", "two"});
  for (size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(parse_frame(std::string_view(whole).substr(0, length))) << length;
  }
  for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    EXPECT_FALSE(parse_frame(flipped)) << bit;
  }
}

TEST_F(JournalTest, EndsBehindItsLastWholeFrame) {
  const std::string frames = frame(0, {}) + frame(0, {"one"}) + frame(1, {"two", "three"}, 1);
  const auto end = scan(frames);
  ASSERT_TRUE(end.ok()) << end.error().message();
  EXPECT_EQ(end->next_seq, 3U);
  EXPECT_EQ(end->durable, 1U);
  EXPECT_EQ(end->torn_bytes, 0U);

  const auto torn = scan(frames + frame(3, {"four"}).substr(0, 40));
  ASSERT_TRUE(torn.ok());
  EXPECT_EQ(torn->next_seq, 3U);
  EXPECT_EQ(torn->offset, frames.size());
  EXPECT_EQ(torn->torn_bytes, 40U);
}

TEST_F(JournalTest, IsTornWhereALostWriteWasNotKnownToBeDurable) {
  std::string lost = frame(1, {"two"});
  lost.assign(lost.size(), '\0');
  const auto end = scan(frame(0, {"one"}) + lost + frame(2, {"three"}, 1));
  ASSERT_TRUE(end.ok()) << end.error().message();
  EXPECT_EQ(end->next_seq, 1U);
}

TEST_F(JournalTest, IsCorruptWhereADurableFrameIsDamaged) {
  const std::string first = frame(0, {"one"});
  std::string damaged = frame(1, {"two"});
  damaged.back() ^= 1;
  const auto end = scan(first + damaged + frame(2, {"three"}, 2));
  ASSERT_FALSE(end.ok());
  EXPECT_EQ(end.error().kind(), ErrorKind::kCorrupt);
  EXPECT_THAT(end.error().message(),
              testing::HasSubstr("00000000000000000000` is damaged at byte " +
                                 std::to_string(first.size())));
}

TEST_F(JournalTest, IsCorruptWhereASegmentIsMissing) {
  std::vector<Segment> segments;
  segments.push_back(*make_segment(disk_, "/journal", 0, frame(0, {"one"})));
  segments.push_back(*make_segment(disk_, "/journal", 5, frame(5, {"six"}, 5)));
  const auto end = scan_journal(segments);
  ASSERT_FALSE(end.ok());
  EXPECT_EQ(end.error().kind(), ErrorKind::kCorrupt);
}

TEST_F(JournalTest, TakesALaterSegmentInPlaceOfWhatItRepeats) {
  std::vector<Segment> segments;
  segments.push_back(*make_segment(disk_, "/journal", 0, frame(0, {"one"}) + frame(1, {"lost"})));
  segments.push_back(*make_segment(disk_, "/journal", 1, frame(1, {"two"}, 1)));
  const auto end = scan_journal(segments);
  ASSERT_TRUE(end.ok()) << end.error().message();
  EXPECT_EQ(end->next_seq, 2U);
}

class RingTest : public testing::Test {
 protected:
  RingTest() : ring_(*disk_.map("/ring", 256), 3) {}

  // What stands there for whoever opens the file, from `position` on.
  std::vector<std::string> found(uint64_t generation, uint64_t position = 0) {
    const RingView view(as_bytes(*disk_.bytes_of("/ring")), generation);
    std::vector<std::string> out;
    std::string entry;
    while (const auto next = view.read(position, entry)) {
      out.push_back(std::move(entry));
      entry.clear();
      position = *next;
    }
    return out;
  }

  SeededRandom random_{1};
  SimulatedDisk disk_{random_};
  Ring ring_;
};

TEST_F(RingTest, TakesEntriesUntilItIsFullAndAgainWhenTheyAreFreed) {
  int taken = 0;
  while (ring_.put("entry " + std::to_string(taken))) {
    ++taken;
  }
  EXPECT_EQ(taken, 8);  // of 32 bytes each
  EXPECT_EQ(found(3).size(), 8U);
  ring_.free_to(64);
  EXPECT_TRUE(ring_.put("entry 8"));
  EXPECT_TRUE(ring_.put("entry 9"));
  EXPECT_FALSE(ring_.put("entry 10"));
  EXPECT_EQ(found(3, 64).size(), 8U);
  EXPECT_EQ(found(3, 64).back(), "entry 9");
}

TEST_F(RingTest, ShowsNothingOfAnEarlierRoundOrAnotherGeneration) {
  ASSERT_TRUE(ring_.put("one"));
  EXPECT_THAT(found(3), testing::ElementsAre("one"));
  EXPECT_TRUE(found(4).empty());
  EXPECT_TRUE(found(3, 256).empty()) << "the same place, a round later";
}

TEST_F(RingTest, ShowsNoRecordThatIsDamaged) {
  ASSERT_TRUE(ring_.put("one"));
  std::string& memory = *disk_.bytes_of("/ring");
  for (size_t bit = 0; bit < Ring::record_bytes(3) * 8; ++bit) {
    const bool is_padding = bit / 8 >= 24 + 3;
    memory[bit / 8] = static_cast<char>(memory[bit / 8] ^ 1 << bit % 8);
    EXPECT_EQ(found(3).empty(), !is_padding) << bit;
    memory[bit / 8] = static_cast<char>(memory[bit / 8] ^ 1 << bit % 8);
  }
}

}  // namespace
}  // namespace sally::ledger
