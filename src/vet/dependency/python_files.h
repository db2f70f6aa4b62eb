// What says which packages a Python project wants or has: requirements files, pyproject.toml,
// setup.cfg, Pipfile.lock, the metadata of what is installed.
#pragma once

#include <span>

#include "vet/dependency/requirement.h"
#include "vet/format.h"

namespace sally::vet::dependency {

bool may_be_requirements(const Look& look);
Result<> examine_requirements(const formats::Input& input, Examination& examination);

bool may_be_pyproject(const Look& look);
Result<> examine_pyproject(const formats::Input& input, Examination& examination);

bool may_be_setup_cfg(const Look& look);
Result<> examine_setup_cfg(const formats::Input& input, Examination& examination);

bool may_be_pipfile_lock(const Look& look);
Result<> examine_pipfile_lock(const formats::Input& input, Examination& examination);

// `METADATA` of a `.dist-info`, `PKG-INFO`.
bool may_be_metadata(const Look& look);
Result<> examine_metadata(const formats::Input& input, Examination& examination);

// Reports lines of a requirements file, or of a `pip install` at `line` (0: as the lines say).
void report_lines(std::span<const RequirementLine> lines, uint32_t line, uint64_t offset,
                  Examination& examination);

}  // namespace sally::vet::dependency
