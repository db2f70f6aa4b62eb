// The binary tensor extension of KServe v2: what follows the JSON part of a body.
// (github.com/kserve/open-inference-protocol, extension_binary_data)
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/protocol/text_walk.h"

namespace sally::gateway {

// The length of the JSON part: `header` is the value of `inference-header-content-length`, empty
// where it was not sent (then all of the body is JSON).
Result<size_t> json_part(std::string_view header, size_t body_size);

// Collects which tensors are binary while the JSON part is walked.
class TensorList {
 public:
  // `path` and `fact` of a walk; `list` is `inputs` or `outputs`.
  void fact(const JsonPath& path, const JsonFact& fact, std::string_view list);
  struct Binary {
    size_t text_bytes = 0;  // in BYTES tensors
    bool unread = false;    // there is data of another type, which nothing reads
  };
  // Checks that the binary part is exactly as long as the tensors say, and shows the texts of BYTES
  // tensors to `visitor`.
  Result<Binary> read(std::string_view binary, std::string_view list, TextVisitor& visitor) const;

 private:
  struct Tensor {
    bool bytes = false;  // of the datatype BYTES
    bool binary = false;
    uint64_t size = 0;
  };
  std::vector<Tensor> tensors_;
  bool malformed_ = false;
};

}  // namespace sally::gateway
