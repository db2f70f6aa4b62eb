// bench_upstream PORT [EVENTS]: a model server that costs almost nothing, so that a benchmark
// measures what stands in front of it. One thread, epoll, HTTP/1.1 kept alive, loopback only.
//
//   a body with "stream":true   200, EVENTS server-sent events (64) and [DONE], chunked
//   ... and "idle":true         200, one event, and then silence until the client goes
//   anything else               200, a chat completion of about 1 KB
//
// Prints the port it listens on (PORT 0 chooses a free one). It trusts its client: requests are
// framed by Content-Length alone.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace {

using std::string;
using std::string_view;

constexpr size_t kMaxRequest = 4 << 20;
constexpr size_t kReadSize = 64 << 10;

string chunk(string_view data) {
  std::array<char, 16> size{};
  const int n = std::snprintf(size.data(), size.size(), "%zx\r\n", data.size());
  return string(size.data(), static_cast<size_t>(n)) + string(data) + "\r\n";
}

// The answers, made once.
struct Answers {
  string plain;
  string stream;
  string stream_with_usage;
  string idle;

  explicit Answers(int events) {
    string words;
    while (words.size() < 600) {
      words += "A fixed answer whose words carry no meaning but have the usual lengths. ";
    }
    const string body =
        R"({"id":"chatcmpl-bench","object":"chat.completion","created":1700000000,"model":"bench",)"
        R"("choices":[{"index":0,"message":{"role":"assistant","content":")" +
        words +
        R"(","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":180,)"
        R"("completion_tokens":120,"total_tokens":300},"system_fingerprint":"fp_bench"})";
    plain = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: " +
            std::to_string(body.size()) + "\r\n\r\n" + body;

    const string head =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\n"
        "transfer-encoding: chunked\r\n\r\n";
    const string begin =
        R"(data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1700000000,)"
        R"("model":"bench","choices":[)";
    string all;
    for (int i = 0; i < events; ++i) {
      all += chunk(begin + R"({"index":0,"delta":{"content":" word)" + std::to_string(i) +
                   R"("},"finish_reason":null}]})" + "\n\n");
    }
    const string usage = chunk(
        begin + R"(],"usage":{"prompt_tokens":180,"completion_tokens":64,"total_tokens":244}})" +
        "\n\n");
    const string end = chunk("data: [DONE]\n\n") + "0\r\n\r\n";
    stream = head + all + end;
    stream_with_usage = head + all + usage + end;
    idle =
        head +
        chunk(begin + R"({"index":0,"delta":{"content":"first"},"finish_reason":null}]})" + "\n\n");
  }
};

bool says(string_view body, string_view name) {
  const size_t at = body.find(name);
  if (at == string_view::npos) {
    return false;
  }
  const string_view rest = body.substr(at + name.size(), 8);
  const size_t value = rest.find_first_not_of(": ");
  return value != string_view::npos && rest.substr(value).starts_with("true");
}

// The value of Content-Length, 0 without one.
size_t body_length(string_view head) {
  constexpr string_view kName = "content-length:";
  const auto at = std::search(head.begin(), head.end(), kName.begin(), kName.end(),
                              [](char a, char b) { return (a | 0x20) == (b | 0x20); });
  if (at == head.end()) {
    return 0;
  }
  size_t value = 0;
  const char* first = &*at + kName.size();
  const char* last = head.data() + head.size();
  first = std::find_if(first, last, [](char c) { return c != ' '; });
  std::from_chars(first, last, value);
  return value;
}

struct Connection {
  string in;
  size_t used = 0;    // bytes of `in` that are taken
  string_view out;    // what is left to write of an answer
  bool idle = false;  // an answer without end has begun
};

class Upstream {
 public:
  Upstream(int listener, const Answers& answers)
      : listener_(listener), epoll_(epoll_create1(EPOLL_CLOEXEC)), answers_(answers) {
    watch(listener_, EPOLLIN);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 512> events{};
    for (;;) {
      const int n = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < n; ++i) {
        const int fd = events[static_cast<size_t>(i)].data.fd;
        if (fd == listener_) {
          accept_all();
        } else if (!serve(fd, *connections_.at(fd))) {
          close(fd);
          connections_.erase(fd);
        }
      }
    }
  }

 private:
  void watch(int fd, uint32_t what) const {
    epoll_event event{};
    event.events = what;
    event.data.fd = fd;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  void accept_all() {
    for (;;) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) {
        return;
      }
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      connections_[fd] = std::make_unique<Connection>();
      watch(fd, EPOLLIN | EPOLLOUT | EPOLLET);
    }
  }

  // Reads, answers and writes as far as it goes. False: close.
  bool serve(int fd, Connection& c) {
    for (;;) {
      const ssize_t n = read(fd, buffer_.data(), buffer_.size());
      if (n == 0 || (n < 0 && errno != EAGAIN)) {
        return false;
      }
      if (n < 0) {
        break;
      }
      c.in.append(buffer_.data(), static_cast<size_t>(n));
      if (c.in.size() > kMaxRequest) {
        return false;
      }
    }
    for (;;) {
      while (!c.out.empty()) {
        const ssize_t n = write(fd, c.out.data(), c.out.size());
        if (n < 0) {
          return errno == EAGAIN;
        }
        c.out.remove_prefix(static_cast<size_t>(n));
      }
      if (c.idle || !next(c)) {
        return true;
      }
    }
  }

  // Takes one whole request and sets the answer. False: there is none yet.
  bool next(Connection& c) const {
    const string_view in = string_view(c.in).substr(c.used);
    const size_t end = in.find("\r\n\r\n");
    if (end == string_view::npos) {
      c.in.erase(0, c.used);
      c.used = 0;
      return false;
    }
    const size_t length = body_length(in.substr(0, end + 2));
    if (in.size() < end + 4 + length) {
      return false;
    }
    const string_view body = in.substr(end + 4, length);
    if (!says(body, R"("stream")")) {
      c.out = answers_.plain;
    } else if (says(body, R"("idle")")) {
      c.out = answers_.idle;
      c.idle = true;
    } else {
      c.out = says(body, R"("include_usage")") ? answers_.stream_with_usage : answers_.stream;
    }
    c.used += end + 4 + length;
    if (c.used == c.in.size()) {
      c.in.clear();
      c.used = 0;
      if (c.idle) {
        c.in.shrink_to_fit();
      }
    }
    return true;
  }

  int listener_;
  int epoll_;
  const Answers& answers_;
  std::unordered_map<int, std::unique_ptr<Connection>> connections_;
  std::array<char, kReadSize> buffer_{};
};

int number(const char* text) {
  int value = -1;
  const string_view view(text);
  std::from_chars(view.data(), view.data() + view.size(), value);
  return value;
}

}  // namespace

int main(int argc, char** argv) {
  const int port = argc > 1 ? number(argv[1]) : -1;
  const int events = argc > 2 ? number(argv[2]) : 64;
  if (port < 0 || port > 65535 || events < 1) {
    std::fputs("usage: bench_upstream PORT [EVENTS]\n", stderr);
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);

  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener, generic, size) != 0 || listen(listener, 4096) != 0 ||
      getsockname(listener, generic, &size) != 0) {
    std::perror("bench_upstream: listen");
    return 3;
  }
  std::printf("%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  const Answers answers(events);
  auto upstream = std::make_unique<Upstream>(listener, answers);
  upstream->run();
}
