#include "net/pool.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/text.h"
#include "crypto/tls.h"
#include "net/http1/client_connection.h"
#include "net/http2/client_connection.h"
#include "net/resolver.h"

namespace sally::net {
namespace {

constexpr Millis kSweep{1'000};  // how often idle connections are looked at

using http1::ClientConnection;

// What makes two origins one: the same place, reached in the same way.
struct Place {
  std::string host;
  uint16_t port = 0;
  UpstreamHttp http = UpstreamHttp::kAuto;
  std::shared_ptr<const crypto::TlsClientContext> tls;

  [[nodiscard]] bool is_of(const Origin& origin) const {
    return port == origin.port && tls == origin.tls && http == origin.http && host == origin.host;
  }
};

}  // namespace

// Shared with the exchanges, which may outlive the pool: they then close their connections.
struct ClientPool::State final : std::enable_shared_from_this<State>, Timer::Target {
  // The connections to one place.
  struct Group final : http1::ClientConnectionOwner, std::enable_shared_from_this<Group> {
    // A connection that waits for its next exchange.
    struct Idle final : Connection::HangupWatcher {
      Idle(Group& in, std::unique_ptr<ClientConnection> held, MonoTime until_when)
          : group(in), connection(std::move(held)), until(until_when) {
        connection->connection->watch_hangup(this);
      }
      Idle(const Idle&) = delete;
      Idle& operator=(const Idle&) = delete;
      void on_hangup() override { group.remove(*this); }
      std::unique_ptr<ClientConnection> take() {
        connection->connection->watch_hangup(nullptr);
        return std::move(connection);
      }

      Group& group;
      std::unique_ptr<ClientConnection> connection;
      MonoTime until;
    };

    Group(State& in, const Origin& origin)
        : pool(in.weak_from_this()),
          loop(in.loop),
          place{origin.host, origin.port, origin.http, origin.tls} {}

    void give_back(std::unique_ptr<ClientConnection> connection, Condition condition) override;
    std::unique_ptr<ClientConnection> take_idle();
    // An exchange on a connection that many share; null where none has room.
    std::unique_ptr<ClientExchange> open_shared();
    void drop_over();
    // co_await Waiting(group): until the connection that is being made is there, or cannot be made.
    struct Waiting final : Timer::Target {
      explicit Waiting(Group& in) : group(in) {}
      Waiting(const Waiting&) = delete;
      Waiting& operator=(const Waiting&) = delete;
      ~Waiting() { std::erase(group.waiting, this); }
      static bool await_ready() noexcept { return false; }
      void await_suspend(std::coroutine_handle<> waits) {
        handle = waits;
        group.waiting.push_back(this);
      }
      static void await_resume() noexcept {}
      void on_timer(Timer&) override { handle.resume(); }

      Group& group;
      Timer timer{*this};
      std::coroutine_handle<> handle;
    };
    void wake_waiting();
    class Connecting;
    void remove(const Idle& gone);
    void drop_expired(MonoTime now);

    std::weak_ptr<State> pool;
    Loop& loop;
    Place place;
    size_t max_idle = 0;
    Millis idle_timeout{};
    size_t open = 0;                          // idle ones included
    std::vector<std::unique_ptr<Idle>> idle;  // the one used last is the last
    // HTTP/2. While one is being made for a place that is known to speak it, others wait for it.
    std::vector<std::shared_ptr<http2::ClientConnection>> shared;
    bool speaks_http2 = false;
    bool connecting = false;
    std::vector<Waiting*> waiting;
  };

  explicit State(Loop& on) : loop(on), resolver(on) {}

  std::shared_ptr<Group> group_of(const Origin& origin);
  void on_timer(Timer&) override;

