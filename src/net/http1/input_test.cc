#include "net/http1/input.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <string_view>

namespace sally::net::http1 {
namespace {

constexpr std::string_view kHead =
    "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n";

void feed(Input& input, std::string_view bytes) {
  const HttpLimits limits;
  while (!bytes.empty()) {
    const MutableBytes space = input.space(limits);
    const size_t count = std::min(space.size(), bytes.size());
    std::memcpy(space.data(), bytes.data(), count);
    input.filled(count);
    bytes.remove_prefix(count);
  }
}

Input chunked(std::string_view body) {
  Input input;
  feed(input, std::string(kHead) + std::string(body));
  EXPECT_EQ(input.scan(HttpLimits()), HeadScanner::State::kComplete);
  [[maybe_unused]] const MutableBytes head = input.take_head();
  input.expect(Framing::kChunked, std::nullopt, 1'000);
  return input;
}

TEST(Input, GivesTheChunksThatAreHereInOnePiece) {
  Input input = chunked("2\r\nab\r\n1\r\nc\r\n3;x=y\r\ndef\r\n0\r\n\r\n");
  const Input::Step step = input.step();
  EXPECT_EQ(step.state, Input::State::kData);
  EXPECT_EQ(as_text(step.data), "abcdef");
  EXPECT_EQ(input.step().state, Input::State::kEnd);
}

TEST(Input, GivesTheSameHoweverTheBodyIsCut) {
  const std::string body = "2\r\nab\r\na\r\n0123456789\r\n3\r\ndef\r\n0\r\n\r\n";
  for (size_t cut = 0; cut <= body.size(); ++cut) {
    Input input = chunked(body.substr(0, cut));
    std::string got;
    bool second = false;
    for (;;) {
      const Input::Step step = input.step();
      if (step.state == Input::State::kData) {
        got += as_text(step.data);
      } else if (step.state == Input::State::kMore) {
        ASSERT_FALSE(second) << cut;
        second = true;
        feed(input, std::string_view(body).substr(cut));
      } else {
        EXPECT_EQ(step.state, Input::State::kEnd) << cut;
        break;
      }
    }
    EXPECT_EQ(got, "ab0123456789def") << cut;
  }
}

TEST(Input, GivesWhatCameBeforeABrokenChunkAndThenSaysSo) {
  Input input = chunked("2\r\nab\r\nzz\r\n");
  EXPECT_EQ(as_text(input.step().data), "ab");
  EXPECT_EQ(input.step().state, Input::State::kBroken);
  EXPECT_EQ(input.step().state, Input::State::kBroken);
}

TEST(Input, RefusesMoreThanItsLimitOverManyChunks) {
  std::string body;
  for (int i = 0; i < 101; ++i) {
    body += "a\r\n0123456789\r\n";
  }
  Input input = chunked(body);
  EXPECT_EQ(input.step().state, Input::State::kTooLarge);
}

}  // namespace
}  // namespace sally::net::http1
