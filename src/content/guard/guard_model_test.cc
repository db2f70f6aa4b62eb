#include "content/guard/guard_model.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace sally::content {
namespace {

// Keeps what it is asked until a test answers.
class HeldFetcher final : public Fetcher {
 public:
  void fetch(FetchRequest request, Done done) override {
    requests.push_back(std::move(request));
    waiting.push_back(std::move(done));
  }
  void answer(size_t which, uint16_t status, std::string body) {
    std::exchange(waiting[which], nullptr)(
        FetchAnswer{.status = status, .content_type = {}, .body = std::move(body), .max_age = {}});
  }

  std::vector<FetchRequest> requests;
  std::vector<Done> waiting;
};

class GuardModelTest : public testing::Test {
 protected:
  void SetUp() override {
    auto settings = std::make_shared<GuardSettings>();
    settings->api = GuardApi::kClassify;
    settings->url = "https://guard.example/predict";
    settings->key_field = "authorization";
    settings->key_prefix = "Bearer ";
    settings->key = Secret("k");
    settings->deadline = Millis(70);
    model = std::make_unique<GuardModel>(std::move(settings), fetcher);
  }
  void ask() {
    model->ask({"text", Provenance::kUser},
               [this](Result<Opinion> opinion) { opinions.push_back(std::move(opinion)); });
  }

  HeldFetcher fetcher;
  std::unique_ptr<GuardModel> model;
  std::vector<Result<Opinion>> opinions;
};

TEST_F(GuardModelTest, AsksInTheFormOfItsApi) {
  ask();
  ASSERT_EQ(fetcher.requests.size(), 1U);
  const FetchRequest& request = fetcher.requests[0];
  EXPECT_EQ(request.url, "https://guard.example/predict");
  EXPECT_EQ(request.form_type, "application/json");
  EXPECT_EQ(request.form->reveal(), R"({"inputs":"text","truncate":true})");
  EXPECT_EQ(request.timeout, Millis(70));
  ASSERT_EQ(request.fields.size(), 1U);
  EXPECT_EQ(request.fields[0].second.reveal(), "Bearer k");
  fetcher.answer(0, 200, R"([{"label":"INJECTION","score":0.75}])");
  ASSERT_TRUE(opinions.at(0).ok());
  EXPECT_FLOAT_EQ(opinions[0]->score, 0.75F);
}

TEST_F(GuardModelTest, AnAnswerThatIsNoSuccessIsNoOpinion) {
  ask();
  fetcher.answer(0, 503, R"([{"label":"BENIGN","score":1}])");
  ASSERT_FALSE(opinions.at(0).ok());
  EXPECT_EQ(opinions[0].error().kind(), ErrorKind::kUpstream);
}

TEST_F(GuardModelTest, AsksSoMuchAtOnceAndNoMore) {
  for (size_t i = 0; i <= GuardModel::kMostAtOnce; ++i) {
    ask();
  }
  EXPECT_EQ(fetcher.requests.size(), GuardModel::kMostAtOnce);
  ASSERT_EQ(opinions.size(), 1U);
  EXPECT_EQ(opinions[0].error().kind(), ErrorKind::kUnavailable);
  fetcher.answer(0, 200, "[]");
  ask();
  EXPECT_EQ(fetcher.requests.size(), GuardModel::kMostAtOnce + 1);
}

}  // namespace
}  // namespace sally::content
