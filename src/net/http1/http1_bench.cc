#include <benchmark/benchmark.h>

#include <cstring>
#include <string>

#include "net/http1/input.h"
#include "net/http1/writer.h"

namespace sally::net::http1 {
namespace {

constexpr std::string_view kRequest =
    "POST /v1/chat/completions HTTP/1.1\r\nHost: gate.example:8443\r\n"
    "Authorization: Bearer sk-bench-0123456789abcdef0123456789abcdef\r\n"
    "Accept: application/json\r\nContent-Type: application/json\r\n"
    "User-Agent: OpenAI/Python 1.99.0\r\nX-Stainless-Lang: python\r\n"
    "X-Stainless-Package-Version: 1.99.0\r\nX-Stainless-OS: Linux\r\nX-Stainless-Arch: x64\r\n"
    "X-Stainless-Runtime: CPython\r\nX-Stainless-Runtime-Version: 3.11.2\r\n"
    "Content-Length: 1028\r\n\r\n";
constexpr std::string_view kAnswer =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: Fri, 20 Nov 2026 10:04:11 GMT\r\n"
    "OpenAI-Processing-Ms: 431\r\nX-Request-Id: req_0123456789abcdef\r\nContent-Length: "
    "957\r\n\r\n";

void fill(Input& input, std::string_view head, size_t body, const HttpLimits& limits) {
  const MutableBytes space = input.space(limits);
  std::memcpy(space.data(), head.data(), head.size());
  std::memset(space.data() + head.size(), 'x', body);
  input.filled(head.size() + body);
}

void read_request(benchmark::State& state) {
  const HttpLimits limits;
  Input input;
  ParsedRequest request;
  for (auto _ : state) {
    fill(input, kRequest, 1028, limits);
    if (input.scan(limits) != HeadScanner::State::kComplete ||
        parse_request(input.take_head(), limits, request)) {
      state.SkipWithError("refused");
      return;
    }
    input.expect(request.framing, request.head.content_length, limits.body_bytes);
    benchmark::DoNotOptimize(input.whole());
    input.next();
  }
}
BENCHMARK(read_request);

void read_answer(benchmark::State& state) {
  const HttpLimits limits;
  Input input;
  ParsedResponse answer;
  for (auto _ : state) {
    fill(input, kAnswer, 957, limits);
    if (input.scan(limits) != HeadScanner::State::kComplete ||
        !parse_response(input.take_head(), Method::kPost, limits, answer).ok()) {
      state.SkipWithError("refused");
      return;
    }
    input.expect(answer.framing, answer.head.content_length, limits.body_bytes);
    benchmark::DoNotOptimize(input.whole());
    input.next();
  }
}
BENCHMARK(read_answer);

void write_answer(benchmark::State& state) {
  ResponseHead head;
  head.fields.add("content-type", "application/json");
  head.fields.add("x-request-id", "01ARZ3NDEKTSV4RRFFQ69G5FAV");
  head.fields.add("openai-processing-ms", "431");
  for (auto _ : state) {
    Buffer out;
    const Envelope envelope{.body = Envelope::Body::kLength, .length = 957};
    benchmark::DoNotOptimize(
        append_response_head(out, head, envelope, "Fri, 20 Nov 2026 10:04:11 GMT").ok());
    benchmark::DoNotOptimize(out.size());
  }
}
BENCHMARK(write_answer);

}  // namespace
}  // namespace sally::net::http1
