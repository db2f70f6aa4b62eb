// Dependency: a package that a file asks for, locks or has installed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "vet/dependency/advisory.h"
#include "vet/examination.h"

namespace sally::vet::dependency {

struct Dependency {
  std::string ecosystem;
  std::string name;
  std::string version;  // the one that is used; empty: not said
  // PyPI's: which versions will do (`>=1.0,<2`); where `version` is empty.
  std::string specifiers = {};
  uint32_t line = 0;
  uint64_t offset = 0;
  // What lists it: `conda`, whose packages of Python are known as PyPI's. Empty: the ecosystem.
  std::string listed_as = {};
};

// Adds it to the packages of what is examined, and what advisories say of it to the findings.
void report(const Dependency& dependency, Examination& examination);

// The ecosystem, name and version that a package URL names (`pkg:pypi/torch@2.1.0`); nullopt: none
// that we know.
std::optional<Dependency> dependency_of_purl(std::string_view purl);

}  // namespace sally::vet::dependency
