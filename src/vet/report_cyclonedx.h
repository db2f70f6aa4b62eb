// CycloneDX 1.6 (ECMA-424): a bill of models and packages, with VEX.
#pragma once

#include <string>

#include "vet/report.h"

namespace sally::vet {

std::string report_cyclonedx(const Report& report);

}  // namespace sally::vet
