#include "core/tracer.h"

#include <algorithm>

#include "base/encoding.h"

namespace sally {
namespace {

// `begin_call` is asked for a context even when nothing is sampled, so it formats by hand.
char* put_hex(char* out, ByteView bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const std::byte byte : bytes) {
    const auto value = std::to_integer<unsigned>(byte);
    *out++ = kDigits[value >> 4U];
    *out++ = kDigits[value & 15U];
  }
  return out;
}

template <typename Id>
Id make_id(Random& random) {
  Id id{};
  do {
    random.fill(id);
  } while (std::ranges::all_of(id, [](std::byte byte) { return byte == std::byte{0}; }));
  return id;
}

}  // namespace

SpanId make_span_id(Random& random) {
  return make_id<SpanId>(random);
}

TraceId make_trace_id(Random& random) {
  return make_id<TraceId>(random);
}

std::string RequestTrace::id() const {
  return to_hex(trace);
}

void RequestTrace::step(std::string_view name, MonoTime from, MonoTime to) {
  if (sampled && steps_.size() < kMostSteps) {
    steps_.push_back({name, from, to});
  }
}

std::string_view RequestTrace::begin_call(Random& random, std::string_view upstream,
                                          std::string_view model, MonoTime now) {
  // A connection from the pool turned out to be closed, and the request goes out again.
  fail_call(ErrorKind::kUnavailable, now);
  const SpanId id = make_span_id(random);
  if (sampled && calls_.size() < kMostCalls) {
    calls_.push_back({.span = id,
                      .upstream = std::string(upstream),
                      .model = std::string(model),
                      .begun = now,
                      .ended = std::nullopt,
                      .failed = std::nullopt});
  }
  char* out = traceparent_.data();
  *out++ = '0';
  *out++ = '0';
  *out++ = '-';
  out = put_hex(out, trace);
  *out++ = '-';
  out = put_hex(out, id);
  *out++ = '-';
  *out++ = '0';
  *out++ = sampled ? '1' : '0';
  return {traceparent_.data(), traceparent_.size()};
}

void RequestTrace::fail_call(ErrorKind why, MonoTime now) {
  if (!calls_.empty() && !calls_.back().ended) {
    calls_.back().failed = why;
    calls_.back().ended = now;
  }
}

void RequestTrace::end_call(MonoTime now) {
  if (!calls_.empty() && !calls_.back().ended) {
    calls_.back().ended = now;
  }
}

void RequestTrace::clear() {
  trace = {};
  span = {};
  parent.reset();
  sampled = false;
  state.clear();
  begun = {};
  steps_.clear();
  calls_.clear();
}

}  // namespace sally
