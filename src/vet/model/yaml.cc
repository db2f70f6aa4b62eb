// YAML as a loader of Python objects sees it: the tags, wherever they stand. Its structure is read
// by nobody here: a tag runs while it is read.
#include <fmt/format.h>

#include <array>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "base/text.h"
#include "vet/model/callables.h"
#include "vet/model/config.h"
#include "vet/model/hub.h"
#include "vet/model/paths.h"
#include "vet/model/template.h"

namespace sally::vet::model {
namespace {

constexpr uint64_t kMostYaml = uint64_t{16} << 20;
constexpr size_t kMostTags = 32;  // that are told
constexpr size_t kMostTag = 200;  // characters

// `text` without the escapes of a double-quoted scalar.
std::string without_escapes(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char c = text[++i];
    if (c == '\n') {
      continue;
    }
    if (c == 'x' && i + 2 < text.size()) {
      if (const auto octet = from_hex(text.substr(i + 1, 2))) {
        out += static_cast<char>((*octet)[0]);
        i += 2;
        continue;
      }
    }
    out += c == 'n' ? '\n' : c == 't' ? '\t' : c;
  }
  return out;
}

struct Prefix {
  std::string handle;  // `!p!`, as `%TAG` names it
  std::string means;
};

std::vector<Prefix> handles_of(std::string_view text) {
  std::vector<Prefix> out = {{"!!", "tag:yaml.org,2002:"}};
  size_t at = 0;
  while (at < text.size() && out.size() < 16) {
    const size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    if (line.starts_with("%TAG ")) {
      line.remove_prefix(5);
      const size_t blank = line.find(' ');
      if (blank != std::string_view::npos) {
        std::string_view means = line.substr(blank + 1);
        while (!means.empty() && (means.back() == '\r' || means.back() == ' ')) {
          means.remove_suffix(1);
        }
        out.push_back({std::string(line.substr(0, blank)), std::string(means)});
      }
    }
    at = end + 1;
  }
  return out;
}

// What the tag at the beginning of `text` (its `!`) stands for in full.
std::string whole_tag(std::string_view text, const std::vector<Prefix>& handles) {
  if (text.starts_with("!<")) {
    return std::string(text.substr(2, std::min(text.find('>'), kMostTag) - 2));
  }
  size_t end = 1;
  while (end < text.size() && end < kMostTag &&
         std::string_view(" \t\r\n,[]{}").find(text[end]) == std::string_view::npos) {
    ++end;
  }
  const std::string_view tag = text.substr(0, end);
  for (auto handle = handles.rbegin(); handle != handles.rend(); ++handle) {
    if (tag.starts_with(handle->handle) && handle->handle.size() > 1) {
      return handle->means + std::string(tag.substr(handle->handle.size()));
    }
  }
  for (const Prefix& handle : handles) {
    if (handle.handle == "!" && tag.starts_with('!')) {
      return handle.means + std::string(tag.substr(1));
    }
  }
  return std::string(tag);
}

// `%6f` and the like undone, as YAML does in tags.
std::string without_percents(std::string_view tag) {
  std::string out;
  for (size_t i = 0; i < tag.size(); ++i) {
    if (tag[i] == '%' && i + 2 < tag.size()) {
      if (const auto octet = from_hex(tag.substr(i + 1, 2))) {
        out += static_cast<char>((*octet)[0]);
        i += 2;
        continue;
      }
    }
    out += tag[i];
  }
  return out;
}

void judge_tags(std::string_view text, Examination& examination) {
  const std::vector<Prefix> handles = handles_of(text);
  size_t told = 0;
  uint32_t line = 1;
  char before = '\n';
  bool comment = false;
  for (size_t at = 0; at < text.size() && told < kMostTags; ++at) {
    const char c = text[at];
    if (c == '\n') {
      ++line;
      comment = false;
    } else if (c == '#' && (before == ' ' || before == '\n' || before == '\t')) {
      comment = true;
    }
    const bool begins = before == ' ' || before == '\n' || before == '\t' || before == '[' ||
                        before == '{' || before == ',' || before == '-';
    before = c;
    if (c != '!' || comment || !begins) {
      continue;
    }
    const std::string tag = without_percents(whole_tag(text.substr(at), handles));
    static constexpr std::string_view kPython = "tag:yaml.org,2002:python/";
    if (!tag.starts_with(kPython)) {
      continue;
    }
    const std::string_view kind = std::string_view(tag).substr(kPython.size());
    const bool object = kind.starts_with("object") || kind.starts_with("name") ||
                        kind.starts_with("module") || kind.starts_with("apply");
    if (object) {
      ++told;
      const bool runs = !kind.starts_with("name") && !kind.starts_with("module:");
      examination.add({.rule = RuleId::kConfigYamlTag,
                       .severity = runs ? Severity::kCritical : Severity::kHigh,
                       .offset = at,
                       .line = line,
                       .message = fmt::format("the tag `!!python/{}`", printable(kind, 80)),
                       .evidence = std::string(text.substr(at, 160))});
    }
  }
}

std::string value_of(std::string_view line, std::string_view key);

// One line of MLflow's `MLmodel`.
void judge_mlflow(std::string_view line, uint64_t at, uint32_t number, Examination& examination) {
  if (const std::string module = value_of(line, "loader_module"); !module.empty()) {
    const bool own = module.starts_with("mlflow.") || module == "mlflow";
    if (!own) {
      const bool dangerous = risk_of(module, "x") == CallableRisk::kDangerous;
      examination.add({.rule = RuleId::kConfigCallable,
                       .severity = dangerous ? Severity::kCritical : Severity::kMedium,
                       .offset = at,
                       .line = number,
                       .message = fmt::format("`loader_module` names `{}`", printable(module, 80)),
                       .evidence = std::string(line.substr(0, 200))});
    }
  }
  if (const std::string model = value_of(line, "python_model"); !model.empty()) {
    examination.add({.rule = RuleId::kConfigRemoteCode,
                     .severity = Severity::kMedium,
                     .offset = at,
                     .line = number,
                     .message = "`python_model` is a pickle with code of its author",
                     .evidence = std::string(line.substr(0, 200))});
  }
  for (const std::string_view key :
       {"data", "model_path", "path", "code", "artifact_path", "pickled_model", "model_data"}) {
    const std::string path = value_of(line, key);
    const std::string_view why = leads_out(path);
    if (!why.empty() && key != std::string_view("artifact_path") && why != "is a URL") {
      examination.add({.rule = RuleId::kConfigPath,
                       .severity = Severity::kHigh,
                       .offset = at,
                       .line = number,
                       .message = fmt::format("`{}` {}", key, why),
                       .evidence = std::string(line.substr(0, 200))});
    }
  }
}

// The plain or quoted scalar at the beginning of `text`.
std::string scalar_of(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) {
    return {};
  }
  text.remove_prefix(begin);
  const char quote = text[0] == '"' || text[0] == '\'' ? text[0] : '\0';
  const size_t end = quote != '\0' ? text.find(quote, 1) : text.find_first_of(" \t\r\n,}#");
  return std::string(quote != '\0' ? text.substr(1, end - 1) : text.substr(0, end));
}

