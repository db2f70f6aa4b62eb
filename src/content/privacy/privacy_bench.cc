// What looking for everything costs: a document of 95 characters, and a piece of a stream.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <vector>

#include "content/privacy/stream_finder.h"

namespace sally::content {
namespace {

// About 95 characters each: chat, a log, a form, code.
constexpr std::array<std::string_view, 8> kDocuments = {
    "Please move my appointment on Friday to next week, Dr. Anna Schmidt said that would be "
    "possible.",
    "2026-03-04T10:12:33Z INFO worker-3 request=8f1c2d finished status=200 bytes=5120 took=0.034 s "
    "ok",
    "Name: Maria Gonzalez, account DE89 3704 0044 0532 0130 00, telephone +49 30 901820, Berlin "
    "10117",
    "for (const auto& item : items) { total += item.price * item.count; }  // without the discount "
    "of",
    "the meeting was moved to thursday because nobody had time to read the report that came on "
    "monday",
    "Can you summarise the attached contract and tell me which clauses changed since the last "
    "version",
    "{\"user\": \"ann.miller@example.com\", \"ip\": \"203.0.113.77\", \"action\": \"login\", "
    "\"result\": \"success\"}",
    "La reunión con el equipo de ventas en Madrid se pospuso hasta el próximo martes por la "
    "mañana,"};

const TextFinder& finder() {
  static const TextFinder kFinder = *TextFinder::create();
  return kFinder;
}

void Document(benchmark::State& state) {
  size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(finder().find(kDocuments[i++ % kDocuments.size()]));
  }
}
BENCHMARK(Document);

// A streamed answer in pieces of some five characters, as models write: what each piece waits.
void StreamedPiece(benchmark::State& state) {
  std::string text;
  for (const std::string_view document : kDocuments) {
    text += document;
    text += ".\n";
  }
  constexpr size_t kPiece = 5;
  std::vector<double> micros;
  for (auto _ : state) {
    StreamFinder stream(finder());
    std::vector<Found> found;
    for (size_t at = 0; at < text.size(); at += kPiece) {
      const auto begun = std::chrono::steady_clock::now();
      stream.feed(std::string_view(text).substr(at, kPiece), found);
      const auto ended = std::chrono::steady_clock::now();
      micros.push_back(std::chrono::duration<double, std::micro>(ended - begun).count());
    }
  }
  std::ranges::sort(micros);
  const auto at = [&micros](double share) {
    return micros[static_cast<size_t>(share * static_cast<double>(micros.size() - 1))];
  };
  state.counters["p50_us"] = at(0.5);
  state.counters["p99_us"] = at(0.99);
}
BENCHMARK(StreamedPiece);

}  // namespace
}  // namespace sally::content
