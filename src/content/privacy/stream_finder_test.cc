#include "content/privacy/stream_finder.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sally::content {
namespace {

const TextFinder& finder() {
  static const TextFinder kFinder = *TextFinder::create();
  return kFinder;
}

// What was found, for people and for comparing: `TYPE:text`.
class Reading {
 public:
  explicit Reading(std::string_view text) : text_(text) {}

  void feed(size_t size) {
    const uint64_t decided = stream_.decided();
    stream_.feed(text_.substr(at_, size), found_);
    at_ += size;
    check(decided);
  }
  std::vector<std::string> finish() {
    const uint64_t decided = stream_.decided();
    stream_.finish(found_);
    check(decided);
    std::vector<std::string> out;
    for (const Found& one : found_) {
      std::string text(text_.substr(one.begin, one.end - one.begin));
      if (one.goes_on) {
        out.back() += text;
      } else {
        out.push_back(std::string(one.type) + ":" + text);
      }
    }
    return out;
  }

 private:
  // Nothing new lies in what was decided before, and no more is held than may be.
  void check(uint64_t decided) {
    for (; seen_ < found_.size(); ++seen_) {
      EXPECT_GE(found_[seen_].begin, decided);
    }
    EXPECT_LE(stream_.fed() - stream_.decided(), StreamFinder::kMostHeld);
    EXPECT_EQ(stream_.fed(), at_);
  }

  std::string_view text_;
  StreamFinder stream_{finder()};
  std::vector<Found> found_;
  size_t at_ = 0;
  size_t seen_ = 0;
};

std::vector<std::string> whole(std::string_view text) {
  Reading reading(text);
  reading.feed(text.size());
  return reading.finish();
}
std::vector<std::string> octet_by_octet(std::string_view text) {
  Reading reading(text);
  for (size_t i = 0; i < text.size(); ++i) {
    reading.feed(1);
  }
  return reading.finish();
}
std::vector<std::string> cut_at(std::string_view text, size_t first, size_t second) {
  Reading reading(text);
  reading.feed(first);
  reading.feed(second - first);
  reading.feed(text.size() - second);
  return reading.finish();
}

std::string repeated(std::string_view text, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) {
    out += text;
  }
  return out;
}

const std::string kText =
    "Thanks for writing. Your card 4111 1111 1111 1111 was charged, and the receipt went to "
    "ann.miller@example.com already; call +1 415 555 2671 if it is wrong.\n\n"
    "the account is DE89 3704 0044 0532 0130 00, the host 203.0.113.77 and the number 12,345.";

TEST(StreamFinder, FindsWhatTheTextHolds) {
  const auto found = whole(kText);
  EXPECT_NE(std::ranges::find(found, "CREDIT_CARD:4111 1111 1111 1111"), found.end());
  EXPECT_NE(std::ranges::find(found, "EMAIL_ADDRESS:ann.miller@example.com"), found.end());
  EXPECT_NE(std::ranges::find(found, "IBAN_CODE:DE89 3704 0044 0532 0130 00"), found.end());
  EXPECT_NE(std::ranges::find(found, "IP_ADDRESS:203.0.113.77"), found.end());
}

TEST(StreamFinder, FindsTheSameHoweverTheTextIsCut) {
  const auto expected = whole(kText);
  EXPECT_EQ(octet_by_octet(kText), expected);
  for (size_t first = 0; first <= kText.size(); first += 3) {
    for (size_t second = first; second <= kText.size(); second += 7) {
      ASSERT_EQ(cut_at(kText, first, second), expected) << first << ' ' << second;
    }
  }
}

TEST(StreamFinder, LetsAPlainSentenceGoWhenTheNextOneBegins) {
  StreamFinder stream(finder());
  std::vector<Found> found;
  stream.feed("this is all there was to say. And", found);
  EXPECT_EQ(stream.decided(), 30U);
  stream.feed(" so on, and", found);
  EXPECT_EQ(stream.decided(), 41U) << "a clause of plain words is over too";
  stream.feed(" on to Main Street, and", found);
  EXPECT_EQ(stream.decided(), 41U) << "a name may go on behind a comma";
}

TEST(StreamFinder, HoldsWhatHasNoEnd) {
  const std::string text = repeated("Word ", 200) + "ann@example.com " + repeated("Word ", 100);
  const auto expected = whole(text);
  EXPECT_NE(std::ranges::find(expected, "EMAIL_ADDRESS:ann@example.com"), expected.end());
  EXPECT_EQ(octet_by_octet(text), expected);
}

TEST(StreamFinder, FindsAValueWhereverItStandsInAnEndlessWord) {
  for (const size_t before : {100U, 150U, 170U, 175U, 180U, 200U, 223U, 224U, 225U, 300U}) {
    const std::string text = repeated("x", before) + " 4111111111111111 " + repeated("y", 500);
    const auto found = whole(text);
    EXPECT_NE(std::ranges::find(found, "CREDIT_CARD:4111111111111111"), found.end()) << before;
    EXPECT_EQ(octet_by_octet(text), found);
  }
}

TEST(StreamFinder, FindsAllOfAKeyThatIsLongerThanWhatIsHeld) {
  const std::string key =
      std::string("-----BEGIN RSA PRIV") + "ATE KEY-----\n" +
      repeated("MIIEowIBAAKCAQEAq7BFUpkGp3+LQmlQYx2eqzDV+xeG8kx/sQFV18S5JhzGeI\n", 20) +
      "-----END RSA PRIV" + "ATE KEY-----";
  const std::string text = "here you are:\n" + key + "\nthat was it, and no more.";
  const auto expected = whole(text);
  ASSERT_FALSE(expected.empty());
  EXPECT_EQ(expected[0], "SECRET:" + key);
  EXPECT_EQ(octet_by_octet(text), expected);
}

TEST(StreamFinder, FindsAllOfATokenThatIsLongerThanWhatIsHeld) {
  const std::string token = "eyJhbGciOiJSUzI1NiJ9." +
                            repeated("eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZ", 20) + "." +
                            repeated("SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV", 10);
  const std::string text = "token=" + token + " is yours.";
  const auto expected = whole(text);
  std::string all;
  for (const std::string& one : expected) {
    all += one;
  }
  EXPECT_NE(all.find(token.substr(0, 200)), std::string::npos);
  EXPECT_NE(all.find(token.substr(token.size() - 50)), std::string::npos);
  EXPECT_EQ(octet_by_octet(text), expected);
}

TEST(StreamFinder, TakesAnyOctets) {
  std::string text;
  for (int i = 0; i < 2'000; ++i) {
    text += static_cast<char>(i * 37 + i / 7);
  }
  EXPECT_EQ(octet_by_octet(text), whole(text));
}

}  // namespace
}  // namespace sally::content
