// What replacing and restoring costs: per operator, per octet of an answer, and what the vault
// takes of a request.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/check.h"
#include "content/anonymise/anonymiser.h"
#include "content/anonymise/map_vault.h"
#include "content/anonymise/restorer.h"
#include "store/cached_vault.h"
#include "store/sqlite_vault.h"

namespace sally::content::anonymise {
namespace {

constexpr std::string_view kPrompt =
    "Please charge 4111 1111 1111 1111 and write to ada@example.org by Friday.";
constexpr Span kCard{14, 33, "CREDIT_CARD"};

const Keys& keys() {
  static const auto keys = Keys::derive(Secret(std::string(32, 'k')), "tenant");
  SALLY_CHECK(keys.ok());
  return *keys;
}

// One value in one text; the vault, where there is one, is a map.
void one_value(benchmark::State& state, const Operator& op) {
  const OperatorTable table(op);
  const std::vector<Span> spans = {kCard};
  const std::vector<Input> inputs = {{kPrompt, spans}};
  MapVault vault;
  SystemRandom random;
  for (auto _ : state) {
    Exchange exchange(&vault, {.scope = "s", .subject = "u"}, WallTime());
    const auto out = anonymise(exchange, table, keys(), inputs, random);
    SALLY_CHECK(out.ok());
    benchmark::DoNotOptimize(out->front().text.data());
  }
}
Encrypt encryption() {
  auto key = crypto::AesCbc::make(Secret(std::string(16, 'k')));
  SALLY_CHECK(key.ok());
  return {std::make_shared<const crypto::AesCbc>(std::move(*key))};
}
BENCHMARK_CAPTURE(one_value, keep, Keep{});
BENCHMARK_CAPTURE(one_value, replace, Replace{});
BENCHMARK_CAPTURE(one_value, mask, Mask{.count = 12});
BENCHMARK_CAPTURE(one_value, hash, Hash{});
BENCHMARK_CAPTURE(one_value, encrypt, encryption());
BENCHMARK_CAPTURE(one_value, token, Token{});
BENCHMARK_CAPTURE(one_value, fpe, FormatPreserving{});
BENCHMARK_CAPTURE(one_value, synthetic, Synthetic{});

// A SQLite vault in memory-backed storage where there is one, behind its cache.
class Vaults {
 public:
  Vaults() : path_(std::filesystem::temp_directory_path() / "sally-anonymise-bench.db") {
    remove();
    auto vault = store::open_sqlite_vault(
        path_.string(), store::IfMissing::kCreate, Secret(std::string(32, 'r')),
        {.values_per_scope = 100'000'000}, std::make_unique<SystemRandom>());
    SALLY_CHECK(vault.ok());
    sqlite = std::move(*vault);
  }
  Vaults(const Vaults&) = delete;
  Vaults& operator=(const Vaults&) = delete;
  ~Vaults() {
    sqlite.reset();
    remove();
  }
  std::unique_ptr<store::Vault> sqlite;

 private:
  void remove() const {
    for (const std::string_view suffix : {"", "-wal", "-shm"}) {
      std::error_code ignored;
      std::filesystem::remove(path_.string() + std::string(suffix), ignored);
    }
  }
  std::filesystem::path path_;
};

// A request with so many values that the vault has not seen.
void vault_put_new(benchmark::State& state) {
  const Vaults vaults;
  size_t next = 0;
  const auto count = static_cast<size_t>(state.range(0));
  for (auto _ : state) {
    std::vector<std::string> values;
    std::vector<store::VaultItem> items;
    for (size_t i = 0; i < count; ++i) {
      values.push_back("value " + std::to_string(next++));
    }
    for (const std::string& value : values) {
      items.push_back({"PERSON", value});
    }
    const std::string scope = "session " + std::to_string(next / 100);
    SALLY_CHECK(vaults.sqlite->put(scope, "u", items, WallTime()).ok());
  }
}
BENCHMARK(vault_put_new)->Arg(1)->Arg(10);

void vault_get(benchmark::State& state) {
  const Vaults vaults;
  const std::vector<store::VaultItem> items = {{"PERSON", "Ada Lovelace"}};
  SALLY_CHECK(vaults.sqlite->put("s", "u", items, WallTime()).ok());
  for (auto _ : state) {
    SALLY_CHECK(vaults.sqlite->get("s", 1, WallTime()).ok());
  }
}
BENCHMARK(vault_get);

void cached_put_and_get(benchmark::State& state) {
  Vaults vaults;
  SystemRandom random;
  store::CachedVault vault(std::move(vaults.sqlite), {}, random);
  const std::vector<store::VaultItem> items = {{"PERSON", "Ada Lovelace"}};
  for (auto _ : state) {
    SALLY_CHECK(vault.put("s", "u", items, WallTime()).ok());
    SALLY_CHECK(vault.get("s", 1, WallTime()).ok());
  }
}
BENCHMARK(cached_put_and_get);

// An answer of 4 KiB in chunks of so many octets, with one placeholder in 512 octets.
void restore_stream(benchmark::State& state) {
  MapVault vault;
  Exchange exchange(&vault, {.scope = "s", .subject = "u"}, WallTime());
  const std::vector<store::VaultItem> items = {{"PERSON", "Ada Lovelace"}};
  const auto entries = vault.put("s", "u", items, WallTime());
  std::string text;
  while (text.size() < 4'096) {
    text += to_text((*entries)[0]);
    text.append(480, 'x');
  }
  const auto chunk = static_cast<size_t>(state.range(0));
  std::string out;
  for (auto _ : state) {
    Restorer restorer(exchange, Writing::kText);
    out.clear();
    for (size_t at = 0; at < text.size(); at += chunk) {
      restorer.feed(std::string_view(text).substr(at, chunk), out);
    }
    restorer.finish(out);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}
BENCHMARK(restore_stream)->Arg(4)->Arg(64)->Arg(4'096);

// An answer that is nothing but beginnings.
void restore_hostile(benchmark::State& state) {
  MapVault vault;
  Exchange exchange(&vault, {.scope = "s", .subject = "u"}, WallTime());
  std::string text;
  while (text.size() < 65'536) {
    text += "[A_1_aaaaaaaa";
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(restore(exchange, text, Writing::kText));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}
BENCHMARK(restore_hostile);

void format_preserving_card(benchmark::State& state) {
  std::array<uint8_t, 16> digits{4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  for (auto _ : state) {
    SALLY_CHECK(keys().digits.encrypt(digits, {}).ok());
  }
}
BENCHMARK(format_preserving_card);

}  // namespace
}  // namespace sally::content::anonymise
