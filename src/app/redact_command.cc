// `redact`: texts without the personal data and secrets in them.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/content_commands.h"
#include "app/line_reader.h"
#include "base/text.h"
#include "content/service/code_points.h"
#include "content/text_finder.h"

namespace sally::app {
namespace {

constexpr size_t kLongestText = size_t{256} << 20;

Result<> check_types(const std::vector<std::string>& types,
                     const std::vector<content::CustomRecognizer>& recognizers) {
  const auto known = content::types_of(recognizers);
  for (const std::string& type : types) {
    if (std::ranges::find(known, type) == known.end()) {
      const std::string_view close = nearest(type, known);
      return Error(ErrorKind::kUsage,
                   close.empty()
                       ? fmt::format("no type `{}`", printable(type))
                       : fmt::format("no type `{}`; did you mean `{}`?", printable(type), close),
                   "docs/privacy.md has the types");
    }
  }
  return ok();
}

}  // namespace

std::string redacted(std::string_view text, const std::vector<content::Found>& found,
                     const RedactOptions& options) {
  content::CodePointCounter points(text);
  std::string out;
  size_t at = 0;
  for (const content::Found& one : found) {
    const bool asked =
        options.types.empty() || std::ranges::find(options.types, one.type) != options.types.end();
    if (!asked || one.score < options.score) {
      continue;
    }
    out += text.substr(at, one.begin - at);
    if (options.with == "type") {
      out += fmt::format("<{}>", one.type);
    } else if (options.with == "mask") {
      const size_t begin = points.before(one.begin);
      out.append(points.before(one.end) - begin, '*');
    }
    at = one.end;
  }
  out += text.substr(at);
  return out;
}

Result<int> redact(const World& world, const RedactOptions& options) {
  TRY(auto recognizers, recognizers_of(world, options.config));
  TRY_OK(check_types(options.types, recognizers));
  TRY(const content::TextFinder finder, content::TextFinder::create(std::move(recognizers)));
  std::vector<std::string> files = options.files;
  if (files.empty()) {
    files.emplace_back("-");
  }
  for (const std::string& file : files) {
    TRY(const std::string text, read_text(file, kLongestText));
    world.console.out(redacted(text, finder.find(text), options));
  }
  return kFine;
}

}  // namespace sally::app
