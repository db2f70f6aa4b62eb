#include "vet/dependency/dependency.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>

#include "support/temp_folder.h"
#include "vet/dependency/advisories.h"
#include "vet/dependency/requirement.h"
#include "vet/test_scan.h"

namespace sally::vet::dependency {
namespace {

using test::packages;
using test::scanned;
using test::told;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// A folder of records as a database.
class Database {
 public:
  void add(std::string_view name, std::string_view record) const {
    std::ofstream(folder_.file(std::string(name) + ".json")) << record;
  }
  [[nodiscard]] std::unique_ptr<const Advisories> open() const {
    auto opened = Advisories::open({folder_.path().string()});
    EXPECT_TRUE(opened.ok()) << (opened.ok() ? "" : opened.error().message());
    return opened.ok() ? *std::move(opened) : nullptr;
  }
  [[nodiscard]] const test::TempFolder& folder() const { return folder_; }

 private:
  test::TempFolder folder_;
};

constexpr std::string_view kGhsa = R"({"id":"GHSA-1","aliases":["CVE-2024-1"],
  "modified":"2024-05-01T00:00:00Z","summary":"runs code",
  "severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
  "affected":[{"package":{"ecosystem":"PyPI","name":"Some_Model"},
    "ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1.2"},
                                            {"introduced":"2.0"},{"last_affected":"2.1"}]}],
    "versions":["0.9","1.0","1.1"]}]})";
constexpr std::string_view kPysec = R"({"id":"PYSEC-1","aliases":["CVE-2024-1","GHSA-1"],
  "modified":"2024-06-01T00:00:00Z","details":"Runs code.\nMore.",
  "affected":[{"package":{"ecosystem":"PyPI","name":"some-model"},
    "ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1.2"}]}]}]})";

TEST(Advisories, RecordsOfOneThingAreOneFinding) {
  const Database database;
  database.add("a", kGhsa);
  database.add("b", kPysec);
  const auto advisories = database.open();
  ASSERT_NE(advisories, nullptr);
  const auto flaws = advisories->of("PyPI", "SOME.model", "1.0.0");
  ASSERT_EQ(flaws.size(), 1U);
  EXPECT_THAT(flaws[0].ids, ElementsAre("GHSA-1", "CVE-2024-1", "PYSEC-1"));
  EXPECT_EQ(flaws[0].severity, Severity::kCritical);
  EXPECT_EQ(fixed_above(*flaws[0].affected, "1.0"), "1.2");
  EXPECT_THAT(advisories->of("PyPI", "some-model", "1.2"), IsEmpty());
  EXPECT_EQ(advisories->of("PyPI", "some-model", "2.1").size(), 1U);
  EXPECT_THAT(advisories->of("PyPI", "some-model", "2.1.1"), IsEmpty());
  EXPECT_THAT(advisories->of("npm", "some-model", "1.0"), IsEmpty());
  ASSERT_EQ(advisories->read().size(), 1U);
  EXPECT_EQ(advisories->read()[0].newest, "2024-06-01T00:00:00Z");
}

TEST(Advisories, WithdrawnOnesAndWhatCannotBeReadAreNoFindings) {
  const Database database;
  database.add("a", R"({"id":"X","withdrawn":"2024-01-01T00:00:00Z","affected":[{"package":
    {"ecosystem":"PyPI","name":"x"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"}]}]}]})");
  database.add("b", "{");
  const auto advisories = database.open();
  EXPECT_THAT(advisories->of("PyPI", "x", "1"), IsEmpty());
  EXPECT_EQ(advisories->read().at(0).unreadable, 1U);
}

TEST(Advisories, NothingIsReadBeforeItIsAskedFor) {
  const Database database;
  database.add("a", kGhsa);
  EXPECT_THAT(database.open()->read(), IsEmpty());
}

TEST(Advisories, AFolderWithoutRecordsIsRefused) {
  const test::TempFolder folder;
  EXPECT_EQ(Advisories::open({folder.path().string()}).error().kind(), ErrorKind::kUsage);
  EXPECT_EQ(Advisories::open({"/nowhere"}).error().kind(), ErrorKind::kUsage);
}

TEST(Advisories, LimitsBoundARange) {
  const Database database;
  database.add("a", R"({"id":"X","affected":[{"package":{"ecosystem":"npm","name":"x"},
    "ranges":[{"type":"SEMVER","events":[{"introduced":"1.0.0"},{"limit":"1.5.0"}]}]}]})");
  const auto advisories = database.open();
  EXPECT_EQ(advisories->of("npm", "x", "1.4.9").size(), 1U);
  EXPECT_THAT(advisories->of("npm", "x", "1.5.0"), IsEmpty());
  EXPECT_THAT(advisories->of("npm", "x", "1.0.0-rc.1"), IsEmpty());
}

