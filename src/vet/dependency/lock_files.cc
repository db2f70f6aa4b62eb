#include "vet/dependency/lock_files.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "formats/json/document.h"
#include "formats/toml/toml.h"
#include "formats/yaml/yaml.h"
#include "vet/dependency/dependency.h"
#include "vet/dependency/python_files.h"
#include "vet/dependency/text_file.h"

namespace sally::vet::dependency {
namespace {

using formats::JsonDocument;
using formats::JsonValue;
using formats::TomlNode;
using formats::YamlNode;

constexpr formats::YamlLimits kYamlLimits = {
    .bytes = size_t{32} << 20, .depth = 32, .nodes = 2'000'000};

// The first document of a YAML file.
Result<YamlNode> read_yaml(const std::string& text) {
  formats::YamlDocuments all = formats::parse_yaml_documents(text, kYamlLimits);
  if (all.problem) {
    return Error(ErrorKind::kInvalidInput, all.problem->message);
  }
  return all.roots.empty() ? YamlNode() : std::move(all.roots.front());
}

std::string_view text_of(const YamlNode* node, std::string_view key) {
  const YamlNode* found = node == nullptr ? nullptr : node->find(key);
  return found == nullptr ? std::string_view() : std::string_view(found->text);
}

uint32_t line_of(const formats::YamlPlace& place) {
  return place.line > 0 ? static_cast<uint32_t>(place.line) : 0;
}

// `@scope/name@1.0.0`: the `@` before the version; npos: there is none.
size_t version_sign(std::string_view text) {
  return text.empty() ? std::string_view::npos : text.find('@', 1);
}

void report_npm(std::string_view name, std::string_view version, uint32_t line, uint64_t offset,
                Examination& examination) {
  report({.ecosystem = "npm",
          .name = std::string(name),
          .version = std::string(version),
          .line = line,
          .offset = offset},
         examination);
}

// Version 1: packages within packages. The document's depth bounds the recursion.
void report_nested(const JsonValue& dependencies,
                   Examination& examination) {  // NOLINT(misc-no-recursion)
  for (const JsonValue package : dependencies) {
    if (const auto version = package.string("version"); version.ok()) {
      report_npm(package.name(), *version, 0, package.offset(), examination);
    }
    if (const auto inner = package.find("dependencies"); inner && inner->is_object()) {
      report_nested(*inner, examination);
    }
  }
}

// The name and version of a key of pnpm: `/@a/b@1.0.0(c@2)`, `/b/1.0.0_c@2`, `b@1.0.0`.
std::optional<std::pair<std::string_view, std::string_view>> pnpm_package(std::string_view key) {
  if (key.starts_with('/')) {
    key.remove_prefix(1);
  }
  key = key.substr(0, key.find('('));
  size_t sign = version_sign(key);
  const size_t slash = key.rfind('/');
  const bool by_slash = slash != std::string_view::npos && slash + 1 < key.size() &&
                        key[slash + 1] >= '0' && key[slash + 1] <= '9';
  if (by_slash) {
    sign = slash;
  }
  if (sign == std::string_view::npos || key.find(':') != std::string_view::npos) {
    return std::nullopt;  // a folder, an address
  }
  const std::string_view version = key.substr(sign + 1);
  return std::pair{key.substr(0, sign), by_slash ? version.substr(0, version.find('_')) : version};
}

// `"@a/b@^1.0", b@npm:^2`: the name of the first.
std::string_view yarn_name(std::string_view key) {
  while (!key.empty() && (key.front() == '"' || key.front() == ' ')) {
    key.remove_prefix(1);
  }
  const size_t sign = version_sign(key);
  return sign == std::string_view::npos ? std::string_view() : key.substr(0, sign);
}

Result<> examine_yarn_berry(const std::string& text, Examination& examination) {
  TRY(const YamlNode root, read_yaml(text));
  for (const formats::YamlMember& member : root.members) {
    const std::string_view resolution = text_of(&member.value, "resolution");
    const size_t sign = version_sign(resolution);
    if (sign != std::string_view::npos && resolution.substr(sign).starts_with("@npm:")) {
      report_npm(resolution.substr(0, sign), text_of(&member.value, "version"),
                 line_of(member.place), 0, examination);
    }
  }
  return ok();
}

void examine_yarn_classic(std::string_view text, Examination& examination) {
  std::string_view name;
  for (const TextLine& line : lines_of(text)) {
    if (line.text.empty() || line.text.starts_with('#')) {
      continue;
    }
    if (line.text.front() != ' ') {
      name = yarn_name(line.text);
      continue;
    }
    constexpr std::string_view kVersion = "  version ";
    if (line.text.starts_with(kVersion) && !name.empty()) {
      std::string_view version = trim_blanks(line.text.substr(kVersion.size()));
      if (version.size() >= 2 && version.front() == '"' && version.back() == '"') {
        version = version.substr(1, version.size() - 2);
      }
      report_npm(name, version, line.number, line.offset, examination);
      name = {};
    }
  }
}

// `conda-forge::numpy=1.26.4=py311_0`, `numpy==1.26`, `numpy >=1.20`.
void report_conda(std::string_view spec, uint32_t line, Examination& examination) {
  if (const size_t channel = spec.find("::"); channel != std::string_view::npos) {
    spec.remove_prefix(channel + 2);
  }
  spec = trim_blanks(spec);
  const size_t end = std::min(spec.find_first_of(" =<>!~["), spec.size());
  Dependency dependency{.ecosystem = "PyPI",
                        .name = std::string(spec.substr(0, end)),
                        .version = {},
                        .line = line,
                        .listed_as = "conda"};
  std::string_view asked = trim_blanks(spec.substr(end));
  asked = asked.substr(0, asked.find('['));
  if (asked.starts_with("==") || (asked.starts_with('=') && !asked.starts_with("=="))) {
    const bool exact = asked.starts_with("==") || asked.find('=', 1) != std::string_view::npos;
    asked.remove_prefix(asked.starts_with("==") ? 2 : 1);
    const std::string_view version = trim_blanks(asked.substr(0, asked.find('=')));
    // `numpy=1.26` is `1.26.*`.
    if (exact && version.find('*') == std::string_view::npos) {
      dependency.version = version;
    } else {
      dependency.specifiers = "==" + std::string(version) + (version.ends_with('*') ? "" : ".*");
    }
  } else {
    dependency.specifiers = asked;
  }
  report(dependency, examination);
}

std::string_view member_of(const JsonValue& value, std::string_view name) {
  const auto text = value.string(name);
  return text.ok() ? *text : std::string_view();
}

void report_purl(std::string_view purl, uint64_t offset, Examination& examination) {
  if (auto dependency = dependency_of_purl(purl)) {
    dependency->offset = offset;
    report(*dependency, examination);
  }
}

// The document's depth bounds the recursion.
void report_components(const JsonValue& components,
                       Examination& examination) {  // NOLINT(misc-no-recursion)
  for (const JsonValue component : components) {
    report_purl(member_of(component, "purl"), component.offset(), examination);
    if (const auto inner = component.find("components"); inner && inner->is_array()) {
      report_components(*inner, examination);
    }
  }
}

// Of which release of Debian packages are, as the versions of their repairs say (`+deb12u1`): the
// one that most name; empty: none does.
std::string release_of(std::string_view status) {
  constexpr std::string_view kSign = "+deb";
  std::map<std::string, size_t> counts;
  for (size_t at = status.find(kSign); at != std::string_view::npos;
       at = status.find(kSign, at + 1)) {
    std::string_view rest = status.substr(at + kSign.size());
    const size_t digits = rest.find_first_not_of("0123456789");
    if (digits != std::string_view::npos && digits > 0 && digits <= 2 && rest[digits] == 'u') {
      ++counts[std::string(rest.substr(0, digits))];
    }
  }
  const auto most =
      std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; });
  return most == counts.end() ? std::string() : most->first;
}

}  // namespace

