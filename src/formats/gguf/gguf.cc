#include "formats/gguf/gguf.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>

namespace sally::formats {
namespace {

constexpr std::string_view kMagic = "GGUF";
constexpr uint64_t kMostRows = 1'000'000;  // of values, and of tensors; models have thousands
constexpr uint64_t kMostKey = 65'535;
constexpr uint64_t kMostText = uint64_t{16} << 20;
constexpr uint64_t kMostKept = uint64_t{32} << 20;  // octets of all keys, names and texts
constexpr uint64_t kMostElements = 50'000'000;      // strings in arrays
constexpr uint64_t kFewTexts = 64;                  // of an array that is kept
constexpr uint32_t kMostDepth = 4;                  // arrays in arrays
constexpr uint32_t kMostDimensions = 4;             // GGML_MAX_DIMS
constexpr uint64_t kAbsurd = uint64_t{1} << 40;     // octets: no mere end of a download

struct TensorType {
  uint32_t type;
  uint32_t block;   // elements
  uint32_t octets;  // of a block
};
constexpr std::array kTensorTypes = {
    TensorType{0, 1, 4},      TensorType{1, 1, 2},      TensorType{2, 32, 18},
    TensorType{3, 32, 20},    TensorType{6, 32, 22},    TensorType{7, 32, 24},
    TensorType{8, 32, 34},    TensorType{10, 256, 84},  TensorType{11, 256, 110},
    TensorType{12, 256, 144}, TensorType{13, 256, 176}, TensorType{14, 256, 210},
    TensorType{15, 256, 292}, TensorType{16, 256, 66},  TensorType{17, 256, 74},
    TensorType{18, 256, 98},  TensorType{19, 256, 50},  TensorType{20, 32, 18},
    TensorType{21, 256, 110}, TensorType{22, 256, 82},  TensorType{23, 256, 136},
    TensorType{24, 1, 1},     TensorType{25, 1, 2},     TensorType{26, 1, 4},
    TensorType{27, 1, 8},     TensorType{28, 1, 8},     TensorType{29, 256, 56},
    TensorType{30, 1, 2},     TensorType{34, 256, 54},  TensorType{35, 256, 66},
    TensorType{39, 32, 17}};

uint32_t size_of(GgufType type) {
  switch (type) {
    case GgufType::kUint8:
    case GgufType::kInt8:
    case GgufType::kBool:
      return 1;
    case GgufType::kUint16:
    case GgufType::kInt16:
      return 2;
    case GgufType::kUint32:
    case GgufType::kInt32:
    case GgufType::kFloat32:
      return 4;
    case GgufType::kUint64:
    case GgufType::kInt64:
    case GgufType::kFloat64:
      return 8;
    case GgufType::kString:
    case GgufType::kArray:
      break;
  }
  return 0;
}

class Reader {
 public:
  Reader(const Input& input, Gguf& out) : in_(input), size_(input.size()), out_(out) {}

  Result<> read() {
    TRY_OK(in_.skip(kMagic.size()));
    TRY(out_.version, in_.little<uint32_t>());
    if ((out_.version & 0xFFFFU) == 0) {
      out_.version = __builtin_bswap32(out_.version);
      out_.big_endian = true;
    }
    if (out_.version == 0 || out_.version > 3) {
      return Error(ErrorKind::kInvalidInput, fmt::format("version {} is not known", out_.version));
    }
    TRY(const uint64_t tensors, length());
    TRY(const uint64_t values, length());
    // A value takes its key's length, a type and one octet; a tensor two lengths, and two numbers.
    TRY_OK(claim(values, out_.version == 1 ? 9 : 13, "values"));
    TRY_OK(claim(tensors, out_.version == 1 ? 20 : 24, "tensors"));
    for (uint64_t i = 0; i < values; ++i) {
      TRY_OK(value());
    }
    if (const GgufValue* alignment = out_.find("general.alignment")) {
      out_.alignment = alignment->number;
    }
    for (uint64_t i = 0; i < tensors; ++i) {
      TRY_OK(tensor());
    }
    const uint64_t align = std::has_single_bit(out_.alignment) ? out_.alignment : 1;
    const uint64_t at = in_.position();
    out_.data_from = align > size_ ? size_ : (at + align - 1) / align * align;
    return ok();
  }

