#include "identity/proof/certificate.h"

#include <gmock/gmock.h>

#include <cstdio>
#include <fstream>
#include <iterator>

#include "identity/proof/test_authority.h"
#include "support/temp_folder.h"

namespace sally::identity {
namespace {

using samples::der_of;
using samples::kNow;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kWorkload = "spiffe://a.example/ns/prod/agent";

// What the openssl command made (tests/vectors/svid/make.sh).
std::string vector(const std::string& name) {
  std::ifstream in("tests/vectors/svid/" + name + ".der", std::ios::binary);
  EXPECT_TRUE(in.good()) << name;
  return {std::istreambuf_iterator<char>(in), {}};
}
// The SPIFFE ID, `none`, or why it is refused.
std::string read(std::string_view der) {
  const auto svid = read_svid(der);
  if (!svid.ok()) {
    return svid.error().message();
  }
  return *svid ? (*svid)->id.str() : "none";
}
std::string read_names(const std::vector<std::string>& uris) {
  static const auto by = samples::authority("a");
  return read(der_of(samples::svid(by, uris)));
}

TEST(Svid, HasOneSpiffeIdAsItsOnlyUri) {
  EXPECT_EQ(read_names({std::string(kWorkload)}), kWorkload);
  EXPECT_EQ(read(vector("good_dns")), "spiffe://a.example/w")
      << "names that are no URI may be there";
  EXPECT_THAT(read_names({std::string(kWorkload), "spiffe://a.example/other"}),
              HasSubstr("and another URI"));
  EXPECT_THAT(read_names({"https://a.example/", std::string(kWorkload)}),
              HasSubstr("and another URI"));
  EXPECT_THAT(read_names({"https://a.example/", "SPIFFE:x"}), HasSubstr("and another URI"));
}

TEST(Svid, IsNoCertificateWithoutASpiffeId) {
  EXPECT_EQ(read_names({"https://a.example/"}), "none");
  EXPECT_EQ(read_names({"https://a.example/", "https://b.example/"}), "none");
  EXPECT_EQ(read(vector("good_plain")), "none");
}

TEST(Svid, WithAMalformedSpiffeIdIsRefusedAndNotTakenForNone) {
  for (const char* uri : {"spiffe://a.example", "spiffe://a.example/", "SPIFFE://a.example/x",
                          "spiffe://A.example/x", "spiffe:x", "spiffe://a.example/x?q"}) {
    EXPECT_THAT(read_names({uri}), HasSubstr("is refused: `")) << uri;
  }
}

TEST(Svid, IsALeafThatSignsHandshakesAndNothingElse) {
  EXPECT_THAT(read(vector("is_ca")), HasSubstr("may issue others"));
  EXPECT_THAT(read(vector("cert_sign")), HasSubstr("may issue others"));
  EXPECT_THAT(read(vector("crl_sign")), HasSubstr("may issue others"));
  EXPECT_THAT(read(vector("no_usage")), HasSubstr("not to sign"));
  EXPECT_THAT(read(vector("usage_agree")), HasSubstr("not to sign"));
}

TEST(Svid, IsReadOfNothingButACertificate) {
  const auto svid = read_svid("hello");
  ASSERT_FALSE(svid.ok());
  EXPECT_EQ(svid.error().kind(), ErrorKind::kInvalidInput);
}

TEST(Workloads, AreNamedByTheirSvid) {
  const auto by = samples::authority("a");
  const Workloads workloads({"a.example"});
  const auto known = workloads.identify(der_of(samples::svid(by, {std::string(kWorkload)})), kNow);
  ASSERT_TRUE(known.ok());
  EXPECT_EQ(known->kind, PrincipalKind::kWorkload);
  EXPECT_EQ(known->id, kWorkload);
  EXPECT_EQ(known->workload, kWorkload);
  EXPECT_THAT(known->proofs, ElementsAre("certificate"));
  EXPECT_EQ(known->expires, samples::kLong.ends);
}

TEST(Workloads, HaveNoNameOfATrustDomainThatIsNotKnown) {
  const auto by = samples::authority("a");
  const Workloads workloads({"b.example"});
  for (const std::string& uri : {std::string(kWorkload), std::string("https://b.example/")}) {
    const auto somebody = workloads.identify(der_of(samples::svid(by, {uri})), kNow);
    ASSERT_TRUE(somebody.ok());
    EXPECT_EQ(somebody->kind, PrincipalKind::kAnonymous);
    EXPECT_EQ(somebody->id, "");
    EXPECT_EQ(somebody->workload, "");
    EXPECT_THAT(somebody->proofs, ElementsAre("certificate"));
  }
}

TEST(Workloads, AreNobodyWhenTheirSvidHasExpiredOnAConnectionThatIsOpen) {
  const auto by = samples::authority("a");
  const std::string der = der_of(
      samples::svid(by, {std::string(kWorkload)}, {kNow - seconds(100), kNow + seconds(100)}));
  const Workloads workloads({"a.example"});
  EXPECT_TRUE(workloads.identify(der, kNow + seconds(99)).ok());
  for (const WallTime when : {kNow + seconds(100), kNow - seconds(101)}) {
    const auto expired = workloads.identify(der, when);
    ASSERT_FALSE(expired.ok());
    EXPECT_EQ(expired.error().kind(), ErrorKind::kUnauthenticated);
  }
}

TEST(Workloads, AreToldApartHoweverManyThereAre) {
  const auto by = samples::authority("a");
  const Workloads workloads({"a.example"});
  std::vector<std::pair<std::string, std::string>> all;  // certificate, name
  for (int i = 0; i < 40; ++i) {
    const std::string name = "spiffe://a.example/" + std::to_string(i);
    all.emplace_back(der_of(samples::svid(by, {name})), name);
  }
  all.emplace_back(vector("is_ca"), "");
  for (int turn = 0; turn < 2; ++turn) {
    for (const auto& [der, name] : all) {
      const auto known = workloads.identify(der, kNow);
      EXPECT_EQ(known.ok() ? known->id : "", name);
    }
  }
}

TEST(CertificateBinding, IsTheDigestThatOpensslMakes) {
  const auto leaf = samples::svid(samples::authority("a"), {std::string(kWorkload)});
  const test::TempFolder folder;
  const auto path = folder.path() / "leaf.pem";
  std::ofstream(path) << leaf.certificate;
  const std::string command = "openssl x509 -in " + path.string() +
                              " -outform DER | openssl dgst -sha256 -binary | "
                              "openssl base64 -A | tr '+/' '-_' | tr -d '='";
  std::FILE* pipe = ::popen(command.c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::string digest(200, '\0');
  digest.resize(std::fread(digest.data(), 1, digest.size(), pipe));
  ASSERT_EQ(::pclose(pipe), 0);
  EXPECT_EQ(certificate_thumbprint(der_of(leaf)), digest);
}

TEST(CertificateBinding, LetsATokenBeUsedWithItsOwnCertificateAlone) {
  const auto by = samples::authority("a");
  const std::string own = der_of(samples::svid(by, {std::string(kWorkload)}));
  const std::string other = der_of(samples::svid(by, {std::string(kWorkload)}));
  const std::optional<Confirmation> bound =
      Confirmation{.certificate = certificate_thumbprint(own)};
  EXPECT_TRUE(check_certificate_binding(bound, own).ok());
  for (const std::string& der : {other, std::string(), own.substr(1)}) {
    const auto refused = check_certificate_binding(bound, der);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().kind(), ErrorKind::kUnauthenticated);
  }
  EXPECT_TRUE(check_certificate_binding(std::nullopt, other).ok());
  EXPECT_TRUE(check_certificate_binding(Confirmation{.key = "k"}, "").ok());
}

}  // namespace
}  // namespace sally::identity
