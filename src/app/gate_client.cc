#include "app/gate_client.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "formats/json/document.h"

namespace sally::app {
namespace {

constexpr size_t kLongestAnswer = 64 * 1024;
constexpr timeval kPatience = {.tv_sec = 10, .tv_usec = 0};

class Socket {
 public:
  Socket() : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

Error no_answer(const std::string& socket_path, std::string_view why) {
  return Error(
      ErrorKind::kUnavailable,
      fmt::format("the gate at `{}` does not answer: {}", printable(socket_path, 200), why),
      "look at its log");
}

Result<std::string> exchange(int fd, const std::string& socket_path, std::string_view method,
                             const std::string& path) {
  const std::string request =
      fmt::format("{} {} HTTP/1.1\r\nhost: localhost\r\n{}connection: close\r\n\r\n", method, path,
                  method == "POST" ? "content-length: 0\r\n" : "");
  if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size())) {
    return no_answer(socket_path, std::strerror(errno));
  }
  std::string answer;
  char buffer[4096];
  while (answer.size() < kLongestAnswer) {
    const ssize_t got = ::recv(fd, buffer, sizeof(buffer), 0);
    if (got < 0) {
      return no_answer(socket_path, std::strerror(errno));
    }
    if (got == 0) {
      break;
    }
    answer.append(buffer, static_cast<size_t>(got));
  }
  return answer;
}

// The member `name` of the answer's body; empty when there is none.
std::string member_of(std::string_view body, std::string_view name) {
  const auto document = formats::JsonDocument::parse(body);
  if (!document.ok()) {
    return {};
  }
  const auto value = document->root().find(name);
  if (!value || !value->is_string()) {
    return {};
  }
  return std::string(*value->as_string());
}

// The body of what the gate answers; nullopt where none is running.
Result<std::optional<std::string>> call(const std::string& socket_path, std::string_view method,
                                        const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path.size() >= sizeof(address.sun_path)) {
    return Error(ErrorKind::kUsage,
                 fmt::format("`{}` is too long for a unix socket", printable(socket_path, 200)));
  }
  std::memcpy(address.sun_path, socket_path.data(), socket_path.size());
  const Socket socket;
  if (socket.get() < 0) {
    return Error(ErrorKind::kIo, fmt::format("no socket: {}", std::strerror(errno)));
  }
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof(kPatience));
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof(kPatience));
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    if (errno == ENOENT || errno == ECONNREFUSED) {
      return std::optional<std::string>();
    }
    return no_answer(socket_path, std::strerror(errno));
  }
  TRY(const std::string answer, exchange(socket.get(), socket_path, method, path));
  constexpr std::string_view kOk = "HTTP/1.1 200";
  const size_t head = answer.find("\r\n\r\n");
  if (!answer.starts_with("HTTP/1.1 ") || head == std::string::npos) {
    return no_answer(socket_path, "what it said is no HTTP/1.1");
  }
  const std::string_view body = std::string_view(answer).substr(head + 4);
  if (!answer.starts_with(kOk)) {
    return Error(
        ErrorKind::kUnavailable,
        fmt::format("the running gate refused: {}", printable(member_of(body, "detail"), 400)),
        member_of(body, "hint"));
  }
  return std::optional<std::string>(body);
}

}  // namespace

Result<std::optional<std::string>> ask_gate(const std::string& socket_path,
                                            const std::string& path) {
  TRY(const auto body, call(socket_path, "POST", path));
  return body ? std::optional(member_of(*body, "detail")) : std::nullopt;
}

Result<std::optional<std::string>> get_from_gate(const std::string& socket_path,
                                                 const std::string& path) {
  return call(socket_path, "GET", path);
}

}  // namespace sally::app
