#include <gtest/gtest.h>

#include <cstring>

#include "content/attack/model.h"
#include "content/model_file.h"

namespace sally::content::attack {
namespace {

Model small_model() {
  Model out;
  out.row_bits = Model::kMinRowBits;
  out.unit = {0.5F, 0.25F, 2, 1, 1};
  out.bias[0] = {-1, 0, 0.5F, -3, 1};
  out.share_of_any = 0.5F;
  for (auto& voice : out.thresholds) {
    voice = {0.25F, 0.375F, 0.5F, 0.75F, 0.875F};
  }
  out.unknown = {-1, 2};
  KnownWord word;
  word.key = 12;
  word.sums[1] = -300;
  word.count = 4;
  word.meaning = 5;
  out.vocabulary.add(word);
  out.rows.resize(size_t{1} << out.row_bits);
  out.rows[3] = {{1, -1, 0, 127, 2}, 0, 0x1234};
  out.rows[15] = {{0, 0, -127, 5, 0}, 0, 1};
  return out;
}

// Where the parts of the file are.
constexpr size_t kRowBits = 16;
constexpr size_t kWordBits = kRowBits + 4;
constexpr size_t kUnit = kWordBits + 4;
constexpr size_t kBias = kUnit + sizeof(Model::unit) + kLanes;
constexpr size_t kShare = kBias + sizeof(Model::bias);
constexpr size_t kThresholds = kShare + 4;
constexpr size_t kWords = kThresholds + sizeof(Model::thresholds);

// The file with its checksum made right.
std::string sealed(std::string file) {
  const uint32_t sum = model_file::checksum_of(std::string_view(file).substr(16));
  std::memcpy(&file[12], &sum, sizeof(sum));
  return file;
}

TEST(AttackModel, AFileGivesTheModelBack) {
  const Model model = small_model();
  const std::string file = model.serialise();
  const auto read = Model::parse(file);
  ASSERT_TRUE(read.ok()) << read.error().to_string();
  EXPECT_EQ(read->rows, model.rows);
  EXPECT_EQ(read->unit, model.unit);
  EXPECT_EQ(read->bias, model.bias);
  EXPECT_EQ(read->share_of_any, 0.5F);
  EXPECT_EQ(read->thresholds, model.thresholds);
  EXPECT_EQ(read->unknown, model.unknown);
  const uint32_t place = read->vocabulary.find(12);
  ASSERT_NE(place, Vocabulary::kUnknown);
  EXPECT_EQ(read->vocabulary[place].sums[1], -300);
  EXPECT_EQ(read->serialise(), file);
}

TEST(AttackModel, AFileThatIsCutAnywhereIsRefused) {
  const std::string file = small_model().serialise();
  for (size_t size = 0; size < file.size(); ++size) {
    EXPECT_FALSE(Model::parse(std::string_view(file).substr(0, size)).ok()) << size;
    if (size >= 16) {
      EXPECT_FALSE(Model::parse(sealed(file.substr(0, size))).ok()) << size << ", sealed";
    }
  }
  EXPECT_FALSE(Model::parse(sealed(file + '\0')).ok());
}

TEST(AttackModel, AFileWithAnyOctetChangedIsRefused) {
  const std::string file = small_model().serialise();
  for (size_t at = 0; at < file.size(); ++at) {
    std::string other = file;
    other[at] = static_cast<char>(other[at] ^ 0x10);
    const auto read = Model::parse(other);
    ASSERT_FALSE(read.ok()) << at;
    EXPECT_EQ(read.error().kind(), ErrorKind::kCorrupt);
  }
}

TEST(AttackModel, AHeaderThatCannotBeIsRefused) {
  const std::string file = small_model().serialise();
  const auto with = [&](size_t at, auto value) {
    std::string other = file;
    std::memcpy(&other[at], &value, sizeof(value));
    return Model::parse(sealed(other)).ok();
  };
  EXPECT_TRUE(with(kUnit, 3.0F));
  EXPECT_FALSE(with(8, uint32_t{1}));
  EXPECT_FALSE(with(kRowBits, uint32_t{3}));
  EXPECT_FALSE(with(kRowBits, uint32_t{5}));
  EXPECT_FALSE(with(kRowBits, uint32_t{31}));
  EXPECT_FALSE(with(kWordBits, uint32_t{1}));
  EXPECT_FALSE(with(kWordBits, uint32_t{3}));
  EXPECT_FALSE(with(kWordBits, uint32_t{31}));
  EXPECT_FALSE(with(kUnit, uint32_t{0x7FC00000}));
  EXPECT_FALSE(with(kUnit, 1e9F));
  EXPECT_FALSE(with(kBias, uint32_t{0xFF800000}));
  EXPECT_FALSE(with(kShare, -0.5F));
  EXPECT_FALSE(with(kShare, 1.5F));
  EXPECT_FALSE(with(kShare, uint32_t{0x7FC00000}));
  EXPECT_TRUE(with(kThresholds, 0.125F));
  EXPECT_FALSE(with(kThresholds, 0.5F));  // not rising
  EXPECT_FALSE(with(kThresholds + 16, 1.5F));
}

TEST(AttackModel, WordsThatCannotBeAreRefused) {
  const std::string file = small_model().serialise();
  // All places taken: a search for another word would not end.
  std::string full = file;
  for (size_t place = 0; place < 4; ++place) {
    full[kWords + place * sizeof(KnownWord)] = static_cast<char>(place + 1);
  }
  EXPECT_FALSE(Model::parse(sealed(full)).ok());
  std::string meaning = file;
  meaning[kWords + sizeof(KnownWord) - 3] = static_cast<char>(kMeanings);
  EXPECT_FALSE(Model::parse(sealed(meaning)).ok());
  std::string pair = file;
  pair[kWords + sizeof(KnownWord) - 2] = 2;
  EXPECT_FALSE(Model::parse(sealed(pair)).ok());
}

TEST(AttackModel, TheOneInTheProgramIsWhole) {
  const auto read = Model::parse(embedded_model());
  ASSERT_TRUE(read.ok()) << read.error().to_string();
  EXPECT_LE(embedded_model().size(), size_t{4} << 20);
}

}  // namespace
}  // namespace sally::content::attack
