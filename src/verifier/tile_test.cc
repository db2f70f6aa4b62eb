#include "verifier/tile.h"

#include <gmock/gmock.h>

#include <fstream>

#include "support/temp_folder.h"
#include "verifier/test_log.h"

namespace sally::verifier {
namespace {

using sally::test::TempFolder;

TEST(TilePath, IsThatOfTheSpecification) {
  EXPECT_EQ(tile_path(0, 0), "tile/0/000");
  EXPECT_EQ(tile_path(0, 273, 112), "tile/0/273.p/112");
  EXPECT_EQ(tile_path(2, 1'234'067), "tile/2/x001/x234/067");
  EXPECT_EQ(tile_path(kBundles, 1'000, 3), "tile/entries/x001/000.p/3");
}

TEST(TilePath, IsReadBack) {
  for (const int level : {kBundles, 0, 1, 7}) {
    for (const uint64_t index : {uint64_t{0}, uint64_t{999}, uint64_t{1'000}, uint64_t{1'234'067},
                                 UINT64_MAX >> 8, UINT64_MAX}) {
      for (const unsigned width : {1U, 255U, 256U}) {
        const auto name = parse_tile_path(tile_path(level, index, width));
        ASSERT_TRUE(name.has_value()) << tile_path(level, index, width);
        EXPECT_EQ(name->level, level);
        EXPECT_EQ(name->index, index);
        EXPECT_EQ(name->width, width);
      }
    }
  }
}

TEST(TilePath, HasOneSpelling) {
  for (const char* bad : {"",
                          "tile",
                          "tile/0",
                          "tile/0/",
                          "tile/0/00",
                          "tile/0/0000",
                          "tile/00/000",
                          "tile/8/000",
                          "tile/-1/000",
                          "tile/0/x000/001",
                          "tile/0/x001",
                          "tile/0/001/002",
                          "tile/0/000.p",
                          "tile/0/000.p/0",
                          "tile/0/000.p/256",
                          "tile/0/000.p/01",
                          "tile/0/000.p/1/2",
                          "tile/0/x00a",
                          "tile/entries/x018446744073709551616",
                          "tile/0/x018/x446/x744/x073/x709/x551/616",
                          "other/0/000",
                          "tile/0/x001.p/002"}) {
    EXPECT_FALSE(parse_tile_path(bad).has_value()) << bad;
  }
}

TEST(Bundle, CutsEntriesAndStopsWhereOneRunsOver) {
  const std::string bytes("\0\3abc\0\0\0\2de", 11);
  const Bundle whole = Bundle::cut(as_bytes(bytes), 256);
  ASSERT_EQ(whole.size(), 3U);
  EXPECT_EQ(whole.begin(2), 9U);
  EXPECT_EQ(whole.end(2), 11U);
  EXPECT_EQ(whole.begin(1), whole.end(1));
  EXPECT_EQ(Bundle::cut(as_bytes(bytes), 2).stops_at(), 7U);
  for (size_t cut = 0; cut < bytes.size(); ++cut) {
    const Bundle bundle = Bundle::cut(as_bytes(bytes).first(cut), 256);
    EXPECT_LE(bundle.stops_at(), cut);
    EXPECT_LT(bundle.size(), 3U);
  }
}

TEST(ReadTile, FallsBackToTheWiderOne) {
  const TempFolder folder;
  TileFile file;
  const auto read = [&](unsigned width) {
    return read_tile(folder.path(), 0, 1, width, 8'192, file).ok() ? file.path : "none";
  };
  EXPECT_EQ(read(5), "none");
  test::write_file(folder.path() / tile_path(0, 1, 9), "nine");
  test::write_file(folder.path() / tile_path(0, 1, 4), "four");
  EXPECT_EQ(read(5), tile_path(0, 1, 9));
  EXPECT_EQ(read(10), "none");
  test::write_file(folder.path() / tile_path(0, 1), "full");
  EXPECT_EQ(read(5), tile_path(0, 1));
  test::write_file(folder.path() / tile_path(0, 1, 5), "five");
  EXPECT_EQ(read(5), tile_path(0, 1, 5));
}

TEST(ReadTile, RefusesAFileBeyondItsBoundAndWhatIsNone) {
  const TempFolder folder;
  test::write_file(folder.path() / "big", std::string(100, 'x'));
  Bytes out;
  EXPECT_EQ(read_file(folder.path() / "big", 99, out).error().kind(), ErrorKind::kTooLarge);
  EXPECT_EQ(read_file(folder.path(), 99, out).error().kind(), ErrorKind::kIo);
  EXPECT_EQ(read_file(folder.path() / "none", 99, out).error().kind(), ErrorKind::kNotFound);
}

}  // namespace
}  // namespace sally::verifier
