#include "content/names/model.h"

#include <gtest/gtest.h>

#include <cstring>

#include "content/model_file.h"
#include "content/names/token.h"

namespace sally::content::names {
namespace {

Model small_model() {
  Model out;
  out.row_bits = Model::kMinRowBits;
  out.outside_bias = 42;
  out.unit = 0.25F;
  out.magnitudes = rising_magnitudes();
  out.rows.resize(size_t{1} << out.row_bits);
  out.rows[3] = {1, -1, 0, 5, 0, 0, -7, static_cast<int16_t>(out.magnitudes.back())};
  out.rows[15][2] = -3;
  out.transitions[1][2] = 1'000;
  out.transitions[0][1] = -7;
  out.gazetteer = Gazetteer::build(
      {{word_hash("Oslo"), flag(WordBit::kPlace)}, {word_hash("Ada"), flag(WordBit::kGiven)}});
  return out;
}

// The file with its checksum made right.
std::string sealed(std::string file) {
  const uint32_t sum = model_file::checksum_of(std::string_view(file).substr(16));
  std::memcpy(&file[12], &sum, sizeof(sum));
  return file;
}

TEST(NameModel, AFileGivesTheModelBack) {
  const Model model = small_model();
  const std::string file = model.serialise();
  const auto read = Model::parse(file);
  ASSERT_TRUE(read.ok()) << read.error().to_string();
  EXPECT_EQ(read->rows, model.rows);
  EXPECT_EQ(read->transitions, model.transitions);
  EXPECT_EQ(read->magnitudes, model.magnitudes);
  EXPECT_EQ(read->outside_bias, 42);
  EXPECT_EQ(read->unit, 0.25F);
  EXPECT_EQ(read->gazetteer.find(word_hash("OSLO")), flag(WordBit::kPlace));
  EXPECT_EQ(read->gazetteer.find(word_hash("Bergen")), 0U);
  EXPECT_EQ(read->serialise(), file);
}

TEST(NameModel, AFileThatIsCutAnywhereIsRefused) {
  const std::string file = small_model().serialise();
  for (size_t size = 0; size < file.size(); ++size) {
    EXPECT_FALSE(Model::parse(std::string_view(file).substr(0, size)).ok()) << size;
    if (size >= 16) {
      EXPECT_FALSE(Model::parse(sealed(file.substr(0, size))).ok()) << size << ", sealed";
    }
  }
  EXPECT_FALSE(Model::parse(sealed(file + '\0')).ok());
}

TEST(NameModel, AFileWithAnyOctetChangedIsRefused) {
  const std::string file = small_model().serialise();
  for (size_t at = 0; at < file.size(); ++at) {
    std::string other = file;
    other[at] = static_cast<char>(other[at] ^ 0x10);
    const auto read = Model::parse(other);
    ASSERT_FALSE(read.ok()) << at;
    EXPECT_EQ(read.error().kind(), ErrorKind::kCorrupt);
  }
}

TEST(NameModel, AHeaderThatCannotBeIsRefused) {
  const std::string file = small_model().serialise();
  const auto with = [&](size_t at, auto value) {
    std::string other = file;
    std::memcpy(&other[at], &value, sizeof(value));
    return Model::parse(sealed(other)).ok();
  };
  EXPECT_TRUE(with(28, int32_t{41}));
  EXPECT_FALSE(with(8, uint32_t{2}));
  EXPECT_FALSE(with(16, uint32_t{3}));
  EXPECT_FALSE(with(16, uint32_t{31}));
  EXPECT_FALSE(with(20, uint32_t{0}));
  EXPECT_FALSE(with(20, uint32_t{64}));
  EXPECT_FALSE(with(24, uint32_t{0xFFFFFFFF}));
  EXPECT_FALSE(with(28, int32_t{INT32_MIN}));
  EXPECT_FALSE(with(32, 0.0F));
  EXPECT_FALSE(with(36 + 128, uint16_t{0}));
  EXPECT_FALSE(with(36 + 128 + 252, uint16_t{20'000}));
}

TEST(NameModel, MagnitudesRise) {
  const auto magnitudes = rising_magnitudes();
  for (size_t i = 1; i < magnitudes.size(); ++i) {
    EXPECT_GT(magnitudes[i], magnitudes[i - 1]);
  }
  EXPECT_LE(magnitudes.back(), Model::kMaxWeight);
}

TEST(NameModel, TheOneInTheProgramIsWhole) {
  const auto read = Model::parse(embedded_model());
  ASSERT_TRUE(read.ok()) << read.error().to_string();
  EXPECT_LE(embedded_model().size(), size_t{4} << 20);
}

TEST(Gazetteer, AnEmptyEntryIsRefused) {
  const std::string counts("\1\0", 2);
  EXPECT_TRUE(Gazetteer::parse(1, counts + std::string("\5\0\1\0", 4)).ok());
  EXPECT_FALSE(Gazetteer::parse(1, counts + std::string("\5\0\0\0", 4)).ok());
}

}  // namespace
}  // namespace sally::content::names
