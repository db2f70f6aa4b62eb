#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "base/text.h"
#include "vet/model/hub.h"
#include "vet/model/shell.h"

namespace sally::vet::model {
namespace {

using formats::LenientJson;
using Value = LenientJson::Value;

std::string_view file_name(std::string_view command) {
  command = command.substr(command.find_last_of("/\\") + 1);
  return command.ends_with(".exe") || command.ends_with(".cmd")
             ? command.substr(0, command.size() - 4)
             : command;
}

// The package that `npx`, `uvx` and the like run, where its version is not fixed; empty: it is.
std::string_view unpinned(std::string_view command,
                          const std::vector<std::string_view>& arguments) {
  static constexpr std::array<std::string_view, 5> kRunners = {"npx", "bunx", "pnpx", "uvx",
                                                               "pipx"};
  if (std::ranges::find(kRunners, command) == kRunners.end()) {
    return {};
  }
  for (const std::string_view argument : arguments) {
    if (argument.starts_with('-') || argument == "run" || argument == "dlx") {
      continue;
    }
    const size_t version = argument.find_last_of("@=");
    const bool fixed = version != std::string_view::npos && version > 0 &&
                       version + 1 < argument.size() && argument[version + 1] >= '0' &&
                       argument[version + 1] <= '9';
    return fixed || argument.starts_with('.') || argument.starts_with('/') ? std::string_view()
                                                                           : argument;
  }
  return {};
}

void judge_server(Value server, Examination& examination) {
  const std::string name = printable(server.name(), 60);
  const std::string_view command = server.string("command");
  std::vector<std::string_view> arguments;
  std::string line(command);
  if (const auto list = server.find("args"); list && list->is_array()) {
    for (const Value argument : *list) {
      arguments.push_back(argument.text());
      line += " ";
      line += argument.text();
    }
  }
  if (const std::string_view why = shell_danger(line); !why.empty()) {
    examination.add(RuleId::kMcpCommand, server.offset(),
                    fmt::format("the server `{}` {}", name, why), line.substr(0, 200));
  }
  if (const std::string_view package = unpinned(file_name(command), arguments); !package.empty()) {
    examination.add(
        RuleId::kMcpUnpinned, server.offset(),
        fmt::format("the server `{}` runs any version of `{}`", name, printable(package, 80)),
        line.substr(0, 200));
  }
  const std::string_view url =
      server.string("url").empty() ? server.string("serverUrl") : server.string("url");
  if (url.starts_with("http://") && !url.starts_with("http://localhost") &&
      !url.starts_with("http://127.") && !url.starts_with("http://[::1]")) {
    examination.add(RuleId::kMcpPlainUrl, server.offset(),
                    fmt::format("the server `{}` is asked without TLS", name),
                    std::string(url.substr(0, 200)));
  }
}

// Whether `text` holds characters that people do not see and models read: U+E0000 to U+E007F.
bool has_tags(std::string_view text) {
  return text.find("\xF3\xA0\x80") != std::string_view::npos ||
         text.find("\xF3\xA0\x81") != std::string_view::npos;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), to_lower);
  return out;
}

void judge_description(Value tool, std::string_view text, Examination& examination) {
  const std::string low = lower(text.substr(0, size_t{64} << 10));
  static constexpr std::array<std::string_view, 7> kSecretly = {
      "do not tell the user",   "don't tell the user",    "do not mention this",
      "without telling",        "do not inform the user", "not mention to the user",
      "hide this from the user"};
  static constexpr std::array<std::string_view, 6> kOverrides = {"ignore previous instructions",
                                                                 "ignore all previous",
                                                                 "<important>",
                                                                 "<system>",
                                                                 "disregard your instructions",
                                                                 "[system]"};
  static constexpr std::array<std::string_view, 7> kSecrets = {
      "~/.ssh", "id_rsa", ".aws/credentials", "mcp.json", "/etc/passwd", ".env file", "api key"};
  const auto any = [&](const auto& words) {
    return std::ranges::any_of(
        words, [&](std::string_view word) { return low.find(word) != std::string::npos; });
  };
  const int marks = (any(kSecretly) ? 1 : 0) + (any(kOverrides) ? 1 : 0) + (any(kSecrets) ? 1 : 0);
  if (marks >= 2 || has_tags(text)) {
    examination.add(RuleId::kMcpHiddenInstruction, tool.offset(),
                    fmt::format("the tool `{}`", printable(tool.string("name"), 60)),
                    std::string(text.substr(0, 200)));
  }
}

}  // namespace

void judge_mcp(const Value& root, Examination& examination) {
  uint32_t judged = 0;  // values up to this one are of a tool that was judged
  root.each([&](Value value) {
    if ((value.name() == "mcpServers" || value.name() == "servers") && value.is_object()) {
      for (const Value server : value) {
        if (server.is_object() && (server.has("command") || server.has("url"))) {
          judge_server(server, examination);
        }
      }
    }
    if (value.index() > judged && value.is_object() && value.has("name") &&
        value.has("description") &&
        (value.has("inputSchema") || value.has("input_schema") || value.has("parameters"))) {
      judged = value.last();
      value.each([&](Value text) {
        if (text.is_string() && text.name() == "description") {
          judge_description(value, text.text(), examination);
        }
      });
    }
  });
}

}  // namespace sally::vet::model
