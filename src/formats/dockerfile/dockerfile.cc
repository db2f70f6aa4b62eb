#include "formats/dockerfile/dockerfile.h"

#include <algorithm>

#include "base/encoding.h"
#include "formats/json/document.h"

namespace sally::formats {
namespace {

constexpr size_t kMostInstructions = 100'000;
constexpr size_t kMostDocuments = 100;  // of one instruction
constexpr size_t kMostInstruction = size_t{1} << 20;

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && is_blank(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {}
  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
  [[nodiscard]] uint32_t number() const { return number_; }  // of the next
  [[nodiscard]] uint64_t offset() const { return at_; }
  std::string_view next() {
    const size_t end = std::min(text_.find('\n', at_), text_.size());
    std::string_view line = text_.substr(at_, end - at_);
    at_ = end + 1;
    ++number_;
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    return line;
  }

 private:
  std::string_view text_;
  size_t at_ = 0;
  uint32_t number_ = 1;
};

struct HereDocument {
  std::string name;
  bool strips_tabs = false;
};

// `<<EOF`, `<<-"EOF"` in the arguments of an instruction; `<<<` is none.
std::vector<HereDocument> here_documents(std::string_view arguments) {
  std::vector<HereDocument> out;
  for (size_t at = arguments.find("<<");
       at != std::string_view::npos && out.size() < kMostDocuments; at = arguments.find("<<", at)) {
    at += 2;
    if (arguments.substr(at).starts_with('<')) {
      at += 1;
      continue;
    }
    HereDocument document;
    if (arguments.substr(at).starts_with('-')) {
      document.strips_tabs = true;
      ++at;
    }
    const char quote = at < arguments.size() && (arguments[at] == '"' || arguments[at] == '\'')
                           ? arguments[at]
                           : '\0';
    at += quote != '\0' ? 1 : 0;
    while (at < arguments.size()) {
      const char c = arguments[at];
      const bool part = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
      if (!part) {
        break;
      }
      document.name += c;
      ++at;
    }
    if (!document.name.empty()) {
      out.push_back(std::move(document));
    }
  }
  return out;
}

// `# escape=` among the directives at the top.
char escape_of(std::string_view text) {
  Lines lines(text);
  while (!lines.at_end()) {
    std::string_view line = trimmed(lines.next());
    if (!line.starts_with('#')) {
      break;
    }
    line = trimmed(line.substr(1));
    const size_t equals = line.find('=');
    if (equals == std::string_view::npos) {
      break;
    }
    if (equal_ignoring_case(trimmed(line.substr(0, equals)), "escape")) {
      const std::string_view value = trimmed(line.substr(equals + 1));
      return value == "`" ? '`' : '\\';
    }
  }
  return '\\';
}

}  // namespace

std::optional<std::vector<std::string>> DockerInstruction::exec_form() const {
  if (!std::string_view(arguments).starts_with('[')) {
    return std::nullopt;
  }
  const auto document = JsonDocument::parse(arguments, {.bytes = kMostInstruction, .depth = 4});
  if (!document.ok() || !document->root().is_array()) {
    return std::nullopt;
  }
  std::vector<std::string> out;
  for (const JsonValue word : document->root()) {
    const auto text = word.as_string();
    if (!text.ok()) {
      return std::nullopt;
    }
    out.emplace_back(*text);
  }
  return out;
}

Dockerfile parse_dockerfile(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) {
    text.remove_prefix(3);
  }
  Dockerfile out{.escape = escape_of(text), .instructions = {}};
  Lines lines(text);
  while (!lines.at_end() && out.instructions.size() < kMostInstructions) {
    DockerInstruction instruction;
    instruction.line = lines.number();
    instruction.offset = lines.offset();
    std::string whole;
    bool goes_on = true;
    bool first = true;
    while (goes_on && !lines.at_end()) {
      std::string_view line = trimmed(lines.next());
      if (line.starts_with('#') || (line.empty() && !first)) {
        goes_on = !first;  // a comment within an instruction does not end it
        if (first) {
          break;
        }
        continue;
      }
      first = false;
      goes_on = line.ends_with(out.escape);
      if (goes_on) {
        line.remove_suffix(1);
      }
      if (whole.size() + line.size() < kMostInstruction) {
        whole += whole.empty() ? "" : " ";
        whole += trimmed(line);
      }
    }
    std::string_view rest = trimmed(whole);
    if (rest.empty()) {
      continue;
    }
    const size_t end = std::min(rest.find_first_of(" \t"), rest.size());
    instruction.name = rest.substr(0, end);
    std::ranges::transform(instruction.name, instruction.name.begin(), [](char c) {
      return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    rest = trimmed(rest.substr(end));
    while (rest.starts_with("--")) {
      const size_t flag = std::min(rest.find_first_of(" \t"), rest.size());
      instruction.flags.emplace_back(rest.substr(0, flag));
      rest = trimmed(rest.substr(flag));
    }
    instruction.arguments = rest;
    if (instruction.name == "RUN" || instruction.name == "COPY" || instruction.name == "ADD") {
      for (const HereDocument& document : here_documents(instruction.arguments)) {
        DockerInstruction::Document& added =
            instruction.documents.emplace_back(DockerInstruction::Document{document.name, {}});
        while (!lines.at_end()) {
          std::string_view line = lines.next();
          std::string_view compared = line;
          while (document.strips_tabs && compared.starts_with('\t')) {
            compared.remove_prefix(1);
          }
          if (compared == document.name) {
            break;
          }
          if (added.text.size() + line.size() < kMostInstruction) {
            added.text += line;
            added.text += '\n';
          }
        }
      }
    }
    instruction.end = std::min<uint64_t>(lines.offset(), text.size());
    out.instructions.push_back(std::move(instruction));
  }
  return out;
}

}  // namespace sally::formats
