// Replays a fuzz corpus as an ordinary test: every file below the given folders goes through the
// target once, whole and cut at a handful of places. Fails when there is nothing to replay.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int main(int argc, char** argv) {
  size_t runs = 0;
  for (int i = 1; i < argc; ++i) {
    if (!std::filesystem::exists(argv[i])) {
      continue;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
      if (!entry.is_regular_file()) {
        continue;
      }
      std::ifstream file(entry.path(), std::ios::binary);
      const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
      const size_t step = bytes.size() / 64 + 1;
      for (size_t cut = 0; cut <= bytes.size(); cut += step) {
        const std::vector<uint8_t> part(bytes.begin(),
                                        bytes.begin() + static_cast<std::ptrdiff_t>(cut));
        LLVMFuzzerTestOneInput(part.data(), part.size());
      }
      const std::vector<uint8_t> whole(bytes.begin(), bytes.end());
      LLVMFuzzerTestOneInput(whole.data(), whole.size());
      ++runs;
    }
  }
  if (runs == 0) {
    std::fprintf(stderr, "no corpus file to replay\n");
    return 1;
  }
  std::printf("%zu corpus files replayed\n", runs);
  return 0;
}
