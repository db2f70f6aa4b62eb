#include "gateway/protocol/mcp_lists.h"

#include <gtest/gtest.h>

#include <string>

namespace sally::gateway {
namespace {

constexpr std::string_view kBatch =
    R"([{"jsonrpc":"2.0","id":1,"result":{"prompts":[{"name":"a b"},{"name":"\n"}],)"
    R"("resources":[{"uri":"n://1","name":"x"}],"resourceTemplates":[{"uriTemplate":"n://{x}"}]}},)"
    R"({"jsonrpc":"2.0","id":2,"result":{"tools":[{"name":"t","b":1,"a":2}]}},7])";

TEST(McpLists, AreReadInTheOrderOfTheAnswer) {
  const auto lists = McpLists::read(kBatch, {});
  ASSERT_TRUE(lists.ok()) << lists.error().message();
  std::string out;
  for (const McpLists::Item& item : lists->items()) {
    out += std::string(row_of(item.kind).action) + " " + std::string(item.name) + "\n";
  }
  EXPECT_EQ(out,
            "mcp:prompts/get a b\nmcp:prompts/get \nmcp:resources/read n://1\n"
            "mcp:resources/read n://{x}\nmcp:tools/call t\n");
  EXPECT_EQ(lists->items().back().canonical(), R"({"a":2,"b":1,"name":"t"})");
}

TEST(McpLists, AreWrittenWithWhatIsKept) {
  const auto lists = McpLists::read(kBatch, {});
  ASSERT_TRUE(lists.ok());
  EXPECT_EQ(lists->write({false, false, true, false, true}),
            R"([{"jsonrpc":"2.0","id":1,"result":{"prompts":[],)"
            R"("resources":[{"uri":"n://1","name":"x"}],"resourceTemplates":[]}},)"
            R"({"jsonrpc":"2.0","id":2,"result":{"tools":[{"name":"t","b":1,"a":2}]}},7])");
}

TEST(McpLists, AreToldByTheirFormAlone) {
  const auto has = [](std::string_view text) {
    const auto lists = has_lists(text, {});
    return lists.ok() && *lists;
  };
  EXPECT_TRUE(has(kBatch));
  EXPECT_TRUE(has(R"({"result":{"x":{"y":[]},"tools":[]}})"));
  EXPECT_TRUE(has(R"({"\u0072esult":{"\u0074ools":[]}})"));
  EXPECT_FALSE(has(R"({"result":{"x":{"tools":[]}}})"));
  EXPECT_FALSE(has(R"({"params":{"tools":[]}})"));
  EXPECT_FALSE(has(R"({"result":[{"tools":[]}]})"));
  EXPECT_FALSE(has(R"({"tools":[]})"));
  EXPECT_FALSE(has(""));
}

TEST(McpLists, AreRefusedWhereverTheyAreCutOff) {
  for (size_t size = 0; size < kBatch.size(); ++size) {
    EXPECT_FALSE(McpLists::read(kBatch.substr(0, size), {}).ok()) << size;
  }
}

TEST(McpLists, HaveSoManyItemsAndNoMore) {
  std::string text = R"({"result":{"tools":[)";
  for (size_t i = 0; i <= McpLists::kMostItems; ++i) {
    text += (i == 0 ? "" : ",") + std::string(R"({"name":"a"})");
  }
  EXPECT_FALSE(McpLists::read(text + "]}}", {}).ok());
  text.resize(text.size() - std::string_view(R"(,{"name":"a"})").size());
  EXPECT_TRUE(McpLists::read(text + "]}}", {}).ok());
}

}  // namespace
}  // namespace sally::gateway
