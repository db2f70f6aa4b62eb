// Any bytes as what a scan met: paths, members, evidence, packages (one after the other, with a
// zero octet between), and as waivers and a baseline. Whatever they are, every output is what it
// claims to be.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/encoding.h"
#include "formats/json/document.h"
#include "vet/baseline.h"
#include "vet/glob.h"
#include "vet/report_cyclonedx.h"
#include "vet/report_json.h"
#include "vet/report_junit.h"
#include "vet/report_sarif.h"
#include "vet/report_spdx.h"
#include "vet/waivers.h"

namespace {

using namespace sally;
using namespace sally::vet;

std::vector<std::string> parts_of(std::string_view bytes) {
  constexpr size_t kMost = 12;
  std::vector<std::string> parts;
  while (parts.size() < kMost) {
    const size_t end = std::min(bytes.find('\0'), bytes.size());
    parts.emplace_back(bytes.substr(0, end));
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  return parts;
}

// Tags in order, each closed, and no `<` or `&` where a text stands.
bool is_balanced(std::string_view xml) {
  std::vector<std::string> open;
  for (size_t at = xml.find('<'); at != std::string_view::npos; at = xml.find('<', at)) {
    const size_t end = xml.find('>', at);
    if (end == std::string_view::npos) {
      return false;
    }
    std::string_view tag = xml.substr(at + 1, end - at - 1);
    at = end;
    if (tag.starts_with('?') || tag.ends_with('/')) {
      continue;
    }
    if (tag.starts_with('/')) {
      if (open.empty() || open.back() != tag.substr(1)) {
        return false;
      }
      open.pop_back();
    } else {
      open.emplace_back(tag.substr(0, tag.find(' ')));
    }
  }
  return open.empty();
}

void check_json(const std::string& json) {
  SALLY_CHECK(is_utf8(json));
  SALLY_CHECK(formats::JsonDocument::parse(json).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::vector<std::string> parts = parts_of(bytes);
  Target target{.path = parts[0],
                .sha256 = size % 2 == 0 ? "" : std::string(64, 'a'),
                .size = size,
                .format = "gguf",
                .packages = {{parts[1], parts[2], parts[3]}, {"PyPI", parts[2], parts[1]}},
                .facts = {{parts[4], parts[5]}, {"architecture", parts[6]}}};
  target.findings.push_back({.rule = RuleId::kUnreadable,
                             .severity = Severity::kMedium,
                             .offset = size,
                             .line = static_cast<uint32_t>(size % 3),
                             .member = parts[7],
                             .message = parts[8],
                             .evidence = parts[9],
                             .references = {parts[10], parts[11]}});
  std::vector<Target> targets = {target, target};
  targets[1].path += "/2";
  if (auto waivers = parse_waivers(bytes); waivers.ok()) {
    static_cast<void>(apply(*waivers, {}, targets));
  }
  const Report report{.targets = targets, .version = "1"};
  for (const auto writer : {report_json, report_sarif, report_cyclonedx, report_spdx}) {
    check_json(writer(report));
  }
  const std::string xml = report_junit(report);
  SALLY_CHECK(is_utf8(xml));
  SALLY_CHECK(is_balanced(xml));
  const auto own = Baseline::parse(report_json(report));
  SALLY_CHECK(own.ok());
  own->mark(target);
  SALLY_CHECK(target.findings[0].known);
  static_cast<void>(Baseline::parse(bytes));
  static_cast<void>(means(std::string_view(parts[0]).substr(0, 64), parts[7]));
  return 0;
}
