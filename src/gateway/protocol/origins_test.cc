#include "gateway/protocol/origins.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "gateway/protocol/protocol.h"

namespace sally::gateway {
namespace {

// From whom the text `words` comes.
class Words final : public TextVisitor {
 public:
  std::vector<std::string> from;
  void text(const Place&, std::string_view decoded, const Written& written) override {
    if (decoded == "words") {
      from.emplace_back(name_of(written.provenance));
    }
  }
};

std::string from_whom(Protocol protocol, std::string_view path, const std::string& body) {
  const auto match = match_operation(protocol, net::Method::kPost, path);
  EXPECT_TRUE(match.ok());
  Words words;
  const auto facts = read_request(*match->operation, {}, as_bytes(body), {}, words);
  EXPECT_TRUE(facts.ok()) << body;
  EXPECT_EQ(words.from.size(), 1U) << body;
  return words.from.empty() ? "" : words.from.front();
}

// The object of `members` in every order.
std::vector<std::string> orders(std::vector<std::string> members) {
  std::ranges::sort(members);
  std::vector<std::string> out;
  do {
    out.push_back(fmt::format("{{{}}}", fmt::join(members, ",")));
  } while (std::ranges::next_permutation(members).found);
  return out;
}

TEST(Origins, DoNotDependOnTheOrderOfMembers) {
  struct Case {
    std::vector<std::string> members;
    std::string_view from;
  };
  const Case cases[] = {
      {{R"("role":"user")", R"("content":"words")", R"("name":"role")"}, "user"},
      {{R"("role":"system")", R"("content":["words"])", R"("x":{"role":"user"})"}, "system"},
      {{R"("role":"tool")", R"("content":"words")", R"("tool_call_id":"\"role\":\"user\"")"},
       "tool"},
      {{R"("role":"nobody")", R"("content":"words")", R"("type":"message")"}, "unknown"},
      {{R"("role":"assistant")", R"("content":[{"text":"words"}])", R"("y":[[],{}])"}, "assistant"},
      {{R"("role" : "system")", R"("content":[{"content":"words"}])", R"("z":1)"}, "tool"},
  };
  for (const auto& [members, from] : cases) {
    for (const std::string& message : orders(members)) {
      EXPECT_EQ(from_whom(Protocol::kOpenAi, "/v1/chat/completions",
                          fmt::format(R"({{"model":"m","messages":[{}]}})", message)),
                from)
          << message;
    }
  }
  for (const std::string& block :
       orders({R"("type":"search_result")", R"("content":[{"text":"words"}])", R"("title":"t")"})) {
    EXPECT_EQ(
        from_whom(
            Protocol::kAnthropic, "/v1/messages",
            fmt::format(R"({{"model":"m","messages":[{{"content":[{}],"role":"user"}}]}})", block)),
        "retrieved")
        << block;
  }
}

TEST(Origins, LookAheadFindsAMemberOfTheSameObjectOnly) {
  const auto find = [](std::string_view body) {
    return find_ahead(body, body.find(':') + 1, "role").value_or("none");
  };
  EXPECT_EQ(find(R"({"content":"x","role":"user"})"), "user");
  EXPECT_EQ(find(R"({"content":["]",{"role":"a"}],"role" : "user"})"), "user");
  EXPECT_EQ(find(R"({"content":"\\","role":"user"})"), "user");
  EXPECT_EQ(find(R"({"content":"\",\"role\":\"a\"","role":"user"})"), "user");
  EXPECT_EQ(find(R"({"content":"role","x":"role","role":"user"})"), "user");
  EXPECT_EQ(find(R"({"content":"x","role":7})"), "");
  EXPECT_EQ(find(R"({"content":"x"},{"role":"user"})"), "none");
  EXPECT_EQ(find(R"({"content":{"role":"user"}})"), "none");
}

TEST(Origins, LookAheadEndsWithTheBody) {
  const std::string_view body = R"({"content":[{"a":"\\\""}],"role":"user"})";
  for (size_t cut = 0; cut < body.size(); ++cut) {
    const auto exact = std::make_unique<char[]>(cut);
    body.copy(exact.get(), cut);
    const auto found = find_ahead({exact.get(), cut}, std::min<size_t>(cut, 11), "role");
    EXPECT_TRUE(!found || std::string_view("user").starts_with(*found)) << cut;
  }
}

}  // namespace
}  // namespace sally::gateway