// One `key: value` of a line, wherever it stands in it.
std::string value_of(std::string_view line, std::string_view key) {
  size_t at = 0;
  while ((at = line.find(key, at)) != std::string_view::npos) {
    const std::string_view before = at == 0 ? std::string_view(" ") : line.substr(at - 1, 1);
    size_t colon = at + key.size();
    at = colon;
    if (std::string_view(" \t{,-\"'").find(before[0]) == std::string_view::npos) {
      continue;
    }
    if (colon < line.size() && (line[colon] == '"' || line[colon] == '\'')) {
      ++colon;
    }
    colon = std::min(line.find_first_not_of(" \t", colon), line.size());
    if (colon < line.size() && line[colon] == ':') {
      return scalar_of(line.substr(colon + 1));
    }
  }
  return {};
}

// Members that make a loader import, call or open what they name.
void judge_members(std::string_view text, bool mlflow, Examination& examination) {
  uint32_t number = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at).substr(0, 4096);
    ++number;
    if (line.find("_target_") != std::string_view::npos) {
      judge_target(value_of(line, "_target_"), "_target_", at, number, examination);
    }
    if (const std::string target = value_of(line, "target");
        risk_of(target) == CallableRisk::kDangerous && target.find('.') != std::string::npos) {
      judge_target(target, "target", at, number, examination);
    }
    if (value_of(line, "trust_remote_code") == "true") {
      examination.add({.rule = RuleId::kConfigRemoteCode,
                       .severity = Severity::kMedium,
                       .offset = at,
                       .line = number,
                       .message = "`trust_remote_code` is set"});
    }
    if (mlflow) {
      judge_mlflow(line, at, number, examination);
    }
    at = end + 1;
  }
}

}  // namespace

bool may_be_yaml(const Look& look) {
  const auto ends = [&](std::string_view ending) {
    return look.name.size() >= ending.size() &&
           equal_ignoring_case(look.name.substr(look.name.size() - ending.size()), ending);
  };
  const std::string_view head = as_text(look.head);
  return ends(".yaml") || ends(".yml") || look.name == "MLmodel" || head.starts_with("%YAML") ||
         head.starts_with("--- ") || head.starts_with("---\n") || head.starts_with("!!python/");
}

Result<> examine_yaml(const formats::Input& input, Examination& examination) {
  TRY(const std::string text, formats::read_all(input, kMostYaml));
  judge_tags(text, examination);
  judge_members(text, text.find("loader_module") != std::string::npos, examination);
  const bool told = judge_template(text, TemplateUse::kMaybe, 0, {}, examination);
  if (!told && text.find('\\') != std::string::npos) {
    judge_template(without_escapes(text), TemplateUse::kMaybe, 0, {}, examination);
  }
  return ok();
}

}  // namespace sally::vet::model