bool may_be_toml_lock(const Look& look) {
  const std::string_view name = look.name;
  return name == "poetry.lock" || name == "uv.lock" || name == "pdm.lock" || name == "Cargo.lock" ||
         name == "pylock.toml" || (name.starts_with("pylock.") && name.ends_with(".toml"));
}

Result<> examine_toml_lock(const formats::Input& input, Examination& examination) {
  TRY(const std::string text, read_text(input));
  TRY(const TomlNode root, formats::parse_toml(text, {.bytes = kMostLock}));
  const bool cargo = examination.name() == "Cargo.lock";
  for (const std::string_view key : {"package", "packages"}) {
    const TomlNode* packages = root.find(key);
    if (packages == nullptr) {
      continue;
    }
    for (const TomlNode& package : packages->items) {
      const TomlNode* source = package.find("source");
      // The project itself, and what lies beside it.
      const bool local = cargo ? source == nullptr
                               : source != nullptr && (source->find("virtual") != nullptr ||
                                                       source->find("editable") != nullptr ||
                                                       source->find("directory") != nullptr);
      if (local) {
        continue;
      }
      report({.ecosystem = cargo ? "crates.io" : "PyPI",
              .name = std::string(package.text_of("name")),
              .version = std::string(package.text_of("version")),
              .line = package.line},
             examination);
    }
  }
  return ok();
}

