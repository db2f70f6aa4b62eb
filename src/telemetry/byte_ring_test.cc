#include "telemetry/byte_ring.h"

#include <gtest/gtest.h>

#include <thread>

namespace sally::telemetry {
namespace {

TEST(ByteRing, GivesRecordsInOrderAcrossItsEnd) {
  ByteRing ring(64);
  std::string out;
  for (uint32_t i = 1; i < 200; ++i) {
    const std::string record(i % 40, static_cast<char>('a' + i % 26));
    ASSERT_TRUE(ring.push(record, i));
    out.clear();
    ASSERT_EQ(ring.pop(out), i);
    ASSERT_EQ(out, record);
  }
  EXPECT_EQ(ring.pop(out), 0U);
}

TEST(ByteRing, TakesNothingThatDoesNotFit) {
  ByteRing ring(64);
  EXPECT_FALSE(ring.push(std::string(57, 'x'), 1));  // with its head of 8
  EXPECT_TRUE(ring.push(std::string(20, 'x'), 1));
  EXPECT_TRUE(ring.push(std::string(28, 'y'), 2));
  EXPECT_FALSE(ring.push("", 3));
  std::string out;
  EXPECT_EQ(ring.pop(out), 1U);
  EXPECT_TRUE(ring.push("z", 3));
  EXPECT_EQ(ring.pop(out), 2U);
  EXPECT_EQ(ring.pop(out), 3U);
  EXPECT_EQ(out, std::string(20, 'x') + std::string(28, 'y') + "z");
}

TEST(ByteRing, LosesNothingBetweenTwoThreads) {
  constexpr uint32_t kRecords = 20'000;
  ByteRing ring(1024);
  std::thread producer([&ring] {
    for (uint32_t i = 1; i <= kRecords; ++i) {
      const std::string record(i % 100, static_cast<char>(i));
      while (!ring.push(record, i)) {
        std::this_thread::yield();
      }
    }
  });
  std::string out;
  for (uint32_t i = 1; i <= kRecords;) {
    out.clear();
    if (const uint32_t got = ring.pop(out)) {
      ASSERT_EQ(got, i);
      ASSERT_EQ(out, std::string(i % 100, static_cast<char>(i)));
      ++i;
    } else {
      std::this_thread::yield();
    }
  }
  producer.join();
}

}  // namespace
}  // namespace sally::telemetry
