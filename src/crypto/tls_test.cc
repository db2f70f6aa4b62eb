#include "crypto/tls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <optional>

#include "crypto/tls_pipe.h"

namespace sally::crypto {
namespace {

using ::testing::HasSubstr;

std::string file(const std::string& name) {
  std::ifstream in("tests/vectors/tls/" + name, std::ios::binary);
  EXPECT_TRUE(in.good()) << name;
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Tls : testing::TestWithParam<TlsVersion> {
  FakeClock clock{WallTime{}};
  std::shared_ptr<const TlsTicketKeys> keys =
      std::make_shared<const TlsTicketKeys>(clock, std::make_unique<SeededRandom>(1));
  const std::string ca = file("ca.pem");

  std::shared_ptr<const TlsServerContext> server(
      const std::string& name = "server",
      ClientCertificates asked = ClientCertificates::kNotAsked) const {
    const Secret key(file(name + ".key"));
    auto made = TlsServerContext::create({.certificate_chain_pem = file(name + ".pem"),
                                          .private_key_pem = key,
                                          .client_certificates = asked,
                                          .client_ca_pem = ca,
                                          .least = GetParam(),
                                          .ticket_keys = keys});
    EXPECT_TRUE(made.ok()) << made.error().to_string();
    return *made;
  }
  std::shared_ptr<const TlsClientContext> client(bool with_certificate = false) const {
    const Secret key(with_certificate ? file("client.key") : "");
    TlsClientSettings settings;
    settings.ca_pem = ca;
    settings.least = GetParam();
    settings.most = GetParam();
    settings.alpn = {"h2", "http/1.1"};
    if (with_certificate) {
      settings.certificate_chain_pem = file("client.pem");
      settings.private_key_pem = &key;
    }
    auto made = TlsClientContext::create(settings);
    EXPECT_TRUE(made.ok()) << made.error().to_string();
    return *made;
  }
  static std::unique_ptr<Ends> connect(const std::shared_ptr<const TlsServerContext>& server,
                                       const std::shared_ptr<const TlsClientContext>& client,
                                       const std::string& host = "gate.test") {
    auto ends = std::make_unique<Ends>();
    ends->server = *TlsSession::accept(server, ends->server_side);
    ends->client = *TlsSession::connect(client, ends->client_side, host);
    return ends;
  }
};

TEST_P(Tls, CarriesBytesBothWaysAndAgreesOnAProtocol) {
  const auto ends = connect(server(), client());
  ASSERT_TRUE(ends->shake_hands()) << ends->client->failure() << ends->server->failure();
  EXPECT_EQ(ends->client->version(), GetParam() == TlsVersion::kTls13 ? "TLSv1.3" : "TLSv1.2");
  EXPECT_EQ(ends->server->alpn(), "h2");
  EXPECT_EQ(ends->client->alpn(), "h2");
  EXPECT_EQ(Ends::pass(*ends->client, *ends->server, "question"), "question");
  EXPECT_EQ(Ends::pass(*ends->server, *ends->client, "answer"), "answer");
  EXPECT_TRUE(ends->server->peer_certificate().empty());
  EXPECT_FALSE(ends->client->peer_certificate().empty());
}

TEST_P(Tls, PeekSeesAGoodbyeButConsumesNoBytes) {
  const auto ends = connect(server(), client());
  ASSERT_TRUE(ends->shake_hands());
  EXPECT_EQ(ends->server->peek(), TlsStatus::kWantRead);
  EXPECT_EQ(ends->client->write(as_bytes("next")).status, TlsStatus::kOk);
  EXPECT_EQ(ends->server->peek(), TlsStatus::kOk);
  std::array<std::byte, 16> buffer;
  EXPECT_EQ(ends->server->read(buffer).bytes, 4U);
  ends->client->close();
  EXPECT_EQ(ends->server->peek(), TlsStatus::kClosed);
}

TEST_P(Tls, EndWithoutAGoodbyeIsAFailure) {
  const auto ends = connect(server(), client());
  ASSERT_TRUE(ends->shake_hands());
  ends->to_server.ended = true;
  std::array<std::byte, 16> buffer;
  EXPECT_EQ(ends->server->read(buffer).status, TlsStatus::kFailed);
  EXPECT_EQ(ends->server->failure(), "the peer closed the connection");
}

TEST_P(Tls, CertificateForAnotherHostIsRefused) {
  const auto ends = connect(server(), client(), "other.test");
  EXPECT_FALSE(ends->shake_hands());
  EXPECT_EQ(ends->client->failure(), "hostname mismatch");
}

TEST_P(Tls, CertificateMayBeForAnAddress) {
  EXPECT_TRUE(connect(server(), client(), "127.0.0.1")->shake_hands());
  const auto other = connect(server(), client(), "127.0.0.2");
  EXPECT_FALSE(other->shake_hands());
  EXPECT_EQ(other->client->failure(), "IP address mismatch");
}

TEST_P(Tls, CertificateThatExpiredIsRefused) {
  const auto ends = connect(server("expired"), client());
  EXPECT_FALSE(ends->shake_hands());
  EXPECT_EQ(ends->client->failure(), "certificate has expired");
}

TEST_P(Tls, CertificateOfAnUnknownAuthorityIsRefused) {
  TlsClientSettings settings;  // the system's store does not hold the test authority
  const auto strict = *TlsClientContext::create(settings);
  const auto ends = connect(server(), strict);
  EXPECT_FALSE(ends->shake_hands());
  EXPECT_THAT(ends->client->failure(), HasSubstr("certificate"));
}

TEST_P(Tls, ClientCertificateThatVerifiesIsHandedOver) {
  const auto ends = connect(server("server", ClientCertificates::kRequired), client(true));
  ASSERT_TRUE(ends->shake_hands()) << ends->server->failure();
  Ends::pass(*ends->client, *ends->server, "x");
  EXPECT_THAT(ends->server->peer_certificate(), HasSubstr("spiffe://test/client"));
}

TEST_P(Tls, ClientWithoutACertificateIsLetInOnlyWhereNoneIsRequired) {
  EXPECT_TRUE(connect(server("server", ClientCertificates::kRequested), client())->shake_hands());
  const auto refused = connect(server("server", ClientCertificates::kRequired), client());
  EXPECT_FALSE(refused->shake_hands() &&
               Ends::pass(*refused->client, *refused->server, "x") == "x");
  EXPECT_THAT(refused->server->failure(), HasSubstr("certificate"));
}

// Whether a second connection with `client` resumes the session of a first.
bool resumes(const std::shared_ptr<const TlsServerContext>& server,
             const std::shared_ptr<const TlsClientContext>& client) {
  const auto ends = Tls::connect(server, client);
  EXPECT_TRUE(ends->shake_hands());
  // The tickets of TLS 1.3 follow the handshake.
  EXPECT_EQ(Ends::pass(*ends->server, *ends->client, "x"), "x");
  return ends->client->resumed();
}

TEST_P(Tls, SecondConnectionResumesTheSessionOfTheFirst) {
  const auto context = server();
  const auto caller = client();
  EXPECT_FALSE(resumes(context, caller));
  EXPECT_TRUE(resumes(context, caller));
}

TEST_P(Tls, SessionIsResumedUnderANewCertificateWithTheSameTicketKeys) {
  const auto caller = client();
  EXPECT_FALSE(resumes(server(), caller));
  EXPECT_TRUE(resumes(server(), caller));
}

TEST_P(Tls, TicketsAreAcceptedForTwoRotationsAndNotLonger) {
  const auto context = server();
  for (const int hours : {0, 1, 2}) {
    const auto caller = client();
    EXPECT_FALSE(resumes(context, caller));
    clock.advance(TlsTicketKeys::kRotation * hours);
    EXPECT_TRUE(resumes(context, caller)) << hours;
  }
  const auto caller = client();
  EXPECT_FALSE(resumes(context, caller));
  for (int hour = 0; hour < 3; ++hour) {
    clock.advance(TlsTicketKeys::kRotation);
    resumes(context, client());  // the keys rotate when they are used
  }
  EXPECT_FALSE(resumes(context, caller));
}

TEST_P(Tls, LongSilenceEndsEveryOldTicket) {
  const auto context = server();
  const auto caller = client();
  EXPECT_FALSE(resumes(context, caller));
  clock.advance(TlsTicketKeys::kRotation * 5);
  EXPECT_FALSE(resumes(context, caller));
}

INSTANTIATE_TEST_SUITE_P(Versions, Tls, testing::Values(TlsVersion::kTls12, TlsVersion::kTls13),
                         [](const auto& version) {
                           return version.param == TlsVersion::kTls13 ? "Tls13" : "Tls12";
                         });

TEST(TlsServerContext, RefusesAServerThatSpeaksOnlyTls12WhereMoreIsRequired) {
  const Secret key(file("server.key"));
  const auto strict = *TlsServerContext::create({.certificate_chain_pem = file("server.pem"),
                                                 .private_key_pem = key,
                                                 .client_ca_pem = {},
                                                 .least = TlsVersion::kTls13,
                                                 .ticket_keys = nullptr});
  TlsClientSettings settings;
  settings.ca_pem = file("ca.pem");
  settings.most = TlsVersion::kTls12;
  const auto old = *TlsClientContext::create(settings);
  EXPECT_FALSE(Tls::connect(strict, old)->shake_hands());
}

TEST(TlsServerContext, SaysWhatIsWrongWithItsFiles) {
  const std::string certificate = file("server.pem");
  const Secret key(file("server.key"));
  const Secret other(file("client.key"));
  const Secret none("not a key");
  const auto error = [](const std::string& chain, const Secret& secret, const std::string& ca,
                        ClientCertificates asked) {
    const auto made = TlsServerContext::create({.certificate_chain_pem = chain,
                                                .private_key_pem = secret,
                                                .client_certificates = asked,
                                                .client_ca_pem = ca,
                                                .ticket_keys = nullptr});
    EXPECT_FALSE(made.ok());
    return made.ok() ? std::string() : made.error().message();
  };
  using enum ClientCertificates;
  EXPECT_THAT(error("", key, "", kNotAsked), HasSubstr("cannot read the certificate"));
  EXPECT_THAT(error(certificate.substr(0, 300), key, "", kNotAsked),
              HasSubstr("cannot read the certificate"));
  EXPECT_THAT(error(certificate, none, "", kNotAsked), HasSubstr("cannot read the private key"));
  EXPECT_THAT(error(certificate, other, "", kNotAsked), HasSubstr("does not fit"));
  EXPECT_THAT(error(certificate, key, "", kRequired), HasSubstr("cannot read the CA"));
}

TEST(TlsSession, FailsOnWhatIsNotTls) {
  const Secret key(file("server.key"));
  const auto context = *TlsServerContext::create({.certificate_chain_pem = file("server.pem"),
                                                  .private_key_pem = key,
                                                  .client_ca_pem = {},
                                                  .ticket_keys = nullptr});
  Pipe in;
  Pipe out;
  PipeEnd end(in, out);
  for (const char c : std::string_view("GET / HTTP/1.1\r\nHost: gate.test\r\n\r\n")) {
    in.bytes.push_back(static_cast<std::byte>(c));
  }
  const auto session = *TlsSession::accept(context, end);
  EXPECT_EQ(session->handshake(), TlsStatus::kFailed);
  EXPECT_EQ(session->failure(), "http request");
}

}  // namespace
}  // namespace sally::crypto
