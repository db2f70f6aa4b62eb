#include "vet/model/callables.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "vet/pickle/names.h"

namespace sally::vet::model {
namespace {

bool one_of(std::string_view word, std::span<const std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

// Modules (with all below them) of which a call runs programs, loads code or reaches out.
constexpr std::array<std::string_view, 67> kDangerousModules = {"os",
                                                                "posix",
                                                                "nt",
                                                                "subprocess",
                                                                "sys",
                                                                "shutil",
                                                                "socket",
                                                                "importlib",
                                                                "imp",
                                                                "runpy",
                                                                "pty",
                                                                "ctypes",
                                                                "_ctypes",
                                                                "pickle",
                                                                "_pickle",
                                                                "cPickle",
                                                                "marshal",
                                                                "shelve",
                                                                "dill",
                                                                "cloudpickle",
                                                                "joblib",
                                                                "code",
                                                                "codeop",
                                                                "timeit",
                                                                "pdb",
                                                                "bdb",
                                                                "doctest",
                                                                "webbrowser",
                                                                "urllib",
                                                                "urllib2",
                                                                "urllib3",
                                                                "requests",
                                                                "httpx",
                                                                "aiohttp",
                                                                "ftplib",
                                                                "smtplib",
                                                                "telnetlib",
                                                                "poplib",
                                                                "imaplib",
                                                                "nntplib",
                                                                "fileinput",
                                                                "linecache",
                                                                "zipimport",
                                                                "pkgutil",
                                                                "pydoc",
                                                                "commands",
                                                                "popen2",
                                                                "pip",
                                                                "setuptools",
                                                                "distutils",
                                                                "ensurepip",
                                                                "venv",
                                                                "site",
                                                                "lib2to3",
                                                                "xmlrpc",
                                                                "cgi",
                                                                "IPython",
                                                                "paramiko",
                                                                "fabric",
                                                                "invoke",
                                                                "sh",
                                                                "plumbum",
                                                                "pexpect",
                                                                "_posixsubprocess",
                                                                "numpy.testing._private.utils",
                                                                "numpy.distutils",
                                                                "torch.package"};
constexpr std::array<std::string_view, 21> kDangerousBuiltins = {
    "eval",    "exec",    "compile", "__import__", "open",        "getattr",    "setattr",
    "delattr", "globals", "locals",  "vars",       "input",       "breakpoint", "execfile",
    "file",    "help",    "apply",   "memoryview", "classmethod", "type",       "exit"};
// Of libraries of models, by the last part of the name.
constexpr std::array<std::string_view, 44> kDangerousNames = {"get_file",
                                                              "enable_unsafe_deserialization",
                                                              "load_model",
                                                              "load_weights",
                                                              "func_load",
                                                              "extract_archive",
                                                              "model_from_json",
                                                              "model_from_yaml",
                                                              "TorchModuleWrapper",
                                                              "deserialize_keras_object",
                                                              "load_inline",
                                                              "collect_env.run",
                                                              "torch.load",
                                                              "hub.load",
                                                              "load_state_dict_from_url",
                                                              "jit.load",
                                                              "cpp_extension.load",
                                                              "numpy.load",
                                                              "numpy.memmap",
                                                              "numpy.fromfile",
                                                              "numpy.loadtxt",
                                                              "numpy.genfromtxt",
                                                              "numpy.save",
                                                              "numpy.savetxt",
                                                              "read_pickle",
                                                              "to_pickle",
                                                              "pandas.eval",
                                                              "read_csv",
                                                              "read_html",
                                                              "yaml.load",
                                                              "unsafe_load",
                                                              "full_load",
                                                              "py_function",
                                                              "numpy_function",
                                                              "py_func",
                                                              "read_file",
                                                              "write_file",
                                                              "_run_entry_point",
                                                              "hydra.utils.call",
                                                              "hydra.utils.get_method",
                                                              "hydra.utils.get_class",
                                                              "hydra.utils.instantiate",
                                                              "runstring",
                                                              "resolve_name"};
constexpr std::array<std::string_view, 33> kKnownLibraries = {"keras",
                                                              "tensorflow",
                                                              "tf_keras",
                                                              "keras_hub",
                                                              "keras_nlp",
                                                              "keras_cv",
                                                              "torch",
                                                              "torchvision",
                                                              "torchaudio",
                                                              "torchmetrics",
                                                              "sklearn",
                                                              "numpy",
                                                              "scipy",
                                                              "pandas",
                                                              "transformers",
                                                              "diffusers",
                                                              "peft",
                                                              "accelerate",
                                                              "datasets",
                                                              "tokenizers",
                                                              "nemo",
                                                              "pytorch_lightning",
                                                              "lightning",
                                                              "omegaconf",
                                                              "timm",
                                                              "einops",
                                                              "megatron",
                                                              "apex",
                                                              "xgboost",
                                                              "lightgbm",
                                                              "optax",
                                                              "flax",
                                                              "sentence_transformers"};

bool within(std::string_view module, std::string_view of) {
  return module == of || (module.starts_with(of) && module[of.size()] == '.');
}

}  // namespace

CallableRisk risk_of(std::string_view module, std::string_view name) {
  std::string dotted(module);
  dotted += dotted.empty() ? "" : ".";
  dotted += name;
  return risk_of(dotted);
}

CallableRisk risk_of(std::string_view dotted) {
  if (dotted.starts_with("__main__.")) {
    dotted.remove_prefix(std::string_view("__main__.").size());  // of whoever loads it
    return dotted.find("__") != std::string_view::npos ? CallableRisk::kDangerous
                                                       : CallableRisk::kUnknown;
  }
  if (dotted.starts_with("os.path.")) {
    return CallableRisk::kKnown;
  }
  if (std::ranges::any_of(kDangerousModules,
                          [&](std::string_view module) { return within(dotted, module); }) ||
      dotted.find("__") != std::string_view::npos) {
    return CallableRisk::kDangerous;
  }
  const std::string_view first = dotted.substr(0, dotted.find('.'));
  const std::string_view last = dotted.substr(dotted.rfind('.') + 1);
  if (first == "builtins" || first == "__builtin__" || first == last) {
    return one_of(last, kDangerousBuiltins) ? CallableRisk::kDangerous
           : first == last                  ? CallableRisk::kUnknown
                                            : CallableRisk::kKnown;
  }
  for (const std::string_view name : kDangerousNames) {
    if (dotted == name || (dotted.ends_with(name) && dotted.size() > name.size() &&
                           dotted[dotted.size() - name.size() - 1] == '.')) {
      return CallableRisk::kDangerous;
    }
  }
  // `torch.os.system`: a module that a library has imported.
  size_t at = dotted.find('.');
  while (at != std::string_view::npos) {
    const size_t end = dotted.find('.', at + 1);
    const std::string_view part = dotted.substr(at + 1, end - at - 1);
    static constexpr std::array<std::string_view, 7> kImported = {
        "os", "sys", "subprocess", "shutil", "importlib", "pickle", "builtins"};
    if (end != std::string_view::npos && one_of(part, kImported)) {
      return CallableRisk::kDangerous;
    }
    at = end;
  }
  // What pickles must not call, nobody else's configuration may.
  const size_t name_at = dotted.rfind('.');
  const pickle::Standing standing =
      pickle::standing_of(dotted.substr(0, name_at), dotted.substr(name_at + 1));
  if (standing.danger || !standing.reached.empty() ||
      (standing.origin == pickle::Origin::kStandard && !standing.role && standing.telling)) {
    return CallableRisk::kDangerous;
  }
  const bool harmless =
      standing.role &&
      (*standing.role == pickle::Role::kClass || *standing.role == pickle::Role::kReferenced ||
       *standing.role == pickle::Role::kCaller || *standing.role == pickle::Role::kCalled);
  return harmless || one_of(first, kKnownLibraries) ? CallableRisk::kKnown : CallableRisk::kUnknown;
}

}  // namespace sally::vet::model
