#include "crypto/tls.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstring>
#include <deque>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "base/address.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "crypto/openssl_error.h"

namespace sally::crypto {
namespace {

template <typename T, void (*kFree)(T*)>
struct Free {
  void operator()(T* object) const { kFree(object); }
};
using Context = std::unique_ptr<SSL_CTX, Free<SSL_CTX, SSL_CTX_free>>;
using Session = std::unique_ptr<SSL, Free<SSL, SSL_free>>;
using Ticket = std::unique_ptr<SSL_SESSION, Free<SSL_SESSION, SSL_SESSION_free>>;
using Certificate = std::unique_ptr<X509, Free<X509, X509_free>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY, EVP_PKEY_free>>;
struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Memory = std::unique_ptr<BIO, FreeBio>;

// TLS 1.2: forward secrecy and authenticated encryption only (RFC 9325, section 4.2). The suites of
// TLS 1.3 are all fit; their order puts the fastest first.
constexpr const char* kTls12Ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* kTls13Suites =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr const char* kGroups = "X25519:P-256:P-384";
constexpr std::string_view kHttp2 = "h2";
constexpr std::string_view kHttp1 = "http/1.1";
constexpr size_t kRememberedHosts = 256;
constexpr size_t kTicketsPerHost = 8;

// The newest reason in OpenSSL's queue, which is emptied.
std::string openssl_reason() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "no reason given" : reason;
}

Error usage(std::string message, std::string hint = {}) {
  return Error(ErrorKind::kUsage, std::move(message), std::move(hint));
}

Memory memory_of(std::string_view text) {
  return Memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Never asks at the terminal for a passphrase.
int no_passphrase(char*, int, int, void*) {
  return 0;
}

Result<std::vector<Certificate>> read_certificates(std::string_view pem, std::string_view what) {
  const Memory memory = memory_of(pem);
  std::vector<Certificate> found;
  while (X509* certificate = PEM_read_bio_X509(memory.get(), nullptr, no_passphrase, nullptr)) {
    found.emplace_back(certificate);
  }
  const unsigned long code = ERR_peek_last_error();
  const bool at_end =
      ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
  const std::string reason = openssl_reason();
  if (found.empty() || !at_end) {
    return usage("cannot read " + std::string(what) + ": " +
                     (found.empty() && at_end ? "no certificate in it" : reason),
                 "it must be PEM: `-----BEGIN CERTIFICATE-----`");
  }
  return found;
}

Result<> use_certificate(SSL_CTX* context, std::string_view chain_pem, std::string_view key_pem) {
  TRY(const std::vector<Certificate> chain, read_certificates(chain_pem, "the certificate"));
  const Memory memory = memory_of(key_pem);
  const PrivateKey key(PEM_read_bio_PrivateKey(memory.get(), nullptr, no_passphrase, nullptr));
  if (key == nullptr) {
    return openssl_error(ErrorKind::kUsage, "cannot read the private key",
                         "it must be PEM without a passphrase: `-----BEGIN PRIVATE KEY-----`");
  }
  if (SSL_CTX_use_certificate(context, chain[0].get()) != 1) {
    return openssl_error(ErrorKind::kUsage, "cannot use the certificate");
  }
  for (size_t i = 1; i < chain.size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context, chain[i].get()) != 1) {
      return openssl_error(ErrorKind::kUsage, "cannot use the certificate's chain");
    }
  }
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
    return openssl_error(ErrorKind::kUsage, "the private key does not fit the certificate",
                         "the certificate's own must come first in its file");
  }
  return ok();
}

Result<> trust(SSL_CTX* context, std::string_view ca_pem, bool name_them) {
  TRY(const std::vector<Certificate> authorities, read_certificates(ca_pem, "the CA"));
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  for (const Certificate& authority : authorities) {
    if (X509_STORE_add_cert(store, authority.get()) != 1 ||
        (name_them && SSL_CTX_add_client_CA(context, authority.get()) != 1)) {
      return openssl_error(ErrorKind::kUsage, "cannot use the CA");
    }
  }
  return ok();
}

int number_of(TlsVersion version) {
  return version == TlsVersion::kTls13 ? TLS1_3_VERSION : TLS1_2_VERSION;
}

