#include "app/syslog_sender.h"

#include <fmt/format.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <system_error>
#include <utility>

#include "base/text.h"
#include "base/unique_fd.h"
#include "crypto/tls.h"

namespace sally::app {
namespace {

constexpr int kDeadlineMs = 10'000;              // of a connection, and of each wait after it
constexpr size_t kDatagram = 65'000;             // below what UDP can hold over either family
constexpr size_t kMostUnread = size_t{1} << 20;  // that a server may send: it has nothing to say

std::string reason() {
  return std::generic_category().message(errno);
}
Error unavailable(const std::string& what) {
  return Error(ErrorKind::kUnavailable, "syslog: " + what);
}

Result<> wait_for(int fd, short events) {
  pollfd one{.fd = fd, .events = events, .revents = 0};
  int ready = 0;
  do {
    ready = ::poll(&one, 1, kDeadlineMs);
  } while (ready < 0 && errno == EINTR);
  if (ready < 0) {
    return unavailable(reason());
  }
  return ready == 0 ? Result<>(unavailable("the server took too long")) : ok();
}

// Ends our side of a connection and waits for the server to end its own. Closing at once may lose
// what the kernel has not sent yet: it does so when something of the server's lies unread, such as
// the tickets of TLS 1.3.
Result<> end_stream(int fd) {
  if (::shutdown(fd, SHUT_WR) != 0) {
    return unavailable(reason());
  }
  std::array<char, 4'096> unread;
  for (size_t total = 0; total < kMostUnread;) {
    const ssize_t got = ::recv(fd, unread.data(), unread.size(), 0);
    if (got == 0) {
      return ok();
    }
    if (got > 0) {
      total += static_cast<size_t>(got);
    } else if (errno == EAGAIN) {
      if (!wait_for(fd, POLLIN).ok()) {
        break;
      }
    } else if (errno != EINTR) {
      return unavailable(fmt::format("the last messages may not have arrived: {}", reason()));
    }
  }
  // A server that does not hang up may still have everything.
  int unsent = 0;
  if (::ioctl(fd, SIOCOUTQ, &unsent) != 0 || unsent > 0) {
    return unavailable("the last messages may not have arrived: the server took too long");
  }
  return ok();
}

// A socket that is connected, and does not block.
Result<UniqueFd> connect_socket(const SyslogTarget& target) {
  addrinfo hints{};
  hints.ai_socktype = target.transport == SyslogTransport::kUdp ? SOCK_DGRAM : SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(target.host.c_str(), target.port.c_str(), &hints, &found);
  if (code != 0) {
    return unavailable(fmt::format("`{}`: {}", printable(target.host), ::gai_strerror(code)));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(found, &::freeaddrinfo);
  std::string last = "no address";
  for (const addrinfo* one = list.get(); one != nullptr; one = one->ai_next) {
    UniqueFd fd(::socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                         one->ai_protocol));
    if (!fd) {
      last = reason();
      continue;
    }
    if (::connect(fd.get(), one->ai_addr, one->ai_addrlen) == 0) {
      return fd;
    }
    if (errno != EINPROGRESS) {
      last = reason();
      continue;
    }
    int error = 0;
    socklen_t size = sizeof error;
    if (const auto ready = wait_for(fd.get(), POLLOUT); !ready.ok()) {
      last = "the server does not answer";
    } else if (::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0) {
      return fd;
    } else {
      last = std::generic_category().message(error);
    }
  }
  return unavailable(
      fmt::format("`{}` port {}: {}", printable(target.host), printable(target.port), last));
}

class Datagrams final : public SyslogSender {
 public:
  explicit Datagrams(UniqueFd fd) : fd_(std::move(fd)) {}
  [[nodiscard]] ledger::SyslogFraming framing() const override {
    return ledger::SyslogFraming::kDatagram;
  }
  Result<> send(std::string_view message) override {
    message = message.substr(0, kDatagram);
    while (::send(fd_.get(), message.data(), message.size(), MSG_NOSIGNAL) < 0) {
      if (errno == EAGAIN || errno == ENOBUFS) {
        TRY_OK(wait_for(fd_.get(), POLLOUT));
      } else if (errno != EINTR) {
        return unavailable(reason());
      }
    }
    return ok();
  }
  Result<> finish() override { return ok(); }

 private:
  UniqueFd fd_;
};

class Stream final : public SyslogSender {
 public:
  explicit Stream(UniqueFd fd) : fd_(std::move(fd)) {}
  [[nodiscard]] ledger::SyslogFraming framing() const override {
    return ledger::SyslogFraming::kOctets;
  }
  Result<> send(std::string_view message) override {
    while (!message.empty()) {
      const ssize_t sent = ::send(fd_.get(), message.data(), message.size(), MSG_NOSIGNAL);
      if (sent >= 0) {
        message.remove_prefix(static_cast<size_t>(sent));
      } else if (errno == EAGAIN) {
        TRY_OK(wait_for(fd_.get(), POLLOUT));
      } else if (errno != EINTR) {
        return unavailable(reason());
      }
    }
    return ok();
  }
  Result<> finish() override { return end_stream(fd_.get()); }

