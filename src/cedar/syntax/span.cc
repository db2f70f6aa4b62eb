#include "cedar/syntax/span.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace sally::cedar {
namespace {

constexpr size_t kWidestLine = 200;  // longer lines are not shown

// How many code points: bytes that continue one do not count.
size_t code_points(std::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; }));
}

}  // namespace

Position position_at(std::string_view text, uint32_t offset) {
  const std::string_view before = text.substr(0, offset);
  const size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return {static_cast<uint32_t>(1 + std::ranges::count(before, '\n')),
          static_cast<uint32_t>(1 + code_points(before.substr(line_start)))};
}

std::string render(const Source& source, const Problem& problem) {
  const std::string_view text = source.text;
  const auto at = position_at(text, problem.span.begin);
  std::string out = fmt::format("{}:{}:{}: {}\n", source.name, at.line, at.column, problem.message);

  const size_t begin = std::min<size_t>(problem.span.begin, text.size());
  const size_t line_start = text.substr(0, begin).rfind('\n') + 1;
  const size_t line_end = std::min(text.find_first_of("\r\n", begin), text.size());
  const std::string_view line = text.substr(line_start, line_end - line_start);
  if (!line.empty() && line.size() <= kWidestLine) {
    const size_t marked_end = std::clamp<size_t>(problem.span.end, begin, line_end);
    std::string tabless(line);
    std::ranges::replace(tabless, '\t', ' ');
    out += fmt::format(
        "  {}\n  {}{}\n", printable(tabless, kWidestLine), std::string(at.column - 1, ' '),
        std::string(std::max<size_t>(1, code_points(text.substr(begin, marked_end - begin))), '^'));
  }
  if (!problem.help.empty()) {
    out += fmt::format("  hint: {}\n", problem.help);
  }
  return out;
}

Error to_error(const Source& source, const Problem& problem) {
  const auto at = position_at(source.text, problem.span.begin);
  return Error(ErrorKind::kInvalidInput,
               fmt::format("{}:{}:{}: {}", source.name, at.line, at.column, problem.message),
               problem.help);
}

}  // namespace sally::cedar