  Loop& loop;
  Resolver resolver;
  std::vector<std::shared_ptr<Group>> groups;
  Timer sweep{*this};
};

void ClientPool::State::Group::give_back(std::unique_ptr<ClientConnection> connection,
                                         Condition condition) {
  const std::shared_ptr<State> alive = pool.lock();
  Connection& socket = *connection->connection;
  if (alive == nullptr || condition != Condition::kClean || idle.size() >= max_idle ||
      !socket.is_quiet()) {
    --open;
    if (socket.usable() && socket.tls() != nullptr) {
      socket.shutdown_write();
    }
    return;
  }
  idle.push_back(
      std::make_unique<Idle>(*this, std::move(connection), loop.turn_time() + idle_timeout));
  if (!alive->sweep.armed()) {
    alive->sweep.arm(loop, kSweep);
  }
}

// The connection that was used last: the others may grow old and go.
std::unique_ptr<ClientConnection> ClientPool::State::Group::take_idle() {
  while (!idle.empty()) {
    std::unique_ptr<ClientConnection> connection = idle.back()->take();
    idle.pop_back();
    if (connection->connection->is_quiet()) {
      return connection;
    }
    --open;
  }
  return nullptr;
}

std::unique_ptr<ClientExchange> ClientPool::State::Group::open_shared() {
  for (const std::shared_ptr<http2::ClientConnection>& connection : shared) {
    if (connection->can_open()) {
      return connection->open();
    }
  }
  return nullptr;
}

// Forgets the connections that take no more exchanges. Those at hand keep theirs alive.
void ClientPool::State::Group::drop_over() {
  open -= std::erase_if(shared, [](const auto& connection) { return connection->is_over(); });
}

void ClientPool::State::Group::wake_waiting() {
  for (Waiting* const one : std::exchange(waiting, {})) {
    one->timer.arm_soon(loop);
  }
}

void ClientPool::State::Group::remove(const Idle& gone) {
  const auto found = std::find_if(idle.begin(), idle.end(),
                                  [&](const auto& entry) { return entry.get() == &gone; });
  SALLY_CHECK(found != idle.end());
  idle.erase(found);
  --open;
}

void ClientPool::State::Group::drop_expired(MonoTime now) {
  const auto fresh =
      std::find_if(idle.begin(), idle.end(), [&](const auto& entry) { return entry->until > now; });
  open -= static_cast<size_t>(fresh - idle.begin());
  idle.erase(idle.begin(), fresh);
}

std::shared_ptr<ClientPool::State::Group> ClientPool::State::group_of(const Origin& origin) {
  for (const std::shared_ptr<Group>& group : groups) {
    if (group->place.is_of(origin)) {
      return group;
    }
  }
  return groups.emplace_back(std::make_shared<Group>(*this, origin));
}

void ClientPool::State::on_timer(Timer&) {
  bool any = false;
  for (const std::shared_ptr<Group>& group : groups) {
    group->drop_expired(loop.turn_time());
    group->drop_over();
    any = any || !group->idle.empty() || !group->shared.empty();
  }
  // A place that a reload no longer names is forgotten with its last connection.
  std::erase_if(groups,
                [](const auto& group) { return group->open == 0 && group.use_count() == 1; });
  if (any) {
    sweep.arm(loop, kSweep);
  }
}

namespace {

Error cannot_reach(const Origin& origin, const Error& why) {
  const ErrorKind kind =
      why.kind() == ErrorKind::kTimeout ? ErrorKind::kTimeout : ErrorKind::kUnavailable;
  return Error(kind, "cannot reach `" + printable(origin.host) + ":" + std::to_string(origin.port) +
                         "`: " + why.message());
}

Task<Result<std::unique_ptr<Connection>>> connect_to(Loop& loop, const SocketAddress& address,
                                                     Millis timeout) {
  UniqueFd socket(
      ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) {
    co_return Error(ErrorKind::kUnavailable, std::string("no socket: ") + std::strerror(errno));
  }
  const int on = 1;
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const int code =
      connect(socket.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size);
  if (code != 0 && errno != EINPROGRESS) {
    co_return Error(ErrorKind::kUnavailable,
                    std::string("cannot connect: ") + std::strerror(errno));
  }
  CO_TRY(std::unique_ptr<Connection> connection, Connection::adopt(loop, std::move(socket)));
  CO_TRY_OK(co_await connection->connected(timeout));
  co_return connection;
}

// The addresses in turn, each with its share of the time that is left.
Task<Result<std::unique_ptr<Connection>>> connect_to_any(Loop& loop,
                                                         std::vector<SocketAddress> addresses,
                                                         MonoTime deadline) {
  Error last(ErrorKind::kUnavailable, "the name has no address");
  for (size_t i = 0; i < addresses.size(); ++i) {
    const auto left = std::chrono::ceil<Millis>(deadline - loop.turn_time());
    const auto share = left / static_cast<int64_t>(addresses.size() - i);
    Result<std::unique_ptr<Connection>> connected =
        co_await connect_to(loop, addresses[i], std::max(share, Millis{1}));
    if (connected.ok()) {
      co_return std::move(connected);
    }
    last = std::move(connected).error();
  }
  co_return last;
}

Task<Result<std::unique_ptr<Connection>>> connect_origin(Loop& loop, Resolver& resolver,
                                                         const Origin& origin) {
  const MonoTime deadline = loop.turn_time() + origin.connect_timeout;
  CO_TRY(std::vector<SocketAddress> addresses,
         co_await resolver.resolve(origin.host, origin.port, origin.connect_timeout));
  CO_TRY(std::unique_ptr<Connection> connection,
         co_await connect_to_any(loop, std::move(addresses), deadline));
  if (origin.tls != nullptr) {
    CO_TRY_OK(connection->start_tls(origin.tls, origin.host));
    const auto left = std::chrono::ceil<Millis>(deadline - loop.turn_time());
    CO_TRY_OK(co_await connection->handshake(std::max(left, Millis{1})));
  }
  co_return connection;
}

// Counts a connection that is being made.
class Opening {
 public:
  explicit Opening(size_t& open) : open_(&open) { ++open; }
  Opening(const Opening&) = delete;
  Opening& operator=(const Opening&) = delete;
  ~Opening() {
    if (open_ != nullptr) {
      --*open_;
    }
  }
  void keep() { open_ = nullptr; }

