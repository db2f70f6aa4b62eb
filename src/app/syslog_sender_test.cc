#include "app/syslog_sender.h"

#include <gtest/gtest.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <latch>
#include <memory>
#include <string>
#include <thread>

#include "base/unique_fd.h"

namespace sally::app {
namespace {

// A socket that listens on loopback with a small window.
class Server {
 public:
  Server() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int window = 4'096;
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &window, sizeof window);
    addrinfo hints{};
    hints.ai_family = AF_INET;
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    EXPECT_EQ(::getaddrinfo("127.0.0.1", "0", &hints, &found), 0);
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(found, &::freeaddrinfo);
    EXPECT_EQ(::bind(fd_.get(), list->ai_addr, list->ai_addrlen), 0);
    EXPECT_EQ(::listen(fd_.get(), 1), 0);
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::getsockname(fd_.get(), any, &size), 0);
    port_.resize(8);
    EXPECT_EQ(::getnameinfo(any, size, nullptr, 0, port_.data(),
                            static_cast<socklen_t>(port_.size()), NI_NUMERICSERV),
              0);
    port_.resize(port_.find('\0'));
  }
  [[nodiscard]] UniqueFd accept() const { return UniqueFd(::accept(fd_.get(), nullptr, nullptr)); }
  [[nodiscard]] SyslogTarget target() const {
    return {.host = "127.0.0.1", .port = port_, .transport = SyslogTransport::kTcp, .ca_pem = {}};
  }

 private:
  UniqueFd fd_;
  std::string port_;
};

TEST(SyslogSender, TheLastMessagesArriveWhereTheServerSaidSomething) {
  const Server server;
  const std::string message(256 * 1024, 'm');
  std::latch sent(1);
  size_t arrived = 0;
  std::thread reading([&] {
    const UniqueFd peer = server.accept();
    EXPECT_EQ(::send(peer.get(), "hello", 5, MSG_NOSIGNAL), 5);
    sent.wait();
    std::array<char, 1'024> bytes;
    ssize_t got = 0;
    while ((got = ::recv(peer.get(), bytes.data(), bytes.size(), 0)) > 0) {
      arrived += static_cast<size_t>(got);
    }
  });
  {
    const auto sender = SyslogSender::connect(server.target());
    ASSERT_TRUE(sender.ok()) << sender.error().to_string();
    EXPECT_TRUE((*sender)->send(message).ok());
    sent.count_down();
    const auto finished = (*sender)->finish();
    EXPECT_TRUE(finished.ok());
  }
  reading.join();
  EXPECT_EQ(arrived, message.size());
}

TEST(SyslogSender, AServerThatBreaksTheConnectionIsReported) {
  const Server server;
  const std::string message(256 * 1024, 'm');
  std::latch sent(1);
  std::thread breaking([&] {
    const UniqueFd peer = server.accept();
    sent.wait();
    // With everything unread: the connection is reset.
  });
  const auto sender = SyslogSender::connect(server.target());
  ASSERT_TRUE(sender.ok()) << sender.error().to_string();
  EXPECT_TRUE((*sender)->send(message).ok());
  sent.count_down();
  breaking.join();
  EXPECT_FALSE((*sender)->finish().ok());
}

TEST(SyslogTarget, NamesAServer) {
  const auto named = parse_syslog_target("siem.example.com:6000", SyslogTransport::kTcp);
  ASSERT_TRUE(named.ok());
  EXPECT_EQ(named->host, "siem.example.com");
  EXPECT_EQ(named->port, "6000");
  EXPECT_EQ(parse_syslog_target("siem", SyslogTransport::kTls)->port, "6514");
  EXPECT_EQ(parse_syslog_target("[2001:db8::1]", SyslogTransport::kUdp)->host, "2001:db8::1");
  for (const char* wrong :
       {"", ":514", "[::1", "[::1]514", "a:", "a:0", "a:65536", "a:5x", "::1"}) {
    EXPECT_FALSE(parse_syslog_target(wrong, SyslogTransport::kUdp).ok()) << wrong;
  }
}

}  // namespace
}  // namespace sally::app
