#include "app/startup_memory.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace sally::app {
namespace {

// KiB of code that are mapped.
size_t resident_code() {
  std::ifstream maps("/proc/self/smaps");
  size_t sum = 0;
  bool is_code = false;
  for (std::string line; std::getline(maps, line);) {
    std::istringstream words(line);
    std::string first;
    std::string second;
    words >> first >> second;
    if (first == "Rss:" && is_code) {
      sum += std::stoul(second);
    } else if (!first.ends_with(':')) {
      is_code = second == "r-xp";
    }
  }
  return sum;
}

TEST(StartupMemory, LeavesTheProcess) {
  const size_t before = resident_code();
  give_back_startup_memory();
  const size_t after = resident_code();
  EXPECT_LT(after, before / 2) << "of " << before << " KiB";
}

}  // namespace
}  // namespace sally::app
