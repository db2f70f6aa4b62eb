// XML, such as PMML: a document type whose entities open files or grow.
#pragma once

#include "vet/format.h"

namespace sally::vet::model {

bool may_be_xml(const Look& look);
Result<> examine_xml(const formats::Input& input, Examination& examination);

}  // namespace sally::vet::model
