#include "crypto/client_trust.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/openssl_error.h"
#include "crypto/openssl_ptr.h"

namespace sally::crypto {
namespace {

struct FreeStack {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_pop_free(stack, X509_free); }
};
using StackPtr = std::unique_ptr<STACK_OF(X509), FreeStack>;

constexpr size_t kMaxPem = size_t{8} << 20;

// Never asks at a terminal for a passphrase.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

Error refused(std::string what) {
  return Error(ErrorKind::kInvalidInput, std::move(what));
}

Result<StackPtr> read_authorities(std::string_view pem) {
  if (pem.size() > kMaxPem) {
    return refused("the authorities of a domain are larger than 8 MiB");
  }
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  StackPtr out(sk_X509_new_null());
  if (!bio || !out) {
    return openssl_error(ErrorKind::kInternal, "cannot read authorities");
  }
  while (X509* one = PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr)) {
    X509Ptr certificate(one);
    if (X509_check_ca(one) == 0) {
      ERR_clear_error();
      return refused("a certificate among the authorities of a domain may issue none");
    }
    if (static_cast<size_t>(sk_X509_num(out.get())) == ClientTrust::kMaxAuthorities ||
        sk_X509_push(out.get(), one) <= 0) {
      return refused("a domain has too many authorities");
    }
    [[maybe_unused]] const X509* taken = certificate.release();  // the stack owns it now
  }
  const unsigned long code = ERR_peek_last_error();
  const bool at_end =
      ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
  if (!at_end) {
    return openssl_error(ErrorKind::kInvalidInput, "cannot read an authority of a domain");
  }
  ERR_clear_error();
  if (sk_X509_num(out.get()) == 0) {
    return refused("there is no certificate among the authorities of a domain");
  }
  return out;
}

std::vector<std::string_view> uris_in(const GENERAL_NAMES* names) {
  std::vector<std::string_view> out;
  const int count = names == nullptr ? 0 : sk_GENERAL_NAME_num(names);
  for (int i = 0; i < count; ++i) {
    int type = 0;
    const auto* value = static_cast<const ASN1_STRING*>(
        GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &type));
    if (type == GEN_URI) {
      out.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                       static_cast<size_t>(std::max(ASN1_STRING_length(value), 0)));
    }
  }
  return out;
}

Sha256Digest digest_of(std::span<const ClientDomain> domains) {
  std::string all;
  for (const ClientDomain& domain : domains) {
    const Sha256Digest uri = sha256(as_bytes(domain.uri));
    const Sha256Digest authorities = sha256(as_bytes(domain.authorities_pem));
    all += as_text(uri);
    all += as_text(authorities);
  }
  return sha256(as_bytes(all));
}

}  // namespace

struct ClientTrust::State {
  struct Domain {
    std::string uri;
    StackPtr authorities;
  };
  std::vector<Domain> domains;
};

ClientTrust::ClientTrust(std::unique_ptr<State> state, Sha256Digest digest)
    : state_(std::move(state)), digest_(digest) {}
ClientTrust::~ClientTrust() = default;

Result<std::shared_ptr<const ClientTrust>> ClientTrust::create(
    std::span<const ClientDomain> domains) {
  auto state = std::make_unique<State>();
  for (const ClientDomain& domain : domains) {
    TRY(StackPtr authorities, read_authorities(domain.authorities_pem));
    state->domains.push_back({domain.uri, std::move(authorities)});
  }
  return std::shared_ptr<const ClientTrust>(new ClientTrust(std::move(state), digest_of(domains)));
}

bool ClientTrust::verify(X509_STORE_CTX* handshake) const {
  const auto fail = [handshake] {
    X509_STORE_CTX_set_error(handshake, X509_V_ERR_APPLICATION_VERIFICATION);
    return false;
  };
  constexpr int kAbsent = -1;
  int critical = 0;
  const GeneralNamesPtr names(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(
      X509_STORE_CTX_get0_cert(handshake), NID_subject_alt_name, &critical, nullptr)));
  if (names == nullptr && critical != kAbsent) {
    ERR_clear_error();
    return fail();  // which domain it is of cannot be told
  }
  const std::vector<std::string_view> uris = uris_in(names.get());
  const auto named = std::ranges::find_if(state_->domains, [&uris](const State::Domain& domain) {
    return std::ranges::any_of(
        uris, [&domain](std::string_view uri) { return uri.starts_with(domain.uri); });
  });
  if (named != state_->domains.end()) {
    if (uris.size() != 1) {
      return fail();
    }
    // Any authority of a bundle is where a chain may end (SPIFFE X.509-SVID, section 5.1), one that
    // another signed too.
    X509_STORE_CTX_set0_trusted_stack(handshake, named->authorities.get());
    X509_STORE_CTX_set_flags(handshake, X509_V_FLAG_PARTIAL_CHAIN);
  }
  return X509_verify_cert(handshake) == 1;
}

}  // namespace sally::crypto
