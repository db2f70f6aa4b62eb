// Lock files: exactly which packages are installed.
#pragma once

#include "vet/format.h"

namespace sally::vet::dependency {

// poetry.lock, uv.lock, pdm.lock, pylock.toml (PEP 751), Cargo.lock.
bool may_be_toml_lock(const Look& look);
Result<> examine_toml_lock(const formats::Input& input, Examination& examination);

// package-lock.json and npm-shrinkwrap.json, versions 1 to 3.
bool may_be_package_lock(const Look& look);
Result<> examine_package_lock(const formats::Input& input, Examination& examination);

// pnpm-lock.yaml, versions 5 to 9.
bool may_be_pnpm_lock(const Look& look);
Result<> examine_pnpm_lock(const formats::Input& input, Examination& examination);

// yarn.lock, version 1 and the YAML of later ones.
bool may_be_yarn_lock(const Look& look);
Result<> examine_yarn_lock(const formats::Input& input, Examination& examination);

// environment.yml of conda, and conda-lock.yml.
bool may_be_conda(const Look& look);
Result<> examine_conda(const formats::Input& input, Examination& examination);

// go.mod.
bool may_be_go_mod(const Look& look);
Result<> examine_go_mod(const formats::Input& input, Examination& examination);

// dpkg's status file: what is installed.
bool may_be_dpkg_status(const Look& look);
Result<> examine_dpkg_status(const formats::Input& input, Examination& examination);

// Bills of materials: CycloneDX and SPDX 2 in JSON.
bool may_be_sbom(const Look& look);
Result<> examine_sbom(const formats::Input& input, Examination& examination);

}  // namespace sally::vet::dependency
