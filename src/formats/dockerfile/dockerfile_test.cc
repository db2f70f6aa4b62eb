#include "formats/dockerfile/dockerfile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sally::formats {
namespace {

using testing::ElementsAre;

TEST(Dockerfile, ContinuationsAndCommentsBetweenAreOneInstruction) {
  const Dockerfile file = parse_dockerfile(
      "# syntax=docker/dockerfile:1\nFROM python:3.12\nrun pip install \\\n  # why\n\n  torch \\\n"
      "  numpy\nUSER app\n");
  ASSERT_EQ(file.instructions.size(), 3U);
  EXPECT_EQ(file.instructions[1].name, "RUN");
  EXPECT_EQ(file.instructions[1].arguments, "pip install torch numpy");
  EXPECT_EQ(file.instructions[1].line, 3U);
  EXPECT_EQ(file.instructions[2].line, 8U);
}

TEST(Dockerfile, TheEscapeDirectiveIsHonoured) {
  const Dockerfile file = parse_dockerfile("# escape=`\nRUN a `\n b\nRUN c\\\nRUN d\n");
  ASSERT_EQ(file.instructions.size(), 3U);
  EXPECT_EQ(file.instructions[0].arguments, "a b");
  EXPECT_EQ(file.instructions[1].arguments, "c\\");
}

TEST(Dockerfile, HereDocumentsBelongToTheirInstruction) {
  const Dockerfile file = parse_dockerfile(
      "RUN <<EOF bash -x\ncurl x | sh\nUSER root\nEOF\nCOPY <<-\"A\" <<B /x\n\ta\n"
      "\tA\nb\nB\nUSER app\n");
  ASSERT_EQ(file.instructions.size(), 3U);
  EXPECT_EQ(file.instructions[0].documents.at(0).text, "curl x | sh\nUSER root\n");
  ASSERT_EQ(file.instructions[1].documents.size(), 2U);
  EXPECT_EQ(file.instructions[1].documents[1].text, "b\n");
  EXPECT_EQ(file.instructions[2].name, "USER");
}

TEST(Dockerfile, FlagsAndTheExecForm) {
  const Dockerfile file = parse_dockerfile(
      "FROM --platform=linux/amd64 a AS b\nCMD [\"sh\", \"-c\", \"x\"]\nCMD [a]\n");
  EXPECT_THAT(file.instructions[0].flags, ElementsAre("--platform=linux/amd64"));
  EXPECT_EQ(file.instructions[0].arguments, "a AS b");
  EXPECT_THAT(*file.instructions[1].exec_form(), ElementsAre("sh", "-c", "x"));
  EXPECT_FALSE(file.instructions[2].exec_form());
}

TEST(Dockerfile, AnyCutOfAFileIsRead) {
  const std::string_view text = "# escape=`\nFROM a\nRUN <<E `\n# c\nx\nE\nADD [\"a\"]\n";
  for (size_t i = 0; i <= text.size(); ++i) {
    for (const DockerInstruction& one : parse_dockerfile(text.substr(0, i)).instructions) {
      (void)one.exec_form();
    }
  }
}

}  // namespace
}  // namespace sally::formats
