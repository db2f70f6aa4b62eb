// Who may issue the certificates of clients, by what these certificates name: a domain's authority
// signs names of that domain and no other. What a trust domain of SPIFFE is to a TLS server.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/hash.h"

struct x509_store_ctx_st;  // OpenSSL's X509_STORE_CTX

namespace sally::crypto {

struct ClientDomain {
  std::string uri;  // that every URI of the domain begins with: `spiffe://example.org/`
  std::string authorities_pem;
};

// Immutable, safe from every thread.
class ClientTrust {
 public:
  static constexpr size_t kMaxAuthorities = 1'000;  // of a domain

  // kInvalidInput: no certificate where some belong, or one that may issue none.
  static Result<std::shared_ptr<const ClientTrust>> create(std::span<const ClientDomain> domains);
  ClientTrust(const ClientTrust&) = delete;
  ClientTrust& operator=(const ClientTrust&) = delete;
  ~ClientTrust();

  // Of all that was given: two that trust alike have one digest.
  [[nodiscard]] const Sha256Digest& digest() const { return digest_; }

  // Verifies the chain in `handshake` and leaves the verdict there: by the authorities of the one
  // domain that the client's certificate names; by those of the context where it names none. A
  // certificate with several URIs of which one is of a domain verifies by nothing.
  [[nodiscard]] bool verify(x509_store_ctx_st* handshake) const;

 private:
  struct State;
  ClientTrust(std::unique_ptr<State> state, Sha256Digest digest);
  std::unique_ptr<State> state_;
  Sha256Digest digest_;
};

}  // namespace sally::crypto
