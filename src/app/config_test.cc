#include "app/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "app/config_docs.h"
#include "app/config_table.h"
#include "app/config_values.h"
#include "app/test_outside.h"
#include "formats/json/document.h"
#include "support/case_file.h"

namespace sally::app {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kIntroduction =
    "# Configuration\n"
    "\n"
    "One YAML file says everything. `sallyport init` writes a first one; `sallyport config check`\n"
    "tells every problem of one, with line and column; `sallyport config show` prints what is in\n"
    "force, defaults included; a running gate takes a new one on SIGHUP without dropping a stream, "
    "and\n"
    "keeps the old one when the new one has a problem. Editors check it against\n"
    "[config.schema.json](config.schema.json), which `sallyport config schema` prints.\n"
    "\n"
    "- Sizes are bytes with a unit: `240B`, `32KiB`, `16MiB`, `1GiB`. Durations: `250ms`, `10s`, "
    "`5m`,\n"
    "  `1h`, `30d`.\n"
    "- Paths start from the folder the file is in.\n"
    "- Secrets never stand in the file. They are references: `{file: PATH}` (refused when "
    "everybody\n"
    "  may read it), `{env: NAME}`, or `{credential: NAME}` (systemd's LoadCredential=).\n"
    "- An unknown key is refused. So are YAML's anchors, aliases and tags.\n"
    "\n"
    "This page is generated from the table in `src/app/config_table.cc` by `make bless`.\n"
    "\n";

constexpr std::string_view kFull = R"(gate:
  listen: [127.0.0.1:8443, "unix:gate.sock"]
  limits: {head: 16KiB, body: 1MiB, head_timeout: 3s, connections: 7, json_depth: 32, drain: 5s}
metrics: {listen: 127.0.0.1:9000}
state: sqlite:keys/state.db
ledger: {folder: /var/log/sallyport, origin: example.com/gate, durability: every, checkpoint_every: 500ms}
log: {format: json, level: warn}
upstreams:
  chat:
    url: http://127.0.0.1:8001/base/
    http: 2
    credential: {header: x-api-key, secret: {credential: provider}}
    health: {path: /health, every: 1s, timeout: 500ms, down_after: 1, up_after: 4}
    circuit: {failures: 9, open: 3s}
    timeouts: {connect: 1s, first_byte: 9s, idle: 8s, write: 7s}
    max_outstanding: 5
    pool: {max_idle: 1, max_connections: 2, idle_timeout: 3s}
  tools: {url: http://localhost:8002, credential: {secret: {env: PROVIDER_KEY}}}
models:
  large:
    targets: [{upstream: chat, model: org/large:7b, weight: 3, priority: 1}]
    fallback: small
    retries: 2
  small: {targets: [{upstream: chat}]}
routes:
  - {name: openai, prefix: /ai, protocol: openai, models: [large, small]}
  - {name: tools, prefix: /mcp, protocol: mcp, upstream: tools, origins: https://app.example}
  - {name: pass, protocol: http, upstream: chat, websocket: true}
policy:
  folder: own-policies
  trusted: [sallyport.local/policy+903ad840+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea]
  on_forbid_error: skip
inspection: {request: annotate, canaries: [{name: prompt, value: {file: canary.txt}}]}
forward: {request_fields: x-request-tag, response_fields: [x-model-version]}
)";

ConfigPtr loaded(std::string_view text) {
  auto config = parse_config(text, "/etc/sallyport/sallyport.yaml", test_context());
  EXPECT_TRUE(config.ok()) << (config.ok() ? "" : config.error().to_string());
  return config.ok() ? *config : nullptr;
}

TEST(Config, EveryPartReachesTheSettings) {
  const ConfigPtr config = loaded(kFull);
  ASSERT_NE(config, nullptr);
  ASSERT_EQ(config->gate.listen.size(), 2U);
  EXPECT_EQ(config->gate.listen[1].unix_path, "/etc/sallyport/gate.sock");
  EXPECT_EQ(config->gate.tls, nullptr);
  EXPECT_EQ(config->gate.http.head_bytes, 16U * 1024);
  EXPECT_EQ(config->gate.http.head_timeout, Millis(3000));
  EXPECT_EQ(config->gate.max_connections, 7U);
  EXPECT_EQ(config->gate.drain, Millis(5000));
  EXPECT_EQ(config->metrics->port, 9000);
  EXPECT_EQ(config->admin_socket, "/etc/sallyport/admin.sock");
  EXPECT_EQ(config->state_url, "sqlite:/etc/sallyport/keys/state.db");
  EXPECT_EQ(config->pepper.size(), 32U);
  EXPECT_EQ(config->ledger.folder, "/var/log/sallyport");
  EXPECT_EQ(config->ledger.origin, "example.com/gate");
  EXPECT_EQ(config->ledger.durability, ledger::Durability::kEvery);
  EXPECT_EQ(config->ledger.checkpoint_every, Millis(500));
  EXPECT_EQ(config->ledger.key.size(), 32U);
  EXPECT_EQ(config->log.style, LogStyle::kJson);
  EXPECT_EQ(config->log.level, LogLevel::kWarn);

  const gateway::Settings& settings = config->settings;
  ASSERT_EQ(settings.upstreams.size(), 2U);
  const gateway::UpstreamSettings& chat = settings.upstreams[0];
  EXPECT_EQ(chat.id.str(), "chat");
  EXPECT_EQ(chat.base_path, "/base");
  EXPECT_EQ(chat.authority, "127.0.0.1:8001");
  EXPECT_EQ(chat.origin.port, 8001);
  EXPECT_EQ(chat.origin.http, net::UpstreamHttp::kHttp2);
  EXPECT_EQ(chat.credential->header, "x-api-key");
  EXPECT_EQ(chat.credential->value.reveal(), "sk-planted-provider-key");
  EXPECT_EQ(chat.health.up_after, 4U);
  EXPECT_EQ(chat.circuit.open, Millis(3000));
  EXPECT_EQ(chat.first_byte_timeout, Millis(9000));
  EXPECT_EQ(chat.origin.write_timeout, Millis(7000));
  EXPECT_EQ(chat.max_outstanding, 5U);
  EXPECT_EQ(chat.origin.max_connections, 2U);
  EXPECT_EQ(settings.upstreams[1].credential->value.reveal(), "Bearer sk-planted-provider-key");

  ASSERT_EQ(settings.models.size(), 2U);
  EXPECT_EQ(settings.models[0].targets[0].model, "org/large:7b");
  EXPECT_EQ(settings.models[0].targets[0].weight, 3U);
  EXPECT_EQ(settings.models[0].fallback, ModelId("small"));
  EXPECT_EQ(settings.models[1].targets[0].model, "small");
  ASSERT_EQ(settings.routes.size(), 3U);
  EXPECT_EQ(settings.routes[0].models.size(), 2U);
  EXPECT_EQ(settings.routes[1].upstream, UpstreamId("tools"));
  EXPECT_EQ(settings.routes[1].origins, std::vector<std::string>{"https://app.example"});
  EXPECT_TRUE(settings.routes[2].websocket);
  EXPECT_EQ(settings.limits.json.depth, 32U);
  EXPECT_EQ(settings.inspection.request, gateway::OnFinding::kAnnotate);
  EXPECT_EQ(settings.inspection.response, gateway::OnFinding::kRefuse);
  EXPECT_EQ(settings.extra_request_fields, std::vector<std::string>{"x-request-tag"});

  EXPECT_EQ(config->policy.folder, "/etc/sallyport/own-policies");
  EXPECT_EQ(config->policy.bundles, "/etc/sallyport/policy-bundles");
  ASSERT_EQ(config->policy.trusted.size(), 1U);
  EXPECT_EQ(config->policy.on_forbid_error, policy::OnForbidError::kSkip);
  ASSERT_EQ(config->canaries.size(), 1U);
  EXPECT_EQ(config->canaries[0].value.reveal(), "the lighthouse keeps a ledger");
}

TEST(Config, ARouteSaysWhatIsDifferentForItsAttacks) {
  const auto config = parse_config(
      "upstreams:\n  own: {url: http://127.0.0.1:8000}\n"
      "models:\n  large: {targets: [{upstream: own}]}\n"
      "attacks: {response: 'off', false_positives: {user: 0.001}}\n"
      "routes:\n"
      "  - {name: a, prefix: /a, protocol: openai, models: [large]}\n"
      "  - {name: b, prefix: /b, protocol: anthropic, models: [large], attacks: {tools: refuse}}\n"
      "  - {name: c, prefix: /c, protocol: http, upstream: own}\n"
      "  - {name: d, prefix: /d, protocol: http, upstream: own, attacks: {tools: 'off'}}\n"
      "  - name: e\n    prefix: /e\n    protocol: mcp\n    upstream: own\n"
      "    attacks: {request: 'off', tools: 'off'}\n",
      "/etc/sallyport/sallyport.yaml", {.reading = Reading::kPaths});
  ASSERT_TRUE(config.ok()) << config.error().message();
  const auto& attacks = (*config)->attacks;
  ASSERT_EQ(attacks.size(), 3U);  // `c` is not asked about, and `e` looks at nothing
  const auto& a = attacks.at(RouteId("a"));
  EXPECT_EQ(a.request, content::OnAttack::kAnnotate);
  EXPECT_EQ(a.response, content::OnAttack::kOff);
  EXPECT_EQ(a.tools, content::OnAttack::kAnnotate);
  EXPECT_EQ(a.rates[static_cast<size_t>(Provenance::kUser)], 0.001);
  EXPECT_EQ(a.rates[static_cast<size_t>(Provenance::kTool)], 0.01);
  EXPECT_EQ(attacks.at(RouteId("b")).tools, content::OnAttack::kRefuse);
  EXPECT_EQ(attacks.at(RouteId("b")).response, content::OnAttack::kOff);
  EXPECT_EQ(attacks.at(RouteId("d")).tools, content::OnAttack::kOff);
}

TEST(Config, AFileCutAnywhereIsReadOrRefusedWithAPlace) {
  for (size_t cut = 0; cut <= kFull.size(); ++cut) {
    std::vector<Problem> problems;
    const auto config = parse_config(kFull.substr(0, cut), "/etc/sallyport/sallyport.yaml",
                                     test_context(), &problems);
    EXPECT_TRUE(config.ok() || !problems.empty()) << cut;
  }
}

TEST(Config, WhatIsShownIsReadAsTheSame) {
  const std::string shown = effective_yaml(formats::parse_yaml(kFull).root);
  EXPECT_NE(loaded(shown), nullptr);
  EXPECT_EQ(effective_yaml(formats::parse_yaml(shown).root), shown);
  EXPECT_TRUE(formats::JsonDocument::parse(effective_json(formats::parse_yaml(kFull).root)).ok());
}

TEST(Config, ARefusalTellsTheFirstProblemAndHowManyMore) {
  const auto config = parse_config("gat: 1\nlogs: 2\n", "sallyport.yaml", test_context());
  ASSERT_FALSE(config.ok());
  EXPECT_EQ(config.error().kind(), ErrorKind::kUsage);
  EXPECT_EQ(config.error().message(),
            "sallyport.yaml:1:1: unknown key `gat`; did you mean `gate`? (and 1 more)");
}

TEST(Config, TheEarlierDefaultsAreTheTablesDefaults) {
  const ConfigPtr config = loaded("{}");
  ASSERT_NE(config, nullptr);
  const net::HttpLimits standard;
  EXPECT_EQ(config->gate.http.head_bytes, standard.head_bytes);
  EXPECT_EQ(config->gate.http.field_count, standard.field_count);
  EXPECT_EQ(config->gate.http.target_bytes, standard.target_bytes);
  EXPECT_EQ(config->gate.http.body_bytes, standard.body_bytes);
  EXPECT_EQ(config->gate.http.head_timeout, standard.head_timeout);
  EXPECT_EQ(config->gate.http.idle_timeout, standard.idle_timeout);
  EXPECT_EQ(config->gate.http.body_timeout, standard.body_timeout);
  EXPECT_EQ(config->gate.http.body_min_rate, standard.body_min_rate);
  EXPECT_EQ(config->gate.http.write_timeout, standard.write_timeout);
  EXPECT_EQ(config->gate.http.h2_streams, standard.h2_streams);
  EXPECT_EQ(config->gate.http.h2_resets, standard.h2_resets);
  const gateway::RequestLimits request;
  EXPECT_EQ(config->settings.limits.json.depth, request.json.depth);
  EXPECT_EQ(config->settings.limits.json.members, request.json.members);
  EXPECT_EQ(config->settings.limits.decoded_bytes, request.decoded_bytes);
  EXPECT_EQ(config->settings.limits.sse_event_bytes, request.sse_event_bytes);
}

TEST(ConfigTable, EveryDefaultPassesItsOwnRow) {
  for (const KeyRow& row : key_table()) {
    if (row.standard.empty()) {
      continue;
    }
    // The nearest way to ask is a file that says the default in so many words.
    std::string text;
    std::string indent;
    std::string_view path = row.path;
    bool plain = true;
    while (path.find('.') != std::string_view::npos) {
      const std::string_view part = path.substr(0, path.find('.'));
      plain = plain && !part.ends_with("[]") && path.find('*') == std::string_view::npos;
      text += indent + std::string(part) + ":\n";
      indent += "  ";
      path.remove_prefix(part.size() + 1);
    }
    if (!plain) {
      continue;
    }
    const bool quoted = row.type == KeyType::kText && row.standard.starts_with('{');
    const std::string quote = quoted ? "\"" : "";
    text += indent + std::string(path) + ": " + quote + std::string(row.standard) + quote + "\n";
    // What must stand beside it.
    if (const size_t dot = row.path.rfind('.'); dot != std::string_view::npos) {
      for (const KeyRow* beside : children_of(row.path.substr(0, dot))) {
        if (beside->presence == Presence::kRequired) {
          text += indent + std::string(beside->name()) + ": " +
                  (beside->type == KeyType::kChoice ? std::string(choices_of(*beside).front())
                                                    : "https://guard.example/") +
                  "\n";
        }
      }
    }
    std::vector<Problem> problems;
    const auto config =
        parse_config(text, "/etc/sallyport/sallyport.yaml", test_context(), &problems);
    // These mean something beside a certificate only.
    const bool of_tls =
        row.path.ends_with(".tls.minimum") || row.path.ends_with(".tls.require_client");
    EXPECT_TRUE(config.ok() || of_tls) << text << (problems.empty() ? "" : problems[0].message);
  }
}

TEST(ConfigDocs, TheSchemaIsPublishedAsItIs) {
  const std::string schema = config_schema();
  ASSERT_TRUE(formats::JsonDocument::parse(schema).ok());
  test::expect_generated("docs/config.schema.json", schema);
}

TEST(ConfigDocs, TheReferenceIsPublishedAsItIs) {
  test::expect_generated("docs/configuration.md", std::string(kIntroduction) + config_reference());
}

TEST(Config, RejectsWhatMakesYamlSurprising) {
  for (const std::string_view text :
       {"a: &x 1\nb: *x\n", "a: !!int 1\n", "a: 1\na: 2\n", "a: 1\n---\nb: 2\n", "? [a]\n: 1\n",
        "a: [1\n", "a: \"\\x\"\n", "<<: {a: 1}\n", "a: \"\xff\"\n"}) {
    EXPECT_FALSE(parse_config(text, "x.yaml", test_context()).ok()) << text;
  }
}

TEST(ConfigValues, SizesAreBytesWithAUnit) {
  EXPECT_EQ(*parse_size("16MiB"), 16U << 20);
  EXPECT_EQ(*parse_size("240"), 240U);
  EXPECT_EQ(format_size(64 << 20), "64MiB");
  EXPECT_EQ(format_size(1000), "1000B");
  EXPECT_EQ(format_size(0), "0B");
  for (const std::string_view bad : {"", "MiB", "1MB", "-1", "1 MiB", "99999999999999999999",
                                     "1.5MiB", "18446744073709551615GiB"}) {
    EXPECT_FALSE(parse_size(bad).ok()) << bad;
  }
}

TEST(ConfigValues, AUrlIsASchemeAHostAndABase) {
  const Url url = *parse_url("https://api.example.com/v1/");
  EXPECT_TRUE(url.tls);
  EXPECT_EQ(url.port, 443);
  EXPECT_EQ(url.base_path, "/v1");
  EXPECT_EQ(url.authority, "api.example.com");
  EXPECT_EQ(parse_url("http://[::1]:80")->authority, "[::1]");
  EXPECT_EQ(parse_url("http://[::1]:8080")->authority, "[::1]:8080");
  for (const std::string_view bad :
       {"", "api.example.com", "ftp://a", "http://", "http://:80", "http://a:0", "http://a:65536",
        "http://a:8x", "http://u:p@a", "http://a?q", "http://a/b#c", "http://[::1", "http://[x]",
        "http://a b", "http://a/../b", "http://[::1]80"}) {
    EXPECT_FALSE(parse_url(bad).ok()) << bad;
  }
}

TEST(ConfigValues, APasswordInAUrlIsNotRepeated) {
  const auto url = parse_url("https://user:hunter2@host/");
  ASSERT_FALSE(url.ok());
  EXPECT_EQ(url.error().to_string().find("hunter2"), std::string::npos);
}

class Files : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = "/tmp/sally_config_XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, std::string_view text, mode_t mode) {
    const std::string path = folder_ + "/" + name;
    std::ofstream(path) << text;
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }

