// What looking for structured personal data costs: per document of some hundred octets, and per
// octet of long texts, benign ones and such as are made to be slow.
#include <benchmark/benchmark.h>

#include <array>
#include <string>

#include "content/personal/personal_recognizer.h"

namespace sally::content {
namespace {

const PersonalRecognizer& personal() {
  static const auto* recognizer = new PersonalRecognizer();
  return *recognizer;
}

// 95 characters in the mean, every other one with something to be found.
constexpr auto kDocuments = std::to_array<std::string_view>({
    "Please call Anna Meyer on +49 30 901820 before Friday and confirm the delivery to the new "
    "site.",
    "The quarterly report asks whether disk usage of the training cluster explains the cost in "
    "March.",
    "INSERT INTO users (id, name, email) VALUES (17, 'Jo Smith', 'jo.smith@example.org'); -- 2 "
    "rows",
    "def load(path: str) -> dict: return json.loads(Path(path).read_text())  # see issue 1123, "
    "v2.1",
    "My card is 4111 1111 1111 1111, my IBAN GB82 WEST 1234 5698 7654 32, and I was born 5 May "
    "1980.",
    "2024-05-01T12:30:45Z INFO worker-7 request 8812734 took 231 ms, order 8837 2210 9912 3456 "
    "closed",
    "Patient MRN-4471902, DOB 05/01/1980, NHS number 943 476 5919, seen for E11.9 at the day "
    "clinic.",
    "Can you help me to write a short poem about the sea, the wind and the last train to the "
    "harbour?",
});

void Documents(benchmark::State& state) {
  std::vector<Entity> out;
  for (auto _ : state) {
    for (const std::string_view text : kDocuments) {
      out.clear();
      personal().find(text, out);
      benchmark::DoNotOptimize(out.data());
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kDocuments.size()));
}
BENCHMARK(Documents);

void Long(benchmark::State& state, std::string_view piece) {
  std::string text;
  while (text.size() < 256 * 1024) {
    text += piece;
  }
  std::vector<Entity> out;
  for (auto _ : state) {
    out.clear();
    personal().find(text, out);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}
BENCHMARK_CAPTURE(Long, prose, kDocuments[1]);
BENCHMARK_CAPTURE(Long, code, kDocuments[3]);
BENCHMARK_CAPTURE(Long, dense, kDocuments[4]);
BENCHMARK_CAPTURE(Long, phones_to_ask_about, "0301 901820\n");
BENCHMARK_CAPTURE(Long, digits_in_groups, "4111 1111 ");
BENCHMARK_CAPTURE(Long, ats, "a@");
BENCHMARK_CAPTURE(Long, points, "1.");
BENCHMARK_CAPTURE(Long, labels, "x.y.");
BENCHMARK_CAPTURE(Long, colons, "ff:");
BENCHMARK_CAPTURE(Long, schemes, "://a");
BENCHMARK_CAPTURE(Long, words_of_context, "ssn ");
BENCHMARK_CAPTURE(Long, card_words, "card 4111111111111111 ");

}  // namespace
}  // namespace sally::content
