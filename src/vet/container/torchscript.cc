#include "vet/container/torchscript.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"

namespace sally::vet::container {
namespace {

struct Operator {
  std::string_view name;
  std::string_view does;
};

// By their last name, as `torch.from_file(...)` and `ops.aten.from_file(...)` are the same.
constexpr std::array kOperators = {
    Operator{"from_file", "maps any file, for writing too"},
    Operator{"save", "writes any file"},
    Operator{"_load_for_lite_interpreter", "loads another model"},
    Operator{"load_library", "loads a shared library"},
    Operator{"import_ir_module", "loads another model"},
    Operator{"remote_module", "runs on another machine"},
};
constexpr size_t kShown = 120;

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Behind the text that begins at `at` with a quote.
size_t after_text(std::string_view code, size_t at) {
  const char quote = code[at];
  const bool three = code.substr(at, 3) == std::string(3, quote);
  for (at += three ? 3 : 1; at < code.size(); ++at) {
    if (code[at] == '\\') {
      ++at;
    } else if (three ? code.substr(at, 3) == std::string(3, quote) : code[at] == quote) {
      return at + (three ? 3 : 1);
    } else if (!three && code[at] == '\n') {
      return at;
    }
  }
  return code.size();
}

}  // namespace

void examine_torchscript(std::string_view code, std::string_view name, Examination& examination) {
  uint32_t line = 1;
  std::vector<std::string_view> dotted;  // the names before this place, with only dots between
  for (size_t at = 0; at < code.size();) {
    const char c = code[at];
    if (c == '"' || c == '\'') {
      const size_t end = after_text(code, at);
      line += static_cast<uint32_t>(std::ranges::count(code.substr(at, end - at), '\n'));
      at = end;
      dotted.clear();
    } else if (c == '#') {
      at = std::min(code.find('\n', at), code.size());
    } else if (is_name(c)) {
      const size_t begin = at;
      while (at < code.size() && is_name(code[at])) {
        ++at;
      }
      dotted.push_back(code.substr(begin, at - begin));
    } else if (c == '(') {
      const bool is_operator =
          dotted.size() >= 2 && (dotted.front() == "torch" || dotted.front() == "ops");
      const auto found = is_operator ? std::ranges::find(kOperators, dotted.back(), &Operator::name)
                                     : kOperators.end();
      if (found != kOperators.end()) {
        const size_t end = std::min(code.find('\n', at), code.size());
        const size_t begin = code.rfind('\n', at) + 1;
        examination.add({.rule = RuleId::kTorchScriptFiles,
                         .severity = row_of(RuleId::kTorchScriptFiles).severity,
                         .offset = at,
                         .line = line,
                         .message = fmt::format("`{}`: `{}` {}", printable(name, kShown),
                                                found->name, found->does),
                         .evidence = printable(code.substr(begin, end - begin), kShown),
                         .references = {"CVE-2025-32434"}});
      }
      dotted.clear();
      ++at;
    } else {
      line += c == '\n' ? 1 : 0;
      if (c != '.' && c != ' ' && c != '\t') {
        dotted.clear();
      } else if (c != '.' && !dotted.empty()) {
        // `torch . save` is one name, `a b` are two.
        const size_t next = code.find_first_not_of(" \t", at);
        if (next == std::string_view::npos ||
            (code[next] != '.' && code[next] != '(' && code[at - 1] != '.')) {
          dotted.clear();
        }
      }
      ++at;
    }
  }
}

}  // namespace sally::vet::container
