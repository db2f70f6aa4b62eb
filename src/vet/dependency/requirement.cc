#include "vet/dependency/requirement.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/encoding.h"

namespace sally::vet::dependency {
namespace {

constexpr size_t kMostLines = 100'000;
constexpr size_t kMostLine = 64 * 1024;
constexpr size_t kMostExtras = 64;

bool is_name_octet(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\f\v";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) {
    return {};
  }
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

bool is_address(std::string_view text) {
  const size_t colon = text.find("://");
  return (colon != std::string_view::npos && colon > 0 &&
          std::ranges::all_of(text.substr(0, colon),
                              [](char c) { return is_name_octet(c) || c == '+'; })) ||
         text.starts_with("file:");
}

bool is_path(std::string_view text) {
  return text.starts_with("./") || text.starts_with("../") || text.starts_with('/') ||
         text == "." || text == ".." || text.ends_with(".whl") || text.ends_with(".tar.gz") ||
         text.ends_with(".zip") || text.starts_with(".[");
}

struct Option {
  std::string_view name;  // in its long form
  char letter;            // 0: there is none
  bool has_value;
};
constexpr std::array kOptions = {
    Option{"--requirement", 'r', true},
    Option{"--constraint", 'c', true},
    Option{"--editable", 'e', true},
    Option{"--index-url", 'i', true},
    Option{"--extra-index-url", 0, true},
    Option{"--find-links", 'f', true},
    Option{"--trusted-host", 0, true},
    Option{"--pypi-url", 0, true},
    Option{"--index", 0, true},
    Option{"--default-index", 0, true},
    Option{"--no-binary", 0, true},
    Option{"--only-binary", 0, true},
    Option{"--target", 't', true},
    Option{"--prefix", 0, true},
    Option{"--platform", 0, true},
    Option{"--python-version", 0, true},
    Option{"--cache-dir", 0, true},
    Option{"--timeout", 0, true},
    Option{"--retries", 0, true},
    Option{"--proxy", 0, true},
    Option{"--cert", 0, true},
    Option{"--root", 0, true},
    Option{"--config-settings", 0, true},
    Option{"--global-option", 0, true},
    Option{"--progress-bar", 0, true},
    Option{"--python", 'p', true},
    Option{"--hash", 0, true},
};

// A word of a line in quotes or not, from `at` on, which goes behind it.
std::string next_word(std::string_view text, size_t& at) {
  std::string out;
  char quote = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        out += c;
      }
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == ' ' || c == '\t') {
      break;
    } else {
      out += c;
    }
  }
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) {
    ++at;
  }
  return out;
}

// The row that `word` names, and the value that stands in it (`--hash=sha256:..`, `-rfile`).
const Option* option_of(std::string_view word, std::optional<std::string>& value) {
  for (const Option& option : kOptions) {
    if (word.starts_with("--")) {
      const size_t equals = std::min(word.find('='), word.size());
      if (word.substr(0, equals) == option.name) {
        if (equals < word.size()) {
          value = std::string(word.substr(equals + 1));
        }
        return &option;
      }
    } else if (option.letter != 0 && word.size() >= 2 && word[0] == '-' &&
               word[1] == option.letter) {
      if (word.size() > 2) {
        value = std::string(word.substr(word[2] == '=' ? 3 : 2));
      }
      return &option;
    }
  }
  return nullptr;
}

void read_address(std::string_view text, RequirementLine& line) {
  line.kind = RequirementLine::Kind::kUrl;
  line.requirement.url = trimmed(text.substr(0, text.find(" ;")));
  constexpr std::string_view kEgg = "egg=";
  if (const size_t egg = text.find(kEgg); egg != std::string_view::npos) {
    std::string_view name = text.substr(egg + kEgg.size());
    line.requirement.name = name.substr(
        0, static_cast<size_t>(std::ranges::find_if_not(name, is_name_octet) - name.begin()));
  }
}

void read_requirement(std::string_view text, RequirementLine& line) {
  text = trimmed(text);
  const bool named = text.find(" @ ") != std::string_view::npos;
  if (is_address(text) || (is_path(text) && !named)) {
    read_address(text, line);
  } else if (auto requirement = parse_requirement(text)) {
    line.kind = RequirementLine::Kind::kRequirement;
    line.requirement = *std::move(requirement);
  }
}

// A line without its options; those that belong to a requirement are noted.
void read_line(std::string_view text, RequirementLine& line) {
  text = trimmed(text);
  line.text = text;
  if (text.starts_with('-')) {
    size_t at = 0;
    const std::string word = next_word(text, at);
    std::optional<std::string> value;
    const Option* option = option_of(word, value);
    line.kind = RequirementLine::Kind::kOption;
    line.option = option == nullptr ? word.substr(0, word.find('=')) : std::string(option->name);
    if (value) {
      line.value = *value;
    } else if (option != nullptr && option->has_value) {
      line.value =
          line.option == "--editable" ? std::string(trimmed(text.substr(at))) : next_word(text, at);
    }
    if (line.option == "--editable") {
      line.editable = true;
      read_requirement(line.value, line);
      if (line.kind == RequirementLine::Kind::kOption) {
        line.kind = RequirementLine::Kind::kOther;
      }
    }
    return;
  }
  // Options of one requirement stand behind it: ` --hash=sha256:...`.
  size_t options = text.find(" --");
  const std::string_view asked = text.substr(0, options);
  while (options != std::string_view::npos && options < text.size()) {
    size_t at = options + 1;
    const std::string word = next_word(text, at);
    std::optional<std::string> value;
    const Option* option = option_of(word, value);
    if (option != nullptr && option->name == "--hash") {
      line.hashes.push_back(value ? *value : next_word(text, at));
    }
    options = text.find(" --", at == 0 ? 0 : at - 1);
  }
  read_requirement(asked, line);
}

