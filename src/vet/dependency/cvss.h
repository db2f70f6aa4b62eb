// CVSS: how bad a vulnerability is, from its vector.
#pragma once

#include <optional>
#include <string_view>

#include "vet/rule.h"

namespace sally::vet::dependency {

// The base score of a `CVSS:3.0/...` or `CVSS:3.1/...` vector, by the formulas of the
// specification (FIRST, CVSS v3.1, sections 7.1 and 7.4). nullopt: no such vector, or a metric of
// the base is missing or stands twice.
std::optional<double> cvss3_base_score(std::string_view vector);

// How bad a `CVSS:4.0/...` vector is. Not by the table of scores that FIRST publishes, but by what
// the vector says: critical where anybody on the network breaks two of confidentiality, integrity
// and availability, or one of them and what lies behind; high where one breaks; medium where one
// is touched; else low. nullopt: no such vector.
std::optional<Severity> cvss4_severity(std::string_view vector);

// As both versions name scores: 9.0 and above is critical, 7.0 high, 4.0 medium.
Severity severity_of_score(double score);

// Of any vector that is known.
std::optional<Severity> severity_of_vector(std::string_view vector);

}  // namespace sally::vet::dependency
