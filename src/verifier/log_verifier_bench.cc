// How fast a whole log is verified: entries of 400 bytes, from the page cache.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

#include "verifier/log_verifier.h"
#include "verifier/test_log.h"

namespace sally::verifier {
namespace {

constexpr int64_t kEntries = 400'000;
constexpr int64_t kEntryBytes = 400;

// A log on the disk, gone with the process.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "sally-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      std::abort();
    }
    path_ = name;
    test::TestLog log;
    for (int64_t i = 0; i < kEntries; ++i) {
      std::string entry = std::to_string(i);
      entry.resize(kEntryBytes, '.');
      log.add(std::move(entry));
    }
    log.write(path_, kEntries);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

void verify_whole_log(benchmark::State& state) {
  static const Folder folder;
  const VerifyOptions options{
      .folder = folder.path(), .policy = {}, .threads = static_cast<unsigned>(state.range(0))};
  for (auto _ : state) {
    const auto report = verify_log(options);
    if (!report.ok() || !report->good() || report->entries != uint64_t{kEntries}) {
      state.SkipWithError("the log does not verify");
      break;
    }
  }
  state.SetItemsProcessed(state.iterations() * kEntries);
  state.SetBytesProcessed(state.iterations() * kEntries * kEntryBytes);
}
BENCHMARK(verify_whole_log)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace sally::verifier
