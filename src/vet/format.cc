#include "vet/format.h"

#include <array>

#include "vet/code/deployment.h"
#include "vet/code/python.h"
#include "vet/container/npy.h"
#include "vet/container/seven_zip.h"
#include "vet/container/stream.h"
#include "vet/container/tar.h"
#include "vet/container/torch_legacy.h"
#include "vet/container/zip.h"
#include "vet/dependency/lock_files.h"
#include "vet/dependency/python_files.h"
#include "vet/model/boosted.h"
#include "vet/model/config.h"
#include "vet/model/gguf.h"
#include "vet/model/keras.h"
#include "vet/model/onnx.h"
#include "vet/model/safetensors.h"
#include "vet/model/template.h"
#include "vet/model/tensorflow.h"
#include "vet/model/xml.h"
#include "vet/pickle/pickle.h"
#include "vet/secret/secret_text.h"

namespace sally::vet {

std::span<const Format> formats_read() {
  static constexpr std::array kFormats = {
      Format{"zip", container::may_be_zip, container::examine_zip},
      Format{"tar", container::may_be_tar, container::examine_tar},
      Format{"7z", container::may_be_seven_zip, container::examine_seven_zip},
      Format{"npy", container::may_be_npy, container::examine_npy},
      Format{"torch-legacy", container::may_be_torch_legacy, container::examine_torch_legacy},
      Format{"compressed", container::may_be_compressed, container::examine_compressed},
      Format{"zfile", container::may_be_zfile, container::examine_zfile},
      Format{"safetensors", model::may_be_safetensors, model::examine_safetensors},
      Format{"pickle", pickle::may_be_pickle, pickle::examine_pickle},
      Format{"gguf", model::may_be_gguf, model::examine_gguf},
      Format{"onnx", model::may_be_onnx, model::examine_onnx},
      Format{"saved-model", model::may_be_saved_model, model::examine_saved_model},
      Format{"tensorflow-graph", model::may_be_graph, model::examine_graph},
      Format{"keras-metadata", model::may_be_keras_metadata, model::examine_keras_metadata},
      Format{"hdf5", model::may_be_hdf5, model::examine_hdf5},
      Format{"json", model::may_be_json, model::examine_json},
      Format{"yaml", model::may_be_yaml, model::examine_yaml},
      Format{"template", model::may_be_template, model::examine_template},
      Format{"xml", model::may_be_xml, model::examine_xml},
      Format{"lightgbm", model::may_be_lightgbm, model::examine_lightgbm},
      Format{"ubjson", model::may_be_ubjson, model::examine_ubjson},
      Format{"requirements", dependency::may_be_requirements, dependency::examine_requirements},
      Format{"pyproject", dependency::may_be_pyproject, dependency::examine_pyproject},
      Format{"setup-cfg", dependency::may_be_setup_cfg, dependency::examine_setup_cfg},
      Format{"pipfile-lock", dependency::may_be_pipfile_lock, dependency::examine_pipfile_lock},
      Format{"dist-info", dependency::may_be_metadata, dependency::examine_metadata},
      Format{"toml-lock", dependency::may_be_toml_lock, dependency::examine_toml_lock},
      Format{"package-lock", dependency::may_be_package_lock, dependency::examine_package_lock},
      Format{"pnpm-lock", dependency::may_be_pnpm_lock, dependency::examine_pnpm_lock},
      Format{"yarn-lock", dependency::may_be_yarn_lock, dependency::examine_yarn_lock},
      Format{"conda", dependency::may_be_conda, dependency::examine_conda},
      Format{"go-mod", dependency::may_be_go_mod, dependency::examine_go_mod},
      Format{"dpkg-status", dependency::may_be_dpkg_status, dependency::examine_dpkg_status},
      Format{"sbom", dependency::may_be_sbom, dependency::examine_sbom},
      Format{"python", code::may_be_python, code::examine_python},
      Format{"dockerfile", code::may_be_dockerfile, code::examine_dockerfile},
      Format{"kubernetes", code::may_be_manifest, code::examine_manifest},
      Format{"", secret::may_be_text, secret::examine_secrets},
  };
  return kFormats;
}

}  // namespace sally::vet
