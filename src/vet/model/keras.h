// Keras: the configuration of a model, which names the classes and functions that its loader calls.
// Stands in `.keras` archives (`config.json`), in attributes of HDF5, in SavedModel's metadata.
#pragma once

#include "formats/json/lenient.h"
#include "vet/format.h"

namespace sally::vet::model {

// Judges every object below `root` that names a class of Keras: what stands at `offset` of what is
// examined. Whether there was one.
bool judge_keras(const formats::LenientJson::Value& root, uint64_t offset,
                 Examination& examination);
// The same for a text of JSON; what cannot be read to its end is a finding.
void judge_keras_text(std::string_view text, uint64_t offset, Examination& examination);

// Keras in HDF5.
bool may_be_hdf5(const Look& look);
Result<> examine_hdf5(const formats::Input& input, Examination& examination);

}  // namespace sally::vet::model
