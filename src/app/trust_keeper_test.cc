#include "app/trust_keeper.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <array>

#include "crypto/tls_pipe.h"
#include "identity/proof/test_authority.h"

namespace sally::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const crypto::CertificateAndKey& server_authority() {
  static const auto made = identity::samples::authority("server");
  return made;
}

// A gate's TLS that trusts what a file holds, and workloads that knock at it.
class TrustKeeperTest : public ::testing::Test {
 protected:
  TrustKeeperTest() { keeper_.follow(config(old_.certificate)); }
  ~TrustKeeperTest() override {
    ::close(pipe_[0]);
    ::close(pipe_[1]);
  }
  static ConfigPtr config(const std::string& bundle) {
    Config out;
    out.trust_domains = {{.name = "a.example", .path = "/bundle", .bundle = bundle}};
    out.gate.client_trust = *client_trust_of(out.trust_domains);
    const auto certificate = *crypto::issue_server_certificate(server_authority(), {"gate.test"},
                                                               identity::samples::kLong);
    out.gate.tls = *crypto::TlsServerContext::create(
        {.certificate_chain_pem = certificate.certificate,
         .private_key_pem = certificate.key,
         .client_certificates = crypto::ClientCertificates::kRequired,
         .client_ca_pem = {},
         .client_domains = out.gate.client_trust,
         .ticket_keys = nullptr});
    return std::make_shared<const Config>(std::move(out));
  }
  // Whether a workload whose certificate `by` signed is let in now.
  bool lets_in(const crypto::CertificateAndKey& by) const {
    const auto svid = identity::samples::svid(by, {"spiffe://a.example/agent"});
    const auto client =
        *crypto::TlsClientContext::create({.ca_pem = server_authority().certificate,
                                           .certificate_chain_pem = svid.certificate,
                                           .private_key_pem = &svid.key,
                                           .alpn = {}});
    crypto::Ends ends;
    ends.server = *crypto::TlsSession::accept(keeper_.context(), ends.server_side);
    ends.client = *crypto::TlsSession::connect(client, ends.client_side, "gate.test");
    return ends.shake_hands() && !ends.server->peer_certificate().empty();
  }
  // What was logged since the last call.
  std::string log() {
    logger_.write(LogEvent::kGateStarted);  // so that there is something to read
    std::array<char, 8192> buffer{};
    const ssize_t got = ::read(pipe_[0], buffer.data(), buffer.size());
    return {buffer.data(), static_cast<size_t>(std::max<ssize_t>(got, 0))};
  }

  const crypto::CertificateAndKey old_ = identity::samples::authority("old");
  const crypto::CertificateAndKey new_ = identity::samples::authority("new");
  Result<std::string> file_ = old_.certificate;
  const std::array<int, 2> pipe_ = [] {
    std::array<int, 2> made{};
    SALLY_CHECK(::pipe(made.data()) == 0);
    return made;
  }();
  FakeClock clock_{WallTime{}};
  Logger logger_{pipe_[1], LogFormat::kJson, LogLevel::kInfo, clock_};
  TrustKeeper keeper_{{.environment = {},
                       .read_file = [this](const std::string&, Content) -> Result<Secret> {
                         TRY(const std::string text, Result<std::string>(file_));
                         return Secret(text);
                       }},
                      logger_};
};

TEST_F(TrustKeeperTest, TrustsWhatTheConfigurationRead) {
  EXPECT_TRUE(lets_in(old_));
  EXPECT_FALSE(lets_in(new_));
  EXPECT_FALSE(keeper_.look());
}

TEST_F(TrustKeeperTest, PutsAChangedBundleInForceOnceItStaysAsItIs) {
  file_ = old_.certificate + new_.certificate;
  EXPECT_FALSE(keeper_.look()) << "it may still be being written";
  EXPECT_FALSE(lets_in(new_));
  EXPECT_TRUE(keeper_.look());
  EXPECT_TRUE(lets_in(old_));
  EXPECT_TRUE(lets_in(new_));
  EXPECT_THAT(log(), HasSubstr("bundle.loaded"));
  file_ = new_.certificate;
  EXPECT_FALSE(keeper_.look());
  EXPECT_TRUE(keeper_.look());
  EXPECT_FALSE(lets_in(old_));
  EXPECT_TRUE(lets_in(new_));
  EXPECT_FALSE(keeper_.look()) << "nothing changed any more";
}

TEST_F(TrustKeeperTest, KeepsTheBundleBeforeWhereTheNewOneIsNoneAndTellsOnce) {
  file_ = "no bundle";
  EXPECT_FALSE(keeper_.look());
  EXPECT_FALSE(keeper_.look());
  EXPECT_THAT(log(), HasSubstr("bundle.refused"));
  EXPECT_FALSE(keeper_.look());
  EXPECT_THAT(log(), Not(HasSubstr("bundle.refused")));
  EXPECT_TRUE(lets_in(old_));
  file_ = Error(ErrorKind::kUsage, "it is gone");
  EXPECT_FALSE(keeper_.look());
  EXPECT_THAT(log(), HasSubstr("it is gone"));
  EXPECT_TRUE(lets_in(old_));
  file_ = new_.certificate;
  keeper_.look();
  EXPECT_TRUE(keeper_.look());
  EXPECT_TRUE(lets_in(new_));
}

TEST_F(TrustKeeperTest, IsNotTakenBackByTheConfigurationItFollowsAlready) {
  const ConfigPtr config = this->config(old_.certificate);
  keeper_.follow(config);
  file_ = new_.certificate;
  keeper_.look();
  EXPECT_TRUE(keeper_.look());
  keeper_.follow(config);
  EXPECT_TRUE(lets_in(new_));
  keeper_.follow(this->config(old_.certificate));
  EXPECT_TRUE(lets_in(old_)) << "a configuration that was read anew says what its files said then";
}

}  // namespace
}  // namespace sally::app
