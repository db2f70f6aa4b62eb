// The gate's side of witnessing, against the server's over real sockets.
#include "app/witness_client.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <mutex>

#include "app/witness_server.h"
#include "base/unique_fd.h"
#include "net/server.h"
#include "support/temp_folder.h"
#include "verifier/test_log.h"

namespace sally::app {
namespace {

using sally::test::TempFolder;
using testing::HasSubstr;
using verifier::KeyType;
using verifier::VerifierKey;
using verifier::test::TestLog;

constexpr int kTurns =
    3'000;  // of the loop, at most 10 ms each, until something must have happened

class WitnessClientTest : public testing::Test {
 protected:
  WitnessClientTest()
      : null_(::open("/dev/null", O_WRONLY | O_CLOEXEC)),
        logger_(null_.get(), LogFormat::kJson, LogLevel::kInfo, clock_),
        loop_(std::move(*net::Loop::create(clock_, logger_))),
        pool_(std::make_unique<net::ClientPool>(*loop_)) {
    log.add_numbered(60);
    auto key = crypto::Ed25519PrivateKey::from_seed(Secret(std::string(32, 'w')));
    auto opened = witness::Witness::open(
        {.name = "w.test/1", .logs = {log.signer.key}, .folder = folder_.path()}, std::move(*key),
        clock_);
    EXPECT_TRUE(opened.ok());
    witness = std::move(*opened);
  }
  ~WitnessClientTest() override {
    client.reset();
    keeper_.stop();
    for (int i = 0; i < 20; ++i) {
      loop_->turn(Millis{1});
    }
  }
  void serve(uint16_t port = 0) {
    handler_ = std::make_unique<WitnessServer>(*loop_, work_, *witness);
    auto opened = net::Server::open({.address = {.host = "127.0.0.1", .port = port}},
                                    {{loop_.get(), handler_.get()}});
    ASSERT_TRUE(opened.ok());
    server_ = std::move(*opened);
  }
  // A client of the log `of`, whose newest checkpoint is of `size` entries.
  void ask(const TestLog& of, uint16_t port) {
    client = std::make_unique<WitnessClient>(
        *loop_, *pool_, keeper_,
        std::vector<WitnessTarget>{{.origin = {.host = "127.0.0.1", .port = port},
                                    .authority = "127.0.0.1",
                                    .base_path = "",
                                    .key = witness->key()}},
        WitnessedLog{.root = [&of](uint64_t size,
                                   uint64_t) { return Result<verifier::Hash>(of.root(0, size)); },
                     .prove =
                         [&of](uint64_t from, uint64_t to) {
                           return Result<std::vector<verifier::Hash>>(of.consistency(from, to));
                         },
                     .add_cosignature =
                         [this](std::string_view line, uint64_t size) {
                           const std::lock_guard lock(mutex_);
                           cosigned_ = size;
                           line_ = line;
                           return ok();
                         },
                     .contradicted =
                         [this](const std::string& why) {
                           const std::lock_guard lock(mutex_);
                           why_ = why;
                         }});
  }
  template <typename Done>
  bool until(const Done& done) {
    for (int i = 0; i < kTurns; ++i) {
      loop_->turn(Millis{10});
      const std::lock_guard lock(mutex_);
      if (done()) {
        return true;
      }
    }
    return false;
  }
  bool until_cosigned(uint64_t size) {
    return until([&] { return cosigned_ == size; });
  }
  // What a witness answers to the log itself: brings its memory to `size`.
  void show(const TestLog& of, size_t from, size_t size) {
    const auto answer = witness->add_checkpoint(witness::AddCheckpoint{
        .old_size = from, .proof = of.consistency(from, size), .checkpoint = of.checkpoint(size)}
                                                    .to_string());
    ASSERT_EQ(answer.status, 200) << answer.body;
  }
  // The client's number of this name, of its only witness.
  [[nodiscard]] double number(std::string_view name) const {
    for (const MetricFamily& family : client->numbers()) {
      if (family.name == name) {
        return family.points.at(0).value;
      }
    }
    return -1;
  }
  [[nodiscard]] uint16_t port() const { return server_->port(); }

