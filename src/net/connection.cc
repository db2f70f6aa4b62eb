#include "net/connection.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace sally::net {
namespace {

// One TLS record's worth: what two views are gathered into before they are encrypted.
constexpr size_t kRecord = size_t{16} * 1024;
constexpr size_t kCopied = size_t{8} * 1024;

}  // namespace

Connection::Connection(Loop& loop, UniqueFd socket) : loop_(loop), socket_(std::move(socket)) {}

Result<std::unique_ptr<Connection>> Connection::adopt(Loop& loop, UniqueFd socket) {
  std::unique_ptr<Connection> connection(new Connection(loop, std::move(socket)));
  const Result<> watched = loop.watch(connection->fd(), *connection);
  if (!watched.ok()) {
    connection->socket_ = UniqueFd();  // never watched: there is nothing to forget
    return Error(watched.error());
  }
  return connection;
}

Connection::~Connection() {
  SALLY_CHECK(reader_ == nullptr && writer_ == nullptr && setup_ == nullptr);
  if (destroyed_ != nullptr) {
    *destroyed_ = true;
  }
  if (socket_) {
    loop_.forget(socket_.get());
  }
}

Connection::ReadAwaiter::~ReadAwaiter() {
  if (connection_.reader_ == this) {
    connection_.reader_ = nullptr;
  }
}
Connection::WriteAwaiter::~WriteAwaiter() {
  if (connection_.writer_ == this) {
    connection_.writer_ = nullptr;
  }
}
Connection::SetupAwaiter::~SetupAwaiter() {
  if (connection_.setup_ == this) {
    connection_.setup_ = nullptr;
  }
}

Result<size_t> Connection::ReadAwaiter::await_resume() {
  if (error_) [[unlikely]] {
    return *std::move(error_);
  }
  return bytes_;
}
Result<> Connection::WriteAwaiter::await_resume() {
  if (error_) [[unlikely]] {
    return *std::move(error_);
  }
  return ok();
}
Result<> Connection::SetupAwaiter::await_resume() {
  if (error_) [[unlikely]] {
    return *std::move(error_);
  }
  return ok();
}

Error Connection::broken(std::string_view what) const {
  if (aborted_ || (reads_stopped_ && errno_ == 0)) {
    return Error(ErrorKind::kCancelled, "the connection was called off");
  }
  std::string message(what);
  if (tls_ != nullptr && !tls_->failure().empty()) {
    message += ": ";
    message += tls_->failure();
  } else if (errno_ != 0) {
    message += ": ";
    message += std::strerror(errno_);
  }
  return Error(ErrorKind::kIo, std::move(message));
}

// ---- the socket ----

// Bytes read, 0 at the end, kBlocked or kBroken. Keeps `readable_` true to what is known.
ptrdiff_t Connection::pull(MutableBytes into) {
  if (!readable_) {
    return kBlocked;
  }
  const ssize_t got = recv(socket_.get(), into.data(), into.size(), 0);
  if (got > 0) [[likely]] {
    // Less than asked for: nothing is left, and the next arrival is an event. A hangup's event is
    // already spent, so after one the end has to be read.
    readable_ = static_cast<size_t>(got) == into.size() || hung_up_;
    tls_drained_ = false;
    return got;
  }
  if (got == 0) {
    hung_up_ = true;
    return 0;
  }
  if (errno == EAGAIN) {
    readable_ = false;
    return kBlocked;
  }
  if (errno == EINTR) {
    return pull(into);
  }
  fail(errno);
  return kBroken;
}

ptrdiff_t Connection::push(ByteView bytes) {
  if (!writable_) {
    return kBlocked;
  }
  const ssize_t put = send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (put >= 0) {
    return put;
  }
  if (errno == EAGAIN) {
    writable_ = false;
    return kBlocked;
  }
  if (errno == EINTR) {
    return push(bytes);
  }
  fail(errno);
  return kBroken;
}

bool Connection::try_read(ReadAwaiter& read) {
  if (aborted_ || errno_ != 0 || reads_stopped_) [[unlikely]] {
    read.error_ = broken("the connection cannot be read");
    return true;
  }
  if (read.into_.empty()) {
    return readable_ || (tls_ != nullptr && tls_->has_pending() && !tls_drained_);
  }
  if (tls_ == nullptr) {
    const ptrdiff_t got = pull(read.into_);
    if (got >= 0) [[likely]] {
      read.bytes_ = static_cast<size_t>(got);
      return true;
    }
    if (got == kBlocked) {
      return false;
    }
    read.error_ = broken("the connection cannot be read");
    return true;
  }
  const crypto::TlsIo io = tls_->read(read.into_);
  tls_drained_ =
      io.status == crypto::TlsStatus::kWantRead || io.status == crypto::TlsStatus::kWantWrite;
  switch (io.status) {
    case crypto::TlsStatus::kOk:
      read.bytes_ = io.bytes;
      return true;
    case crypto::TlsStatus::kWantRead:
    case crypto::TlsStatus::kWantWrite:
      return false;
    case crypto::TlsStatus::kClosed:
      hung_up_ = true;
      return true;
    case crypto::TlsStatus::kFailed:
      break;
  }
  read.error_ = broken("the connection cannot be read");
  return true;
}

