#include "identity/callers.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "identity/key_service.h"
#include "identity/oidc/test_fetcher.h"
#include "identity/proof/dpop_samples.h"
#include "identity/proof/test_authority.h"
#include "identity/token/token_samples.h"
#include "store/memory_counters.h"
#include "support/temp_folder.h"

namespace sally::identity {
namespace {

using samples::Proof;
using samples::Signer;

class CallersTest : public testing::Test {
 protected:
  using Domains = std::set<std::string, std::less<>>;

  void SetUp() override {
    auto state = store::open_state("sqlite:" + (folder_.path() / "state.db").string(),
                                   store::IfMissing::kCreate);
    ASSERT_TRUE(state.ok());
    state_ = std::move(*state);
    auto pepper = Pepper::bind(Secret(std::string(32, 'p')), *state_);
    ASSERT_TRUE(pepper.ok());
    pepper_.emplace(std::move(*pepper));
    ApiKeyService service(*state_, *pepper_, random_);
    auto key = service.create({.name = "demo"}, now_);
    ASSERT_TRUE(key.ok());
    key_ = std::string(key->text.reveal());
    auto keys = ApiKeyIdentifier::open(*state_, *pepper_, std::chrono::minutes(1), now_);
    ASSERT_TRUE(keys.ok());
    IssuerSettings corp;
    corp.name = "corp";
    corp.rules = samples::rules();
    corp.own_keys = std::make_shared<const JwkSet>(Signer().keys());
    auto dpop = Dpop::create({}, Secret(std::string(32, 'n')), seen_, clock_);
    ASSERT_TRUE(dpop.ok());
    parts_ = {.keys = std::shared_ptr<const ApiKeyIdentifier>(std::move(*keys)),
              .issuers = std::make_shared<const Issuers>(std::vector{corp}, fetcher_, log_),
              .workloads = std::make_shared<const Workloads>(Domains{"example.org"}),
              .dpop = std::make_shared<const Dpop>(*std::move(dpop))};
    callers_ = std::make_unique<Callers>(parts_);
  }

  static std::string token(std::string_view more = {}) {
    return Signer().sign(Signer::kHeader, R"({"iss":"https://issuer.example","sub":"alice",)"
                                          R"("aud":"https://gate.example","exp":2000000000)" +
                                              std::string(more) + "}");
  }
  // `anonymous []`, `user corp/alice [corp]`, or `refused: ` and why.
  std::string who(const Credentials& credentials) {
    const auto said = callers_->identify(credentials, now_);
    if (!said) {
      return "ask";
    }
    if (!said->ok()) {
      return "refused: " + said->error().error.message();
    }
    const Principal& principal = ***said;
    last_ = principal;
    std::string out(name_of(principal.kind));
    out += " " + principal.id + " [";
    for (const std::string& proof : principal.proofs) {
      out += (out.back() == '[' ? "" : " ") + proof;
    }
    return out + "]";
  }
  static Credentials bearer(std::string_view text) {
    Credentials out;
    out.bearer = text;
    return out;
  }

