#include "tlog/tile.h"

#include <gmock/gmock.h>

#include <fstream>

#include "support/temp_folder.h"
#include "tlog/prover.h"

namespace sally::tlog {
namespace {

TEST(Tile, HasThePathOfTheSpecification) {
  EXPECT_EQ(tile_path(0, 1'234'067), "tile/0/x001/x234/067");
  EXPECT_EQ(tile_path(0, 0), "tile/0/000");
  EXPECT_EQ(tile_path(1, 999), "tile/1/999");
  EXPECT_EQ(tile_path(1, 1000), "tile/1/x001/000");
  EXPECT_EQ(tile_path(0, 273, 112), "tile/0/273.p/112");
  EXPECT_EQ(bundle_path(1'234'067), "tile/entries/x001/x234/067");
  EXPECT_EQ(bundle_path(3, 1), "tile/entries/003.p/1");
}

TEST(Tile, IsAsWideAsTheLogIsLong) {
  EXPECT_EQ(tile_width(0, 273, 70'000), 112U);
  EXPECT_EQ(tile_width(0, 272, 70'000), 256U);
  EXPECT_EQ(tile_width(0, 274, 70'000), 0U);
  EXPECT_EQ(tile_width(1, 1, 70'000), 17U);
  EXPECT_EQ(tile_width(2, 0, 70'000), 1U);
  EXPECT_EQ(tile_width(3, 0, 70'000), 0U);
}

TEST(Bundle, GivesBackItsEntries) {
  const std::string longest(kMaxEntry, 'x');
  std::string bundle;
  for (const std::string_view entry :
       {std::string_view("one"), std::string_view(""), std::string_view(longest)}) {
    append_to_bundle(bundle, entry);
  }
  EXPECT_EQ(bundle.substr(0, 7), std::string_view("\0\3one\0\0", 7));
  BundleReader reader(bundle);
  EXPECT_EQ(reader.next(), "one");
  EXPECT_EQ(reader.next(), "");
  EXPECT_EQ(reader.next(), longest);
  EXPECT_EQ(reader.next(), std::nullopt);
  EXPECT_TRUE(reader.complete());
}

TEST(Bundle, TruncatedAtEveryByteIsNotComplete) {
  std::string bundle;
  append_to_bundle(bundle, "one");
  append_to_bundle(bundle, "two");
  for (size_t length = 1; length < bundle.size(); ++length) {
    BundleReader reader(std::string_view(bundle).substr(0, length));
    size_t entries = 0;
    while (reader.next()) {
      ++entries;
    }
    EXPECT_EQ(entries, length / 5) << length;
    EXPECT_EQ(reader.complete(), length == 5) << length;
  }
}

TEST(FolderTiles, TakesTheFullTileWhereThePartialOneIsGone) {
  const test::TempFolder folder;
  std::filesystem::create_directories(folder.path() / "tile/0");
  FolderTiles tiles(folder.path());
  EXPECT_EQ(tiles.tile(0, 0, 3).error().kind(), ErrorKind::kNotFound);

  std::vector<Hash> hashes(kTileWidth);
  hashes[2][0] = std::byte{7};
  std::ofstream(folder.path() / "tile/0/000") << tile_bytes(hashes);
  const auto found = tiles.tile(0, 0, 3);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->size(), 3U);
  EXPECT_EQ(found->back(), hashes[2]);

  std::ofstream(folder.path() / "tile/0/000") << "short";
  EXPECT_EQ(tiles.tile(0, 0, 3).error().kind(), ErrorKind::kCorrupt);
}

}  // namespace
}  // namespace sally::tlog
