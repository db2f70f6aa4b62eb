#include "witness/witness.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "support/temp_folder.h"
#include "verifier/test_log.h"

namespace sally::witness {
namespace {

using sally::test::TempFolder;
using verifier::KeyType;
using verifier::SignedNote;
using verifier::VerifierKey;
using verifier::test::Signer;
using verifier::test::TestLog;

constexpr int64_t kNow = 1'700'000'000;

crypto::Ed25519PrivateKey secret() {
  return std::move(*crypto::Ed25519PrivateKey::from_seed(Secret(std::string(32, 'w'))));
}

class WitnessTest : public testing::Test {
 protected:
  WitnessTest() {
    log.add_numbered(40);
    open();
  }
  void open() {
    witness.reset();
    auto opened = try_to_open();
    ASSERT_TRUE(opened.ok()) << opened.error().message();
    witness = std::move(*opened);
  }
  Result<std::unique_ptr<Witness>> try_to_open() {
    return Witness::open({.name = "w.test/1", .logs = {log.signer.key}, .folder = folder.path()},
                         secret(), clock);
  }
  [[nodiscard]] std::string request(const TestLog& of, size_t old_size, size_t size) const {
    return AddCheckpoint{.old_size = old_size,
                         .proof = of.consistency(old_size, size),
                         .checkpoint = of.checkpoint(size)}
        .to_string();
  }
  // What it remembers of the log.
  [[nodiscard]] std::filesystem::path memory_file() const {
    for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
      if (file.path().extension() == ".checkpoint") {
        return file.path();
      }
    }
    ADD_FAILURE() << "it remembers nothing";
    return {};
  }
  // The status; of a cosigned one after having verified the cosignature.
  uint16_t add(const TestLog& of, size_t old_size, size_t size) {
    const Answer answer = witness->add_checkpoint(request(of, old_size, size));
    if (answer.status == 200) {
      const auto note = SignedNote::parse(of.checkpoint(size) + answer.body);
      uint64_t time = 0;
      EXPECT_TRUE(note.ok());
      EXPECT_EQ(note->signed_by(witness->key(), &time), verifier::Signed::kGood);
      EXPECT_EQ(time, static_cast<uint64_t>(kNow));
    }
    return answer.status;
  }