TEST(Advisories, TheSnapshotOfThePythonAuthorityIsReadQuickly) {
  const char* corpora = std::getenv("SALLY_CORPORA");
  if (corpora == nullptr) {
    GTEST_SKIP() << "SALLY_CORPORA is not set";
  }
  const auto advisories = Advisories::open({std::string(corpora) + "/advisories"});
  ASSERT_TRUE(advisories.ok());
  EXPECT_THAT((*advisories)->of("PyPI", "tensorflow", "2.4.0"), testing::SizeIs(testing::Gt(100)));
  const auto read = (*advisories)->read().at(0);
  EXPECT_EQ(read.records, 2651U);
  EXPECT_EQ(read.unreadable, 0U);
  EXPECT_EQ(read.newest, "2024-10-10T17:22:00Z");
}

TEST(Dependency, AVulnerablePinIsAsBadAsItsAdvisory) {
  const Database database;
  database.add("a", kGhsa);
  const auto advisories = database.open();
  const Target target = scanned("requirements.txt", "some_model==1.0\n", advisories.get());
  ASSERT_EQ(target.findings.size(), 1U);
  EXPECT_EQ(target.findings[0].severity, Severity::kCritical);
  EXPECT_EQ(target.findings[0].evidence, "runs code");
  EXPECT_THAT(target.findings[0].message, HasSubstr("fixed in 1.2"));
  EXPECT_THAT(target.findings[0].references, ElementsAre("GHSA-1", "CVE-2024-1"));
  EXPECT_EQ(target.verdict(), Verdict::kReview);
  EXPECT_EQ(scanned("requirements.txt", "some_model==1.2\n", advisories.get()).verdict(),
            Verdict::kClean);
}

TEST(Dependency, ARangeThatAdmitsAFlawIsMilder) {
  const Database database;
  database.add("a", kGhsa);
  const auto advisories = database.open();
  EXPECT_THAT(told(scanned("requirements.txt", "some_model<1.2\n", advisories.get())),
              UnorderedElementsAre("vulnerable-range medium 1", "unpinned-package info 1"));
  EXPECT_THAT(told(scanned("requirements.txt", "some_model>=1.0,<2\n", advisories.get())),
              UnorderedElementsAre("vulnerable-range info 1", "unpinned-package info 1"));
  EXPECT_THAT(told(scanned("requirements.txt", "some_model>=3\n", advisories.get())),
              ElementsAre("unpinned-package info 1"));
}

TEST(Dependency, MalwareIsAnAttack) {
  const Database database;
  database.add("a", R"({"id":"MAL-2024-1","affected":[{"package":{"ecosystem":"PyPI",
    "name":"torchtritom"},"versions":["1.0"]}]})");
  const auto advisories = database.open();
  EXPECT_EQ(scanned("requirements.txt", "torchtritom==1.0\n", advisories.get()).verdict(),
            Verdict::kMalicious);
}

TEST(Requirements, LinesAreReadAsPipReadsThem) {
  const auto lines = parse_requirements(
      "# comment\n-r base.txt\ntorch[cuda,x] >= 2.0, <3 ; python_version < \"3.13\"  # why\n"
      "numpy==1.26.4 --hash=sha256:aa \\\n    --hash sha256:bb\n"
      "-e git+https://example.com/x@main#egg=thing\nx @ https://h/x.whl\n./local\n???\n");
  ASSERT_EQ(lines.size(), 7U);
  EXPECT_EQ(lines[0].option, "--requirement");
  EXPECT_EQ(lines[0].value, "base.txt");
  EXPECT_EQ(lines[1].requirement.name, "torch");
  EXPECT_THAT(lines[1].requirement.extras, ElementsAre("cuda", "x"));
  EXPECT_EQ(lines[1].requirement.specifiers, ">=2.0,<3");
  EXPECT_EQ(lines[1].requirement.marker, "python_version < \"3.13\"");
  EXPECT_THAT(lines[2].hashes, ElementsAre("sha256:aa", "sha256:bb"));
  EXPECT_EQ(lines[2].line, 4U);
  EXPECT_EQ(lines[3].requirement.name, "thing");
  EXPECT_EQ(lines[4].requirement.url, "https://h/x.whl");
  EXPECT_EQ(lines[5].kind, RequirementLine::Kind::kUrl);
  EXPECT_EQ(lines[6].kind, RequirementLine::Kind::kOther);
}

