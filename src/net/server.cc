#include "net/server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <list>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "base/address.h"
#include "base/text.h"
#include "crypto/tls.h"
#include "net/connection.h"
#include "net/http1/server_connection.h"
#include "net/http2/server_connection.h"
#include "net/task_group.h"

namespace sally::net {
namespace {

constexpr int kBacklog = 4096;
constexpr int kAcceptsPerTurn = 128;
constexpr std::string_view kUnixPrefix = "unix:";

Error os_error(std::string what) {
  return Error(ErrorKind::kIo, std::move(what) + ": " + std::strerror(errno));
}

std::string text_of(const ListenAddress& address) {
  if (!address.unix_path.empty()) {
    return std::string(kUnixPrefix) + address.unix_path;
  }
  const bool v6 = address.host.find(':') != std::string::npos;
  return (v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

// How many connections there are, in all and from each address.
class Admission {
 public:
  Admission(size_t most, size_t most_per_address)
      : most_(most), most_per_address_(most_per_address) {}
  // Counts one more, unless that is too many.
  bool enter(const std::string& address) {
    const std::lock_guard lock(mutex_);
    if (all_ >= most_) {
      return false;
    }
    size_t& count = by_address_[address];
    if (count >= most_per_address_) {
      return false;
    }
    ++count;
    ++all_;
    return true;
  }
  void leave(const std::string& address) {
    const std::lock_guard lock(mutex_);
    --all_;
    const auto found = by_address_.find(address);
    if (--found->second == 0) {
      by_address_.erase(found);
    }
  }

 private:
  const size_t most_;
  const size_t most_per_address_;
  std::mutex mutex_;
  size_t all_ = 0;
  std::unordered_map<std::string, size_t> by_address_;
};

Peer peer_of(const sockaddr_storage& from) {
  Peer peer;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (from.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(from);
    inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    peer.port = ntohs(v4.sin_port);
  } else if (from.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(from);
    inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    peer.port = ntohs(v6.sin6_port);
  } else {
    peer.address = "unix";
    return peer;
  }
  // One caller has one address: an IPv4 address mapped into IPv6 is the IPv4 address.
  const Result<IpAddress> address = IpAddress::parse(text.data());
  peer.address = address.ok() ? address->to_string() : text.data();
  return peer;
}

UniqueFd open_reserve() {
  return UniqueFd(open("/dev/null", O_RDONLY | O_CLOEXEC));
}

}  // namespace

Result<ListenAddress> parse_listen_address(std::string_view text) {
  const auto wrong = [&](std::string_view why) {
    return Error(ErrorKind::kUsage,
                 "`" + printable(text) + "` is no address to listen on: " + std::string(why),
                 "write `127.0.0.1:8443`, `[::1]:8443` or `unix:/path`");
  };
  ListenAddress address;
  if (text.starts_with(kUnixPrefix)) {
    address.unix_path = text.substr(kUnixPrefix.size());
    if (!address.unix_path.starts_with('/') ||
        address.unix_path.size() >= sizeof(sockaddr_un::sun_path)) {
      return wrong("the path must be absolute and shorter than 108 bytes");
    }
    return address;
  }
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return wrong("there is no port");
  }
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return wrong("an IPv6 address stands in brackets");
  }
  if (!IpAddress::parse(host).ok()) {
    return wrong("the host is no address");
  }
  const auto [end, failed] = std::from_chars(port.begin(), port.end(), address.port);
  if (port.empty() || failed != std::errc() || end != port.end()) {
    return wrong("the port is no number up to 65535");
  }
  address.host = host;
  return address;
}

// ---- one worker ----

namespace {

class Worker;  // NOLINT(cppcoreguidelines-virtual-class-destructor): it is final

struct Shared {
  Shared(const ServerOptions& from, size_t workers)
      : options(from),
        admission(from.max_connections, from.max_connections_per_address),
        undrained(workers) {}
  const ServerOptions options;
  Admission admission;
  std::atomic<size_t> undrained;
  std::atomic<uint64_t> failed_handshakes{0};
  std::function<void()> drained;
  std::vector<std::shared_ptr<Worker>> workers;
};

// One loop's listener and the connections that it serves. Everything but `load_` is of its thread.
class Worker final : private ReadyTarget,
                     private Timer::Target,
                     public std::enable_shared_from_this<Worker> {
 public:
  Worker(Shared& shared, const ServerWorker& on, UniqueFd listener)
      : shared_(shared),
        loop_(*on.loop),
        handler_(*on.handler),
        limits_(shared.options.limits),
        listener_(std::move(listener)),
        reserve_(open_reserve()) {}
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker() { stop_listening(); }

  Result<> listen() {
    if (!listener_) {
      return ok();  // a unix socket has one listener, the first worker's
    }
    return loop_.watch(listener_.get(), *this);
  }
  [[nodiscard]] Loop& loop() { return loop_; }
  [[nodiscard]] size_t load() const { return load_.load(std::memory_order_relaxed); }
  void expect_one() { load_.fetch_add(1, std::memory_order_relaxed); }

  // Serves an accepted connection that was counted by expect_one and Admission::enter.
  void begin(UniqueFd socket, Peer peer) {
    tasks_.start(serve(std::move(socket), std::move(peer)));
    note_if_drained();
  }
  void set_limits(const HttpLimits& limits) { limits_ = limits; }
  void drain() {
    draining_ = true;
    stop_listening();
    for (Connection* connection : undecided_) {
      connection->stop_reading();
    }
    for (http1::ServerConnection* connection : http1_) {
      connection->drain();
    }
    for (http2::ServerConnection* connection : http2_) {
      connection->drain();
    }
    note_if_drained();
  }

 private:
  // Where drain() finds what is being served.
  template <typename T>
  class Listed {
   public:
    Listed(std::list<T*>& list, T& what) : list_(list), at_(list.insert(list.end(), &what)) {}
    Listed(const Listed&) = delete;
    Listed& operator=(const Listed&) = delete;
    ~Listed() { list_.erase(at_); }

   private:
    std::list<T*>& list_;
    typename std::list<T*>::iterator at_;
  };

  // Takes a connection's place in every count, whatever becomes of it.
  class Seat {
   public:
    Seat(Worker& worker, const Peer& peer) : worker_(worker), address_(peer.address) {}
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;
    ~Seat() {
      worker_.shared_.admission.leave(address_);
      worker_.load_.fetch_sub(1, std::memory_order_relaxed);
      worker_.again_.arm_soon(worker_.loop_);  // perhaps it was the last one
    }

   private:
    Worker& worker_;
    std::string address_;
  };

  void on_ready(uint32_t) override { accept_all(); }
  void on_timer(Timer&) override {
    if (more_to_accept_) {
      accept_all();
    }
    note_if_drained();
  }

  void stop_listening() {
    if (listener_) {
      loop_.forget(listener_.get());
      listener_ = UniqueFd();
    }
  }

  void note_if_drained() {
    if (!draining_ || drained_ || load() > 0) {
      return;
    }
    drained_ = true;
    if (shared_.undrained.fetch_sub(1) == 1) {
      shared_.workers.front()->loop().post([&shared = shared_] {
        if (shared.drained) {
          shared.drained();
        }
      });
    }
  }

  void accept_all();
  void hand_out(UniqueFd socket, Peer peer);
  Task<void> serve(UniqueFd socket, Peer peer);
  // Serves one version of HTTP. `list` is where drain() finds it; `early` was read already.
  template <typename Http>
  Task<void> serve_with(std::list<Http*>& list, Connection& connection, const Peer& peer,
                        Buffer early);
  Task<Result<bool>> read_preface(Connection& connection, Buffer& early);

  Shared& shared_;
  Loop& loop_;
  Handler& handler_;
  HttpLimits limits_;
  UniqueFd listener_;
  UniqueFd reserve_;  // given up for a moment when there are no descriptors left
  Timer again_{*this};
  bool more_to_accept_ = false;
  bool draining_ = false;
  bool drained_ = false;
  std::atomic<size_t> load_{0};
  std::list<Connection*> undecided_;  // nothing says yet which version they speak
  std::list<http1::ServerConnection*> http1_;
  std::list<http2::ServerConnection*> http2_;
  TaskGroup tasks_;  // the first to go
};

void Worker::accept_all() {
  more_to_accept_ = false;
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    if (!listener_) {
      return;
    }
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    UniqueFd socket(accept4(listener_.get(), reinterpret_cast<sockaddr*>(&from), &size,
                            SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket) {
      hand_out(std::move(socket), peer_of(from));
      continue;
    }
    if (errno == EAGAIN) {
      return;
    }
    if (errno == EMFILE || errno == ENFILE) {
      // Leaving the client in the backlog would leave it waiting: take it and close it.
      reserve_ = UniqueFd();
      const bool turned_away(UniqueFd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)));
      reserve_ = open_reserve();
      if (!turned_away) {
        return;  // nobody was waiting: accept4 looks for a descriptor first
      }
    }
  }
  more_to_accept_ = true;
  again_.arm_at_turn_end(loop_);
}

