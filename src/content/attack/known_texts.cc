#include "content/attack/known_texts.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "content/attack/known.h"
#include "content/normalise/normalized_text.h"
#include "formats/json/document.h"

namespace sally::content {
namespace {

constexpr formats::JsonLimits kLimits = {.bytes = size_t{1} << 20, .depth = 8, .members = 100};

Result<KnownText> read_line(std::string_view line) {
  KnownText out;
  if (line.starts_with('{')) {
    TRY(const auto document, formats::JsonDocument::parse(line, kLimits));
    TRY(const auto text, document.root().string("text"));
    out.text = text;
    if (document.root().find("label")) {
      TRY(const auto name, document.root().string("label"));
      const auto label = parse_attack_label(name);
      if (!label || *label == AttackLabel::kNone) {
        return Error(ErrorKind::kInvalidInput,
                     fmt::format("`{}` is no kind of attack", printable(name, 40)),
                     "injection, jailbreak, extraction or exfiltration");
      }
      out.label = *label;
    }
  } else {
    out.text = line;
  }
  if (!attack::KnownAttacks::of(normalise(UntrustedText(out.text)).text())) {
    return Error(ErrorKind::kInvalidInput, "there is no word in it");
  }
  return out;
}

}  // namespace

Result<std::vector<KnownText>> read_known_texts(std::string_view lines) {
  std::vector<KnownText> out;
  for (size_t number = 1; !lines.empty(); ++number) {
    std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    if (line.empty()) {
      continue;
    }
    auto text = read_line(line);
    if (!text) {
      return std::move(text).error().in(fmt::format("line {}", number));
    }
    out.push_back(*std::move(text));
  }
  return out;
}

}  // namespace sally::content
