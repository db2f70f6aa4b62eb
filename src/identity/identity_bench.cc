// What identifying a caller costs on the path of a request.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "identity/api_key.h"
#include "identity/identifier.h"
#include "identity/key_service.h"

namespace sally::identity {
namespace {

// A gate with so many keys, in a folder that goes with it.
class Gate {
 public:
  explicit Gate(int count) {
    std::string name = (std::filesystem::temp_directory_path() / "sally-bench-XXXXXX").string();
    SALLY_CHECK(::mkdtemp(name.data()) != nullptr);
    folder_ = name;
    state_ = std::move(
        *store::open_state("sqlite:" + (folder_ / "state.db").string(), store::IfMissing::kCreate));
    pepper_.emplace(std::move(*Pepper::bind(Secret(std::string(32, 'p')), *state_)));
    SeededRandom random(1);
    std::vector<store::KeyRecord> records;
    for (int i = 0; i < count; ++i) {
      texts_.push_back(make_api_key(random));
      store::KeyRecord record;
      record.id = KeyId("key_" + std::to_string(100'000'000'000 + i));
      record.name = "bench";
      record.digest = pepper_->digest(texts_.back().reveal());
      records.push_back(std::move(record));
    }
    SALLY_CHECK(state_
                    ->write([&](store::Transaction& transaction) -> Result<> {
                      for (const store::KeyRecord& record : records) {
                        TRY_OK(transaction.keys().create(record));
                      }
                      return ok();
                    })
                    .ok());
    identifier_ =
        std::move(*ApiKeyIdentifier::open(*state_, *pepper_, std::chrono::minutes(1), now_));
  }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;
  ~Gate() {
    identifier_.reset();
    state_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  [[nodiscard]] const ApiKeyIdentifier& identifier() const { return *identifier_; }
  [[nodiscard]] const std::vector<Secret>& texts() const { return texts_; }
  [[nodiscard]] WallTime now() const { return now_; }
  [[nodiscard]] const Pepper& pepper() const { return *pepper_; }

 private:
  std::filesystem::path folder_;
  const WallTime now_{std::chrono::hours(500'000)};
  std::unique_ptr<store::State> state_;
  std::optional<Pepper> pepper_;
  std::vector<Secret> texts_;
  std::unique_ptr<ApiKeyIdentifier> identifier_;
};

void BM_Identify(benchmark::State& state) {
  const Gate gate(static_cast<int>(state.range(0)));
  size_t next = 0;
  for (auto _ : state) {
    const Credentials credentials{.bearer = gate.texts()[next].reveal(), .api_key = {}};
    benchmark::DoNotOptimize(gate.identifier().identify(credentials, gate.now()));
    next = next + 1 == gate.texts().size() ? 0 : next + 1;
  }
}
BENCHMARK(BM_Identify)->Arg(1)->Arg(1'000)->Arg(10'000);

void BM_IdentifyAStranger(benchmark::State& state) {
  const Gate gate(1'000);
  SeededRandom random(99);
  const Secret stranger = make_api_key(random);
  for (auto _ : state) {
    const Credentials credentials{.bearer = stranger.reveal(), .api_key = {}};
    benchmark::DoNotOptimize(gate.identifier().identify(credentials, gate.now()));
  }
}
BENCHMARK(BM_IdentifyAStranger);

void BM_CheckTheFormOfAKey(benchmark::State& state) {
  SeededRandom random(1);
  const Secret key = make_api_key(random);
  for (auto _ : state) {
    benchmark::DoNotOptimize(check_api_key(key.reveal()));
  }
}
BENCHMARK(BM_CheckTheFormOfAKey);

void BM_DigestOfAKey(benchmark::State& state) {
  const Gate gate(1);
  for (auto _ : state) {
    benchmark::DoNotOptimize(gate.pepper().digest(gate.texts()[0].reveal()));
  }
}
BENCHMARK(BM_DigestOfAKey);

void BM_StillValid(benchmark::State& state) {
  const Gate gate(1'000);
  const PrincipalPtr principal =
      *gate.identifier().identify({.bearer = gate.texts()[7].reveal(), .api_key = {}}, gate.now());
  for (auto _ : state) {
    benchmark::DoNotOptimize(gate.identifier().still_valid(*principal, gate.now()));
  }
}
BENCHMARK(BM_StillValid);

}  // namespace
}  // namespace sally::identity
