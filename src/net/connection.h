// Connection: one non-blocking socket, TCP or unix, with or without TLS, read and written by
// awaiting.
//
//   CO_TRY(const size_t n, co_await connection.read(buffer, Millis{5'000}));   // 0: the peer ended
//   CO_TRY_OK(co_await connection.write(head, body, Millis{5'000}));
//
// At most one read and one write wait at a time. An operation tries its system call at once when
// the socket may be ready and parks otherwise; nothing is allocated and no coroutine frame is made
// for it. Readiness is edge-triggered: a read that filled less than its buffer has drained the
// socket, so none is repeated only to hear EAGAIN.
#pragma once

#include <coroutine>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "crypto/tls.h"
#include "net/buffer.h"
#include "net/loop.h"

namespace sally::net {

class Connection final : private ReadyTarget, private Timer::Target, private crypto::TlsTransport {
 public:
  // Is told, once, that the peer went away while nobody was reading.
  class HangupWatcher {
   public:
    virtual void on_hangup() = 0;

   protected:
    ~HangupWatcher() = default;
  };

  // Takes over a connected (or connecting: see connected()) non-blocking socket. `loop` outlives
  // it.
  static Result<std::unique_ptr<Connection>> adopt(Loop& loop, UniqueFd socket);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  // No operation may be waiting, unless its coroutine is destroyed first.
  ~Connection();

  class [[nodiscard]] ReadAwaiter {
   public:
    ReadAwaiter(const ReadAwaiter&) = delete;
    ReadAwaiter& operator=(const ReadAwaiter&) = delete;
    ~ReadAwaiter();
    bool await_ready() { return connection_.try_read(*this); }
    void await_suspend(std::coroutine_handle<> handle) { connection_.park(*this, handle); }
    Result<size_t> await_resume();

   private:
    friend class Connection;
    ReadAwaiter(Connection& connection, MutableBytes into, Millis timeout)
        : connection_(connection), into_(into), timeout_(timeout) {}
    Connection& connection_;
    MutableBytes into_;
    Millis timeout_;
    std::coroutine_handle<> waiting_;
    size_t bytes_ = 0;
    std::optional<Error> error_;
  };

  class [[nodiscard]] WriteAwaiter {
   public:
    WriteAwaiter(const WriteAwaiter&) = delete;
    WriteAwaiter& operator=(const WriteAwaiter&) = delete;
    ~WriteAwaiter();
    bool await_ready() { return connection_.try_write(*this); }
    void await_suspend(std::coroutine_handle<> handle) { connection_.park(*this, handle); }
    Result<> await_resume();

   private:
    friend class Connection;
    WriteAwaiter(Connection& connection, ByteView first, ByteView second, Millis timeout)
        : connection_(connection), first_(first), second_(second), timeout_(timeout) {}
    Connection& connection_;
    ByteView first_;  // what is left of them
    ByteView second_;
    Millis timeout_;
    std::coroutine_handle<> waiting_;
    std::optional<Error> error_;
  };

  // The end of connecting, or of the TLS handshake.
  class [[nodiscard]] SetupAwaiter {
   public:
    SetupAwaiter(const SetupAwaiter&) = delete;
    SetupAwaiter& operator=(const SetupAwaiter&) = delete;
    ~SetupAwaiter();
    bool await_ready() { return connection_.try_setup(*this); }
    void await_suspend(std::coroutine_handle<> handle) { connection_.park(*this, handle); }
    Result<> await_resume();

   private:
    friend class Connection;
    enum class Step : uint8_t { kConnect, kHandshake };
    SetupAwaiter(Connection& connection, Step step, Millis timeout)
        : connection_(connection), step_(step), timeout_(timeout) {}
    Connection& connection_;
    Step step_;
    Millis timeout_;
    std::coroutine_handle<> waiting_;
    std::optional<Error> error_;
  };

  // Some bytes into `into` (not empty); 0 at the end of the stream. kTimeout after `timeout` (later
  // reads may still succeed), kCancelled after abort(), kIo when the connection broke.
  ReadAwaiter read(MutableBytes into, Millis timeout) { return {*this, into, timeout}; }
  // Completes when the kernel has taken every byte of both. kTimeout when it took none for
  // `timeout`; the connection is then good for nothing but closing. Errors as for read.
  WriteAwaiter write(ByteView bytes, Millis timeout) { return {*this, bytes, {}, timeout}; }
  WriteAwaiter write(ByteView first, ByteView second, Millis timeout) {
    return {*this, first, second, timeout};
  }

  // For an owner that holds no buffer while it waits: completes when read_now is worth a try. The
  // value means nothing; errors as for read.
  ReadAwaiter readable(Millis timeout) { return {*this, {}, timeout}; }
  // What is there now; 0 at the end of the stream, nullopt when there is nothing yet.
  Result<std::optional<size_t>> read_now(MutableBytes into);

