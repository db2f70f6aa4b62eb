#include "content/outflow/code_danger.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace sally::content {
namespace {

struct Row {
  std::string_view id;
  Severity severity;
  std::string_view expression;
  std::string_view what;
};
constexpr Row kDangers[] = {
#define SALLY_CODE_DANGER(id, severity, expression, what) \
  {id, Severity::severity, expression, what},
#include "content/outflow/code_dangers.def"
#undef SALLY_CODE_DANGER
};

}  // namespace

bool goes_on(std::string_view line) {
  if (line.ends_with('\n')) {
    line.remove_suffix(1);
  }
  while (line.ends_with(' ') || line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  return line.ends_with('\\') || line.ends_with('|') || line.ends_with("&&");
}

Result<CodeDanger> CodeDanger::create() {
  std::vector<custom::Expression> expressions;
  for (const Row& row : kDangers) {
    expressions.push_back({std::string(row.expression), true, true});
  }
  auto patterns = custom::PatternSet::compile(expressions);
  if (!patterns.ok()) {
    return Error(ErrorKind::kInternal,
                 fmt::format("`{}`, expression {}: {}", kDangers[patterns.error().index].id,
                             patterns.error().index, patterns.error().message));
  }
  return CodeDanger(std::move(*patterns));
}

void CodeDanger::find(std::string_view text, std::vector<FoundDanger>& out) const {
  std::vector<FoundDanger> found;
  patterns_.scan(text, [&](size_t expression, size_t, size_t end) {
    const Row& row = kDangers[expression];
    found.push_back({0, end, row.id, row.severity});
  });
  std::ranges::sort(found, [](const FoundDanger& a, const FoundDanger& b) {
    return std::tie(a.end, a.rule) < std::tie(b.end, b.rule);
  });
  const auto before = static_cast<ptrdiff_t>(out.size());
  std::map<std::string_view, size_t> lasts;  // of each rule, what was added last
  size_t line = 0;                           // where the command begins that the last end was in
  size_t looked = 0;                         // up to here
  for (FoundDanger& one : found) {
    // An end is behind a character, which is in the line.
    for (size_t at = text.find('\n', looked); at < one.end - 1; at = text.find('\n', looked)) {
      looked = at + 1;
      if (!goes_on(text.substr(0, at))) {
        line = looked;
      }
    }
    one.begin = line;
    const auto [last, first] = lasts.try_emplace(one.rule, out.size());
    if (!first && out[last->second].begin == one.begin) {
      out[last->second].end = one.end;
    } else {
      last->second = out.size();
      out.push_back(one);
    }
  }
  std::sort(out.begin() + before, out.end(), [](const FoundDanger& a, const FoundDanger& b) {
    return std::tie(a.begin, a.end, a.rule) < std::tie(b.begin, b.end, b.rule);
  });
}

std::string code_dangers_reference() {
  std::string out = "| rule | severity | what |\n| --- | --- | --- |\n";
  std::string_view last_id;
  std::string_view last_what;
  for (const Row& row : kDangers) {
    if (row.id != last_id || row.what != last_what) {
      out += fmt::format("| `{}` | {} | {} |\n", row.id, name_of(row.severity), row.what);
    }
    last_id = row.id;
    last_what = row.what;
  }
  return out;
}

}  // namespace sally::content