// To the worker with the fewest connections; this one where it is among them.
void Worker::hand_out(UniqueFd socket, Peer peer) {
  if (!shared_.admission.enter(peer.address)) {
    return;
  }
  Worker* chosen = this;
  for (const std::shared_ptr<Worker>& worker : shared_.workers) {
    if (worker->load() < chosen->load()) {
      chosen = worker.get();
    }
  }
  chosen->expect_one();
  if (chosen == this) {
    begin(std::move(socket), std::move(peer));
    return;
  }
  // In a shared pointer, so that it is closed where the work is never run.
  auto carried = std::make_shared<UniqueFd>(std::move(socket));
  chosen->loop_.post([to = chosen->weak_from_this(), carried, peer = std::move(peer)] {
    if (const std::shared_ptr<Worker> worker = to.lock()) {
      worker->begin(std::move(*carried), peer);
    }
  });
}

// Whether a connection without TLS begins with the preface of HTTP/2 (RFC 9113 3.4): prior
// knowledge. `early` holds what was read to find out. A failure: the connection is over.
Task<Result<bool>> Worker::read_preface(Connection& connection, Buffer& early) {
  static constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  const Listed<Connection> undecided(undecided_, connection);
  MonoTime deadline = loop_.turn_time() + limits_.idle_timeout;
  for (;;) {
    if (draining_ && early.empty()) {
      co_return Error(ErrorKind::kCancelled, "the server is draining");
    }
    const auto left = std::chrono::ceil<Millis>(deadline - loop_.turn_time());
    CO_TRY_OK(co_await connection.readable(std::max(left, Millis{0})));
    if (early.empty()) {
      deadline = loop_.turn_time() + limits_.head_timeout;
    }
    early.reserve(Buffer::kRead - early.size());
    CO_TRY(const std::optional<size_t> got, connection.read_now(early.space()));
    if (got == 0U) {
      co_return Error(ErrorKind::kCancelled, "the client went away");
    }
    early.commit(got.value_or(0));
    const std::string_view seen = as_text(early.bytes());
    if (seen.starts_with(kPreface)) {
      co_return true;
    }
    if (!kPreface.starts_with(seen)) {
      co_return false;
    }
    if (early.empty()) {
      early.release();
    }
  }
}

