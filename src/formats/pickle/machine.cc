#include "formats/pickle/machine.h"

#include <fmt/format.h>

#include <algorithm>

#include "formats/pickle/array.h"
#include "formats/pickle/opcode.h"
#include "formats/pickle/python2.h"
#include "formats/pickle/text.h"

namespace sally::formats {
namespace {

constexpr size_t kWindow = size_t{64} << 10;
constexpr size_t kMostFixed = 1 + 8 + 1;  // an opcode with what is behind it, up to a length
constexpr size_t kLongestName = 4096;     // of a module or a name
constexpr uint64_t kFarMemo = 4096;       // holes in the memo that are filled
constexpr size_t kMostFarMemo = 100'000;  // entries behind them
constexpr uint64_t kExcessIndex = uint64_t{1} << 26;
constexpr uint64_t kExcessLength = uint64_t{1} << 40;
constexpr uint64_t kMostDigits = 4300;     // that CPython reads since 3.10.7
constexpr uint64_t kExcessDepth = 10'000;  // deeper than any pickler goes
constexpr size_t kMostSuspended = 16;
constexpr size_t kHead = 64;

uint64_t little(const unsigned char* octets, size_t count) {
  uint64_t value = 0;
  for (size_t i = 0; i < count; ++i) {
    value |= uint64_t{octets[i]} << 8 * i;
  }
  return value;
}

}  // namespace

PickleMachine::PickleMachine(const Input& input, PickleEvents& events, const PickleOptions& options)
    : input_(input), events_(events), options_(options), heap_(input, options.limits) {}

// The window.

void PickleMachine::seek(uint64_t to) {
  window_ = next_ = window_end_ = nullptr;
  window_at_ = to;
}

void PickleMachine::skip(uint64_t octets) {
  if (static_cast<uint64_t>(window_end_ - next_) >= octets) {
    next_ += octets;
  } else {
    seek(position() + octets);
  }
}

bool PickleMachine::refill() {
  const uint64_t at = position();
  const auto count = static_cast<size_t>(std::min<uint64_t>(kWindow, input_.size() - at));
  if (buffer_.size() < count) {
    buffer_.resize(count);
  }
  seek(at);
  if (auto read = input_.read(at, std::as_writable_bytes(std::span(buffer_).first(count)));
      !read.ok()) {
    (void)fail(PickleEnd::How::kUnread, read.error().message());
    return false;
  }
  window_ = next_ = buffer_.data();
  window_end_ = window_ + count;
  return true;
}

PickleMachine::Step PickleMachine::fail(PickleEnd::How how, std::string why) {
  end_.how = how;
  end_.at = op_at_;
  end_.why = std::move(why);
  return Step::kEnd;
}

std::string PickleMachine::octets(uint64_t at, uint64_t length, size_t most) {
  std::string out(static_cast<size_t>(std::min<uint64_t>(length, most)), '\0');
  if (at >= window_at_ &&
      at + out.size() <= window_at_ + static_cast<uint64_t>(window_end_ - window_)) {
    std::copy_n(reinterpret_cast<const char*>(window_) + (at - window_at_), out.size(),
                out.begin());
  } else if (!input_.read(at, std::as_writable_bytes(std::span(out))).ok()) {
    out.clear();
  }
  return out;
}

bool PickleMachine::fetch_line(uint64_t& at, uint64_t& length) {
  at = position();
  for (;;) {
    const unsigned char* const end = std::find(next_, window_end_, '\n');
    const bool found = end != window_end_;
    next_ = end;
    if (found) {
      length = position() - at;
      ++next_;
      return true;
    }
    if (position() >= input_.size() || !events_.go_on() || !refill()) {
      return false;
    }
  }
}

PickleMachine::Step PickleMachine::fetch_counted(const PickleOpcode& row, bool is_signed,
                                                 Argument& argument) {
  if (static_cast<size_t>(window_end_ - next_) < row.octets) {
    return fail(PickleEnd::How::kTruncated, "ends within a length");
  }
  argument.length = little(next_, row.octets);
  next_ += row.octets;
  argument.at = position();
  if (is_signed && argument.length > INT32_MAX) {
    return malformed("a length below nothing");
  }
  const uint64_t left = input_.size() - argument.at;
  if (argument.length > left) {
    if (argument.length > kExcessLength) {
      events_.on_excess(PickleExcess::kLength, argument.length, op_at_);
    }
    return fail(PickleEnd::How::kTruncated,
                fmt::format("asks for {} octets where {} are left", argument.length, left));
  }
  if (argument.length > 0 && static_cast<size_t>(window_end_ - next_) < kHead &&
      static_cast<uint64_t>(window_end_ - next_) < argument.length && !refill()) {
    return Step::kEnd;
  }
  argument.fixed = next_;
  return Step::kGo;
}

PickleMachine::Step PickleMachine::fetch(uint8_t opcode, Argument& argument) {
  const PickleOpcode& row = kPickleOpcodes[opcode];
  switch (row.argument) {
    case PickleArgument::kNone:
      return Step::kGo;
    case PickleArgument::kFixed:
      if (static_cast<size_t>(window_end_ - next_) < row.octets) {
        return fail(PickleEnd::How::kTruncated, "ends within an opcode");
      }
      argument.fixed = next_;
      next_ += row.octets;
      return Step::kGo;
    case PickleArgument::kCounted:
      return fetch_counted(row, opcode == pickle::kBinstring || opcode == pickle::kLong4, argument);
    case PickleArgument::kLine:
    case PickleArgument::kTwoLines:
      if (fetch_line(argument.at, argument.length) &&
          (row.argument == PickleArgument::kLine ||
           fetch_line(argument.second_at, argument.second_length))) {
        return Step::kGo;
      }
      if (row.argument == PickleArgument::kTwoLines && end_.how != PickleEnd::How::kUnread) {
        // lib/pickle.py drops the last octet, whatever it is, and imports.
        const bool first = argument.second_at == 0;
        uint64_t& length = first ? argument.length : argument.second_length;
        length = position() - (first ? argument.at : argument.second_at);
        length -= length == 0 ? 0 : 1;
        (void)global(argument, opcode);
      }
      return fail(PickleEnd::How::kTruncated, "ends within a line");
    case PickleArgument::kNoOpcode:
      break;
  }
  return malformed(fmt::format("octet 0x{:02x} is no opcode", opcode));
}

// The stack, the marks, the memo.

bool PickleMachine::take_mark(size_t& begin) {
  if (marks_.empty()) {
    return false;
  }
  begin = marks_.back();
  marks_.pop_back();
  return true;
}

PickleMachine::Step PickleMachine::put(uint64_t index) {
  if (above() < 1) {
    return underflow();
  }
  const PickleValue value = stack_.back();
  if (index == memo_.size() && index < options_.limits.memo && far_memo_.empty()) [[likely]] {
    memo_.push_back(value);
    ++memo_count_;
    return Step::kGo;
  }
  if (index <= memo_.size() + kFarMemo && index < options_.limits.memo) {
    if (index >= memo_.size()) {
      memo_.resize(index + 1, PickleValue(PickleKind::kBuffer, 1));  // nothing there
    }
    memo_count_ += memo_[index] == PickleValue(PickleKind::kBuffer, 1) ? 1 : 0;
    memo_[index] = value;
    if (!far_memo_.empty()) {
      memo_count_ -= far_memo_.erase(index);
    }
    return Step::kGo;
  }
  if (index > kExcessIndex && index > 2 * memo_count_ + kExcessIndex) {
    events_.on_excess(PickleExcess::kMemoIndex, index, op_at_);
  }
  if (far_memo_.size() >= kMostFarMemo && !far_memo_.contains(index)) {
    memo_full_ = true;
    ++memo_count_;
    return Step::kGo;
  }
  memo_count_ += far_memo_.insert_or_assign(index, value).second ? 1 : 0;
  return Step::kGo;
}

PickleMachine::Step PickleMachine::get(uint64_t index) {
  if (!far_memo_.empty()) {
    if (const auto found = far_memo_.find(index); found != far_memo_.end()) {
      return push(found->second);
    }
  }
  if (index < memo_.size() && memo_[index] != PickleValue(PickleKind::kBuffer, 1)) {
    return push(memo_[index]);
  }
  if (memo_full_) {
    return push({});
  }
  return malformed(fmt::format("the memo has nothing at {}", index));
}

// Values.

PickleMachine::Step PickleMachine::data(PickleKind kind, const Argument& argument) {
  const PickleValue value(kind, op_at_);
  if (argument.length >= 8) {
    const auto here = static_cast<uint64_t>(window_end_ - next_);
    events_.on_data({.kind = kind,
                     .value = value,
                     .at = argument.at,
                     .length = argument.length,
                     .head = std::as_bytes(
                         std::span(next_, std::min({here, argument.length, uint64_t{kHead}})))});
  }
  skip(argument.length);
  return push(value);
}

PickleMachine::Step PickleMachine::text_line(uint8_t opcode, const Argument& argument) {
  const bool quoted = opcode == pickle::kString;
  if (quoted) {
    const std::string ends =
        octets(argument.at, argument.length, 1) +
        (argument.length > 1 ? octets(argument.at + argument.length - 1, 1, 1) : std::string());
    if (ends.size() < 2 || ends[0] != ends[1] || (ends[0] != '\'' && ends[0] != '"')) {
      return malformed("a STRING without quotes");
    }
  }
  const PickleValue value(PickleKind::kText, op_at_);
  if (argument.length >= 8) {
    const std::string head = octets(argument.at, argument.length, kHead);
    events_.on_data({.kind = PickleKind::kText,
                     .value = value,
                     .at = argument.at,
                     .length = argument.length,
                     .head = as_bytes(head)});
  }
  return push(value);
}

PickleMachine::Step PickleMachine::number_line(uint8_t opcode, const Argument& argument) {
  if (opcode == pickle::kFloat) {
    const std::string line = octets(argument.at, argument.length, 64);
    if (line.find_first_of("0123456789nNiI") == std::string::npos) {
      return malformed("a FLOAT that is none");
    }
    return push(PickleValue(PickleKind::kFloat, op_at_));
  }
  if (argument.length > kMostDigits) {
    events_.on_excess(PickleExcess::kDigits, argument.length, op_at_);
  }
  const std::string line = octets(argument.at, argument.length, kMostDigits);
  if (opcode == pickle::kInt && (line == "00" || line == "01")) {
    return push(PickleValue(line == "01" ? PickleKind::kTrue : PickleKind::kFalse));
  }
  const auto value = parse_pickle_int(line);
  if (!value && !is_pickle_int(line)) {
    return malformed("an INT that is none");
  }
  constexpr int64_t kFits = int64_t{1} << 54;
  return push(value && *value < kFits && *value > -kFits
                  ? PickleValue::of_int(*value)
                  : PickleValue(PickleKind::kBigInt, op_at_));
}

PickleMachine::Step PickleMachine::collect(PickleKind kind, size_t begin) {
  const PickleValue made = heap_.make(kind, op_at_);
  heap_.extend(made, std::span(stack_).subspan(begin));
  stack_.resize(begin);
  if (made.boxed() && heap_.node(made).depth > deepest_) {
    deepest_ = heap_.node(made).depth;
    if (deepest_ == kExcessDepth) {
      events_.on_excess(PickleExcess::kDepth, deepest_, op_at_);
    }
  }
  return push(made);
}

// Names.

std::optional<PickleValue> PickleMachine::find(std::string module, std::string name,
                                               bool computed) {
  if (!computed && protocol_ < 3) {
    map_python2_name(module, name);
  }
  return heap_.global(std::move(module), std::move(name), computed);
}

PickleMachine::Step PickleMachine::global(const Argument& argument, uint8_t opcode) {
  const auto found = find(octets(argument.at, argument.length, kLongestName),
                          octets(argument.second_at, argument.second_length, kLongestName), false);
  if (!found) {
    return fail(PickleEnd::How::kLimit, "more names than are kept");
  }
  events_.on_import({.global = *found, .at = op_at_, .opcode = opcode});
  if (argument.length == 0 || argument.second_length == 0) {
    return malformed("a name that is empty");
  }
  return push(*found);
}

PickleMachine::Step PickleMachine::stack_global() {
  if (above() < 2) {
    return underflow();
  }
  const PickleValue name = stack_.back();
  const PickleValue module = stack_[stack_.size() - 2];
  // What a module holds under a name may be a text: `os.name`.
  const auto other = [](PickleValue value) {
    return value.plain() && !value.is(PickleKind::kText);
  };
  if (other(name) || other(module)) {
    return malformed("STACK_GLOBAL of what is no text");
  }
  stack_.resize(stack_.size() - 2);
  const auto word = [](PickleValue value) {
    return value.payload() << 8 | static_cast<uint64_t>(value.kind());
  };
  Named& last = named_[(name.payload() ^ module.payload() * 31) % named_.size()];
  if (last.module != word(module) || last.name != word(name) || last.protocol != protocol_ + 1) {
    const auto module_text = heap_.text(module, kLongestName);
    const auto name_text = heap_.text(name, kLongestName);
    const bool computed = !module_text || !name_text;
    const auto found = find(module_text.value_or(computed ? render(heap_, module, 120) : ""),
                            name_text.value_or(computed ? render(heap_, name, 120) : ""), computed);
    if (!found) {
      return fail(PickleEnd::How::kLimit, "more names than are kept");
    }
    last = {word(module), word(name), static_cast<uint8_t>(protocol_ + 1), *found};
  }
  events_.on_import(
      {.global = last.value, .at = op_at_, .opcode = static_cast<uint8_t>(pickle::kStackGlobal)});
  return push(last.value);
}

PickleMachine::Step PickleMachine::extension(uint32_t code) {
  if (code == 0 || code > INT32_MAX) {
    return malformed("an EXT code below 1");
  }
  const auto known = extensions_.find(code);
  events_.on_extension(code, op_at_);
  if (known == extensions_.end()) {
    const auto made = heap_.global("copyreg", fmt::format("_inverted_registry[{}]", code), true);
    return made ? push(*made) : fail(PickleEnd::How::kLimit, "more names than are kept");
  }
  events_.on_import(
      {.global = known->second, .at = op_at_, .opcode = static_cast<uint8_t>(pickle::kExt4)});
  return push(known->second);
}

void PickleMachine::registered(PickleValue arguments) {
  const auto items = heap_.items(arguments);
  if (items.size() != 3) {
    return;
  }
  const auto module = heap_.text(items[0], kLongestName);
  const auto name = heap_.text(items[1], kLongestName);
  const auto code = heap_.integer(items[2]);
  if (module && name && code && *code > 0 && *code <= INT32_MAX && extensions_.size() < 1000) {
    if (const auto found = heap_.global(*module, *name, false)) {
      extensions_[static_cast<uint32_t>(*code)] = *found;
    }
  }
}

// Calls.

PickleMachine::Step PickleMachine::call(PickleHow how, PickleValue callee, PickleValue arguments,
                                        PickleValue named) {
  if (callee.plain()) {
    return malformed("calls what cannot be called");
  }
  const PickleValue result = heap_.make(PickleKind::kCall, op_at_);
  if (result.boxed()) {
    PickleNode& node = heap_.node(result);
    node.how = how;
    node.callee = callee;
    node.arguments = arguments;
    node.named = named;
    node.depth = arguments.boxed() ? heap_.node(arguments).depth + 1 : 1;
  }
  if (callee.is(PickleKind::kGlobal) && heap_.global(callee).name == "add_extension") {
    registered(arguments);
  }
  events_.on_call({.how = how,
                   .callee = callee,
                   .arguments = arguments,
                   .named = named,
                   .result = result,
                   .at = op_at_});
  return push(result);
}

PickleMachine::Step PickleMachine::inst(const Argument& argument) {
  // lib/pickle.py imports before it looks for the mark.
  if (global(argument, pickle::kInst) == Step::kEnd) {
    return Step::kEnd;
  }
  const PickleValue callee = stack_.back();
  stack_.pop_back();
  size_t begin = 0;
  if (!take_mark(begin)) {
    return malformed("INST without a mark");
  }
  (void)collect(PickleKind::kTuple, begin);
  const PickleValue arguments = stack_.back();
  stack_.pop_back();
  return call(PickleHow::kInst, callee, arguments, PickleValue(PickleKind::kNone));
}

PickleMachine::Step PickleMachine::obj() {
  size_t begin = 0;
  if (!take_mark(begin)) {
    return malformed("OBJ without a mark");
  }
  if (stack_.size() == begin) {
    return underflow();
  }
  const PickleValue callee = stack_[begin];
  (void)collect(PickleKind::kTuple, begin + 1);
  const PickleValue arguments = stack_.back();
  stack_.resize(begin);
  return call(PickleHow::kObj, callee, arguments, PickleValue(PickleKind::kNone));
}

// What is changed.

PickleMachine::Step PickleMachine::add(uint8_t opcode, size_t begin) {
  if (begin <= fence() || begin > stack_.size()) {
    return underflow();
  }
  const PickleValue target = stack_[begin - 1];
  const auto items = std::span(stack_).subspan(begin);
  const bool pairs = opcode == pickle::kSetitem || opcode == pickle::kSetitems;
  if (pairs && items.size() % 2 != 0) {
    return malformed("a key without a value");
  }
  const PickleKind plain = pairs                         ? PickleKind::kDict
                           : opcode == pickle::kAdditems ? PickleKind::kSet
                                                         : PickleKind::kList;
  if (!items.empty() && !target.is(plain)) {
    if (target.plain() && !(pairs && target.is(PickleKind::kList))) {
      return malformed("adds to what takes nothing");
    }
    events_.on_set({.opcode = opcode,
                    .target = target,
                    .first = items[0],
                    .second = items.size() > 1 ? items[1] : PickleValue(),
                    .at = op_at_});
  }
  heap_.extend(target, items);
  if (target.boxed() && heap_.node(target).depth > deepest_) {
    deepest_ = heap_.node(target).depth;
    if (deepest_ == kExcessDepth) {
      events_.on_excess(PickleExcess::kDepth, deepest_, op_at_);
    }
  }
  stack_.resize(begin);
  return Step::kGo;
}

PickleMachine::Step PickleMachine::build() {
  if (above() < 2) {
    return underflow();
  }
  const PickleValue state = stack_.back();
  stack_.pop_back();
  const PickleValue target = stack_.back();
  if (target.boxed()) {
    PickleNode& node = heap_.node(target);
    node.state = state;
    node.built = true;
    if (state.boxed()) {
      node.depth = std::max(node.depth, heap_.node(state).depth + 1);
    }
  }
  events_.on_set({.opcode = static_cast<uint8_t>(pickle::kBuild),
                  .target = target,
                  .first = state,
                  .second = {},
                  .at = op_at_});
  if (options_.joblib && target.is(PickleKind::kCall)) {
    return read_array(target);
  }
  return Step::kGo;
}

PickleMachine::Step PickleMachine::read_array(PickleValue wrapper) {
  const PickleValue callee = heap_.node(wrapper).callee;
  if (!callee.is(PickleKind::kGlobal) || heap_.global(callee).module != "joblib.numpy_pickle" ||
      heap_.global(callee).name != "NumpyArrayWrapper") {
    return Step::kGo;
  }
  const auto layout = joblib_layout(heap_, wrapper);
  if (!layout) {
    return malformed("an array of a shape or type that is not told");
  }
  if (layout->objects) {
    if (suspended_.size() >= kMostSuspended) {
      return fail(PickleEnd::How::kLimit, "arrays of objects within arrays of objects");
    }
    suspended_.push_back({std::move(stack_), std::move(marks_), std::move(memo_),
                          std::move(far_memo_), memo_count_, protocol_});
    stack_.clear();
    marks_.clear();
    memo_.clear();
    far_memo_.clear();
    memo_count_ = 0;
    protocol_ = 0;
    return Step::kGo;
  }
  uint64_t at = position();
  if (layout->aligned) {
    const std::string padding = octets(at, 1, at < input_.size() ? 1 : 0);
    if (padding.empty()) {
      return fail(PickleEnd::How::kTruncated, "ends before the octets of an array");
    }
    at += 1 + static_cast<unsigned char>(padding[0]);
  }
  if (at > input_.size() || layout->octets > input_.size() - at) {
    return fail(PickleEnd::How::kTruncated,
                fmt::format("an array of {} octets reaches past the end", layout->octets));
  }
  events_.on_array({.wrapper = wrapper, .at = at, .length = layout->octets});
  const uint64_t to = at + layout->octets;
  if (to <= window_at_ + static_cast<uint64_t>(window_end_ - window_)) {
    next_ = window_ + (to - window_at_);
  } else {
    seek(to);
  }
  return Step::kGo;
}

PickleMachine::Step PickleMachine::stop() {
  if (above() < 1) {
    return underflow();
  }
  if (!suspended_.empty()) {  // of an array of objects; its wrapper stands on the stack outside
    Suspended& outside = suspended_.back();
    stack_ = std::move(outside.stack);
    marks_ = std::move(outside.marks);
    memo_ = std::move(outside.memo);
    far_memo_ = std::move(outside.far_memo);
    memo_count_ = outside.memo_count;
    protocol_ = outside.protocol;
    suspended_.pop_back();
    return Step::kGo;
  }
  end_.how = PickleEnd::How::kStop;
  end_.at = position();
  end_.value = stack_.back();
  return Step::kEnd;
}

// The opcodes.

PickleMachine::Step PickleMachine::carry_out(uint8_t opcode, const Argument& argument) {
  size_t begin = 0;
  switch (opcode) {
    case pickle::kMark:
      if (marks_.size() >= options_.limits.marks) {
        return fail(PickleEnd::How::kLimit, "more marks at once than are kept");
      }
      marks_.push_back(static_cast<uint32_t>(stack_.size()));
      return Step::kGo;
    case pickle::kNone:
      return push(PickleValue(PickleKind::kNone));
    case pickle::kNewtrue:
      return push(PickleValue(PickleKind::kTrue));
    case pickle::kNewfalse:
      return push(PickleValue(PickleKind::kFalse));
    case pickle::kBinint:
      return push(PickleValue::of_int(static_cast<int32_t>(little(argument.fixed, 4))));
    case pickle::kBinint1:
      return push(PickleValue::of_int(argument.fixed[0]));
    case pickle::kBinint2:
      return push(PickleValue::of_int(static_cast<int64_t>(little(argument.fixed, 2))));
    case pickle::kBinfloat:
      return push(PickleValue(PickleKind::kFloat, op_at_));
    case pickle::kLong1:
    case pickle::kLong4:
      if (argument.length <= 6) {
        const std::string_view octets(reinterpret_cast<const char*>(next_), argument.length);
        next_ += argument.length;
        return push(PickleValue::of_int(pickle_little(octets)));
      } else {
        const PickleValue value(PickleKind::kBigInt, op_at_);
        skip(argument.length);
        return push(value);
      }
    case pickle::kShortBinunicode:
    case pickle::kBinunicode:
    case pickle::kBinunicode8:
    case pickle::kShortBinstring:
    case pickle::kBinstring:
      return data(PickleKind::kText, argument);
    case pickle::kShortBinbytes:
    case pickle::kBinbytes:
    case pickle::kBinbytes8:
      return data(PickleKind::kBytes, argument);
    case pickle::kBytearray8:
      return data(PickleKind::kByteArray, argument);
    case pickle::kEmptyTuple:
      return collect(PickleKind::kTuple, stack_.size());
    case pickle::kEmptyList:
      return collect(PickleKind::kList, stack_.size());
    case pickle::kEmptyDict:
      return collect(PickleKind::kDict, stack_.size());
    case pickle::kEmptySet:
      return collect(PickleKind::kSet, stack_.size());
    case pickle::kTuple1:
    case pickle::kTuple2:
    case pickle::kTuple3: {
      const size_t count = opcode - pickle::kTuple1 + size_t{1};
      return above() < count ? underflow() : collect(PickleKind::kTuple, stack_.size() - count);
    }
    case pickle::kTuple:
    case pickle::kList:
    case pickle::kFrozenset:
    case pickle::kDict:
      if (!take_mark(begin)) {
        return malformed("there is no mark");
      }
      if (opcode == pickle::kDict && (stack_.size() - begin) % 2 != 0) {
        return malformed("a key without a value");
      }
      return collect(opcode == pickle::kTuple       ? PickleKind::kTuple
                     : opcode == pickle::kList      ? PickleKind::kList
                     : opcode == pickle::kFrozenset ? PickleKind::kFrozenSet
                                                    : PickleKind::kDict,
                     begin);
    case pickle::kAppend:
    case pickle::kSetitem: {
      const size_t count = opcode == pickle::kAppend ? 1 : 2;
      return above() < count + 1 ? underflow() : add(opcode, stack_.size() - count);
    }
    case pickle::kAppends:
    case pickle::kSetitems:
    case pickle::kAdditems:
      return take_mark(begin) ? add(opcode, begin) : malformed("there is no mark");
    case pickle::kMemoize:
      return put(memo_count_);
    case pickle::kBinput:
      return put(argument.fixed[0]);
    case pickle::kLongBinput:
      return put(little(argument.fixed, 4));
    case pickle::kBinget:
      return get(argument.fixed[0]);
    case pickle::kLongBinget:
      return get(little(argument.fixed, 4));
    case pickle::kPop:
      if (!marks_.empty() && marks_.back() == stack_.size()) {
        marks_.pop_back();
        return Step::kGo;
      }
      if (above() < 1) {
        return underflow();
      }
      stack_.pop_back();
      return Step::kGo;
    case pickle::kPopMark:
      if (!take_mark(begin)) {
        return malformed("there is no mark");
      }
      stack_.resize(begin);
      return Step::kGo;
    case pickle::kDup:
      return above() < 1 ? underflow() : push(stack_.back());
    case pickle::kStackGlobal:
      return stack_global();
    case pickle::kBuild:
      return build();
    case pickle::kStop:
      return stop();
    default:
      return carry_out_rare(opcode, argument);
  }
}

PickleMachine::Step PickleMachine::carry_out_rare(uint8_t opcode, const Argument& argument) {
  switch (opcode) {
    case pickle::kProto:
      if (argument.fixed[0] > 5) {
        return malformed(fmt::format("protocol {} is none", argument.fixed[0]));
      }
      protocol_ = argument.fixed[0];
      end_.protocol = protocol_;
      return Step::kGo;
    case pickle::kFrame: {
      const uint64_t length = little(argument.fixed, 8);
      if (length > kExcessLength && length > input_.size()) {
        events_.on_excess(PickleExcess::kLength, length, op_at_);
      }
      return Step::kGo;  // lib/pickle.py reads on whatever it says
    }
    case pickle::kReduce: {
      if (above() < 2) {
        return underflow();
      }
      const PickleValue arguments = stack_.back();
      const PickleValue callee = stack_[stack_.size() - 2];
      stack_.resize(stack_.size() - 2);
      return call(PickleHow::kReduce, callee, arguments, PickleValue(PickleKind::kNone));
    }
    case pickle::kNewobj:
    case pickle::kNewobjEx: {
      const size_t count = opcode == pickle::kNewobj ? 2 : 3;
      if (above() < count) {
        return underflow();
      }
      const PickleValue callee = stack_[stack_.size() - count];
      const PickleValue arguments = stack_[stack_.size() - count + 1];
      const PickleValue named = count == 3 ? stack_.back() : PickleValue(PickleKind::kNone);
      stack_.resize(stack_.size() - count);
      return call(PickleHow::kNewObj, callee, arguments, named);
    }
    case pickle::kInst:
      return inst(argument);
    case pickle::kObj:
      return obj();
    case pickle::kGlobal:
      return global(argument, opcode);
    case pickle::kExt1:
    case pickle::kExt2:
    case pickle::kExt4:
      return extension(
          static_cast<uint32_t>(little(argument.fixed, kPickleOpcodes[opcode].octets)));
    case pickle::kGet:
    case pickle::kPut: {
      const auto index = parse_pickle_index(octets(argument.at, argument.length, kLongestName));
      if (!index || *index < 0) {
        return malformed("an index of the memo that is none");
      }
      return opcode == pickle::kGet ? get(static_cast<uint64_t>(*index))
                                    : put(static_cast<uint64_t>(*index));
    }
    case pickle::kPersid:
    case pickle::kBinpersid: {
      PickleValue id(PickleKind::kText, op_at_);
      if (opcode == pickle::kBinpersid) {
        if (above() < 1) {
          return underflow();
        }
        id = stack_.back();
        stack_.pop_back();
      }
      const PickleValue made = heap_.make(PickleKind::kPersistent, op_at_);
      if (made.boxed()) {
        heap_.node(made).arguments = id;
      }
      events_.on_persistent(id, op_at_);
      return push(made);
    }
    case pickle::kNextBuffer:
      return push(PickleValue(PickleKind::kBuffer));
    case pickle::kReadonlyBuffer:
      return above() < 1 ? underflow() : Step::kGo;
    case pickle::kString:
    case pickle::kUnicode:
      return text_line(opcode, argument);
    case pickle::kInt:
    case pickle::kLong:
    case pickle::kFloat:
      return number_line(opcode, argument);
    default:
      return malformed("is no opcode");
  }
}

PickleEnd PickleMachine::run(uint64_t from) {
  seek(from);
  heap_.clear();
  named_ = {};
  stack_.clear();
  marks_.clear();
  memo_.clear();
  far_memo_.clear();
  suspended_.clear();
  memo_count_ = 0;
  memo_full_ = false;
  protocol_ = 0;
  opcodes_ = 0;
  deepest_ = 0;
  end_ = {};
  for (;;) {
    if (static_cast<size_t>(window_end_ - next_) < kMostFixed) [[unlikely]] {
      op_at_ = position();
      if (op_at_ >= input_.size()) {
        (void)fail(PickleEnd::How::kTruncated, "ends without STOP");
        break;
      }
      if (!events_.go_on()) {
        (void)fail(PickleEnd::How::kCalledOff, "called off");
        break;
      }
      if (!refill()) {
        break;
      }
    }
    op_at_ = position();
    const uint8_t opcode = *next_++;
    if (++opcodes_ > options_.most_opcodes) [[unlikely]] {
      (void)fail(PickleEnd::How::kCalledOff, "called off");
      break;
    }
    Argument argument;
    const PickleOpcode& row = kPickleOpcodes[opcode];
    if (row.argument == PickleArgument::kNone) {
    } else if (row.argument == PickleArgument::kFixed &&
               static_cast<size_t>(window_end_ - next_) >= row.octets) {
      argument.fixed = next_;
      next_ += row.octets;
    } else if (fetch(opcode, argument) == Step::kEnd) {
      break;
    }
    if (options_.trace) [[unlikely]] {
      events_.on_opcode(opcode, op_at_);
    }
    if (carry_out(opcode, argument) == Step::kEnd) {
      break;
    }
  }
  end_.opcodes = opcodes_;
  end_.next = end_.how == PickleEnd::How::kStop ? end_.at : position();
  return end_;
}

}  // namespace sally::formats
