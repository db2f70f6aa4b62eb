#include "vet/model/tensorflow.h"

#include <gtest/gtest.h>

#include "vet/model/test_examined.h"
#include "vet/model/test_proto.h"

namespace sally::vet::model {
namespace {

using proto::number;
using proto::text;

std::string node(std::string_view op, const std::string& attributes = {}) {
  return text(1, "name") + text(2, op) + attributes;
}

std::string saved(const std::string& graph, const std::string& more = {}) {
  return number(1, 1) + text(2, text(2, graph) + more);
}

TEST(SavedModel, IsCleanWhereItOnlyReckons) {
  const Target target =
      examined(saved(text(1, node("MatMul")) + text(1, node("SaveV2"))), "saved_model.pb");
  EXPECT_EQ(target.format, "saved-model");
  EXPECT_TRUE(target.findings.empty());
}

TEST(SavedModel, TellsOperatorsThatTouchTheMachine) {
  for (const std::string_view op : {"PyFunc", "EagerPyFunc", "ReadFile", "WriteFile"}) {
    EXPECT_TRUE(blocked(examined(saved(text(1, node(op))), "a.pb"))) << op;
    const std::string function = text(2, text(1, text(3, node(op))));
    EXPECT_TRUE(blocked(examined(saved(text(1, node("Add")) + function), "a.pb"))) << op;
    EXPECT_TRUE(blocked(examined(text(1, node("Add")) + text(1, node(op)), "frozen"))) << op;
  }
  const std::string output = text(5, text(1, "output_stream") + text(2, text(2, "file:///tmp/a")));
  EXPECT_TRUE(blocked(examined(saved(text(1, node("PrintV2", output))), "a.pb")));
}

TEST(SavedModel, OpensNoAssetOutsideItsFolder) {
  EXPECT_TRUE(has(examined(saved(text(1, node("Add")), text(6, text(2, "../../a"))), "a.pb"),
                  RuleId::kTensorflowAsset));
}

TEST(SavedModel, HasTheMetadataOfKerasJudged) {
  const std::string lambda =
      R"({"class_name":"Lambda","config":{"function":["4wEAAAA=",null,null]}})";
  EXPECT_TRUE(
      has(examined(saved(text(1, node("Add")),
                         text(7, text(1, text(4, text(1, "_tf_keras_layer") + text(3, lambda))))),
                   "a.pb"),
          RuleId::kKerasLambda));
  EXPECT_TRUE(has(examined(text(1, number(2, 1) + text(4, "_tf_keras_layer") + text(5, lambda)),
                           "keras_metadata.pb"),
                  RuleId::kKerasLambda));
}

TEST(SavedModel, IsNeverCleanWhereItEndsTooEarly) {
  const std::string whole = saved(text(1, node("MatMul")));
  for (size_t length = 3; length < whole.size(); ++length) {
    EXPECT_NE(examined(whole.substr(0, length), "saved_model.pb").verdict(), Verdict::kClean)
        << length;
  }
}

}  // namespace
}  // namespace sally::vet::model
