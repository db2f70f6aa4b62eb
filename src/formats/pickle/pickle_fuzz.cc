// Any octets as a pickle: both readings end, what they tell of lies within the octets, and every
// value can be written.
#include <string>
#include <string_view>

#include "base/check.h"
#include "formats/pickle/array.h"
#include "formats/pickle/machine.h"

namespace {

using sally::formats::PickleValue;

struct Check : sally::formats::PickleEvents {
  const sally::formats::PickleHeap* heap = nullptr;
  uint64_t size = 0;
  uint64_t last = 0;

  void write(PickleValue value) const {
    SALLY_CHECK(sally::formats::render(*heap, value, 200).size() < 4096);
  }
  void on_opcode(uint8_t /*opcode*/, uint64_t at) override {
    SALLY_CHECK(at < size && at >= last);
    last = at;
  }
  void on_import(const sally::formats::PickleImport& import) override {
    SALLY_CHECK(import.at < size);
    write(import.global);
  }
  void on_call(const sally::formats::PickleCall& call) override {
    SALLY_CHECK(call.at < size);
    write(call.result);
  }
  void on_set(const sally::formats::PickleSet& set) override {
    write(set.target);
    write(set.first);
  }
  void on_data(const sally::formats::PickleData& data) override {
    SALLY_CHECK(data.at <= size && data.length <= size - data.at);
    SALLY_CHECK(data.head.size() <= data.length);
  }
  void on_array(const sally::formats::PickleArray& array) override {
    SALLY_CHECK(array.at <= size && array.length <= size - array.at);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const sally::formats::MemoryInput input(
      std::string_view(reinterpret_cast<const char*>(data), size));
  for (const bool joblib : {false, true}) {
    Check check;
    check.size = size;
    sally::formats::PickleOptions options{.joblib = joblib, .trace = true};
    options.limits = {.stack = 10'000,
                      .marks = 1'000,
                      .memo = 10'000,
                      .nodes = 2'000,
                      .items = 5'000,
                      .items_each = 16,
                      .globals = 100};
    sally::formats::PickleMachine machine(input, check, options);
    check.heap = &machine.heap();
    const sally::formats::PickleEnd end = machine.run(0);
    SALLY_CHECK(end.at <= size && end.next <= size);
    if (end.how == sally::formats::PickleEnd::How::kStop) {
      check.write(end.value);
    }
  }
  return 0;
}
