#include "support/case_file.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/encoding.h"

namespace sally::test {
namespace fs = std::filesystem;
namespace {

bool blessing() {
  const char* asked = std::getenv("SALLY_BLESS");
  if (asked == nullptr || std::string_view(asked) != "1") {
    return false;
  }
  const char* ci = std::getenv("CI");
  if (ci != nullptr && *ci != '\0') {
    ADD_FAILURE() << "SALLY_BLESS is set where CI is set: expectations are not rewritten there";
    return false;
  }
  return true;
}

std::optional<std::string> read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return std::nullopt;
  }
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

void write_file(const fs::path& path, std::string_view text) {
  fs::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  ASSERT_TRUE(file.good()) << "cannot write " << path;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) {
    text.remove_suffix(1);
  }
  return text;
}

// The name in `-- name --`; empty when the line is none.
std::string_view section_name(std::string_view line) {
  if (line.size() < 7 || !line.starts_with("-- ") || !line.ends_with(" --")) {
    return {};
  }
  return trim(line.substr(3, line.size() - 6));
}

std::string with_line_end(std::string text) {
  if (!text.empty() && text.back() != '\n') {
    text += '\n';
  }
  return text;
}

}  // namespace

Result<CaseFile> CaseFile::parse(std::string name, std::string_view text) {
  CaseFile out;
  out.name_ = std::move(name);
  bool in_section = false;
  size_t number = 0;
  while (!text.empty()) {
    ++number;
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const std::string_view section = section_name(line);
    Part part;
    if (!section.empty()) {
      in_section = true;
      part = {.key = std::string(section), .text = {}, .is_section = true};
    } else if (in_section) {
      out.parts_.back().text.append(line).append("\n");
      continue;
    } else if (trim(line).empty() || line.front() == '#') {
      part.text = line;
      part.read = true;
    } else {
      const size_t colon = line.find(':');
      if (colon == std::string_view::npos || colon == 0) {
        return Error(ErrorKind::kInvalidInput,
                     fmt::format("line {}: `{}` is no `key: value`", number, line));
      }
      part.key = trim(line.substr(0, colon));
      part.text = trim(line.substr(colon + 1));
    }
    if (!part.key.empty() && out.part(part.key, part.is_section) != nullptr) {
      return Error(ErrorKind::kInvalidInput,
                   fmt::format("line {}: `{}` stands twice", number, part.key));
    }
    out.parts_.push_back(std::move(part));
  }
  return out;
}

CaseFile::Part* CaseFile::part(std::string_view key, bool is_section) {
  const auto found = std::ranges::find_if(parts_, [&](const Part& part) {
    return !part.key.empty() && part.key == key && part.is_section == is_section;
  });
  return found == parts_.end() ? nullptr : &*found;
}

std::optional<std::string> CaseFile::find(std::string_view key) {
  Part* found = part(key, false);
  if (found == nullptr) {
    return std::nullopt;
  }
  found->read = true;
  return found->text;
}

std::optional<std::string> CaseFile::find_section(std::string_view section) {
  Part* found = part(section, true);
  if (found == nullptr) {
    return std::nullopt;
  }
  found->read = true;
  return found->text;
}

std::string CaseFile::get(std::string_view key) {
  auto value = find(key);
  if (!value) {
    ADD_FAILURE() << name_ << ": no key `" << key << "`";
  }
  return std::move(value).value_or("");
}

std::string CaseFile::section(std::string_view section) {
  auto value = find_section(section);
  if (!value) {
    ADD_FAILURE() << name_ << ": no section `" << section << "`";
  }
  return std::move(value).value_or("");
}

void CaseFile::expect(std::string_view key, std::string_view actual) {
  expect_part(key, false, std::string(trim(actual)));
}

void CaseFile::expect_section(std::string_view section, std::string_view actual) {
  expect_part(section, true, with_line_end(std::string(actual)));
}

void CaseFile::expect_part(std::string_view key, bool is_section, std::string actual) {
  Part* found = part(key, is_section);
  if (found != nullptr) {
    found->read = true;
    if (found->text == actual) {
      return;
    }
  }
  if (blessing()) {
    if (found == nullptr) {
      parts_.push_back(
          {.key = std::string(key), .text = {}, .is_section = is_section, .read = true});
      found = &parts_.back();
    }
    found->text = std::move(actual);
    changed_ = true;
  } else if (found == nullptr) {
    ADD_FAILURE() << name_ << ": no `" << key << "`; it would be:\n" << actual;
  } else {
    EXPECT_EQ(found->text, actual) << name_ << ": `" << key << "` differs";
  }
}

std::vector<std::string> CaseFile::unread() const {
  std::vector<std::string> out;
  for (const Part& part : parts_) {
    if (!part.read) {
      out.push_back(part.key);
    }
  }
  return out;
}

std::string CaseFile::to_string() const {
  std::string head;
  std::string sections;
  for (const Part& part : parts_) {
    if (part.is_section) {
      sections += fmt::format("-- {} --\n{}", part.key, part.text);
    } else if (part.key.empty()) {
      head += part.text + "\n";
    } else {
      head += fmt::format("{}: {}\n", part.key, part.text);
    }
  }
  return head + sections;
}

void run_cases(std::string_view folder, const std::function<void(CaseFile&)>& body) {
  const fs::path root = fs::path("tests/cases") / folder;
  std::vector<fs::path> files;
  if (fs::is_directory(root)) {
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
      if (entry.is_regular_file() && entry.path().extension() == ".case") {
        files.push_back(entry.path());
      }
    }
  }
  std::ranges::sort(files);
  ASSERT_FALSE(files.empty()) << "no case file below " << root;
  for (const fs::path& path : files) {
    SCOPED_TRACE(path.string());
    const auto text = read_file(path);
    ASSERT_TRUE(text.has_value()) << "cannot read " << path;
    auto parsed = CaseFile::parse(path.stem().string(), *text);
    if (!parsed.ok()) {
      ADD_FAILURE() << parsed.error().to_string();
      continue;
    }
    body(*parsed);
    for (const std::string& key : parsed->unread()) {
      ADD_FAILURE() << "`" << key << "` was not read by the test: misspelt, or of no use";
    }
    if (parsed->changed()) {
      write_file(path, parsed->to_string());
    }
  }
}

void expect_snapshot(std::string_view name, std::string_view actual) {
  expect_generated((fs::path("tests/snapshots") / name).string(), actual);
}

void expect_generated(std::string_view name, std::string_view actual) {
  const fs::path path(name);
  const auto expected = read_file(path);
  if (expected == actual) {
    return;
  }
  if (blessing()) {
    write_file(path, actual);
  } else {
    EXPECT_EQ(expected.value_or(""), actual)
        << path << " differs; when the change is meant: make bless";
  }
}

std::string unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') {
      continue;
    }
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    const char kind = i + 1 < text.size() ? text[++i] : '\0';
    switch (kind) {
      case 'r':
        out += '\r';
        break;
      case 'n':
        out += '\n';
        break;
      case 't':
        out += '\t';
        break;
      case '0':
        out += '\0';
        break;
      case '\\':
        out += '\\';
        break;
      case 'x':
        if (const auto byte = from_hex(text.substr(i + 1, 2)); byte && byte->size() == 1) {
          out += static_cast<char>(byte->front());
          i += 2;
          break;
        }
        [[fallthrough]];
      default:
        ADD_FAILURE() << "bad escape near `" << text.substr(i, 12) << "`";
        return out;
    }
  }
  return out;
}

}  // namespace sally::test
