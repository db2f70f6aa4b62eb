#include "vet/model/gguf.h"

#include <gtest/gtest.h>

#include <cstring>

#include "vet/model/test_examined.h"

namespace sally::vet::model {
namespace {

template <typename T>
std::string little(T value) {
  std::string out(sizeof(T), '\0');
  std::memcpy(out.data(), &value, sizeof(T));
  return out;
}

std::string text(std::string_view value) {
  return little<uint64_t>(value.size()) + std::string(value);
}

std::string text_value(std::string_view key, std::string_view value) {
  return text(key) + little<uint32_t>(8) + text(value);
}

std::string tensor(std::string_view name, uint64_t rows, uint64_t offset) {
  return text(name) + little<uint32_t>(1) + little<uint64_t>(rows) + little<uint32_t>(0) +
         little<uint64_t>(offset);
}

std::string gguf(uint64_t tensors, uint64_t values, const std::string& rows, size_t data) {
  std::string out =
      "GGUF" + little<uint32_t>(3) + little<uint64_t>(tensors) + little<uint64_t>(values) + rows;
  out.resize((out.size() + 31) / 32 * 32);
  return out + std::string(data, 'x');
}

TEST(Gguf, IsCleanWhereItIsAsItShouldBe) {
  const Target target = examined(gguf(2, 2,
                                      text_value("general.architecture", "llama") +
                                          text_value("general.name", "os.system not used") +
                                          tensor("a", 8, 0) + tensor("b", 8, 32),
                                      64),
                                 "a.bin");
  EXPECT_EQ(target.format, "gguf");
  EXPECT_TRUE(target.findings.empty());
  ASSERT_FALSE(target.facts.empty());
  EXPECT_EQ(target.facts.front().value, "llama");
}

TEST(Gguf, IsNeverCleanWhereItEndsTooEarly) {
  const std::string whole = gguf(
      2, 1, text_value("general.architecture", "llama") + tensor("a", 8, 0) + tensor("b", 8, 32),
      64);
  for (size_t length = 4; length < whole.size(); ++length) {
    EXPECT_NE(examined(std::string_view(whole).substr(0, length), "a").verdict(), Verdict::kClean)
        << length;
  }
}

TEST(Gguf, HasItsChatTemplatesJudged) {
  const std::string evil = "{{ cycler.__init__.__globals__.os.popen('id').read() }}";
  for (const std::string_view key :
       {"tokenizer.chat_template", "tokenizer.chat_template.tool_use", "some.other.text"}) {
    EXPECT_TRUE(has(examined(gguf(0, 1, text_value(key, evil), 0), "a"), RuleId::kTemplateEscape))
        << key;
  }
}

TEST(Gguf, MayNotClaimWhatItCannotHold) {
  EXPECT_TRUE(blocked(examined(gguf(uint64_t{1} << 60, 0, "", 64), "a")));
  EXPECT_TRUE(blocked(examined(gguf(0, uint64_t{1} << 60, "", 64), "a")));
  EXPECT_TRUE(blocked(examined(gguf(0, 1, little<uint64_t>(UINT64_MAX), 64), "a")));
  EXPECT_TRUE(blocked(examined(gguf(1, 0, tensor("a", uint64_t{1} << 62, 0), 64), "a")));
  EXPECT_TRUE(blocked(examined(gguf(1, 0, tensor("a", 8, UINT64_MAX - 7), 64), "a")));
  EXPECT_TRUE(blocked(examined(gguf(2, 0, tensor("a", 8, 0) + tensor("b", 8, 16), 64), "a")));
  EXPECT_TRUE(blocked(
      examined(gguf(1, 0, text("a") + little<uint32_t>(900) + std::string(7200, 'x'), 64), "a")));
  const std::string array =
      text("k") + little<uint32_t>(9) + little<uint32_t>(4) + little<uint64_t>(UINT64_MAX / 2);
  EXPECT_TRUE(blocked(examined(gguf(0, 1, array, 64), "a")));
}

TEST(Gguf, MayNotSayOneThingTwice) {
  EXPECT_TRUE(has(examined(gguf(0, 2, text_value("a", "1") + text_value("a", "2"), 0), "a"),
                  RuleId::kModelLayout));
}

}  // namespace
}  // namespace sally::vet::model
