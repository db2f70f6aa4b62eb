#include "formats/pickle/array.h"

#include <charconv>

namespace sally::formats {

std::optional<NumpyType> numpy_type(const PickleHeap& heap, PickleValue dtype) {
  if (!dtype.is(PickleKind::kCall)) {
    return std::nullopt;
  }
  const PickleNode& made = heap.node(dtype);
  if (!made.callee.is(PickleKind::kGlobal) || heap.global(made.callee).module != "numpy" ||
      heap.global(made.callee).name != "dtype") {
    return std::nullopt;
  }
  const auto arguments = heap.items(made.arguments);
  const auto text = arguments.empty() ? std::nullopt : heap.text(arguments[0], 32);
  if (!text || text->empty()) {
    return std::nullopt;
  }
  std::string_view rest = *text;
  NumpyType type;
  if (std::string_view("<>=|").find(rest.front()) != std::string_view::npos) {
    type.order = rest.front();
    rest.remove_prefix(1);
  }
  if (rest.empty()) {
    return std::nullopt;
  }
  type.kind = rest.front();
  rest.remove_prefix(1);
  if (const auto [end, error] =
          std::from_chars(rest.data(), rest.data() + rest.size(), type.octets);
      error != std::errc() || end != rest.data() + rest.size()) {
    return std::nullopt;
  }
  if (type.kind == 'U') {
    type.octets *= 4;
  }
  type.objects = type.kind == 'O';
  const auto state = heap.items(made.state);
  if (state.size() >= 2) {
    if (const auto order = heap.text(state[1], 4); order && order->size() == 1) {
      type.order = order->front();
    }
  }
  if (state.size() >= 8) {
    constexpr int64_t kHasObject = 1;
    if (const auto flags = heap.integer(state[7])) {
      type.objects |= (*flags & kHasObject) != 0;
    }
    if (const auto size = heap.integer(state[5]); size && *size > 0) {
      type.octets = static_cast<uint64_t>(*size);
    }
  }
  return type;
}

std::optional<std::vector<int64_t>> numpy_shape(const PickleHeap& heap, PickleValue shape) {
  if (!shape.is(PickleKind::kTuple) || heap.node(shape).more) {
    return std::nullopt;
  }
  std::vector<int64_t> lengths;
  for (const PickleValue item : heap.items(shape)) {
    const auto length = heap.integer(item);
    if (!length || *length < 0) {
      return std::nullopt;
    }
    lengths.push_back(*length);
  }
  return lengths;
}

uint64_t numpy_octets(const std::vector<int64_t>& shape, uint64_t octets) {
  bool over = false;
  for (const int64_t length : shape) {
    if (length == 0) {
      return 0;
    }
    over |= __builtin_mul_overflow(octets, static_cast<uint64_t>(length), &octets);
  }
  return over ? UINT64_MAX : octets;
}

std::optional<JoblibLayout> joblib_layout(const PickleHeap& heap, PickleValue wrapper) {
  const PickleValue state = heap.node(wrapper).state;
  const auto dtype = heap.member(state, "dtype");
  const auto shape = heap.member(state, "shape");
  if (!dtype || !shape) {
    return std::nullopt;
  }
  const auto type = numpy_type(heap, *dtype);
  auto lengths = numpy_shape(heap, *shape);
  if (!type || !lengths) {
    return std::nullopt;
  }
  JoblibLayout layout{.type = *type, .shape = std::move(*lengths)};
  if (const auto order = heap.member(state, "order")) {
    layout.fortran = heap.text(*order, 4) == "F";
  }
  const auto alignment = heap.member(state, "numpy_array_alignment_bytes");
  layout.aligned = alignment && !alignment->is(PickleKind::kNone);
  layout.objects = type->objects;
  layout.octets = numpy_octets(layout.shape, type->octets);
  return layout;
}

}  // namespace sally::formats
