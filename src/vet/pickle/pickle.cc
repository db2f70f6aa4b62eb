#include "vet/pickle/pickle.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "formats/pickle/machine.h"
#include "formats/pickle/opcode.h"
#include "vet/pickle/judge.h"
#include "vet/pickle/names.h"

namespace sally::vet::pickle {
namespace {

using namespace std::literals;

using formats::PickleEnd;
using formats::PickleKind;
using formats::PickleMachine;

constexpr uint64_t kSurely = 4096;  // opcodes without an error: that is no accident
constexpr unsigned kMostStreams = 10'000;
constexpr uint64_t kMostTail = uint64_t{16} << 20;  // of what stands behind, that is searched
constexpr unsigned kMostCandidates = 20'000;

constexpr formats::PickleLimits kSmall = {.stack = 100'000,
                                          .marks = 10'000,
                                          .memo = 100'000,
                                          .nodes = 20'000,
                                          .items = 100'000,
                                          .items_each = 16,
                                          .globals = 1'000};

constexpr std::array<std::string_view, 11> kNames = {
    ".pkl",  ".pickle", ".pck", ".pckl",        ".pcl",  ".joblib",
    ".dill", ".dil",    ".p",   ".cloudpickle", ".pkl4",
};
// What a file with such a name may be instead.
constexpr std::array<std::string_view, 14> kOthers = {
    "PK\x03\x04"sv,       "\x1f\x8b"sv,   "BZh"sv,      "\xfd\x37zXZ"sv, "\x04\x22\x4d\x18"sv,
    "\x28\xb5\x2f\xfd"sv, "7z\xbc\xaf"sv, "\x89HDF"sv,  "\x93NUMPY"sv,   "\x5d\0\0"sv,
    "\x78\x01"sv,         "\x78\x5e"sv,   "\x78\x9c"sv, "\x78\xda"sv};

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  });
  return out;
}

bool named_so(const Look& look) {
  const std::string name = lower(look.name);
  const std::string_view head = as_text(look.head);
  return std::ranges::any_of(kNames, [&](std::string_view end) { return name.ends_with(end); }) &&
         std::ranges::none_of(kOthers,
                              [&](std::string_view magic) { return head.starts_with(magic); }) &&
         !(head.size() > 262 && head.substr(257).starts_with("ustar"));
}

bool is_identifier(std::string_view name) {
  return is_module_name(name);
}

// Whether octets do what only pickles do.
class Probe : public formats::PickleEvents {
 public:
  void reads(const formats::PickleHeap& heap) { heap_ = &heap; }
  void on_import(const formats::PickleImport& import) override {
    const auto& global = heap_->global(import.global);
    names_ |= global.computed || (is_module_name(global.module) && is_known_module(global.module) &&
                                  is_identifier(global.name));
  }
  void on_call(const formats::PickleCall& call) override {
    if (call.callee.is(PickleKind::kGlobal)) {
      const auto& global = heap_->global(call.callee);
      calls_ |= global.computed || (is_module_name(global.module) && is_identifier(global.name));
    }
  }
  void on_set(const formats::PickleSet& set) override {
    if (set.target.is(PickleKind::kGlobal)) {
      const auto& global = heap_->global(set.target);
      calls_ |= global.computed || is_module_name(global.module);
    }
  }
  [[nodiscard]] bool names() const { return names_; }
  [[nodiscard]] bool calls() const { return calls_; }

 private:
  const formats::PickleHeap* heap_ = nullptr;
  bool names_ = false;
  bool calls_ = false;
};

bool is_opcode(std::byte octet) {
  return formats::kPickleOpcodes[static_cast<size_t>(octet)].argument !=
         formats::PickleArgument::kNoOpcode;
}