  FakeClock clock_{WallTime(std::chrono::seconds(1'700'000'000))};
  UniqueFd null_;
  Logger logger_;
  std::unique_ptr<net::Loop> loop_;
  std::unique_ptr<net::ClientPool> pool_;
  net::WorkPool work_{1, 16};
  Housekeeper keeper_{Millis{60'000}, [] {}};
  TempFolder folder_;
  std::unique_ptr<WitnessServer> handler_;
  std::unique_ptr<net::Server> server_;
  std::mutex mutex_;  // of what follows
  uint64_t cosigned_ = 0;
  std::string line_;
  std::string why_;

 public:
  TestLog log;
  std::unique_ptr<witness::Witness> witness;
  std::unique_ptr<WitnessClient> client;
};

TEST_F(WitnessClientTest, HasEveryCheckpointCosigned) {
  serve();
  ask(log, port());
  for (const size_t size : {1U, 5U, 40U, 60U}) {
    client->publish(log.checkpoint(size));
    ASSERT_TRUE(until_cosigned(size)) << size;
    const auto note = verifier::SignedNote::parse(log.checkpoint(size) + line_);
    ASSERT_TRUE(note.ok());
    EXPECT_EQ(note->signed_by(witness->key()), verifier::Signed::kGood);
  }
  EXPECT_TRUE(until([&] { return client->cosigned_newest() == 1; }));
  EXPECT_EQ(number("sallyport_witness_cosigned_total"), 4);
  EXPECT_EQ(number("sallyport_witness_cosigned_size"), 60);
}

TEST_F(WitnessClientTest, GoesOnFromWhatTheWitnessRemembers) {
  show(log, 0, 20);
  serve();
  ask(log, port());
  client->publish(log.checkpoint(33));
  EXPECT_TRUE(until_cosigned(33));
}

TEST_F(WitnessClientTest, SaysThatTheLogWasRolledBack) {
  show(log, 0, 50);
  serve();
  ask(log, port());
  client->publish(log.checkpoint(33));
  ASSERT_TRUE(until([&] { return !why_.empty(); }));
  EXPECT_THAT(why_, HasSubstr("it has cosigned 50 entries, and this log has 33"));
  EXPECT_EQ(cosigned_, 0U);
}

TEST_F(WitnessClientTest, SaysThatTheLogWasRewrittenEvenWhenItGrew) {
  show(log, 0, 20);
  serve();
  TestLog fork;
  fork.add_numbered(19);
  fork.add("another history");
  fork.add_numbered(30);
  ask(fork, port());
  client->publish(fork.checkpoint(20));
  ASSERT_TRUE(until([&] { return !why_.empty(); }));
  EXPECT_THAT(why_, HasSubstr("another tree of 20"));
  why_.clear();
  ask(fork, port());
  client->publish(fork.checkpoint(40));
  ASSERT_TRUE(until([&] { return !why_.empty(); }));
  EXPECT_THAT(why_, HasSubstr("20 entries that it has cosigned are not those"));
  EXPECT_EQ(number("sallyport_witness_contradicts"), 1);
  EXPECT_EQ(cosigned_, 0U);
}

TEST_F(WitnessClientTest, AsksAgainWhenAWitnessWasAway) {
  serve();
  const uint16_t port = this->port();
  server_.reset();
  ask(log, port);
  client->publish(log.checkpoint(5));
  ASSERT_TRUE(until([&] { return number("sallyport_witness_failures_total") == 1; }));
  serve(port);
  client->publish(log.checkpoint(9));
  clock_.advance(std::chrono::seconds(2));
  EXPECT_TRUE(until_cosigned(9));
}

}  // namespace
}  // namespace sally::app
