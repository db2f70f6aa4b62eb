#include "vet/pickle/disarm.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/text.h"
#include "formats/json/writer.h"
#include "formats/pickle/array.h"
#include "formats/pickle/machine.h"
#include "formats/zip/zip.h"
#include "vet/pickle/nested.h"

namespace sally::vet::pickle {
namespace {

using formats::PickleKind;
using formats::PickleValue;

constexpr size_t kMostTensors = 1'000'000;
constexpr size_t kMostSteps = 8'000'000;
constexpr size_t kDeepest = 64;
constexpr uint64_t kMostGathered = uint64_t{1} << 30;  // of a tensor that is not in one piece
constexpr uint64_t kMostRepeated = 16;                 // times what the model holds
constexpr size_t kChunk = size_t{1} << 20;
constexpr formats::PickleLimits kLimits = {
    .nodes = size_t{4} << 20, .items = size_t{16} << 20, .items_each = uint32_t{4} << 20};

struct Type {
  std::string_view name;  // in safetensors; empty: it has none
  uint64_t octets = 0;
};

Type torch_type(std::string_view storage) {
  constexpr std::pair<std::string_view, Type> kTypes[] = {
      {"BFloat16Storage", {"BF16", 2}}, {"BoolStorage", {"BOOL", 1}},  {"ByteStorage", {"U8", 1}},
      {"CharStorage", {"I8", 1}},       {"DoubleStorage", {"F64", 8}}, {"FloatStorage", {"F32", 4}},
      {"HalfStorage", {"F16", 2}},      {"IntStorage", {"I32", 4}},    {"LongStorage", {"I64", 8}},
      {"ShortStorage", {"I16", 2}}};
  const auto* const row =
      std::ranges::find(kTypes, storage, &std::pair<std::string_view, Type>::first);
  return row == std::end(kTypes) ? Type{} : row->second;
}

Type numpy_name(const formats::NumpyType& type) {
  constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
      {"b1", "BOOL"}, {"f2", "F16"}, {"f4", "F32"}, {"f8", "F64"}, {"i1", "I8"},  {"i2", "I16"},
      {"i4", "I32"},  {"i8", "I64"}, {"u1", "U8"},  {"u2", "U16"}, {"u4", "U32"}, {"u8", "U64"}};
  const std::string key = fmt::format("{}{}", type.kind, type.octets);
  const auto* const row =
      std::ranges::find(kTypes, key, &std::pair<std::string_view, std::string_view>::first);
  return row == std::end(kTypes) || type.objects ? Type{} : Type{row->second, type.octets};
}

// Where the items of a tensor lie.
struct Tensor {
  std::string name;
  Type type;
  std::vector<int64_t> shape;
  std::vector<int64_t> strides;  // in items
  const formats::Input* input = nullptr;
  uint64_t from = 0;     // of the storage
  uint64_t length = 0;   // of the storage, in octets
  uint64_t offset = 0;   // of the first item, in items
  bool swapped = false;  // the highest octet first

  [[nodiscard]] uint64_t octets() const { return formats::numpy_octets(shape, type.octets); }
};

std::vector<int64_t> strides_of(const std::vector<int64_t>& shape, bool fortran) {
  std::vector<int64_t> strides(shape.size());
  int64_t step = 1;
  for (size_t i = 0; i < shape.size(); ++i) {
    const size_t at = fortran ? i : shape.size() - 1 - i;
    strides[at] = step;
    if (__builtin_mul_overflow(step, std::max<int64_t>(shape[at], 1), &step)) {
      step = 0;  // its size overflows too
    }
  }
  return strides;
}

// One past the last item that `tensor` reaches, from the beginning of its storage; nullopt where
// that overflows.
std::optional<uint64_t> reach_of(const Tensor& tensor) {
  uint64_t last = tensor.offset;
  for (size_t i = 0; i < tensor.shape.size(); ++i) {
    if (tensor.shape[i] == 0) {
      return 0;
    }
    uint64_t span = 0;
    if (__builtin_mul_overflow(static_cast<uint64_t>(tensor.shape[i] - 1),
                               static_cast<uint64_t>(tensor.strides[i]), &span) ||
        __builtin_add_overflow(last, span, &last)) {
      return std::nullopt;
    }
  }
  return last + 1;
}

class Found : public formats::PickleEvents {
 public:
  void on_array(const formats::PickleArray& array) override {
    arrays_[array.wrapper.payload()] = array;
  }
  [[nodiscard]] const formats::PickleArray* array(PickleValue wrapper) const {
    const auto found = arrays_.find(wrapper.payload());
    return found == arrays_.end() ? nullptr : &found->second;
  }

