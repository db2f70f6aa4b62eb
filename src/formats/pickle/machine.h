// PickleMachine: runs a pickle without making anything: CPython's stack, marks and memo over values
// that only say where they come from. What it would import, call, build and set is told to a
// PickleEvents as it happens, so whatever ran before a pickle breaks off has been told.
//
// Source: CPython 3.11, Modules/_pickle.c, and Lib/pickle.py where loaders are built on it (joblib,
// dill); where the two differ, what either would run is told.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "formats/pickle/heap.h"
#include "formats/pickle/opcode.h"

namespace sally::formats {

// Something the pickle asks for by name.
struct PickleImport {
  PickleValue global;
  uint64_t at;
  uint8_t opcode;
};

// Something that is called, with what it gave.
struct PickleCall {
  PickleHow how;
  PickleValue callee;
  PickleValue arguments;  // a tuple; lost where there was no room for it
  PickleValue named;      // a dict, or kNone
  PickleValue result;
  uint64_t at;
};

// An attribute, an item or a member that is set on something that is no plain data.
struct PickleSet {
  uint8_t opcode;  // Build, Setitem(s), Append(s), Additems
  PickleValue target;
  PickleValue first;   // the state; the first key or item
  PickleValue second;  // the first value
  uint64_t at;
};

// A text, or octets.
struct PickleData {
  PickleKind kind;
  PickleValue value;
  uint64_t at;  // of what it holds, escapes not undone
  uint64_t length;
  ByteView head;  // its first octets, some of them
};

// What a joblib file keeps beside the pickle: the octets of an array.
struct PickleArray {
  PickleValue wrapper;  // the NumpyArrayWrapper, with its state
  uint64_t at;
  uint64_t length;
};

// What makes a pickle cost more to load than it looks.
enum class PickleExcess : uint8_t { kMemoIndex, kLength, kDigits, kDepth };

// Told as it happens. All are called from the thread that runs the machine.
class PickleEvents {
 public:
  PickleEvents() = default;
  PickleEvents(const PickleEvents&) = delete;
  PickleEvents& operator=(const PickleEvents&) = delete;
  virtual ~PickleEvents() = default;

  virtual void on_opcode(uint8_t /*opcode*/, uint64_t /*at*/) {}  // where PickleOptions::trace
  virtual void on_import(const PickleImport& /*import*/) {}
  virtual void on_call(const PickleCall& /*call*/) {}
  virtual void on_set(const PickleSet& /*set*/) {}
  virtual void on_data(const PickleData& /*data*/) {}
  virtual void on_array(const PickleArray& /*array*/) {}
  virtual void on_persistent(PickleValue /*id*/, uint64_t /*at*/) {}
  virtual void on_extension(uint32_t /*code*/, uint64_t /*at*/) {}
  virtual void on_excess(PickleExcess /*excess*/, uint64_t /*how_much*/, uint64_t /*at*/) {}
  // Asked every few thousand octets; false ends the run.
  virtual bool go_on() { return true; }
};

struct PickleOptions {
  PickleLimits limits = {};
  // Whether the octets of arrays stand between the opcodes, as joblib.load() reads a file.
  bool joblib = false;
  bool trace = false;
  // Ends the run above this many opcodes.
  uint64_t most_opcodes = UINT64_MAX;
};

// How a stream ended.
struct PickleEnd {
  enum class How : uint8_t {
    kStop,       // with its value
    kMalformed,  // CPython's loader raises here
    kTruncated,  // in the middle of something
    kLimit,      // of PickleLimits
    kUnread,     // the input could not be read
    kCalledOff,  // by go_on() or most_opcodes
  };
  How how = How::kMalformed;
  uint64_t at = 0;    // behind STOP; else the opcode that could not be carried out
  uint64_t next = 0;  // where another stream could begin
  std::string why = {};
  uint8_t protocol = 0;  // of the last PROTO; 0: none
  uint64_t opcodes = 0;
  PickleValue value = {};  // what load() gives
};

// Belongs to one thread.
class PickleMachine {
 public:
  // Both outlive it.
  PickleMachine(const Input& input, PickleEvents& events, const PickleOptions& options = {});

  // Runs the stream that begins at `from`. The values of the stream before are forgotten; what it
  // registered with copyreg is not.
  PickleEnd run(uint64_t from);