// Whether a stream of pickle stands at `from`; behind another one, any that ends.
bool stream_at(const formats::Input& input, uint64_t from) {
  std::array<std::byte, 3> head{};
  const auto count = static_cast<size_t>(std::min<uint64_t>(head.size(), input.size() - from));
  if (count == 0 || !input.read(from, std::span(head).first(count)).ok() || !is_opcode(head[0])) {
    return false;
  }
  const bool announced = head[0] == std::byte{0x80} && count >= 2 && head[1] <= std::byte{5} &&
                         (count < 3 || is_opcode(head[2]));
  Probe probe;
  PickleMachine machine(input, probe, {.limits = kSmall, .joblib = true, .most_opcodes = kSurely});
  probe.reads(machine.heap());
  const PickleEnd end = machine.run(from);
  if (announced && (end.opcodes > 2 || end.how == PickleEnd::How::kTruncated)) {
    return true;
  }
  switch (end.how) {
    case PickleEnd::How::kStop:
      return from > 0 || probe.calls() || probe.names() || end.at == input.size();
    case PickleEnd::How::kLimit:
    case PickleEnd::How::kCalledOff:
      return true;
    case PickleEnd::How::kMalformed:
    case PickleEnd::How::kTruncated:
    case PickleEnd::How::kUnread:
      break;
  }
  return probe.calls() || (probe.names() && end.opcodes > 3);
}

// What a stream did besides ending.
struct Ran {
  PickleEnd end;
  bool dangerous = false;
  bool arrays = false;
};

Ran run_stream(const formats::Input& input, Examination& examination, uint64_t from,
               Reading reading, bool joblib) {
  Judge judge(input, examination, reading, 0);
  PickleMachine machine(input, judge, {.joblib = joblib});
  judge.reads(machine.heap());
  Ran ran{.end = machine.run(from)};
  if (reading == Reading::kLoaded) {
    judge.end_of_stream();
  }
  ran.dangerous = judge.dangerous();
  ran.arrays = judge.arrays();
  return ran;
}

void tell_end(const PickleEnd& end, Examination& examination) {
  switch (end.how) {
    case PickleEnd::How::kMalformed:
    case PickleEnd::How::kTruncated:
    case PickleEnd::How::kUnread:
      examination.add(RuleId::kPickleMalformed, end.at, end.why);
      return;
    case PickleEnd::How::kLimit:
      examination.add(RuleId::kTooMuch, end.at, end.why);
      return;
    case PickleEnd::How::kStop:
    case PickleEnd::How::kCalledOff:  // told where the time was found to be over
      return;
  }
}

// Looks for streams that begin with PROTO in what no loader reads by itself.
Result<> search(const formats::Input& input, uint64_t from, Examination& examination) {
  const uint64_t until = std::min(input.size(), from + std::min(kMostTail, input.size() - from));
  formats::InputReader in(input, from);
  unsigned candidates = 0;
  while (in.position() + 4 < until && candidates < kMostCandidates) {
    const uint64_t at = in.position();
    TRY(const ByteView piece, in.peek(std::min<uint64_t>(until - at, uint64_t{64} << 10)));
    std::vector<uint64_t> found;
    for (size_t i = 0; i + 3 < piece.size(); ++i) {
      if (piece[i] == std::byte{0x80} && piece[i + 1] >= std::byte{2} &&
          piece[i + 1] <= std::byte{5} && is_opcode(piece[i + 2])) {
        found.push_back(at + i);
      }
    }
    for (const uint64_t candidate : found) {
      ++candidates;
      TRY_OK(examination.time_left());
      (void)run_stream(input, examination, candidate, Reading::kPerhaps, false);
    }
    TRY_OK(in.skip(piece.size() > 3 ? piece.size() - 3 : piece.size()));
  }
  return ok();
}

}  // namespace

bool may_be_pickle(const Look& look) {
  if (look.head.empty()) {
    return false;
  }
  return named_so(look) || stream_at(look.input, 0);
}

Result<> examine_pickle(const formats::Input& input, Examination& examination) {
  uint64_t at = 0;
  for (unsigned streams = 0; at < input.size(); ++streams) {
    if (streams >= kMostStreams) {
      examination.add(RuleId::kTooMuch, at,
                      fmt::format("more than {} pickles one after another", kMostStreams));
      return ok();
    }
    if (streams > 0 && !stream_at(input, at)) {
      return search(input, at, examination);
    }
    TRY_OK(examination.time_left());
    const Ran ran = run_stream(input, examination, at, Reading::kLoaded, true);
    if (ran.arrays) {  // pickle.load() takes the arrays for opcodes
      (void)run_stream(input, examination, at, Reading::kPerhaps, false);
    }
    tell_end(ran.end, examination);
    if (ran.end.how != PickleEnd::How::kStop) {
      return search(input, std::min(ran.end.at + 1, input.size()), examination);
    }
    at = ran.end.next;
  }
  return ok();
}

}  // namespace sally::vet::pickle