 private:
  std::unordered_map<uint64_t, formats::PickleArray> arrays_;
};

// Where a storage of a torch archive lies.
struct Storage {
  uint64_t from;
  uint64_t length;
};

class Collector {
 public:
  Collector(const formats::Input& archive, const formats::Input& pickle,
            const formats::PickleHeap& heap, const Found& found)
      : archive_(archive), pickle_(pickle), heap_(heap), found_(found) {}

  std::map<std::string, Storage> storages;
  bool big_endian = false;

  // All tensors that `root` leads to.
  Result<std::vector<Tensor>> collect(PickleValue root) {
    std::vector<Place> open{{root, {}, 0}};
    size_t steps = 0;
    while (!open.empty()) {
      Place place = std::move(open.back());
      open.pop_back();
      if (++steps > kMostSteps || tensors_.size() > kMostTensors) {
        return Error(ErrorKind::kTooLarge, "holds more than is copied");
      }
      TRY(const bool taken, take(place));
      if (!taken && place.value.boxed() && place.depth < kDeepest) {
        within(place, open);
      }
    }
    std::ranges::sort(tensors_, {}, &Tensor::name);
    for (size_t i = 1; i < tensors_.size(); ++i) {
      if (tensors_[i].name == tensors_[i - 1].name) {
        return Error(ErrorKind::kInvalidInput,
                     fmt::format("two tensors are named `{}`", printable(tensors_[i].name)));
      }
    }
    return std::move(tensors_);
  }
  [[nodiscard]] size_t left_out() const { return left_out_; }

 private:
  struct Place {
    PickleValue value;
    std::string name;
    size_t depth;
  };

  [[nodiscard]] std::string callee(PickleValue value) const {
    if (!value.is(PickleKind::kCall)) {
      return {};
    }
    const PickleValue callee = heap_.node(value).callee;
    if (!callee.is(PickleKind::kGlobal)) {
      return {};
    }
    return heap_.global(callee).module + "." + heap_.global(callee).name;
  }

  static std::string joined(const std::string& name, std::string_view key) {
    return name.empty() ? std::string(key) : name + "." + std::string(key);
  }

  void pairs(const Place& place, std::span<const PickleValue> items,
             std::vector<Place>& open) const {
    for (size_t i = 0; i + 1 < items.size(); i += 2) {
      std::string key = heap_.text(items[i], 4096).value_or("");
      if (const auto number = heap_.integer(items[i]); key.empty() && number) {
        key = fmt::format("{}", *number);
      }
      const bool part = key == "_parameters" || key == "_modules" || key == "_buffers";
      open.push_back({items[i + 1], part ? place.name : joined(place.name, key), place.depth + 1});
    }
  }

  void within(const Place& place, std::vector<Place>& open) const {
    const auto items = heap_.items(place.value);
    const std::string made_by = callee(place.value);
    if (place.value.is(PickleKind::kDict) || made_by == "collections.OrderedDict" ||
        made_by == "collections.defaultdict") {
      pairs(place, items, open);
    } else {
      for (size_t i = 0; i < items.size(); ++i) {
        open.push_back({items[i], joined(place.name, fmt::format("{}", i)), place.depth + 1});
      }
    }
    const PickleValue state = heap_.node(place.value).state;
    if (place.value.is(PickleKind::kCall) && state.is(PickleKind::kDict) &&
        made_by != "collections.OrderedDict") {
      pairs(place, heap_.items(state), open);
    }
  }

  // Whether `place` is a tensor, which is kept or left out.
  Result<bool> take(const Place& place) {
    PickleValue value = place.value;
    std::string made_by = callee(value);
    if (made_by == "torch._utils._rebuild_parameter") {
      const auto arguments = heap_.items(heap_.node(value).arguments);
      if (arguments.empty()) {
        return false;
      }
      value = arguments[0];
      made_by = callee(value);
    }
    std::optional<Tensor> tensor;
    if (made_by == "torch._utils._rebuild_tensor_v2") {
      TRY(tensor, torch_tensor(value));
    } else if (made_by == "numpy.core.multiarray._reconstruct" ||
               made_by == "numpy._core.multiarray._reconstruct") {
      TRY(tensor, numpy_array(value));
    } else if (made_by == "numpy.core.numeric._frombuffer" ||
               made_by == "numpy._core.numeric._frombuffer") {
      TRY(tensor, numpy_buffer(value));
    } else if (made_by == "joblib.numpy_pickle.NumpyArrayWrapper") {
      TRY(tensor, joblib_array(value));
    } else {
      return false;
    }
    if (!tensor || tensor->type.name.empty()) {
      ++left_out_;
      return true;
    }
    tensor->name = place.name.empty() ? "tensor" : place.name;
    const auto reach = reach_of(*tensor);
    if (!reach || tensor->octets() == UINT64_MAX || *reach > tensor->length / tensor->type.octets) {
      return Error(ErrorKind::kInvalidInput,
                   fmt::format("`{}` reaches outside of its storage", printable(tensor->name)));
    }
    tensors_.push_back(std::move(*tensor));
    return true;
  }

