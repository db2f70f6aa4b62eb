#include "vet/model/metadata.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>

#include "base/encoding.h"
#include "vet/model/template.h"

namespace sally::vet::model {
namespace {

constexpr size_t kMostLooked = size_t{1} << 20;  // octets of one text
constexpr size_t kLeastHidden = 24;              // characters of base64
constexpr size_t kMostHidden = size_t{16} << 20;
constexpr size_t kMostBlobs = 16;  // of one text
constexpr size_t kMostTags = 64;   // of scripts: each may be looked through to the end
constexpr size_t kMostLine = 4096;
constexpr size_t kEvidence = 200;

bool is_word(char c) {
  return c == '_' || (to_lower(c) >= 'a' && to_lower(c) <= 'z') || (c >= '0' && c <= '9');
}

std::string_view skip_blanks(std::string_view text) {
  const size_t at = text.find_first_not_of(" \t");
  return at == std::string_view::npos ? std::string_view() : text.substr(at);
}

// The word at the beginning of `text`, dots within.
std::string_view dotted(std::string_view text) {
  size_t end = 0;
  while (end < text.size() && (is_word(text[end]) || (text[end] == '.' && end > 0))) {
    ++end;
  }
  return text.substr(0, end);
}

bool one_of(std::string_view word, std::span<const std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

// Modules of which a call runs programs, reaches out or undoes code.
constexpr std::array<std::string_view, 18> kModules = {
    "os",    "subprocess", "socket",   "pty",    "shutil",   "ctypes",
    "runpy", "importlib",  "sys",      "pickle", "marshal",  "builtins",
    "posix", "nt",         "requests", "code",   "commands", "urllib"};
constexpr std::array<std::string_view, 4> kCallsThatRun = {"exec", "eval", "__import__",
                                                           "execfile"};

// Whether `statement`, the beginning of one, is a call that runs something.
bool runs(std::string_view statement, bool imported) {
  const std::string_view word = dotted(statement);
  const std::string_view behind = skip_blanks(statement.substr(word.size()));
  if (!behind.starts_with('(')) {
    return false;
  }
  const std::string_view inside = skip_blanks(behind.substr(1));
  if (one_of(word, kCallsThatRun)) {
    // `eval()` in a sentence has nothing in it, or goes on with words.
    return !inside.empty() && inside.front() != ')' && behind.find(')') != std::string_view::npos;
  }
  const size_t dot = word.find('.');
  if (dot == std::string_view::npos || !one_of(word.substr(0, dot), kModules)) {
    return false;
  }
  static constexpr std::array<std::string_view, 14> kAlways = {"os.system",
                                                               "os.popen",
                                                               "os.execv",
                                                               "os.execve",
                                                               "os.spawnl",
                                                               "pty.spawn",
                                                               "subprocess.Popen",
                                                               "subprocess.run",
                                                               "subprocess.call",
                                                               "runpy.run_path",
                                                               "pickle.loads",
                                                               "marshal.loads",
                                                               "subprocess.check_output",
                                                               "subprocess.check_call"};
  return (imported || one_of(word, kAlways)) && behind.find(')') != std::string_view::npos &&
         !inside.starts_with(')');
}

// The module that `statement` imports, where it is one of kModules or the like; empty otherwise.
std::string_view imports(std::string_view statement) {
  for (const std::string_view word : {std::string_view("import "), std::string_view("from ")}) {
    if (statement.starts_with(word)) {
      const std::string_view module = dotted(skip_blanks(statement.substr(word.size())));
      const std::string_view top = module.substr(0, module.find('.'));
      if (one_of(top, kModules) || top == "base64" || top == "codecs" || top == "zlib") {
        return top;
      }
    }
  }
  return {};
}

bool has_script(std::string_view text) {
  size_t at = 0;
  size_t tags = 0;
  while ((at = text.find('<', at)) != std::string_view::npos && tags < kMostTags) {
    ++at;
    if (text.size() < at + 7 || !equal_ignoring_case(text.substr(at, 6), "script") ||
        is_word(text[at + 6])) {
      continue;
    }
    ++tags;
    const size_t close = text.find('>', at);
    if (close == std::string_view::npos) {
      return false;
    }
    const std::string_view tag = text.substr(at, close - at);
    if (tag.find("src") != std::string_view::npos) {
      return true;
    }
    // Something between it and its end: `<script>` alone is named, not used.
    size_t end = close + 1;
    while ((end = text.find("</", end)) != std::string_view::npos) {
      if (equal_ignoring_case(text.substr(end + 2, 6), "script")) {
        const std::string_view body = text.substr(close + 1, end - close - 1);
        if (body.find_first_of("(=") != std::string_view::npos) {
          return true;
        }
        break;
      }
      end += 2;
    }
  }
  return false;
}

bool is_base64(char c) {
  return is_word(c) ? c != '_' : c == '+' || c == '/' || c == '=';
}

std::optional<Bytes> undo_base64(std::string_view text) {
  if (auto bytes = from_base64(text, Base64::kStandard, Padding::kRequired)) {
    return bytes;
  }
  return from_base64(text, Base64::kStandard, Padding::kNone);
}

bool is_pickle(std::string_view bytes) {
  return bytes.size() > 4 && bytes[0] == '\x80' && bytes[1] >= 2 && bytes[1] <= 5 &&
         bytes.find('.') != std::string_view::npos;
}

// What `text` hides as base64, and does.
void judge_hidden(std::string_view text, uint64_t offset, std::string_view where,
                  Examination& examination) {
  size_t at = 0;
  for (size_t blobs = 0; blobs < kMostBlobs && at < text.size();) {
    size_t end = at;
    while (end < text.size() && is_base64(text[end])) {
      ++end;
    }
    const std::string_view run = text.substr(at, std::min(end - at, kMostHidden));
    if (run.size() >= kLeastHidden) {
      ++blobs;
      if (const auto bytes = undo_base64(run)) {
        const std::string_view inside = as_text(*bytes);
        const std::string_view code = statement_that_runs(inside.substr(0, kMostLooked));
        if (is_pickle(inside)) {
          examination.add(RuleId::kMetadataHidden, offset + at,
                          fmt::format("{}: base64 of a pickle", where),
                          std::string(run.substr(0, kEvidence)));
          if (examination.spend(bytes->size()).ok()) {
            examination.examine(formats::MemoryInput(inside), fmt::format("{}.pkl", where));
          }
        } else if (!code.empty()) {
          examination.add(RuleId::kMetadataCode, offset + at,
                          fmt::format("{}: base64 of a statement that runs code", where),
                          std::string(code.substr(0, kEvidence)));
        }
      }
    }
    at = end + 1;
  }
}

}  // namespace

std::string_view statement_that_runs(std::string_view text) {
  size_t at = 0;
  bool imported = false;
  while (at < text.size()) {
    const std::string_view statement = skip_blanks(text.substr(at));
    if (!statement.empty()) {
      if (!imports(statement).empty()) {
        imported = true;
      } else {
        // `x = exec(...)`, `print(exec(...))`: what is given to a call counts as well.
        std::string_view value = statement.substr(0, kMostLine);
        const std::string_view name = dotted(value);
        const std::string_view behind = skip_blanks(value.substr(name.size()));
        if (!name.empty() && behind.starts_with('=') && !behind.starts_with("==")) {
          value = skip_blanks(behind.substr(1));
        } else if (name == "print" && behind.starts_with('(')) {
          value = skip_blanks(behind.substr(1));
        }
        const std::string_view line = value.substr(0, value.find('\n'));
        if (runs(line, imported)) {
          return line;
        }
      }
    }
    const size_t end = text.find_first_of(";\n", at);
    if (end == std::string_view::npos) {
      break;
    }
    at = end + 1;
  }
  return {};
}

void judge_metadata(std::string_view text, uint64_t offset, std::string_view where,
                    Examination& examination) {
  if (text.size() < 8) {
    return;
  }
  judge_hidden(text, offset, where, examination);
  text = text.substr(0, kMostLooked);
  judge_template(text, TemplateUse::kMaybe, offset, where, examination);
  if (const std::string_view code = statement_that_runs(text); !code.empty()) {
    examination.add(RuleId::kMetadataCode, offset,
                    fmt::format("{}: a statement that runs code", where),
                    std::string(code.substr(0, kEvidence)));
  }
  if (has_script(text)) {
    examination.add(RuleId::kMetadataScript, offset, fmt::format("{}: a script of a page", where),
                    std::string(text.substr(0, kEvidence)));
  }
}

}  // namespace sally::vet::model
