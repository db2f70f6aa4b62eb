#include "identity/proof/dpop.h"

#include <gmock/gmock.h>

#include <functional>
#include <thread>

#include "identity/proof/dpop_samples.h"
#include "store/memory_counters.h"

namespace sally::identity {
namespace {

using samples::kNow;
using samples::Proof;
using samples::request_with;
using samples::Signer;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

class DpopTest : public ::testing::Test {
 protected:
  Dpop make(DpopRules rules = {}, char nonce_key = 'n') {
    return *Dpop::create(std::move(rules), Secret(std::string(32, nonce_key)), seen_, clock_);
  }
  static std::string verdict(const DpopResult<bool>& shown) {
    return std::string(shown.ok() ? (*shown ? "shown" : "bearer") : shown.error().code());
  }
  // The verdict on a proof that is signed as it should be, for the request it is for.
  std::string judge(const Proof& proof, WallTime now = kNow) {
    const std::string text = proof.sign();
    return verdict(dpop_.check(request_with(text), kBound, now));
  }
  std::string judge_text(std::string_view text) {
    return verdict(dpop_.check(request_with(text), kBound, kNow));
  }
  // The same for another request.
  std::string judge_request(const Proof& proof, const std::function<void(Credentials&)>& change) {
    const std::string text = proof.sign();
    Credentials request = request_with(text);
    change(request);
    return verdict(dpop_.check(request, kBound, kNow));
  }