  Result<std::optional<Tensor>> torch_tensor(PickleValue value) {
    const auto arguments = heap_.items(heap_.node(value).arguments);
    if (arguments.size() < 4 || !arguments[0].is(PickleKind::kPersistent)) {
      return std::optional<Tensor>();
    }
    const auto id = heap_.items(heap_.node(arguments[0]).arguments);
    const auto offset = heap_.integer(arguments[1]);
    auto shape = formats::numpy_shape(heap_, arguments[2]);
    auto strides = formats::numpy_shape(heap_, arguments[3]);
    if (id.size() < 3 || !id[1].is(PickleKind::kGlobal) || !offset || *offset < 0 || !shape ||
        !strides || shape->size() != strides->size()) {
      return std::optional<Tensor>();
    }
    const auto key = heap_.text(id[2], 256);
    const auto storage = storages.find(key.value_or(""));
    if (storage == storages.end()) {
      return Error(ErrorKind::kInvalidInput,
                   fmt::format("has no storage `{}`", printable(key.value_or("?"))));
    }
    return std::optional(Tensor{.type = torch_type(heap_.global(id[1]).name),
                                .shape = std::move(*shape),
                                .strides = std::move(*strides),
                                .input = &archive_,
                                .from = storage->second.from,
                                .length = storage->second.length,
                                .offset = static_cast<uint64_t>(*offset),
                                .swapped = big_endian});
  }

  Result<std::optional<Tensor>> numpy_array(PickleValue value) {
    const auto state = heap_.items(heap_.node(value).state);
    const size_t at = state.size() == 5 ? 1 : 0;  // a version comes first
    if (state.size() < at + 4) {
      return std::optional<Tensor>();
    }
    auto shape = formats::numpy_shape(heap_, state[at]);
    const auto type = formats::numpy_type(heap_, state[at + 1]);
    if (!shape || !type) {
      return std::optional<Tensor>();
    }
    Tensor tensor{.type = numpy_name(*type), .shape = std::move(*shape)};
    tensor.strides = strides_of(tensor.shape, heap_.integer(state[at + 2]).value_or(0) != 0);
    tensor.swapped = type->order == '>';
    if (!octets_of(state[at + 3], tensor)) {
      return std::optional<Tensor>();
    }
    return std::optional(std::move(tensor));
  }

  // As protocol 5 writes arrays: octets, type, shape and order.
  Result<std::optional<Tensor>> numpy_buffer(PickleValue value) {
    const auto arguments = heap_.items(heap_.node(value).arguments);
    if (arguments.size() < 4) {
      return std::optional<Tensor>();
    }
    auto shape = formats::numpy_shape(heap_, arguments[2]);
    const auto type = formats::numpy_type(heap_, arguments[1]);
    if (!shape || !type) {
      return std::optional<Tensor>();
    }
    Tensor tensor{.type = numpy_name(*type), .shape = std::move(*shape)};
    tensor.strides = strides_of(tensor.shape, heap_.text(arguments[3], 4) == "F");
    tensor.swapped = type->order == '>';
    if (!octets_of(arguments[0], tensor)) {
      return std::optional<Tensor>();
    }
    return std::optional(std::move(tensor));
  }

