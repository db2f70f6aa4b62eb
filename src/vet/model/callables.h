// Python's callables that configuration names: what comes of calling them.
#pragma once

#include <cstdint>
#include <string_view>

namespace sally::vet::model {

enum class CallableRisk : uint8_t {
  kDangerous,  // runs programs or code, reads or writes files, reaches out, loads pickles
  kKnown,      // of a library of models, and none of the above
  kUnknown,
};

// The risk of calling `name` of `module`, as Python writes both (`torch.optim`, `Adam`).
CallableRisk risk_of(std::string_view module, std::string_view name);
// The same for a dotted name: `torch.optim.Adam`.
CallableRisk risk_of(std::string_view dotted);

}  // namespace sally::vet::model
