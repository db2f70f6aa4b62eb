// TensorFlow: SavedModel, frozen graphs, and the metadata that Keras keeps beside them. A graph is
// a program; what of it touches the machine is judged by its operators.
// https://github.com/tensorflow/tensorflow/tree/master/tensorflow/core/protobuf
#pragma once

#include "vet/format.h"

namespace sally::vet::model {

bool may_be_saved_model(const Look& look);
Result<> examine_saved_model(const formats::Input& input, Examination& examination);

bool may_be_graph(const Look& look);
Result<> examine_graph(const formats::Input& input, Examination& examination);

bool may_be_keras_metadata(const Look& look);
Result<> examine_keras_metadata(const formats::Input& input, Examination& examination);

}  // namespace sally::vet::model
