#!/usr/bin/python3
"""Pickles read by the project's machine and by CPython's: opcodes with their offsets against pickletools, names
against pickle._Unpickler with a find_class() and a REDUCE that do nothing.

    run.py --binary PROGRAM [--cases N] [--seed N] [--corpus FOLDER]

Nothing of a corpus is loaded: its files are compared by their opcodes only.
"""
import argparse
import collections
import datetime
import decimal
import io
import pickle
import pickletools
import random
import subprocess
import sys
import tempfile
from pathlib import Path


def opcodes(octets):
    """What pickletools reads: offsets and codes, and whether it came to STOP."""
    read = []
    try:
        for opcode, _, at in pickletools.genops(io.BytesIO(octets)):
            read.append((at, ord(opcode.code)))
    except Exception:  # whatever it raises, it has read no further
        return read, False
    return read, True


class Names(pickle._Unpickler):
    """Records names; makes nothing."""

    def __init__(self, file):
        super().__init__(file)
        self.names = []

    def find_class(self, module, name):
        if self.proto < 3:
            import _compat_pickle
            if (module, name) in _compat_pickle.NAME_MAPPING:
                module, name = _compat_pickle.NAME_MAPPING[(module, name)]
            elif module in _compat_pickle.IMPORT_MAPPING:
                module = _compat_pickle.IMPORT_MAPPING[module]
        self.names.append((module, name))
        return Inert


class Inert:
    """Stands for whatever a name or a call gives."""

    def __new__(cls, *_, **__):
        return object.__new__(cls)

    def __init__(self, *_, **__):
        pass

    def __setstate__(self, _):
        pass

    def __setitem__(self, *_):
        pass

    def append(self, _):
        pass

    def extend(self, _):
        pass

    def add(self, _):
        pass

    def __hash__(self):
        return id(self)


def value(chance, depth=0):
    kinds = ["int", "big", "float", "text", "octets", "none", "bool"]
    if depth < 4:
        kinds += ["list", "tuple", "dict", "set", "date", "decimal", "ordered", "class", "octets_array"]
    kind = chance.choice(kinds)
    some = range(chance.randrange(6))
    if kind == "int":
        return chance.choice([0, 1, 255, 256, 65535, 65536, -1, -129, 2**31 - 1, -2**31])
    if kind == "big":
        return chance.getrandbits(chance.choice([33, 64, 200, 3000])) - 2**40
    if kind == "float":
        return chance.random()
    if kind == "text":
        return "".join(chance.choice("ab\n\\'é\u20ac\U0001f600os.system") for _ in range(chance.choice([0, 3, 300])))
    if kind == "octets":
        return chance.randbytes(chance.choice([0, 5, 300]))
    if kind == "octets_array":
        return bytearray(chance.randbytes(9))
    if kind == "none":
        return None
    if kind == "bool":
        return chance.random() < 0.5
    if kind == "list":
        return [value(chance, depth + 1) for _ in some]
    if kind == "tuple":
        return tuple(value(chance, depth + 1) for _ in some)
    if kind == "dict":
        return {chance.randrange(1000): value(chance, depth + 1) for _ in some}
    if kind == "set":
        return chance.choice([set, frozenset])(chance.randrange(100) for _ in some)
    if kind == "date":
        return datetime.datetime(2020, 1, 1, chance.randrange(24))
    if kind == "decimal":
        return decimal.Decimal(chance.randrange(1000)) / 7
    if kind == "ordered":
        return collections.OrderedDict((i, value(chance, depth + 1)) for i in some)
    return chance.choice([collections.deque, datetime.date, decimal.Decimal, dict])


def made(chance):
    """A pickle; one in three is damaged."""
    octets = bytearray(pickle.dumps(value(chance), protocol=chance.randrange(6)))
    if chance.random() < 0.33:
        for _ in range(chance.randrange(1, 4)):
            what = chance.randrange(3)
            at = chance.randrange(len(octets)) if octets else 0
            if what == 0 and octets:
                octets[at] = chance.choice(b"().012]}KMJNcghjqrpstuebRio\x80\x81\x85\x86\x94\x93\x8c\x95\n")
            elif what == 1:
                del octets[at:at + chance.randrange(4)]
            else:
                octets[at:at] = chance.choice([b"0", b"2", b"(", b"1", b"N", b"h\x00", b"\x94", b"q\x05"])
    return bytes(octets)


def read(binary, path):
    lines = subprocess.run([binary, path], capture_output=True, check=True).stdout.decode(errors="replace").split("\n")
    ops = [tuple(map(int, line.split()[1:])) for line in lines if line.startswith("op ")]
    names = [tuple(bytes.fromhex(name).decode(errors="surrogateescape") for name in line.split(" ", 3)[2:])
             for line in lines if line.startswith("import ")]
    ends = [line.split()[1] for line in lines if line.startswith("end ")]
    return ops, names, ends[-1]


def difference(binary, path, octets, load):
    ops, names, end = read(binary, path)
    theirs, stopped = opcodes(octets)
    # The machine carries out what it reads and ends where CPython's loader raises; pickletools only reads on.
    # Where it refuses a constant that the loader takes (INT in another base), it reads less.
    both = min(len(ops), len(theirs))
    if ops[:both] != theirs[:both] or (stopped and len(ops) > both):
        return f"opcodes differ at {next((i for i, (a, b) in enumerate(zip(ops, theirs)) if a != b), both)}"
    if end == "stop" and stopped and len(ops) != len(theirs):
        return "ended with STOP elsewhere"
    if not load:
        return None
    loader = Names(io.BytesIO(octets))
    try:
        loader.load()
        good = True
    except Exception:  # any of them ends a load
        good = False
    if good and end != "stop":
        return "loads, and the machine refuses it"
    if loader.names != names[:len(loader.names)]:
        return f"names differ: {loader.names[:5]} and {names[:5]}"
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--corpus")
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    compared = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "pickle")
        for number in range(arguments.cases):
            octets = made(chance)
            path.write_bytes(octets)
            if found := difference(arguments.binary, path, octets, True):
                print(f"case {number} of seed {arguments.seed}: {found}\n{octets!r}")
                return 1
            compared += 1
    if arguments.corpus:
        for path in sorted(Path(arguments.corpus).rglob("*")):
            if path.suffix in (".pkl", ".pickle", ".dill", ".bin"):
                if found := difference(arguments.binary, path, path.read_bytes(), False):
                    print(f"{path.name}: {found}")
                    return 1
                compared += 1
    print(f"{compared} pickles read alike")
    return 0


if __name__ == "__main__":
    sys.exit(main())