  [[nodiscard]] const PickleHeap& heap() const { return heap_; }

 private:
  enum class Step : uint8_t { kGo, kEnd };
  struct Argument {
    const unsigned char* fixed = nullptr;  // kFixed: its octets
    uint64_t at = 0;                       // kCounted, kLine: where it stands
    uint64_t length = 0;
    uint64_t second_at = 0;  // kTwoLines
    uint64_t second_length = 0;
  };
  // What is put aside while a stream within the stream runs.
  struct Suspended {
    std::vector<PickleValue> stack;
    std::vector<uint32_t> marks;
    std::vector<PickleValue> memo;
    std::unordered_map<uint64_t, PickleValue> far_memo;
    uint64_t memo_count;
    uint8_t protocol;
  };

  [[nodiscard]] uint64_t position() const {
    return window_at_ + static_cast<uint64_t>(next_ - window_);
  }
  void seek(uint64_t to);
  void skip(uint64_t octets);
  bool refill();
  Step fail(PickleEnd::How how, std::string why);
  Step malformed(std::string why) { return fail(PickleEnd::How::kMalformed, std::move(why)); }

  Step fetch(uint8_t opcode, Argument& argument);
  Step fetch_counted(const PickleOpcode& row, bool is_signed, Argument& argument);
  bool fetch_line(uint64_t& at, uint64_t& length);
  std::string octets(uint64_t at, uint64_t length, size_t most);
  Step carry_out(uint8_t opcode, const Argument& argument);
  Step carry_out_rare(uint8_t opcode, const Argument& argument);

  [[nodiscard]] size_t fence() const { return marks_.empty() ? 0 : marks_.back(); }
  [[nodiscard]] size_t above() const { return stack_.size() - fence(); }
  Step push(PickleValue value) {
    if (stack_.size() >= options_.limits.stack) [[unlikely]] {
      return fail(PickleEnd::How::kLimit, "more values at once than are kept");
    }
    stack_.push_back(value);
    return Step::kGo;
  }
  Step underflow() { return malformed("takes a value where there is none"); }
  // Where what stands above the topmost mark begins, which is taken; false: there is no mark.
  bool take_mark(size_t& begin);

  Step data(PickleKind kind, const Argument& argument);
  Step collect(PickleKind kind, size_t begin);
  Step put(uint64_t index);
  Step get(uint64_t index);
  Step text_line(uint8_t opcode, const Argument& argument);
  Step number_line(uint8_t opcode, const Argument& argument);
  Step global(const Argument& argument, uint8_t opcode);
  std::optional<PickleValue> find(std::string module, std::string name, bool computed);
  Step stack_global();
  Step extension(uint32_t code);
  Step call(PickleHow how, PickleValue callee, PickleValue arguments, PickleValue named);
  void registered(PickleValue arguments);
  Step inst(const Argument& argument);
  Step obj();
  Step add(uint8_t opcode, size_t begin);
  Step build();
  Step read_array(PickleValue wrapper);
  Step stop();

  const Input& input_;
  PickleEvents& events_;
  PickleOptions options_;
  PickleHeap heap_;
  std::vector<unsigned char> buffer_;
  const unsigned char* window_ = nullptr;
  const unsigned char* next_ = nullptr;
  const unsigned char* window_end_ = nullptr;
  uint64_t window_at_ = 0;

  std::vector<PickleValue> stack_;
  std::vector<uint32_t> marks_;
  std::vector<PickleValue> memo_;  // lost: nothing there, or not kept
  std::unordered_map<uint64_t, PickleValue> far_memo_;
  uint64_t memo_count_ = 0;
  bool memo_full_ = false;
  uint8_t protocol_ = 0;
  uint64_t op_at_ = 0;
  uint64_t opcodes_ = 0;
  uint64_t deepest_ = 0;
  std::vector<Suspended> suspended_;
  PickleEnd end_;

  struct Named {
    uint64_t module = 0;
    uint64_t name = 0;
    uint8_t protocol = 0;
    PickleValue value = {};
  };
  std::array<Named, 64> named_{};  // what STACK_GLOBAL named last
  std::unordered_map<uint32_t, PickleValue> extensions_;
};

}  // namespace sally::formats
