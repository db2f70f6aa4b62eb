"""Measures `sallyport scan`: the command itself, on files that are made here.

Models are sparse files of their true size: a scan of their structure reads no tensors, and what the disk
can do is not what is measured. The floor beside a rate is the plain reading of the same file.
"""

import io
import json
import os
import pickle
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import types
import zlib
from pathlib import Path

GIB = 1 << 30
COMMAND = "tests/bench/bench.py --room scan"
# key: (unit, bar, aim)
BARS = {
    "scan.walk_gb_per_s": ("GB/s", 1, 100),
    "scan.pickle_mb_per_s": ("MB/s", 100, 300),
    "scan.files_per_s": ("files/s", 2000, 20000),
    "scan.start_ms": ("ms", 20, 5),
    "scan.sparse_rss_mb": ("MiB", 64, 32),
}


def safetensors(path, octets, tensors=400):
    """A model of `octets`, its tensors one after the other."""
    each = octets // tensors // 4 * 4
    header = json.dumps({f"model.layers.{n}.weight": {"dtype": "F32", "shape": [each // 4],
                                                      "data_offsets": [n * each, (n + 1) * each]}
                         for n in range(tensors)}).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        file.truncate(8 + len(header) + tensors * each)


def gguf(path, octets, tensors=400):
    """Version 3 with some metadata, a vocabulary, and tensors of 32-bit floats."""
    each = octets // tensors // 32 * 32

    def text(value):
        return struct.pack("<Q", len(value)) + value.encode()

    words = [f"token{n}" for n in range(32000)]
    pairs = [text("general.architecture") + struct.pack("<I", 8) + text("llama"),
             text("general.alignment") + struct.pack("<II", 4, 32),
             text("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, len(words))
             + b"".join(map(text, words))]
    infos = [text(f"blk.{n}.weight") + struct.pack("<IQIQ", 1, each // 4, 0, n * each)
             for n in range(tensors)]
    head = b"GGUF" + struct.pack("<IQQ", 3, tensors, len(pairs)) + b"".join(pairs + infos)
    head += bytes(-len(head) % 32)
    with open(path, "wb") as file:
        file.write(head)
        file.truncate(len(head) + tensors * each)


def state_dict(tensors, each):
    """What torch.save writes as data.pkl, without torch: the names alone are needed."""
    rebuild = types.FunctionType((lambda *_: None).__code__, {}, "_rebuild_tensor_v2")
    rebuild.__module__, rebuild.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    storage = type("FloatStorage", (), {"__module__": "torch"})
    modules = {"torch": types.ModuleType("torch"), "torch._utils": types.ModuleType("torch._utils")}
    modules["torch"].FloatStorage = storage
    modules["torch._utils"]._rebuild_tensor_v2 = rebuild

    class Key:
        def __init__(self, number):
            self.number = number

    class Tensor:
        def __init__(self, number):
            self.number = number

        def __reduce__(self):
            return rebuild, (Key(self.number), 0, (each // 4,), (1,), False, {})

    class Pickler(pickle.Pickler):
        def persistent_id(self, thing):
            if isinstance(thing, Key):
                return ("storage", storage, str(thing.number), "cpu", each // 4)
            return None

    before = {name: sys.modules.get(name) for name in modules}
    sys.modules.update(modules)
    try:
        out = io.BytesIO()
        Pickler(out, protocol=2).dump({f"layer.{n}.weight": Tensor(n) for n in range(tensors)})
        return out.getvalue()
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


def torch_zip(path, octets, tensors=64):
    """A zip with stored members, as torch writes it: zip64 where 32 bits are too few."""
    each = octets // tensors // 64 * 64
    crc = 0
    for _ in range(each // (1 << 20)):
        crc = zlib.crc32(bytes(1 << 20), crc)
    crc = zlib.crc32(bytes(each % (1 << 20)), crc)
    data = state_dict(tensors, each)
    members = [("archive/data.pkl", data, len(data), zlib.crc32(data)),
               *((f"archive/data/{n}", None, each, crc) for n in range(tensors)),
               ("archive/version", b"3\n", 2, zlib.crc32(b"3\n"))]
    central = b""
    with open(path, "wb") as file:
        for name, content, size, check in members:
            at = file.tell()
            pad = -(at + 30 + len(name) + 4) % 64
            extra = struct.pack("<HH", 0x4246, pad) + b"Z" * pad
            file.write(struct.pack("<IHHHHHIIIHH", 0x04034B50, 45, 0, 0, 0, 0x21, check, size, size,
                                   len(name), len(extra)) + name.encode() + extra)
            if content is None:
                file.seek(size, os.SEEK_CUR)
            else:
                file.write(content)
            wide = struct.pack("<HHQ", 1, 8, at)
            central += struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 45, 45, 0, 0, 0, 0x21, check, size,
                                   size, len(name), len(wide), 0, 0, 0, 0, 0xFFFFFFFF)
            central += name.encode() + wide
        start = file.tell()
        file.write(central)
        end = file.tell()
        file.write(struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, len(members), len(members),
                               len(central), start))
        file.write(struct.pack("<IIQI", 0x07064B50, 0, end, 1))
        file.write(struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0))


def run(program, *arguments):
    """Seconds of the clock, the most memory in MiB, and what it printed."""
    began = time.monotonic()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen([program, "scan", *map(str, arguments)], stdout=out,
                                   stderr=subprocess.DEVNULL, env=os.environ | {"NO_COLOR": "1"})
        _, status, usage = os.wait4(process.pid, 0)
        took = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read()
    return took, usage.ru_maxrss / 1024, process.returncode, text


def read_rate(path):
    """Octets a second of reading the file, the cache being warm."""
    began = time.monotonic()
    with open(path, "rb", buffering=0) as file:
        while file.read(1 << 20):
            pass
    return os.stat(path).st_size / (time.monotonic() - began)


def expect(done, statuses, what):
    if done[2] not in statuses:
        raise SystemExit(f"scan of {what} ended with {done[2]}:\n{done[3].decode(errors='replace')}")
    return done


def measure(program, rounds):
    """Rows of results.json, and of details.json."""
    rows, details = [], []

    def row(key, value, peer, spread):
        unit, bar, aim = BARS[key]
        rows.append({"key": key, "value": round(value, 3), "unit": unit, "bar": bar, "aim": aim,
                     "peer": peer, "command": COMMAND})
        details.append({"key": key, "spread": spread})
        print(f"{key}: {value:.3f} {unit} ({spread}; {peer})", flush=True)

    folder = Path(tempfile.mkdtemp(prefix="sally-bench-scan-", dir=os.environ.get("TMPDIR", "/tmp")))
    try:
        # First: the most that a process had in memory counts what it was forked from.
        huge = folder / "huge.safetensors"
        safetensors(huge, 100_000_000_000)
        done = expect(run(program, huge), (0,), "100 GB")
        row("scan.sparse_rss_mb", done[1], None, f"100 GB, {done[0] * 1000:.0f} ms")

        walks = {}
        for name, make in (("torch.pt", torch_zip), ("model.safetensors", safetensors),
                           ("model.gguf", gguf)):
            path = folder / name
            make(path, 16 * GIB)
            size = path.stat().st_size
            times = [expect(run(program, "--max-hashed", "0", "--fail-on", "critical", path), (0,),
                            name)[0] for _ in range(rounds)]
            walks[name] = size / 1e9 / statistics.median(times)
            path.unlink()
        row("scan.walk_gb_per_s", min(walks.values()), "the slowest of the three, a start included",
            ", ".join(f"{name} {rate:,.0f}" for name, rate in walks.items()))

        dense = folder / "dense.pkl"
        dense.write_bytes(pickle.dumps([(n, n * 0.5, f"key{n}", (n & 7, None, True))
                                        for n in range(1_000_000)], protocol=2))
        size = dense.stat().st_size
        run(program, dense)
        times = [expect(run(program, "--max-hashed", "0", dense), (0,), "a dense pickle")[0]
                 for _ in range(rounds)]
        floor = max(read_rate(dense) for _ in range(3))
        row("scan.pickle_mb_per_s", size / 1e6 / statistics.median(times),
            f"plain read {floor / 1e6:,.0f} MB/s",
            f"{size / 1e6:.0f} MB, rounds {size / 1e6 / max(times):.0f} to {size / 1e6 / min(times):.0f}")
        dense.unlink()

        many = folder / "many"
        for n in range(20_000):
            path = many / f"{n % 100:02}" / f"{n}{('.pkl', '.json', '.py', '.txt')[n % 4]}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes((pickle.dumps({"weights": [n, 1.5], "name": f"m{n}"}),
                              json.dumps({"hidden_size": n, "model_type": "llama"}).encode(),
                              f"import json\n\n\ndef f{n}(x):\n    return json.dumps(x)\n".encode(),
                              f"notes about run {n}\n".encode() * 20)[n % 4])
        times = [expect(run(program, "--quiet", many), (0,), "20,000 small files")[0]
                 for _ in range(rounds)]
        began = time.monotonic()
        for path in many.rglob("*.*"):
            path.read_bytes()
        floor = 20_000 / (time.monotonic() - began)
        row("scan.files_per_s", 20_000 / statistics.median(times),
            f"listed and read by Python {floor:,.0f} files/s",
            f"rounds {20_000 / max(times):,.0f} to {20_000 / min(times):,.0f}; {os.cpu_count()} cores")
        one = next(many.rglob("*.pkl"))
        times = [expect(run(program, one), (0,), "one small file")[0] * 1000 for _ in range(31)]
        nothing = []
        for _ in range(31):
            began = time.monotonic()
            subprocess.run(["/bin/true"], check=True)
            nothing.append((time.monotonic() - began) * 1000)
        row("scan.start_ms", statistics.median(times), f"/bin/true {statistics.median(nothing):.1f} ms",
            f"31 runs, {min(times):.1f} to {max(times):.1f}")
    finally:
        shutil.rmtree(folder)
    return rows, details