  const std::optional<Confirmation> kBound = samples::bound_to(Signer());
  FakeClock clock_{kNow};
  SeededRandom random_{1};
  store::MemoryCounters seen_{random_};
  Dpop dpop_ = make();
};

TEST_F(DpopTest, TakesAProofByTheKeyOfTheTokenForThisRequest) {
  EXPECT_EQ(judge({}), "shown");
}

TEST_F(DpopTest, RefusesAProofThatWasUsedBefore) {
  EXPECT_EQ(judge({}), "shown");
  EXPECT_EQ(judge({}), "dpop_replayed");
  // Also one that is signed anew, or for another request.
  Proof again;
  again.issued = "1900000101";
  EXPECT_EQ(judge(again), "dpop_replayed");
  again.id = "proof-2";
  EXPECT_EQ(judge(again), "shown");
}

TEST_F(DpopTest, RemembersAProofForAsLongAsItCouldBeUsed) {
  Proof early;
  early.issued = "1900000160";  // as far in the future as it may be
  EXPECT_EQ(judge(early), "shown");
  clock_.advance(seconds(119));
  EXPECT_EQ(judge(early, kNow + seconds(119)), "dpop_replayed");
  clock_.advance(seconds(2));
  EXPECT_EQ(judge(early, kNow + seconds(121)), "dpop_time");
}

TEST_F(DpopTest, OfTwoKeysMayHaveOneId) {
  const Signer other('o');
  Proof proof;
  proof.jwk = other.jwk();
  const std::string text = proof.sign(other);
  EXPECT_EQ(judge({}), "shown");
  EXPECT_EQ(verdict(dpop_.check(request_with(text), samples::bound_to(other), kNow)), "shown");
}

TEST_F(DpopTest, RefusesRatherThanForgetWhenTooManyAreRemembered) {
  store::MemoryCounters few(random_, 64);
  const Dpop dpop = *Dpop::create({}, Secret(std::string(32, 'n')), few, clock_);
  size_t cannot_tell = 0;
  for (int i = 0; i < 300; ++i) {
    Proof proof;
    proof.id = fmt::format("proof-{}", i);
    const std::string text = proof.sign();
    const auto shown = dpop.check(request_with(text), kBound, kNow);
    if (!shown.ok()) {
      ASSERT_EQ(verdict(shown), "dpop_cannot_tell");
      EXPECT_EQ(shown.error().to_error().kind(), ErrorKind::kUnavailable);
      ++cannot_tell;
    }
  }
  EXPECT_GE(cannot_tell, 300U - 64U);
  clock_.advance(seconds(300));
  const std::string later = Proof{.id = "later", .issued = "1900000400"}.sign();
  EXPECT_EQ(verdict(dpop.check(request_with(later), kBound, kNow + seconds(300))), "shown");
}

TEST_F(DpopTest, LetsOneOfManyThreadsUseAProof) {
  const std::string text = Proof().sign();
  std::atomic<int> shown{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back(
        [&] { shown += dpop_.check(request_with(text), kBound, kNow).ok() ? 1 : 0; });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(shown, 1);
}

TEST_F(DpopTest, IsForOneMethod) {
  EXPECT_EQ(judge(Proof{.method = "GET"}), "dpop_method");
  EXPECT_EQ(judge(Proof{.method = "post"}), "dpop_method");
  EXPECT_EQ(judge_request({}, [](Credentials& c) { c.method = "DELETE"; }), "dpop_method");
}

TEST_F(DpopTest, IsForOneUrl) {
  for (const char* other :
       {"https://evil.example/v1/chat/completions", "http://gate.example/v1/chat/completions",
        "https://gate.example:8443/v1/chat/completions", "https://gate.example/v1/models",
        "https://gate.example/v1/chat/completions/", "https://gate.example/v1%2Fchat%2Fcompletions",
        "https://gate.example/V1/chat/completions", "https://gate.example/"}) {
    EXPECT_EQ(judge(Proof{.target = other}), "dpop_target") << other;
  }
  EXPECT_EQ(judge_request({}, [](Credentials& c) { c.authority = "other.example"; }),
            "dpop_target");
  EXPECT_EQ(judge_request({}, [](Credentials& c) { c.url_scheme = "http"; }), "dpop_target");
  EXPECT_EQ(judge_request({}, [](Credentials& c) { c.path = "/v1%2Fchat%2Fcompletions"; }),
            "dpop_target");
  for (const char* none : {"/v1/chat/completions", "gate.example/v1/chat/completions", "*",
                           "https://user@gate.example/v1/chat/completions"}) {
    EXPECT_EQ(judge(Proof{.target = none}), "dpop_format") << none;
  }
}

TEST_F(DpopTest, MayWriteItsUrlInAnyOfItsSpellings) {
  int number = 0;
  for (const char* same :
       {"https://gate.example:443/v1/chat/completions", "HTTPS://GATE.example/v1/chat/completions",
        "https://gate.example/v1/%63hat/completions",
        "https://gate.example/x/../v1/chat/completions",
        "https://gate.example/v1/chat/completions?a=b",
        "https://gate.example/v1/chat/completions#f"}) {
    EXPECT_EQ(judge(Proof{.id = fmt::format("{}", ++number), .target = same}), "shown") << same;
  }
  EXPECT_EQ(judge_request(Proof{.id = "default port"},
                          [](Credentials& c) { c.authority = "Gate.Example:443"; }),
            "shown");
}

TEST_F(DpopTest, IsForAnOriginOfTheGateWhateverTheHostOfTheRequest) {
  dpop_ = make({.origins = {"https://Gate.Example:443", "https://gate.internal:8443/"}});
  EXPECT_EQ(judge_request({},
                          [](Credentials& c) {
                            c.url_scheme = "http";
                            c.authority = "10.0.0.7:8080";
                          }),
            "shown");
  EXPECT_EQ(judge(Proof{.id = "2", .target = "https://gate.internal:8443/v1/chat/completions"}),
            "shown");
  // A proof made for a host that the client was lured to, passed on with that host's name.
  EXPECT_EQ(judge_request(Proof{.target = "https://evil.example/v1/chat/completions"},
                          [](Credentials& c) { c.authority = "evil.example"; }),
            "dpop_target");
}

TEST_F(DpopTest, WasMadeJustNow) {
  EXPECT_EQ(judge(Proof{.id = "1", .issued = "1900000040"}), "shown");
  EXPECT_EQ(judge(Proof{.id = "2", .issued = "1900000160"}), "shown");
  EXPECT_EQ(judge(Proof{.issued = "1900000039"}), "dpop_time");
  EXPECT_EQ(judge(Proof{.issued = "1900000161"}), "dpop_time");
  EXPECT_EQ(judge(Proof{.issued = "1900000039.9"}), "dpop_time");
  EXPECT_EQ(judge(Proof{.issued = "0"}), "dpop_time");
  for (const char* none : {"\"1900000100\"", "-1", "1e300", "null", "[1900000100]", "true"}) {
    EXPECT_EQ(judge(Proof{.issued = none}), "dpop_format") << none;
  }
  dpop_ = make({.window = seconds(300)});
  EXPECT_EQ(judge(Proof{.id = "3", .issued = "1899999800"}), "shown");
  EXPECT_EQ(judge(Proof{.issued = "1899999799"}), "dpop_time");
}

TEST_F(DpopTest, IsForOneAccessToken) {
  EXPECT_EQ(judge(Proof{.token = samples::hash_of("another.access.token")}), "dpop_token");
  EXPECT_EQ(judge(Proof{.token = samples::hash_of("")}), "dpop_token");
  EXPECT_EQ(judge(Proof{.token = samples::hash_of(samples::kAccessToken) + "="}), "dpop_token");
  EXPECT_EQ(judge(Proof{.token = ""}), "dpop_format");
  EXPECT_EQ(judge_request({}, [](Credentials& c) { c.bearer = "stolen.with.another"; }),
            "dpop_token");
}

TEST_F(DpopTest, HasEveryClaimOnceAndOfItsType) {
  EXPECT_EQ(judge(Proof{.id = ""}), "dpop_format");
  EXPECT_EQ(judge(Proof{.method = ""}), "dpop_format");
  EXPECT_EQ(judge(Proof{.target = ""}), "dpop_format");
  EXPECT_EQ(judge(Proof{.issued = ""}), "dpop_format");
  EXPECT_EQ(judge(Proof{.id = std::string(Dpop::kMaxId, 'j')}), "shown");
  EXPECT_EQ(judge(Proof{.id = std::string(Dpop::kMaxId + 1, 'j')}), "dpop_format");
  const Signer signer;
  for (const std::string_view payload : {"", "[]", "null", "7", "{}", "{", "\"text\""}) {
    EXPECT_EQ(judge_text(signer.sign(Proof().header(), payload)), "dpop_format") << payload;
  }
  std::string twice = Proof().payload();
  twice.insert(1, R"("jti":"other",)");
  EXPECT_EQ(judge_text(signer.sign(Proof().header(), twice)), "dpop_format");
}

TEST_F(DpopTest, IsOneSignedTokenOfItsType) {
  EXPECT_EQ(judge_text(""), "dpop_missing");
  EXPECT_EQ(judge_text("several"), "dpop_format");
  EXPECT_EQ(judge_text("a.b.c"), "dpop_format");
  const std::string one = Proof().sign();
  EXPECT_EQ(judge_text(one + "," + one), "dpop_format");
  EXPECT_EQ(judge_text(one + ", " + one), "dpop_format");
  EXPECT_EQ(judge_text(one + "."), "dpop_format");
  EXPECT_EQ(judge(Proof{.id = std::string(Dpop::kMaxProof, 'j')}), "dpop_format");
  for (const char* type : {"JWT", "at+jwt", "dpop", "dpop+jwt ", "jwt+dpop", ""}) {
    EXPECT_EQ(judge(Proof{.type = type}), "dpop_type") << type;
  }
  const Signer signer;
  const std::string untyped = R"({"alg":"EdDSA","jwk":)" + signer.jwk() + "}";
  EXPECT_EQ(judge_text(signer.sign(untyped, Proof().payload())), "dpop_type");
}

TEST_F(DpopTest, TruncatedAtEveryByteIsRefused) {
  const std::string text = Proof().sign();
  for (size_t size = 0; size < text.size(); ++size) {
    EXPECT_NE(judge_text(text.substr(0, size)), "shown") << size;
  }
}

TEST_F(DpopTest, IsSignedByAnAsymmetricAlgorithmThatIsAllowed) {
  for (const char* algorithm : {"none", "HS256", "HS512", "RS256", "ES256", "eddsa", ""}) {
    EXPECT_EQ(judge(Proof{.algorithm = algorithm}), "dpop_algorithm") << algorithm;
  }
  EXPECT_EQ(judge(Proof{.algorithm = "Ed25519"}), "shown");
  dpop_ = make({.algorithms = {crypto::SignatureAlgorithm::kEs256}});
  EXPECT_EQ(judge(Proof{.id = "2"}), "dpop_algorithm");
  // No signature at all.
  const std::string unsigned_proof = samples::base64url(Proof{.algorithm = "none"}.header()) + "." +
                                     samples::base64url(Proof().payload()) + ".";
  EXPECT_EQ(judge_text(unsigned_proof), "dpop_format");
}

TEST_F(DpopTest, CarriesItsPublicKeyAndNoOther) {
  EXPECT_EQ(judge(Proof{.jwk = ""}), "dpop_key");
  const Signer signer;
  for (const std::string& jwk :
       {signer.jwk("k", R"(,"d":"c2VjcmV0")"), signer.jwk("k", R"(,"use":"enc")"),
        std::string(R"({"kty":"oct","k":"c2VjcmV0"})"), std::string("{}"), std::string("null"),
        std::string("[]"), std::string("\"key\""),
        std::string(R"({"kty":"OKP","crv":"Ed25519","x":"AAAA"})")}) {
    EXPECT_EQ(judge(Proof{.jwk = jwk}), "dpop_key") << jwk;
  }
  // A key id, an address of a key and a certificate are no key.
  for (const char* more :
       {R"("kid":"signer")", R"("jku":"https://evil.example/keys")", R"("x5c":["AAAA"])"}) {
    const std::string header = std::string(R"({"typ":"dpop+jwt","alg":"EdDSA",)") + more + "}";
    EXPECT_EQ(judge_text(signer.sign(header, Proof().payload())), "dpop_key") << more;
  }
}

TEST_F(DpopTest, IsByTheVeryKeyThatTheTokenIsBoundTo) {
  const Signer thief('t');
  Proof own;
  own.jwk = thief.jwk();
  EXPECT_EQ(judge_text(own.sign(thief)), "dpop_wrong_key");
  // The thief's signature under the owner's key.
  EXPECT_EQ(judge_text(Proof().sign(thief)), "dpop_signature");
}

TEST_F(DpopTest, IsDemandedOfEveryTokenThatIsBoundToAKey) {
  const std::string text = Proof().sign();
  Credentials bearer = request_with(text);
  bearer.scheme = Credentials::Scheme::kBearer;
  EXPECT_EQ(verdict(dpop_.check(bearer, kBound, kNow)), "dpop_plain_bearer");
  EXPECT_EQ(verdict(dpop_.check(bearer, std::nullopt, kNow)), "bearer");
  EXPECT_EQ(verdict(dpop_.check(bearer, Confirmation{.certificate = "x"}, kNow)), "bearer");
  EXPECT_EQ(verdict(dpop_.check(request_with(text), std::nullopt, kNow)), "dpop_not_bound");
  EXPECT_EQ(verdict(dpop_.check(request_with(text), Confirmation{.certificate = "x"}, kNow)),
            "dpop_not_bound");
}

TEST_F(DpopTest, MayBeAskedToHoldANonceOfTheGate) {
  dpop_ = make({.nonce_required = true});
  const auto first = dpop_.check(request_with(Proof().sign()), kBound, kNow);
  ASSERT_EQ(verdict(first), "dpop_nonce");
  const NotIdentified told = dpop_.not_identified(first.error(), kNow);
  EXPECT_THAT(told.challenge, HasSubstr(R"(DPoP error="use_dpop_nonce")"));
  EXPECT_EQ(told.dpop_nonce.size(), 22U);
  EXPECT_EQ(judge(Proof{.nonce = told.dpop_nonce}), "shown");
  // It is good for the next slot, and no longer.
  const auto at = [&](WallTime now, std::string_view id) {
    const auto since = std::chrono::duration_cast<seconds>(now.time_since_epoch()).count();
    return judge(
        Proof{.id = std::string(id), .issued = fmt::format("{}", since), .nonce = told.dpop_nonce},
        now);
  };
  EXPECT_EQ(at(kNow + DpopNonces::kSlot, "next"), "shown");
  EXPECT_EQ(at(kNow + 2 * DpopNonces::kSlot, "old"), "dpop_nonce");
  EXPECT_EQ(at(kNow - DpopNonces::kSlot, "before its time"), "dpop_nonce");
  dpop_ = make({.nonce_required = true}, 'o');
  EXPECT_EQ(at(kNow, "of another gate"), "dpop_nonce");
}

TEST_F(DpopTest, IsNotUsedUpByARefusal) {
  dpop_ = make({.nonce_required = true});
  EXPECT_EQ(judge({}), "dpop_nonce");
  dpop_ = make();
  EXPECT_EQ(judge(Proof{.method = "GET"}), "dpop_method");
  EXPECT_EQ(judge({}), "shown");
}

TEST_F(DpopTest, RefusesWithWordsThatHoldNothingOfTheProof) {
  const auto shown = dpop_.check(
      request_with(Proof{.target = "https://hunter2.example/hunter2"}.sign()), kBound, kNow);
  ASSERT_FALSE(shown.ok());
  const NotIdentified told = dpop_.not_identified(shown.error(), kNow);
  EXPECT_EQ(told.error.kind(), ErrorKind::kUnauthenticated);
  EXPECT_EQ(told.error.message(),
            "the proof of possession is refused (`dpop_target`): it is for another URL: `htu`");
  EXPECT_EQ(told.challenge, R"(DPoP error="invalid_dpop_proof", error_description="dpop_target", )"
                            R"(algs="ES256 ES384 ES512 EdDSA PS256 RS256")");
  EXPECT_EQ(told.dpop_nonce, "");
}

TEST_F(DpopTest, HasRulesThatMakeSense) {
  const Secret key(std::string(32, 'n'));
  for (const DpopRules& rules :
       {DpopRules{.window = seconds(0)}, DpopRules{.window = seconds(301)},
        DpopRules{.algorithms = {}}, DpopRules{.origins = {"gate.example"}},
        DpopRules{.origins = {"https://gate.example/path"}},
        DpopRules{.origins = {"https://gate.example/?"}}, DpopRules{.origins = {""}}}) {
    const auto made = Dpop::create(rules, key, seen_, clock_);
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.error().kind(), ErrorKind::kUsage);
  }
}

}  // namespace
}  // namespace sally::identity
