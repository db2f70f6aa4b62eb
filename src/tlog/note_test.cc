#include "tlog/note.h"

#include <gmock/gmock.h>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "tlog/checkpoint.h"

namespace sally::tlog {
namespace {

constexpr std::string_view kLogKey =
    "example.test/audit+07e68638+AT8D+vTUws/7W1gOqSGbdDXrrmt3jPAqTrHAstWiE4z5";
constexpr std::string_view kWitnessKey =
    "witness.example.test/w1+556073a2+BBQzA22TUGQjImRLTPJOCPRp+BAYPvXYTpf05YEMg813";
constexpr std::string_view kNote =
    "example.test/audit\n1000\njpqFrAQOXwv7N5OWR3qRg3a5KpIEMD2DcdsTujFN/vU=\n\n"
    "\u2014 example.test/audit "
    "B+aGOFBU8wsEP5MkQ3wo4Qn8t2eUpmLEtpQn2pvWbEpqkIkdaEd+"
    "uVEqK2lpsEKGnJZfA64+iN1fwzIQRI5TnX5yaQk=\n"
    "\u2014 witness.example.test/w1 "
    "VWBzogAAAABlU/EAPZpDmr+7HO3hAhW8OqS4trYuKVLTCR19uVazGzvr3UfBylbbCrF1VlvaTwd6iqddAynWSAQDbkPR9H"
    "kWyWosAQ==\n";

NoteSigner signer() {
  const auto seed = crypto::sha256(as_bytes("test log key"));
  auto key = crypto::Ed25519PrivateKey::from_seed(Secret(as_text(seed)));
  EXPECT_TRUE(key.ok());
  auto made = NoteSigner::make("example.test/audit", *std::move(key));
  EXPECT_TRUE(made.ok());
  return *std::move(made);
}

TEST(NoteSigner, SignsTheCheckpointOfTheVector) {
  const NoteSigner log = signer();
  EXPECT_EQ(log.verifier_key().to_string(), kLogKey);
  const auto note = Note::parse(kNote);
  ASSERT_TRUE(note.ok()) << note.error().message();
  EXPECT_EQ(*log.sign(note->text), note->signatures[0].line);
}

TEST(Note, IsWhatItWasWhenItIsPutTogetherAgain) {
  const auto note = Note::parse(kNote);
  ASSERT_TRUE(note.ok());
  EXPECT_EQ(note->signatures.size(), 2U);
  EXPECT_EQ(note->signatures[1].name, "witness.example.test/w1");
  EXPECT_EQ(note->signatures[1].signature.size(), 72U);
  EXPECT_EQ(note->to_string(), kNote);
}

TEST(Note, IsSignedOnlyByWhoSignedIt) {
  auto note = *Note::parse(kNote);
  const auto log = *VerifierKey::parse(kLogKey);
  EXPECT_TRUE(is_signed_by(note, log));
  EXPECT_FALSE(is_signed_by(note, *VerifierKey::parse(kWitnessKey)));
  note.text[0] = 'E';
  EXPECT_FALSE(is_signed_by(note, log));
}

TEST(Note, TruncatedAtEveryByteNeverGrows) {
  for (size_t length = 0; length < kNote.size(); ++length) {
    const auto note = Note::parse(kNote.substr(0, length));
    if (note.ok()) {
      EXPECT_EQ(note->to_string(), kNote.substr(0, length)) << length;
      EXPECT_EQ(note->signatures.size(), 1U) << length;
    }
  }
}

TEST(Note, RefusesWhatIsNone) {
  for (const std::string_view bad :
       {"", "\n\n", "text\n", "text\n\n", "text\n\nno signature\n", "text\n\n\u2014 a AAAAAA==\n",
        "text\n\n\u2014 a+b AAAAAAAA\n", "text\n\n\u2014  AAAAAAAA\n", "text\n\n\u2014 a AAAAAAAA",
        "te\x01xt\n\n\u2014 a AAAAAAAA\n", "te\xFFxt\n\n\u2014 a AAAAAAAA\n"}) {
    EXPECT_FALSE(Note::parse(bad).ok()) << bad;
  }
  std::string many = "text\n\n";
  for (int i = 0; i < 101; ++i) {
    many += "\u2014 a AAAAAAAA\n";
  }
  EXPECT_FALSE(Note::parse(many).ok());
}

TEST(VerifierKey, IsReadBackAsItWasWritten) {
  for (const std::string_view text : {kLogKey, kWitnessKey}) {
    const auto key = VerifierKey::parse(text);
    ASSERT_TRUE(key.ok()) << key.error().message();
    EXPECT_EQ(key->to_string(), text);
  }
  EXPECT_EQ(VerifierKey::parse(kWitnessKey)->type(), SignatureType::kCosignature);
}

TEST(VerifierKey, RefusesEveryTextThatIsNoKey) {
  for (size_t length = 0; length < kLogKey.size(); ++length) {
    EXPECT_FALSE(VerifierKey::parse(kLogKey.substr(0, length)).ok()) << length;
  }
  std::string other(kLogKey);
  other[20] = '1';  // the id
  EXPECT_FALSE(VerifierKey::parse(other).ok());
  EXPECT_FALSE(VerifierKey::make("with space", SignatureType::kEd25519, Bytes(32)).ok());
  EXPECT_FALSE(VerifierKey::make("name", SignatureType::kEd25519, Bytes(31)).ok());
}

TEST(Checkpoint, IsReadBackAsItWasWritten) {
  const auto checkpoint = Checkpoint::parse(Note::parse(kNote)->text);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.error().message();
  EXPECT_EQ(checkpoint->origin, "example.test/audit");
  EXPECT_EQ(checkpoint->size, 1000U);
  EXPECT_EQ(checkpoint->to_string(), Note::parse(kNote)->text);
}

TEST(Checkpoint, RefusesWhatIsNone) {
  const std::string root = "jpqFrAQOXwv7N5OWR3qRg3a5KpIEMD2DcdsTujFN/vU=";
  EXPECT_TRUE(Checkpoint::parse("o\n0\n" + root + "\nmore\n").ok());
  for (const std::string& bad :
       {std::string(), std::string("o\n"), std::string("o\n1\n"), "\n1\n" + root + "\n",
        "o\n01\n" + root + "\n", "o\n-1\n" + root + "\n", "o\n1 \n" + root + "\n",
        "o\n99999999999999999999\n" + root + "\n", "o\n1\n" + root, std::string("o\n1\nAAAA\n")}) {
    EXPECT_FALSE(Checkpoint::parse(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace sally::tlog