TEST(Requirements, IndexesAndAddressesAreJudged) {
  EXPECT_THAT(told(scanned("requirements-dev.txt",
                           "--extra-index-url https://u:secret@corp.example/simple\n"
                           "--index-url http://pypi.example/simple\n--trusted-host pypi.example\n"
                           "a==1\nb @ https://example.com/b.whl\n"
                           "c @ https://example.com/c.whl#sha256=00\n"
                           "-i http://localhost:3141/simple\n")),
              ElementsAre("extra-index medium 1", "insecure-index medium 2",
                          "insecure-index medium 3", "package-from-url low 5"));
  const Target target =
      scanned("requirements.txt", "--extra-index-url https://u:secret@corp.example/simple\n");
  EXPECT_THAT(target.findings.at(0).evidence, Not(HasSubstr("secret")));
}

TEST(Requirements, WhatACommandInstallsIsRead) {
  const auto lines = pip_install_arguments(
      "apt-get update && pip3 install --no-cache-dir -U 'torch>=2' numpy==1.26.4 -r r.txt && rm x");
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0].requirement.name, "torch");
  EXPECT_EQ(lines[1].requirement.specifiers, "==1.26.4");
  EXPECT_EQ(lines[2].option, "--requirement");
  EXPECT_THAT(pip_install_arguments("pip freeze; echo install x"), IsEmpty());
}

TEST(LockFiles, EachNamesItsPackages) {
  EXPECT_THAT(packages(scanned("poetry.lock", "[[package]]\nname = \"a\"\nversion = \"1.0\"\n")),
              ElementsAre("PyPI a 1.0"));
  EXPECT_THAT(packages(scanned("uv.lock",
                               "[[package]]\nname = \"me\"\nversion = \"0.1\"\nsource = { virtual "
                               "= \".\" }\n[[package]]\nname = \"a\"\nversion = \"1.0\"\nsource = "
                               "{ registry = \"https://pypi.org/simple\" }\n")),
              ElementsAre("PyPI a 1.0"));
  EXPECT_THAT(packages(scanned("pylock.toml", "[[packages]]\nname = \"a\"\nversion = \"1\"\n")),
              ElementsAre("PyPI a 1"));
  EXPECT_THAT(
      packages(scanned("Cargo.lock",
                       "[[package]]\nname = \"me\"\nversion = \"0.1.0\"\n[[package]]\nname "
                       "= \"serde\"\nversion = \"1.0.0\"\nsource = \"registry+https://x\"\n")),
      ElementsAre("crates.io serde 1.0.0"));
  EXPECT_THAT(
      packages(scanned(
          "Pipfile.lock",
          R"({"_meta":{"sources":[{}]},"default":{"a":{"version":"==1.0"}},"develop":{}})")),
      ElementsAre("PyPI a 1.0"));
  EXPECT_THAT(
      packages(scanned("package-lock.json",
                       R"({"packages":{"":{"version":"0"},"node_modules/@a/b":{"version":"1.0.0"},
                          "node_modules/x/node_modules/y":{"version":"2.0.0"}}})")),
      ElementsAre("npm @a/b 1.0.0", "npm y 2.0.0"));
  EXPECT_THAT(packages(scanned("package-lock.json",
                               R"({"dependencies":{"x":{"version":"1.0.0","dependencies":
                                  {"y":{"version":"2.0.0"}}}}})")),
              ElementsAre("npm x 1.0.0", "npm y 2.0.0"));
  EXPECT_THAT(packages(scanned("pnpm-lock.yaml",
                               "lockfileVersion: '9.0'\npackages:\n  '@a/b@1.0.0(c@2.0.0)': {}\n"
                               "  /x@1.1.0: {}\n  /y/2.0.0_z@1.0.0: {}\n")),
              ElementsAre("npm @a/b 1.0.0", "npm x 1.1.0", "npm y 2.0.0"));
  EXPECT_THAT(packages(scanned("yarn.lock",
                               "# yarn lockfile v1\n\n\"@a/b@^1.0\", \"@a/b@^1.1\":\n  version "
                               "\"1.1.0\"\n\nx@1:\n  version \"1.0.0\"\n")),
              ElementsAre("npm @a/b 1.1.0", "npm x 1.0.0"));
  EXPECT_THAT(
      packages(scanned("yarn.lock",
                       "__metadata:\n  version: 6\n\n\"@a/b@npm:^1.0\":\n  version: 1.1.0\n"
                       "  resolution: \"@a/b@npm:1.1.0\"\n\"me@workspace:.\":\n  version: 0\n"
                       "  resolution: \"me@workspace:.\"\n")),
      ElementsAre("npm @a/b 1.1.0"));
  EXPECT_THAT(packages(scanned("go.mod",
                               "module m\n\nrequire (\n\ta/b v1.2.3 // indirect\n\tc/d v0.0.0-2019"
                               "1109021931-daa7c04131f5\n)\nreplace a/b v1.2.3 => e/f v1.0.0\n"
                               "require g/h v2.0.0+incompatible\n")),
              UnorderedElementsAre("Go c/d 0.0.0-20191109021931-daa7c04131f5", "Go e/f 1.0.0",
                                   "Go g/h 2.0.0+incompatible"));
}

