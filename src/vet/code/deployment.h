// How models are run: Dockerfiles and manifests of Kubernetes.
#pragma once

#include "vet/format.h"

namespace sally::vet::code {

bool may_be_dockerfile(const Look& look);
Result<> examine_dockerfile(const formats::Input& input, Examination& examination);

bool may_be_manifest(const Look& look);
Result<> examine_manifest(const formats::Input& input, Examination& examination);

}  // namespace sally::vet::code
