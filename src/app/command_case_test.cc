// Runs tests/cases/command: each file is a folder's content, commands, and what they print.
//
//   -- file sallyport.yaml --      a file in the folder, before the first command; `-- file a/b --`
//                                  makes the folder `a` too
//   -- commands --                 one a line; words in single quotes stay together
//   -- output --                   `$ command`, what it printed (standard error after `! `), and
//                                  `[status]` where that is not 0
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "app/changes.h"
#include "app/command_line.h"
#include "support/case_file.h"

namespace sally::app {
namespace fs = std::filesystem;
namespace {

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> out;
  bool in_quotes = false;
  bool in_word = false;
  for (const char c : line) {
    if (c == '\'') {
      in_quotes = !in_quotes;
      if (!in_word) {
        out.emplace_back();
      }
      in_word = true;
    } else if (c == ' ' && !in_quotes) {
      in_word = false;
    } else {
      if (!in_word) {
        out.emplace_back();
      }
      in_word = true;
      out.back() += c;
    }
  }
  return out;
}

// A stream into memory.
class Memory {
 public:
  Memory() : file_(::open_memstream(&data_, &size_)) {}
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory() {
    std::fclose(file_);
    std::free(data_);
  }
  [[nodiscard]] std::FILE* file() const { return file_; }
  [[nodiscard]] std::string text() const {
    std::fflush(file_);
    return {data_, size_};
  }

 private:
  char* data_ = nullptr;
  size_t size_ = 0;
  std::FILE* file_;
};

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.replace(at, what.size(), with);
    at += with.size();
  }
}

// A folder of its own that is the working directory while it lives.
class Folder {
 public:
  Folder() : before_(fs::current_path()) {
    std::string name = "/tmp/sally_command_XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    path_ = name;
    fs::current_path(path_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    fs::current_path(before_);
    fs::remove_all(path_);
  }
  // `text` with the names of the folder and of whoever runs the test taken out.
  [[nodiscard]] std::string neutral(std::string text) const {
    replace_all(text, path_, "FOLDER");
    replace_all(text, local_user(), "WHO");
    return text;
  }

 private:
  fs::path before_;
  std::string path_;
};

constexpr std::string_view kFile = "file ";

void write_file(const fs::path& path, std::string_view text) {
  if (path.has_parent_path()) {
    fs::create_directories(path.parent_path());
  }
  std::ofstream(path) << text;
  ::chmod(path.c_str(), 0600);
}

std::string lines_after(std::string_view mark, std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    out += fmt::format("{}{}\n", mark, text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

// A ledger in `ledger/`, with an entry for each line.
void write_log(std::string_view lines) {
  const FakeClock clock(*parse_time("2026-11-20T10:04:00Z"));
  Logger log(STDERR_FILENO, LogFormat::kText, LogLevel::kError, clock);
  auto key = crypto::Ed25519PrivateKey::from_seed(Secret(std::string(32, 'k')));
  ASSERT_TRUE(key.ok());
  auto ledger = ledger::Ledger::open({.folder = "ledger", .origin = "sallyport.local/gate"},
                                     *std::move(key), clock, log);
  ASSERT_TRUE(ledger.ok()) << ledger.error().message();
  for (size_t end = lines.find('\n'); end != std::string_view::npos; end = lines.find('\n')) {
    ASSERT_TRUE((*ledger)->append(lines.substr(0, end)).ok());
    lines.remove_prefix(end + 1);
  }
}

class Session {
 public:
  std::string run(const std::string& line) {
    const Memory out;
    const Memory err;
    Console console({.out = out.file(), .err = err.file()});
    const std::vector<std::string> words = words_of(line);
    std::vector<const char*> argv;
    for (const std::string& word : words) {
      argv.push_back(word.c_str());
    }
    const int status = run_command_line({clock_, random_, outside_, console},
                                        static_cast<int>(argv.size()), argv.data());
    return fmt::format("$ {}\n{}{}{}", line, out.text(), lines_after("! ", err.text()),
                       status == 0 ? "" : fmt::format("[{}]\n", status));
  }

 private:
  FakeClock clock_{*parse_time("2026-11-20T10:04:11.204Z")};
  SeededRandom random_{7};
  Outside outside_ = [] {
    Outside outside = system_outside();
    outside.environment = [](const std::string&) { return std::optional<std::string>(); };
    return outside;
  }();
};

TEST(Command, EveryCasePrintsWhatItsFileSays) {
  test::run_cases("command", [](test::CaseFile& file) {
    std::string transcript;
    {
      const Folder folder;
      for (const std::string& section : file.unread()) {
        if (section.starts_with(kFile)) {
          write_file(section.substr(kFile.size()), file.section(section));
        }
      }
      if (const auto text = file.find_section("log")) {
        write_log(*text);
      }
      Session session;
      std::string commands = file.section("commands");
      for (size_t end = commands.find('\n'); end != std::string::npos; end = commands.find('\n')) {
        transcript += folder.neutral(session.run(commands.substr(0, end)));
        commands.erase(0, end + 1);
      }
    }
    file.expect_section("output", transcript);
  });
}

}  // namespace
}  // namespace sally::app
