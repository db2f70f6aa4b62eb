#include "content/secrets/secret_finder.h"

#include <gtest/gtest.h>

#include <iterator>
#include <set>
#include <sstream>
#include <utility>

#include "base/random.h"
#include "content/secrets/assignment_rules.h"
#include "support/case_file.h"

namespace sally::content {
namespace {

std::string random_text(std::string_view alphabet, size_t length, Random& random) {
  std::string out;
  while (out.size() < length) {
    out += alphabet[random.next_u64() % alphabet.size()];
  }
  return out;
}

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kLetters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmnopqrstuvwxyz";

std::string random_uuid(Random& random) {
  std::string out = random_text(kHexDigits, 36, random);
  for (const size_t at : {size_t{8}, size_t{13}, size_t{18}, size_t{23}}) {
    out[at] = '-';
  }
  return out;
}

void replace_all(std::string& text, std::string_view what, const std::string& by) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
}

// Nothing that looks like a key of a provider stands in the tree: `{hex32}` and so on are made
// here.
std::string with_values(std::string text, Random& random) {
  for (const size_t length : {size_t{16}, size_t{32}, size_t{40}, size_t{64}}) {
    replace_all(text, "{hex" + std::to_string(length) + "}",
                random_text(kHexDigits, length, random));
  }
  replace_all(text, "{alnum32}", random_text(kLetters, 32, random));
  replace_all(text, "{uuid}", random_uuid(random));
  return text;
}

std::vector<FoundSecret> find(std::string_view text) {
  static const SecretFinder finder;
  std::vector<FoundSecret> out;
  finder.find(text, out);
  return out;
}

TEST(SecretFinder, FindsWhatTheCasesMarkAndNothingElse) {
  SeededRandom random(1);
  test::run_cases("content/secrets", [&random](test::CaseFile& file) {
    std::istringstream words(file.get("rules"));
    const std::set<std::string, std::less<>> rules{std::istream_iterator<std::string>(words), {}};
    const std::string marked = with_values(file.section("lines"), random);
    // Line by line, so that no line is the context of another; a `- name:` line goes with its next.
    std::istringstream lines(marked);
    std::string before;
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("- name:")) {
        before = line + "\n";
        continue;
      }
      std::string plain = before + line;
      const std::string wanted = std::exchange(before, "") + line;
      for (const std::string_view mark : {"[[", "]]"}) {
        replace_all(plain, mark, "");
      }
      std::string shown = plain;
      auto found = find(plain);
      for (auto one = found.rbegin(); one != found.rend(); ++one) {
        EXPECT_TRUE(rules.contains(one->rule)) << one->rule << " in " << plain;
        EXPECT_GT(one->score, 0.5F);
        shown.insert(one->end, "]]");
        shown.insert(one->begin, "[[");
      }
      EXPECT_EQ(shown, wanted);
    }
  });
}

std::string value_for(const AssignmentRule& rule, size_t length, Random& random) {
  std::string alphabet;
  for (const char c : kLetters) {
    if (is_in(rule.charset, c)) {
      alphabet += c;
    }
  }
  std::string value = random_text(alphabet, length, random);
  for (size_t i = 1; i < length; i += 5) {
    value[i] = static_cast<char>('2' + random.next_u64() % 8);
  }
  switch (rule.check) {
    case ValueCheck::kRandom:
      break;
    case ValueCheck::kUuid:
      return random_uuid(random);
    case ValueCheck::kDigits:
      return random_text("0123456789", length, random);
    case ValueCheck::kPrefixed:
      return value.replace(0, 5, rule.charset == Charset::kVisible ? "sk_aB" : "test_");
    case ValueCheck::kPadded:
      return value.replace(11, 10, "AAAAAAAAAA");
    case ValueCheck::kMailchimp:
      return random_text(kHexDigits, 32, random) + "-us20";
    case ValueCheck::kNumbered:
      return value.replace(0, 9, "70361524:");
    case ValueCheck::kNumberDash:
      return value.replace(0, 9, "70361524-");
  }
  return value;
}

TEST(SecretFinder, FindsEveryProviderByItsNameAndItsShape) {
  SeededRandom random(2);
  for (const AssignmentRule& rule : assignment_rules()) {
    const std::string word(rule.words.substr(0, rule.words.find('|')));
    for (const size_t length : {size_t{rule.min}, size_t{rule.max}}) {
      const std::string value = value_for(rule, length, random);
      for (const auto& [before, behind] :
           {std::pair(word + "_api = \"", "\""), std::pair("\"" + word + "Conf\": \"", "\","),
            std::pair("export " + word + "=", "\n"), std::pair(word + " => '", "'"),
            std::pair("the " + word + " one: ", ""),
            std::pair("{\\\"" + word + "\\\":\\\"", "\\\"}")}) {
        const auto found = find(before + value + behind);
        ASSERT_EQ(found.size(), 1U) << rule.id << ": " << before << value << behind;
        EXPECT_EQ(found[0].begin, before.size()) << rule.id;
        EXPECT_EQ(found[0].end, before.size() + value.size()) << rule.id << value;
      }
    }
  }
}

TEST(SecretFinder, PlaceholdersOfProvidersAreNoSecrets) {
  for (const AssignmentRule& rule : assignment_rules()) {
    const std::string word(rule.words.substr(0, rule.words.find('|')));
    for (const std::string& value :
         {std::string(rule.min, 'x'), std::string(rule.min, '0'), "${" + word + "}",
          "your_" + word + "_here", std::string("00000000-0000-0000-0000-000000000000")}) {
      const std::string text = word + "_api = \"" + value + "\"";
      EXPECT_TRUE(find(text).empty()) << text;
    }
  }
}

TEST(SecretFinder, APrivateKeyIsFoundToItsEnd) {
  SeededRandom random(3);
  std::string key = std::string("-----BEGIN ") + "RSA PRIVATE KEY-----\n";
  for (int line = 0; line < 20; ++line) {
    key += random_text(kLetters, 64, random) + "\n";
  }
  key += "-----END RSA PRIVATE KEY-----";
  const auto found = find("key:\n" + key + "\nmore");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].begin, 5U);
  EXPECT_EQ(found[0].end, 5 + key.size());
}

TEST(SecretFinder, SecretsDoNotOverlap) {
  SeededRandom random(4);
  const std::string token = std::string("gh") + "p_" + random_text(kLetters, 36, random);
  for (const std::string& text :
       {"password = \"" + token + "\"", "https://user:" + token + "@host/",
        "Authorization: Bearer " + token, "my password is " + token}) {
    const auto found = find(text);
    ASSERT_EQ(found.size(), 1U) << text;
    EXPECT_EQ(text.substr(found[0].begin, found[0].end - found[0].begin), token);
    EXPECT_EQ(found[0].rule, "github-token");
  }
}

}  // namespace
}  // namespace sally::content
