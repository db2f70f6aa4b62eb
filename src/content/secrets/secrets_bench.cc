// What looking for secrets costs: benign text whole and in pieces, and text made to be slow.
#include <benchmark/benchmark.h>

#include "content/secrets/secret_inspector.h"

namespace sally::content {
namespace {

constexpr std::string_view kProse =
    "Please summarise the attached report for the risk committee. It asks whether the disk usage "
    "of "
    "the training cluster, measured with `du -sh /data/*`, explains the cost we saw in March, and "
    "which of the three GitHub repositories (api, sdk-python, npm-tools) should be archived first. "
    "def load(path: str) -> dict: return json.loads(Path(path).read_text()) # SELECT * FROM "
    "users;\n";

std::string text_of(size_t size) {
  std::string text;
  while (text.size() < size) {
    text += kProse;
  }
  text.resize(size);
  return text;
}

std::unique_ptr<SecretInspector> inspector(int64_t canaries) {
  std::vector<Canary> list;
  for (int64_t i = 0; i < canaries; ++i) {
    list.push_back(
        {"c" + std::to_string(i), Secret(std::string(1, static_cast<char>('a' + i % 26)) +
                                         "eron-4417-" + std::to_string(i))});
  }
  return std::move(*SecretInspector::create(list));
}

void report(benchmark::State& state, size_t size) {
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(size));
}

// Arguments: size, canaries.
void Whole(benchmark::State& state) {
  const auto secrets = inspector(state.range(1));
  const std::string text = text_of(static_cast<size_t>(state.range(0)));
  Findings findings;
  for (auto _ : state) {
    secrets->inspect(text, {.place = "messages[0].content"}, findings);
    benchmark::DoNotOptimize(findings.data());
  }
  report(state, text.size());
}
BENCHMARK(Whole)->Args({1024, 0})->Args({1024, 3})->Args({1024, 100})->Args({16384, 3});

// Arguments: size of the text, size of a piece.
void InPieces(benchmark::State& state) {
  const auto secrets = inspector(3);
  const std::string text = text_of(static_cast<size_t>(state.range(0)));
  const auto piece = static_cast<size_t>(state.range(1));
  Findings findings;
  for (auto _ : state) {
    const auto stream =
        secrets->stream({.place = "choices[0].delta.content", .direction = Direction::kResponse});
    for (size_t at = 0; at < text.size(); at += piece) {
      benchmark::DoNotOptimize(stream->feed(std::string_view(text).substr(at, piece), findings));
    }
    stream->finish(findings);
  }
  report(state, text.size());
}
BENCHMARK(InPieces)->Args({1024, 32})->Args({1024, 4})->Args({16384, 32});

// What SecretFinder takes for texts of several kinds.
void finds(benchmark::State& state, std::string_view unit) {
  const SecretFinder finder;
  std::string text;
  while (text.size() < size_t{1} << 20) {
    text += unit;
  }
  std::vector<FoundSecret> found;
  for (auto _ : state) {
    found.clear();
    finder.find(text, found);
    benchmark::DoNotOptimize(found.data());
  }
  report(state, text.size());
}
BENCHMARK_CAPTURE(finds, InProse, kProse);
BENCHMARK_CAPTURE(finds, InCode,
                  "  for (const SecretRule& rule : secret_rules()) {\n    if (rule.min == 0 || "
                  "rule.prefix.size() + rule.max > kMaxSecret) {\n      return false;\n    }\n"
                  "    add(rule.prefix);  // 16 octets of kNotMeasured\n  }\n");
BENCHMARK_CAPTURE(finds, InWordsForSecrets,
                  "The token of the API key is a secret: no password, no credentials, no PIN. "
                  "Authorisation needs access_token and client_secret; login with the user's "
                  "passphrase fails unless auth.password is set by the key store of the host. ");
BENCHMARK_CAPTURE(finds, InSettings,
                  "service.url=https://api.example.com/v2/items\nservice.retries=5\n"
                  "service.token=0q9w8e7r6t5y4u3i2o1p\ncache.key=us-east-1/session-2031\n"
                  "db.password=Heron_4711\nlog.level=debug\nbuild=9f86d081884c7d65\n");

void hostile(benchmark::State& state, std::string_view unit, size_t piece) {
  const auto secrets = inspector(3);
  std::string text;
  while (text.size() < 16'384) {
    text += unit;
  }
  Findings findings;
  for (auto _ : state) {
    findings.clear();
    const auto stream = secrets->stream({.place = "x", .direction = Direction::kResponse});
    for (size_t at = 0; at < text.size(); at += piece) {
      benchmark::DoNotOptimize(stream->feed(std::string_view(text).substr(at, piece), findings));
    }
    stream->finish(findings);
  }
  report(state, text.size());
}
BENCHMARK_CAPTURE(hostile, PrefixAfterPrefix, "sk-ant-api03-", 16'384);
BENCHMARK_CAPTURE(hostile, PrefixAfterPrefixInFours, "glpat-", 4);
BENCHMARK_CAPTURE(hostile, CueAfterCue, "the password is pass: ", 16'384);
BENCHMARK_CAPTURE(hostile, CueAfterCueInFours, "the password is pass: ", 4);
BENCHMARK_CAPTURE(hostile, NameAfterName, "api_key='0q9w8e7r6t5y4u3i' ", 16'384);
BENCHMARK_CAPTURE(hostile, UrlAfterUrl, "http://a:b", 16'384);
BENCHMARK_CAPTURE(hostile, OneLongToken, "0q9w8e7r6t5y4u3i", 32);
BENCHMARK_CAPTURE(hostile, NearlyCanaries, " aeron-4417-", 32);

}  // namespace
}  // namespace sally::content