Result<std::optional<size_t>> Connection::read_now(MutableBytes into) {
  ReadAwaiter read(*this, into, Millis{0});
  if (!try_read(read)) {
    return std::optional<size_t>();
  }
  if (read.error_) {
    return *std::move(read.error_);
  }
  return std::optional<size_t>(read.bytes_);
}

// ---- writing ----

void Connection::took(size_t bytes, ByteView& first, ByteView& second) {
  const size_t queued = std::min(bytes, out_.size());
  out_.consume(queued);
  if (out_.empty()) {
    out_.release();
  }
  bytes -= queued;
  const size_t of_first = std::min(bytes, first.size());
  first = first.subspan(of_first);
  second = second.subspan(bytes - of_first);
  const bool all = out_.empty() && first.empty() && second.empty();
  // It moves with every byte: the peer is alive.
  write_deadline_ = all ? MonoTime::max() : loop_.turn_time() + queue_timeout_;
}

Connection::Drained Connection::drain(ByteView& first, ByteView& second) {
  if (tls_ != nullptr) {
    return drain_tls(first, second);
  }
  // A small copy is cheaper than a message of several parts.
  if (first.size() + second.size() <= kCopied && !(out_.empty() && second.empty())) {
    out_.append(first);
    out_.append(second);
    first = second = {};
  }
  while (!out_.empty() || !first.empty() || !second.empty()) {
    if (!writable_) {
      return Drained::kBlocked;
    }
    if (first.empty() && second.empty()) {
      const ptrdiff_t put = push(out_.bytes());
      if (put >= 0) [[likely]] {
        took(static_cast<size_t>(put), first, second);
        continue;
      }
      return put == kBlocked ? Drained::kBlocked : Drained::kBroken;
    }
    std::array<iovec, 3> parts;
    size_t count = 0;
    for (const ByteView part : {ByteView(out_.bytes()), first, second}) {
      if (!part.empty()) {
        parts[count++] = {const_cast<std::byte*>(part.data()), part.size()};
      }
    }
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = count;
    const ssize_t put = sendmsg(socket_.get(), &message, MSG_NOSIGNAL);
    if (put >= 0) [[likely]] {
      took(static_cast<size_t>(put), first, second);
    } else if (errno == EAGAIN) {
      writable_ = false;
      return Drained::kBlocked;
    } else if (errno != EINTR) {
      fail(errno);
      return Drained::kBroken;
    }
  }
  return Drained::kAll;
}

// The same, record by record. A record that could not leave whole is offered again with the same
// bytes: they are gathered from the same places.
Connection::Drained Connection::drain_tls(ByteView& first, ByteView& second) {
  thread_local std::array<std::byte, kRecord> gathered;
  while (!out_.empty() || !first.empty() || !second.empty()) {
    ByteView record;
    size_t size = 0;
    for (const ByteView part : {ByteView(out_.bytes()), first, second}) {
      const ByteView fits = part.first(std::min(part.size(), kRecord - size));
      if (fits.empty()) {
        continue;
      }
      if (size == 0) {
        record = fits;
      } else {
        if (record.data() != gathered.data()) {
          std::memcpy(gathered.data(), record.data(), record.size());
        }
        std::memcpy(gathered.data() + size, fits.data(), fits.size());
        record = ByteView(gathered).first(size + fits.size());
      }
      size += fits.size();
    }
    const crypto::TlsIo io = tls_->write(record);
    switch (io.status) {
      case crypto::TlsStatus::kOk:
        took(io.bytes, first, second);
        break;
      case crypto::TlsStatus::kWantRead:
      case crypto::TlsStatus::kWantWrite:
        return Drained::kBlocked;
      case crypto::TlsStatus::kClosed:
      case crypto::TlsStatus::kFailed:
        fail(errno_ != 0 ? errno_ : EPIPE);
        return Drained::kBroken;
    }
  }
  return Drained::kAll;
}

