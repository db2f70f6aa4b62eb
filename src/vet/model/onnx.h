// ONNX: graphs of operators. Holds no program, but names files that its loader opens, operators
// that somebody else implements, and sizes.
// https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
#pragma once

#include "vet/format.h"

namespace sally::vet::model {

bool may_be_onnx(const Look& look);
Result<> examine_onnx(const formats::Input& input, Examination& examination);

}  // namespace sally::vet::model
