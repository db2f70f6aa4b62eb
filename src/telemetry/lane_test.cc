#include "telemetry/lane.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "core/example_event.h"
#include "telemetry/spans.h"
#include "telemetry/test_decode.h"

namespace sally::telemetry {
namespace {

namespace f = otlp::span;

constexpr std::string_view kSampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
constexpr std::string_view kNotSampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

const WallTime kStart{std::chrono::seconds(1'700'000'000)};

class Lanes : public testing::Test {
 protected:
  LaneTracer tracer(double share) { return {lane, Sampler(share), random}; }

  AccessEvent event() {
    AccessEvent out = example_chat(kStart, random);
    out.source = "192.0.2.7";
    out.principal = "k1";
    out.route = "openai";
    out.model = "gpt";
    out.upstream = "local";
    out.input_tokens = 3;
    out.output_tokens = 4;
    return out;
  }

  // What the lane brought: the spans.
  std::vector<std::string> spans() {
    std::string out;
    while (lane->ring.pop(out) != 0) {
    }
    std::vector<std::string> list;
    for (const auto& span : all(out, otlp::export_request::kElements)) {
      list.emplace_back(span.bytes);
    }
    return list;
  }

  SeededRandom random{7};
  std::shared_ptr<Lane> lane = std::make_shared<Lane>(size_t{1} << 16U);
};

TEST_F(Lanes, ContinueTheCallersTraceAndItsDecision) {
  auto never = tracer(0);
  const auto sampled = never.begin({kSampled, "rojo=1"}, MonoTime{});
  EXPECT_EQ(sampled->id(), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(to_hex(sampled->parent.value()), "00f067aa0ba902b7");
  EXPECT_TRUE(sampled->sampled);
  EXPECT_EQ(sampled->state, "rojo=1");
  EXPECT_NE(to_hex(sampled->span), "00f067aa0ba902b7");
  auto always = tracer(1);
  EXPECT_FALSE(always.begin({kNotSampled, ""}, MonoTime{})->sampled);
}

TEST_F(Lanes, BeginATraceOfTheirOwnWhereTheCallersIsNotOne) {
  auto always = tracer(1);
  const auto trace = always.begin({std::string(kSampled) + ",00-1", "rojo=1"}, MonoTime{});
  EXPECT_NE(trace->id(), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_FALSE(trace->parent);
  EXPECT_TRUE(trace->sampled);
  EXPECT_EQ(trace->state, "");
  EXPECT_EQ(always.begin({kSampled, "not valid"}, MonoTime{})->state, "");
}

TEST_F(Lanes, KeepTheShareThatWasAskedFor) {
  auto some = tracer(0.25);
  int kept = 0;
  for (int i = 0; i < 4000; ++i) {
    kept += some.begin({}, MonoTime{})->sampled ? 1 : 0;
  }
  EXPECT_GT(kept, 900);
  EXPECT_LT(kept, 1100);
  auto none = tracer(0);
  auto all_of_them = tracer(1);
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(none.begin({}, MonoTime{})->sampled);
    EXPECT_TRUE(all_of_them.begin({}, MonoTime{})->sampled);
  }
}

TEST_F(Lanes, MakeOneServerSpanAndBelowItStagesAndCalls) {
  auto always = tracer(1);
  auto trace = always.begin({kSampled, "rojo=1"}, MonoTime{});
  trace->step("identity", MonoTime{Micros(10)}, MonoTime{Micros(15)});
  const std::string sent(trace->begin_call(random, "local", "gpt-real", MonoTime{Micros(20)}));
  trace->end_call(MonoTime{Micros(90)});
  always.end(std::move(trace), event(), MonoTime{Micros(100)});

  const auto list = spans();
  ASSERT_EQ(list.size(), 3U);
  const std::string& server = list[0];
  const std::string& stage = list[1];
  const std::string& call = list[2];
  const uint64_t start = 1'700'000'000'000'000'000ULL;
  EXPECT_EQ(to_hex(as_bytes(one(server, f::kParentSpanId).bytes)), "00f067aa0ba902b7");
  EXPECT_EQ(one(server, f::kName).bytes, "POST openai:chat.completions");
  EXPECT_EQ(one(server, f::kKind).number_value, 2U);
  EXPECT_EQ(one(server, f::kStart).number_value, start);
  EXPECT_EQ(one(server, f::kEnd).number_value, start + 100'000);
  EXPECT_EQ(one(server, f::kTraceState).bytes, "rojo=1");
  EXPECT_TRUE(all(server, f::kStatus).empty());
  EXPECT_EQ(attribute(server, f::kAttributes, "gen_ai.request.model"), "gpt");
  EXPECT_EQ(attribute(server, f::kAttributes, "http.response.status_code"), "200");
  EXPECT_EQ(one(stage, f::kName).bytes, "identity");
  EXPECT_EQ(one(stage, f::kStart).number_value, start + 10'000);
  EXPECT_EQ(one(stage, f::kEnd).number_value, start + 15'000);
  EXPECT_EQ(one(call, f::kName).bytes, "chat gpt-real");
  EXPECT_EQ(one(call, f::kKind).number_value, 3U);
  EXPECT_EQ(attribute(call, f::kAttributes, "gen_ai.provider.name"), "openai");
  EXPECT_EQ(attribute(call, f::kAttributes, "gen_ai.usage.input_tokens"), "3");
  EXPECT_EQ(attribute(call, f::kAttributes, "gen_ai.usage.output_tokens"), "4");
  EXPECT_EQ(sent, "00-4bf92f3577b34da6a3ce929d0e0e4736-" +
                      to_hex(as_bytes(one(call, f::kSpanId).bytes)) + "-01");
  for (const std::string& child : {stage, call}) {
    EXPECT_EQ(one(child, f::kParentSpanId).bytes, one(server, f::kSpanId).bytes);
    EXPECT_EQ(to_hex(as_bytes(one(child, f::kTraceId).bytes)), "4bf92f3577b34da6a3ce929d0e0e4736");
  }
}

TEST_F(Lanes, TellWhyARequestWasRefusedAndNeverWhatItHeld) {
  auto always = tracer(1);
  AccessEvent refused = event();
  refused.outcome = Outcome::kRefused;
  refused.status = 403;
  refused.upstream_status = 0;
  refused.refusal = Refusal{Stage::kInspection, ErrorKind::kDenied, "inspection.request",
                            "seen-value",       "expected-value",   "hint-value"};
  refused.findings.push_back({.inspector = "secrets",
                              .rule = "openai-api-key",
                              .severity = Severity::kHigh,
                              .place = "messages[0].content"});
  always.end(always.begin({}, MonoTime{}), refused, MonoTime{Micros(5)});
  const auto list = spans();
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(attribute(list[0], f::kAttributes, "sallyport.refusal.stage"), "inspection");
  EXPECT_EQ(attribute(list[0], f::kAttributes, "error.type"), "inspection");
  EXPECT_EQ(list[0].find("seen-value"), std::string::npos);
  EXPECT_TRUE(all(list[0], f::kStatus).empty()) << "a refusal is no failure of the server";
  const auto finding = one(list[0], f::kEvents);
  EXPECT_EQ(attribute(finding.bytes, otlp::span_event::kAttributes, "sallyport.finding.rule"),
            "openai-api-key");
}

TEST_F(Lanes, TellOfEveryAttemptAndWhyItFailed) {
  auto always = tracer(1);
  auto trace = always.begin({}, MonoTime{});
  trace->begin_call(random, "first", "m", MonoTime{Micros(1)});
  trace->fail_call(ErrorKind::kTimeout, MonoTime{Micros(2)});
  trace->begin_call(random, "second", "m", MonoTime{Micros(3)});
  AccessEvent failed = event();
  failed.upstream_status = 503;
  failed.status = 503;
  always.end(std::move(trace), failed, MonoTime{Micros(9)});
  const auto list = spans();
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(one(one(list[0], f::kStatus).bytes, otlp::status::kCode).number_value, 2U);
  EXPECT_EQ(attribute(list[1], f::kAttributes, "error.type"), "timeout");
  EXPECT_EQ(attribute(list[1], f::kAttributes, "http.response.status_code"), "-");
  EXPECT_EQ(attribute(list[2], f::kAttributes, "error.type"), "503");
  EXPECT_EQ(attribute(list[2], f::kAttributes, "http.request.resend_count"), "1");
  EXPECT_EQ(one(list[2], f::kEnd).number_value, one(list[0], f::kEnd).number_value);
}

TEST_F(Lanes, SayNothingOfWhatIsNotSampledButPassTheContextOn) {
  auto never = tracer(0);
  auto trace = never.begin({}, MonoTime{});
  trace->step("identity", MonoTime{}, MonoTime{});
  const std::string_view sent = trace->begin_call(random, "local", "m", MonoTime{});
  EXPECT_EQ(sent.substr(0, 36), "00-" + trace->id() + "-");
  EXPECT_TRUE(sent.ends_with("-00"));
  never.end(std::move(trace), event(), MonoTime{});
  EXPECT_TRUE(spans().empty());
}

TEST_F(Lanes, CountWhatDoesNotFit) {
  lane = std::make_shared<Lane>(1024);
  auto always = tracer(1);
  for (int i = 0; i < 5; ++i) {
    always.end(always.begin({}, MonoTime{}), event(), MonoTime{});
  }
  const size_t kept = spans().size();
  EXPECT_GT(kept, 0U);
  EXPECT_EQ(kept + lane->dropped.load(), 5U);
}

TEST_F(Lanes, ForgetOneRequestBeforeTheNext) {
  auto always = tracer(1);
  auto first = always.begin({kSampled, "rojo=1"}, MonoTime{});
  first->step("identity", MonoTime{}, MonoTime{});
  always.end(std::move(first), event(), MonoTime{});
  const auto second = always.begin({}, MonoTime{});
  EXPECT_FALSE(second->parent);
  EXPECT_EQ(second->state, "");
  EXPECT_TRUE(second->steps().empty());
  EXPECT_NE(second->id(), "4bf92f3577b34da6a3ce929d0e0e4736");
}

}  // namespace
}  // namespace sally::telemetry
