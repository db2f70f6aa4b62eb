// SARIF 2.1.0 (OASIS), as code scanning platforms read it.
#pragma once

#include <string>

#include "vet/report.h"

namespace sally::vet {

std::string report_sarif(const Report& report);

}  // namespace sally::vet
