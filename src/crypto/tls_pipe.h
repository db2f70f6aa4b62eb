// Two ends of a TLS connection in memory, for tests.
#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "base/check.h"
#include "crypto/tls.h"

namespace sally::crypto {

// One direction of a connection in memory.
struct Pipe {
  std::deque<std::byte> bytes;
  bool ended = false;
};

class PipeEnd final : public TlsTransport {
 public:
  PipeEnd(Pipe& in, Pipe& out) : in_(in), out_(out) {}
  ptrdiff_t pull(MutableBytes into) override {
    if (in_.bytes.empty()) {
      return in_.ended ? 0 : kBlocked;
    }
    const size_t size = std::min(into.size(), in_.bytes.size());
    std::copy_n(in_.bytes.begin(), size, into.begin());
    in_.bytes.erase(in_.bytes.begin(), in_.bytes.begin() + static_cast<ptrdiff_t>(size));
    return static_cast<ptrdiff_t>(size);
  }
  ptrdiff_t push(ByteView bytes) override {
    out_.bytes.insert(out_.bytes.end(), bytes.begin(), bytes.end());
    return static_cast<ptrdiff_t>(bytes.size());
  }

 private:
  Pipe& in_;
  Pipe& out_;
};

struct Ends {
  Pipe to_server;
  Pipe to_client;
  PipeEnd server_side{to_server, to_client};
  PipeEnd client_side{to_client, to_server};
  std::unique_ptr<TlsSession> server;
  std::unique_ptr<TlsSession> client;

  // Until both are done or one failed.
  bool shake_hands() const {
    for (int turn = 0; turn < 20; ++turn) {
      const TlsStatus ours = client->handshake();
      const TlsStatus theirs = server->handshake();
      if (ours == TlsStatus::kOk && theirs == TlsStatus::kOk) {
        return true;
      }
      if (ours == TlsStatus::kFailed || theirs == TlsStatus::kFailed) {
        return false;
      }
    }
    return false;
  }
  // What `to` reads of what `from` writes.
  static std::string pass(TlsSession& from, TlsSession& to, std::string_view text) {
    SALLY_CHECK(from.write(as_bytes(text)).status == TlsStatus::kOk);
    std::string got;
    std::array<std::byte, 1024> buffer;
    for (;;) {
      const TlsIo io = to.read(buffer);
      if (io.status != TlsStatus::kOk) {
        return got;
      }
      got += as_text(ByteView(buffer).first(io.bytes));
    }
  }
};

}  // namespace sally::crypto
