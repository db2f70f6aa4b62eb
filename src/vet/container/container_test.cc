// What each container makes known, by archives that are made here.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/encoding.h"
#include "formats/zip/test_zip.h"
#include "formats/zip/zip.h"
#include "vet/container/member_path.h"
#include "vet/container/torchscript.h"
#include "vet/examination.h"

namespace sally::vet::container {
namespace {

using formats::TestMember;
using formats::zip_of;

Target examined(std::string_view octets, std::string path = "folder/file") {
  const SystemClock clock;
  const Services services{.clock = clock};
  const Limits limits;
  Target target{.path = std::move(path), .size = octets.size()};
  Examination examination(target, limits, services);
  const formats::MemoryInput input(octets);
  examination.examine(input, examination.name());
  return target;
}

bool has(const Target& target, RuleId rule) {
  return std::ranges::any_of(target.findings,
                             [&](const Finding& finding) { return finding.rule == rule; });
}

// A safetensors file whose tensor reaches past its end: a finding wherever it stands.
std::string bad() {
  const std::string header = R"({"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}})";
  std::string length(8, '\0');
  length[0] = static_cast<char>(header.size());
  return length + header;
}

bool has_bad(const Target& target, std::string_view member) {
  return std::ranges::any_of(target.findings, [&](const Finding& finding) {
    return finding.rule == RuleId::kSafetensorsLayout && finding.member == member;
  });
}

TEST(ZipContainer, ExaminesItsMembers) {
  const Target target =
      examined(zip_of({{.name = "a", .octets = "text"}, {.name = "b/c", .octets = bad()}}));
  EXPECT_TRUE(has_bad(target, "b/c"));
  EXPECT_EQ(target.findings.size(), 1U);
}

TEST(ZipContainer, ExaminesArchivesWithinArchives) {
  const std::string inner = zip_of({{.name = "c", .octets = bad()}});
  EXPECT_TRUE(has_bad(examined(zip_of({{.name = "b.zip", .octets = inner}})), "b.zip!/c"));
}

TEST(ZipContainer, ExaminesHiddenMembersAndBothNamesOfOne) {
  EXPECT_TRUE(has_bad(examined(zip_of({{.name = "a", .octets = "1"},
                                       {.name = "b", .octets = bad(), .is_listed = false}})),
                      "b"));
  const Target renamed = examined(zip_of({{.name = "b", .octets = bad(), .listed_name = "c"}}));
  EXPECT_TRUE(has_bad(renamed, "b"));
  EXPECT_TRUE(has_bad(renamed, "c"));
  EXPECT_TRUE(has(renamed, RuleId::kZipMismatch));
}

TEST(ZipContainer, ExaminesAllThatHaveOneName) {
  const Target target =
      examined(zip_of({{.name = "a", .octets = bad()}, {.name = "a", .octets = "1"}}));
  EXPECT_TRUE(has_bad(target, "a"));
  EXPECT_TRUE(has(target, RuleId::kZipDuplicate));
}

TEST(ZipContainer, TellsFlagsThatLieFromEncryption) {
  const TestMember marked{.name = "a", .octets = bad(), .flags = formats::kZipEncrypted};
  const Target lies = examined(zip_of({marked}));
  EXPECT_TRUE(has(lies, RuleId::kZipFlag));
  EXPECT_TRUE(has_bad(lies, "a"));
  TestMember encrypted = marked;
  encrypted.octets = "nothing of this is what its checksum says";
  std::string zip = zip_of({encrypted});
  for (const size_t at : {size_t{14}, zip.rfind("PK\x01\x02") + 16}) {
    zip[at] = static_cast<char>(zip[at] ^ 1);
  }
  const Target real = examined(zip);
  EXPECT_FALSE(has(real, RuleId::kZipFlag));
  EXPECT_TRUE(has(real, RuleId::kArchiveEncrypted));
  EXPECT_EQ(real.verdict(), Verdict::kUnreadable);
}

TEST(ZipContainer, TellsAWrongChecksumAndLooksAllTheSame) {
  std::string zip = zip_of({{.name = "a", .octets = bad()}});
  for (const size_t at : {size_t{14}, zip.rfind("PK\x01\x02") + 16}) {
    zip[at] = static_cast<char>(zip[at] ^ 1);
  }
  const Target target = examined(zip);
  EXPECT_TRUE(has(target, RuleId::kZipChecksum));
  EXPECT_TRUE(has_bad(target, "a"));
}

