#include "policy/activation.h"

#include <gmock/gmock.h>

#include "policy/test_signer.h"

namespace sally::policy {
namespace {

using testing::HasSubstr;

const std::string kA(64, 'a');
const std::string kB(64, 'b');
const std::string kC(64, 'c');

Activation seventh() {
  return {.sequence = 7,
          .previous = kA,
          .purpose = Purpose::kShadow,
          .time = WallTime(std::chrono::milliseconds(1'795'168'800'123)),
          .who = "uid=0 (root)",
          .reason = "tools for research",
          .enforce = InForce{5, kB},
          .shadow = InForce{7, kC}};
}

TEST(Activation, IsATextForPeople) {
  EXPECT_EQ(seventh().to_text(),
            "sallyport-policy-activation/1\n"
            "sequence 7\n"
            "previous " +
                kA +
                "\n"
                "purpose shadow\n"
                "time 2026-11-20T10:00:00.123Z\n"
                "who uid=0 (root)\n"
                "reason tools for research\n"
                "enforce 5 " +
                kB +
                "\n"
                "shadow 7 " +
                kC + "\n");
}

TEST(Activation, ReadsBackAsItWas) {
  Activation first{.sequence = 1,
                   .time = WallTime(std::chrono::seconds(1)),
                   .who = "x",
                   .enforce = InForce{1, kB}};
  Activation emptied = seventh();
  emptied.shadow.reset();
  for (const Activation& activation : {first, seventh(), emptied}) {
    const auto read = Activation::parse(activation.to_text());
    ASSERT_TRUE(read.ok()) << read.error().message();
    EXPECT_EQ(*read, activation);
  }
}

TEST(Activation, WithAnyByteLessIsRefused) {
  const std::string text = seventh().to_text();
  for (size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(Activation::parse(std::string_view(text).substr(0, size)).ok()) << size;
  }
}

// `with` in place of `what` in the text of seventh().
std::string changed(const std::string& what, const std::string& with) {
  std::string text = seventh().to_text();
  const size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), with);
}

TEST(Activation, ThatMakesNoSenseIsRefused) {
  ASSERT_TRUE(Activation::parse(changed("tools", "no tools")).ok());
  for (const auto& [what, with] : std::initializer_list<std::pair<std::string, std::string>>{
           {"activation/1", "activation/2"},
           {"sequence 7", "sequence 07"},
           {"sequence 7", "sequence -7"},
           {"sequence 7", "sequence 7 "},
           {"sequence 7", "sequence "},
           {"sequence 7", "sequence 99999999999999999999"},
           {"sequence 7", "sequence 1000001"},
           {"sequence 7", "sequence 8"},  // the shadow would be of before it
           {"sequence 7", "sequence 5"},  // what is enforced would come after it
           {"previous " + kA, "previous none"},
           {"previous " + kA, "previous " + std::string(64, 'A')},
           {"purpose shadow", "purpose enforce"},
           {"purpose shadow", "purpose both"},
           {".123Z", "Z"},
           {".123Z", ".123456Z"},
           {"time ", "time x"},
           {"who uid=0 (root)", "who "},
           {"who uid=0 (root)", "who " + std::string(kMaxWho + 1, 'x')},
           {"who uid=0 (root)\n", ""},
           {"tools for", "tools\tfor"},
           {"tools for",
            "tools \x7F"
            "for"},
           {"tools for",
            "tools \xff"
            "for"},
           {"tools", std::string(kMaxReason, 'x')},
           {"enforce 5", "enforce 7"},
           {"enforce 5", "enforce 0"},
           {"enforce 5 " + kB, "enforce " + kB},
           {"shadow 7 ", "shadow 6 "},
           {"shadow 7 " + kC, "shadow "},
           {"shadow 7 " + kC + "\n", "shadow 7 " + kC + "\nmore\n"},
       }) {
    EXPECT_FALSE(Activation::parse(changed(what, with)).ok()) << what << " -> " << with;
  }
}