  // Where the octets of an array's state stand: in the pickle, or written as a text.
  bool octets_of(PickleValue value, Tensor& tensor) {
    if (value.is(PickleKind::kBytes) || value.is(PickleKind::kByteArray)) {
      const auto where = heap_.extent(value);
      if (!where.ok()) {
        return false;
      }
      tensor.input = &pickle_;
      tensor.from = where->at;
      tensor.length = where->length;
      return true;
    }
    if (callee(value) == "builtins.bytes" && heap_.items(heap_.node(value).arguments).empty()) {
      tensor.input = &pickle_;  // no octets at all, as protocols 0 to 2 write them
      return true;
    }
    if (callee(value) != "_codecs.encode") {
      return false;
    }
    const auto arguments = heap_.items(heap_.node(value).arguments);
    const auto text = arguments.empty() ? std::nullopt : heap_.text(arguments[0], kMostGathered);
    if (!text) {
      return false;
    }
    const std::string& octets = texts_.emplace_back(undone(NestedKind::kLatin1, *text));
    tensor.input = &inputs_.emplace_back(std::string_view(octets));
    tensor.length = octets.size();
    return true;
  }

  Result<std::optional<Tensor>> joblib_array(PickleValue value) {
    const formats::PickleArray* const array = found_.array(value);
    const auto layout = formats::joblib_layout(heap_, value);
    if (array == nullptr || !layout) {
      return std::optional<Tensor>();
    }
    return std::optional(Tensor{.type = numpy_name(layout->type),
                                .shape = layout->shape,
                                .strides = strides_of(layout->shape, layout->fortran),
                                .input = &pickle_,
                                .from = array->at,
                                .length = array->length,
                                .swapped = layout->type.order == '>'});
  }

