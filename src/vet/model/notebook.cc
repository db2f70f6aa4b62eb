#include <fmt/format.h>

#include <string>

#include "base/text.h"
#include "vet/model/hub.h"
#include "vet/model/shell.h"

namespace sally::vet::model {
namespace {

using formats::LenientJson;
using Value = LenientJson::Value;

constexpr size_t kMostCells = 5'000;

std::string source_of(Value cell) {
  std::string out;
  if (const auto source = cell.find("source")) {
    source->each([&](Value part) {
      if (part.is_string()) {
        out += part.text();
      }
    });
  }
  return out;
}

// One code cell: its lines of shell are judged, the others come back as Python.
std::string judge_cell(Value cell, Examination& examination) {
  const std::string source = source_of(cell);
  std::string python;
  bool shell = false;
  size_t at = 0;
  bool first = true;
  while (at < source.size()) {
    const size_t end = std::min(source.find('\n', at), source.size());
    const std::string_view line = std::string_view(source).substr(at, end - at);
    at = end + 1;
    const size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
    const std::string_view word = line.substr(begin);
    if (first && (word.starts_with("%%bash") || word.starts_with("%%sh") ||
                  word.starts_with("%%script") || word.starts_with("%%system"))) {
      shell = true;
    }
    first = first && word.empty();
    const bool command =
        shell || word.starts_with('!') || word.starts_with("%sx ") || word.starts_with("%system ");
    if (command) {
      if (const std::string_view why = shell_danger(word); !why.empty()) {
        examination.add(RuleId::kNotebookShell, cell.offset(), fmt::format("a cell {}", why),
                        std::string(word.substr(0, 200)));
      }
    }
    // Every line stays one, so that lines of findings are those of the cell.
    python += command || word.starts_with('%') ? std::string_view("pass") : line;
    python += '\n';
  }
  return shell ? std::string() : python;
}

}  // namespace

void judge_notebook(const Value& root, Examination& examination) {
  const auto cells = root.find("cells");
  if (!cells || !cells->is_array() || !root.has("nbformat")) {
    return;
  }
  size_t number = 0;
  for (const Value cell : *cells) {
    if (++number > kMostCells) {
      examination.unread(Error(ErrorKind::kTooLarge, "a notebook of too many cells"));
      return;
    }
    if (cell.string("cell_type") != "code") {
      continue;
    }
    const std::string python = judge_cell(cell, examination);
    if (!python.empty() && examination.spend(python.size()).ok()) {
      examination.examine(formats::MemoryInput(python), fmt::format("cell-{}.py", number));
    }
  }
}

}  // namespace sally::vet::model
