#include "verifier/checkpoint.h"

#include <gmock/gmock.h>

#include "verifier/test_log.h"

namespace sally::verifier {
namespace {

using test::Signer;
using test::TestLog;
using testing::ElementsAre;

constexpr std::string_view kRoot = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

TEST(Checkpoint, ReadsItsLines) {
  const auto plain = Checkpoint::parse("example.com/log\n0\n" + std::string(kRoot) + "\n");
  ASSERT_TRUE(plain.ok());
  EXPECT_EQ(plain->origin, "example.com/log");
  EXPECT_EQ(plain->root, empty_root());
  const auto more =
      Checkpoint::parse("o\n18446744073709551615\n" + std::string(kRoot) + "\nmore\nand more\n");
  ASSERT_TRUE(more.ok());
  EXPECT_EQ(more->size, UINT64_MAX);
  EXPECT_THAT(more->extensions, ElementsAre("more", "and more"));
}

TEST(Checkpoint, RefusesWhatIsNone) {
  const std::string root(kRoot);
  for (const std::string& bad : std::initializer_list<std::string>{
           "", "\n1\n" + root + "\n", "o\n01\n" + root + "\n", "o\n-1\n" + root + "\n",
           "o\n+1\n" + root + "\n", "o\n\n" + root + "\n", "o\n 1\n" + root + "\n",
           "o\n18446744073709551616\n" + root + "\n", "o\n1\nAAAA\n", "o\n1\n" + root,
           "o\n1\n" + root + "\n\n", "o\n1\n" + root + "\nmore", "o\n1\n",
           "o\n1\n" + root.substr(0, 43) + "\n",
           // The same 32 bytes, but for bits that base64 does not keep.
           "o\n1\n" + root.substr(0, 42) + "V=\n"}) {
    EXPECT_FALSE(Checkpoint::parse(bad).ok()) << bad;
  }
}

SignedCheckpoint parsed(const std::string& note) {
  auto out = SignedCheckpoint::parse(note);
  EXPECT_TRUE(out.ok());
  return std::move(*out);
}

TEST(Policy, NeedsTheLogsSignatureAndItsOrigin) {
  TestLog log;
  log.add_numbered(3);
  const Signer impostor = Signer::make("impostor.test", KeyType::kEd25519, 'i');
  EXPECT_TRUE(check_signatures(parsed(log.checkpoint(3)), {.log = log.signer.key}).good());
  const std::string text = log.text(3);
  const Signatures other =
      check_signatures(parsed(text + "\n" + impostor.line(text)), {.log = impostor.key});
  EXPECT_THAT(other.problems(), ElementsAre("the origin is not the name of the log's key"));
  const Signatures unsigned_one =
      check_signatures(parsed(text + "\n" + impostor.line(text)), {.log = log.signer.key});
  EXPECT_THAT(unsigned_one.problems(), ElementsAre("not signed with the log's key"));
}

TEST(Policy, CountsAWitnessOnceHoweverOftenItSigned) {
  TestLog log;
  log.add_numbered(3);
  const Signer one = Signer::make("w.test/1", KeyType::kCosignature, '1');
  const Signer two = Signer::make("w.test/2", KeyType::kCosignature, '2');
  const std::string text = log.text(3);
  const Policy policy{.log = log.signer.key, .witnesses = {one.key, two.key}, .quorum = 2};
  const Signatures twice =
      check_signatures(parsed(log.checkpoint(3) + one.line(text, 1) + one.line(text, 2)), policy);
  EXPECT_EQ(twice.cosigned, 1U);
  EXPECT_FALSE(twice.good());
  const Signatures both =
      check_signatures(parsed(log.checkpoint(3) + one.line(text, 1) + two.line(text, 2)), policy);
  EXPECT_TRUE(both.good());
  EXPECT_EQ(both.latest_time(), 2U);
}

TEST(Policy, RefusesWitnessesThatAreNone) {
  const Signer log = Signer::make("l.test", KeyType::kEd25519, 'l');
  const Signer witness = Signer::make("w.test", KeyType::kCosignature, 'w');
  const Signer alias = Signer::make("alias.test", KeyType::kCosignature, 'w');
  EXPECT_TRUE(check(Policy{.log = log.key, .witnesses = {witness.key}, .quorum = 1}).ok());
  EXPECT_FALSE(check(Policy{.log = witness.key}).ok());
  EXPECT_FALSE(check(Policy{.witnesses = {log.key}}).ok());
  EXPECT_FALSE(check(Policy{.witnesses = {witness.key}, .quorum = 2}).ok());
  EXPECT_FALSE(check(Policy{.witnesses = {witness.key, alias.key}}).ok()) << "one key, two names";
}

}  // namespace
}  // namespace sally::verifier
