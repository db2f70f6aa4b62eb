// Any octets as ONNX, SavedModel, frozen graph and Keras metadata.
#include "vet/model/test_examined.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  sally::vet::model::examined(octets, "m.onnx");
  sally::vet::model::examined(octets, "saved_model.pb");
  sally::vet::model::examined(octets, "keras_metadata.pb");
  sally::vet::model::examined(octets, "a.pb");
  return 0;
}
