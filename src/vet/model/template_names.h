// The names that lead a template out of itself.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace sally::vet::model {

// Names of Python's objects that lead from any value to all of it.
inline constexpr std::array<std::string_view, 59> kInternals = {"__class__",
                                                                "__base__",
                                                                "__bases__",
                                                                "__mro__",
                                                                "mro",
                                                                "__subclasses__",
                                                                "__init__",
                                                                "__globals__",
                                                                "__builtins__",
                                                                "__builtin__",
                                                                "__import__",
                                                                "__dict__",
                                                                "__code__",
                                                                "__closure__",
                                                                "__self__",
                                                                "__func__",
                                                                "__getattribute__",
                                                                "__getattr__",
                                                                "__setattr__",
                                                                "__delattr__",
                                                                "__reduce__",
                                                                "__reduce_ex__",
                                                                "__loader__",
                                                                "__spec__",
                                                                "__module__",
                                                                "__wrapped__",
                                                                "__call__",
                                                                "__new__",
                                                                "__getitem__",
                                                                "__init_subclass__",
                                                                "__subclasshook__",
                                                                "__defaults__",
                                                                "__kwdefaults__",
                                                                "__annotations__",
                                                                "__traceback__",
                                                                "__context__",
                                                                "__cause__",
                                                                "__weakref__",
                                                                "__enter__",
                                                                "__exit__",
                                                                "__file__",
                                                                "__path__",
                                                                "__set__",
                                                                "__get__",
                                                                "__prepare__",
                                                                "__instancecheck__",
                                                                "__getstate__",
                                                                "func_globals",
                                                                "func_code",
                                                                "im_func",
                                                                "im_self",
                                                                "gi_frame",
                                                                "gi_code",
                                                                "cr_frame",
                                                                "ag_frame",
                                                                "f_globals",
                                                                "f_builtins",
                                                                "f_back",
                                                                "tb_frame"};
inline constexpr std::array<std::string_view, 8> kHarmlessDunders = {
    "__name__", "__doc__", "__len__", "__str__", "__repr__", "__type__", "__html__", "__version__"};
inline constexpr std::array<std::string_view, 9> kSpecials = {
    "self", "cycler", "joiner", "lipsum", "namespace", "range", "dict", "undefined", "caller"};
// What web servers put among a template's names.
inline constexpr std::array<std::string_view, 8> kServers = {
    "request",  "config", "session", "current_app", "url_for", "get_flashed_messages",
    "settings", "handler"};
// Of Python: called by a name that nothing in the template binds.
inline constexpr std::array<std::string_view, 22> kBuiltins = {
    "eval",         "exec",       "compile", "open",     "getattr", "setattr",
    "delattr",      "globals",    "locals",  "vars",     "input",   "execfile",
    "file",         "breakpoint", "popen",   "system",   "Popen",   "import_module",
    "check_output", "urlopen",    "type",    "getoutput"};
inline constexpr std::array<std::string_view, 22> kModules = {
    "os",       "sys",     "subprocess", "shutil",   "importlib", "builtins", "socket", "requests",
    "urllib",   "pickle",  "marshal",    "ctypes",   "pty",       "posix",    "nt",     "runpy",
    "commands", "pathlib", "httpx",      "platform", "codecs",    "linecache"};
// Called of whatever it is: methods of nothing that a template is given.
inline constexpr std::array<std::string_view, 12> kRunners = {
    "popen",   "Popen",         "check_output", "check_call",  "getoutput", "getstatusoutput",
    "urlopen", "import_module", "exec_module",  "load_module", "execvp",    "spawnv"};
// Filters that give the attribute of each element.
inline constexpr std::array<std::string_view, 9> kAttributeFilters = {
    "map", "selectattr", "rejectattr", "groupby", "sort", "sum", "unique", "min", "max"};

inline bool one_of(std::string_view word, std::span<const std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

}  // namespace sally::vet::model
