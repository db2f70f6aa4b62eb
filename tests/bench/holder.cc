// bench_holder PORT COUNT REQUEST_FILE: opens COUNT connections to 127.0.0.1:PORT, sends the bytes
// of REQUEST_FILE on each, and holds them open until its standard input ends.
//
// Prints `held N` when N answers have begun (a first event was seen) and none is left to wait for;
// `failed N` counts connections that were closed or answered without an event.
#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr size_t kAtOnce = 64;  // connections that wait for their answer at a time

enum class State : uint8_t { kWaiting, kHeld, kFailed };

struct Stream {
  int fd = -1;
  State state = State::kWaiting;
  std::string seen;
};

int number(std::string_view text) {
  int value = -1;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

int dial(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    std::perror("bench_holder: connect");
    return -1;
  }
  return fd;
}

// Reads what has come. Whether the stream has settled: it is held, or it failed.
bool settled(Stream& stream) {
  std::array<char, 4096> buffer{};
  const ssize_t n = recv(stream.fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (n < 0 && errno == EAGAIN) {
    return false;
  }
  if (n <= 0) {
    stream.state = State::kFailed;
    return true;
  }
  stream.seen.append(buffer.data(), static_cast<size_t>(n));
  if (stream.seen.find("data: ") != std::string::npos) {
    stream.state = State::kHeld;
    stream.seen = {};
    return true;
  }
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  const int port = argc > 3 ? number(argv[1]) : -1;
  const int count = argc > 3 ? number(argv[2]) : -1;
  if (port <= 0 || count <= 0) {
    std::fputs("usage: bench_holder PORT COUNT REQUEST_FILE\n", stderr);
    return 2;
  }
  std::ifstream file(argv[3], std::ios::binary);
  const std::string request((std::istreambuf_iterator<char>(file)), {});
  std::signal(SIGPIPE, SIG_IGN);
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);

  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  std::vector<Stream> streams(static_cast<size_t>(count));
  size_t opened = 0;
  size_t waiting = 0;
  size_t held = 0;
  size_t failed = 0;
  while (held + failed < streams.size()) {
    while (opened < streams.size() && waiting < kAtOnce) {
      Stream& stream = streams[opened];
      stream.fd = dial(port);
      if (stream.fd < 0 || send(stream.fd, request.data(), request.size(), 0) !=
                               static_cast<ssize_t>(request.size())) {
        ++failed;
        stream.state = State::kFailed;
      } else {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = opened;
        epoll_ctl(epoll, EPOLL_CTL_ADD, stream.fd, &event);
        ++waiting;
      }
      ++opened;
    }
    std::array<epoll_event, 64> events{};
    const int n = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), 10'000);
    if (n <= 0) {
      break;
    }
    for (size_t i = 0; i < static_cast<size_t>(n); ++i) {
      Stream& stream = streams[events[i].data.u64];
      if (settled(stream)) {
        epoll_ctl(epoll, EPOLL_CTL_DEL, stream.fd, nullptr);
        --waiting;
        ++(stream.state == State::kHeld ? held : failed);
        if (stream.state == State::kFailed) {
          std::fprintf(stderr, "bench_holder: closed after: %.200s\n", stream.seen.c_str());
        }
      }
    }
  }
  std::printf("held %zu\nfailed %zu\n", held, streams.size() - held);
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
}
