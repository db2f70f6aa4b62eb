// SPDX 3.0.1 as JSON-LD, with the profiles of software, AI and security.
#pragma once

#include <string>

#include "vet/report.h"

namespace sally::vet {

std::string report_spdx(const Report& report);

}  // namespace sally::vet
