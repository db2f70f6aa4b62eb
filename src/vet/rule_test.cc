#include "vet/rule.h"

#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace sally::vet {
namespace {

TEST(Rules, AreNamedOnceInLowerCaseAndStayReadable) {
  static const std::regex kId("[a-z0-9]+(-[a-z0-9]+)*");
  std::set<std::string_view> ids;
  for (const Rule& rule : rules()) {
    const std::string id(rule.id);
    EXPECT_TRUE(std::regex_match(id, kId)) << id;
    EXPECT_TRUE(ids.insert(rule.id).second) << id;
    EXPECT_FALSE(rule.title.empty()) << id;
    EXPECT_FALSE(rule.help.empty()) << id;
    // Outputs put their own end after it.
    EXPECT_FALSE(rule.title.ends_with('.') || rule.help.ends_with('.')) << id;
  }
}

TEST(Rules, ReferToNothingButKnownCatalogues) {
  static const std::regex kReferences(
      "((CWE-[1-9][0-9]*|AML\\.T[0-9]{4}(\\.[0-9]{3})?|LLM(0[1-9]|10)|ML(0[1-9]|10)|ASI(0[1-9]|10)|"
      "CVE-[0-9]{4}-[0-9]{4,}|GHSA(-[0-9a-z]{4}){3})( |$))*");
  for (const Rule& rule : rules()) {
    const std::string references(rule.references);
    EXPECT_TRUE(std::regex_match(references, kReferences)) << rule.id << ": " << references;
    EXPECT_FALSE(references.ends_with(' ')) << rule.id;
  }
}

TEST(Rules, NameTechniquesThatAtlasHas) {
  const char* corpora = std::getenv("SALLY_CORPORA");
  std::ifstream file(std::string(corpora == nullptr ? "../shared/corpora" : corpora) +
                     "/atlas/ATLAS.yaml");
  if (!file) {
    GTEST_SKIP() << "no atlas/ATLAS.yaml below $SALLY_CORPORA or ../shared/corpora";
  }
  std::set<std::string> known;
  static const std::regex kId("id: (AML\\.T[0-9.]+)\\s*");
  for (std::string line; std::getline(file, line);) {
    std::smatch found;
    if (std::regex_search(line, found, kId)) {
      known.insert(found[1]);
    }
  }
  for (const Rule& rule : rules()) {
    std::istringstream words{std::string(rule.references)};
    for (std::string word; words >> word;) {
      if (word.starts_with("AML.")) {
        EXPECT_TRUE(known.contains(word)) << rule.id << ": " << word;
      }
    }
  }
}

}  // namespace
}  // namespace sally::vet