  test::TempFolder folder_;
  SeededRandom random_{7};
  WallTime now_ = samples::kNow;
  FakeClock clock_{samples::kNow};
  Logger log_{::open("/dev/null", O_WRONLY | O_CLOEXEC), LogFormat::kJson, LogLevel::kError,
              clock_};
  HeldFetcher fetcher_;
  store::MemoryCounters seen_{random_};
  std::unique_ptr<store::State> state_;
  std::optional<Pepper> pepper_;
  std::string key_;
  Callers::Parts parts_;
  std::unique_ptr<Callers> callers_;
  Principal last_;
};

TEST_F(CallersTest, WhoeverSendsNothingIsAnonymous) {
  EXPECT_EQ(who({}), "anonymous  []");
}

TEST_F(CallersTest, AKeyOrATokenSpeaksForTheCaller) {
  EXPECT_TRUE(who(bearer(key_)).starts_with("key key_"));
  const std::string text = token();
  EXPECT_EQ(who(bearer(text)), "user corp/alice [corp]");
}

TEST_F(CallersTest, AKeyAndATokenTogetherAreRefused) {
  const std::string text = token();
  Credentials both = bearer(text);
  both.api_key = key_;
  EXPECT_EQ(who(both), "refused: the request carries two different credentials");
  both.api_key = text;
  EXPECT_EQ(who(both), "refused: the request carries two different credentials");
}

TEST_F(CallersTest, ACertificateIsAProofBesideOthersAndACallerByItself) {
  const auto root = samples::authority("root");
  const std::string der = samples::der_of(samples::svid(root, {"spiffe://example.org/batch"}));
  Credentials shown;
  shown.certificate = der;
  EXPECT_EQ(who(shown), "workload spiffe://example.org/batch [certificate]");
  const std::string text = token();
  shown.bearer = text;
  EXPECT_EQ(who(shown), "user corp/alice [corp certificate]");
  EXPECT_EQ(last_.workload, "spiffe://example.org/batch");
  shown.bearer = key_;
  EXPECT_TRUE(who(shown).ends_with("[key certificate]"));
}

TEST_F(CallersTest, ACertificateOfNoKnownWorkloadNamesNobody) {
  const auto root = samples::authority("root");
  const std::string der = samples::der_of(samples::svid(root, {"spiffe://other.org/batch"}));
  Credentials shown;
  shown.certificate = der;
  EXPECT_EQ(who(shown), "anonymous  [certificate]");
}

TEST_F(CallersTest, ATokenThatIsBoundToACertificateNeedsIt) {
  const auto root = samples::authority("root");
  const std::string der = samples::der_of(samples::svid(root, {"spiffe://example.org/a"}));
  const std::string other = samples::der_of(samples::svid(root, {"spiffe://example.org/b"}));
  const std::string text = token(R"(,"cnf":{"x5t#S256":")" + certificate_thumbprint(der) + "\"}");
  Credentials shown = bearer(text);
  EXPECT_TRUE(who(shown).starts_with("refused:"));
  shown.certificate = other;
  EXPECT_EQ(who(shown), "refused: the token is bound to another certificate");
  shown.certificate = der;
  EXPECT_EQ(who(shown), "user corp/alice [corp certificate]");
}

TEST_F(CallersTest, ATokenThatIsBoundToAKeyNeedsItsProofEachTime) {
  const Signer holder('h');
  const std::string text = token(R"(,"cnf":{"jkt":")" + samples::bound_to(holder).key + "\"}");
  EXPECT_TRUE(who(bearer(text)).starts_with("refused:"));  // as a plain bearer token
  Proof proof;
  proof.jwk = holder.jwk();
  proof.token = samples::hash_of(text);
  const std::string signed_proof = proof.sign(holder);
  Credentials shown = samples::request_with(signed_proof);
  shown.bearer = text;
  EXPECT_EQ(who(shown), "user corp/alice [corp dpop]");
  EXPECT_TRUE(who(shown).starts_with("refused:"));  // the same proof again
}

TEST_F(CallersTest, DpopIsForTokensThatAreBoundAlone) {
  Credentials shown = bearer(key_);
  shown.scheme = Credentials::Scheme::kDpop;
  EXPECT_EQ(who(shown), "refused: `DPoP` goes with a token of an issuer alone");
  const std::string text = token();
  shown.bearer = text;
  EXPECT_TRUE(who(shown).starts_with("refused:"));
}

TEST_F(CallersTest, NobodyIsValidBeyondTheEndOfWhatWasShown) {
  const std::string text = token();
  ASSERT_EQ(who(bearer(text)), "user corp/alice [corp]");
  EXPECT_TRUE(callers_->still_valid(last_, now_));
  EXPECT_FALSE(callers_->still_valid(last_, WallTime(std::chrono::seconds(2'000'000'030))));
}

TEST_F(CallersTest, NobodyIsValidWhoseIssuerOrDomainIsTrustedNoMore) {
  const auto root = samples::authority("root");
  const std::string der = samples::der_of(samples::svid(root, {"spiffe://example.org/batch"}));
  const std::string text = token();
  Credentials shown = bearer(text);
  shown.certificate = der;
  ASSERT_EQ(who(shown), "user corp/alice [corp certificate]");
  EXPECT_TRUE(callers_->still_valid(last_, now_));
  Callers::Parts without = parts_;
  without.workloads = std::make_shared<const Workloads>(Domains{"other.org"});
  EXPECT_FALSE(Callers(without).still_valid(last_, now_));
  without = parts_;
  without.issuers = std::make_shared<const Issuers>(std::vector<IssuerSettings>(), fetcher_, log_);
  EXPECT_FALSE(Callers(without).still_valid(last_, now_));
}

}  // namespace
}  // namespace sally::identity