Task<void> Worker::serve(UniqueFd socket, Peer peer) {
  const Seat seat(*this, peer);
  Result<std::unique_ptr<Connection>> adopted = Connection::adopt(loop_, std::move(socket));
  if (!adopted.ok()) {
    co_return;
  }
  Connection& connection = **adopted;
  if (shared_.options.tls != nullptr) {
    if (!connection.start_tls(shared_.options.tls->current()).ok()) {
      co_return;
    }
    const Result<> secured = co_await connection.handshake(limits_.head_timeout);
    if (!secured.ok()) {
      shared_.failed_handshakes.fetch_add(1, std::memory_order_relaxed);
      loop_.logger().write(LogEvent::kHandshakeFailed,
                           {{"source", peer.address}, {"error", secured.error().message()}});
      co_return;
    }
    peer.tls = true;
    peer.tls_version = connection.tls()->version();
    peer.client_certificate = connection.tls()->peer_certificate();
  }
  Buffer early;
  bool http2 = false;
  if (connection.tls() != nullptr) {
    http2 = connection.tls()->alpn() == "h2";
  } else if (shared_.options.http2) {
    const Result<bool> preface = co_await read_preface(connection, early);
    if (!preface.ok()) {
      co_return;
    }
    http2 = *preface;
  }
  if (http2) {
    co_await serve_with(http2_, connection, peer, std::move(early));
  } else {
    co_await serve_with(http1_, connection, peer, std::move(early));
  }
}

template <typename Http>
Task<void> Worker::serve_with(std::list<Http*>& list, Connection& connection, const Peer& peer,
                              Buffer early) {
  Http http(connection, handler_, limits_, peer);
  const Listed<Http> listed(list, http);
  http.already_read(early.bytes());
  early.release();
  if (draining_) {
    http.drain();
  }
  co_await http.run();
}

// ---- listening ----