  [[nodiscard]] uint64_t position() const { return in_.position(); }

 private:
  template <typename T>
  Result<T> number() {
    if (out_.big_endian) {
      return in_.big<T>();
    }
    return in_.little<T>();
  }
  Result<uint64_t> length() {
    if (out_.version == 1) {
      TRY(const uint32_t length, number<uint32_t>());
      return uint64_t{length};
    }
    return number<uint64_t>();
  }

  Result<> claim(uint64_t count, uint64_t octets, std::string_view what) const {
    if (count > kMostRows || count > in_.remaining() / octets) {
      return Error(ErrorKind::kTooLarge,
                   fmt::format("claims {} {} with {} octets left", count, what, in_.remaining()));
    }
    return ok();
  }

  // Skips `count` elements of `octets`.
  Result<> skip(uint64_t count, uint64_t octets, std::string_view what) {
    if (count > in_.remaining() / octets) {
      const bool absurd = count > kAbsurd;
      return Error(absurd ? ErrorKind::kTooLarge : ErrorKind::kInvalidInput,
                   fmt::format("claims {} {} with {} octets left", count, what, in_.remaining()));
    }
    return in_.skip(count * octets);
  }

  // A string of at most `most` octets; what is longer is skipped and empty.
  Result<std::string> text(uint64_t most) {
    TRY(const uint64_t octets, length());
    if (octets > most || octets > in_.remaining()) {
      TRY_OK(skip(octets, 1, "octets of a text"));
      return std::string();
    }
    kept_ += octets;
    if (kept_ > kMostKept) {
      return Error(ErrorKind::kTooLarge, "holds more text than a model has");
    }
    TRY(const ByteView view, in_.take(octets));
    return std::string(as_text(view));
  }

  Result<> value() {
    GgufValue value{.key = {}, .type = GgufType::kBool, .offset = in_.position()};
    kept_ += sizeof(GgufValue);
    TRY(value.key, text(kMostKey));
    TRY(const uint32_t type, number<uint32_t>());
    if (type > static_cast<uint32_t>(GgufType::kFloat64)) {
      return Error(ErrorKind::kInvalidInput,
                   fmt::format("a value of a type {} that is not known", type));
    }
    value.type = static_cast<GgufType>(type);
    if (value.type == GgufType::kString) {
      value.text_offset = in_.position() + (out_.version == 1 ? 4 : 8);
      TRY(value.text, text(kMostText));
    } else if (value.type == GgufType::kArray) {
      TRY_OK(array(value, 0));
    } else {
      TRY(value.number, plain(value.type));
    }
    out_.values.push_back(std::move(value));
    return ok();
  }

  Result<uint64_t> plain(GgufType type) {
    switch (size_of(type)) {
      case 1: {
        TRY(const uint8_t one, number<uint8_t>());
        return type == GgufType::kInt8 ? static_cast<uint64_t>(static_cast<int8_t>(one))
                                       : uint64_t{one};
      }
      case 2: {
        TRY(const uint16_t two, number<uint16_t>());
        return type == GgufType::kInt16 ? static_cast<uint64_t>(static_cast<int16_t>(two))
                                        : uint64_t{two};
      }
      case 4: {
        TRY(const uint32_t four, number<uint32_t>());
        return type == GgufType::kInt32 ? static_cast<uint64_t>(static_cast<int32_t>(four))
                                        : uint64_t{four};
      }
      default:
        return number<uint64_t>();
    }
  }