TEST(LockFiles, CondaNamesPackagesOfPython) {
  EXPECT_THAT(
      packages(scanned("environment.yml",
                       "channels: [conda-forge]\ndependencies:\n  - python=3.11\n  - "
                       "conda-forge::numpy=1.26.4=py311_0\n  - scipy>=1.10\n  - pip:\n    - "
                       "torch==2.1.0\n")),
      ElementsAre("conda python ", "conda numpy 1.26.4", "conda scipy ", "PyPI torch 2.1.0"));
  EXPECT_THAT(packages(scanned("conda-lock.yml",
                               "package:\n- {name: numpy, version: 1.26.4, manager: conda}\n"
                               "- {name: torch, version: 2.1.0, manager: pip}\n")),
              ElementsAre("conda numpy 1.26.4", "PyPI torch 2.1.0"));
}

TEST(LockFiles, WhatIsInstalledIsRead) {
  EXPECT_THAT(packages(scanned("METADATA",
                               "Metadata-Version: 2.1\nName: Pillow\nVersion: 9.0.0\n\nName: x\n")),
              ElementsAre("PyPI Pillow 9.0.0"));
  EXPECT_THAT(
      packages(scanned("status",
                       "Package: libssl3\nStatus: install ok installed\nSource: openssl "
                       "(3.0.11-1~deb12u2)\nVersion: 3.0.11-1~deb12u2+b1\n\nPackage: gone\n"
                       "Status: deinstall ok config-files\nVersion: 1\n\nPackage: x\nStatus: "
                       "install ok installed\nVersion: 1.0-1+deb12u1\n")),
      ElementsAre("Debian:12 openssl 3.0.11-1~deb12u2", "Debian:12 x 1.0-1+deb12u1"));
}

TEST(LockFiles, BillsOfMaterialsAreRead) {
  EXPECT_THAT(
      packages(scanned("bom.json",
                       R"({"bomFormat":"CycloneDX","components":[{"purl":"pkg:pypi/torch@2.1.0",
                          "components":[{"purl":"pkg:npm/%40a/b@1.0.0?x=y"}]},
                          {"purl":"pkg:deb/debian/openssl@3.0?distro=debian-12"}]})")),
      ElementsAre("PyPI torch 2.1.0", "npm @a/b 1.0.0", "Debian:12 openssl 3.0"));
  EXPECT_THAT(packages(scanned("sbom.json",
                               R"({"spdxVersion":"SPDX-2.3","packages":[{"externalRefs":[
                                  {"referenceType":"purl","referenceLocator":"pkg:golang/a/b/c@v1.0.0"}]}]})")),
              ElementsAre("Go a/b/c v1.0.0"));
}

TEST(LockFiles, PyprojectIsReadInItsDialects) {
  const Target target = scanned("pyproject.toml",
                                "[project]\ndependencies = [\"torch==2.1.0\", \"x\"]\n"
                                "[project.optional-dependencies]\na = [\"numpy==1.0\"]\n"
                                "[tool.poetry.dependencies]\npython = \"^3.10\"\ny = \"1.2.3\"\n"
                                "z = { version = \"^1.2\" }\n"
                                "[[tool.poetry.source]]\nname = \"corp\"\nurl = "
                                "\"https://corp.example\"\npriority = \"supplemental\"\n");
  EXPECT_THAT(packages(target), ElementsAre("PyPI torch 2.1.0", "PyPI x ", "PyPI numpy 1.0",
                                            "PyPI y 1.2.3", "PyPI z "));
  EXPECT_THAT(told(target), ElementsAre("extra-index medium 9"));
}

TEST(LockFiles, AnyCutOfAFileIsReadOrUnreadable) {
  const std::string_view text =
      "[project]\ndependencies = [\"torch==2.1.0\", \"x\"]\n[tool.poetry.dependencies]\ny = "
      "\"^1\"\n";
  for (size_t i = 0; i <= text.size(); ++i) {
    for (const std::string_view name :
         {"pyproject.toml", "requirements.txt", "go.mod", "yarn.lock", "environment.yml",
          "setup.cfg", "package-lock.json", "status", "METADATA"}) {
      (void)scanned(name, text.substr(0, i));
    }
  }
}

}  // namespace
}  // namespace sally::vet::dependency
