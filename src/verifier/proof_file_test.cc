#include "verifier/proof_file.h"

#include <gmock/gmock.h>

#include "verifier/test_log.h"

namespace sally::verifier {
namespace {

using test::TestLog;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Proof {
  Proof() { log.add_numbered(11); }
  [[nodiscard]] ProofFile file(size_t index) const {
    const ByteView entry = as_bytes(log.entries()[index]);
    return {.index = index,
            .proof = log.inclusion(index, 0, log.size()),
            .checkpoint = log.checkpoint(log.size()),
            .entry = Bytes(entry.begin(), entry.end())};
  }
  [[nodiscard]] std::vector<std::string> problems(const ProofFile& file) const {
    const auto verdict = verify(file, {.log = log.signer.key});
    EXPECT_TRUE(verdict.ok());
    return verdict.ok() ? verdict->problems : std::vector<std::string>{"malformed"};
  }
  TestLog log;
};

TEST(ProofFile, ProvesAnEntryWithNothingButThePublicKey) {
  const Proof proof;
  for (size_t i = 0; i < proof.log.size(); ++i) {
    const auto read = ProofFile::parse(proof.file(i).to_string());
    ASSERT_TRUE(read.ok()) << read.error().message();
    EXPECT_EQ(read->index, i);
    EXPECT_EQ(as_text(read->entry), proof.log.entries()[i]);
    EXPECT_EQ(read->to_string(), proof.file(i).to_string());
    EXPECT_THAT(proof.problems(*read), IsEmpty());
  }
}

TEST(ProofFile, ProvesNothingElse) {
  const Proof proof;
  ProofFile file = proof.file(4);
  file.entry.back() ^= std::byte{1};
  EXPECT_THAT(proof.problems(file), ElementsAre(HasSubstr("another root")));
  file = proof.file(4);
  file.index = 5;
  EXPECT_THAT(proof.problems(file), ElementsAre(HasSubstr("entry 5 is not proved")));
  file = proof.file(4);
  file.checkpoint = TestLog('x').checkpoint(0);
  EXPECT_EQ(proof.problems(file).size(), 2U) << "neither the signature nor the root";
}

TEST(ProofFile, IsRefusedWithAnyBitFlipped) {
  const Proof proof;
  const std::string good = proof.file(6).to_string();
  for (size_t i = 0; i < good.size() * 8; ++i) {
    std::string bad = good;
    bad[i / 8] = static_cast<char>(bad[i / 8] ^ (1 << (i % 8)));
    const auto file = ProofFile::parse(bad);
    EXPECT_TRUE(!file.ok() || !proof.problems(*file).empty()) << i;
  }
}

TEST(ProofFile, IsRefusedTruncatedAtEveryByte) {
  const Proof proof;
  const std::string good = proof.file(6).to_string();
  for (size_t cut = 0; cut < good.size(); ++cut) {
    EXPECT_FALSE(ProofFile::parse(good.substr(0, cut)).ok()) << cut;
  }
}

TEST(ProofFile, RefusesWhatTheFormatDoesNotHold) {
  const Proof proof;
  const std::string good = proof.file(0).to_string();
  const auto with = [&good](std::string_view from, std::string_view to) {
    std::string out = good;
    out.replace(out.find(from), from.size(), to);
    return ProofFile::parse(out).ok();
  };
  EXPECT_TRUE(with("index 0", "index 0"));
  EXPECT_FALSE(with("@v1", "@v2"));
  EXPECT_FALSE(with("index 0", "index 00"));
  EXPECT_FALSE(with("index 0", "index -1"));
  EXPECT_FALSE(with("extra ", "extra  "));
  EXPECT_FALSE(with("extra ", "entry "));
  EXPECT_FALSE(with("index 0\n", "index 0\nAAAA\n"));
  std::string longer;
  for (size_t i = 0; i <= kMaxProof; ++i) {
    longer += show_hash(empty_root()) + "\n";
  }
  EXPECT_FALSE(with("index 0\n", "index 0\n" + longer));
  EXPECT_FALSE(ProofFile::parse(std::string(kMaxProofFile + 1, 'x')).ok());
}

}  // namespace
}  // namespace sally::verifier