bool Connection::try_write(WriteAwaiter& write) {
  if (!aborted_ && errno_ == 0) [[likely]] {
    queue_timeout_ = write.timeout_;
    switch (drain(write.first_, write.second_)) {
      case Drained::kAll:
        return true;
      case Drained::kBlocked:
        return false;
      case Drained::kBroken:
        break;
    }
  }
  write.error_ = broken("the connection cannot be written");
  return true;
}

Buffer& Connection::outgoing(Millis timeout) {
  queue_timeout_ = timeout;
  if (!flush_.armed()) {
    flush_.arm_at_turn_end(loop_);
  }
  return out_;
}

void Connection::flush_now() {
  if (out_.empty() || writer_ != nullptr || aborted_ || errno_ != 0) {
    return;
  }
  ByteView none;
  if (drain(none, none) == Drained::kBlocked) {
    expect(write_timer_, write_deadline_, queue_timeout_);
  }
}

// Nothing can be read or written any more. Those who wait hear of it later in this turn.
void Connection::fail(int error) {
  errno_ = error;
  hung_up_ = true;
  out_.release();
  soon_.arm_soon(loop_);
}

// ---- connecting ----

bool Connection::try_setup(SetupAwaiter& setup) {
  if (aborted_ || errno_ != 0) {
    setup.error_ = broken("the connection cannot be set up");
    return true;
  }
  if (setup.step_ == SetupAwaiter::Step::kConnect) {
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) {
      error = errno;
    }
    if (error != 0) {
      fail(error);
      setup.error_ =
          Error(ErrorKind::kUnavailable, std::string("cannot connect: ") + std::strerror(error));
      return true;
    }
    // Connected when there is a peer; nothing to read can have come before.
    sockaddr_storage peer{};
    size = sizeof peer;
    if (getpeername(socket_.get(), reinterpret_cast<sockaddr*>(&peer), &size) != 0) {
      return false;
    }
    readable_ = false;
    writable_ = true;
    return true;
  }
  SALLY_CHECK(tls_ != nullptr);
  switch (tls_->handshake()) {
    case crypto::TlsStatus::kOk:
      return true;
    case crypto::TlsStatus::kWantRead:
    case crypto::TlsStatus::kWantWrite:
      return false;
    case crypto::TlsStatus::kClosed:
    case crypto::TlsStatus::kFailed:
      break;
  }
  setup.error_ =
      Error(ErrorKind::kInvalidInput,
            "the tls handshake failed: " + (errno_ != 0 ? std::strerror(errno_) : tls_->failure()));
  return true;
}

Result<> Connection::start_tls(std::shared_ptr<const crypto::TlsServerContext> context) {
  TRY(tls_, crypto::TlsSession::accept(std::move(context), *this));
  return ok();
}

Result<> Connection::start_tls(std::shared_ptr<const crypto::TlsClientContext> context,
                               std::string host) {
  TRY(tls_, crypto::TlsSession::connect(std::move(context), *this, std::move(host)));
  return ok();
}

// ---- waiting ----

// A timer that is armed for no later than `deadline` looks again when it fires.
void Connection::expect(Timer& timer, MonoTime& deadline, Millis timeout) {
  deadline = loop_.turn_time() + timeout;
  MonoTime& armed_for = &timer == &read_timer_ ? read_timer_at_ : write_timer_at_;
  if (!timer.armed() || armed_for > deadline) {
    armed_for = deadline;
    timer.arm(loop_, timeout);
  }
}

void Connection::park(ReadAwaiter& read, std::coroutine_handle<> handle) {
  SALLY_CHECK(reader_ == nullptr && setup_ == nullptr);
  read.waiting_ = handle;
  reader_ = &read;
  expect(read_timer_, read_deadline_, read.timeout_);
}

void Connection::park(WriteAwaiter& write, std::coroutine_handle<> handle) {
  SALLY_CHECK(writer_ == nullptr && setup_ == nullptr);
  write.waiting_ = handle;
  writer_ = &write;
  expect(write_timer_, write_deadline_, write.timeout_);
}

void Connection::park(SetupAwaiter& setup, std::coroutine_handle<> handle) {
  SALLY_CHECK(reader_ == nullptr && writer_ == nullptr && setup_ == nullptr);
  setup.waiting_ = handle;
  setup_ = &setup;
  expect(read_timer_, read_deadline_, setup.timeout_);
}

void Connection::on_ready(uint32_t events) {
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
    hung_up_ = true;
    readable_ = true;
  }
  if ((events & EPOLLIN) != 0) {
    readable_ = true;
  }
  if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) {
    writable_ = true;
    tls_drained_ = false;  // a read may have waited to write an alert
  }
  advance();
}