TEST(ZipContainer, KnowsWhatLoadersTakeItFor) {
  EXPECT_EQ(examined(zip_of({{.name = "m/data.pkl", .octets = "1"},
                             {.name = "m/version", .octets = "3\n"}}))
                .format,
            "zip+torch-zip");
  EXPECT_EQ(examined(zip_of({{.name = "a.npy", .octets = "\x93NUMPY"}})).format, "zip+npz");
}

TEST(ZipContainer, NeverCallsATruncatedArchiveClean) {
  const std::string zip = zip_of({{.name = "a", .octets = "1"}, {.name = "b", .octets = "2"}});
  EXPECT_EQ(examined(zip).verdict(), Verdict::kClean);
  for (size_t length = 4; length < zip.size(); ++length) {
    EXPECT_NE(examined(std::string_view(zip).substr(0, length)).verdict(), Verdict::kClean)
        << length;
  }
}

TEST(MemberPath, KnowsWhatLeadsOutside) {
  for (const std::string_view name :
       {"/etc/passwd", "../a", "a/../../b", "..\\a", "C:\\a", "c:/a", "\\a", "a/../.."}) {
    EXPECT_TRUE(leads_outside(name)) << name;
  }
  for (const std::string_view name : {"a", "./a", "a/../b", "a..b", "..a/b", "a/...", ""}) {
    EXPECT_FALSE(leads_outside(name)) << name;
  }
  EXPECT_TRUE(link_leads_outside("a/b", "../../c"));
  EXPECT_FALSE(link_leads_outside("a/b", "../c"));
  EXPECT_TRUE(link_leads_outside("a/b", "/c"));
}

TEST(TorchScript, TellsOperatorsThatReachForFiles) {
  const auto tells = [](std::string_view code) {
    const SystemClock clock;
    const Services services{.clock = clock};
    const Limits limits;
    Target target{.path = "m.pt"};
    Examination examination(target, limits, services);
    examine_torchscript(code, "m/code/m.py", examination);
    return has(target, RuleId::kTorchScriptFiles);
  };
  EXPECT_TRUE(tells("def forward(self):\n  x = torch.from_file(\"/etc/passwd\", True)\n"));
  EXPECT_TRUE(tells("_0 = ops.aten.save(x, \"/tmp/a\")"));
  EXPECT_TRUE(tells("torch . save(x)"));
  EXPECT_FALSE(tells("y = torch.add(x, 1)\n_1 = self.save(x)\n"));
  EXPECT_FALSE(tells("s = \"torch.save(x)\"  # torch.save(x)\n"));
  EXPECT_FALSE(tells("'''\ntorch.save(x)\n'''"));
}

TEST(NpyContainer, ExaminesWhatArraysOfObjectsHold) {
  const auto npy = [](std::string_view header, std::string_view data) {
    std::string out("\x93NUMPY\x01\x00", 8);
    out += static_cast<char>(header.size());
    out += '\0';
    return out + std::string(header) + std::string(data);
  };
  const Target objects = examined(npy("{'descr': '|O', 'shape': (1,)}", bad()));
  EXPECT_TRUE(has(objects, RuleId::kNumpyObjects));
  EXPECT_TRUE(has_bad(objects, "objects"));
  EXPECT_EQ(examined(npy("{'descr': '|u1', 'shape': (3,)}", "123")).verdict(), Verdict::kClean);
  EXPECT_EQ(examined(npy("{'descr': '|u1', 'shape': (3,)}", "12")).verdict(), Verdict::kUnreadable);
  EXPECT_TRUE(has_bad(examined(npy("{'descr': '|u1', 'shape': (3,)}", "123" + bad())), "rest"));
}

TEST(SevenZipContainer, ExaminesItsMembers) {
  // One member `m` with the octets of bad(), stored.
  const auto octets = from_hex(
      "377abcaf271c000430425ebb3d000000000000002600000000000000fe64b30635000000000000007b22"
      "61223a7b226474797065223a225538222c227368617065223a5b395d2c22646174615f6f666673657473"
      "223a5b302c395d7d7d0104060001093d00070b01000101000c3d00080a01dbeb1954000005011105006d"
      "0000000000");
  ASSERT_TRUE(octets);
  EXPECT_TRUE(has_bad(examined(as_text(*octets)), "m"));
  for (size_t length = 6; length < octets->size(); ++length) {
    EXPECT_NE(examined(as_text(*octets).substr(0, length)).verdict(), Verdict::kClean) << length;
  }
}

}  // namespace
}  // namespace sally::vet::container
