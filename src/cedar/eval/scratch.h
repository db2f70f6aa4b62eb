// Scratch: the memory that one thread reuses from request to request. Once warm, making a request
// and deciding it allocates nothing.
#pragma once

#include <cstdint>
#include <vector>

#include "cedar/eval/arena.h"
#include "cedar/eval/cell.h"
#include "cedar/eval/eval_error.h"
#include "formats/json/reader.h"

namespace sally::cedar {

struct ScratchLimits {
  size_t request = size_t{1} << 20;     // bytes that a request may take, without its texts
  size_t evaluation = size_t{1} << 20;  // bytes that the evaluation of one policy may take
};

// A policy that could not be decided.
struct PolicyError {
  uint32_t policy;  // its index in CompiledPolicies
  EvalError error;
};

class Scratch {
 public:
  explicit Scratch(const ScratchLimits& limits = {})
      : request_(Arena::fixed(limits.request)), evaluation_(Arena::fixed(limits.evaluation)) {}

 private:
  friend class RequestBuilder;
  friend class Evaluation;

  Arena request_;
  formats::JsonReader reader_;
  std::vector<CellField> open_;   // of the request being read: members and elements so far
  std::vector<uint32_t> frames_;  // where in open_ each open object or array begins
  Arena evaluation_;
  std::vector<Cell> stack_;
  EntityName principal_;  // of the request being decided, resolved
  EntityName action_;
  EntityName resource_;
  struct Lists {
    std::vector<uint32_t> candidates;
    std::vector<uint32_t> permits;
    std::vector<uint32_t> forbids;
    std::vector<PolicyError> errors;
  };
  Lists lists_;
};

}  // namespace sally::cedar