  // Bytes to be written with the next write, or at the end of this turn if there is none: what is
  // appended to it in one turn leaves in one system call. They are lost when the peer takes nothing
  // for `timeout`: the connection is broken then, and a watcher is told.
  Buffer& outgoing(Millis timeout);
  // How much of it waits: the owner's measure of back-pressure.
  [[nodiscard]] size_t queued() const { return out_.size(); }
  WriteAwaiter flush(Millis timeout) { return {*this, {}, {}, timeout}; }

  // For a socket whose connect(2) is in progress. kUnavailable when it is refused.
  SetupAwaiter connected(Millis timeout) { return {*this, SetupAwaiter::Step::kConnect, timeout}; }
  // Puts TLS on the socket; handshake() must be awaited next.
  Result<> start_tls(std::shared_ptr<const crypto::TlsServerContext> context);
  Result<> start_tls(std::shared_ptr<const crypto::TlsClientContext> context, std::string host);
  // kInvalidInput when it fails, with the reason.
  SetupAwaiter handshake(Millis timeout) {
    return {*this, SetupAwaiter::Step::kHandshake, timeout};
  }
  // Null without TLS.
  [[nodiscard]] const crypto::TlsSession* tls() const { return tls_.get(); }

  // Every waiting operation, and every later one, fails with kCancelled. Those that wait resume
  // later in this turn.
  void abort();
  // The same for reads alone, until it is taken back with `false`.
  void stop_reading(bool stop = true);
  [[nodiscard]] bool usable() const { return !aborted_ && errno_ == 0; }
  // Ends our direction: close_notify, then FIN. The peer's may still be read.
  void shutdown_write();

  // `watcher` outlives the watch; nullptr ends it. One that comes too late is told later in this
  // turn.
  void watch_hangup(HangupWatcher* watcher);
  // Whether the peer is known to have gone, or to have ended its direction.
  [[nodiscard]] bool hung_up() const { return hung_up_; }
  // Whether the peer has neither sent anything that was not read nor gone: what an idle connection
  // must prove before it is used again.
  [[nodiscard]] bool is_quiet();

  [[nodiscard]] Loop& loop() { return loop_; }
  [[nodiscard]] int fd() const { return socket_.get(); }

 private:
  Connection(Loop& loop, UniqueFd socket);
  void on_ready(uint32_t events) override;
  void on_timer(Timer& timer) override;
  ptrdiff_t pull(MutableBytes into) override;
  ptrdiff_t push(ByteView bytes) override;

  // Each returns whether the operation has ended.
  bool try_read(ReadAwaiter& read);
  bool try_write(WriteAwaiter& write);
  bool try_setup(SetupAwaiter& setup);
  enum class Drained : uint8_t { kAll, kBlocked, kBroken };
  // Writes what waits, then both views; takes from them what went.
  Drained drain(ByteView& first, ByteView& second);
  Drained drain_tls(ByteView& first, ByteView& second);
  void took(size_t bytes, ByteView& first, ByteView& second);
  void flush_now();
  void park(ReadAwaiter& read, std::coroutine_handle<> handle);
  void park(WriteAwaiter& write, std::coroutine_handle<> handle);
  void park(SetupAwaiter& setup, std::coroutine_handle<> handle);
  void fail(int error);
  void expect(Timer& timer, MonoTime& deadline, Millis timeout);
  void advance();
  void look_for_hangup();
  [[nodiscard]] Error broken(std::string_view what) const;

  Loop& loop_;
  UniqueFd socket_;
  std::unique_ptr<crypto::TlsSession> tls_;

  bool readable_ = true;  // a read may succeed; false once one drained the socket
  bool writable_ = true;
  bool hung_up_ = false;
  bool aborted_ = false;
  bool reads_stopped_ = false;
  bool hangup_told_ = false;
  bool tls_drained_ = false;  // what the session still holds is no whole record
  int errno_ = 0;             // of the system call that broke the connection
  Buffer out_;

  ReadAwaiter* reader_ = nullptr;
  WriteAwaiter* writer_ = nullptr;
  SetupAwaiter* setup_ = nullptr;
  HangupWatcher* watcher_ = nullptr;
  bool* destroyed_ = nullptr;  // set by the destructor while on_ready is on the stack

  // Deadlines are kept beside their timers: a timer stays armed over many operations and looks at
  // the deadline when it fires, so that an operation costs no list work.
  MonoTime read_deadline_ = MonoTime::max();
  MonoTime write_deadline_ = MonoTime::max();
  MonoTime read_timer_at_{};
  MonoTime write_timer_at_{};
  Millis queue_timeout_{};
  Timer read_timer_{*this};
  Timer write_timer_{*this};
  Timer soon_{*this};
  Timer flush_{*this};
};

}  // namespace sally::net
