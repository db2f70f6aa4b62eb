// `audit verify` and `audit prove` on logs that a test wrote.
#include <gmock/gmock.h>

#include <cstdio>
#include <cstdlib>

#include "app/command_line.h"
#include "support/temp_folder.h"
#include "verifier/test_log.h"

namespace sally::app {
namespace {

using sally::test::TempFolder;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;
using verifier::kBundles;
using verifier::KeyType;
using verifier::tile_path;
using verifier::test::Signer;
using verifier::test::TestLog;

constexpr int64_t kNow = 1'800'000'000;

class AuditTest : public testing::Test {
 protected:
  AuditTest() {
    for (int i = 0; i < 300; ++i) {
      log.add(R"({"metadata":{"uid":")" + id(i) + R"("},"n":)" + std::to_string(i) + "}");
    }
    log.write(folder.path(), 300);
    const std::string text = log.text(300);
    verifier::test::write_file(folder.path() / "checkpoint",
                               log.checkpoint(300) + witness.line(text, kNow - 2));
  }
  static std::string id(int i) {
    const std::string digits = std::to_string(i);
    return "01KAGTZ6S8" + std::string(16 - digits.size(), '0') + digits;
  }

  struct Ran {
    int status;
    std::string out;
    std::string err;
  };
  static Ran run(std::vector<std::string> words) {
    words.insert(words.begin(), {"sallyport", "audit"});
    std::vector<const char*> argv;
    for (const std::string& word : words) {
      argv.push_back(word.c_str());
    }
    const FakeClock clock{WallTime(std::chrono::seconds(kNow))};
    SeededRandom random(7);
    const Outside outside = system_outside();
    char* data[2];
    size_t size[2];
    std::FILE* const out = ::open_memstream(&data[0], &size[0]);
    std::FILE* const err = ::open_memstream(&data[1], &size[1]);
    Console console({.out = out, .err = err});
    Ran done{.status = run_command_line({clock, random, outside, console},
                                        static_cast<int>(argv.size()), argv.data())};
    std::fclose(out);
    std::fclose(err);
    done.out.assign(data[0], size[0]);
    done.err.assign(data[1], size[1]);
    std::free(data[0]);
    std::free(data[1]);
    return done;
  }
  [[nodiscard]] Ran verify(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"verify", folder.path().string(), "--key", log.signer.key.vkey()});
    return run(std::move(more));
  }

  TempFolder folder;
  TestLog log;
  Signer witness = Signer::make("w.test/1", KeyType::kCosignature, 'w');
};

TEST_F(AuditTest, SaysInOneLineThatAllIsGood) {
  const Ran done = verify({"--witness", witness.key.vkey()});
  EXPECT_EQ(done.status, 0);
  EXPECT_EQ(done.out,
            "300 entries, checkpoint signed 2 s ago, cosigned by 1 of 1 witness, all proofs "
            "good\n");
}

TEST_F(AuditTest, NamesWhatItCouldNotVerify) {
  const Ran done = verify();
  EXPECT_EQ(done.status, 0);
  EXPECT_THAT(done.out, HasSubstr("not verified: the signature of `w.test/1"));
}

TEST_F(AuditTest, SaysWhichEntryWasChanged) {
  const auto bundle = folder.path() / tile_path(kBundles, 1, 44);
  std::string bytes = verifier::test::read_text(bundle);
  bytes[bytes.find("\"n\":280") + 4] = '9';
  verifier::test::write_file(bundle, bytes);
  const Ran done = verify();
  EXPECT_EQ(done.status, 1);
  EXPECT_THAT(done.out, AllOf(StartsWith("tile/entries/001.p/44:"),
                              HasSubstr("entry 280 is not the one in the tree\n  expected  "),
                              HasSubstr("1 problem: 299 of 300 entries good")));
  const Ran json = verify({"--format", "json"});
  EXPECT_EQ(json.status, 1);
  EXPECT_THAT(json.out, AllOf(StartsWith("{\"good\":false,\"origin\":\"example.test/log\""),
                              HasSubstr("\"entry\":280"), EndsWith("}\n")));
}

TEST_F(AuditTest, BelievesNobodyWithoutAKey) {
  const Ran done = run({"verify", folder.path().string()});
  EXPECT_EQ(done.status, 2);
  EXPECT_THAT(done.err, HasSubstr("public key"));
  EXPECT_EQ(verify({"--witness", witness.key.vkey(), "--quorum", "2"}).status, 2);
  EXPECT_EQ(verify({"--witness", log.signer.key.vkey()}).status, 2);
}

TEST_F(AuditTest, NeedsTheQuorumItWasAskedFor) {
  const Signer absent = Signer::make("w.test/2", KeyType::kCosignature, 'x');
  const std::vector<std::string> both = {"--witness", witness.key.vkey(), "--witness",
                                         absent.key.vkey()};
  const Ran all = verify(both);
  EXPECT_EQ(all.status, 1);
  EXPECT_THAT(all.out, HasSubstr("cosigned by 1 of the 2 witnesses needed"));
  std::vector<std::string> one = both;
  one.insert(one.end(), {"--quorum", "1"});
  EXPECT_EQ(verify(one).status, 0);
}

TEST_F(AuditTest, ProvesAnEntryByNumberAndById) {
  const Ran by_number = run({"prove", "17", "--folder", folder.path().string()});
  ASSERT_EQ(by_number.status, 0) << by_number.err;
  EXPECT_EQ(run({"prove", id(17), "--folder", folder.path().string()}).out, by_number.out);
  const TempFolder elsewhere;
  const std::string file = elsewhere.file("entry.tlog-proof");
  verifier::test::write_file(file, by_number.out);
  const Ran verified = run({"verify", "--proof", file, "--key", log.signer.key.vkey()});
  EXPECT_EQ(verified.status, 0) << verified.err;
  EXPECT_EQ(verified.out, log.entries()[17] + "\nproved: entry 17 of 300 in example.test/log\n");
  const TestLog other('o');
  const Ran refused = run({"verify", "--proof", file, "--key", other.signer.key.vkey()});
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.out, EndsWith("not proved\n"));
}

TEST_F(AuditTest, ProvesEveryEntryOfTheLog) {
  for (int i = 0; i < 300; i += 7) {
    EXPECT_EQ(run({"prove", std::to_string(i), "--folder", folder.path().string()}).status, 0) << i;
  }
}

TEST_F(AuditTest, ProvesNothingThatTheCheckpointDoesNotCover) {
  EXPECT_EQ(run({"prove", "300", "--folder", folder.path().string()}).status, 1);
  EXPECT_EQ(run({"prove", id(301), "--folder", folder.path().string()}).status, 1);
  EXPECT_EQ(run({"prove", "x", "--folder", folder.path().string()}).status, 2);
  const auto bundle = folder.path() / tile_path(kBundles, 0);
  std::string bytes = verifier::test::read_text(bundle);
  bytes[40] = '#';
  verifier::test::write_file(bundle, bytes);
  EXPECT_EQ(run({"prove", "0", "--folder", folder.path().string()}).status, 3)
      << "a proof that does not hold is not handed out";
}

}  // namespace
}  // namespace sally::app
