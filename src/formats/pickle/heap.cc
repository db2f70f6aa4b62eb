#include "formats/pickle/heap.h"

#include <algorithm>

#include "base/bytes.h"
#include "formats/pickle/opcode.h"
#include "formats/pickle/text.h"

namespace sally::formats {
namespace {

constexpr size_t kLongestLine = size_t{1} << 20;  // of a textual opcode that is looked at

}  // namespace

PickleValue PickleHeap::make(PickleKind kind, uint64_t at) {
  if (nodes_.size() >= limits_.nodes) {
    return {};
  }
  if (nodes_.empty()) {  // address space only, until it is used
    nodes_.reserve(std::min<uint64_t>(limits_.nodes, input_.size()));
  }
  PickleNode& node = nodes_.emplace_back();
  node.kind = kind;
  node.at = at;
  node.named = PickleValue(PickleKind::kNone);
  return PickleValue(kind, nodes_.size() - 1);
}

void PickleHeap::extend(PickleValue value, std::span<const PickleValue> items) {
  if (!value.boxed() || items.empty()) {
    return;
  }
  PickleNode& to = node(value);
  if (to.kept == limits_.items_each || items_.size() >= limits_.items) {
    to.more = true;
  }
  uint32_t depth = 0;
  for (const PickleValue item : items) {
    if (item.boxed()) {
      depth = std::max(depth, node(item).depth);
    }
  }
  to.depth = std::max(to.depth, depth + 1);
  const size_t room = std::min<size_t>(limits_.items_each - to.kept, limits_.items - items_.size());
  const auto taken = items.first(std::min(items.size(), room));
  to.more |= taken.size() < items.size();
  if (taken.empty()) {
    return;
  }
  if (to.first + to.kept != items_.size()) {  // others came between: it moves to the end
    if (to.kept + taken.size() > limits_.items - items_.size()) {
      to.more = true;
      return;
    }
    const uint32_t first = to.first;
    to.first = static_cast<uint32_t>(items_.size());
    for (uint32_t i = 0; i < to.kept; ++i) {
      items_.push_back(items_[first + i]);
    }
  }
  items_.insert(items_.end(), taken.begin(), taken.end());
  to.kept += static_cast<uint32_t>(taken.size());
}

std::optional<PickleValue> PickleHeap::global(std::string module, std::string name, bool computed) {
  std::string key = module;
  key += computed ? '\1' : '\0';
  key += name;
  const auto [at, fresh] = global_rows_.try_emplace(std::move(key), globals_.size());
  if (fresh) {
    if (globals_.size() >= limits_.globals) {
      global_rows_.erase(at);
      return std::nullopt;
    }
    globals_.push_back({std::move(module), std::move(name), computed});
  }
  return PickleValue(PickleKind::kGlobal, at->second);
}

std::span<const PickleValue> PickleHeap::items(PickleValue value) const {
  if (!value.boxed()) {
    return {};
  }
  const PickleNode& of = node(value);
  return std::span(items_).subspan(of.kept == 0 ? 0 : of.first, of.kept);
}

std::optional<PickleValue> PickleHeap::member(PickleValue dict, std::string_view key) const {
  std::optional<PickleValue> found;
  const auto pairs = items(dict);
  for (size_t i = 0; i + 1 < pairs.size(); i += 2) {
    if (pairs[i].is(PickleKind::kText) && text(pairs[i], 256) == key) {
      found = pairs[i + 1];
    }
  }
  return found;
}

Result<PickleHeap::Extent> PickleHeap::extent(PickleValue value) const {
  InputReader in(input_, value.payload());
  TRY(const uint8_t code, in.little<uint8_t>());
  const PickleOpcode& row = kPickleOpcodes[code];
  if (row.argument == PickleArgument::kCounted) {
    uint64_t length = 0;
    for (unsigned i = 0; i < row.octets; ++i) {
      TRY(const uint8_t octet, in.little<uint8_t>());
      length |= uint64_t{octet} << 8 * i;
    }
    return Extent{in.position(), std::min(length, in.remaining())};
  }
  const uint64_t at = in.position();
  TRY(const ByteView line, in.take_until(std::byte{'\n'}, kLongestLine));
  return Extent{at, line.size()};
}

std::optional<std::string> PickleHeap::text(PickleValue value, size_t most) const {
  const PickleKind kind = value.kind();
  if (kind != PickleKind::kText && kind != PickleKind::kBytes && kind != PickleKind::kByteArray) {
    return std::nullopt;
  }
  const auto where = extent(value);
  uint8_t code = 0;
  if (!where.ok() ||
      !input_.read(value.payload(), std::as_writable_bytes(std::span(&code, 1))).ok()) {
    return std::nullopt;
  }
  std::string out(static_cast<size_t>(std::min<uint64_t>(where->length, most)), '\0');
  if (!input_.read(where->at, std::as_writable_bytes(std::span(out))).ok()) {
    return std::nullopt;
  }
  if (code == pickle::kString) {
    if (out.size() < where->length && !out.empty()) {
      out += out.front();  // cut: closed again
    }
    return unescape_pickle_string(out);
  }
  return code == pickle::kUnicode ? unescape_pickle_unicode(out) : out;
}

std::optional<int64_t> PickleHeap::integer(PickleValue value) const {
  if (value.is(PickleKind::kInt)) {
    return value.as_int();
  }
  if (value.is(PickleKind::kTrue) || value.is(PickleKind::kFalse)) {
    return value.is(PickleKind::kTrue) ? 1 : 0;
  }
  if (!value.is(PickleKind::kBigInt)) {
    return std::nullopt;
  }
  const auto where = extent(value);
  uint8_t code = 0;
  if (!where.ok() || where->length > 64 ||
      !input_.read(value.payload(), std::as_writable_bytes(std::span(&code, 1))).ok()) {
    return std::nullopt;
  }
  std::string octets(static_cast<size_t>(where->length), '\0');
  if (!input_.read(where->at, std::as_writable_bytes(std::span(octets))).ok()) {
    return std::nullopt;
  }
  if (code == pickle::kInt || code == pickle::kLong) {
    return parse_pickle_int(octets);
  }
  return octets.size() <= 8 ? std::optional(pickle_little(octets)) : std::nullopt;
}

void PickleHeap::clear() {
  nodes_.clear();
  items_.clear();
}

}  // namespace sally::formats