  TempFolder folder;
  FakeClock clock{WallTime(std::chrono::seconds(kNow))};
  TestLog log;
  std::unique_ptr<Witness> witness;
};

TEST_F(WitnessTest, CosignsEveryStepOfAGrowingLog) {
  size_t old_size = 0;
  for (const size_t size : {1U, 1U, 2U, 7U, 8U, 33U, 40U}) {
    EXPECT_EQ(add(log, old_size, size), 200) << old_size << " to " << size;
    old_size = size;
  }
}

TEST_F(WitnessTest, DemandsAnEmptyProofFromTheEmptyTree) {
  AddCheckpoint first{.old_size = 0, .proof = {log.leaves()[0]}, .checkpoint = log.checkpoint(3)};
  EXPECT_EQ(witness->add_checkpoint(first.to_string()).status, 422);
  first.proof.clear();
  EXPECT_EQ(witness->add_checkpoint(first.to_string()).status, 200);
  const AddCheckpoint same{
      .old_size = 3, .proof = {log.leaves()[0]}, .checkpoint = log.checkpoint(3)};
  EXPECT_EQ(witness->add_checkpoint(same.to_string()).status, 422);
}

TEST_F(WitnessTest, AnswersAConflictWithTheSizeItKnows) {
  EXPECT_EQ(add(log, 0, 10), 200);
  for (const size_t old_size : {0U, 9U, 11U}) {
    const Answer answer = witness->add_checkpoint(request(log, old_size, 20));
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(answer.content_type, "text/x.tlog.size");
    EXPECT_EQ(answer.body, "10\n");
  }
  EXPECT_EQ(add(log, 9, 9), 409) << "an older checkpoint";
}

TEST_F(WitnessTest, RefusesAForkHoweverItIsShown) {
  EXPECT_EQ(add(log, 0, 20), 200);
  TestLog fork;  // signed with the same key
  fork.add_numbered(15);
  fork.add("another history");
  fork.add_numbered(20);
  EXPECT_EQ(add(fork, 20, 30), 422);
  EXPECT_EQ(add(fork, 20, 20), 409) << "the same size with another root";
  EXPECT_EQ(add(fork, 16, 30), 409);
  EXPECT_EQ(add(fork, 0, 30), 409);
  // The proof of the true log for the checkpoint of the fork.
  const AddCheckpoint mixed{
      .old_size = 20, .proof = log.consistency(20, 30), .checkpoint = fork.checkpoint(30)};
  EXPECT_EQ(witness->add_checkpoint(mixed.to_string()).status, 422);
  EXPECT_EQ(add(log, 20, 30), 200) << "the true log goes on";
}

TEST_F(WitnessTest, TellsWhomItDoesNotKnowFromWhoeverForges) {
  const TestLog impostor('x');
  EXPECT_EQ(add(impostor, 0, 0), 403) << "the name of the log, another key";
  const Signer stranger = Signer::make("stranger.test", KeyType::kEd25519, 's');
  const std::string text =
      "stranger.test\n0\n" + verifier::show_hash(verifier::empty_root()) + "\n";
  EXPECT_EQ(witness->add_checkpoint("old 0\n\n" + text + "\n" + stranger.line(text)).status, 404);
  std::string forged = request(log, 0, 10);
  forged.replace(forged.find("\n10\n"), 4, "\n11\n");
  EXPECT_EQ(witness->add_checkpoint(forged).status, 403);
  EXPECT_EQ(add(log, 0, 10), 200);
}

TEST_F(WitnessTest, RefusesWhatIsNoRequest) {
  const std::string good = request(log, 0, 10);
  for (size_t cut = 0; cut < good.size(); ++cut) {
    EXPECT_EQ(witness->add_checkpoint(good.substr(0, cut)).status, 400) << cut;
  }
  EXPECT_EQ(add(log, 11, 10), 400) << "older than old";
  for (const std::string& bad :
       {std::string("old 00\n\n"), std::string("old\n\n"), std::string("old -1\n\n"),
        std::string("Old 0\n\n"), std::string("old 0\nAAAA\n\n"), std::string("old 0 \n\n")}) {
    EXPECT_EQ(witness->add_checkpoint(bad + log.checkpoint(10)).status, 400) << bad;
  }
  std::string lines = "old 0\n";
  for (size_t i = 0; i <= kMaxProofLines; ++i) {
    lines += verifier::show_hash(log.leaves()[0]) + "\n";
  }
  EXPECT_EQ(witness->add_checkpoint(lines + "\n" + log.checkpoint(10)).status, 400);
  EXPECT_EQ(witness->latest()[0].second, 0U);
}

TEST_F(WitnessTest, RemembersWhatItCosigned) {
  EXPECT_EQ(add(log, 0, 10), 200);
  open();
  EXPECT_EQ(witness->latest()[0].second, 10U);
  EXPECT_EQ(add(log, 0, 20), 409);
  EXPECT_EQ(add(log, 10, 20), 200);
}

TEST_F(WitnessTest, DoesNotBeginAnewWhereItsMemoryIsDamaged) {
  EXPECT_EQ(add(log, 0, 10), 200);
  witness.reset();
  std::string text = verifier::test::read_text(memory_file());
  text[text.find('\n') + 1] = '2';  // another size
  verifier::test::write_file(memory_file(), text);
  const auto opened = try_to_open();
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind(), ErrorKind::kCorrupt);
}

TEST_F(WitnessTest, IgnoresAnUnfinishedWriteOfACrash) {
  EXPECT_EQ(add(log, 0, 10), 200);
  witness.reset();
  verifier::test::write_file(memory_file().string() + ".new", "torn");
  open();
  EXPECT_EQ(add(log, 10, 20), 200);
}