  std::string folder_;
};

TEST_F(Files, ASecretThatEverybodyMayReadIsRefused) {
  const Outside outside = system_outside();
  const std::string path = write("key", "hidden\n", 0600);
  EXPECT_EQ(outside.read_file(path, Content::kSecret)->reveal(), "hidden\n");
  ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
  const auto open = outside.read_file(path, Content::kSecret);
  ASSERT_FALSE(open.ok());
  EXPECT_THAT(open.error().hint(), HasSubstr("chmod 600"));
  EXPECT_TRUE(outside.read_file(path, Content::kPublic).ok());
}

TEST_F(Files, AFolderAndAMissingFileAreRefused) {
  const Outside outside = system_outside();
  EXPECT_FALSE(outside.read_file(folder_, Content::kPublic).ok());
  EXPECT_FALSE(outside.read_file(folder_ + "/none", Content::kPublic).ok());
}

TEST_F(Files, PathsStartFromTheFolderOfTheFile) {
  write("pepper.key", std::string(64, 'a') + "\n", 0600);
  write("ledger.key", std::string(64, 'b') + "\n", 0600);
  const std::string path = write("sallyport.yaml", "log: {level: debug}\n", 0644);
  const auto config = load_config(path, {});
  ASSERT_TRUE(config.ok()) << config.error().to_string();
  EXPECT_EQ((*config)->ledger.folder, folder_ + "/ledger");
  EXPECT_EQ((*config)->path, path);
}

}  // namespace
}  // namespace sally::app
