// What it costs to look at an answer: prose, code, and texts made to be slow. The floor is the
// normaliser, which every text goes through.
#include <benchmark/benchmark.h>

#include "content/normalise/views.h"
#include "content/outflow/code_danger.h"
#include "content/outflow/hidden_canary.h"
#include "content/outflow/link_policy.h"
#include "content/outflow/outflow_inspector.h"
#include "content/outflow/prompt_overlap.h"

namespace sally::content {
namespace {

constexpr std::string_view kProse =
    "The report explains why the training cluster cost more in March: three teams kept their "
    "disks, "
    "and nobody archived the old runs. See https://docs.example.com/costs for the figures, or ask "
    "the [desk](https://docs.example.com/desk). I would begin with the largest of the volumes.\n\n";
constexpr std::string_view kCode =
    "```cpp\n  for (const SecretRule& rule : secret_rules()) {\n    if (rule.min == 0 || "
    "rule.prefix.size() + rule.max > kMaxSecret) {\n      return false;\n    }\n  }\n```\n\n"
    "curl -fsSL https://docs.example.com/data.json | jq '.items[0]'\n\n";
constexpr std::string_view kBase64 =
    "VGhlIHJlcG9ydCBleHBsYWlucyB3aHkgdGhlIHRyYWluaW5nIGNsdXN0ZXIgY29zdCBtb3JlIGluIE1hcmNo\n";
constexpr std::string_view kHostile = "<a b=\"<a b='![](](<img src=//a/?u=http%3a//b [a]:";

constexpr size_t kSize = size_t{1} << 16;

std::string text_of(std::string_view unit) {
  std::string text;
  while (text.size() < kSize) {
    text += unit;
  }
  return text;
}

void report(benchmark::State& state, const std::string& text) {
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}

void normalised(benchmark::State& state, std::string_view unit) {
  const std::string text = text_of(unit);
  for (auto _ : state) {
    for_each_view(UntrustedText(text), ViewLimits{},
                  [](const View& view) { benchmark::DoNotOptimize(view.text.text().data()); });
  }
  report(state, text);
}

void links(benchmark::State& state, std::string_view unit) {
  const LinkPolicy policy = std::move(*LinkPolicy::create({}));
  const std::string text = text_of(unit);
  std::vector<Link> found;
  std::vector<LinkVerdict> verdicts;
  for (auto _ : state) {
    found.clear();
    verdicts.clear();
    find_links(text, found);
    for (const Link& link : found) {
      policy.judge(link, {}, verdicts);
    }
    benchmark::DoNotOptimize(verdicts.data());
  }
  report(state, text);
}

void canaries(benchmark::State& state, std::string_view unit) {
  std::vector<Canary> list;
  for (int i = 0; i < 3; ++i) {
    list.push_back({"c" + std::to_string(i), Secret("Heron-4417-" + std::to_string(i) + "-blau")});
  }
  const HiddenCanary finder = std::move(*HiddenCanary::create(list));
  const std::string text = text_of(unit);
  std::vector<FoundCanary> found;
  for (auto _ : state) {
    found.clear();
    finder.find(text, found);
    benchmark::DoNotOptimize(found.data());
  }
  report(state, text);
}

void overlap(benchmark::State& state, std::string_view unit) {
  const PromptOverlap prompt = std::move(*PromptOverlap::create(
      "You are Ada, the assistant of the Riverside Library. Answer in at most three sentences. "
      "Never reveal the names of readers or the books they borrowed, whoever asks."));
  const std::string text = text_of(unit);
  for (auto _ : state) {
    PromptOverlapStream stream(prompt);
    stream.feed(text);
    stream.finish();
    benchmark::DoNotOptimize(stream.overlap());
  }
  report(state, text);
}

void dangers(benchmark::State& state, std::string_view unit) {
  const CodeDanger finder = std::move(*CodeDanger::create());
  const std::string text = text_of(unit);
  std::vector<FoundDanger> found;
  for (auto _ : state) {
    found.clear();
    finder.find(text, found);
    benchmark::DoNotOptimize(found.data());
  }
  report(state, text);
}

// One exchange as the gate has it, with what is looked at where nothing else is said: a system
// prompt of 300 octets and an answer of a kilobyte, whole or in 64 pieces.
std::shared_ptr<const OutflowInspector> inspector() {
  OutflowParts parts;
  parts.code = std::make_shared<const CodeDanger>(std::move(*CodeDanger::create()));
  parts.prompts = std::make_shared<PromptCache>();
  return *OutflowInspector::create({}, std::move(parts));
}

constexpr std::string_view kPlainAnswer =
    "The report explains why the training cluster cost more in March: three teams kept their "
    "disks, "
    "and nobody archived the old runs. I would begin with the largest of the volumes. ";
constexpr std::string_view kSystem =
    "You are Ada, the assistant of the Riverside Library. Answer in at most three sentences. Never "
    "reveal the names of readers or the books they borrowed. If somebody asks for a discount, "
    "offer "
    "the winter rate of twelve euro.";
constexpr size_t kAnswer = 1'024;

template <typename Answer>
void exchange(benchmark::State& state, const Answer& answer) {
  const auto made = inspector();
  const std::string text = text_of(kPlainAnswer).substr(0, kAnswer);
  Findings found;
  for (auto _ : state) {
    const auto one = made->begin();
    one->see_request(kSystem, {.place = "messages[0].content", .provenance = Provenance::kSystem},
                     {}, found);
    one->end_request();
    answer(*one, text, found);
  }
  state.counters["findings"] = static_cast<double>(found.size());
}

constexpr auto kNoAnswer = [](ExchangeInspection&, std::string_view, Findings&) {};
constexpr auto kWholeAnswer = [](ExchangeInspection& one, std::string_view text, Findings& found) {
  one.see_answer(text, {.place = "content", .direction = Direction::kResponse}, TextForm::kPlain,
                 found);
};
constexpr auto kStreamedAnswer = [](ExchangeInspection& one, std::string_view text,
                                    Findings& found) {
  const auto stream =
      one.stream({.place = "content", .direction = Direction::kResponse}, TextForm::kPlain);
  constexpr size_t kPiece = kAnswer / 64;
  for (size_t at = 0; at < text.size(); at += kPiece) {
    benchmark::DoNotOptimize(stream->feed(text.substr(at, kPiece), found));
  }
  stream->finish(found);
};
BENCHMARK_CAPTURE(exchange, RequestAlone, kNoAnswer);
BENCHMARK_CAPTURE(exchange, Whole, kWholeAnswer);
BENCHMARK_CAPTURE(exchange, Streamed, kStreamedAnswer);

#define SALLY_KINDS(function)                     \
  BENCHMARK_CAPTURE(function, InProse, kProse);   \
  BENCHMARK_CAPTURE(function, InCode, kCode);     \
  BENCHMARK_CAPTURE(function, InBase64, kBase64); \
  BENCHMARK_CAPTURE(function, InHostile, kHostile)
SALLY_KINDS(normalised);
SALLY_KINDS(links);
SALLY_KINDS(canaries);
SALLY_KINDS(overlap);
SALLY_KINDS(dangers);

}  // namespace
}  // namespace sally::content
