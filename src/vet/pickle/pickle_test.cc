#include "vet/pickle/pickle.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/clock.h"
#include "vet/pickle/names.h"

namespace sally::vet::pickle {
namespace {

using namespace std::literals;

Target examined(std::string_view octets, std::string_view path = "model") {
  const SystemClock clock;
  const Services services{.clock = clock};
  const Limits limits;
  Target target{.path = std::string(path), .size = octets.size()};
  Examination examination(target, limits, services);
  const formats::MemoryInput input(octets);
  examination.examine(input, examination.name());
  return target;
}

bool has(const Target& target, RuleId rule) {
  return std::ranges::any_of(target.findings, [&](const Finding& f) { return f.rule == rule; });
}

TEST(Pickle, TellsTheCallAndWhereItIs) {
  const Target target = examined("cposix\nsystem\n(S'id'\ntR.");
  ASSERT_EQ(target.findings.size(), 1U);
  EXPECT_EQ(target.findings[0].evidence, "posix.system('id')");
  EXPECT_EQ(target.findings[0].offset, 22U);
  EXPECT_EQ(target.findings[0].severity, Severity::kCritical);
  EXPECT_EQ(target.verdict(), Verdict::kMalicious);
}

TEST(Pickle, IsReadWhateverItsNameAndFirstOpcode) {
  for (const std::string_view octets :
       {"N0cos\nsystem\n(S'id'\ntR."sv, "(S'id'\nios\nsystem\n."sv, "(cos\nsystem\nS'id'\no."sv}) {
    EXPECT_EQ(examined(octets, "weights.bin").verdict(), Verdict::kMalicious) << octets;
  }
}

TEST(Pickle, LeavesTextsAndNumbersAlone) {
  for (const std::string_view octets :
       {"count\n12\n"sv, "city,name\nparis\n"sv, "cos\nsin\ntan\n"sv, "# Title\n\nimport os\n"sv,
        "cat/one.py,1\ndog/two.py,2\nNNs"sv, "(see below)\n"sv, "N.B. a note\n"sv, "I have\n"sv,
        "\x89PNG\r\n\x1a\n"sv, "import os\nos.system('id')\n"sv, "\0\0\x80\x3f\0\0\0\x40"sv}) {
    EXPECT_EQ(examined(octets, "file.txt").format, "") << octets;
  }
}

TEST(Pickle, NeverCallsAFileWithItsNameCleanWhereItCannotBeRead) {
  EXPECT_EQ(examined("hello\n", "a.pkl").verdict(), Verdict::kUnreadable);
  const std::string whole = "\x80\x04\x95\x05\0\0\0\0\0\0\0]\x94K\x01"s + "a.";
  for (size_t length = 1; length < whole.size(); ++length) {
    EXPECT_EQ(examined(std::string_view(whole).substr(0, length), "a.pkl").verdict(),
              Verdict::kUnreadable)
        << length;
  }
  EXPECT_EQ(examined(whole, "a.pkl").verdict(), Verdict::kClean);
}

TEST(Pickle, CountsWhatRanBeforeTheDamage) {
  const Target target = examined("cos\nsystem\n(S'id'\ntR\xff\xff", "a.pkl");
  EXPECT_TRUE(has(target, RuleId::kPickleDangerousCall));
  EXPECT_TRUE(has(target, RuleId::kPickleMalformed));
}

TEST(Pickle, ReadsEveryStream) {
  EXPECT_TRUE(has(examined("N.N.cos\nsystem\n(S'id'\ntR.", "a.pkl"), RuleId::kPickleDangerousCall));
  EXPECT_TRUE(has(examined("N.some octets\x80\x04\x63os\nsystem\n(S'id'\ntR.", "a.pkl"),
                  RuleId::kPickleDangerousCall));
}

TEST(Pickle, LooksIntoTextsThatArePickles) {
  const std::string inner = "\x80\x04\x63os\nsystem\n(S'id'\ntR.";
  EXPECT_TRUE(has(examined("\x80\x04\x43"s + static_cast<char>(inner.size()) + inner + "."),
                  RuleId::kPickleNested));
  // As base64, in a text.
  EXPECT_TRUE(
      has(examined("\x80\x04\x8c\x20gARjb3MKc3lzdGVtCihTJ2lkJwp0Ui4=."), RuleId::kPickleNested));
}

TEST(Pickle, TellsPatchesFromStates) {
  EXPECT_TRUE(has(examined("cnumpy\nsize\n}S'shape'\nI1\nsb."), RuleId::kPicklePatch));
  EXPECT_TRUE(has(examined("csys\nmodules\nS'a'\nNs."), RuleId::kPicklePatch));
  EXPECT_EQ(examined("ccollections\nOrderedDict\n)RS'a'\nI1\ns.").verdict(), Verdict::kClean);
}

TEST(Pickle, JudgesWhatIsHandedOverToBeCalled) {
  EXPECT_TRUE(
      has(examined("ccollections\ndefaultdict\n(cos\nsystem\ntR."), RuleId::kPickleDangerousCall));
  EXPECT_EQ(examined("ccollections\ndefaultdict\n(c__builtin__\nlist\ntR.").verdict(),
            Verdict::kClean);
}

TEST(Pickle, LetsNumpysImporterReachFunctionsOfNumpyAlone) {
  const auto reached = [](const std::string& module, const std::string& name) {
    return examined("cnumpy.core\n_ufunc_reconstruct\n(S'" + module + "'\nS'" + name + "'\ntR.")
        .verdict();
  };
  EXPECT_EQ(reached("numpy.core._multiarray_umath", "add"), Verdict::kClean);
  EXPECT_EQ(reached("os", "system"), Verdict::kMalicious);
  EXPECT_EQ(reached("numpyless", "add"), Verdict::kMalicious);
  EXPECT_EQ(reached("numpy", "load"), Verdict::kMalicious);
  EXPECT_EQ(reached("numpy.core", "__builtins__"), Verdict::kMalicious);
}

TEST(Pickle, ReviewsWhatItDoesNotKnow) {
  EXPECT_EQ(examined("cmy.models\nNet\n)\x81.").verdict(), Verdict::kReview);
  EXPECT_EQ(examined("cmy.models\nNet\n.").verdict(), Verdict::kReview);
}

TEST(PickleNames, AllowExactNamesOnly) {
  EXPECT_EQ(standing_of("numpy", "dtype").role, Role::kClass);
  EXPECT_FALSE(standing_of("numpy", "dtype.x").role);
  EXPECT_FALSE(standing_of("numpy", "dtype ndarray").role);
  EXPECT_TRUE(standing_of("numpy", "load").danger);
}

TEST(PickleNames, FollowAttributesIntoModules) {
  EXPECT_EQ(standing_of("torch", "_utils.os.system").reached, "os.system");
  EXPECT_TRUE(standing_of("shutil", "os").danger);
  EXPECT_TRUE(standing_of("my.own", "sub.builtins.eval").danger);
  EXPECT_TRUE(standing_of("my.own", "f.__globals__").dunder);
  EXPECT_TRUE(standing_of("asyncio.unix_events", "anything").danger);
}

}  // namespace
}  // namespace sally::vet::pickle
