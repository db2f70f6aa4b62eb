#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "support/temp_folder.h"
#include "vet/dependency/any_version.h"
#include "vet/dependency/cvss.h"
#include "vet/dependency/pep440.h"

namespace sally::vet::dependency {
namespace {

// Sorted, each below the next.
void expect_sorted(Order order, const std::vector<std::string>& versions) {
  for (size_t i = 0; i < versions.size(); ++i) {
    for (size_t j = 0; j < versions.size(); ++j) {
      const auto a = AnyVersion::parse(order, versions[i]);
      const auto b = AnyVersion::parse(order, versions[j]);
      ASSERT_TRUE(a && b) << versions[i] << " " << versions[j];
      EXPECT_EQ(*a <=> *b, i <=> j) << versions[i] << " " << versions[j];
    }
  }
}

TEST(Pep440, OrdersAsTheSpecificationDoes) {
  expect_sorted(Order::kPep440, {"1.dev0",
                                 "1.0.dev456",
                                 "1.0a1",
                                 "1.0a2.dev456",
                                 "1.0a12.dev456",
                                 "1.0a12",
                                 "1.0b1.dev456",
                                 "1.0b2",
                                 "1.0b2.post345.dev456",
                                 "1.0b2.post345",
                                 "1.0rc1.dev456",
                                 "1.0rc1",
                                 "1.0",
                                 "1.0+abc.5",
                                 "1.0+abc.7",
                                 "1.0+5",
                                 "1.0.post456.dev34",
                                 "1.0.post456",
                                 "1.0.15",
                                 "1.1.dev1",
                                 "20240101000000000000000000000000000001",
                                 "1!0.1"});
}

TEST(Pep440, NormalisesWhatPeopleWrite) {
  EXPECT_EQ(Pep440::parse(" V1.0-ALPHA_1 ")->to_string(), "1.0a1");
  EXPECT_EQ(Pep440::parse("01.0c2-3.DEV+Ubuntu_1")->to_string(), "1.0rc2.post3.dev0+ubuntu.1");
  EXPECT_EQ(*Pep440::parse("1.0"), *Pep440::parse("1.0.0"));
  for (const std::string_view text : {"", "x", "1..2", "1.0+", "1.0x", "!1", "1!", "1.0+a..b"}) {
    EXPECT_FALSE(Pep440::parse(text)) << text;
  }
}

TEST(Pep440, SpecifiersAdmitWhatTheyShould) {
  struct Case {
    std::string_view specifiers;
    std::string_view version;
    bool admitted;
  };
  for (const Case& one : std::vector<Case>{
           {">=1.0,<2", "1.5", true},
           {">=1.0,<2", "2.0rc1", false},
           {"<2.0rc2", "2.0rc1", true},
           {"~=2.2", "2.9", true},
           {"~=2.2", "3.0", false},
           {"~=2.2.3", "2.3", false},
           {"==1.*", "1.9.1", true},
           {"==1.0", "1.0+local", true},
           {"==1.0+a", "1.0+b", false},
           {"!=1.5.*", "1.5.2", false},
           {">1.7", "1.7.post1", false},
           {">1.7.post1", "1.7.post2", true},
           {">1.7", "1.7+x", false},
           {"===1.0", "1.0.0", false},
           {"<=1.0", "1.0+x", true},
           {"", "4", true},
       }) {
    const auto specifiers = Specifiers::parse(one.specifiers);
    ASSERT_TRUE(specifiers) << one.specifiers;
    EXPECT_EQ(specifiers->admits(*Pep440::parse(one.version), one.version), one.admitted)
        << one.specifiers << " " << one.version;
  }
  for (const std::string_view text :
       {"1.0", "~=1", ">=1.*", "==1.0.dev1.*", "==1.0rc1.*", ">", "=>1"}) {
    EXPECT_FALSE(Specifiers::parse(text)) << text;
  }
  EXPECT_EQ(Specifiers::parse("==1.2.3")->pinned(), "1.2.3");
  EXPECT_EQ(Specifiers::parse("==1.2.*")->pinned(), "");
}

TEST(Pep440, NamesAreFolded) {
  EXPECT_EQ(folded_name("Foo__Bar.-baz"), "foo-bar-baz");
}

TEST(Semver, OrdersAsTheSpecificationDoes) {
  expect_sorted(Order::kSemver, {"1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta",
                                 "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1",
                                 "1.10.0", "v2.0.0-20191109021931-daa7c04131f5", "2.0.0"});
  EXPECT_EQ(*Semver::parse("1.0.0+a"), *Semver::parse("v1.0.0+incompatible"));
  EXPECT_EQ(*Semver::parse("0"), *Semver::parse("0.0.0"));
  for (const std::string_view text : {"", "a", "1.2.3.4", "1.0.0-", "1.0.0-a..b", "1.0.0+", "1."}) {
    EXPECT_FALSE(Semver::parse(text)) << text;
  }
}

TEST(DpkgVersion, OrdersAsDpkgDoes) {
  expect_sorted(Order::kDpkg, {"1.0~rc1-1", "1.0-1", "1.0-1+deb12u1", "1.0-1.1", "1.0a", "1.0+b",
                               "1.00001", "1.2~~", "1.2~", "1.2", "1.2a", "1.10", "1:0.1"});
  for (const std::string_view text : {"", ":1", "x:1", "1-", "1 2", "99999999999:1"}) {
    EXPECT_FALSE(DpkgVersion::parse(text)) << text;
  }
}

// Versions of parts, always the same ones.
std::vector<std::string> made(const std::vector<std::string_view>& parts, size_t count) {
  std::vector<std::string> out;
  uint64_t state = 42;
  const auto next = [&](size_t below) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return static_cast<size_t>(state >> 33) % below;
  };
  while (out.size() < count) {
    std::string one = std::to_string(next(3));
    for (size_t i = next(5); i > 0; --i) {
      one += parts[next(parts.size())];
    }
    out.push_back(std::move(one));
  }
  return out;
}

TEST(DpkgVersion, AgreesWithDpkg) {
  if (::access("/usr/bin/dpkg", X_OK) != 0) {
    GTEST_SKIP() << "no dpkg";
  }
  const std::vector<std::string> versions =
      made({".", "1", "0", "~", "+", "a", "-1", "b2", ".10", "09", "deb"}, 240);
  const test::TempFolder folder;
  const std::string script = folder.file("compare.sh");
  std::vector<std::pair<std::string, std::string>> pairs;
  {
    std::ofstream out(script);
    for (size_t i = 0; i + 1 < versions.size(); i += 2) {
      if (DpkgVersion::parse(versions[i]) && DpkgVersion::parse(versions[i + 1])) {
        pairs.emplace_back(versions[i], versions[i + 1]);
        out << "dpkg --compare-versions '" << versions[i] << "' lt '" << versions[i + 1]
            << "' && echo lt || { dpkg --compare-versions '" << versions[i] << "' eq '"
            << versions[i + 1] << "' && echo eq || echo gt; }\n";
      }
    }
  }
  std::FILE* pipe = ::popen(("sh " + script + " 2>/dev/null").c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  char line[16];
  for (const auto& [a, b] : pairs) {
    ASSERT_NE(std::fgets(line, sizeof line, pipe), nullptr);
    const auto order = *DpkgVersion::parse(a) <=> *DpkgVersion::parse(b);
    const std::string_view mine = order < 0 ? "lt\n" : order == 0 ? "eq\n" : "gt\n";
    EXPECT_EQ(mine, line) << a << " " << b;
  }
  ::pclose(pipe);
  EXPECT_GT(pairs.size(), 60U);
}

TEST(Pep440, AgreesWithPackaging) {
  if (std::system("/usr/bin/python3 -c 'import packaging.version' 2>/dev/null") != 0) {
    GTEST_SKIP() << "no python3-packaging";
  }
  const std::vector<std::string> versions = made(
      {".1", ".0", "a", "b2", "rc1", ".post1", "-3", ".dev", "dev2", "+l.1", "+2", "!1", "_", "r"},
      2'000);
  const std::vector<std::string> signs = {"==", "!=", "<=", ">=", "<", ">", "~="};
  const test::TempFolder folder;
  const std::string asked = folder.file("asked");
  const std::string script = folder.file("judge.py");
  {
    std::ofstream out(asked);
    for (const std::string& version : versions) {
      out << version << "\n";
    }
    std::ofstream(script) << R"(
import sys
from packaging.version import Version, InvalidVersion
from packaging.specifiers import Specifier, InvalidSpecifier
lines = open(sys.argv[1]).read().splitlines()
def read(text):
    try:
        return Version(text)
    except InvalidVersion:
        return None
for i in range(0, len(lines), 2):
    a, b = read(lines[i]), read(lines[i + 1])
    out = ["-" if v is None else str(v) for v in (a, b)]
    if a is not None and b is not None:
        out.append("lt" if a < b else "eq" if a == b else "gt")
        # Of epochs, packaging before 24 drops one where it compares beginnings.
        for sign in [] if "!" in lines[i] + lines[i + 1] else ["==", "!=", "<=", ">=", "<", ">", "~="]:
            for wild in ["", ".*"]:
                try:
                    s = Specifier(sign + lines[i + 1] + wild)
                    out.append("yn"[not s.contains(a, prereleases=True)])
                except InvalidSpecifier:
                    out.append("x")
    print(" ".join(out))
)";
  }
  std::FILE* pipe = ::popen(("/usr/bin/python3 " + script + " " + asked).c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  char line[512];
  size_t compared = 0;
  for (size_t i = 0; i + 1 < versions.size(); i += 2) {
    ASSERT_NE(std::fgets(line, sizeof line, pipe), nullptr);
    const auto a = Pep440::parse(versions[i]);
    const auto b = Pep440::parse(versions[i + 1]);
    std::string mine = (a ? a->to_string() : "-") + " " + (b ? b->to_string() : "-");
    if (a && b) {
      ++compared;
      mine += *a < *b ? " lt" : *a == *b ? " eq" : " gt";
      const bool epoch = (versions[i] + versions[i + 1]).find('!') != std::string::npos;
      for (const std::string& sign : epoch ? std::vector<std::string>() : signs) {
        for (const std::string_view wild : {"", ".*"}) {
          const auto specifiers = Specifiers::parse(sign + versions[i + 1] + std::string(wild));
          mine += !specifiers ? " x" : specifiers->admits(*a, versions[i]) ? " y" : " n";
        }
      }
    }
    EXPECT_EQ(mine + "\n", line) << versions[i] << " " << versions[i + 1];
  }
  ::pclose(pipe);
  EXPECT_GT(compared, 100U);
}

TEST(Cvss, ScoresAsTheSpecificationDoes) {
  // The examples of FIRST.
  EXPECT_DOUBLE_EQ(*cvss3_base_score("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"), 9.8);
  EXPECT_DOUBLE_EQ(*cvss3_base_score("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N"), 6.1);
  EXPECT_DOUBLE_EQ(*cvss3_base_score("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N"), 6.4);
  EXPECT_DOUBLE_EQ(*cvss3_base_score("CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N"), 3.1);
  EXPECT_DOUBLE_EQ(*cvss3_base_score("CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H"), 7.8);
  EXPECT_DOUBLE_EQ(*cvss3_base_score("CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"), 4.6);
  EXPECT_DOUBLE_EQ(*cvss3_base_score("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H"), 10.0);
  EXPECT_DOUBLE_EQ(*cvss3_base_score("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N"), 0.0);
  for (const std::string_view wrong :
       {"", "CVSS:3.1/", "CVSS:2.0/AV:N", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H",
        "CVSS:3.1/AV:N/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}) {
    EXPECT_FALSE(cvss3_base_score(wrong)) << wrong;
  }
}

TEST(Cvss, VersionFourIsJudgedByWhatItSays) {
  EXPECT_EQ(cvss4_severity("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"),
            Severity::kCritical);
  EXPECT_EQ(cvss4_severity("CVSS:4.0/AV:L/AC:L/AT:N/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N"),
            Severity::kHigh);
  EXPECT_EQ(cvss4_severity("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N"),
            Severity::kMedium);
  EXPECT_FALSE(cvss4_severity("CVSS:4.0/"));
}

}  // namespace
}  // namespace sally::vet::dependency