 private:
  UniqueFd fd_;
};

class TlsStream final : public SyslogSender {
 public:
  static Result<std::unique_ptr<SyslogSender>> open(UniqueFd fd, const SyslogTarget& target) {
    TRY(auto context, crypto::TlsClientContext::create({.ca_pem = target.ca_pem}));
    std::unique_ptr<TlsStream> out(new TlsStream(std::move(fd)));
    TRY(out->session_,
        crypto::TlsSession::connect(std::move(context), out->transport_, target.host));
    crypto::TlsStatus status = out->session_->handshake();
    while (status != crypto::TlsStatus::kOk) {
      TRY_OK(out->wait(status));
      status = out->session_->handshake();
    }
    return std::unique_ptr<SyslogSender>(std::move(out));
  }
  [[nodiscard]] ledger::SyslogFraming framing() const override {
    return ledger::SyslogFraming::kOctets;
  }
  Result<> send(std::string_view message) override {
    while (!message.empty()) {
      const crypto::TlsIo sent = session_->write(as_bytes(message));
      if (sent.status == crypto::TlsStatus::kOk) {
        message.remove_prefix(sent.bytes);
      } else {
        TRY_OK(wait(sent.status));
      }
    }
    return ok();
  }
  Result<> finish() override {
    session_->close();
    return end_stream(transport_.fd.get());
  }

 private:
  struct Socket final : crypto::TlsTransport {
    explicit Socket(UniqueFd owned) : fd(std::move(owned)) {}
    ptrdiff_t pull(MutableBytes into) override {
      return moved(::recv(fd.get(), into.data(), into.size(), 0));
    }
    ptrdiff_t push(ByteView bytes) override {
      return moved(::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
    }
    static ptrdiff_t moved(ssize_t count) {
      return count >= 0 ? count : errno == EAGAIN || errno == EINTR ? kBlocked : kBroken;
    }
    UniqueFd fd;
  };

  explicit TlsStream(UniqueFd fd) : transport_(std::move(fd)) {}
  Result<> wait(crypto::TlsStatus status) {
    switch (status) {
      case crypto::TlsStatus::kWantRead:
        return wait_for(transport_.fd.get(), POLLIN);
      case crypto::TlsStatus::kWantWrite:
        return wait_for(transport_.fd.get(), POLLOUT);
      case crypto::TlsStatus::kOk:
      case crypto::TlsStatus::kClosed:
      case crypto::TlsStatus::kFailed:
        break;
    }
    return unavailable(session_->failure().empty() ? "the server ended the connection"
                                                   : session_->failure());
  }

  Socket transport_;
  std::unique_ptr<crypto::TlsSession> session_;
};

}  // namespace

Result<SyslogTarget> parse_syslog_target(std::string_view text, SyslogTransport transport) {
  SyslogTarget out{.host = {},
                   .port = transport == SyslogTransport::kTls ? "6514" : "514",
                   .transport = transport,
                   .ca_pem = {}};
  const std::string_view whole = text;
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    out.host = text.substr(1, end == std::string_view::npos ? 0 : end - 1);
    text.remove_prefix(end == std::string_view::npos ? 0 : end + 1);
  } else {
    const size_t end = std::min(text.find(':'), text.size());
    out.host = text.substr(0, end);
    text.remove_prefix(end);
  }
  if (text.starts_with(':')) {
    out.port = text.substr(1);
    text = {};
  }
  uint16_t port = 0;
  const char* const last = out.port.data() + out.port.size();
  const auto [end, error] = std::from_chars(out.port.data(), last, port);
  if (out.host.empty() || !text.empty() || error != std::errc() || end != last || port == 0) {
    return Error(ErrorKind::kUsage, fmt::format("`--syslog {}` is no server", printable(whole)),
                 "a server is host:port, such as siem.example.com:6514 or [2001:db8::1]:514");
  }
  return out;
}

Result<std::unique_ptr<SyslogSender>> SyslogSender::connect(const SyslogTarget& target) {
  TRY(UniqueFd fd, connect_socket(target));
  switch (target.transport) {
    case SyslogTransport::kUdp:
      return std::unique_ptr<SyslogSender>(new Datagrams(std::move(fd)));
    case SyslogTransport::kTcp:
      return std::unique_ptr<SyslogSender>(new Stream(std::move(fd)));
    case SyslogTransport::kTls:
      break;
  }
  return TlsStream::open(std::move(fd), target);
}

}  // namespace sally::app