TEST_F(WitnessTest, CosignsNothingThatItCannotRemember) {
  EXPECT_EQ(add(log, 0, 10), 200);
  const std::filesystem::path memory = memory_file();
  // What it would write first cannot be written: a folder has that name.
  std::filesystem::create_directory(memory.string() + ".new");
  EXPECT_EQ(add(log, 10, 20), 500);
  EXPECT_EQ(add(log, 10, 30), 500);
  std::filesystem::remove(memory.string() + ".new");
  EXPECT_EQ(add(log, 20, 30), 409) << "20 was never cosigned";
  EXPECT_EQ(add(log, 10, 30), 200);
}

TEST_F(WitnessTest, LooksAtTheDiskAgainAfterAFailure) {
  EXPECT_EQ(add(log, 0, 10), 200);
  const std::filesystem::path memory = memory_file();
  std::filesystem::create_directory(memory.string() + ".new");
  EXPECT_EQ(add(log, 10, 20), 500);
  std::filesystem::remove(memory.string() + ".new");
  // A write that was told as failed may have reached the disk all the same.
  verifier::test::write_file(memory, log.checkpoint(20));
  EXPECT_EQ(add(log, 10, 30), 409);
  EXPECT_EQ(add(log, 20, 30), 200);
}

TEST_F(WitnessTest, WorksAloneInItsFolder) {
  const auto second = try_to_open();
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind(), ErrorKind::kConflict);
}

TEST_F(WitnessTest, LetsOneOfManyAtOnceHaveTheNextStep) {
  EXPECT_EQ(add(log, 0, 10), 200);
  std::atomic<int> cosigned{0};
  std::vector<std::thread> threads;
  for (size_t i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (size_t size = 11 + i; size <= 40; size += 4) {
        cosigned += witness->add_checkpoint(request(log, 10, size)).status == 200 ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(cosigned, 1);
}

TEST(ReadAnswer, BelievesACosignatureOnlyWhenItVerifies) {
  const Signer witness = Signer::make("w.test", KeyType::kCosignature, 'w');
  const Signer other = Signer::make("o.test", KeyType::kCosignature, 'o');
  const std::string text = "text\n";
  Reply reply = read_answer(200, other.line(text, 5) + witness.line(text, 6), witness.key, text);
  EXPECT_EQ(reply.kind, Reply::Kind::kCosigned);
  EXPECT_EQ(reply.line, witness.line(text, 6));
  EXPECT_EQ(read_answer(200, witness.line("other\n", 6), witness.key, text).why,
            "its cosignature does not verify");
  EXPECT_EQ(read_answer(200, other.line(text, 6), witness.key, text).kind, Reply::Kind::kRefused);
  EXPECT_EQ(read_answer(200, "<html>", witness.key, text).kind, Reply::Kind::kRefused);
  EXPECT_EQ(read_answer(200, "", witness.key, text).kind, Reply::Kind::kRefused);
}

TEST(ReadAnswer, ReadsTheSizeOfAConflict) {
  const Signer witness = Signer::make("w.test", KeyType::kCosignature, 'w');
  const Reply reply = read_answer(409, "12\n", witness.key, "text\n");
  EXPECT_EQ(reply.kind, Reply::Kind::kConflict);
  EXPECT_EQ(reply.size, 12U);
  for (const char* bad : {"", "\n", "012\n", "-1\n", "12\n\n", "a\n"}) {
    EXPECT_EQ(read_answer(409, bad, witness.key, "text\n").kind, Reply::Kind::kRefused) << bad;
  }
  EXPECT_TRUE(read_answer(422, "", witness.key, "text\n").bad_proof);
  EXPECT_FALSE(read_answer(404, "", witness.key, "text\n").bad_proof);
}

}  // namespace
}  // namespace sally::witness
