// JUnit's XML, as continuous integration shows it: one case for each file.
#pragma once

#include <string>

#include "vet/report.h"

namespace sally::vet {

std::string report_junit(const Report& report);

}  // namespace sally::vet
