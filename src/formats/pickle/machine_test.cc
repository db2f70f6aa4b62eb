#include "formats/pickle/machine.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "formats/pickle/text.h"

namespace sally::formats {
namespace {

using namespace std::string_literals;

// What a pickle did, as text.
struct Record : PickleEvents {
  const PickleHeap* heap = nullptr;
  std::vector<std::string> imports;
  std::vector<std::string> calls;
  std::vector<std::string> sets;
  std::vector<uint64_t> arrays;
  std::vector<PickleExcess> excesses;
  size_t persistent = 0;

  void on_import(const PickleImport& import) override {
    const PickleGlobal& global = heap->global(import.global);
    imports.push_back(global.module + "." + global.name + (global.computed ? " computed" : ""));
  }
  void on_call(const PickleCall& call) override { calls.push_back(render(*heap, call.result)); }
  void on_set(const PickleSet& set) override {
    sets.push_back(render(*heap, set.target) + " <- " + render(*heap, set.first));
  }
  void on_array(const PickleArray& array) override { arrays.push_back(array.length); }
  void on_persistent(PickleValue /*id*/, uint64_t /*at*/) override { ++persistent; }
  void on_excess(PickleExcess excess, uint64_t /*much*/, uint64_t /*at*/) override {
    excesses.push_back(excess);
  }
};

struct Ran : Record {
  PickleEnd end;
  std::string value;
};

std::unique_ptr<Ran> run(std::string_view octets, const PickleOptions& options = {}) {
  auto ran = std::make_unique<Ran>();
  const MemoryInput input(octets);
  PickleMachine machine(input, *ran, options);
  ran->heap = &machine.heap();
  ran->end = machine.run(0);
  if (ran->end.how == PickleEnd::How::kStop) {
    ran->value = render(machine.heap(), ran->end.value);
  }
  return ran;
}

using Texts = std::vector<std::string>;

TEST(PickleMachine, RendersACallAsPythonWritesIt) {
  EXPECT_EQ(run("cposix\nsystem\n(S'id'\ntR.")->calls, Texts{"posix.system('id')"});
}

TEST(PickleMachine, MapsNamesOfPython2BelowProtocol3) {
  EXPECT_EQ(run("c__builtin__\nxrange\n.")->imports, Texts{"builtins.range"});
  EXPECT_EQ(run("\x80\x03"
                "c__builtin__\neval\n.")
                ->imports,
            Texts{"__builtin__.eval"});
}

TEST(PickleMachine, CountsTheMemoForMemoize) {
  // PUT at 5, then MEMOIZE: the memo has one entry, so it is number 1.
  EXPECT_EQ(run("\x80\x04\x8c\x01"
                "aq\x05\x8c\x01"
                "b\x94h\x01.")
                ->value,
            "'b'");
}

TEST(PickleMachine, OverwritesTheMemo) {
  EXPECT_EQ(run("I1\np0\n0I2\np0\n0g0\n.")->value, "2");
}

TEST(PickleMachine, ReadsIndexesAsIntDoes) {
  EXPECT_EQ(run("I7\np7\n0g 0_7 \n.")->value, "7");
  EXPECT_EQ(run("I7\np7\n0g+7\n.")->value, "7");
  EXPECT_EQ(run("I7\np7\n0g0x7\n.")->end.how, PickleEnd::How::kMalformed);
}

TEST(PickleMachine, TakesAMarkWithPop) {
  EXPECT_EQ(run("I1\n(0.")->value, "1");
}

TEST(PickleMachine, TakesNothingFromBelowAMark) {
  EXPECT_EQ(run("I1\n(2.")->end.how, PickleEnd::How::kMalformed);
  EXPECT_EQ(run("I1\n(q\x01.")->end.how, PickleEnd::How::kMalformed);
}

TEST(PickleMachine, ThrowsAwayToAMark) {
  EXPECT_EQ(run("I1\n(I2\nI3\n1.")->value, "1");
}

TEST(PickleMachine, CallsWithInstObjAndNewObjEx) {
  EXPECT_EQ(run("(S'id'\nios\nsystem\n.")->calls, Texts{"os.system('id')"});
  EXPECT_EQ(run("(cos\nsystem\nS'id'\no.")->calls, Texts{"os.system('id')"});
  EXPECT_EQ(run("\x80\x04"
                "ca\nB\n)}\x92.")
                ->calls,
            Texts{"a.B.__new__(, **{})"});
}

TEST(PickleMachine, NamesWhatStandsOnTheStack) {
  EXPECT_EQ(run("\x80\x04V\\u006fs\nS'sys\\x74em'\n\x93.")->imports, Texts{"os.system"});
}

TEST(PickleMachine, TellsOfNamesThatACallGives) {
  EXPECT_EQ(run("\x80\x04"
                "ca\nb\n)RVsystem\n\x93.")
                ->imports.back(),
            "a.b().system computed");
}

TEST(PickleMachine, FollowsWhatCopyregRegisters) {
  const auto ran = run("ccopyreg\nadd_extension\n(S'os'\nS'system'\nI7\ntR0\x82\x07(S'id'\ntR.");
  EXPECT_EQ(ran->calls.back(), "os.system('id')");
}

TEST(PickleMachine, TellsWhatRanBeforeTheDamage) {
  const auto ran = run("cos\nsystem\n(S'id'\ntR\xff");
  EXPECT_EQ(ran->calls.size(), 1U);
  EXPECT_EQ(ran->end.how, PickleEnd::How::kMalformed);
  EXPECT_EQ(ran->end.at, 20U);
}

TEST(PickleMachine, EndsInAnErrorWhereverItIsCut) {
  const std::string whole =
      "\x80\x04\x95\x10\0\0\0\0\0\0\0]\x94(K\x01M\x02\x00\x8c\x01xG12345678e."s;
  for (size_t length = 0; length < whole.size(); ++length) {
    EXPECT_NE(run(std::string_view(whole).substr(0, length))->end.how, PickleEnd::How::kStop)
        << length;
  }
  EXPECT_EQ(run(whole)->end.how, PickleEnd::How::kStop);
}

TEST(PickleMachine, TellsOfAttributesThatAreSet) {
  EXPECT_EQ(run("cnumpy\nsize\n}S'shape'\nI1\nsb.")->sets, Texts{"numpy.size <- {'shape': 1}"});
}

TEST(PickleMachine, GivesPersistentIdsToItsLoader) {
  EXPECT_EQ(run("P0\n.")->persistent, 1U);
  EXPECT_EQ(run("K\x01Q.")->persistent, 1U);
}

TEST(PickleMachine, SkipsTheOctetsOfArrays) {
  const std::string wrapper =
      "\x80\x02"
      "cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}(X\x05\0\0\0shapeK\x03\x85X\x05\0\0\0dtype"
      "cnumpy\ndtype\nX\x02\0\0\0f8\x89\x88\x87RX\x1b\0\0\0numpy_array_alignment_bytesK\x10ub"s;
  const std::string array = "\x02\xff\xff"s + std::string(24, '\xfe');
  const auto ran = run(wrapper + array + ".", {.joblib = true});
  EXPECT_EQ(ran->arrays, std::vector<uint64_t>{24});
  EXPECT_EQ(ran->end.how, PickleEnd::How::kStop);
  // Without joblib the same octets are opcodes.
  EXPECT_NE(run(wrapper + array + ".")->end.how, PickleEnd::How::kStop);
}

TEST(PickleMachine, ReadsArraysOfObjectsAsPicklesOfTheirOwn) {
  const std::string wrapper =
      "\x80\x02"
      "cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}(X\x05\0\0\0shapeK\x03\x85X\x05\0\0\0dtype"
      "cnumpy\ndtype\nX\x02\0\0\0O8\x89\x88\x87Rub"s;
  const auto ran = run(wrapper + "cos\nsystem\n(S'id'\ntR.K\x05.", {.joblib = true});
  EXPECT_EQ(ran->calls.back(), "os.system('id')");
  EXPECT_EQ(ran->value, "5");
}

TEST(PickleMachine, CostsLittleWhateverAPickleClaims) {
  EXPECT_EQ(run("Nr\xff\xff\xff\x3f.")->excesses, std::vector{PickleExcess::kMemoIndex});
  const auto length = run("\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7f"s);
  EXPECT_EQ(length->excesses, std::vector{PickleExcess::kLength});
  EXPECT_EQ(length->end.how, PickleEnd::How::kTruncated);
  const auto digits = run("I" + std::string(400'000, '9') + "\n.");
  EXPECT_EQ(digits->excesses, std::vector{PickleExcess::kDigits});
  const auto deep = run(std::string(200'000, ']') + std::string(199'999, 'a') + ".");
  EXPECT_EQ(deep->excesses, std::vector{PickleExcess::kDepth});
}

TEST(PickleMachine, LosesValuesRatherThanGrow) {
  PickleOptions options;
  options.limits = {.stack = 100, .marks = 10, .memo = 10, .nodes = 10, .items = 20};
  EXPECT_EQ(run(std::string(200, 'N') + ".", options)->end.how, PickleEnd::How::kLimit);
  EXPECT_EQ(run(std::string(20, '(') + ".", options)->end.how, PickleEnd::How::kLimit);
  std::string lists;
  for (int i = 0; i < 50; ++i) {
    lists += "]0";
  }
  EXPECT_EQ(run(lists + "cos\nsystem\n(S'id'\ntR.", options)->calls.size(), 1U);
}

TEST(PickleText, ReadsWhatPythonWrites) {
  EXPECT_EQ(unescape_pickle_string(R"('\x6f\163\n')"), "os\n");
  EXPECT_EQ(unescape_pickle_string("id"), std::nullopt);
  EXPECT_EQ(unescape_pickle_unicode("\\u0041\xe9"), "A\xc3\xa9");
  EXPECT_EQ(parse_pickle_int("0x10"), 16);
  EXPECT_EQ(parse_pickle_int("-12L"), -12);
  EXPECT_EQ(parse_pickle_index("1__0"), std::nullopt);
}

}  // namespace
}  // namespace sally::formats