  Result<> array(GgufValue& value, uint32_t depth) {
    TRY(const uint32_t raw, number<uint32_t>());
    TRY(const uint64_t count, length());
    if (raw > static_cast<uint32_t>(GgufType::kFloat64)) {
      return Error(ErrorKind::kInvalidInput,
                   fmt::format("an array of a type {} that is not known", raw));
    }
    const auto type = static_cast<GgufType>(raw);
    value.count = count;
    if (type == GgufType::kArray) {
      if (depth + 1 >= kMostDepth) {
        return Error(ErrorKind::kTooLarge, "arrays in arrays, too deep");
      }
      TRY_OK(elements(count, out_.version == 1 ? 8 : 12));
      for (uint64_t i = 0; i < count; ++i) {
        TRY_OK(array(value, depth + 1));
      }
      value.count = count;
      return ok();
    }
    if (type != GgufType::kString) {
      return skip(count, size_of(type), "elements");
    }
    TRY_OK(elements(count, out_.version == 1 ? 4 : 8));
    for (uint64_t i = 0; i < count; ++i) {
      if (count <= kFewTexts && value.texts.size() < kFewTexts) {
        TRY(std::string one, text(kMostText));
        value.texts.push_back(std::move(one));
        continue;
      }
      TRY(const uint64_t octets, length());
      TRY_OK(skip(octets, 1, "octets of a text"));
    }
    return ok();
  }

  // Counts elements that are read one by one, each of at least `octets`.
  Result<> elements(uint64_t count, uint64_t octets) {
    if (count > in_.remaining() / octets) {
      return skip(count, octets, "elements");
    }
    elements_ += count;
    if (elements_ > kMostElements) {
      return Error(ErrorKind::kTooLarge, "arrays of more texts than a model has");
    }
    return ok();
  }

  Result<> tensor() {
    GgufTensor tensor{
        .name = {}, .at = in_.position(), .dimensions = {}, .type = 0, .offset = 0, .octets = {}};
    kept_ += sizeof(GgufTensor);
    TRY(tensor.name, text(kMostKey));
    TRY(const uint32_t dimensions, number<uint32_t>());
    if (dimensions > kMostDimensions) {
      return Error(ErrorKind::kTooLarge, fmt::format("a tensor of {} dimensions", dimensions));
    }
    uint64_t product = 1;
    for (uint32_t i = 0; i < dimensions; ++i) {
      TRY(const uint64_t dimension, length());
      tensor.dimensions.push_back(dimension);
      tensor.overflows |= __builtin_mul_overflow(product, dimension, &product);
    }
    TRY(tensor.type, number<uint32_t>());
    TRY(tensor.offset, number<uint64_t>());
    tensor.overflows |= product > uint64_t{INT64_MAX};
    const auto row = std::ranges::find(kTensorTypes, tensor.type, &TensorType::type);
    if (row != kTensorTypes.end() && !tensor.overflows) {
      uint64_t octets = 0;
      const uint64_t blocks = product / row->block + (product % row->block != 0 ? 1 : 0);
      if (__builtin_mul_overflow(blocks, uint64_t{row->octets}, &octets)) {
        tensor.overflows = true;
      } else {
        tensor.octets = octets;
      }
    }
    out_.tensors.push_back(std::move(tensor));
    return ok();
  }

  InputReader in_;
  uint64_t size_;
  Gguf& out_;
  uint64_t kept_ = 0;
  uint64_t elements_ = 0;
};

}  // namespace

const GgufValue* Gguf::find(std::string_view key) const {
  const auto found = std::ranges::find(values, key, &GgufValue::key);
  return found == values.end() ? nullptr : &*found;
}

bool is_gguf(ByteView head) {
  return as_text(head).starts_with(kMagic);
}

Gguf read_gguf(const Input& input) {
  Gguf out;
  Reader reader(input, out);
  if (auto read = reader.read(); !read.ok()) {
    out.fault = read.error();
    out.fault_offset = reader.position();
  }
  return out;
}

}  // namespace sally::formats
