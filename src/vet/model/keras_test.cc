#include "vet/model/keras.h"

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <iterator>

#include "vet/model/test_examined.h"

namespace sally::vet::model {
namespace {

TEST(Keras, TellsCodeAndCallables) {
  constexpr std::array<std::string_view, 14> kConfigs = {
      R"({"class_name":"Lambda","config":{"function":["4wEAAAA=",null,null]}})",
      R"({"class_name":"Lambda","config":{"function":{"class_name":"__lambda__",)"
      R"("config":{"code":"4wEAAAA="}}}})",
      R"j({"class_name":"Lambda","config":{"function":"lambda x: exec('a')"}})j",
      R"({"class_name":"Lambda","config":{"function":"system","module":"os",)"
      R"("function_type":"function"}})",
      R"({"module":"os","class_name":"system","config":"id","registered_name":null})",
      R"({"module":"builtins","class_name":"eval","config":{}})",
      R"({"module":"keras.utils","class_name":"get_file","config":{"origin":"http://a"}})",
      R"({"module":"keras.config","class_name":"enable_unsafe_deserialization","config":{}})",
      R"({"module":"builtins","class_name":"function","config":"exec"})",
      R"({"module":"subprocess","class_name":"function","config":"run"})",
      R"({"class_name":"os>system","config":{}})",
      R"({"module":"keras.layers","class_name":"TorchModuleWrapper","config":{"module":"a"}})",
      R"({"module":"keras.layers","class_name":"StringLookup","config":{"vocabulary":"/etc/passwd"}})",
      R"({"module":"keras.layers","class_name":"TFSMLayer","config":{"filepath":"../../a"}})",
  };
  for (const std::string_view config : kConfigs) {
    std::string whole = R"({"class_name":"Sequential","config":{"layers":[)";
    whole += config;
    whole += "]}}";
    EXPECT_TRUE(blocked(examined(whole, "config.json"))) << config;
  }
}

TEST(Keras, LeavesHonestLayersAlone) {
  constexpr std::array<std::string_view, 6> kConfigs = {
      R"({"module":"keras.layers","class_name":"Dense","config":{"name":"lambda_1",)"
      R"("activation":"relu"},"registered_name":null})",
      R"({"class_name":"LayerNormalization","config":{"name":"lambda","epsilon":0.001}})",
      R"({"module":"keras.initializers","class_name":"GlorotUniform","config":{"seed":null}})",
      R"({"module":"builtins","class_name":"function","config":"relu",)"
      R"("registered_name":"function"})",
      R"({"class_name":"__tensor__","config":{"value":1.0,"dtype":"float32"}})",
      R"({"module":"keras.layers","class_name":"StringLookup","config":{"vocabulary":["os"]}})",
  };
  for (const std::string_view config : kConfigs) {
    EXPECT_TRUE(examined(config, "config.json").findings.empty()) << config;
  }
}

std::string file(const char* name) {
  std::ifstream in(std::string("tests/fuzz/corpus/hdf5_fuzz/") + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Hdf5, HasItsConfigurationJudged) {
  for (const char* name : {"fixed", "variable", "latest"}) {
    const std::string octets = file(name);
    ASSERT_FALSE(octets.empty());
    const Target target = examined(octets, "model.bin");
    EXPECT_EQ(target.format, "hdf5") << name;
    EXPECT_TRUE(has(target, RuleId::kKerasLambda)) << name;
    EXPECT_EQ(target.findings.size(), 1U) << name;
  }
}

TEST(Hdf5, IsNeverCleanWhereItsConfigurationIsCut) {
  const std::string octets = file("fixed");
  for (size_t length = 8; length < octets.size(); length += 7) {
    const Target target = examined(std::string_view(octets).substr(0, length), "model.h5");
    EXPECT_TRUE(target.verdict() != Verdict::kClean || length > 1500) << length;
  }
}

}  // namespace
}  // namespace sally::vet::model
