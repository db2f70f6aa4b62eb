#include "crypto/x509.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>

#include "crypto/openssl_ptr.h"
#include "support/times.h"

namespace sally::crypto {
namespace {

using std::chrono::days;
using test::at_second;
using testing::ElementsAre;
using testing::HasSubstr;

const Validity kYear{at_second(1'795'000'000), at_second(1'795'000'000) + days(365)};
const WallTime kInside = kYear.begins + days(10);

X509Ptr parse(const std::string& pem) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return X509Ptr(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

// What a strict client says of `leaf` for `host` at `when`, trusting `root` alone: X509_V_OK or the
// code of the reason.
int verify(const std::string& leaf_pem, const std::string& root_pem, const char* host,
           const char* address, WallTime when) {
  const X509Ptr leaf = parse(leaf_pem);
  const X509Ptr root = parse(root_pem);
  X509_STORE* store = X509_STORE_new();
  X509_STORE_add_cert(store, root.get());
  X509_STORE_CTX* context = X509_STORE_CTX_new();
  X509_STORE_CTX_init(context, store, leaf.get(), nullptr);
  X509_VERIFY_PARAM* wanted = X509_STORE_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_flags(wanted, X509_V_FLAG_X509_STRICT);
  X509_VERIFY_PARAM_set_purpose(wanted, X509_PURPOSE_SSL_SERVER);
  X509_VERIFY_PARAM_set_time(
      wanted, std::chrono::floor<std::chrono::seconds>(when).time_since_epoch().count());
  if (host != nullptr) {
    X509_VERIFY_PARAM_set1_host(wanted, host, 0);
  }
  if (address != nullptr) {
    X509_VERIFY_PARAM_set1_ip_asc(wanted, address);
  }
  const int out = X509_verify_cert(context) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(context);
  X509_STORE_CTX_free(context);
  X509_STORE_free(store);
  return out;
}

class Authority : public testing::Test {
 protected:
  static CertificateAndKey make(std::string_view name) {
    auto made = make_authority(name, kYear);
    EXPECT_TRUE(made.ok());
    return std::move(*made);
  }
  CertificateAndKey issue(const std::vector<std::string>& names) {
    auto issued = issue_server_certificate(authority_, names, kYear);
    EXPECT_TRUE(issued.ok()) << issued.error().to_string();
    return std::move(*issued);
  }

  const CertificateAndKey authority_ = make("sallyport authority");
};

TEST_F(Authority, AStrictClientAcceptsWhatItIssued) {
  const auto server = issue({"localhost", "*.example.test", "127.0.0.1", "::1"});
  const std::string& leaf = server.certificate;
  const std::string& root = authority_.certificate;
  EXPECT_EQ(verify(leaf, root, "localhost", nullptr, kInside), X509_V_OK);
  EXPECT_EQ(verify(leaf, root, "a.example.test", nullptr, kInside), X509_V_OK);
  EXPECT_EQ(verify(leaf, root, nullptr, "127.0.0.1", kInside), X509_V_OK);
  EXPECT_EQ(verify(leaf, root, nullptr, "::1", kInside), X509_V_OK);
}

TEST_F(Authority, AStrictClientRefusesTheRest) {
  const auto server = issue({"localhost", "127.0.0.1"});
  const std::string& leaf = server.certificate;
  const std::string& root = authority_.certificate;
  EXPECT_EQ(verify(leaf, root, "example.test", nullptr, kInside), X509_V_ERR_HOSTNAME_MISMATCH);
  EXPECT_EQ(verify(leaf, root, nullptr, "127.0.0.2", kInside), X509_V_ERR_IP_ADDRESS_MISMATCH);
  EXPECT_EQ(verify(leaf, root, "localhost", nullptr, kYear.begins - days(1)),
            X509_V_ERR_CERT_NOT_YET_VALID);
  EXPECT_EQ(verify(leaf, root, "localhost", nullptr, kYear.ends + days(1)),
            X509_V_ERR_CERT_HAS_EXPIRED);
  EXPECT_NE(verify(leaf, make("another").certificate, "localhost", nullptr, kInside), X509_V_OK);
}

TEST_F(Authority, AServerIsNoAuthority) {
  const auto server = issue({"localhost"});
  const auto forged = issue_server_certificate(server, {"localhost"}, kYear);
  ASSERT_TRUE(forged.ok());
  EXPECT_NE(verify(forged->certificate, server.certificate, "localhost", nullptr, kInside),
            X509_V_OK);
}

TEST_F(Authority, ItsKeyMustBeItsOwn) {
  const CertificateAndKey mixed{authority_.certificate, make("another").key};
  const auto issued = issue_server_certificate(mixed, {"localhost"}, kYear);
  ASSERT_FALSE(issued.ok());
  EXPECT_EQ(issued.error().kind(), ErrorKind::kUsage);
}

TEST_F(Authority, OnlyHostNamesAndAddressesAreNames) {
  for (const char* name :
       {"", " ", "a b", "a,DNS:evil.test", "DNS:evil.test", "-a", "a-", "a..b", ".a", "a.", "*",
        "*.", "a.*.b", "naïve.test", "a\nb", "1.2.3.4.5/24", "1:2:3:4:5:6:7:8:9"}) {
    const auto issued = issue_server_certificate(authority_, {name}, kYear);
    ASSERT_FALSE(issued.ok()) << name;
    EXPECT_EQ(issued.error().kind(), ErrorKind::kUsage) << name;
  }
  const std::string nul("localhost\0.evil.test", 20);
  EXPECT_FALSE(issue_server_certificate(authority_, {nul}, kYear).ok());
  EXPECT_FALSE(issue_server_certificate(authority_, {std::string("1.2.3.4\0", 8)}, kYear).ok());
  EXPECT_FALSE(issue_server_certificate(authority_, {std::string(64, 'a')}, kYear).ok());
  EXPECT_FALSE(issue_server_certificate(authority_, {}, kYear).ok());
  EXPECT_FALSE(
      issue_server_certificate(authority_, std::vector<std::string>(101, "a"), kYear).ok());
}

TEST_F(Authority, ANameOrAValidityThatMakesNoSenseIsRefused) {
  EXPECT_FALSE(make_authority("", kYear).ok());
  EXPECT_FALSE(make_authority("two\nlines", kYear).ok());
  EXPECT_FALSE(make_authority(std::string(65, 'a'), kYear).ok());
  EXPECT_FALSE(make_authority("a", {kYear.ends, kYear.begins}).ok());
  EXPECT_TRUE(make_authority("naïve, Inc. + CN=x", kYear).ok());
}

TEST_F(Authority, TheFactsOfACertificateAreRead) {
  const auto root = read_certificate(authority_.certificate);
  ASSERT_TRUE(root.ok());
  EXPECT_EQ(root->subject, "CN=sallyport authority");
  EXPECT_EQ(root->issuer, root->subject);
  EXPECT_TRUE(root->authority);
  EXPECT_EQ(root->validity.begins, kYear.begins);
  EXPECT_EQ(root->validity.ends, kYear.ends);
  const auto server = read_certificate(issue({"localhost", "10.0.0.1", "::1"}).certificate);
  ASSERT_TRUE(server.ok());
  EXPECT_EQ(server->issuer, "CN=sallyport authority");
  EXPECT_THAT(server->names, ElementsAre("localhost", "10.0.0.1", "0:0:0:0:0:0:0:1"));
  EXPECT_FALSE(server->authority);
}

TEST_F(Authority, ACertificateTruncatedAtEveryByteIsRefused) {
  const std::string& pem = authority_.certificate;
  const size_t end = pem.find("-----END");
  for (size_t length = 0; length < end; ++length) {
    const auto facts = read_certificate(std::string_view(pem).substr(0, length));
    ASSERT_FALSE(facts.ok()) << length;
    EXPECT_EQ(facts.error().kind(), ErrorKind::kInvalidInput);
  }
}

TEST_F(Authority, WhatIsNoCertificateIsRefusedWithAHint) {
  for (const std::string& text :
       {std::string(authority_.key.reveal()), std::string("hello"), std::string(2'000'000, 'a')}) {
    const auto facts = read_certificate(text);
    ASSERT_FALSE(facts.ok());
    EXPECT_EQ(facts.error().kind(), ErrorKind::kInvalidInput);
  }
  EXPECT_THAT(read_certificate("hello").error().hint(), HasSubstr("BEGIN CERTIFICATE"));
}

TEST_F(Authority, NoTwoCertificatesShareASerialOrAKey) {
  const X509Ptr one = parse(issue({"a"}).certificate);
  const X509Ptr two = parse(issue({"a"}).certificate);
  EXPECT_NE(ASN1_INTEGER_cmp(X509_get0_serialNumber(one.get()), X509_get0_serialNumber(two.get())),
            0);
  EXPECT_EQ(EVP_PKEY_eq(X509_get0_pubkey(one.get()), X509_get0_pubkey(two.get())), 0);
}

TEST_F(Authority, IssuesAClientCertificateOfTheNamesItIsGiven) {
  const std::vector<std::string> uris = {"spiffe://a.example/agent", "https://b.example"};
  const auto client = issue_client_certificate(authority_, uris, kYear);
  ASSERT_TRUE(client.ok());
  const std::string der = *certificate_der(client->certificate);
  const auto facts = read_client_certificate(der);
  ASSERT_TRUE(facts.ok());
  EXPECT_EQ(facts->uris, uris);
  EXPECT_EQ(facts->validity.ends, kYear.ends);
  EXPECT_FALSE(facts->authority);
  EXPECT_TRUE(facts->digital_signature);
  EXPECT_FALSE(facts->signs_certificates);
  for (const char* none : {"", "a b", "na\xC3\xAFve", "a\nb"}) {
    EXPECT_FALSE(issue_client_certificate(authority_, {none}, kYear).ok()) << none;
  }
}

TEST_F(Authority, IsToldFromAClientByItsCertificate) {
  const auto facts = read_client_certificate(*certificate_der(authority_.certificate));
  ASSERT_TRUE(facts.ok());
  EXPECT_TRUE(facts->authority);
  EXPECT_TRUE(facts->signs_certificates);
  EXPECT_FALSE(facts->digital_signature);
  EXPECT_TRUE(facts->uris.empty());
}

TEST_F(Authority, AClientCertificateIsOneDerAndNothingBehindIt) {
  const auto client = issue_client_certificate(authority_, {"spiffe://a.example/agent"}, kYear);
  const std::string der = *certificate_der(client->certificate);
  for (size_t size = 0; size < der.size(); ++size) {
    const auto facts = read_client_certificate(std::string_view(der).substr(0, size));
    ASSERT_FALSE(facts.ok()) << size;
    EXPECT_EQ(facts.error().kind(), ErrorKind::kInvalidInput);
  }
  EXPECT_FALSE(read_client_certificate(der + '\0').ok());
  EXPECT_FALSE(read_client_certificate(der + der).ok());
  EXPECT_FALSE(read_client_certificate(client->certificate).ok());
  EXPECT_FALSE(read_client_certificate(std::string(2'000'000, '0')).ok());
}

}  // namespace
}  // namespace sally::crypto
