#include "vet/code/python_calls.h"

#include <array>

namespace sally::vet::code {
namespace {

using enum CallCheck;

constexpr std::string_view kPickle = "a pickle is loaded";
constexpr std::string_view kTool = "what a model writes is run by this tool";

constexpr std::array kRows = {
    CallRow{"torch.load", RuleId::kTorchLoad, kUnlessTrue, "weights_only",
            "`weights_only=True` is missing: before torch 2.6 that runs a pickle"},
    CallRow{"pickle.load", RuleId::kPickleLoad, kAlways, "", kPickle},
    CallRow{"pickle.loads", RuleId::kPickleLoad, kAlways, "", kPickle},
    CallRow{"pickle.Unpickler", RuleId::kPickleLoad, kAlways, "", kPickle},
    CallRow{"_pickle.load", RuleId::kPickleLoad, kAlways, "", kPickle},
    CallRow{"_pickle.loads", RuleId::kPickleLoad, kAlways, "", kPickle},
    CallRow{"cPickle.load", RuleId::kPickleLoad, kAlways, "", kPickle},
    CallRow{"cPickle.loads", RuleId::kPickleLoad, kAlways, "", kPickle},
    CallRow{"dill.load", RuleId::kPickleLoad, kAlways, "", kPickle},
    CallRow{"dill.loads", RuleId::kPickleLoad, kAlways, "", kPickle},
    CallRow{"dill.load_session", RuleId::kPickleLoad, kAlways, "", kPickle},
    CallRow{"cloudpickle.load", RuleId::kPickleLoad, kAlways, "", kPickle},
    CallRow{"cloudpickle.loads", RuleId::kPickleLoad, kAlways, "", kPickle},
    CallRow{"joblib.load", RuleId::kPickleLoad, kAlways, "", kPickle},
    CallRow{"sklearn.externals.joblib.load", RuleId::kPickleLoad, kAlways, "", kPickle},
    CallRow{"shelve.open", RuleId::kPickleLoad, kAlways, "", "a shelf is a file of pickles"},
    CallRow{"pandas.read_pickle", RuleId::kPickleLoad, kAlways, "", kPickle},
    CallRow{"jsonpickle.decode", RuleId::kPickleLoad, kAlways, "", "any object is made"},
    CallRow{"skops.io.load", RuleId::kPickleLoad, kIfTrue, "trusted", "any type is trusted"},
    CallRow{"yaml.unsafe_load", RuleId::kYamlLoad, kAlways, "", "any object is made"},
    CallRow{"yaml.unsafe_load_all", RuleId::kYamlLoad, kAlways, "", "any object is made"},
    CallRow{"numpy.load", RuleId::kNumpyPickle, kIfTrue, "allow_pickle",
            "`allow_pickle=True` runs the pickles of the file"},
    CallRow{"marshal.load", RuleId::kMarshalLoad, kAlways, "", "code objects are read"},
    CallRow{"marshal.loads", RuleId::kMarshalLoad, kAlways, "", "code objects are read"},
    CallRow{"*.load_model", RuleId::kUnsafeKeras, kIfFalse, "safe_mode",
            "`safe_mode=False` runs the Lambda layers of the file"},
    CallRow{"keras.config.enable_unsafe_deserialization", RuleId::kUnsafeKeras, kAlways, "",
            "Lambda layers are run"},
    CallRow{"tensorflow.keras.config.enable_unsafe_deserialization", RuleId::kUnsafeKeras, kAlways,
            "", "Lambda layers are run"},
    CallRow{"tempfile.mktemp", RuleId::kTempName, kAlways, "", "a name is made, but no file"},
    CallRow{"tarfile.open().extractall", RuleId::kArchiveExtract, kIfMissing, "filter",
            "members of a tar may lie outside the folder"},
    CallRow{"tarfile.TarFile().extractall", RuleId::kArchiveExtract, kIfMissing, "filter",
            "members of a tar may lie outside the folder"},
    CallRow{"*.launch", RuleId::kPublicShare, kIfTrue, "share",
            "`share=True` opens a tunnel to this machine"},
    CallRow{"langchain_experimental.tools.PythonREPLTool", RuleId::kModelTool, kAlways, "", kTool},
    CallRow{"langchain_experimental.tools.python.tool.PythonREPLTool", RuleId::kModelTool, kAlways,
            "", kTool},
    CallRow{"langchain_experimental.tools.PythonAstREPLTool", RuleId::kModelTool, kAlways, "",
            kTool},
    CallRow{"langchain_experimental.utilities.PythonREPL", RuleId::kModelTool, kAlways, "", kTool},
    CallRow{"langchain.tools.python.tool.PythonREPLTool", RuleId::kModelTool, kAlways, "", kTool},
    CallRow{"langchain.utilities.PythonREPL", RuleId::kModelTool, kAlways, "", kTool},
    CallRow{"langchain.python.PythonREPL", RuleId::kModelTool, kAlways, "", kTool},
    CallRow{"langchain_community.tools.ShellTool", RuleId::kModelTool, kAlways, "", kTool},
    CallRow{"langchain.tools.ShellTool", RuleId::kModelTool, kAlways, "", kTool},
    CallRow{"langchain_experimental.agents.create_pandas_dataframe_agent", RuleId::kModelTool,
            kAlways, "", kTool},
    CallRow{"langchain_experimental.agents.agent_toolkits.create_python_agent", RuleId::kModelTool,
            kAlways, "", kTool},
    CallRow{"langchain_experimental.pal_chain.PALChain", RuleId::kModelTool, kAlways, "", kTool},
    CallRow{"smolagents.LocalPythonExecutor", RuleId::kModelTool, kAlways, "", kTool},
};

}  // namespace

std::span<const CallRow> call_rows() {
  return kRows;
}

bool names(const CallRow& row, std::string_view path) {
  return row.path.starts_with('*') ? path.ends_with(row.path.substr(1)) : path == row.path;
}

}  // namespace sally::vet::code
