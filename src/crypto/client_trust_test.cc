#include "crypto/client_trust.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/tls_pipe.h"
#include "crypto/x509.h"
#include "support/times.h"

namespace sally::crypto {
namespace {

using test::at_second;
using ::testing::HasSubstr;

// Handshakes go by the clock of the system: from 2020 to 2090.
const Validity kLong{at_second(1'577'836'800), at_second(3'786'912'000)};
constexpr std::string_view kWorkloadA = "spiffe://a.example/agent";

CertificateAndKey authority(std::string_view name) {
  return *make_authority(name, kLong);
}

struct ClientTrustTest : testing::TestWithParam<TlsVersion> {
  FakeClock clock{WallTime{}};
  std::shared_ptr<const TlsTicketKeys> keys =
      std::make_shared<const TlsTicketKeys>(clock, std::make_unique<SeededRandom>(1));
  const CertificateAndKey gate = authority("gate");
  const CertificateAndKey company = authority("company");
  const CertificateAndKey a = authority("a");
  const CertificateAndKey b = authority("b");
  const CertificateAndKey server_certificate =
      *issue_server_certificate(gate, {"gate.test"}, kLong);

  static std::shared_ptr<const ClientTrust> trust(const CertificateAndKey& of_a,
                                                  const CertificateAndKey& of_b) {
    const ClientDomain domains[] = {{"spiffe://a.example/", of_a.certificate},
                                    {"spiffe://b.example/", of_b.certificate}};
    return *ClientTrust::create(domains);
  }
  std::shared_ptr<const TlsServerContext> server(std::shared_ptr<const ClientTrust> domains,
                                                 const std::string& client_ca) const {
    const auto made =
        TlsServerContext::create({.certificate_chain_pem = server_certificate.certificate,
                                  .private_key_pem = server_certificate.key,
                                  .client_certificates = ClientCertificates::kRequired,
                                  .client_ca_pem = client_ca,
                                  .client_domains = std::move(domains),
                                  .least = GetParam(),
                                  .ticket_keys = keys});
    EXPECT_TRUE(made.ok()) << made.error().to_string();
    return *made;
  }
  std::shared_ptr<const TlsServerContext> server() const {
    return server(trust(a, b), company.certificate);
  }
  std::shared_ptr<const TlsClientContext> client(const CertificateAndKey& certificate) const {
    TlsClientSettings settings;
    settings.ca_pem = gate.certificate;
    settings.certificate_chain_pem = certificate.certificate;
    settings.private_key_pem = &certificate.key;
    settings.least = GetParam();
    settings.most = GetParam();
    return *TlsClientContext::create(settings);
  }
  static CertificateAndKey named(const CertificateAndKey& by,
                                 const std::vector<std::string>& uris) {
    return *issue_client_certificate(by, uris, kLong);
  }