Result<UniqueFd> listen_tcp(const ListenAddress& address, uint16_t port) {
  sockaddr_storage storage{};
  socklen_t size = 0;
  auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
  if (inet_pton(AF_INET, address.host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    size = sizeof v4;
  } else if (inet_pton(AF_INET6, address.host.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    size = sizeof v6;
  } else {
    return Error(ErrorKind::kUsage, "`" + printable(address.host) + "` is no address");
  }
  UniqueFd socket(::socket(storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  // Connections inherit TCP_NODELAY from their listener.
  if (!socket || setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      setsockopt(socket.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0 ||
      setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
      bind(socket.get(), reinterpret_cast<const sockaddr*>(&storage), size) != 0 ||
      ::listen(socket.get(), kBacklog) != 0) {
    return os_error("cannot listen on `" + text_of(address) + "`");
  }
  return socket;
}

Result<UniqueFd> listen_unix(const ListenAddress& address) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, address.unix_path.c_str(), address.unix_path.size() + 1);
  const auto* const generic = reinterpret_cast<const sockaddr*>(&name);
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) {
    return os_error("cannot listen on `" + text_of(address) + "`");
  }
  // A socket that nobody listens on any more was left by a process that died.
  struct stat found{};
  if (lstat(name.sun_path, &found) == 0 && S_ISSOCK(found.st_mode)) {
    const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (probe && connect(probe.get(), generic, sizeof name) != 0 && errno == ECONNREFUSED) {
      unlink(name.sun_path);
    }
  }
  // Nobody can connect before listen(): the mode is set by then.
  if (bind(socket.get(), generic, sizeof name) != 0 || chmod(name.sun_path, 0600) != 0 ||
      ::listen(socket.get(), kBacklog) != 0) {
    return os_error("cannot listen on `" + text_of(address) + "`");
  }
  return socket;
}

uint16_t port_of(const UniqueFd& socket) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  getsockname(socket.get(), reinterpret_cast<sockaddr*>(&bound), &size);
  return bound.ss_family == AF_INET6 ? ntohs(reinterpret_cast<const sockaddr_in6&>(bound).sin6_port)
                                     : ntohs(reinterpret_cast<const sockaddr_in&>(bound).sin_port);
}

}  // namespace

// ---- Server ----

struct Server::State {
  State(const ServerOptions& options, size_t workers) : shared(options, workers) {}
  Shared shared;
  uint16_t port = 0;
};

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() {
  state_->shared.workers.clear();
  const std::string& path = state_->shared.options.address.unix_path;
  if (!path.empty()) {
    unlink(path.c_str());
  }
}

Result<std::unique_ptr<Server>> Server::open(const ServerOptions& options,
                                             const std::vector<ServerWorker>& workers) {
  SALLY_CHECK(!workers.empty());
  const bool local = !options.address.unix_path.empty();
  auto state = std::make_unique<State>(options, workers.size());
  uint16_t port = options.address.port;
  for (const ServerWorker& on : workers) {
    UniqueFd listener;
    if (!local) {
      TRY(listener, listen_tcp(options.address, port));
      port = port_of(listener);
    } else if (state->shared.workers.empty()) {
      TRY(listener, listen_unix(options.address));
    }
    state->shared.workers.push_back(
        std::make_shared<Worker>(state->shared, on, std::move(listener)));
  }
  for (const std::shared_ptr<Worker>& worker : state->shared.workers) {
    TRY_OK(worker->listen());
  }
  state->port = local ? 0 : port;
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

uint16_t Server::port() const {
  return state_->port;
}

size_t Server::connections() const {
  size_t sum = 0;
  for (const std::shared_ptr<Worker>& worker : state_->shared.workers) {
    sum += worker->load();
  }
  return sum;
}

uint64_t Server::failed_handshakes() const {
  return state_->shared.failed_handshakes.load(std::memory_order_relaxed);
}

void Server::set_limits(const HttpLimits& limits) {
  for (const std::shared_ptr<Worker>& worker : state_->shared.workers) {
    worker->loop().post([to = std::weak_ptr(worker), limits] {
      if (const std::shared_ptr<Worker> alive = to.lock()) {
        alive->set_limits(limits);
      }
    });
  }
}

void Server::drain(std::function<void()> done) {
  state_->shared.drained = std::move(done);
  for (const std::shared_ptr<Worker>& worker : state_->shared.workers) {
    worker->loop().post([to = std::weak_ptr(worker)] {
      if (const std::shared_ptr<Worker> alive = to.lock()) {
        alive->drain();
      }
    });
  }
}

}  // namespace sally::net
