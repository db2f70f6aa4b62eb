// Tools of MCP servers as policies see them: actions made from their input schemas, arguments in
// the context, lists of what a caller could use.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "cedar/schema/parser.h"
#include "policy/authorizer.h"
#include "policy/first_policies.h"
#include "policy/test_request.h"
#include "policy/tool_schema.h"

namespace sally::policy {
namespace {

std::string gate_schema_text() {
  for (const FirstPolicy& file : first_policies()) {
    if (file.name == kSchemaFile) {
      return std::string(file.text);
    }
  }
  return {};
}

Result<std::string> schema_of(std::string_view tools) {
  auto document = formats::JsonDocument::parse(tools);
  EXPECT_TRUE(document.ok()) << document.error().message();
  TRY(const formats::JsonValue list, tools_of(*document));
  return tool_schema("files", list);
}

// A tool with these properties.
std::string tool(std::string_view properties, std::string_view required = "[]",
                 std::string_view rest = "") {
  return R"([{"name":"read","inputSchema":{"type":"object","properties":)" +
         std::string(properties) + R"(,"required":)" + std::string(required) + std::string(rest) +
         "}}]";
}

// What stands between the braces of `arguments`, without its indentation.
std::string arguments_of(const std::string& tools) {
  const auto text = schema_of(tools);
  if (!text.ok()) {
    return text.error().message();
  }
  const auto schema = cedar::parse_schema(gate_schema_text() + *text);
  EXPECT_TRUE(schema.ok()) << *text;
  constexpr std::string_view kBegin = "    arguments: {\n";
  const size_t begin = text->find(kBegin) + kBegin.size();
  const size_t end = text->find("\n    },\n  },\n};", begin - 1);
  std::string out = text->substr(begin, end - begin);
  for (size_t at = out.find("      "); at != std::string::npos; at = out.find("      ", at)) {
    out.erase(at, 6);
  }
  return out;
}

TEST(ToolSchema, GivesEachTypeThatCedarHas) {
  EXPECT_EQ(arguments_of(tool(R"({"s":{"type":"string"},"i":{"type":"integer"},
              "b":{"type":"boolean"},"a":{"type":"array","items":{"type":"string"}},
              "e":{"enum":["x","y"]},"c":{"const":4},"has":{"type":"string"},"a b":{"type":"string"},
              "o":{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}})",
                              R"(["s","o"])")),
            "a?: Set<String>,\n\"a b\"?: String,\nb?: Bool,\nc?: Long,\ne?: String,\n"
            "\"has\"?: String,\ni?: Long,\no: {\n  n: Long,\n},\ns: String,");
}

TEST(ToolSchema, SaysWhatItLeavesOutAndWhy) {
  EXPECT_EQ(arguments_of(tool(R"({"n":{"type":"number"},"any":{},"t":true,
              "u":{"type":["string","integer"]},"m":{"type":"object"},"l":{"type":"array"},
              "all":{"allOf":[]},"x":{"anyOf":[{"type":"string"},{"type":"integer"}]},
              "e":{"type":"object","properties":{"n":{"type":"number"}}},
              "bad\nname":{"type":"null"}})")),
            "// left out: `all`, it is put together by `allOf`\n"
            "// left out: `any`, anything fits it\n"
            "// left out: `bad?name`, the type `null`\n"
            "// left out: `e`, no property of it has a type\n"
            "// left out: `l`, its elements have no one type\n"
            "// left out: `m`, an object with any members\n"
            "// left out: `n`, a number may have a fraction\n"
            "// left out: `t`, anything fits it\n"
            "// left out: `u`, it may be of several types\n"
            "// left out: `x`, it may be of several types");
}

TEST(ToolSchema, TakesWhatMayBeNullForOptional) {
  EXPECT_EQ(arguments_of(tool(R"({"a":{"type":["string","null"]},
              "b":{"anyOf":[{"type":"integer"},{"type":"null"}]}})",
                              R"(["a","b"])")),
            "a?: String,\nb?: Long,");
}