Result<Context> make_context(const SSL_METHOD* method, TlsVersion least, TlsVersion most) {
  Context context(SSL_CTX_new(method));
  if (context == nullptr) {
    return openssl_error(ErrorKind::kInternal, "cannot make a TLS context");
  }
  SSL_CTX* raw = context.get();
  if (SSL_CTX_set_min_proto_version(raw, number_of(least)) != 1 ||
      SSL_CTX_set_max_proto_version(raw, number_of(most)) != 1 ||
      SSL_CTX_set_cipher_list(raw, kTls12Ciphers) != 1 ||
      SSL_CTX_set_ciphersuites(raw, kTls13Suites) != 1 ||
      SSL_CTX_set1_groups_list(raw, kGroups) != 1) {
    return openssl_error(ErrorKind::kInternal, "cannot set up TLS");
  }
  // What was decrypted is wiped from OpenSSL's own buffer once it was read.
  SSL_CTX_set_options(raw, SSL_OP_CLEANSE_PLAINTEXT | SSL_OP_NO_RENEGOTIATION |
                               SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                               SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                            SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(raw, 1);
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  return context;
}

// ---- the transport as a BIO ----

TlsTransport& transport_of(BIO* bio) {
  return *static_cast<TlsTransport*>(BIO_get_data(bio));
}

int bio_read(BIO* bio, char* into, int size) {
  BIO_clear_retry_flags(bio);
  const ptrdiff_t got = transport_of(bio).pull(
      std::as_writable_bytes(std::span(into, static_cast<size_t>(std::max(size, 0)))));
  if (got == TlsTransport::kBlocked) {
    BIO_set_retry_read(bio);
    return -1;
  }
  if (got == 0) {
    BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  }
  return got < 0 ? -1 : static_cast<int>(got);
}

int bio_write(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const ptrdiff_t put = transport_of(bio).push(
      std::as_bytes(std::span(bytes, static_cast<size_t>(std::max(size, 0)))));
  if (put == TlsTransport::kBlocked) {
    BIO_set_retry_write(bio);
    return -1;
  }
  return put < 0 ? -1 : static_cast<int>(put);
}

long bio_ctrl(BIO* bio, int command, long, void*) {
  switch (command) {
    case BIO_CTRL_FLUSH:
      return 1;
    case BIO_CTRL_EOF:
      return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
    default:
      return 0;
  }
}

int bio_create(BIO* bio) {
  BIO_set_init(bio, 1);
  return 1;
}

const BIO_METHOD* transport_method() {
  static const BIO_METHOD* const kMethod = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "transport");
    SALLY_CHECK(made != nullptr);
    BIO_meth_set_read(made, bio_read);
    BIO_meth_set_write(made, bio_write);
    BIO_meth_set_ctrl(made, bio_ctrl);
    BIO_meth_set_create(made, bio_create);
    return made;
  }();
  return kMethod;
}

Result<Session> make_session(SSL_CTX* context, TlsTransport& transport) {
  Session session(SSL_new(context));
  BIO* bio = session == nullptr ? nullptr : BIO_new(transport_method());
  if (bio == nullptr) {
    return openssl_error(ErrorKind::kInternal, "cannot make a TLS session");
  }
  BIO_set_data(bio, &transport);
  SSL_set_bio(session.get(), bio, bio);
  return session;
}

}  // namespace

// ---- tickets ----

namespace {

struct TicketKey {
  std::array<std::byte, 16> name;
  std::array<std::byte, 32> cipher;
  std::array<std::byte, 32> mac;
};

}  // namespace

