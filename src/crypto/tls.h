// TLS 1.2 and 1.3 on both sides, over any non-blocking transport. RFC 8446, RFC 5246. OpenSSL 3.0.
//
// No renegotiation, no compression, no early data. A context is immutable, shared by every thread
// and kept alive by its sessions; a session belongs to its connection's thread.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/client_trust.h"

namespace sally::crypto {

enum class TlsVersion : uint8_t { kTls12, kTls13 };
enum class ClientCertificates : uint8_t {
  kNotAsked,
  kRequested,  // one that is shown must verify; none is fine
  kRequired,
};

// The keys that session tickets are sealed with: made in memory, replaced every hour, the two
// before still accepted. One object may serve several contexts, so that a new certificate does not
// end the sessions of the old one. Safe from every thread.
class TlsTicketKeys {
 public:
  static constexpr Millis kRotation{3'600'000};
  static constexpr size_t kAccepted = 3;

  // `clock` outlives the keys.
  TlsTicketKeys(const Clock& clock, std::unique_ptr<Random> random);
  TlsTicketKeys(const TlsTicketKeys&) = delete;
  TlsTicketKeys& operator=(const TlsTicketKeys&) = delete;
  ~TlsTicketKeys();

  struct State;
  // For the handshake's callback.
  [[nodiscard]] State& state() const { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

struct TlsServerSettings {
  std::string certificate_chain_pem;  // the server's own first
  const Secret& private_key_pem;      // read during create
  ClientCertificates client_certificates = ClientCertificates::kNotAsked;
  // Who may issue them. May be empty where `client_domains` says who: then nobody else.
  std::string client_ca_pem;
  std::shared_ptr<const ClientTrust> client_domains = nullptr;  // null: no domain is known
  TlsVersion least = TlsVersion::kTls12;
  bool http2 = true;                                 // offers `h2` before `http/1.1`
  std::shared_ptr<const TlsTicketKeys> ticket_keys;  // null: no session is resumed
};

class TlsServerContext {
 public:
  // kUsage with a hint: no certificate, a key that does not fit, a CA that cannot be read.
  static Result<std::shared_ptr<const TlsServerContext>> create(const TlsServerSettings& settings);
  // The same with other domains. A session that was begun under the one is not resumed under the
  // other: whose certificate was good must show it again.
  [[nodiscard]] std::shared_ptr<const TlsServerContext> with_domains(
      std::shared_ptr<const ClientTrust> domains) const;
  TlsServerContext(const TlsServerContext&) = delete;
  TlsServerContext& operator=(const TlsServerContext&) = delete;
  ~TlsServerContext();

 private:
  friend class TlsSession;
  struct State;
  explicit TlsServerContext(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

struct TlsClientSettings {
  std::string ca_pem;                       // empty: the system's store
  std::string certificate_chain_pem;        // to show when asked; empty: none
  const Secret* private_key_pem = nullptr;  // of that certificate; read during create
  TlsVersion least = TlsVersion::kTls12;
  TlsVersion most = TlsVersion::kTls13;
  std::vector<std::string> alpn;  // in order of preference; empty: none offered
};

class TlsClientContext {
 public:
  // kUsage as above.
  static Result<std::shared_ptr<const TlsClientContext>> create(const TlsClientSettings& settings);
  TlsClientContext(const TlsClientContext&) = delete;
  TlsClientContext& operator=(const TlsClientContext&) = delete;
  ~TlsClientContext();

 private:
  friend class TlsSession;
  struct State;
  explicit TlsClientContext(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// The socket beneath a session.
class TlsTransport {
 public:
  static constexpr ptrdiff_t kBlocked = -1;  // try again when it is ready
  static constexpr ptrdiff_t kBroken = -2;   // it never will be
  // Bytes moved; 0 from pull is the end of the stream.
  virtual ptrdiff_t pull(MutableBytes into) = 0;
  virtual ptrdiff_t push(ByteView bytes) = 0;

 protected:
  ~TlsTransport() = default;
};

enum class TlsStatus : uint8_t {
  kOk,
  kWantRead,   // repeat the call when the transport can be read
  kWantWrite,  // repeat the call, with the same bytes, when it can be written
  kClosed,     // the peer ended the session properly
  kFailed,     // it is over; `failure()` says why
};

struct TlsIo {
  TlsStatus status;
  size_t bytes;  // moved, with kOk
};

class TlsSession {
 public:
  // `transport` outlives the session.
  static Result<std::unique_ptr<TlsSession>> accept(std::shared_ptr<const TlsServerContext> context,
                                                    TlsTransport& transport);
  // Verifies the server's chain and that it is for `host` (a name, which is also sent as SNI, or an
  // address literal). Resumes an earlier session with that host where there is one.
  static Result<std::unique_ptr<TlsSession>> connect(
      std::shared_ptr<const TlsClientContext> context, TlsTransport& transport, std::string host);
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;
  ~TlsSession();

  TlsStatus handshake();
  TlsIo read(MutableBytes into);
  // May take fewer bytes than given: one record at a time.
  TlsIo write(ByteView bytes);
  // Looks whether the peer has closed, without consuming what it sent. kOk: bytes wait to be read.
  TlsStatus peek();
  // Says goodbye, as far as the transport takes it now.
  void close();

  // Why the last call failed, in words: `certificate has expired`.
  [[nodiscard]] const std::string& failure() const;
  // After the handshake.
  [[nodiscard]] std::string_view alpn() const;     // empty: none was agreed
  [[nodiscard]] std::string_view version() const;  // `TLSv1.3`
  [[nodiscard]] bool resumed() const;
  // DER of the peer's certificate when it verified; empty otherwise.
  [[nodiscard]] std::string peer_certificate() const;
  // Whether decrypted or received bytes wait inside the session, which no readiness will announce.
  [[nodiscard]] bool has_pending() const;

 private:
  friend class TlsClientContext;  // registers the callback that keeps a session's tickets
  friend class TlsServerContext;  // and the one that verifies a client
  struct State;
  explicit TlsSession(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sally::crypto