TEST(ToolSchema, FollowsReferencesAndEndsWhereTheyDoNot) {
  EXPECT_EQ(arguments_of(tool(R"({"r":{"$ref":"#/$defs/R"},"away":{"$ref":"http://x"}})", "[]",
                              R"(,"$defs":{"R":{"type":"string"}})")),
            "// left out: `away`, its `$ref` leads nowhere\nr?: String,");
  const std::string endless = arguments_of(
      tool(R"({"r":{"$ref":"#/$defs/R"}})", "[]",
           R"(,"$defs":{"R":{"type":"object","properties":{"again":{"$ref":"#/$defs/R"},
             "s":{"type":"string"}}}})"));
  EXPECT_NE(endless.find("`r.again.again.again.again.again`, it nests too deep"), std::string::npos)
      << endless;
}

TEST(ToolSchema, IsTheSameInWhateverOrderToolsCome) {
  const auto one = schema_of(R"({"tools":[{"name":"a"},{"name":"b"}]})");
  const auto other = schema_of(R"({"result":{"tools":[{"name":"b"},{"name":"a"}]}})");
  ASSERT_TRUE(one.ok() && other.ok());
  EXPECT_EQ(*one, *other);
}

TEST(ToolSchema, RefusesNamesThatTheGateDoes) {
  for (const std::string_view name : {"", "a b", "\\n", "\\u00e4", "x\\\"\\u007f"}) {
    EXPECT_FALSE(schema_of(R"([{"name":")" + std::string(name) + "\"}]").ok()) << name;
  }
  EXPECT_TRUE(schema_of(R"([{"name":"a\"b\\c//"}])").ok());
  EXPECT_FALSE(schema_of(R"([{"name":"a"},{"name":"a"}])").ok());
  EXPECT_FALSE(schema_of(R"([{}])").ok());
  EXPECT_FALSE(schema_of(R"({"tools":{}})").ok());
}

constexpr std::string_view kTools = R"([
  {"name":"read","inputSchema":{"type":"object","properties":{
     "path":{"type":"string"},"lines":{"type":"integer"},"tags":{"type":"array","items":{"type":"string"}},
     "in":{"type":"object","properties":{"host":{"type":"string"}}},"ratio":{"type":"number"}},
     "required":["path"]}},
  {"name":"ping"}])";

LoadedPolicies loaded(std::string policies, const std::string& more_schema = "") {
  auto out = LoadedPolicies::from_files(
      {{"schema.cedarschema", gate_schema_text() + *schema_of(kTools) + more_schema},
       {"own.cedar", std::move(policies)}});
  EXPECT_TRUE(out.ok()) << out.error().message();
  return *std::move(out);
}

CedarAuthorizer authorizer_of(std::string policies) {
  auto set = ActiveSet::create(loaded(std::move(policies)), 1,
                               {.models = {}, .routes = {RouteId("files"), RouteId("other")}});
  EXPECT_TRUE(set.ok()) << set.error().message();
  return {*std::move(set), nullptr, OnForbidError::kDeny};
}

Decision decide(const std::string& policies, std::string_view arguments,
                std::string_view name = "read", std::string_view route = "files") {
  TestRequest request;
  request.action = "mcp:tools/call";
  request.protocol = "mcp";
  request.model = ModelId();
  request.route = RouteId(std::string(route));
  request.tool = std::string(name);
  const auto authorizer = authorizer_of(policies);
  AccessRequest view = request.view();
  view.arguments = arguments;
  return authorizer.decider()->decide(view);
}

constexpr std::string_view kBelowHome = R"(
permit (principal, action == Action::"mcp:tools/call:files/read", resource)
when { context.arguments.path like "/home/*" && !(context.arguments.path like "*..*") };)";

