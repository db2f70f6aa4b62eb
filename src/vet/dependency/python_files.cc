#include "vet/dependency/python_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "base/encoding.h"
#include "formats/json/document.h"
#include "formats/toml/toml.h"
#include "vet/dependency/dependency.h"
#include "vet/dependency/pep440.h"
#include "vet/dependency/text_file.h"

namespace sally::vet::dependency {
namespace {

using formats::JsonDocument;
using formats::JsonValue;
using formats::TomlNode;

bool is_text_file_of(std::string_view name, std::string_view word) {
  const bool fits = name.ends_with(".txt") || name.ends_with(".in");
  return fits && (name.starts_with(word) || name.substr(0, name.rfind('.')).ends_with(word));
}

void add(Examination& examination, RuleId rule, uint32_t line, uint64_t offset, std::string message,
         std::string_view evidence) {
  examination.add({.rule = rule,
                   .severity = row_of(rule).severity,
                   .offset = offset,
                   .line = line,
                   .message = std::move(message),
                   .evidence = std::string(evidence)});
}

// An address without what it may hold of a login.
std::string without_login(std::string_view url) {
  const size_t scheme = url.find("://");
  const size_t at = url.find('@', scheme == std::string_view::npos ? 0 : scheme);
  const size_t slash = url.find('/', scheme == std::string_view::npos ? 0 : scheme + 3);
  if (scheme == std::string_view::npos || at == std::string_view::npos || at > slash) {
    return std::string(url);
  }
  return std::string(url.substr(0, scheme + 3)) + "***" + std::string(url.substr(at));
}

bool is_plain_http(std::string_view url) {
  constexpr std::array<std::string_view, 3> kHere = {"http://localhost", "http://127.0.0.1",
                                                     "http://[::1]"};
  return (url.starts_with("http://") || url.starts_with("git+http://")) &&
         std::ranges::none_of(kHere, [&](std::string_view here) { return url.starts_with(here); });
}

// A commit or a digest stands in it: what comes is what was meant.
bool is_fixed_address(std::string_view url) {
  if (url.find("#sha256=") != std::string_view::npos ||
      url.find("&sha256=") != std::string_view::npos) {
    return true;
  }
  const size_t at = url.rfind('@');
  if (at == std::string_view::npos) {
    return false;
  }
  constexpr size_t kCommit = 40;
  const std::string_view commit = url.substr(at + 1, kCommit);
  return commit.size() == kCommit && from_hex(commit).has_value();
}

void report_option(const RequirementLine& one, uint32_t line, uint64_t offset,
                   Examination& examination) {
  if (one.option == "--extra-index-url") {
    add(examination, RuleId::kExtraIndex, line, offset,
        "the highest version of either index is taken, whoever put it there",
        "--extra-index-url " + without_login(one.value));
  }
  const bool is_index = one.option == "--extra-index-url" || one.option == "--index-url" ||
                        one.option == "--find-links" || one.option == "--index" ||
                        one.option == "--default-index";
  if (is_index && is_plain_http(one.value)) {
    add(examination, RuleId::kInsecureIndex, line, offset, "an index is asked without TLS",
        one.option + " " + without_login(one.value));
  }
  if (one.option == "--trusted-host") {
    add(examination, RuleId::kInsecureIndex, line, offset,
        "the certificate of an index is not verified", "--trusted-host " + one.value);
  }
}

void report_address(const RequirementLine& one, uint32_t line, uint64_t offset,
                    Examination& examination) {
  const std::string& url = one.requirement.url;
  if (url.find("://") == std::string::npos || is_fixed_address(url) || !one.hashes.empty()) {
    return;
  }
  if (is_plain_http(url)) {
    add(examination, RuleId::kInsecureIndex, line, offset, "a package is fetched without TLS",
        without_login(url));
    return;
  }
  add(examination, RuleId::kPackageFromUrl, line, offset,
      "what comes may differ from one time to the next", without_login(url));
}

void report_requirement(const Requirement& requirement, uint32_t line, uint64_t offset,
                        bool tell_unpinned, Examination& examination) {
  Dependency dependency{.ecosystem = "PyPI",
                        .name = requirement.name,
                        .version = {},
                        .specifiers = requirement.specifiers,
                        .line = line,
                        .offset = offset};
  if (!requirement.url.empty()) {
    RequirementLine one;
    one.requirement = requirement;
    one.kind = RequirementLine::Kind::kUrl;
    report_address(one, line, offset, examination);
    report(dependency, examination);
    return;
  }
  if (const auto specifiers = Specifiers::parse(requirement.specifiers)) {
    dependency.version = specifiers->pinned();
  }
  report(dependency, examination);
  if (tell_unpinned && dependency.version.empty()) {
    add(examination, RuleId::kUnpinnedPackage, line, offset,
        fmt::format("`{}` is taken in the version of the day", requirement.name),
        requirement.name + requirement.specifiers);
  }
}

// Reports the requirements among the texts of a list.
void report_list(const TomlNode* list, Examination& examination) {
  if (list == nullptr) {
    return;
  }
  for (const TomlNode& item : list->items) {
    if (item.kind == TomlNode::Kind::kText) {
      if (const auto requirement = parse_requirement(item.text)) {
        report_requirement(*requirement, item.line, 0, false, examination);
      }
    }
  }
}

// Each list of a table.
void report_lists(const TomlNode* table, Examination& examination) {
  if (table != nullptr) {
    for (const formats::TomlMember& member : table->members) {
      report_list(&member.value, examination);
    }
  }
}

// Poetry's constraints in the words of PEP 440: `^1.2` is `>=1.2,<2`, `1.2.3` is `==1.2.3`.
std::string poetry_specifiers(std::string_view text) {
  std::string out;
  const auto add_part = [&](std::string part) { out += (out.empty() ? "" : ",") + part; };
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    std::string_view one = trim_blanks(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
    if (one.empty() || one == "*") {
      continue;
    }
    const bool caret = one.starts_with('^');
    const bool tilde = one.starts_with('~') && !one.starts_with("~=");
    if (!caret && !tilde) {
      add_part(is_digit(one.front()) ? "==" + std::string(one) : std::string(one));
      continue;
    }
    one = trim_blanks(one.substr(1));
    // The part that is raised: the first that is not 0, or of `~` the second.
    std::vector<std::string> parts;
    for (std::string_view rest = one; !rest.empty() && is_digit(rest.front());) {
      const size_t end = std::min(rest.find_first_not_of("0123456789"), rest.size());
      parts.emplace_back(rest.substr(0, end));
      rest.remove_prefix(end);
      if (!rest.starts_with('.')) {
        break;
      }
      rest.remove_prefix(1);
    }
    size_t raised = 0;
    if (tilde) {
      raised = parts.size() > 1 ? 1 : 0;
    } else {
      while (raised + 1 < parts.size() && Digits(parts[raised]).is_zero()) {
        ++raised;
      }
    }
    add_part(">=" + std::string(one));
    constexpr size_t kMostDigits = 9;
    if (raised < parts.size() && parts[raised].size() <= kMostDigits) {
      std::string bound;
      for (size_t i = 0; i < raised; ++i) {
        bound += parts[i] + ".";
      }
      add_part("<" + bound + std::to_string(std::stoul(parts[raised]) + 1));
    }
  }
  return out;
}

void report_poetry(const TomlNode* table, Examination& examination) {
  if (table == nullptr) {
    return;
  }
  for (const formats::TomlMember& member : table->members) {
    if (member.key == "python") {
      continue;
    }
    Requirement requirement;
    requirement.name = member.key;
    if (member.value.kind == TomlNode::Kind::kText) {
      requirement.specifiers = poetry_specifiers(member.value.text);
    } else if (member.value.kind == TomlNode::Kind::kTable) {
      requirement.specifiers = poetry_specifiers(member.value.text_of("version"));
      if (const std::string_view git = member.value.text_of("git"); !git.empty()) {
        requirement.url = fmt::format("git+{}@{}", git, member.value.text_of("rev"));
      } else if (!member.value.text_of("path").empty()) {
        continue;
      } else {
        requirement.url = member.value.text_of("url");
      }
    }
    report_requirement(requirement, member.value.line, 0, false, examination);
  }
}

// Indexes besides the first, that are asked for every name.
void report_indexes(const TomlNode* list, Examination& examination) {
  if (list == nullptr) {
    return;
  }
  for (const TomlNode& index : list->items) {
    const TomlNode* is_explicit = index.find("explicit");
    const bool bound = (is_explicit != nullptr && is_explicit->text == "true") ||
                       index.text_of("priority") == "explicit";
    const std::string_view url = index.text_of("url");
    if (is_plain_http(url)) {
      add(examination, RuleId::kInsecureIndex, index.line, 0, "an index is asked without TLS",
          without_login(url));
    }
    const std::string_view priority = index.text_of("priority");
    const bool takes_over =
        priority == "primary" || priority == "default" || (index.find("default") != nullptr);
    if (!bound && !takes_over) {
      add(examination, RuleId::kExtraIndex, index.line, 0,
          "the highest version of either index may be taken, whoever put it there",
          without_login(url));
    }
  }
}

}  // namespace

void report_lines(std::span<const RequirementLine> lines, uint32_t line, uint64_t offset,
                  Examination& examination) {
  for (const RequirementLine& one : lines) {
    const uint32_t at_line = line != 0 ? line : one.line;
    const uint64_t at = line != 0 ? offset : one.offset;
    switch (one.kind) {
      case RequirementLine::Kind::kRequirement:
        report_requirement(one.requirement, at_line, at, true, examination);
        break;
      case RequirementLine::Kind::kUrl:
        report_address(one, at_line, at, examination);
        break;
      case RequirementLine::Kind::kOption:
        report_option(one, at_line, at, examination);
        break;
      case RequirementLine::Kind::kOther:
        break;
    }
  }
}

bool may_be_requirements(const Look& look) {
  return is_text_file_of(look.name, "requirements") || is_text_file_of(look.name, "constraints") ||
         look.name == "requirements.lock";
}

Result<> examine_requirements(const formats::Input& input, Examination& examination) {
  TRY(const std::string text, read_text(input));
  const std::vector<RequirementLine> lines = parse_requirements(text);
  report_lines(lines, 0, 0, examination);
  return ok();
}

bool may_be_pyproject(const Look& look) {
  return look.name == "pyproject.toml";
}

Result<> examine_pyproject(const formats::Input& input, Examination& examination) {
  TRY(const std::string text, read_text(input));
  TRY(const TomlNode root, formats::parse_toml(text));
  report_list(root.find("project", "dependencies"), examination);
  report_lists(root.find("project", "optional-dependencies"), examination);
  report_list(root.find("build-system", "requires"), examination);
  report_lists(root.find("dependency-groups"), examination);
  if (const TomlNode* poetry = root.find("tool", "poetry")) {
    report_poetry(poetry->find("dependencies"), examination);
    report_poetry(poetry->find("dev-dependencies"), examination);
    if (const TomlNode* groups = poetry->find("group")) {
      for (const formats::TomlMember& group : groups->members) {
        report_poetry(group.value.find("dependencies"), examination);
      }
    }
    report_indexes(poetry->find("source"), examination);
  }
  report_indexes(root.find("tool", "uv", "index"), examination);
  report_list(root.find("tool", "uv", "dev-dependencies"), examination);
  if (const TomlNode* extra = root.find("tool", "uv", "extra-index-url")) {
    for (const TomlNode& url : extra->items) {
      add(examination, RuleId::kExtraIndex, url.line, 0, "two indexes are asked for every name",
          without_login(url.text));
    }
  }
  return ok();
}

bool may_be_setup_cfg(const Look& look) {
  return look.name == "setup.cfg";
}

Result<> examine_setup_cfg(const formats::Input& input, Examination& examination) {
  TRY(const std::string text, read_text(input));
  std::string_view section;
  bool in_list = false;
  for (const TextLine& line : lines_of(text)) {
    const std::string_view one = trim_blanks(line.text);
    if (one.empty() || one.starts_with('#') || one.starts_with(';')) {
      continue;
    }
    if (one.starts_with('[')) {
      section = one.substr(1, one.find(']') - 1);
      in_list = false;
      continue;
    }
    std::string_view value = one;
    if (line.text.front() != ' ' && line.text.front() != '\t') {
      const size_t equals = line.text.find('=');
      const std::string_view key = trim_blanks(line.text.substr(0, equals));
      in_list = equals != std::string_view::npos &&
                ((section == "options" && (key == "install_requires" || key == "setup_requires" ||
                                           key == "tests_require")) ||
                 section == "options.extras_require");
      value = equals == std::string_view::npos ? std::string_view() : line.text.substr(equals + 1);
    }
    if (in_list) {
      if (const auto requirement = parse_requirement(value)) {
        report_requirement(*requirement, line.number, line.offset, false, examination);
      }
    }
  }
  return ok();
}

bool may_be_pipfile_lock(const Look& look) {
  return look.name == "Pipfile.lock";
}

Result<> examine_pipfile_lock(const formats::Input& input, Examination& examination) {
  TRY(const std::string text, read_text(input));
  TRY(const JsonDocument document, JsonDocument::parse(text, kLockLimits));
  for (const JsonValue group : document.root()) {
    if (group.name() == "_meta" || !group.is_object()) {
      continue;
    }
    for (const JsonValue package : group) {
      Requirement requirement;
      requirement.name = package.name();
      if (const auto version = package.string("version"); version.ok()) {
        requirement.specifiers = *version;
      }
      report_requirement(requirement, 0, package.offset(), false, examination);
    }
  }
  const auto meta = document.root().find("_meta");
  const auto sources = meta ? meta->find("sources") : std::nullopt;
  if (sources && sources->is_array() && sources->size() > 1) {
    add(examination, RuleId::kExtraIndex, 0, sources->offset(),
        "packages come from several indexes", "_meta.sources");
  }
  return ok();
}

bool may_be_metadata(const Look& look) {
  return (look.name == "METADATA" || look.name == "PKG-INFO") &&
         as_text(look.head).find("Metadata-Version:") != std::string_view::npos;
}

Result<> examine_metadata(const formats::Input& input, Examination& examination) {
  TRY(const std::string text, read_text(input));
  Dependency dependency{.ecosystem = "PyPI", .name = {}, .version = {}};
  for (const TextLine& line : lines_of(text)) {
    if (line.text.empty()) {
      break;  // the description follows
    }
    const size_t colon = line.text.find(':');
    if (colon == std::string_view::npos) {
      continue;
    }
    const std::string_view value = trim_blanks(line.text.substr(colon + 1));
    if (equal_ignoring_case(line.text.substr(0, colon), "Name")) {
      dependency.name = value;
    } else if (equal_ignoring_case(line.text.substr(0, colon), "Version")) {
      dependency.version = value;
      dependency.line = line.number;
      dependency.offset = line.offset;
    }
  }
  report(dependency, examination);
  return ok();
}

}  // namespace sally::vet::dependency
