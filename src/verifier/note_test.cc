#include "verifier/note.h"

#include <gmock/gmock.h>

#include "verifier/test_log.h"

namespace sally::verifier {
namespace {

using test::Signer;
using testing::HasSubstr;

// A checkpoint of the C2SP test data, and its key.
constexpr std::string_view kSampleKey =
    "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";

TEST(VerifierKey, ReadsAndWritesTheTextOfAKey) {
  const auto key = VerifierKey::parse(kSampleKey);
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(key->name(), "example.com/log/testdata");
  EXPECT_EQ(key->id(), 0x33d7b496U);
  EXPECT_EQ(key->type(), KeyType::kEd25519);
  EXPECT_EQ(key->vkey(), kSampleKey);
}

TEST(VerifierKey, RefusesEveryOtherText) {
  for (const std::string_view bad : {
           "",
           "+",
           "++",
           "a+b",
           "example.com/log",
           "example.com/log/testdata+33d7b497+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx",
           "example.com/log/testdatA+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx",
           "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkS",
           "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSxAAAA",
           "example.com/log/testdata+33d7b496+",
           "example.com/log/testdata+33d7b49+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx",
           "exa mple+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx",
           "+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx",
       }) {
    EXPECT_FALSE(VerifierKey::parse(bad).ok()) << bad;
  }
  for (size_t cut = 0; cut < kSampleKey.size(); ++cut) {
    EXPECT_FALSE(VerifierKey::parse(kSampleKey.substr(0, cut)).ok()) << cut;
  }
}

TEST(VerifierKey, TakesNoNameWithASpaceOfAnyAlphabet) {
  const crypto::Ed25519PublicKey key{};
  for (const char* name : {"", "a b", "a+b", "a\tb",
                           "a\xc2\xa0"
                           "b",
                           "a\xe3\x80\x80", "\xff"}) {
    EXPECT_FALSE(VerifierKey::make(name, KeyType::kEd25519, key).ok()) << name;
  }
  EXPECT_TRUE(VerifierKey::make("bücher.example", KeyType::kEd25519, key).ok());
}

TEST(SignedNote, VerifiesItsKeysAndNamesTheirFailure) {
  const Signer log = Signer::make("log.test", KeyType::kEd25519, 'l');
  const Signer witness = Signer::make("w.test", KeyType::kCosignature, 'w');
  const Signer other = Signer::make("log.test", KeyType::kEd25519, 'o');
  const std::string text = "some\n\ntext\n";
  const auto note =
      SignedNote::parse(text + "\n" + log.line(text) + witness.line(text, 1'700'000'000));
  ASSERT_TRUE(note.ok());
  EXPECT_EQ(note->text(), text);
  EXPECT_EQ(note->signed_by(log.key), Signed::kGood);
  uint64_t time = 0;
  EXPECT_EQ(note->signed_by(witness.key, &time), Signed::kGood);
  EXPECT_EQ(time, 1'700'000'000U);
  EXPECT_EQ(note->signed_by(other.key), Signed::kNo) << "the same name, another key";

  const auto forged = SignedNote::parse("other\n\n" + log.line(text) + witness.line(text, 1));
  ASSERT_TRUE(forged.ok());
  EXPECT_EQ(forged->signed_by(log.key), Signed::kBad);
  EXPECT_EQ(forged->signed_by(witness.key), Signed::kBad);
}

TEST(SignedNote, IsBadWhereOneOfSeveralLinesOfAKeyIs) {
  const Signer log = Signer::make("log.test", KeyType::kEd25519, 'l');
  const auto note = SignedNote::parse("text\n\n" + log.line("text\n") + log.line("other\n"));
  ASSERT_TRUE(note.ok());
  EXPECT_EQ(note->signed_by(log.key), Signed::kBad);
}

TEST(SignedNote, TakesNoLogsSignatureForACosignature) {
  const Signer log = Signer::make("same.test", KeyType::kEd25519, 's');
  const Signer witness = Signer::make("same.test", KeyType::kCosignature, 's');
  const auto note = SignedNote::parse("text\n\n" + log.line("text\n"));
  ASSERT_TRUE(note.ok());
  EXPECT_EQ(note->signed_by(witness.key), Signed::kNo);
}

TEST(SignedNote, RefusesAnyBitFlippedInTextOrSignature) {
  const Signer log = Signer::make("log.test", KeyType::kEd25519, 'l');
  const std::string good = "text\n\n" + log.line("text\n");
  for (size_t i = 0; i < good.size() * 8; ++i) {
    std::string bad = good;
    bad[i / 8] = static_cast<char>(bad[i / 8] ^ (1 << (i % 8)));
    const auto note = SignedNote::parse(bad);
    EXPECT_TRUE(!note.ok() || note->signed_by(log.key) != Signed::kGood) << i;
  }
}

TEST(SignedNote, RefusesWhatIsNoNote) {
  const Signer log = Signer::make("log.test", KeyType::kEd25519, 'l');
  const std::string line = log.line("text\n");
  const std::string good = "text\n\n" + line;
  ASSERT_TRUE(SignedNote::parse(good).ok());
  for (size_t cut = 0; cut < good.size(); ++cut) {
    EXPECT_FALSE(SignedNote::parse(good.substr(0, cut)).ok()) << cut;
  }
  EXPECT_FALSE(SignedNote::parse("te\rxt\n\n" + line).ok());
  EXPECT_FALSE(SignedNote::parse(std::string("te\0xt\n\n", 7) + line).ok());
  EXPECT_FALSE(SignedNote::parse("te\xffxt\n\n" + line).ok());
  EXPECT_FALSE(SignedNote::parse("text\n" + line).ok());
  EXPECT_FALSE(SignedNote::parse("text\n\n" + line + "more\n").ok());
  EXPECT_FALSE(SignedNote::parse("text\n\n\xe2\x80\x94 a AAAA\n").ok()) << "no signature at all";
  EXPECT_FALSE(SignedNote::parse("text\n\n\xe2\x80\x94 a  AAAAAAAA\n").ok());
  EXPECT_FALSE(SignedNote::parse("text\n\n- a AAAAAAAA\n").ok());
  std::string many = "text\n\n";
  for (size_t i = 0; i < kMaxSignatures; ++i) {
    many += "\xe2\x80\x94 a AAAAAAAA\n";
  }
  EXPECT_TRUE(SignedNote::parse(many).ok());
  EXPECT_FALSE(SignedNote::parse(many + line).ok());
  EXPECT_FALSE(SignedNote::parse(std::string(kMaxNote, 'x') + "\n\n" + line).ok());
}

}  // namespace
}  // namespace sally::verifier
