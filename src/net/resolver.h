// Resolver: names to addresses, off the loop: getaddrinfo(3) on a thread of its own.
#pragma once

#include <sys/socket.h>

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "net/loop.h"

namespace sally::net {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

// Belongs to its loop. The thread starts with the first name that is no address literal. Answers
// are kept for 30 s; questions for one name are asked once.
class Resolver {
 public:
  static constexpr Millis kKept{30'000};
  static constexpr size_t kMostKept = 1024;

  // `loop` outlives the resolver.
  explicit Resolver(Loop& loop);
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;
  // Waits for a question that is being asked.
  ~Resolver();

  // The addresses of `host` with `port`, in the system's order. kUnavailable or kTimeout.
  Task<Result<std::vector<SocketAddress>>> resolve(std::string host, uint16_t port, Millis timeout);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace sally::net
