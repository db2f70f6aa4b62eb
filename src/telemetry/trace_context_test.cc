#include "telemetry/trace_context.h"

#include <gtest/gtest.h>

#include <string>

#include "base/encoding.h"

namespace sally::telemetry {
namespace {

constexpr std::string_view kGood = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(TraceParent, ReadsTheExampleOfTheSpecification) {
  const auto parent = parse_traceparent(kGood);
  ASSERT_TRUE(parent);
  EXPECT_EQ(to_hex(parent->trace), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(to_hex(parent->span), "00f067aa0ba902b7");
  EXPECT_TRUE(parent->sampled);
}

TEST(TraceParent, ReadsTheSampledBitAndNoOther) {
  std::string text(kGood);
  for (const auto& [flags, sampled] :
       {std::pair{"00", false}, {"01", true}, {"02", false}, {"03", true}, {"ff", true}}) {
    text.replace(53, 2, flags);
    ASSERT_TRUE(parse_traceparent(text)) << flags;
    EXPECT_EQ(parse_traceparent(text)->sampled, sampled) << flags;
  }
}

TEST(TraceParent, IsRefusedTruncatedAtEveryByte) {
  for (size_t cut = 0; cut < kGood.size(); ++cut) {
    EXPECT_FALSE(parse_traceparent(kGood.substr(0, cut))) << cut;
  }
}

TEST(TraceParent, IsRefusedWithAnyWrongByte) {
  for (size_t i = 0; i < kGood.size(); ++i) {
    for (const char wrong : {'A', 'F', 'g', ' ', '\0', '\xff', '/', ':'}) {
      std::string text(kGood);
      text[i] = wrong;
      EXPECT_FALSE(parse_traceparent(text)) << text;
    }
  }
}

TEST(TraceParent, IsRefusedWithZeroIdsVersionFfOrMoreThanVersionZeroHas) {
  const std::string good(kGood);
  EXPECT_FALSE(parse_traceparent("00-00000000000000000000000000000000-00f067aa0ba902b7-01"));
  EXPECT_FALSE(parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"));
  EXPECT_FALSE(parse_traceparent("ff" + good.substr(2)));
  EXPECT_FALSE(parse_traceparent(good + "-"));
  EXPECT_FALSE(parse_traceparent(good + "-what-the-future-will-be-like"));
}

TEST(TraceParent, OfALaterVersionMayGoOn) {
  const std::string later = "cc" + std::string(kGood.substr(2));
  EXPECT_TRUE(parse_traceparent(later));
  EXPECT_TRUE(parse_traceparent(later + "-what-the-future-will-be-like"));
  EXPECT_FALSE(parse_traceparent(later + ".what"));
}

TEST(TraceState, PassesWhatTheSpecificationAllows) {
  for (const std::string_view text : {
           "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE",
           "rojo=1",
           "a=1, b=2 ,\tc=3",
           "a=1,,b=2",
           "fw529a3039@dt=FfAAAQ,0key=v*l/u e",
       }) {
    EXPECT_TRUE(is_tracestate(text)) << text;
  }
}

TEST(TraceState, IsRefusedWhenMalformed) {
  const std::string long_key(257, 'k');
  const std::string long_value(257, 'v');
  std::string many = "k0=v";
  for (int i = 1; i <= 32; ++i) {
    many += ",k" + std::to_string(i) + "=v";
  }
  for (const std::string& text : {
           std::string(),
           std::string(","),
           std::string("rojo"),
           std::string("=1"),
           std::string("rojo="),
           std::string("Rojo=1"),
           std::string("ro jo=1"),
           std::string("a=1,a=2"),
           std::string("a=b=c"),
           std::string("a=\x01"),
           std::string("a=\xc3\xa9"),
           std::string("a@=1"),
           std::string("a@b@c=1"),
           std::string("-a=1"),
           long_key + "=1",
           "a=" + long_value,
           many,
           "a=" + std::string(256, 'v') + ",b=" + std::string(256, 'v'),
       }) {
    EXPECT_FALSE(is_tracestate(text)) << text;
  }
}

}  // namespace
}  // namespace sally::telemetry
