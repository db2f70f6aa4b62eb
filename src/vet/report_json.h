// The JSON that `sallyport scan --format json` prints, and that a baseline is: a contract.
#pragma once

#include <string>

#include "vet/report.h"

namespace sally::vet {

std::string report_json(const Report& report);

}  // namespace sally::vet