TEST(Activation, EnforcesSomethingWhereItIsToEnforce) {
  Activation none = seventh();
  none.purpose = Purpose::kEnforce;
  none.enforce.reset();
  none.shadow->since = 6;
  EXPECT_FALSE(Activation::parse(none.to_text()).ok());
  none.enforce = InForce{7, kB};
  EXPECT_TRUE(Activation::parse(none.to_text()).ok());
}

TEST(SignedActivation, IsBelievedByWhoTrustsTheKey) {
  const auto ann = test::signer('a');
  const auto bob = test::signer('b');
  const auto note = sign_activation(seventh(), ann);
  ASSERT_TRUE(note.ok());
  const std::vector both{bob.verifier_key(), ann.verifier_key()};
  const auto text = verified_text(*note, both);
  ASSERT_TRUE(text.ok()) << text.error().message();
  EXPECT_EQ(*text, seventh().to_text());

  const std::vector only_bob{bob.verifier_key()};
  const auto refused = verified_text(*note, only_bob);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind(), ErrorKind::kCorrupt);
  EXPECT_THAT(refused.error().message(), HasSubstr("no trusted key"));
  EXPECT_FALSE(verified_text(*note, {}).ok());
}

TEST(SignedActivation, OfAKeyOfAnotherNameIsNot) {
  const auto note = sign_activation(seventh(), test::signer('a', "example.test/other"));
  const std::vector trusted{test::signer('a').verifier_key()};
  EXPECT_FALSE(verified_text(*note, trusted).ok());
}

TEST(SignedActivation, WithAnyByteChangedIsRefused) {
  const auto ann = test::signer('a');
  const std::vector trusted{ann.verifier_key()};
  const std::string note = *sign_activation(seventh(), ann);
  for (size_t i = 0; i < note.size(); ++i) {
    std::string spoiled = note;
    spoiled[i] = static_cast<char>(spoiled[i] ^ 1);
    const auto text = verified_text(spoiled, trusted);
    EXPECT_FALSE(text.ok()) << i;
    EXPECT_FALSE(verified_text(note.substr(0, i), trusted).ok()) << i;
  }
}

TEST(SignedActivation, IsNotMadeOfWhatNobodyWouldRead) {
  Activation activation = seventh();
  activation.reason = "two\nlines";
  EXPECT_FALSE(sign_activation(activation, test::signer()).ok());
}

TEST(ActivationSigner, IsToldByItsIdFromOthersOfTheSameName) {
  const auto one = activation_signer(Secret(std::string(32, 'p')));
  const auto other = activation_signer(Secret(std::string(32, 'q')));
  ASSERT_TRUE(one.ok() && other.ok());
  EXPECT_EQ(one->verifier_key().name(), "sallyport.local/policy");
  EXPECT_EQ(other->verifier_key().name(), "sallyport.local/policy");
  const std::vector trusted{one->verifier_key()};
  EXPECT_TRUE(verified_text(*sign_activation(seventh(), *one), trusted).ok());
  EXPECT_FALSE(verified_text(*sign_activation(seventh(), *other), trusted).ok());
  EXPECT_FALSE(activation_signer(Secret("short")).ok());
}

TEST(TrustedKeys, AreEd25519KeysAndAtLeastOne) {
  const std::string good = test::signer().verifier_key().to_string();
  EXPECT_EQ(parse_trusted_keys(std::vector<std::string>{good})->front().to_string(), good);
  EXPECT_FALSE(parse_trusted_keys({}).ok());
  EXPECT_FALSE(parse_trusted_keys(std::vector<std::string>{good, "no key"}).ok());
  // A witness's.
  EXPECT_FALSE(
      parse_trusted_keys(
          std::vector<std::string>{
              "witness.example.test/w1+556073a2+BBQzA22TUGQjImRLTPJOCPRp+BAYPvXYTpf05YEMg813"})
          .ok());
}

}  // namespace
}  // namespace sally::policy
