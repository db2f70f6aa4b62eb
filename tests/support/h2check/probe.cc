#include "support/h2check/probe.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>

namespace sally::h2check {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

SteadyTime deadline_in(int ms) {
  return std::chrono::steady_clock::now() + std::chrono::milliseconds(ms);
}

int left_until(SteadyTime deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      deadline - std::chrono::steady_clock::now());
  return std::max(0, static_cast<int>(left.count()));
}

constexpr std::array<std::string_view, 10> kTypeNames = {
    "DATA",         "HEADERS", "PRIORITY", "RST_STREAM",    "SETTINGS",
    "PUSH_PROMISE", "PING",    "GOAWAY",   "WINDOW_UPDATE", "CONTINUATION"};

bool contains(std::initializer_list<uint32_t> codes, uint32_t code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

std::string names_of(std::initializer_list<uint32_t> codes) {
  std::string out;
  for (const uint32_t code : codes) {
    out += (out.empty() ? "" : " or ") + name_of_code(code);
  }
  return out;
}

}  // namespace

std::string name_of_code(uint32_t code) {
  static constexpr std::array<std::string_view, 14> kNames = {"NO_ERROR",
                                                              "PROTOCOL_ERROR",
                                                              "INTERNAL_ERROR",
                                                              "FLOW_CONTROL_ERROR",
                                                              "SETTINGS_TIMEOUT",
                                                              "STREAM_CLOSED",
                                                              "FRAME_SIZE_ERROR",
                                                              "REFUSED_STREAM",
                                                              "CANCEL",
                                                              "COMPRESSION_ERROR",
                                                              "CONNECT_ERROR",
                                                              "ENHANCE_YOUR_CALM",
                                                              "INADEQUATE_SECURITY",
                                                              "HTTP_1_1_REQUIRED"};
  return code < kNames.size() ? std::string(kNames[code]) : "code " + std::to_string(code);
}

Probe::Probe(const Target& target) : target_(target) {}

Probe::~Probe() {
  SSL_free(tls_);
  SSL_CTX_free(context_);
  if (fd_ >= 0) {
    close(fd_);
  }
}

void Probe::open() {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(target_.host.c_str(), std::to_string(target_.port).c_str(), &hints, &found) !=
      0) {
    throw Failed{"cannot resolve " + target_.host};
  }
  fd_ = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int connected = ::connect(fd_, found->ai_addr, found->ai_addrlen);
  freeaddrinfo(found);
  if (connected != 0) {
    throw Failed{"cannot connect to " + target_.host + ":" + std::to_string(target_.port)};
  }
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (target_.tls) {
    context_ = SSL_CTX_new(TLS_client_method());
    tls_ = SSL_new(context_);
    static constexpr unsigned char kAlpn[] = {2, 'h', '2'};
    SSL_set_alpn_protos(tls_, kAlpn, sizeof(kAlpn));
    SSL_set_tlsext_host_name(tls_, target_.host.c_str());
    SSL_set_fd(tls_, fd_);
    if (SSL_connect(tls_) != 1) {
      throw Failed{"the TLS handshake failed"};
    }
  }
}

void Probe::connect(std::initializer_list<std::pair<uint16_t, uint32_t>> entries) {
  open();
  send(std::string(kPreface) + settings(entries));
  wait_for(kSettings);
  // The acknowledgement of ours: from now on they are in force.
  for (;;) {
    const Frame frame = wait_for(kSettings);
    if (frame.has(kAck)) {
      return;
    }
  }
}

