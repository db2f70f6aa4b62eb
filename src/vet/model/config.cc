#include "vet/model/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "base/text.h"
#include "formats/jinja/template.h"
#include "vet/model/boosted.h"
#include "vet/model/hub.h"
#include "vet/model/keras.h"
#include "vet/model/template.h"

namespace sally::vet::model {
namespace {

using formats::LenientJson;
using Value = LenientJson::Value;

constexpr uint64_t kMostConfig = uint64_t{128} << 20;

bool ends_with(std::string_view name, std::span<const std::string_view> endings) {
  return std::ranges::any_of(endings, [&](std::string_view ending) {
    return name.size() >= ending.size() &&
           equal_ignoring_case(name.substr(name.size() - ending.size()), ending);
  });
}

bool named_json(std::string_view name) {
  static constexpr std::array<std::string_view, 5> kEndings = {".json", ".ipynb", ".jsonl",
                                                               ".ndjson", ".webmanifest"};
  return ends_with(name, kEndings);
}

std::string_view without_blanks(std::string_view text) {
  const size_t at = text.find_first_not_of(" \t\r\n");
  return at == std::string_view::npos ? std::string_view() : text.substr(at);
}

// Whether `text` begins as a value of JSON does.
bool begins_value(std::string_view text) {
  if (text.empty()) {
    return false;
  }
  static constexpr std::array<std::string_view, 6> kWords = {"true", "false",    "null",
                                                             "NaN",  "Infinity", "-Infinity"};
  return std::string_view("\"{[").find(text[0]) != std::string_view::npos || text[0] == '-' ||
         (text[0] >= '0' && text[0] <= '9') ||
         std::ranges::any_of(kWords, [&](std::string_view word) { return text.starts_with(word); });
}

}  // namespace

bool may_be_json(const Look& look) {
  std::string_view text = as_text(look.head);
  if (text.starts_with("\xEF\xBB\xBF")) {
    text.remove_prefix(3);
  }
  text = without_blanks(text);
  if (text.empty() || (text[0] != '{' && text[0] != '[')) {
    return false;
  }
  const bool object = text[0] == '{';
  std::string_view inside = without_blanks(text.substr(1));
  if (object) {
    return inside.empty() ? named_json(look.name) : inside[0] == '"' || inside[0] == '}';
  }
  if (inside.starts_with('[')) {
    inside = without_blanks(inside.substr(1));  // `[[package]]` is TOML
  }
  return inside.starts_with(']') || begins_value(inside);
}

void judge_templates(const LenientJson& read, Examination& examination) {
  uint32_t chat_until = 0;  // values below `chat_template` are before this one
  read.documents().each([&](Value value) {
    if (value.index() >= chat_until &&
        (value.name() == "chat_template" || value.name() == "chat_templates")) {
      chat_until = value.last() + 1;
    }
    if (!value.is_string() || !formats::has_jinja(value.text())) {
      return;
    }
    const bool chat = value.index() < chat_until;
    judge_template(value.text(), chat ? TemplateUse::kChat : TemplateUse::kMaybe, value.offset(),
                   printable(value.name(), 80), examination);
  });
}

Result<> examine_json(const formats::Input& input, Examination& examination) {
  TRY(const std::string text, formats::read_all(input, kMostConfig));
  const LenientJson read = LenientJson::parse(text);
  judge_templates(read, examination);
  judge_keras(read.documents(), 0, examination);
  judge_hub(read.documents(), examination);
  judge_notebook(read.root(), examination);
  judge_mcp(read.root(), examination);
  judge_boosted(read.root(), examination);
  if (read.fault() && (named_json(examination.name()) || read.documents().size() > 1)) {
    examination.unread(*read.fault(), read.fault_offset());
  }
  return ok();
}

}  // namespace sally::vet::model
