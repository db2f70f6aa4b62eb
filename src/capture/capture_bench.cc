// What a recording costs a request beside hashing its bodies: 1 KiB each way.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/random.h"
#include "capture/recorder.h"
#include "crypto/hash.h"

namespace sally::capture {
namespace {

const std::string kBody(1'024, 'b');

class Rig {
 public:
  explicit Rig(Mode mode) {
    std::string name = "/dev/shm/sally-capture-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    recorder_ = *Recorder::open({.folder = folder_, .mode = mode}, Secret(std::string(32, 'r')),
                                clock_, log_);
  }
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;
  ~Rig() {
    recorder_.reset();
    std::filesystem::remove_all(folder_);
  }
  const Recorder& recorder() { return *recorder_; }

 private:
  SystemClock clock_;
  Logger log_{2, LogFormat::kText, LogLevel::kError, clock_};
  std::filesystem::path folder_;
  std::shared_ptr<Recorder> recorder_;
};

// The floor: both bodies hashed and nothing else.
void hash_alone(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(crypto::sha256(as_bytes(kBody)));
    benchmark::DoNotOptimize(crypto::sha256(as_bytes(kBody)));
  }
}
BENCHMARK(hash_alone);

void record(benchmark::State& state, Mode mode) {
  Rig rig(mode);
  SeededRandom random(1);
  const Ulid id = Ulid::make(SystemClock().now(), random);
  for (auto _ : state) {
    const auto recording = rig.recorder().begin({"key_0123456789ab", ""}, id);
    recording->feed(Direction::kRequest, as_bytes(kBody));
    recording->feed(Direction::kResponse, as_bytes(kBody));
    benchmark::DoNotOptimize(recording->finish());
  }
}
BENCHMARK_CAPTURE(record, commitments, Mode::kCommitments);
BENCHMARK_CAPTURE(record, content, Mode::kContent);

}  // namespace
}  // namespace sally::capture