void Probe::send(std::string_view bytes) {
  const SteadyTime deadline = deadline_in(target_.timeout_ms);
  while (!bytes.empty() && !closed_) {
    // Reading goes first: a peer whose answers are not read may stop reading itself.
    while (!closed_ && fill(0)) {
    }
    pollfd ready{fd_, POLLOUT | POLLIN, 0};
    if (poll(&ready, 1, left_until(deadline)) <= 0) {
      throw Failed{"the peer stopped reading"};
    }
    if ((ready.revents & POLLOUT) == 0) {
      continue;
    }
    ssize_t put = 0;
    if (tls_ != nullptr) {
      put = SSL_write(tls_, bytes.data(), static_cast<int>(std::min<size_t>(bytes.size(), 16'384)));
    } else {
      put = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    if (put > 0) {
      bytes.remove_prefix(static_cast<size_t>(put));
    } else if (tls_ != nullptr || (errno != EAGAIN && errno != EINTR)) {
      // What the peer said before it closed may still be there to read.
      while (fill(0)) {
      }
      closed_ = true;
    }
  }
}

bool Probe::fill(int timeout_ms) {
  if (closed_) {
    return false;
  }
  char buffer[64 * 1024];
  if (tls_ == nullptr || SSL_pending(tls_) == 0) {
    pollfd ready{fd_, POLLIN, 0};
    if (poll(&ready, 1, timeout_ms) <= 0) {
      return false;
    }
  }
  const ssize_t got = tls_ != nullptr ? SSL_read(tls_, buffer, sizeof(buffer))
                                      : recv(fd_, buffer, sizeof(buffer), 0);
  if (got <= 0) {
    closed_ = true;
    return false;
  }
  reader_.feed({buffer, static_cast<size_t>(got)});
  return true;
}

void Probe::note(const Frame& frame) {
  last_frames_ += " ";
  last_frames_ += frame.type < kTypeNames.size() ? std::string(kTypeNames[frame.type])
                                                 : "type " + std::to_string(frame.type);
  if (frame.type == kRstStream && frame.payload.size() >= 4) {
    last_frames_ += "(" + name_of_code(read_u32(frame.payload, 0)) + ")";
  }
  if (frame.type == kGoaway && frame.payload.size() >= 8) {
    last_frames_ += "(" + name_of_code(read_u32(frame.payload, 4)) + ")";
  }
  constexpr size_t kMost = 300;
  if (last_frames_.size() > kMost) {
    last_frames_.erase(0, last_frames_.size() - kMost);
  }
}

std::string Probe::what_came() const {
  std::string out = last_frames_.empty() ? " nothing" : last_frames_;
  return out + (closed_ ? ", then the end" : "");
}

std::optional<Frame> Probe::read() {
  return read(target_.timeout_ms);
}

std::optional<Frame> Probe::read(int timeout_ms) {
  const SteadyTime deadline = deadline_in(timeout_ms);
  for (;;) {
    if (std::optional<Frame> frame = reader_.next()) {
      note(*frame);
      if (frame->type == kSettings && !frame->has(kAck)) {
        for (size_t at = 0; at + 6 <= frame->payload.size(); at += 6) {
          const auto id = static_cast<uint16_t>(read_u32(frame->payload, at) >> 16);
          peer_settings_.emplace_back(id, read_u32(frame->payload, at + 2));
        }
        send(settings_ack());
      } else if (frame->type == kPing && !frame->has(kAck)) {
        send(ping(frame->payload, kAck));
      }
      return frame;
    }
    if (closed_) {
      return std::nullopt;
    }
    if (!fill(left_until(deadline)) && !closed_ && left_until(deadline) == 0) {
      throw Failed{"no reaction within " + std::to_string(timeout_ms) + " ms; came:" + what_came()};
    }
  }
}

std::vector<Frame> Probe::drain() {
  while (fill(0)) {
  }
  std::vector<Frame> out;
  while (std::optional<Frame> frame = reader_.next()) {
    note(*frame);
    out.push_back(*std::move(frame));
  }
  return out;
}

std::string Probe::headers_block(uint32_t stream, std::string_view block, uint8_t flags) {
  return frame(kHeaders, flags | kEndHeaders, stream, block);
}

std::string Probe::headers(uint32_t stream, const Fields& fields, uint8_t flags) {
  return headers_block(stream, hpack_.encode(fields), flags);
}

Fields Probe::request(std::string_view method, const Fields& extra) const {
  const std::string authority = target_.authority.empty()
                                    ? target_.host + ":" + std::to_string(target_.port)
                                    : target_.authority;
  Fields fields = request_fields(method, target_.path, authority, target_.tls ? "https" : "http");
  fields.insert(fields.end(), target_.headers.begin(), target_.headers.end());
  fields.insert(fields.end(), extra.begin(), extra.end());
  return fields;
}

Fields Probe::request_with(std::string_view name, std::optional<std::string> value) const {
  Fields out;
  for (const auto& field : request()) {
    if (field.first != name) {
      out.push_back(field);
    } else if (value) {
      out.emplace_back(name, *value);
    }
  }
  return out;
}

std::optional<uint32_t> Probe::peer_setting(uint16_t id) const {
  std::optional<uint32_t> value;
  for (const auto& [seen, number] : peer_settings_) {
    if (seen == id) {
      value = number;
    }
  }
  return value;
}

Probe::Answer Probe::answer(uint32_t stream) {
  Answer out;
  for (;;) {
    const std::optional<Frame> frame = read();
    if (!frame) {
      throw Failed{"no complete answer; came:" + what_came()};
    }
    if (frame->type == kHeaders) {
      std::string block = frame->payload;
      for (bool last = frame->has(kEndHeaders); !last;) {
        const Frame more = wait_for(kContinuation, frame->stream);
        block += more.payload;
        last = more.has(kEndHeaders);
      }
      const std::optional<Fields> fields = hpack_.decode(block);
      if (!fields || fields->empty()) {
        throw Failed{"the peer's header block cannot be decoded"};
      }
      if (frame->stream != stream) {
        continue;
      }
      if (fields->at(0).first == ":status") {
        out.status = std::atoi(fields->at(0).second.c_str());
        out.fields.assign(fields->begin() + 1, fields->end());
      } else {
        out.trailers = *fields;
      }
    } else if (frame->stream != stream) {
      if (frame->type == kGoaway && read_u32(frame->payload, 4) != kNoError) {
        throw Failed{"the connection was ended; came:" + what_came()};
      }
      continue;
    } else if (frame->type == kData) {
      out.body += frame->payload;
      if (!frame->payload.empty()) {
        const auto size = static_cast<uint32_t>(frame->payload.size());
        send(window_update(0, size) + (frame->has(kEndStream) ? "" : window_update(stream, size)));
      }
    } else if (frame->type == kRstStream) {
      throw Failed{"the stream was reset; came:" + what_came()};
    }
    if (frame->stream == stream && frame->type <= kHeaders && frame->has(kEndStream)) {
      return out;
    }
  }
}

Frame Probe::wait_for(uint8_t type, uint32_t stream) {
  for (;;) {
    const std::optional<Frame> frame = read();
    if (!frame) {
      throw Failed{"expected " + std::string(kTypeNames[type]) + "; came:" + what_came()};
    }
    if (frame->type == type && (stream == 0 || frame->stream == stream)) {
      return *frame;
    }
  }
}

void Probe::expect_alive() {
  static constexpr std::string_view kOpaque = "h2check!";
  send(ping(kOpaque));
  for (;;) {
    const Frame frame = wait_for(kPing);
    if (frame.has(kAck) && frame.payload == kOpaque) {
      return;
    }
  }
}

void Probe::expect_connection_error(std::initializer_list<uint32_t> codes) {
  for (;;) {
    const std::optional<Frame> frame = read();
    if (!frame) {
      return;
    }
    if (frame->type == kGoaway) {
      const uint32_t code = read_u32(frame->payload, 4);
      if (contains(codes, code)) {
        return;
      }
      if (code != kNoError) {
        throw Failed{"expected GOAWAY " + names_of(codes) + "; came:" + what_came()};
      }
    }
  }
}

void Probe::expect_stream_error(uint32_t stream, std::initializer_list<uint32_t> codes) {
  for (;;) {
    const std::optional<Frame> frame = read();
    if (!frame) {
      return;
    }
    std::optional<uint32_t> code;
    if (frame->type == kGoaway) {
      code = read_u32(frame->payload, 4);
    } else if (frame->type == kRstStream && frame->stream == stream) {
      code = read_u32(frame->payload, 0);
    }
    if (code && contains(codes, *code)) {
      return;
    }
    if (code && *code != kNoError) {
      throw Failed{"expected " + names_of(codes) + "; came:" + what_came()};
    }
    if (code && frame->type == kRstStream) {
      throw Failed{"expected " + names_of(codes) + "; came:" + what_came()};
    }
  }
}

void Probe::expect_malformed(uint32_t stream) {
  for (;;) {
    const std::optional<Frame> frame = read();
    if (!frame) {
      return;
    }
    if (frame->type == kGoaway && read_u32(frame->payload, 4) == kProtocolError) {
      return;
    }
    if (frame->stream != stream) {
      continue;
    }
    if (frame->type == kRstStream) {
      if (read_u32(frame->payload, 0) == kProtocolError) {
        return;
      }
      throw Failed{"expected RST_STREAM PROTOCOL_ERROR; came:" + what_came()};
    }
    // A server that streams may have begun its answer before the request turned out malformed.
    if (frame->type == kHeaders) {
      const std::optional<Fields> fields = hpack_.decode(frame->payload);
      const int status = fields && !fields->empty() ? std::atoi(fields->at(0).second.c_str()) : 0;
      if ((status >= 400 && status < 500) || status == 501) {
        return;
      }
    }
    if (frame->type <= kHeaders && frame->has(kEndStream)) {
      throw Failed{"the malformed request was served; came:" + what_came()};
    }
  }
}

void Probe::expect_not_served(uint32_t stream) {
  static constexpr std::string_view kOpaque = "no serve";
  send(ping(kOpaque));
  for (;;) {
    const std::optional<Frame> frame = read();
    if (!frame || frame->type == kGoaway ||
        (frame->type == kRstStream && frame->stream == stream) ||
        (frame->type == kPing && frame->has(kAck) && frame->payload == kOpaque)) {
      return;
    }
    if (frame->stream == stream && (frame->type == kHeaders || frame->type == kData)) {
      throw Failed{"the peer answered; came:" + what_came()};
    }
  }
}

void Probe::expect_fresh_connection_works() const {
  Probe fresh(target_);
  fresh.connect();
  fresh.send(fresh.get(1));
  const Answer got = fresh.answer(1);
  if (got.status < 200 || got.status >= 500) {
    throw Failed{"a fresh connection is answered with " + std::to_string(got.status)};
  }
}

}  // namespace sally::h2check