  const formats::Input& archive_;
  const formats::Input& pickle_;
  const formats::PickleHeap& heap_;
  const Found& found_;
  std::vector<Tensor> tensors_;
  std::deque<std::string> texts_;
  std::deque<formats::MemoryInput> inputs_;
  size_t left_out_ = 0;
};

void swap_items(MutableBytes octets, uint64_t size) {
  for (size_t at = 0; size > 1 && at + size <= octets.size(); at += size) {
    std::ranges::reverse(octets.subspan(at, size));
  }
}

// Items that lie one behind the other.
Result<> copy_run(const Tensor& tensor, const std::function<Result<>(ByteView)>& write) {
  Bytes buffer(kChunk);
  uint64_t at = tensor.from + tensor.offset * tensor.type.octets;
  for (uint64_t left = tensor.octets(); left > 0;) {
    const MutableBytes piece =
        MutableBytes(buffer).first(static_cast<size_t>(std::min<uint64_t>(left, kChunk)));
    TRY_OK(tensor.input->read(at, piece));
    if (tensor.swapped) {
      swap_items(piece, tensor.type.octets);
    }
    TRY_OK(write(piece));
    at += piece.size();
    left -= piece.size();
  }
  return ok();
}

// Items that lie apart, put one behind the other.
Result<> gather(const Tensor& tensor, const std::function<Result<>(ByteView)>& write) {
  const uint64_t size = tensor.type.octets;
  const uint64_t first = tensor.offset * size;
  const uint64_t span = reach_of(tensor).value_or(0) * size - first;
  if (span > kMostGathered) {
    return Error(ErrorKind::kTooLarge,
                 fmt::format("`{}` lies apart over {} octets", printable(tensor.name), span));
  }
  Bytes all(static_cast<size_t>(span));
  TRY_OK(tensor.input->read(tensor.from + first, all));
  if (tensor.swapped) {
    swap_items(all, size);
  }
  std::vector<int64_t> index(tensor.shape.size(), 0);
  Bytes out;
  out.reserve(kChunk + size);
  uint64_t at = 0;  // in items
  for (uint64_t left = tensor.octets() / size; left > 0; --left) {
    const ByteView item = ByteView(all).subspan(static_cast<size_t>(at * size), size);
    out.insert(out.end(), item.begin(), item.end());
    if (out.size() >= kChunk) {
      TRY_OK(write(out));
      out.clear();
    }
    for (size_t axis = index.size(); axis-- > 0;) {
      at += static_cast<uint64_t>(tensor.strides[axis]);
      if (++index[axis] < tensor.shape[axis]) {
        break;
      }
      at -= static_cast<uint64_t>(tensor.strides[axis]) * static_cast<uint64_t>(tensor.shape[axis]);
      index[axis] = 0;
    }
  }
  return write(out);
}

std::string header_of(const std::vector<Tensor>& tensors) {
  std::string json;
  formats::JsonWriter writer(json);
  writer.begin_object();
  uint64_t at = 0;
  for (const Tensor& tensor : tensors) {
    writer.key(printable(tensor.name, 4096)).begin_object();
    writer.member("dtype", tensor.type.name);
    writer.key("shape").begin_array();
    for (const int64_t length : tensor.shape) {
      writer.number(length);
    }
    writer.end_array();
    writer.key("data_offsets").begin_array().number(at).number(at + tensor.octets()).end_array();
    writer.end_object();
    at += tensor.octets();
  }
  writer.end_object();
  writer.finish();
  json.resize((json.size() + 7) / 8 * 8, ' ');
  std::string out;
  for (unsigned i = 0; i < 8; ++i) {
    out += static_cast<char>(json.size() >> 8 * i & 0xff);
  }
  return out + json;
}

// The members of a torch archive.
struct Archive {
  const formats::ZipMember* pickle = nullptr;
  std::map<std::string, Storage> storages;
  bool big_endian = false;
};

Result<Archive> archive_of(const formats::Input& input, const formats::ZipContents& zip) {
  Archive archive;
  for (const formats::ZipMember& member : zip.members) {
    if (member.name.ends_with("/data.pkl")) {
      if (archive.pickle != nullptr) {
        return Error(ErrorKind::kInvalidInput, "has two pickles: which is read, readers differ in");
      }
      archive.pickle = &member;
    }
  }
  if (archive.pickle == nullptr || archive.pickle->method != formats::kZipStored) {
    return Error(ErrorKind::kInvalidInput, "is no archive of PyTorch");
  }
  const std::string folder = archive.pickle->name.substr(
      0, archive.pickle->name.size() - std::string_view("data.pkl").size());
  for (const formats::ZipMember& member : zip.members) {
    if (member.name == folder + "byteorder") {
      TRY(const std::string order,
          formats::read_all(formats::PartOfInput(input, member.data, member.packed), 16));
      archive.big_endian = order == "big";
    }
    if (!member.name.starts_with(folder + "data/")) {
      continue;
    }
    if (member.method != formats::kZipStored) {
      return Error(ErrorKind::kInvalidInput,
                   fmt::format("`{}` is compressed", printable(member.name)));
    }
    const auto [at, first] = archive.storages.emplace(member.name.substr(folder.size() + 5),
                                                      Storage{member.data, member.packed});
    if (!first) {
      return Error(ErrorKind::kInvalidInput,
                   fmt::format("`{}` is there twice", printable(member.name)));
    }
  }
  return archive;
}

Result<Disarmed> disarm_pickle(const formats::Input& input, const formats::Input& pickle,
                               Archive archive, const std::function<Result<>(ByteView)>& write) {
  Found found;
  formats::PickleMachine machine(pickle, found, {.limits = kLimits, .joblib = true});
  const formats::PickleEnd end = machine.run(0);
  if (end.how != formats::PickleEnd::How::kStop) {
    return Error(ErrorKind::kInvalidInput,
                 fmt::format("cannot be read beyond octet {}: {}", end.at, end.why));
  }
  Collector collector(input, pickle, machine.heap(), found);
  collector.storages = std::move(archive.storages);
  collector.big_endian = archive.big_endian;
  TRY(const std::vector<Tensor> tensors, collector.collect(end.value));
  if (tensors.empty()) {
    return Error(ErrorKind::kInvalidInput, "holds no tensor that can be copied");
  }
  // A tensor may repeat what its storage holds once, and tensors may share it: bounded.
  uint64_t all = 0;
  for (const Tensor& tensor : tensors) {
    if (__builtin_add_overflow(all, tensor.octets(), &all) || all / kMostRepeated > input.size()) {
      return Error(ErrorKind::kTooLarge, "has tensors of far more octets than it holds");
    }
  }
  TRY_OK(write(as_bytes(header_of(tensors))));
  Disarmed done{.tensors = tensors.size(), .left_out = collector.left_out()};
  for (const Tensor& tensor : tensors) {
    done.octets += tensor.octets();
    if (tensor.octets() == 0) {
      continue;
    }
    if (tensor.strides == strides_of(tensor.shape, false)) {
      TRY_OK(copy_run(tensor, write));
    } else {
      TRY_OK(gather(tensor, write));
    }
  }
  return done;
}

}  // namespace

Result<Disarmed> disarm(const formats::Input& input,
                        const std::function<Result<>(ByteView)>& write) {
  TRY(const Bytes head, formats::head_of(input, 4096));
  if (!formats::may_be_zip(input, head)) {
    return disarm_pickle(input, input, {}, write);
  }
  const formats::ZipContents zip = formats::read_zip(input, {});
  TRY(Archive archive, archive_of(input, zip));
  const formats::PartOfInput pickle(input, archive.pickle->data, archive.pickle->packed);
  return disarm_pickle(input, pickle, std::move(archive), write);
}

}  // namespace sally::vet::pickle
