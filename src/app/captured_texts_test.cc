#include "app/captured_texts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sally::app {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Pair;

AccessEvent event_of(std::string_view protocol, std::string_view action, std::string_view path,
                     bool stream = false) {
  AccessEvent out{.id = *Ulid::parse("01ARZ3NDEKTSV4RRFFQ69G5FAV"), .time = {}};
  out.protocol = protocol;
  out.action = action;
  out.path = path;
  out.method = "POST";
  out.stream = stream;
  return out;
}

std::vector<std::pair<std::string, std::string>> texts_of(const AccessEvent& event,
                                                          Direction direction,
                                                          std::string_view body) {
  std::vector<std::pair<std::string, std::string>> out;
  const auto texts = captured_texts(event, direction, body);
  EXPECT_TRUE(texts.ok()) << texts.error().to_string();
  if (texts.ok()) {
    for (const CapturedText& text : *texts) {
      out.emplace_back(text.place + " " + std::string(name_of(text.provenance)), text.text);
    }
  }
  return out;
}

TEST(CapturedTexts, ARequestHasItsTextsWithWhoSaysThem) {
  const auto event = event_of("openai", "openai:chat.completions", "/v1/chat/completions");
  const auto texts = texts_of(event, Direction::kRequest,
                              R"({"model":"m","messages":[{"role":"user","content":"a\nb"},)"
                              R"({"role":"tool","tool_call_id":"1","content":"c"}]})");
  EXPECT_THAT(texts, Contains(Pair("messages[0].content user", "a\nb")));
  EXPECT_THAT(texts, Contains(Pair("messages[1].content tool", "c")));
}

TEST(CapturedTexts, AnAnswerHasItsTexts) {
  const auto event = event_of("openai", "openai:chat.completions", "/v1/chat/completions");
  const auto texts =
      texts_of(event, Direction::kResponse,
               R"({"choices":[{"index":0,"message":{"role":"assistant","content":"hello"}}]})");
  EXPECT_THAT(texts, Contains(Pair("choices[0].message.content assistant", "hello")));
}

TEST(CapturedTexts, APieceOfAStreamIsPartOfItsText) {
  const auto event = event_of("openai", "openai:chat.completions", "/v1/chat/completions", true);
  const auto texts =
      texts_of(event, Direction::kResponse,
               "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hel\"}}]}\n\n"
               "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"lo\"}}]}\n\n"
               "data: [DONE]\n\n");
  EXPECT_THAT(texts, Contains(Pair("choices[0].delta.content assistant", "hello")));
}

TEST(CapturedTexts, MessagesOfMcpAreReadWhateverTheyAre) {
  const auto event = event_of("mcp", "mcp:tools/call", "/tools", true);
  const auto asked = texts_of(event, Direction::kRequest,
                              R"({"jsonrpc":"2.0","id":1,"method":"tools/call",)"
                              R"("params":{"name":"add","arguments":{"a":"one"}}})");
  EXPECT_THAT(asked, Contains(Pair("params.arguments.a assistant", "one")));
  for (const std::string_view around : {"", "data: "}) {
    const auto answered =
        texts_of(event, Direction::kResponse,
                 std::string(around) +
                     R"({"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"x"}]}})"
                     "\n\n");
    EXPECT_THAT(answered, Contains(Pair("result.content[0].text tool", "x")));
  }
}

TEST(CapturedTexts, WhatWasCutOrIsUnknownCannotBeRead) {
  const auto event = event_of("openai", "openai:chat.completions", "/v1/chat/completions");
  EXPECT_FALSE(captured_texts(event, Direction::kRequest, R"({"model":"m","mess)").ok());
  EXPECT_FALSE(captured_texts(event, Direction::kRequest, "\x1F\x8B\x08").ok());
  const auto other =
      captured_texts(event_of("openai", "openai:none", "/"), Direction::kRequest, "");
  ASSERT_FALSE(other.ok());
  EXPECT_THAT(other.error().to_string(), HasSubstr("openai:none"));
}

}  // namespace
}  // namespace sally::app