TEST(Arguments, DecideACall) {
  const std::string policies(kBelowHome);
  EXPECT_TRUE(decide(policies, R"({"path":"/home/a"})").allowed());
  EXPECT_FALSE(decide(policies, R"({"path":"/etc/passwd"})").allowed());
  EXPECT_FALSE(decide(policies, R"({"path":"/home/../etc/passwd"})").allowed());
  EXPECT_FALSE(decide(policies, R"({"path":"/home/a"})", "read", "other").allowed());
}

TEST(Arguments, OfEveryKindAreSeen) {
  const auto allows = [](std::string_view condition, std::string_view arguments) {
    return decide(
               "permit (principal, action == Action::\"mcp:tools/call:files/read\", resource) "
               "when { " +
                   std::string(condition) + " };",
               arguments)
        .allowed();
  };
  EXPECT_TRUE(allows("context.arguments has lines && context.arguments.lines < 10",
                     R"({"path":"","lines":9})"));
  EXPECT_FALSE(allows("context.arguments has lines && context.arguments.lines < 10",
                      R"({"path":"","lines":10})"));
  EXPECT_TRUE(allows("!(context.arguments has lines)", R"({"path":"","lines":null})"));
  EXPECT_TRUE(allows("context.arguments has tags && context.arguments.tags.contains(\"b\")",
                     R"({"path":"","tags":["b","a","b"]})"));
  EXPECT_TRUE(
      allows("context.arguments has \"in\" && context.arguments[\"in\"] has host && "
             "context.arguments[\"in\"].host == \"h\"",
             R"({"path":"","in":{"host":"h"},"ratio":0.5,"unknown":[]})"));
}

TEST(Arguments, ThatDoNotFitAreRefusedAndSaidSo) {
  const struct {
    std::string_view arguments;
    std::string_view told;
  } kCases[] = {
      {"{}", "`arguments.path`: missing"},
      {R"({"path":null})", "`arguments.path`: expected a string, found null"},
      {R"({"path":7})", "`arguments.path`: expected a string, found a number"},
      {R"({"path":"","lines":1.5})", "`arguments.lines`: expected an integer"},
      {R"({"path":"","lines":1e2})", "`arguments.lines`: expected an integer"},
      {R"({"path":"","lines":9223372036854775808})", "`arguments.lines`: expected an integer"},
      {R"({"path":"","tags":"a"})", "`arguments.tags`: expected an array, found a string"},
      {R"({"path":"","tags":[1]})", "`arguments.tags[]`: expected a string, found a number"},
      {R"({"path":"","in":[]})", "`arguments.in`: expected an object, found an array"},
      {R"({"path":"","in":{"host":true}})", "`arguments.in.host`: expected a string"},
      {R"({"path":"/home/a","Path":"/etc"})", "the member `Path` differs"},
      {R"({"path":"/home/a","LINES":1})", "the member `LINES` differs"},
      {R"({"path":"/home/a","x":1,"X":1})", "the member `X` differs"},
      {R"({"path":"/home/a","in":{"Ho\u017ft":"a"}})", "differs from another one only in case"},
  };
  for (const auto& one : kCases) {
    const Decision decision = decide("permit (principal, action, resource);", one.arguments);
    ASSERT_FALSE(decision.allowed()) << one.arguments;
    EXPECT_EQ(decision.refusal().kind, ErrorKind::kInvalidInput) << one.arguments;
    EXPECT_EQ(decision.refusal().rule, "arguments");
    EXPECT_NE(decision.refusal().seen.find(one.told), std::string::npos) << decision.refusal().seen;
  }
}

TEST(Arguments, AreNotSeenOfToolsWithoutAnActionOfTheirOwn) {
  const std::string all = "permit (principal, action in Action::\"mcp:tools/call\", resource);";
  EXPECT_TRUE(decide(all, R"({"path":7})", "read", "other").allowed());
  EXPECT_TRUE(decide(all, R"({"path":"x"})").allowed());
  EXPECT_TRUE(decide(all, "{}", "unheard-of").allowed());
}

