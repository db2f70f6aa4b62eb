// The JSON that `sallyport scan --format json` prints: a contract.
#pragma once

#include <span>
#include <string>

#include "vet/target.h"

namespace sally::vet {

std::string report_json(std::span<const Target> targets);

}  // namespace sally::vet
