#include "gateway/protocol/tensors.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"

namespace sally::gateway {
namespace {

using formats::JsonType;

// Elements of a BYTES tensor: four octets of length (little endian), then the octets.
constexpr size_t kElementHeader = 4;

}  // namespace

Result<size_t> json_part(std::string_view header, size_t body_size) {
  if (header.empty()) {
    return body_size;
  }
  const auto length = formats::json_uint64(header);
  if (!length || *length > body_size) {
    return Error(ErrorKind::kInvalidInput,
                 fmt::format("`inference-header-content-length`: `{}` is no length within the {} "
                             "bytes of the body",
                             printable(header, 20), body_size));
  }
  return static_cast<size_t>(*length);
}

void TensorList::fact(const JsonPath& path, const JsonFact& fact, std::string_view list) {
  if (path.depth() < 3 || path.level(0).key != list || path.level(1).object ||
      !path.level(2).object) {
    return;
  }
  const size_t index = path.level(1).index;
  const bool datatype = path.depth() == 3 && path.level(2).key == "datatype";
  const bool size = path.depth() == 4 && path.level(2).key == "parameters" &&
                    path.level(3).object && path.level(3).key == "binary_data_size";
  if (!datatype && !size) {
    return;
  }
  if (index >= tensors_.size()) {
    tensors_.resize(index + 1);
  }
  Tensor& tensor = tensors_[index];
  if (datatype) {
    tensor.bytes = fact.text == "BYTES";
    malformed_ = malformed_ || fact.type != JsonType::kString;
  } else {
    const auto count = formats::json_uint64(fact.type == JsonType::kNumber ? fact.text : "");
    malformed_ = malformed_ || !count;
    tensor.binary = true;
    tensor.size = count.value_or(0);
  }
}

Result<TensorList::Binary> TensorList::read(std::string_view binary, std::string_view list,
                                            TextVisitor& visitor) const {
  if (malformed_) {
    return Error(ErrorKind::kInvalidInput,
                 fmt::format("`{}`: a `datatype` or `binary_data_size` is malformed", list));
  }
  Binary out;
  size_t at = 0;
  for (size_t i = 0; i < tensors_.size(); ++i) {
    const Tensor& tensor = tensors_[i];
    if (!tensor.binary) {
      continue;
    }
    if (tensor.size > binary.size() - at) {
      return Error(ErrorKind::kInvalidInput,
                   fmt::format("`{}[{}]`: {} binary bytes announced, {} are there", list, i,
                               tensor.size, binary.size() - at));
    }
    std::string_view data = binary.substr(at, tensor.size);
    at += data.size();
    if (!tensor.bytes) {
      out.unread = out.unread || !data.empty();
      continue;
    }
    const std::string place = fmt::format("{}[{}]", list, i);
    while (!data.empty()) {
      size_t length = 0;
      for (size_t octet = std::min(kElementHeader, data.size()); octet-- > 0;) {
        length = length << 8 | static_cast<unsigned char>(data[octet]);
      }
      if (data.size() < kElementHeader || data.size() - kElementHeader < length) {
        return Error(ErrorKind::kInvalidInput,
                     fmt::format("`{}`: an element of the BYTES tensor is cut off", place));
      }
      const std::string_view element = data.substr(kElementHeader, length);
      data.remove_prefix(kElementHeader + length);
      if (is_utf8(element)) {
        visitor.text(place, element, Written());
        out.text_bytes += element.size();
      } else {
        out.unread = true;
      }
    }
  }
  if (at != binary.size()) {
    return Error(ErrorKind::kInvalidInput,
                 fmt::format("{} bytes follow the tensors", binary.size() - at));
  }
  return out;
}

}  // namespace sally::gateway