  // `in`, `resumed`, or why the server refused.
  static std::string connect(const std::shared_ptr<const TlsServerContext>& server,
                             const std::shared_ptr<const TlsClientContext>& client) {
    Ends ends;
    ends.server = *TlsSession::accept(server, ends.server_side);
    ends.client = *TlsSession::connect(client, ends.client_side, "gate.test");
    if (!ends.shake_hands() || ends.server->peer_certificate().empty()) {
      return ends.server->failure();
    }
    EXPECT_EQ(Ends::pass(*ends.server, *ends.client, "x"), "x");
    return ends.server->resumed() ? "resumed" : "in";
  }
  std::string judge(const CertificateAndKey& certificate) const {
    return connect(server(), client(certificate));
  }
};

TEST_P(ClientTrustTest, TakesANameOfADomainThatTheDomainsAuthoritySigned) {
  EXPECT_EQ(judge(named(a, {std::string(kWorkloadA)})), "in");
  EXPECT_EQ(judge(named(b, {"spiffe://b.example/agent"})), "in");
}

TEST_P(ClientTrustTest, RefusesANameOfADomainThatAnyOtherAuthoritySigned) {
  EXPECT_NE(judge(named(b, {std::string(kWorkloadA)})), "in");
  EXPECT_NE(judge(named(company, {std::string(kWorkloadA)})), "in");
  EXPECT_NE(judge(named(authority("nobody"), {std::string(kWorkloadA)})), "in");
  EXPECT_NE(judge(named(authority("a"), {std::string(kWorkloadA)})), "in");
}

TEST_P(ClientTrustTest, LeavesTheNamesOfNoDomainToTheAuthoritiesOfTheContext) {
  EXPECT_EQ(judge(named(company, {"https://company.example/printer"})), "in");
  EXPECT_EQ(judge(named(company, {"spiffe://c.example/agent"})), "in");
  EXPECT_NE(judge(named(a, {"spiffe://c.example/agent"})), "in");
  EXPECT_NE(judge(named(a, {"spiffe://a.example.evil/agent"})), "in");
  EXPECT_NE(judge(named(a, {"SPIFFE://a.example/agent"})), "in");
  // Where the context has none there is nobody to trust.
  EXPECT_NE(connect(server(trust(a, b), ""), client(named(company, {"spiffe://c.example/x"}))),
            "in");
  EXPECT_EQ(connect(server(trust(a, b), ""), client(named(a, {std::string(kWorkloadA)}))), "in");
}

TEST_P(ClientTrustTest, RefusesACertificateWithSeveralUrisOfWhichOneIsOfADomain) {
  EXPECT_THAT(judge(named(a, {std::string(kWorkloadA), "spiffe://b.example/agent"})),
              HasSubstr("application verification"));
  EXPECT_NE(judge(named(company, {"https://company.example", std::string(kWorkloadA)})), "in");
  EXPECT_NE(judge(named(a, {std::string(kWorkloadA), "spiffe://a.example/other"})), "in");
}

TEST_P(ClientTrustTest, TakesNoAuthorityForAClient) {
  // The authority's own certificate chains to itself, and names nothing.
  EXPECT_NE(judge({a.certificate, a.key.clone()}), "in");
}

TEST_P(ClientTrustTest, ResumesASessionOnlyUnderTheSameTrust) {
  const auto first = server();
  const CertificateAndKey certificate = named(a, {std::string(kWorkloadA)});
  // How a second connection goes, after a first one under the trust at first.
  const auto again = [&](std::shared_ptr<const ClientTrust> domains) {
    const auto caller = client(certificate);
    EXPECT_EQ(connect(first, caller), "in");
    return connect(first->with_domains(std::move(domains)), caller);
  };
  // The same bundles read again are the same trust.
  EXPECT_EQ(again(trust(a, b)), "resumed");
  // A bundle was rotated, and the certificate is no longer good: its session is not, either.
  EXPECT_THAT(again(trust(authority("new a"), b)), HasSubstr("certificate"));
  // Another domain's bundle changed: the certificate must be shown once more.
  EXPECT_EQ(again(trust(a, authority("new b"))), "in");
}

TEST_P(ClientTrustTest, EndsTheSessionsOfAnAuthorityThatTheContextNoLongerHas) {
  const auto caller = client(named(company, {"https://company.example/printer"}));
  const auto other = authority("other");
  EXPECT_EQ(connect(server(), caller), "in");
  EXPECT_NE(connect(server(trust(a, b), other.certificate), caller), "resumed");
}

INSTANTIATE_TEST_SUITE_P(Versions, ClientTrustTest,
                         testing::Values(TlsVersion::kTls12, TlsVersion::kTls13),
                         [](const auto& version) {
                           return version.param == TlsVersion::kTls13 ? "Tls13" : "Tls12";
                         });

TEST(ClientTrust, IsMadeOfAuthoritiesAlone) {
  const auto own = authority("a");
  const auto leaf = *issue_client_certificate(own, {"spiffe://a.example/x"}, kLong);
  const auto error = [](const std::string& pem) {
    const ClientDomain domains[] = {{"spiffe://a.example/", pem}};
    const auto made = ClientTrust::create(domains);
    EXPECT_TRUE(made.ok() || made.error().kind() == ErrorKind::kInvalidInput);
    return made.ok() ? std::string("made") : made.error().message();
  };
  EXPECT_EQ(error(own.certificate), "made");
  EXPECT_EQ(error(own.certificate + authority("b").certificate), "made");
  EXPECT_THAT(error(own.certificate + leaf.certificate), HasSubstr("may issue none"));
  EXPECT_THAT(error(""), HasSubstr("no certificate"));
  EXPECT_THAT(error("hello"), HasSubstr("no certificate"));
  EXPECT_THAT(error(own.certificate + own.certificate.substr(0, 100)), HasSubstr("cannot read"));
  EXPECT_THAT(error(std::string((size_t{8} << 20) + 1, ' ')), HasSubstr("larger"));
}

TEST(ClientTrust, HasOneDigestForOneTrust) {
  const auto own = authority("a");
  const auto digest = [](std::string uri, std::string pem) {
    const ClientDomain domains[] = {{std::move(uri), std::move(pem)}};
    return (*ClientTrust::create(domains))->digest();
  };
  EXPECT_EQ(digest("spiffe://a/", own.certificate), digest("spiffe://a/", own.certificate));
  EXPECT_NE(digest("spiffe://a/", own.certificate), digest("spiffe://b/", own.certificate));
  EXPECT_NE(digest("spiffe://a/", own.certificate),
            digest("spiffe://a/", authority("a").certificate));
}

}  // namespace
}  // namespace sally::crypto
