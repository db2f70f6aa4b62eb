#include <gtest/gtest.h>

#include <cstring>

#include "content/attack/model.h"
#include "content/model_file.h"

namespace sally::content::attack {
namespace {

Model small_model() {
  Model out;
  out.row_bits = Model::kMinRowBits;
  out.unit = {0.5F, 0.25F, 2, 1};
  out.bias = {-1, 0, 0.5F, -3};
  out.share_of_any = 0.5F;
  out.rows.resize(size_t{1} << out.row_bits);
  out.rows[3] = {1, -1, 0, 127};
  out.rows[15] = {0, 0, -127, 5};
  return out;
}

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
  EXPECT_TRUE(with(20, 3.0F));
  EXPECT_FALSE(with(8, uint32_t{2}));
  EXPECT_FALSE(with(16, uint32_t{3}));
  EXPECT_FALSE(with(16, uint32_t{5}));
  EXPECT_FALSE(with(16, uint32_t{31}));
  EXPECT_FALSE(with(20, uint32_t{0x7FC00000}));
  EXPECT_FALSE(with(20, 1e9F));
  EXPECT_FALSE(with(36, uint32_t{0xFF800000}));
  EXPECT_FALSE(with(52, -0.5F));
  EXPECT_FALSE(with(52, 1.5F));
  EXPECT_FALSE(with(52, uint32_t{0x7FC00000}));
}

TEST(AttackModel, TheOneInTheProgramIsWhole) {
  const auto read = Model::parse(embedded_model());
  ASSERT_TRUE(read.ok()) << read.error().to_string();
  EXPECT_LE(embedded_model().size(), size_t{4} << 20);
}

}  // namespace
}  // namespace sally::content::attack