TEST(Arguments, TooManyAreRefused) {
  const std::string all = "permit (principal, action, resource);";
  const std::string big = R"({"path":")" + std::string(size_t{1} << 20, 'a') + "\"}";
  EXPECT_FALSE(decide(all, big).allowed());
  EXPECT_TRUE(decide(all, big, "unheard-of").allowed());
  std::string many = R"({"path":"")";
  for (int i = 0; i < 5'000; ++i) {
    many += ",\"m" + std::to_string(i) + "\":0";
  }
  EXPECT_FALSE(decide(all, many + "}").allowed());
}

TEST(ToolActions, AreRefusedWhereTheGateCannotAskWithThem) {
  const struct {
    std::string_view action;
    std::string_view told;
  } kCases[] = {
      {R"(action "mcp:tools/call:f/x" appliesTo { principal: [Key, User, Agent, Workload, Anonymous],
          resource: [Tool], context: { arguments: {} } };)",
       "has to be in Action::\"mcp:tools/call\""},
      {R"(action "mcp:tools/call:f/x" in ["mcp:tools/call"] appliesTo { principal: [Key],
          resource: [Tool], context: { arguments: {} } };)",
       "has to apply to principals of type `User`"},
      {R"(action "mcp:tools/call:f/x" in ["mcp:tools/call"] appliesTo {
          principal: [Key, User, Agent, Workload, Anonymous],
          resource: [Route], context: { arguments: {} } };)",
       "has to apply to resources of type `Tool`"},
      {R"(action "mcp:tools/call:f/x" in ["mcp:tools/call"] appliesTo {
          principal: [Key, User, Agent, Workload, Anonymous], resource: [Tool], context: {} };)",
       "needs a record `arguments`"},
      {R"(action "mcp:tools/call:f/x" in ["mcp:tools/call"] appliesTo {
          principal: [Key, User, Agent, Workload, Anonymous], resource: [Tool],
          context: { arguments: { a?: decimal } } };)",
       "may be of the types Bool, Long, String"},
      {R"(action "mcp:tools/call:f/x" in ["mcp:tools/call"] appliesTo {
          principal: [Key, User, Agent, Workload, Anonymous], resource: [Tool],
          context: { mine: Long, arguments: {} } };)",
       "does not give it `context.mine: Long`"},
      {R"(action "mcp:tools/call:f/x" in ["mcp:tools/call"] appliesTo {
          principal: [Key, User, Agent, Workload, Anonymous], resource: [Tool],
          context: { source: ipaddr, arguments: {} } };)",
       "write `source?`"},
  };
  for (const auto& one : kCases) {
    const auto set = ActiveSet::create(loaded("", std::string(one.action)), 1, {});
    ASSERT_FALSE(set.ok()) << one.action;
    EXPECT_NE(set.error().message().find(one.told), std::string::npos) << set.error().message();
  }
}

TEST(ToolActions, LeaveNoPolicyBehindThatIsAboutThePlainOneAlone) {
  const auto set = ActiveSet::create(
      loaded("@id(\"old\") forbid (principal, action == Action::\"mcp:tools/call\", resource);"), 1,
      {});
  ASSERT_FALSE(set.ok());
  EXPECT_NE(set.error().message().find("`old`"), std::string::npos);
}

// Which of the names the caller could use.
std::vector<std::string> could(const std::string& policies, std::string_view action,
                               std::vector<std::string_view> names,
                               std::string_view route = "files") {
  TestRequest request;
  request.action = std::string(action);
  request.protocol = "mcp";
  request.model = ModelId();
  request.route = RouteId(std::string(route));
  const auto authorizer = authorizer_of(policies);
  const auto said = authorizer.could(request.view(), names);
  EXPECT_TRUE(said.ok()) << said.error().message();
  std::vector<std::string> out;
  for (size_t i = 0; i < names.size(); ++i) {
    if ((*said)[i]) {
      out.emplace_back(names[i]);
    }
  }
  return out;
}

