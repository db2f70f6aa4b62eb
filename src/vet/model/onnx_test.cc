#include "vet/model/onnx.h"

#include <gtest/gtest.h>

#include <array>

#include "vet/model/test_examined.h"
#include "vet/model/test_proto.h"

namespace sally::vet::model {
namespace {

using proto::number;
using proto::text;

std::string external(std::string_view key, std::string_view value) {
  return text(13, text(1, key) + text(2, value));
}

std::string tensor(uint64_t rows, std::string_view raw, const std::string& more = {}) {
  return number(1, rows) + number(2, 1) + text(8, "w") + (raw.empty() ? "" : text(9, raw)) + more;
}

std::string node(std::string_view op, std::string_view domain = {},
                 const std::string& attributes = {}) {
  return text(1, text(1, "x") + text(4, op) + (domain.empty() ? "" : text(7, domain)) + attributes);
}

std::string model(const std::string& graph, const std::string& more = {}) {
  return number(1, 8) + text(2, "pytorch") + text(7, graph) + text(8, number(2, 17)) + more;
}

TEST(Onnx, IsCleanWhereItIsAsItShouldBe) {
  const Target target =
      examined(model(node("Relu") + text(5, tensor(2, "12345678")) +
                         text(5, tensor(4, "", external("location", "weights.bin"))),
                     text(14, text(1, "note") + text(2, "os.system not used"))),
               "a.bin");
  EXPECT_EQ(target.format, "onnx");
  EXPECT_TRUE(target.findings.empty());
}

TEST(Onnx, IsNeverCleanWhereItEndsTooEarly) {
  const std::string whole = model(node("Relu") + text(5, tensor(2, "12345678")));
  for (size_t length = 0; length < whole.size(); ++length) {
    if (length == 2 || length == 11) {
      continue;  // between two fields it is a model without its graph
    }
    const std::string cut = whole.substr(0, length);
    const bool complete = length > 0 && cut.size() == whole.size() - text(8, number(2, 17)).size();
    if (!complete && length > 0) {
      EXPECT_NE(examined(cut, "a.onnx").verdict(), Verdict::kClean) << length;
    }
  }
}

TEST(Onnx, OpensNoFileOutsideItsFolder) {
  constexpr std::array<std::string_view, 6> kPaths = {"/etc/passwd",         "../../../etc/passwd",
                                                      "a/../../b",           "C:\\a",
                                                      "https://a.example/w", "~/.ssh/id"};
  for (const std::string_view path : kPaths) {
    const std::string outside = tensor(4, "", external("location", path));
    EXPECT_TRUE(has(examined(model(text(5, outside)), "a"), RuleId::kOnnxExternalPath)) << path;
    // In the branch of an `If`, and in a function.
    const std::string branch = text(5, text(1, "then") + text(6, text(5, outside)));
    EXPECT_TRUE(has(examined(model(node("If", "", branch)), "a"), RuleId::kOnnxExternalPath));
    const std::string function = text(25, text(7, text(4, "Constant") + text(5, text(5, outside))));
    EXPECT_TRUE(has(examined(model(node("Relu"), function), "a"), RuleId::kOnnxExternalPath));
  }
}

TEST(Onnx, MayNotClaimWhatItDoesNotHold) {
  EXPECT_TRUE(blocked(examined(model(text(5, tensor(1000, "1234"))), "a")));
  EXPECT_TRUE(blocked(examined(model(text(5, tensor(UINT64_MAX, ""))), "a")));
  EXPECT_TRUE(blocked(
      examined(model(text(5, number(1, uint64_t{1} << 40) + tensor(uint64_t{1} << 40, ""))), "a")));
}

TEST(Onnx, TellsOperatorsOfSomebodyElse) {
  const Target target = examined(model(node("Evil", "com.example")), "a");
  EXPECT_TRUE(has(target, RuleId::kOnnxCustomOperator));
  EXPECT_FALSE(blocked(target));
  EXPECT_TRUE(blocked(examined(model(node("PyOp", "com.example")), "a")));
}

}  // namespace
}  // namespace sally::vet::model
