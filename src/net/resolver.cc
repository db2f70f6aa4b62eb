#include "net/resolver.h"

#include <netdb.h>
#include <netinet/in.h>

#include <condition_variable>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>

#include "base/text.h"

namespace sally::net {
namespace {

using Answer = Result<std::vector<SocketAddress>>;

Answer look_up(const std::string& host, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* list = nullptr;
  const int code = getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (code != 0) {
    return Error(ErrorKind::kUnavailable,
                 "the name `" + printable(host) + "` cannot be resolved: " + gai_strerror(code));
  }
  std::vector<SocketAddress> found;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    SocketAddress& address = found.emplace_back();
    std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
    address.size = entry->ai_addrlen;
  }
  freeaddrinfo(list);
  return found;
}

void set_port(std::vector<SocketAddress>& addresses, uint16_t port) {
  for (SocketAddress& address : addresses) {
    if (address.storage.ss_family == AF_INET6) {
      reinterpret_cast<sockaddr_in6*>(&address.storage)->sin6_port = htons(port);
    } else {
      reinterpret_cast<sockaddr_in*>(&address.storage)->sin_port = htons(port);
    }
  }
}

}  // namespace

// Shared with the work that the thread posts to the loop, which may arrive after the resolver is
// gone.
struct Resolver::State : std::enable_shared_from_this<State> {
  struct Asking;  // NOLINT(cppcoreguidelines-virtual-class-destructor): it is final
  struct Kept {
    std::vector<SocketAddress> addresses;
    MonoTime until;
  };

  explicit State(Loop& on) : loop(on) {}

  void ask(const std::string& host);
  void serve_questions();
  void answered(const std::string& host, Answer answer);

  Loop& loop;
  // Of the loop's thread.
  std::unordered_map<std::string, Kept> kept;
  std::multimap<std::string, Asking*> asking;
  std::thread thread;
  // Of both.
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<std::string> questions;
  bool stopping = false;
};

// A coroutine that waits for an answer, or for its time to run out.
struct Resolver::State::Asking final : Timer::Target {
  Asking(State& in, const std::string& name, Millis how_long)
      : state(in), host(name), timeout(how_long) {}
  ~Asking() { leave(); }
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;

  [[nodiscard]] static bool await_ready() noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) {
    waiting = handle;
    const bool first = !state.asking.contains(host);
    place = state.asking.emplace(host, this);
    timer.arm(state.loop, timeout);
    if (first) {
      state.ask(host);
    }
  }
  Answer await_resume() { return *std::move(answer); }

  void on_timer(Timer&) override {
    if (!answer) {
      answer = Error(ErrorKind::kTimeout, "resolving `" + printable(host) + "` took too long");
    }
    leave();
    waiting.resume();
  }
  void leave() {
    if (place) {
      state.asking.erase(*place);
      place.reset();
    }
  }

  State& state;
  std::string host;
  Millis timeout;
  Timer timer{*this};
  std::coroutine_handle<> waiting;
  std::optional<std::multimap<std::string, Asking*>::iterator> place;
  std::optional<Answer> answer;
};

void Resolver::State::ask(const std::string& host) {
  {
    const std::lock_guard lock(mutex);
    questions.push_back(host);
  }
  if (!thread.joinable()) {
    thread = std::thread([this] { serve_questions(); });
  }
  wake.notify_one();
}

void Resolver::State::serve_questions() {
  std::unique_lock lock(mutex);
  for (;;) {
    wake.wait(lock, [this] { return stopping || !questions.empty(); });
    if (stopping) {
      return;
    }
    const std::string host = std::move(questions.front());
    questions.pop_front();
    lock.unlock();
    auto answer = std::make_shared<Answer>(look_up(host, AI_ADDRCONFIG));
    loop.post([self = weak_from_this(), host, answer] {
      if (const std::shared_ptr<State> state = self.lock()) {
        state->answered(host, std::move(*answer));
      }
    });
    lock.lock();
  }
}

void Resolver::State::answered(const std::string& host, Answer answer) {
  if (answer.ok()) {
    if (kept.size() >= kMostKept) {
      kept.clear();
    }
    kept[host] = {*answer, loop.turn_time() + kKept};
  }
  // They resume on their own timers: a resumed one may bring another to an end.
  const auto [first, last] = asking.equal_range(host);
  for (auto at = first; at != last; ++at) {
    at->second->answer = answer;
    at->second->timer.arm_soon(loop);
  }
}

Resolver::Resolver(Loop& loop) : state_(std::make_shared<State>(loop)) {}

Resolver::~Resolver() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->wake.notify_one();
  if (state_->thread.joinable()) {
    state_->thread.join();
  }
}

Task<Answer> Resolver::resolve(std::string host, uint16_t port, Millis timeout) {
  const std::shared_ptr<State> state = state_;
  Answer answer = look_up(host, AI_NUMERICHOST);
  if (!answer.ok()) {
    const auto found = state->kept.find(host);
    if (found != state->kept.end() && found->second.until > state->loop.turn_time()) {
      answer = found->second.addresses;
    } else {
      answer = co_await State::Asking(*state, host, timeout);
    }
  }
  if (answer.ok()) {
    set_port(*answer, port);
  }
  co_return answer;
}

}  // namespace sally::net