// Tries what waits, and resumes what has ended. Resuming may destroy this object.
void Connection::advance() {
  if (setup_ != nullptr) {
    if (try_setup(*setup_)) {
      std::exchange(setup_, nullptr)->waiting_.resume();
    }
    return;
  }
  if (writer_ == nullptr && !out_.empty() && !flush_.armed()) {
    flush_now();
  }
  const std::coroutine_handle<> written = writer_ != nullptr && try_write(*writer_)
                                              ? std::exchange(writer_, nullptr)->waiting_
                                              : nullptr;
  if (written) {
    bool destroyed = false;
    bool* const outer = std::exchange(destroyed_, &destroyed);
    written.resume();
    if (destroyed) {
      if (outer != nullptr) {
        *outer = true;
      }
      return;
    }
    destroyed_ = outer;
  }
  if (reader_ != nullptr) {
    if (try_read(*reader_)) {
      std::exchange(reader_, nullptr)->waiting_.resume();
    }
    return;
  }
  look_for_hangup();
}

// Nobody reads: a peer that went away is told to the watcher.
void Connection::look_for_hangup() {
  if (watcher_ == nullptr || hangup_told_) {
    return;
  }
  if (!hung_up_ && tls_ != nullptr && readable_) {
    // What arrived may be a close_notify. Bytes of a next request stay where they are.
    const crypto::TlsStatus status = tls_->peek();
    hung_up_ = status == crypto::TlsStatus::kClosed || status == crypto::TlsStatus::kFailed;
  }
  if (hung_up_) {
    hangup_told_ = true;
    watcher_->on_hangup();
  }
}

void Connection::watch_hangup(HangupWatcher* watcher) {
  watcher_ = watcher;
  hangup_told_ = false;
  if (watcher_ != nullptr && hung_up_) {
    soon_.arm_soon(loop_);
  }
}

bool Connection::is_quiet() {
  if (aborted_ || errno_ != 0 || hung_up_ || reader_ != nullptr) {
    return false;
  }
  if (tls_ != nullptr) {
    // A ticket or a key update is no reason to distrust it.
    return !(readable_ || (tls_->has_pending() && !tls_drained_)) ||
           tls_->peek() == crypto::TlsStatus::kWantRead;
  }
  if (!readable_) {
    return true;
  }
  std::byte byte{};
  const ssize_t got = recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  readable_ = got >= 0;
  return got < 0 && errno == EAGAIN;
}

void Connection::stop_reading(bool stop) {
  reads_stopped_ = stop;
  if (stop && reader_ != nullptr) {
    soon_.arm_soon(loop_);
  }
}

void Connection::abort() {
  if (!aborted_) {
    aborted_ = true;
    soon_.arm_soon(loop_);
  }
}

void Connection::shutdown_write() {
  if (aborted_ || errno_ != 0) {
    return;
  }
  if (tls_ != nullptr) {
    tls_->close();
  }
  shutdown(socket_.get(), SHUT_WR);
}

void Connection::on_timer(Timer& timer) {
  if (&timer == &soon_) {
    advance();
    return;
  }
  if (&timer == &flush_) {
    flush_now();
    return;
  }
  const bool reading = &timer == &read_timer_;
  const MonoTime deadline = reading ? read_deadline_ : write_deadline_;
  const bool waiting =
      reading ? reader_ != nullptr || setup_ != nullptr : writer_ != nullptr || !out_.empty();
  if (!waiting || deadline == MonoTime::max()) {
    return;  // what was queued in this turn is not late
  }
  if (deadline > loop_.turn_time()) {
    const Millis left = std::chrono::ceil<Millis>(deadline - loop_.turn_time());
    (reading ? read_timer_at_ : write_timer_at_) = deadline;
    timer.arm(loop_, left);
    return;
  }
  if (!reading) {
    fail(ETIMEDOUT);
    if (writer_ != nullptr) {
      writer_->error_ = Error(ErrorKind::kTimeout, "the peer takes nothing");
      std::exchange(writer_, nullptr)->waiting_.resume();
    }
  } else if (setup_ != nullptr) {
    setup_->error_ = Error(ErrorKind::kTimeout, setup_->step_ == SetupAwaiter::Step::kConnect
                                                    ? "connecting took too long"
                                                    : "the tls handshake took too long");
    std::exchange(setup_, nullptr)->waiting_.resume();
  } else {
    reader_->error_ = Error(ErrorKind::kTimeout, "the peer sends nothing");
    std::exchange(reader_, nullptr)->waiting_.resume();
  }
}

}  // namespace sally::net
