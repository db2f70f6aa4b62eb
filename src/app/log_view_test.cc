#include "app/log_view.h"

#include <fcntl.h>
#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

#include "ledger/ledger.h"
#include "support/temp_folder.h"

namespace sally::app {
namespace {

class LogViewTest : public testing::Test {
 protected:
  LogViewTest() {
    auto key = crypto::Ed25519PrivateKey::from_seed(Secret(std::string(32, 'k')));
    EXPECT_TRUE(key.ok());
    const auto ledger = ledger::Ledger::open(
        {.folder = folder_.path(), .origin = "example.test/gate"}, *std::move(key), clock_, log_);
    EXPECT_TRUE(ledger.ok()) << ledger.error().to_string();
    for (int i = 0; i < 3; ++i) {
      EXPECT_TRUE((*ledger)
                      ->append(ChangeEvent{.id = Ulid::make(clock_.now(), random_),
                                           .time = clock_.now(),
                                           .what = "key.create",
                                           .target = std::to_string(i),
                                           .who = "uid=0"})
                      .ok());
    }
  }
  // The notes of a search for everything, and how many events it found.
  std::vector<std::string> search(size_t& found) {
    auto view = LogView::open(folder_.path());
    EXPECT_TRUE(view.ok()) << view.error().to_string();
    found = 0;
    const auto searched = view->search(
        {}, 0,
        [&found](uint64_t, const ledger::AnyEvent&, std::string_view) -> Result<ledger::Visit> {
          ++found;
          return ledger::Visit::kContinue;
        });
    EXPECT_TRUE(searched.ok()) << searched.error().to_string();
    return view->notes();
  }
  [[nodiscard]] std::filesystem::path last_segment() const {
    std::vector<std::filesystem::path> all;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path() / "journal")) {
      all.push_back(entry.path());
    }
    std::ranges::sort(all);
    return all.back();
  }
  static std::string slurp(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  test::TempFolder folder_;
  const SystemClock clock_;
  SeededRandom random_{1};
  Logger log_{::open("/dev/null", O_WRONLY | O_CLOEXEC), LogFormat::kJson, LogLevel::kError,
              clock_};
};

TEST_F(LogViewTest, ASearchOfAWholeLogLeavesNothingOut) {
  size_t found = 0;
  EXPECT_THAT(search(found), testing::IsEmpty());
  EXPECT_EQ(found, 3U);
}

TEST_F(LogViewTest, ASearchTellsATornEnd) {
  std::ofstream(last_segment(), std::ios::binary | std::ios::app) << "SLJ\x01 torn";
  size_t found = 0;
  EXPECT_THAT(search(found), testing::ElementsAre(testing::HasSubstr("9 bytes at the end of")));
  EXPECT_EQ(found, 3U);
}

TEST_F(LogViewTest, ASearchTellsDamageAndFindsWhatACheckpointCovers) {
  std::string bytes = slurp(last_segment());
  const size_t at = bytes.find("\"1\"");
  ASSERT_NE(at, std::string::npos);
  bytes[at + 1] = '7';
  std::ofstream(last_segment(), std::ios::binary) << bytes;
  size_t found = 0;
  EXPECT_THAT(search(found), testing::Contains(testing::HasSubstr("is damaged at byte")));
  EXPECT_EQ(found, 3U);
}

}  // namespace
}  // namespace sally::app