using Names = std::vector<std::string>;

TEST(CouldCall, WhatSomeArgumentsAllow) {
  EXPECT_EQ(could(std::string(kBelowHome), "mcp:tools/call", {"read", "ping", "write"}),
            Names{"read"});
  EXPECT_EQ(could("permit (principal, action in Action::\"mcp:tools/call\", resource) unless { "
                  "resource == Tool::\"files/ping\" };",
                  "mcp:tools/call", {"read", "ping", "write"}),
            (Names{"read", "write"}));
}

TEST(CouldCall, NothingThatAForbidDeniesWhateverTheArguments) {
  const std::string all = "permit (principal, action, resource);\n";
  EXPECT_EQ(could(all + "forbid (principal, action in Action::\"mcp:tools/call\", resource == "
                        "Tool::\"files/read\");",
                  "mcp:tools/call", {"read", "ping"}),
            Names{"ping"});
  EXPECT_EQ(
      could(all + R"(forbid (principal, action == Action::"mcp:tools/call:files/read", resource)
                          when { context.arguments.path like "/etc/*" };)",
            "mcp:tools/call", {"read", "ping"}),
      (Names{"read", "ping"}));
}

TEST(CouldCall, WhatThePrincipalsTeamMayAndNoOther) {
  EXPECT_EQ(could("permit (principal in Team::\"research\", action, resource);", "mcp:tools/call",
                  {"read"}),
            Names{"read"});
  EXPECT_EQ(could("permit (principal in Team::\"sales\", action, resource);", "mcp:tools/call",
                  {"read", "other"}),
            Names{});
}

TEST(CouldCall, WhatIsInTheRouteOnly) {
  const std::string policies =
      "permit (principal, action, resource) when { context.request in Route::\"other\" };";
  EXPECT_EQ(could(policies, "mcp:tools/call", {"a"}), Names{});
  EXPECT_EQ(could(policies, "mcp:tools/call", {"a"}, "other"), Names{"a"});
  EXPECT_EQ(
      could("permit (principal, action, resource in Route::\"files\");", "mcp:tools/call", {"a"}),
      Names{"a"});
}

TEST(CouldCall, AtSomeHourAndWithoutFindings) {
  EXPECT_EQ(could("permit (principal, action, resource) when { context.hour == 3 && "
                  "context.findings.isEmpty() };",
                  "mcp:tools/call", {"a"}),
            Names{"a"});
}

TEST(CouldRead, PromptsAndResourcesByTheirNames) {
  EXPECT_EQ(could("permit (principal, action, resource == Prompt::\"files/greet\");",
                  "mcp:prompts/get", {"greet", "other"}),
            Names{"greet"});
  const std::string notes =
      "permit (principal, action, resource is McpResource) when { resource.uri like \"note://*\" "
      "};";
  EXPECT_EQ(could(notes, "mcp:resources/read", {"note://1", "file:///etc"}), Names{"note://1"});
  EXPECT_EQ(could(notes, "mcp:prompts/get", {"greet"}), Names{});
  // A template is any resource that there may be.
  EXPECT_EQ(could(notes, "mcp:resources/read", {""}), Names{""});
  EXPECT_EQ(could("permit (principal, action, resource is Prompt);", "mcp:resources/read", {""}),
            Names{});
}

TEST(CouldCall, NothingBeyondTheScopeOfTheKey) {
  TestRequest request;
  request.action = "mcp:tools/call";
  request.protocol = "mcp";
  request.model = ModelId();
  request.route = RouteId("files");
  request.principal.routes = {RouteId("other")};
  const auto authorizer = authorizer_of("permit (principal, action, resource);");
  const std::vector<std::string_view> names{"a"};
  const auto said = authorizer.could(request.view(), names);
  ASSERT_TRUE(said.ok());
  EXPECT_EQ(*said, std::vector<bool>{false});
}

}  // namespace
}  // namespace sally::policy