 private:
  size_t* open_;
};

}  // namespace

// Marks a group while a connection is being made, and wakes those that wait for it.
class ClientPool::State::Group::Connecting {
 public:
  explicit Connecting(Group& group) : group_(group), first_(!group.connecting) {
    group_.connecting = true;
  }
  Connecting(const Connecting&) = delete;
  Connecting& operator=(const Connecting&) = delete;
  ~Connecting() {
    if (first_) {
      group_.connecting = false;
      group_.wake_waiting();
    }
  }

 private:
  Group& group_;
  const bool first_;
};

ClientPool::ClientPool(Loop& loop) : state_(std::make_shared<State>(loop)) {}

ClientPool::~ClientPool() {
  for (const std::shared_ptr<State::Group>& group : state_->groups) {
    group->idle.clear();
    group->shared.clear();
  }
}

Task<Result<std::unique_ptr<ClientExchange>>> ClientPool::open(const Origin& origin, Reuse reuse) {
  const std::shared_ptr<State> state = state_;
  const std::shared_ptr<State::Group> group = state->group_of(origin);
  group->max_idle = origin.max_idle;
  group->idle_timeout = origin.idle_timeout;
  if (reuse == Reuse::kAllowed) {
    if (std::unique_ptr<ClientConnection> pooled = group->take_idle()) {
      co_return std::make_unique<http1::Exchange>(std::move(pooled), group);
    }
  }
  group->drop_over();
  group->speaks_http2 = group->speaks_http2 || origin.http == UpstreamHttp::kHttp2;
  if (reuse == Reuse::kAllowed) {
    while (group->speaks_http2) {
      if (std::unique_ptr<ClientExchange> exchange = group->open_shared()) {
        co_return exchange;
      }
      if (!group->connecting) {
        break;
      }
      co_await State::Group::Waiting(*group);
    }
  }
  if (group->open >= origin.max_connections) {
    co_return cannot_reach(
        origin, Error(ErrorKind::kUnavailable,
                      "all " + std::to_string(origin.max_connections) + " connections are in use"));
  }
  if (!state->sweep.armed()) {
    state->sweep.arm(state->loop, kSweep);
  }
  Opening opening(group->open);
  const State::Group::Connecting connecting(*group);
  Result<std::unique_ptr<Connection>> connected =
      co_await connect_origin(state->loop, state->resolver, origin);
  if (!connected.ok()) {
    co_return cannot_reach(origin, connected.error());
  }
  const bool agreed = origin.tls != nullptr && (*connected)->tls()->alpn() == "h2";
  if (origin.http == UpstreamHttp::kHttp2 && origin.tls != nullptr && !agreed) {
    co_return cannot_reach(
        origin, Error(ErrorKind::kUnavailable, "it does not agree to HTTP/2 (ALPN `h2`)"));
  }
  group->speaks_http2 = agreed || origin.http == UpstreamHttp::kHttp2;
  opening.keep();
  if (group->speaks_http2) {
    const auto connection = http2::ClientConnection::start(
        std::move(*connected), {.write = origin.write_timeout, .idle = origin.idle_timeout});
    group->shared.push_back(connection);
    co_return connection->open();
  }
  co_return std::make_unique<http1::Exchange>(
      std::make_unique<ClientConnection>(std::move(*connected), origin.write_timeout), group);
}

ClientPool::Counts ClientPool::counts() const {
  Counts counts;
  for (const std::shared_ptr<State::Group>& group : state_->groups) {
    counts.open += group->open;
    counts.idle += group->idle.size();
    for (const std::shared_ptr<http2::ClientConnection>& connection : group->shared) {
      counts.idle += connection->exchanges() == 0 ? 1 : 0;
    }
  }
  return counts;
}

}  // namespace sally::net
