// Models of boosted trees: XGBoost in JSON and UBJSON, LightGBM as text. None holds a program;
// they are recognised, and their structure is checked.
#pragma once

#include "formats/json/lenient.h"
#include "vet/format.h"

namespace sally::vet::model {

// XGBoost in JSON, where `root` is.
void judge_boosted(const formats::LenientJson::Value& root, Examination& examination);

bool may_be_lightgbm(const Look& look);
Result<> examine_lightgbm(const formats::Input& input, Examination& examination);

bool may_be_ubjson(const Look& look);
Result<> examine_ubjson(const formats::Input& input, Examination& examination);

}  // namespace sally::vet::model