bool may_be_package_lock(const Look& look) {
  return look.name == "package-lock.json" || look.name == "npm-shrinkwrap.json" ||
         look.name == ".package-lock.json";
}

Result<> examine_package_lock(const formats::Input& input, Examination& examination) {
  TRY(const std::string text, read_text(input));
  TRY(const JsonDocument document, JsonDocument::parse(text, kLockLimits));
  if (const auto packages = document.root().find("packages"); packages && packages->is_object()) {
    for (const JsonValue package : *packages) {
      constexpr std::string_view kFolder = "node_modules/";
      const std::string_view path = package.name();
      const size_t last = path.rfind(kFolder);
      if (last == std::string_view::npos || package.find("link")) {
        continue;  // the project itself
      }
      std::string_view name = path.substr(last + kFolder.size());
      if (const auto real = package.string("name"); real.ok()) {
        name = *real;  // installed under another name
      }
      if (const auto version = package.string("version"); version.ok()) {
        report_npm(name, *version, 0, package.offset(), examination);
      }
    }
    return ok();
  }
  const auto dependencies = document.root().find("dependencies");
  if (dependencies && dependencies->is_object()) {
    report_nested(*dependencies, examination);
  }
  return ok();
}

bool may_be_pnpm_lock(const Look& look) {
  return look.name == "pnpm-lock.yaml";
}

Result<> examine_pnpm_lock(const formats::Input& input, Examination& examination) {
  TRY(const std::string text, read_text(input));
  TRY(const YamlNode root, read_yaml(text));
  if (const YamlNode* packages = root.find("packages")) {
    for (const formats::YamlMember& member : packages->members) {
      if (const auto package = pnpm_package(member.key)) {
        report_npm(package->first, package->second, line_of(member.place), 0, examination);
      }
    }
  }
  return ok();
}

bool may_be_yarn_lock(const Look& look) {
  return look.name == "yarn.lock";
}

Result<> examine_yarn_lock(const formats::Input& input, Examination& examination) {
  TRY(const std::string text, read_text(input));
  if (text.find("__metadata:") != std::string::npos) {
    return examine_yarn_berry(text, examination);
  }
  examine_yarn_classic(text, examination);
  return ok();
}

bool may_be_conda(const Look& look) {
  const std::string_view name = look.name;
  const bool yaml = name.ends_with(".yml") || name.ends_with(".yaml");
  return yaml && (name.starts_with("environment") || name.starts_with("conda-lock") ||
                  name.ends_with(".conda-lock.yml") || name.starts_with("conda"));
}

Result<> examine_conda(const formats::Input& input, Examination& examination) {
  TRY(const std::string text, read_text(input));
  TRY(const YamlNode root, read_yaml(text));
  if (const YamlNode* packages = root.find("package")) {
    for (const YamlNode& package : packages->items) {
      const bool pip = text_of(&package, "manager") == "pip";
      report({.ecosystem = "PyPI",
              .name = std::string(text_of(&package, "name")),
              .version = std::string(text_of(&package, "version")),
              .line = line_of(package.place),
              .listed_as = pip ? "" : "conda"},
             examination);
    }
  }
  const YamlNode* dependencies = root.find("dependencies");
  if (dependencies == nullptr) {
    return ok();
  }
  for (const YamlNode& item : dependencies->items) {
    if (item.kind == YamlNode::Kind::kText) {
      report_conda(item.text, line_of(item.place), examination);
      continue;
    }
    if (const YamlNode* pip = item.find("pip")) {
      for (const YamlNode& one : pip->items) {
        const std::vector<RequirementLine> lines = parse_requirements(one.text);
        report_lines(lines, line_of(one.place), 0, examination);
      }
    }
  }
  return ok();
}

bool may_be_go_mod(const Look& look) {
  return look.name == "go.mod";
}