// The end of what pip takes of a line: a comment begins at its beginning or behind a space.
std::string_view without_comment(std::string_view text) {
  for (size_t at = text.find('#'); at != std::string_view::npos; at = text.find('#', at + 1)) {
    if (at == 0 || text[at - 1] == ' ' || text[at - 1] == '\t') {
      return text.substr(0, at);
    }
  }
  return text;
}

}  // namespace

std::optional<Requirement> parse_requirement(std::string_view text) {
  text = trimmed(text);
  const auto name_end =
      static_cast<size_t>(std::ranges::find_if_not(text, is_name_octet) - text.begin());
  const auto is_edge = [](char c) { return c != '-' && c != '_' && c != '.'; };
  if (name_end == 0 || !is_edge(text[0]) || !is_edge(text[name_end - 1])) {
    return std::nullopt;
  }
  Requirement out{.name = std::string(text.substr(0, name_end)),
                  .extras = {},
                  .specifiers = {},
                  .url = {},
                  .marker = {}};
  text = trimmed(text.substr(name_end));
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) {
      return std::nullopt;
    }
    std::string_view extras = text.substr(1, end - 1);
    while (!extras.empty() && out.extras.size() < kMostExtras) {
      const size_t comma = std::min(extras.find(','), extras.size());
      if (const std::string_view extra = trimmed(extras.substr(0, comma)); !extra.empty()) {
        out.extras.emplace_back(extra);
      }
      extras.remove_prefix(std::min(comma + 1, extras.size()));
    }
    text = trimmed(text.substr(end + 1));
  }
  if (text.starts_with('@')) {
    text = trimmed(text.substr(1));
    const size_t end = std::min({text.find(" ;"), text.find("\t;"), text.size()});
    out.url = trimmed(text.substr(0, end));
    if (end < text.size()) {
      out.marker = trimmed(text.substr(end + 2));
    }
    return out.url.empty() ? std::nullopt : std::optional(std::move(out));
  }
  const size_t semicolon = std::min(text.find(';'), text.size());
  if (semicolon < text.size()) {
    out.marker = trimmed(text.substr(semicolon + 1));
  }
  std::string_view asked = trimmed(text.substr(0, semicolon));
  if (asked.starts_with('(') && asked.ends_with(')')) {
    asked = trimmed(asked.substr(1, asked.size() - 2));
  }
  if (!asked.empty() && std::string_view("<>=!~").find(asked.front()) == std::string_view::npos) {
    return std::nullopt;
  }
  for (const char c : asked) {
    if (c != ' ' && c != '\t') {
      out.specifiers += c;
    }
  }
  return out;
}

std::vector<RequirementLine> parse_requirements(std::string_view text) {
  std::vector<RequirementLine> out;
  if (text.starts_with("\xEF\xBB\xBF")) {
    text.remove_prefix(3);
  }
  const char* const begin = text.data();
  uint32_t number = 0;
  while (!text.empty() && out.size() < kMostLines) {
    RequirementLine line{.line = number + 1, .offset = static_cast<uint64_t>(text.data() - begin)};
    std::string joined;
    bool goes_on = true;
    while (goes_on && !text.empty()) {
      const size_t end = std::min(text.find('\n'), text.size());
      std::string_view one = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      ++number;
      if (one.ends_with('\r')) {
        one.remove_suffix(1);
      }
      // A comment is never continued.
      const bool comment = trimmed(one).starts_with('#');
      goes_on = one.ends_with('\\') && !comment;
      if (goes_on) {
        one.remove_suffix(1);
      }
      if (joined.size() + one.size() <= kMostLine) {
        joined += comment && !joined.empty() ? std::string_view(" ") : one;
      }
    }
    const std::string_view meant = trimmed(without_comment(joined));
    if (!meant.empty()) {
      read_line(meant, line);
      out.push_back(std::move(line));
    }
  }
  return out;
}

std::vector<RequirementLine> pip_install_arguments(std::string_view command) {
  std::vector<RequirementLine> out;
  // A command ends where the shell says so.
  size_t at = 0;
  while (at < command.size() && out.size() < kMostLines) {
    const size_t end = std::min(command.find_first_of(";&|\n", at), command.size());
    const std::string_view one = command.substr(at, end - at);
    at = end + 1;
    size_t word_at = 0;
    bool pip = false;
    bool install = false;
    while (word_at < one.size() && !install) {
      const std::string word = next_word(one, word_at);
      const std::string_view name = std::string_view(word).substr(word.rfind('/') + 1);
      if (name.starts_with("pip") || name.starts_with("!pip") || name.starts_with("%pip")) {
        pip = true;
      } else if (pip && word == "install") {
        install = true;
      }
    }
    while (install && word_at < one.size()) {
      const size_t begin = word_at;
      const std::string word = next_word(one, word_at);
      if (word.empty()) {
        continue;
      }
      RequirementLine line;
      std::optional<std::string> value;
      if (const Option* option = word.starts_with('-') ? option_of(word, value) : nullptr) {
        line.kind = RequirementLine::Kind::kOption;
        line.option = option->name;
        line.value = value ? *value : option->has_value ? next_word(one, word_at) : std::string();
        line.text = one.substr(begin, word_at - begin);
        if (line.option == "--editable") {
          line.editable = true;
          line.kind = RequirementLine::Kind::kOther;
          read_requirement(line.value, line);
        }
      } else if (word.starts_with('-')) {
        continue;
      } else {
        read_line(word, line);
      }
      out.push_back(std::move(line));
    }
  }
  return out;
}

}  // namespace sally::vet::dependency
