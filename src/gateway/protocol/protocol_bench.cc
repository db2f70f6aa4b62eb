// What the adapters cost on the path of a request: the body of a chat, and the events of its
// answer.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <string>
#include <vector>

#include "formats/sse.h"
#include "gateway/protocol/protocol.h"

namespace sally::gateway {
namespace {

// Takes the texts and does nothing with them: the inspectors have benchmarks of their own.
class Count final : public TextVisitor {
 public:
  size_t bytes = 0;
  void text(const Place&, std::string_view decoded, const Written&) override {
    bytes += decoded.size();
  }
};

const Operation& operation(Protocol protocol, std::string_view path) {
  return *match_operation(protocol, net::Method::kPost, path)->operation;
}

void BM_MatchOperation(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        match_operation(Protocol::kOpenAi, net::Method::kPost, "/v1/chat/completions").ok());
  }
}
BENCHMARK(BM_MatchOperation);

void BM_ReadChatRequest(benchmark::State& state) {
  std::string body = R"({"model":"large","max_tokens":256,"messages":[)"
                     R"({"role":"system","content":"You are a helpful assistant.\nBe brief."})";
  while (body.size() < static_cast<size_t>(state.range(0)) - 160) {
    body += fmt::format(R"(,{{"role":"user","content":"{}"}})", std::string(120, 'x'));
  }
  body += "]}";
  const Operation& chat = operation(Protocol::kOpenAi, "/v1/chat/completions");
  const net::RequestHead head;
  for (auto _ : state) {
    Count count;
    benchmark::DoNotOptimize(read_request(chat, head, as_bytes(body), {}, count).ok());
    benchmark::DoNotOptimize(count.bytes);
  }
  state.SetBytesProcessed(static_cast<int64_t>(body.size()) * state.iterations());
}
BENCHMARK(BM_ReadChatRequest)->Arg(1'024)->Arg(16'384);

// The events of an answer, fed to one reader; per event. The stream parser is part of it.
void read_events(benchmark::State& state, const Operation& op,
                 const std::vector<std::string>& events, std::string_view type) {
  std::string stream;
  for (const std::string& event : events) {
    formats::append_sse_event(stream, type, event);
  }
  std::vector<Delta> deltas;
  for (auto _ : state) {
    const auto reader = open_stream(op, {}, {});
    formats::SseParser parser(1 << 20);
    parser.push(stream);
    for (;;) {
      const auto event = parser.next();
      if (!event.ok() || !event->has_value()) {
        break;
      }
      deltas.clear();
      benchmark::DoNotOptimize(reader->feed((*event)->type, (*event)->data, deltas).ok());
    }
    benchmark::DoNotOptimize(reader->text_bytes());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(events.size()));
}

void BM_ChatStreamOf64Events(benchmark::State& state) {
  std::vector<std::string> events;
  for (int i = 0; i < 64; ++i) {
    events.push_back(
        fmt::format(R"({{"id":"chatcmpl-9aF3kLmNoPqRsTuVwXyZ","object":"chat.completion.chunk",)"
                    R"("created":1763632000,"model":"large","choices":[{{"index":0,)"
                    R"("delta":{{"content":" word{}"}},"logprobs":null,"finish_reason":null}}]}})",
                    i));
  }
  read_events(state, operation(Protocol::kOpenAi, "/v1/chat/completions"), events, "");
}
BENCHMARK(BM_ChatStreamOf64Events);

void BM_MessageStreamOf64Events(benchmark::State& state) {
  std::vector<std::string> events;
  for (int i = 0; i < 64; ++i) {
    events.push_back(fmt::format(R"({{"type":"content_block_delta","index":0,)"
                                 R"("delta":{{"type":"text_delta","text":" word{}"}}}})",
                                 i));
  }
  read_events(state, operation(Protocol::kAnthropic, "/v1/messages"), events,
              "content_block_delta");
}
BENCHMARK(BM_MessageStreamOf64Events);

}  // namespace
}  // namespace sally::gateway
