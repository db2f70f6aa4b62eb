// What reading costs: JSON against simdjson's own first stage and a plain copy, and event streams.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <simdjson.h>

#include <memory>
#include <string>
#include <vector>

#include "formats/json/document.h"
#include "formats/json/reader.h"
#include "formats/sse.h"

namespace sally::formats {
namespace {

// A chat request of about `bytes` bytes: several messages, some escapes.
std::string chat_body(size_t bytes) {
  std::string out =
      R"({"model":"large","stream":true,"temperature":0.2,"max_tokens":256,"messages":[)"
      R"({"role":"system","content":"You are a helpful assistant.\nAnswer briefly."})";
  while (out.size() + 3 < bytes) {
    const std::string text(std::min<size_t>(180, bytes - out.size()), 'x');
    out += fmt::format(R"(,{{"role":"user","content":"What is the capital of France? \"{}\""}})",
                       text);
  }
  return out + "]}";
}

// An event of a streamed chat answer, about 200 bytes.
constexpr std::string_view kEvent =
    R"({"id":"chatcmpl-9aF3kLmNoPqRsTuVwXyZ","object":"chat.completion.chunk",)"
    R"("created":1763632000,"model":"large","choices":[{"index":0,)"
    R"("delta":{"content":" word"},"logprobs":null,"finish_reason":null}]})";

// Looks at every text, so that none can be left out.
struct Sum {
  size_t bytes = 0;
  void begin_object(size_t) {}
  void end_object(size_t) {}
  void begin_array(size_t) {}
  void end_array(size_t) {}
  void key(const JsonText& text) { bytes += text.text.size(); }
  void string(const JsonText& text) { bytes += text.text.size(); }
  void number(const JsonNumber& number) { bytes += number.raw.size(); }
  void boolean(bool, size_t) {}
  void null(size_t) {}
};

void walk(benchmark::State& state, std::string_view body) {
  JsonReader reader;
  for (auto _ : state) {
    Sum sum;
    const bool read = reader.walk(body, {}, sum).ok();
    benchmark::DoNotOptimize(read);
    benchmark::DoNotOptimize(sum.bytes);
  }
  state.SetBytesProcessed(static_cast<int64_t>(body.size()) * state.iterations());
}

void BM_JsonWalkChat(benchmark::State& state) {
  walk(state, chat_body(static_cast<size_t>(state.range(0))));
}
BENCHMARK(BM_JsonWalkChat)->Arg(1'024)->Arg(16'384);

void BM_JsonWalkEvent(benchmark::State& state) {
  walk(state, kEvent);
}
BENCHMARK(BM_JsonWalkEvent);

// The peer: the same body by simdjson's DOM, which checks neither duplicates nor tells offsets.
void dom(benchmark::State& state, std::string_view text) {
  const simdjson::padded_string body{text};
  simdjson::dom::parser parser;
  for (auto _ : state) {
    benchmark::DoNotOptimize(parser.parse(body).error());
  }
  state.SetBytesProcessed(static_cast<int64_t>(text.size()) * state.iterations());
}

void BM_SimdjsonDomChat(benchmark::State& state) {
  dom(state, chat_body(static_cast<size_t>(state.range(0))));
}
BENCHMARK(BM_SimdjsonDomChat)->Arg(1'024)->Arg(16'384);

void BM_SimdjsonDomEvent(benchmark::State& state) {
  dom(state, kEvent);
}
BENCHMARK(BM_SimdjsonDomEvent);

void BM_JsonDocumentEvent(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(JsonDocument::parse(kEvent).ok());
  }
}
BENCHMARK(BM_JsonDocumentEvent);

// 64 events, arriving in pieces of the given size; per event.
void BM_SseEvents(benchmark::State& state) {
  constexpr int kEvents = 64;
  std::string stream;
  for (int i = 0; i < kEvents; ++i) {
    append_sse_event(stream, "", kEvent);
  }
  const auto piece = static_cast<size_t>(state.range(0));
  for (auto _ : state) {
    SseParser parser(1 << 20);
    size_t bytes = 0;
    for (size_t at = 0; at < stream.size(); at += piece) {
      parser.push(std::string_view(stream).substr(at, piece));
      for (;;) {
        const auto event = parser.next();
        if (!event.ok() || !event->has_value()) {
          break;
        }
        bytes += (*event)->data.size();
      }
    }
    benchmark::DoNotOptimize(bytes);
  }
  state.SetItemsProcessed(state.iterations() * kEvents);
}
BENCHMARK(BM_SseEvents)->Arg(1 << 20)->Arg(1'400)->Arg(100);

}  // namespace
}  // namespace sally::formats
