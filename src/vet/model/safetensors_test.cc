#include "vet/model/safetensors.h"

#include <gtest/gtest.h>

#include <array>

#include "vet/model/test_examined.h"

namespace sally::vet::model {
namespace {

std::string file(std::string_view header, size_t data = 0) {
  std::string out(8, '\0');
  out[0] = static_cast<char>(header.size() & 0xFF);
  out[1] = static_cast<char>(header.size() >> 8);
  return out + std::string(header) + std::string(data, 'x');
}

Target examined_file(std::string_view header, size_t data = 0) {
  return examined(file(header, data), "m.bin");
}

constexpr std::string_view kHonest =
    R"({"__metadata__":{"format":"pt","note":"os.system not used, eval() neither"},)"
    R"("a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},)"
    R"("b":{"dtype":"BF16","shape":[],"data_offsets":[16,18]}}   )";

TEST(Safetensors, IsCleanWhereItIsAsItShouldBe) {
  const Target target = examined_file(kHonest, 18);
  EXPECT_TRUE(target.findings.empty());
  EXPECT_EQ(target.verdict(), Verdict::kClean);
}

TEST(Safetensors, IsNeverCleanWhereItEndsTooEarly) {
  const std::string whole = file(kHonest, 18);
  for (size_t length = 9; length < whole.size(); ++length) {
    EXPECT_NE(examined(whole.substr(0, length), "m.safetensors").verdict(), Verdict::kClean)
        << length;
  }
}

TEST(Safetensors, IsNotWhatStandsInItsPlace) {
  EXPECT_TRUE(examined("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n",
                       "m.safetensors")
                  .findings.empty());
}

TEST(Safetensors, MayNotLieWhereAReaderDoesNotExpectIt) {
  constexpr std::array<std::string_view, 8> kHeaders = {
      R"({"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},)"
      R"("b":{"dtype":"F32","shape":[4],"data_offsets":[8,24]}})",
      R"({"a":{"dtype":"F32","shape":[4],"data_offsets":[0,64]}})",
      R"({"a":{"dtype":"F32","shape":[9],"data_offsets":[0,24]}})",
      R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,24]}})",
      R"({"a":{"dtype":"F32","shape":[-6],"data_offsets":[0,24]}})",
      R"({"a":{"dtype":"F32","shape":[6],"data_offsets":[24,0]}})",
      R"({"a":{"dtype":"F32","shape":[6],"data_offsets":[0,24]},"a":{"dtype":"F32",)"
      R"("shape":[6],"data_offsets":[0,24]}})",
      R"({"a":{"dtype":"F32","shape":[6],"data_offsets":[0,99999999999999999999]}})",
  };
  for (const std::string_view header : kHeaders) {
    EXPECT_TRUE(has(examined_file(header, 24), RuleId::kSafetensorsLayout)) << header;
  }
  std::string huge = file(kHonest, 18);
  huge[7] = '\x7F';
  EXPECT_TRUE(blocked(examined(huge, "m.safetensors")));
}

TEST(Safetensors, HasNoHolesAndNothingBehind) {
  constexpr std::string_view kHole = R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})";
  EXPECT_TRUE(has(examined_file(kHole, 8), RuleId::kSafetensorsHole));
  EXPECT_TRUE(has(examined_file(kHonest, 20), RuleId::kSafetensorsHole));
}

TEST(Safetensors, MayNotDescribeItselfWithAProgram) {
  constexpr std::array<std::string_view, 8> kPrograms = {
      "import os; os.system('echo pwned')",
      "import subprocess\\nsubprocess.call(['curl', 'http://a.example'])",
      "x = __import__('os').system('id')",
      "import base64; exec(base64.b64decode('cHJpbnQoImV2aWwiKQ=='))",
      "<script>fetch('http://a.example')</script>",
      "<SCRIPT src=//a.example/x.js></SCRIPT>",
      "aW1wb3J0IG9zOyBvcy5zeXN0ZW0oJ2lkJyk=",
      "{{ ''.__class__.__mro__ }}",
  };
  for (const std::string_view program : kPrograms) {
    std::string header = R"({"__metadata__":{"k":")";
    header += program;
    header += R"("}})";
    EXPECT_TRUE(blocked(examined_file(header))) << program;
  }
}

TEST(Safetensors, MayNameProgramsInProse) {
  constexpr std::array<std::string_view, 7> kProse = {
      "os.system not used",
      "trained on code such as import os; it never calls eval() or exec()",
      "We removed <script> tags and os.system('x') calls from the data; see subprocess.",
      "Usage: from transformers import AutoModel; model = AutoModel.from_pretrained('a')",
      "import torch\\nmodel = torch.nn.Linear(1, 1)",
      "{'lr': 0.1, 'tags': ['{{name}}', '{% if a %}']}",
      "VGhpcyBpcyBhIG5vdGUgYWJvdXQgdGhlIG1vZGVsLCBlbmNvZGVkLg==",
  };
  for (const std::string_view prose : kProse) {
    std::string header = R"({"__metadata__":{"k":")";
    header += prose;
    header += R"("}})";
    EXPECT_TRUE(examined_file(header).findings.empty()) << prose;
  }
}

}  // namespace
}  // namespace sally::vet::model