struct TlsTicketKeys::State {
  State(const Clock& from, std::unique_ptr<Random> source)
      : clock(from), random(std::move(source)) {}
  ~State() {
    for (TicketKey& key : keys) {
      wipe(std::as_writable_bytes(std::span(&key, 1)));
    }
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  // The key to seal with. Under the lock.
  const TicketKey& newest() {
    const MonoTime now = clock.monotonic();
    if (keys.empty() || now - made >= kRotation) {
      // After a long silence every older key is past its time, not only the oldest.
      const auto periods = keys.empty() ? 0 : (now - made) / Nanos(kRotation);
      const size_t room = periods >= int64_t{kAccepted}
                              ? 0
                              : kAccepted - static_cast<size_t>(std::max<int64_t>(periods, 1));
      while (keys.size() > room) {
        wipe(std::as_writable_bytes(std::span(&keys.back(), 1)));
        keys.pop_back();
      }
      TicketKey& key = keys.emplace_front();
      random->fill(key.name);
      random->fill(key.cipher);
      random->fill(key.mac);
      made = now;
    }
    return keys.front();
  }

  const Clock& clock;
  std::mutex mutex;
  std::unique_ptr<Random> random;
  std::deque<TicketKey> keys;  // newest first
  MonoTime made;
};

TlsTicketKeys::TlsTicketKeys(const Clock& clock, std::unique_ptr<Random> random)
    : state_(std::make_unique<State>(clock, std::move(random))) {}
TlsTicketKeys::~TlsTicketKeys() = default;

namespace {

bool set_mac(EVP_MAC_CTX* mac, const TicketKey& key) {
  std::array<std::byte, 32> secret = key.mac;
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, secret.data(), secret.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end()};
  const bool set = EVP_MAC_CTX_set_params(mac, parameters) == 1;
  wipe(secret);
  return set;
}

// RFC 5077, section 4: AES-256-CBC, then HMAC-SHA-256. Returns as
// SSL_CTX_set_tlsext_ticket_key_evp_cb says: -1 error, 0 no such key (a full handshake), 1 fine, 2
// fine and to be renewed.
int ticket_callback(SSL* session, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                    EVP_MAC_CTX* mac, int seal) {
  auto* keys = static_cast<TlsTicketKeys::State*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(session)));
  const std::lock_guard lock(keys->mutex);
  const TicketKey& newest = keys->newest();
  if (seal == 1) {
    std::memcpy(name, newest.name.data(), newest.name.size());
    keys->random->fill(std::as_writable_bytes(std::span(iv, 16)));
    const bool fine =
        EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, as_u8(newest.cipher), iv) == 1 &&
        set_mac(mac, newest);
    return fine ? 1 : -1;
  }
  for (const TicketKey& key : keys->keys) {
    if (std::memcmp(name, key.name.data(), key.name.size()) == 0) {
      const bool fine =
          EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, as_u8(key.cipher), iv) == 1 &&
          set_mac(mac, key);
      return !fine ? -1 : &key == &newest ? 1 : 2;
    }
  }
  return 0;
}

}  // namespace

// ---- server context ----

struct TlsServerContext::State {
  Context context;  // shared by those that differ in their domains
  std::shared_ptr<const TlsTicketKeys> ticket_keys;
  std::shared_ptr<const ClientTrust> domains;
  Sha256Digest trusted{};  // of all that says which client is trusted, but the domains
  // Of all: what a session to be resumed was begun with.
  [[nodiscard]] Sha256Digest session_context() const {
    return domains == nullptr ? trusted : sha256(trusted, domains->digest());
  }
};

namespace {

// RFC 7301. The server's preference wins; a client that offers neither gets no answer, as if it had
// not asked, and speaks HTTP/1.1.
int choose_alpn(SSL*, const unsigned char** chosen, unsigned char* length,
                const unsigned char* offered, unsigned int offered_length, void* without_http2) {
  const auto offers = std::span(offered, offered_length);
  for (const std::string_view ours : {kHttp2, kHttp1}) {
    if (ours == kHttp2 && without_http2 != nullptr) {
      continue;
    }
    for (size_t at = 0; at < offers.size();) {
      const size_t size = offers[at];
      if (size > offers.size() - at - 1) {
        return SSL_TLSEXT_ERR_ALERT_FATAL;
      }
      const auto name = offers.subspan(at + 1, size);
      if (as_text(std::as_bytes(name)) == ours) {
        *chosen = name.data();
        *length = static_cast<unsigned char>(size);
        return SSL_TLSEXT_ERR_OK;
      }
      at += 1 + size;
    }
  }
  return SSL_TLSEXT_ERR_NOACK;
}

}  // namespace

