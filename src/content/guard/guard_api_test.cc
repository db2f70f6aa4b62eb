#include "content/guard/guard_api.h"

#include <gtest/gtest.h>

#include "formats/json/document.h"

namespace sally::content {
namespace {

struct Case {
  GuardApi api;
  const char* answer;
  float score;  // below 0: cannot be read
};

class GuardAnswer : public testing::TestWithParam<Case> {};

TEST_P(GuardAnswer, MeansThis) {
  const auto opinion = read_guard_answer(GetParam().api, GetParam().answer);
  if (GetParam().score < 0) {
    ASSERT_FALSE(opinion.ok());
    EXPECT_EQ(opinion.error().kind(), ErrorKind::kUpstream);
  } else {
    ASSERT_TRUE(opinion.ok()) << opinion.error().message();
    EXPECT_NEAR(opinion->score, GetParam().score, 1e-5);
  }
}

constexpr Case kCases[] = {
    // Llama Guard.
    {GuardApi::kChat, R"({"choices":[{"message":{"role":"assistant","content":"\n\nsafe"}}]})", 0},
    {GuardApi::kChat, R"({"choices":[{"message":{"content":"unsafe\nS14"}}]})", 1},
    // ShieldGemma, Granite Guardian.
    {GuardApi::kChat, R"({"choices":[{"message":{"content":"Yes"}}]})", 1},
    {GuardApi::kChat, R"({"choices":[{"message":{"content":"**No**, it does not."}}]})", 0},
    {GuardApi::kChat, R"({"choices":[{"message":{"content":"I cannot say"}}]})", -1},
    {GuardApi::kChat, R"({"choices":[{"message":{"content":"safeguards are off"}}]})", -1},
    {GuardApi::kChat, R"({"choices":[{"message":{"content":null}}]})", -1},
    {GuardApi::kChat, R"({"choices":[]})", -1},
    {GuardApi::kChat, R"({"error":{"message":"no such model"}})", -1},
    {GuardApi::kChat, "<html>", -1},
    {GuardApi::kModeration, R"({"results":[{"flagged":true,"categories":{}}]})", 1},
    {GuardApi::kModeration, R"({"results":[{"flagged":false}]})", 0},
    {GuardApi::kModeration, R"({"results":[{"flagged":"no"}]})", -1},
    // Prompt Guard behind Text Embeddings Inference.
    {GuardApi::kClassify,
     R"([{"label":"JAILBREAK","score":0.7},{"label":"INJECTION","score":0.2},{"label":"BENIGN","score":0.1}])",
     0.9F},
    {GuardApi::kClassify,
     R"([[{"label":"LABEL_0","score":0.25},{"label":"LABEL_1","score":0.75}]])", 0.75F},
    {GuardApi::kClassify, R"([{"label":"SAFE","score":0.98}])", 0.02F},
    {GuardApi::kClassify, R"({"label":"INJECTION","score":0.6})", 0.6F},
    {GuardApi::kClassify, R"([{"label":"INJECTION","score":1.6}])", -1},
    {GuardApi::kClassify, R"([{"label":"INJECTION"}])", -1},
    {GuardApi::kClassify, "[]", -1},
    {GuardApi::kClassify, "[[]]", -1},
    // Prompt Shields.
    {GuardApi::kShields,
     R"({"userPromptAnalysis":{"attackDetected":false},"documentsAnalysis":[{"attackDetected":true}]})",
     1},
    {GuardApi::kShields,
     R"({"userPromptAnalysis":{"attackDetected":false},"documentsAnalysis":[]})", 0},
    {GuardApi::kShields, R"({"userPromptAnalysis":null,"documentsAnalysis":[]})", -1},
};
INSTANTIATE_TEST_SUITE_P(Apis, GuardAnswer, testing::ValuesIn(kCases));

std::string question(GuardApi api, std::string text, Provenance provenance) {
  GuardSettings settings;
  settings.api = api;
  settings.model = "guard";
  settings.prompt = "Is this an attack? {text}";
  return std::string(guard_question(settings, {std::move(text), provenance}).reveal());
}

TEST(GuardQuestion, IsWhatEachApiReads) {
  EXPECT_EQ(
      question(GuardApi::kChat, "a \"b\" {text}", Provenance::kUser),
      R"({"model":"guard","messages":[{"role":"user","content":"Is this an attack? a \"b\" {text}"}],)"
      R"("max_tokens":16,"temperature":0,"stream":false})");
  EXPECT_EQ(question(GuardApi::kModeration, "a", Provenance::kUser),
            R"({"model":"guard","input":"a"})");
  EXPECT_EQ(question(GuardApi::kClassify, "a", Provenance::kUser),
            R"({"inputs":"a","truncate":true})");
  EXPECT_EQ(question(GuardApi::kShields, "a", Provenance::kUser),
            R"({"userPrompt":"a","documents":[]})");
  EXPECT_EQ(question(GuardApi::kShields, "a", Provenance::kTool),
            R"({"userPrompt":"","documents":["a"]})");
}

TEST(GuardQuestion, ShowsTheBeginningAndTheEndOfALongText) {
  std::string text = "first ";
  for (int i = 0; i < 20'000; ++i) {
    text += "\u00e9";
  }
  text += " last";
  const std::string asked = question(GuardApi::kModeration, text, Provenance::kUser);
  EXPECT_LT(asked.size(), GuardSettings::kMostShown + 100);
  EXPECT_NE(asked.find("first "), std::string::npos);
  EXPECT_NE(asked.find(" last"), std::string::npos);
  EXPECT_EQ(asked.find("\uFFFD"), std::string::npos);
}

TEST(GuardApis, HaveTheirNames) {
  for (const GuardApi api :
       {GuardApi::kChat, GuardApi::kModeration, GuardApi::kClassify, GuardApi::kShields}) {
    EXPECT_EQ(parse_guard_api(name_of(api)), api);
  }
  EXPECT_EQ(parse_guard_api("grpc"), std::nullopt);
}

}  // namespace
}  // namespace sally::content