Result<> examine_go_mod(const formats::Input& input, Examination& examination) {
  TRY(const std::string text, read_text(input));
  std::string block;
  struct Required {
    std::string version;
    TextLine line;
  };
  std::map<std::string, Required, std::less<>> required;
  for (const TextLine& line : lines_of(text)) {
    std::string_view one = trim_blanks(line.text.substr(0, line.text.find("//")));
    if (one == ")") {
      block.clear();
      continue;
    }
    std::vector<std::string_view> words;
    for (std::string_view rest = one; !rest.empty();) {
      const size_t end = std::min(rest.find_first_of(" \t"), rest.size());
      words.push_back(rest.substr(0, end));
      rest = trim_blanks(rest.substr(end));
    }
    if (words.size() == 2 && words[1] == "(") {
      block = words[0];
      continue;
    }
    std::string_view verb = block;
    if (block.empty() && !words.empty()) {
      verb = words.front();
      words.erase(words.begin());
    }
    if (verb == "require" && words.size() >= 2) {
      required[std::string(words[0])] = {.version = std::string(words[1]), .line = line};
    } else if (verb == "replace") {
      // `a [v1] => b v2`; without a version it is a folder.
      const auto arrow = std::ranges::find(words, "=>");
      if (arrow == words.end() || arrow == words.begin()) {
        continue;
      }
      required.erase(std::string(words.front()));
      if (words.end() - arrow == 3) {
        required[std::string(arrow[1])] = {.version = std::string(arrow[2]), .line = line};
      }
    }
  }
  for (const auto& [name, one] : required) {
    std::string_view version = one.version;
    if (version.starts_with('v')) {
      version.remove_prefix(1);  // as OSV writes Go's versions
    }
    report({.ecosystem = "Go",
            .name = name,
            .version = std::string(version),
            .line = one.line.number,
            .offset = one.line.offset},
           examination);
  }
  return ok();
}

bool may_be_dpkg_status(const Look& look) {
  return look.name.starts_with("status") && as_text(look.head).starts_with("Package: ");
}

Result<> examine_dpkg_status(const formats::Input& input, Examination& examination) {
  TRY(const std::string text, read_text(input));
  const std::string release = release_of(text);
  const std::string ecosystem = release.empty() ? "Debian" : "Debian:" + release;
  Dependency dependency{.ecosystem = ecosystem, .name = {}, .version = {}};
  bool installed = false;
  std::string source_version;
  const auto flush = [&] {
    // Advisories name source packages; without a release they would be of another one's versions.
    if (installed && !dependency.name.empty()) {
      if (!source_version.empty()) {
        dependency.version = source_version;
      }
      if (release.empty()) {
        examination.add_package({.ecosystem = dependency.ecosystem,
                                 .name = dependency.name,
                                 .version = dependency.version});
      } else {
        report(dependency, examination);
      }
    }
    dependency.name.clear();
    dependency.version.clear();
    source_version.clear();
    installed = false;
  };
  for (const TextLine& line : lines_of(text)) {
    if (line.text.empty()) {
      flush();
      continue;
    }
    const size_t colon = line.text.find(": ");
    if (colon == std::string_view::npos || line.text.front() == ' ') {
      continue;
    }
    const std::string_view field = line.text.substr(0, colon);
    const std::string_view value = trim_blanks(line.text.substr(colon + 2));
    if (field == "Package") {
      dependency.name = value;
      dependency.line = line.number;
      dependency.offset = line.offset;
    } else if (field == "Status") {
      installed = value.ends_with(" installed");
    } else if (field == "Version") {
      dependency.version = value;
    } else if (field == "Source") {
      const size_t bracket = value.find(" (");
      dependency.name = value.substr(0, bracket);
      if (bracket != std::string_view::npos && value.ends_with(')')) {
        source_version = value.substr(bracket + 2, value.size() - bracket - 3);
      }
    }
  }
  flush();
  return ok();
}

bool may_be_sbom(const Look& look) {
  const std::string_view head = as_text(look.head);
  const size_t first = head.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && head[first] == '{' &&
         (head.find("\"bomFormat\"") != std::string_view::npos ||
          head.find("\"spdxVersion\"") != std::string_view::npos);
}

Result<> examine_sbom(const formats::Input& input, Examination& examination) {
  TRY(const std::string text, read_text(input));
  TRY(const JsonDocument document, JsonDocument::parse(text, kLockLimits));
  if (const auto components = document.root().find("components");
      components && components->is_array()) {
    report_components(*components, examination);
  }
  if (const auto packages = document.root().find("packages"); packages && packages->is_array()) {
    for (const JsonValue package : *packages) {
      const auto references = package.find("externalRefs");
      if (!references || !references->is_array()) {
        continue;
      }
      for (const JsonValue reference : *references) {
        if (member_of(reference, "referenceType") == "purl") {
          report_purl(member_of(reference, "referenceLocator"), package.offset(), examination);
        }
      }
    }
  }
  return ok();
}

}  // namespace sally::vet::dependency