namespace {

Sha256Digest trust_digest(const TlsServerSettings& settings) {
  const auto asked = static_cast<std::byte>(settings.client_certificates);
  const Sha256Digest authorities = sha256(as_bytes(settings.client_ca_pem));
  return sha256(ByteView(&asked, 1), authorities);
}

}  // namespace

TlsServerContext::TlsServerContext(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsServerContext::~TlsServerContext() = default;

// ---- client context ----

struct TlsClientContext::State {
  Context context;
  // Tickets of earlier sessions by host, oldest first.
  mutable std::mutex mutex;
  mutable std::unordered_map<std::string, std::deque<Ticket>> tickets;

  void remember(const std::string& host, Ticket ticket) const {
    const std::lock_guard lock(mutex);
    if (tickets.size() >= kRememberedHosts && !tickets.contains(host)) {
      tickets.clear();
    }
    std::deque<Ticket>& known = tickets[host];
    known.push_back(std::move(ticket));
    if (known.size() > kTicketsPerHost) {
      known.pop_front();
    }
  }

  // The newest ticket for `host`. One of TLS 1.3 is used once (RFC 8446, appendix C.4).
  Ticket recall(const std::string& host) const {
    const std::lock_guard lock(mutex);
    const auto found = tickets.find(host);
    if (found == tickets.end() || found->second.empty()) {
      return nullptr;
    }
    std::deque<Ticket>& known = found->second;
    SSL_SESSION* newest = known.back().get();
    if (SSL_SESSION_get_protocol_version(newest) < TLS1_3_VERSION) {
      SSL_SESSION_up_ref(newest);
      return Ticket(newest);
    }
    Ticket ticket = std::move(known.back());
    known.pop_back();
    return ticket;
  }
};

TlsClientContext::TlsClientContext(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsClientContext::~TlsClientContext() = default;

// ---- sessions ----

struct TlsSession::State {
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  // OpenSSL would make the session unfit for resumption because nobody said goodbye, a rule that
  // ended with SSL 3 (RFC 4346, section 7.2.1).
  ~State() {
    if (session != nullptr && failure.empty()) {
      SSL_set_shutdown(session.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    }
  }

  std::shared_ptr<const TlsServerContext> server;
  std::shared_ptr<const TlsClientContext> client;
  std::string host;
  Session session;
  std::string failure;

  // The callback of a new ticket. Returns 1: the ticket is ours now.
  static int keep_ticket(SSL* session, SSL_SESSION* ticket) {
    const auto* self = static_cast<const State*>(SSL_get_app_data(session));
    self->client->state_->remember(self->host, Ticket(ticket));
    return 1;
  }

  // The callback that verifies the certificate of a client.
  static int verify_client(X509_STORE_CTX* handshake, void*) {
    const auto* session = static_cast<const SSL*>(
        X509_STORE_CTX_get_ex_data(handshake, SSL_get_ex_data_X509_STORE_CTX_idx()));
    const auto* self = static_cast<const State*>(SSL_get_app_data(session));
    const ClientTrust* domains = self->server->state_->domains.get();
    const bool good =
        domains == nullptr ? X509_verify_cert(handshake) == 1 : domains->verify(handshake);
    return good ? 1 : 0;
  }

  // What a call of OpenSSL's that returned `code` means.
  TlsStatus status_of(int code) {
    switch (SSL_get_error(session.get(), code)) {
      case SSL_ERROR_NONE:
        return TlsStatus::kOk;
      case SSL_ERROR_WANT_READ:
        return TlsStatus::kWantRead;
      case SSL_ERROR_WANT_WRITE:
        return TlsStatus::kWantWrite;
      case SSL_ERROR_ZERO_RETURN:
        return TlsStatus::kClosed;
      default:
        explain();
        return TlsStatus::kFailed;
    }
  }

  void explain() {
    const long verified = SSL_get_verify_result(session.get());
    const unsigned long code = ERR_peek_last_error();
    if (verified != X509_V_OK && ERR_GET_LIB(code) == ERR_LIB_SSL &&
        ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED) {
      failure = X509_verify_cert_error_string(verified);
      ERR_clear_error();
    } else if (code == 0 || ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
      failure = "the peer closed the connection";
      ERR_clear_error();
    } else {
      failure = openssl_reason();
    }
  }
};

Result<std::shared_ptr<const TlsServerContext>> TlsServerContext::create(
    const TlsServerSettings& settings) {
  TRY(Context context, make_context(TLS_server_method(), settings.least, TlsVersion::kTls13));
  SSL_CTX* raw = context.get();
  TRY_OK(use_certificate(raw, settings.certificate_chain_pem, settings.private_key_pem.reveal()));
  if (settings.client_certificates != ClientCertificates::kNotAsked) {
    // With domains no authority is named to clients: one that is asked for those of `client_ca`
    // might not show what a domain signed.
    if (!settings.client_ca_pem.empty() || settings.client_domains == nullptr) {
      TRY_OK(trust(raw, settings.client_ca_pem, settings.client_domains == nullptr));
    }
    const int required = settings.client_certificates == ClientCertificates::kRequired
                             ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT
                             : 0;
    SSL_CTX_set_verify(raw, SSL_VERIFY_PEER | required, nullptr);
    SSL_CTX_set_cert_verify_callback(raw, TlsSession::State::verify_client, nullptr);
  }
  if (settings.ticket_keys != nullptr) {
    SSL_CTX_set_app_data(raw, &settings.ticket_keys->state());
    SSL_CTX_set_tlsext_ticket_key_evp_cb(raw, ticket_callback);
    SSL_CTX_set_num_tickets(raw, 1);
  } else {
    SSL_CTX_set_options(raw, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(raw, 0);
  }
  auto state = std::make_unique<State>();
  state->context = std::move(context);
  state->ticket_keys = settings.ticket_keys;
  state->domains = settings.client_domains;
  state->trusted = trust_digest(settings);
  static int without_http2 = 0;
  SSL_CTX_set_alpn_select_cb(raw, choose_alpn, settings.http2 ? nullptr : &without_http2);
  return std::shared_ptr<const TlsServerContext>(new TlsServerContext(std::move(state)));
}

std::shared_ptr<const TlsServerContext> TlsServerContext::with_domains(
    std::shared_ptr<const ClientTrust> domains) const {
  auto state = std::make_unique<State>();
  SSL_CTX_up_ref(state_->context.get());
  state->context.reset(state_->context.get());
  state->ticket_keys = state_->ticket_keys;
  state->domains = std::move(domains);
  state->trusted = state_->trusted;
  return std::shared_ptr<const TlsServerContext>(new TlsServerContext(std::move(state)));
}

Result<std::shared_ptr<const TlsClientContext>> TlsClientContext::create(
    const TlsClientSettings& settings) {
  TRY(Context context, make_context(TLS_client_method(), settings.least, settings.most));
  SSL_CTX* raw = context.get();
  if (settings.ca_pem.empty()) {
    if (SSL_CTX_set_default_verify_paths(raw) != 1) {
      return openssl_error(ErrorKind::kUsage, "cannot read the system's certificate store",
                           "install ca-certificates, or name a CA file");
    }
  } else {
    TRY_OK(trust(raw, settings.ca_pem, false));
  }
  if (!settings.certificate_chain_pem.empty()) {
    if (settings.private_key_pem == nullptr) {
      return usage("a client certificate was given without its private key");
    }
    TRY_OK(
        use_certificate(raw, settings.certificate_chain_pem, settings.private_key_pem->reveal()));
  }
  SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
  std::string protocols;
  for (const std::string& protocol : settings.alpn) {
    SALLY_CHECK(!protocol.empty() && protocol.size() <= UCHAR_MAX);
    protocols.push_back(static_cast<char>(protocol.size()));
    protocols += protocol;
  }
  if (!protocols.empty() && SSL_CTX_set_alpn_protos(raw, as_u8(as_bytes(protocols)),
                                                    static_cast<unsigned>(protocols.size())) != 0) {
    return openssl_error(ErrorKind::kInternal, "cannot offer protocols");
  }
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(raw, TlsSession::State::keep_ticket);
  auto state = std::make_unique<State>();
  state->context = std::move(context);
  return std::shared_ptr<const TlsClientContext>(new TlsClientContext(std::move(state)));
}

TlsSession::TlsSession(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsSession::~TlsSession() = default;

Result<std::unique_ptr<TlsSession>> TlsSession::accept(
    std::shared_ptr<const TlsServerContext> context, TlsTransport& transport) {
  TRY(Session session, make_session(context->state_->context.get(), transport));
  SSL* raw = session.get();
  SSL_set_accept_state(raw);
  const Sha256Digest begun_with = context->state_->session_context();
  SSL_set_session_id_context(raw, as_u8(begun_with), begun_with.size());
  auto state = std::make_unique<State>();
  SSL_set_app_data(raw, state.get());
  state->server = std::move(context);
  state->session = std::move(session);
  return std::unique_ptr<TlsSession>(new TlsSession(std::move(state)));
}

Result<std::unique_ptr<TlsSession>> TlsSession::connect(
    std::shared_ptr<const TlsClientContext> context, TlsTransport& transport, std::string host) {
  TRY(Session session, make_session(context->state_->context.get(), transport));
  SSL* raw = session.get();
  SSL_set_connect_state(raw);
  SSL_set_hostflags(raw, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const bool named = IpAddress::parse(host).ok()
                         ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(raw), host.c_str()) == 1
                         : SSL_set1_host(raw, host.c_str()) == 1 &&
                               SSL_set_tlsext_host_name(raw, const_cast<char*>(host.c_str())) == 1;
  if (!named) {
    return usage("`" + printable(host) + "` is not a host that a certificate can be for");
  }
  const Ticket ticket = context->state_->recall(host);
  if (ticket != nullptr) {
    SSL_set_session(raw, ticket.get());
  }
  auto state = std::make_unique<State>();
  state->client = std::move(context);
  state->host = std::move(host);
  state->session = std::move(session);
  SSL_set_app_data(raw, state.get());
  return std::unique_ptr<TlsSession>(new TlsSession(std::move(state)));
}

TlsStatus TlsSession::handshake() {
  ERR_clear_error();
  return state_->status_of(SSL_do_handshake(state_->session.get()));
}

TlsIo TlsSession::read(MutableBytes into) {
  ERR_clear_error();
  size_t got = 0;
  const int code = SSL_read_ex(state_->session.get(), into.data(), into.size(), &got);
  return {state_->status_of(code), got};
}

TlsIo TlsSession::write(ByteView bytes) {
  ERR_clear_error();
  size_t put = 0;
  const int code = SSL_write_ex(state_->session.get(), bytes.data(), bytes.size(), &put);
  return {state_->status_of(code), put};
}

TlsStatus TlsSession::peek() {
  ERR_clear_error();
  std::byte byte{};
  size_t got = 0;
  return state_->status_of(SSL_peek_ex(state_->session.get(), &byte, 1, &got));
}

void TlsSession::close() {
  ERR_clear_error();
  // Refused before the handshake has ended and after a failure: there is nothing to say goodbye to.
  if (SSL_is_init_finished(state_->session.get()) == 1 && state_->failure.empty()) {
    SSL_shutdown(state_->session.get());
  }
  ERR_clear_error();
}

const std::string& TlsSession::failure() const {
  return state_->failure;
}

std::string_view TlsSession::alpn() const {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(state_->session.get(), &name, &size);
  return as_text(std::as_bytes(std::span(name, size)));
}

std::string_view TlsSession::version() const {
  return SSL_get_version(state_->session.get());
}

bool TlsSession::resumed() const {
  return SSL_session_reused(state_->session.get()) == 1;
}

std::string TlsSession::peer_certificate() const {
  const X509* certificate = SSL_get0_peer_certificate(state_->session.get());
  if (certificate == nullptr || SSL_get_verify_result(state_->session.get()) != X509_V_OK) {
    return {};
  }
  const int size = i2d_X509(certificate, nullptr);
  std::string der(static_cast<size_t>(std::max(size, 0)), char{});
  auto* out = reinterpret_cast<unsigned char*>(der.data());
  return i2d_X509(certificate, &out) == size ? der : std::string{};
}

bool TlsSession::has_pending() const {
  return SSL_has_pending(state_->session.get()) == 1;
}

}  // namespace sally::crypto
