// YAML as a loader of Python objects sees it: the tags, wherever they stand. Its structure is read
// by nobody here: a tag runs while it is read.
#include <fmt/format.h>

#include <array>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "base/text.h"
#include "vet/model/config.h"
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
  const bool told = judge_template(text, TemplateUse::kMaybe, 0, {}, examination);
  if (!told && text.find('\\') != std::string::npos) {
    judge_template(without_escapes(text), TemplateUse::kMaybe, 0, {}, examination);
  }
  return ok();
}

}  // namespace sally::vet::model
