"""Archives and compressed files: payloads where some loader finds them, and archives that only look
odd. Nothing here is ever loaded; the payloads are pickles of a few opcodes, assembled by hand."""
import bz2
import gzip
import importlib.util
import io
import lzma
import struct
import tarfile
import zipfile
import zlib

try:
    import lz4.frame
except ImportError:
    lz4 = None
try:
    import joblib
    import numpy
except ImportError:
    joblib = numpy = None

from case import Case

COMMAND = b"echo sallyport"
# GLOBAL, REDUCE: os.system(COMMAND), by the oldest and by a newer protocol.
PAYLOAD = b"cos\nsystem\n(S'" + COMMAND + b"'\ntR."
PAYLOAD2 = (b"\x80\x02cposix\nsystem\nX" + struct.pack("<L", len(COMMAND)) + COMMAND + b"\x85R.")
DATA = b"\x80\x02}X\x04\x00\x00\x00nameX\x05\x00\x00\x00values."  # {"name": "value"}
STORED, DEFLATED, BZIP2, LZMA, ZSTD = 0, 8, 12, 14, 93


def text(value):
    return b"X" + struct.pack("<L", len(value)) + value.encode()


def state_dict(count=64):
    """What torch.save writes for {"weight": tensor of `count` floats}, with its storage `0`."""
    ordered = b"ccollections\nOrderedDict\n)R"
    storage = (b"(" + text("storage") + b"ctorch\nFloatStorage\n" + text("0") + text("cpu") + b"M"
               + struct.pack("<H", count) + b"tQ")
    tensor = (b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + b"K\x00M" + struct.pack("<H", count)
              + b"\x85K\x01\x85\x89" + ordered + b"tR")
    return b"\x80\x02" + ordered + b"(" + text("weight") + tensor + b"u."


def entry(name, octets, method=STORED, flags=0, **listed):
    """One member. `listed` is what the directory says instead; `local_name`, `local_flags`, ... what the
    local header says; `packed` are the octets as they stand there."""
    return {"name": name, "octets": octets, "method": method, "flags": flags, **listed}


def pack(octets, method):
    if method == DEFLATED:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        return packer.compress(octets) + packer.flush()
    if method == BZIP2:
        return bz2.compress(octets)
    if method == LZMA:
        raw = lzma.compress(octets, lzma.FORMAT_RAW,
                            filters=[{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16}])
        return b"\x09\x14\x05\x00\x5d\x00\x00\x01\x00" + raw
    return octets


def make_zip(entries, comment=b"", prefix=b"", shift=None):
    """A zip; `shift` is added to the offsets (default: the length of `prefix`)."""
    shift = len(prefix) if shift is None else shift
    out, directory, count = b"", b"", 0
    for one in entries:
        octets = one["octets"]
        packed = one.get("packed", pack(octets, one["method"]))
        crc = one.get("crc", zlib.crc32(octets))
        name = one.get("local_name", one["name"]).encode("latin-1")
        offset = one.get("offset", len(out))
        follows = one["flags"] & 8
        if "offset" not in one:
            out += struct.pack("<4sHHHHHLLLHH", b"PK\3\4", 20, one.get("local_flags", one["flags"]),
                               one.get("local_method", one["method"]), 0, 0x21,
                               0 if follows else one.get("local_crc", crc),
                               0 if follows else one.get("local_packed", len(packed)),
                               0 if follows else one.get("local_size", len(octets)), len(name),
                               len(one.get("extra", b""))) + name + one.get("extra", b"") + packed
            if follows:
                out += struct.pack("<4sLLL", b"PK\7\x08", crc, len(packed), len(octets))
        if one.get("hidden"):
            continue
        name = one["name"].encode("latin-1")
        count += 1
        directory += struct.pack("<4sHHHHHHLLLHHHHHLL", b"PK\1\2", 0x314, 20, one["flags"],
                                 one["method"], 0, 0x21, crc, one.get("listed_packed", len(packed)),
                                 one.get("listed_size", len(octets)), len(name), 0, 0, 0, 0,
                                 one.get("mode", 0o100644) << 16, offset + shift) + name
    end = struct.pack("<4sHHHHLLH", b"PK\5\6", 0, 0, count, count, len(directory), len(out) + shift,
                      len(comment))
    return prefix + out + directory + end + comment


def torch_zip(pickle, root="archive", **more):
    """As torch.save writes it: stored, aligned, sizes after the octets."""
    members = [(f"{root}/data.pkl", pickle), (f"{root}/byteorder", b"little"),
               (f"{root}/data/0", struct.pack("<64f", *range(64))), (f"{root}/version", b"3\n"),
               (f"{root}/.data/serialization_id", b"1234567890123456789012345678901234567890")]
    return make_zip([entry(name, octets, flags=0x808, extra=b"FB\x04\x00ZZZZ", **more)
                     for name, octets in members])


def torchscript(code):
    return make_zip([entry("m/data.pkl", DATA), entry("m/code/__torch__/m.py", code),
                     entry("m/code/__torch__/m.py.debug_pkl", DATA), entry("m/constants.pkl", b"\x80\x02)."),
                     entry("m/version", b"3\n"), entry("m/data/0", bytes(256))])


MAGIC = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."


def torch_legacy(pickle):
    system = (b"\x80\x02}(" + text("protocol_version") + b"M\xe9\x03" + text("little_endian") + b"\x88"
              + text("type_sizes") + b"}(" + text("short") + b"K\x02" + text("int") + b"K\x04"
              + text("long") + b"K\x04uu.")
    keys = b"\x80\x02]" + text("0") + b"a."
    storage = struct.pack("<q", 64) + struct.pack("<64f", *range(64))
    return MAGIC + b"\x80\x02M\xe9\x03." + system + pickle + keys + storage


def npy(octets, descr="'|O'", shape="(1,)", version=1):
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    before = 10 if version == 1 else 12
    header += b" " * (-(before + len(header) + 1) % 64) + b"\n"
    length = struct.pack("<H" if version == 1 else "<L", len(header))
    return b"\x93NUMPY" + bytes([version, 0]) + length + header + octets


def numbers(count=100):
    return npy(struct.pack(f"<{count}d", *range(count)), "'<f8'", f"({count},)")


def make_tar(members, form=tarfile.GNU_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for name, octets, *more in members:
            info = tarfile.TarInfo(name)
            info.size = len(octets)
            for key, value in (more[0] if more else {}).items():
                setattr(info, key, value)
            tar.addfile(info, io.BytesIO(octets))
    return out.getvalue()


def tar_header(name, size, kind=b"0", magic=b"ustar\x0000"):
    head = bytearray(512)
    head[0:len(name)] = name
    head[100:108] = b"0000644\0"
    head[124:136] = b"%011o\0" % size
    head[148:156] = b" " * 8
    head[156:157] = kind
    head[257:257 + len(magic)] = magic
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head)


def padded(octets):
    return octets + bytes(-len(octets) % 512)


def number(value):
    return bytes([value]) if value < 0x80 else bytes([0x80 | value >> 8, value & 0xFF])


def seven_zip(members, attributes=None):
    """A 7z archive, stored: a header of its own property by property. `attributes` are those of Windows,
    with a Unix mode above them."""
    data = b"".join(octets for _, octets in members)
    head = (b"\x01\x04\x06\x00\x01\x09" + number(len(data)) + b"\x00\x07\x0b\x01\x00\x01\x01\x00\x0c"
            + number(len(data)) + b"\x00\x08")
    if len(members) > 1:
        head += (b"\x0d" + number(len(members)) + b"\x09"
                 + b"".join(number(len(octets)) for _, octets in members[:-1]))
    head += b"\x0a\x01" + b"".join(struct.pack("<L", zlib.crc32(octets)) for _, octets in members)
    names = b"\x00" + b"".join(name.encode("utf-16-le") + b"\0\0" for name, _ in members)
    head += b"\x00\x00\x05" + number(len(members)) + b"\x11" + number(len(names)) + names
    if attributes is not None:
        of_all = b"\x01\x00" + struct.pack("<L", attributes) * len(members)
        head += b"\x15" + number(len(of_all)) + of_all
    head += b"\x00\x00"
    start = struct.pack("<QQL", len(data), len(head), zlib.crc32(head))
    return b"7z\xbc\xaf\x27\x1c\x00\x04" + struct.pack("<L", zlib.crc32(start)) + start + data + head


def critical(name, technique, content):
    return Case(name, technique, "critical", content)


def compressed():
    """The payload behind every codec that joblib and others write."""
    made = {"gz": gzip.compress(PAYLOAD, mtime=0), "bz2": bz2.compress(PAYLOAD), "xz": lzma.compress(PAYLOAD),
            "lzma": lzma.compress(PAYLOAD, lzma.FORMAT_ALONE), "z": zlib.compress(PAYLOAD),
            "fast.z": zlib.compress(PAYLOAD2, 1), "best.z": zlib.compress(PAYLOAD2, 9)}
    if lz4:
        made["lz4"] = lz4.frame.compress(PAYLOAD)
    for end, octets in made.items():
        yield critical(f"model.{end}", "compressed pickle", octets)
    yield critical("multi.gz", "compressed pickle",
                   gzip.compress(b"", mtime=0) + gzip.compress(PAYLOAD[:10], mtime=0)
                   + gzip.compress(PAYLOAD[10:], mtime=0))
    yield critical("twice.gz", "compressed pickle", gzip.compress(zlib.compress(PAYLOAD), mtime=0))
    yield critical("rest.gz", "compressed pickle", gzip.compress(b"text" * 20, mtime=0) + PAYLOAD2)
    broken = bytearray(gzip.compress(PAYLOAD + bytes(200_000), mtime=0))
    broken[-6] ^= 1
    yield critical("checksum.gz", "compressed pickle, damaged", bytes(broken))
    yield critical("cut.bz2", "compressed pickle, damaged",
                   bz2.compress(PAYLOAD) + bz2.compress(bytes(300_000))[:40])
    old = zlib.compress(PAYLOAD)
    yield critical("old.joblib", "compressed pickle", b"ZF" + hex(len(PAYLOAD)).ljust(19).encode() + old)
    yield critical("plain.joblib", "compressed pickle", zlib.compress(PAYLOAD2))


    deep = PAYLOAD
    for _ in range(20):
        deep = gzip.compress(deep, mtime=0)
    yield Case("deep.gz", "bomb", "high", deep)


def zips():
    pkl = entry("data.pkl", PAYLOAD)
    harmless = entry("readme.txt", b"nothing to see")
    trick = "zip trick"
    yield critical("plain.zip", "zip", make_zip([pkl]))
    for method, name in ((DEFLATED, "deflated"), (BZIP2, "bzip2"), (LZMA, "lzma")):
        yield critical(f"{name}.zip", "zip", make_zip([entry("data.pkl", PAYLOAD, method)]))
    yield critical("other_name.zip", "zip", make_zip([entry("data.txt", PAYLOAD2)]))
    yield critical("encrypted_bit.zip", trick, make_zip([entry("data.pkl", PAYLOAD, flags=1)]))
    yield critical("encrypted_bit_deflated.zip", trick,
                   make_zip([entry("data.pkl", PAYLOAD, DEFLATED, flags=1)]))
    yield critical("patched_bit.zip", trick, make_zip([entry("data.pkl", PAYLOAD, flags=0x20)]))
    yield critical("local_flag.zip", trick, make_zip([entry("data.pkl", PAYLOAD, local_flags=1)]))
    yield critical("local_name.zip", trick, make_zip([entry("data.pkl", PAYLOAD, local_name="data.txt")]))
    yield critical("listed_name.zip", trick, make_zip([entry("data.txt", PAYLOAD, local_name="data.pkl")]))
    yield critical("checksum.zip", trick, make_zip([entry("data.pkl", PAYLOAD, crc=1)]))
    yield critical("checksum_deflated.zip", trick, make_zip([entry("data.pkl", PAYLOAD, DEFLATED, crc=1)]))
    yield critical("twin_first.zip", trick, make_zip([pkl, entry("data.pkl", DATA)]))
    yield critical("twin_last.zip", trick, make_zip([entry("data.pkl", DATA), pkl]))
    yield critical("hidden.zip", trick, make_zip([harmless, entry("data.pkl", PAYLOAD, hidden=True)]))
    yield critical("hidden_first.zip", trick, make_zip([entry("a.pkl", PAYLOAD, hidden=True), harmless]))
    yield critical("no_directory.zip", trick, make_zip([pkl]).split(b"PK\1\2")[0])
    yield critical("cut.zip", trick, make_zip([pkl, harmless])[:-30])
    yield critical("listed_size.zip", trick, make_zip([entry("data.pkl", PAYLOAD, listed_size=2, listed_packed=2)]))
    yield critical("local_size.zip", trick, make_zip([entry("data.pkl", PAYLOAD, local_size=2, local_packed=2)]))
    yield critical("listed_method.zip", trick, make_zip([entry("data.pkl", PAYLOAD, local_method=DEFLATED)]))
    yield critical("descriptor.zip", trick, make_zip([entry("data.pkl", PAYLOAD, DEFLATED, flags=8)]))
    yield critical("short_deflated.zip", trick,
                   make_zip([entry("data.pkl", PAYLOAD + bytes(range(200)), DEFLATED, listed_packed=20)]))
    yield critical("no_sizes.zip", trick,
                   make_zip([entry("data.pkl", PAYLOAD, DEFLATED, flags=8, listed_packed=0, listed_size=0), harmless]))
    yield critical("two_in_a_row.zip", trick, make_zip([pkl]) + make_zip([harmless]))
    yield critical("two_in_a_row_last.zip", trick, make_zip([harmless]) + make_zip([pkl]))
    yield critical("prefixed.zip", trick, b"#!/bin/sh\nexit 0\n" + make_zip([pkl]))
    yield critical("prefixed_offsets.zip", trick, make_zip([pkl], prefix=b"anything at all " * 9))
    yield critical("appended.zip", trick, make_zip([pkl]) + b"and something else" * 9)
    yield critical("far_from_the_end.zip", trick, make_zip([pkl]) + bytes(200_000))
    png = b"\x89PNG\r\n\x1a\n" + struct.pack(">L", 0) + b"IEND" + struct.pack(">L", zlib.crc32(b"IEND"))
    yield critical("picture.png", trick, png + make_zip([pkl]))
    yield critical("comment_end.zip", trick, make_zip([pkl], comment=b"PK\5\6" + bytes(18)))
    yield critical("comment_zip.zip", trick, make_zip([harmless], comment=make_zip([pkl])))
    yield critical("comment_local.zip", trick,
                   make_zip([harmless], comment=make_zip([pkl]).split(b"PK\1\2")[0]))
    yield critical("comment_payload.zip", trick, make_zip([harmless], comment=PAYLOAD2))
    yield critical("comment_longest.zip", trick, make_zip([pkl], comment=b"-" * 0xFFFF))
    yield critical("outside.zip", trick, make_zip([harmless]) + PAYLOAD2)
    yield critical("nul.zip", trick, make_zip([entry("data.pkl\0.txt", PAYLOAD)]))
    yield critical("nested.zip", "archive in archive",
                   make_zip([entry("a.zip", make_zip([entry("b.zip", make_zip([pkl]), DEFLATED)]))]))
    yield critical("nested_prefixed.zip", "archive in archive",
                   make_zip([entry("a.bin", b"x" * 5000 + make_zip([pkl]), DEFLATED)]))
    yield critical("nested_gz.zip", "archive in archive",
                   make_zip([entry("data.pkl.gz", gzip.compress(PAYLOAD, mtime=0))]))
    yield critical("nested_tar.zip", "archive in archive",
                   make_zip([entry("a.tar.gz", gzip.compress(make_tar([("a.pkl", PAYLOAD)]), mtime=0))]))
    yield Case("traversal.zip", "name that leads outside", "high", make_zip([entry("../../etc/cron.d/a", b"x")]))
    yield Case("absolute.zip", "name that leads outside", "high", make_zip([entry("/etc/cron.d/a", b"x")]))
    yield Case("backslash.zip", "name that leads outside", "high", make_zip([entry("..\\..\\a", b"x")]))
    yield Case("link.zip", "name that leads outside", "medium",
               make_zip([entry("a", b"/etc/passwd", mode=0o120777)]))
    whole = make_zip([entry("a", make_zip([entry("b", bytes(1000))])), entry("c", b"1", offset=31)])
    yield Case("overlap.zip", "bomb", "high", whole)
    yield Case("bomb.zip", "bomb", "high", make_zip([entry("a", bytes(200 << 20), BZIP2)]))


def torch():
    yield critical("torch.pt", "torch zip", torch_zip(PAYLOAD2))
    yield critical("torch_named.pt", "torch zip", torch_zip(PAYLOAD2, root="model"))
    yield critical("torch_checksum.pt", "torch zip", torch_zip(PAYLOAD2, crc=7))
    yield critical("torch_constants.pt", "torch zip",
                   make_zip([entry("m/data.pkl", DATA), entry("m/constants.pkl", PAYLOAD2), entry("m/version", b"3\n")]))
    yield critical("torch_legacy.pt", "torch legacy", torch_legacy(PAYLOAD2))
    yield critical("torch_legacy_second.pt", "torch legacy", MAGIC + PAYLOAD2)
    yield critical("torch_old.pt", "torch tar", make_tar([("sys_info", DATA), ("pickle", PAYLOAD2),
                                                         ("tensors", b"K\x00."), ("storages", b"K\x00.")]))
    yield critical("script_file.pt", "TorchScript",
                   torchscript(b"def forward(self):\n  x = torch.from_file(\"/etc/passwd\", False, 9)\n  return x\n"))
    yield critical("script_save.pt", "TorchScript",
                   torchscript(b"def forward(self, x: Tensor):\n  _0 = ops.aten.save(x, \"/etc/cron.d/a\")\n"))
    yield critical("script_debug.pt", "TorchScript",
                   make_zip([entry("m/data.pkl", DATA), entry("m/code/m.py", b"pass\n"),
                             entry("m/code/m.py.debug_pkl", PAYLOAD2), entry("m/version", b"3\n")]))
    yield Case("package.pt", "torch package", "medium",
               make_zip([entry("p/.data/extern_modules", b"os\n"), entry("p/.data/version", b"6\n"),
                         entry("p/model/model.pkl", DATA), entry("p/net.py", b"import os\n")]))


def arrays():
    yield critical("objects.npy", "npy", npy(PAYLOAD2))
    yield critical("objects_v2.npy", "npy", npy(PAYLOAD2, version=2))
    yield critical("objects_v3.npy", "npy", npy(PAYLOAD2, version=3))
    yield critical("structured.npy", "npy", npy(PAYLOAD2, "[('a', '<i4'), ('b', '|O')]"))
    yield critical("typed.npy", "npy", npy(PAYLOAD2, "'object'"))
    yield critical("pickle.npy", "npy", PAYLOAD2)
    yield critical("after.npy", "npy", numbers() + PAYLOAD2)
    yield critical("second.npy", "npy", numbers() + npy(PAYLOAD2))
    yield critical("objects.npz", "npz", make_zip([entry("a.npy", npy(PAYLOAD2))]))
    yield critical("objects_deflated.npz", "npz",
                   make_zip([entry("a.npy", numbers(), DEFLATED), entry("b.npy", npy(PAYLOAD2), DEFLATED)]))
    yield critical("pickle.npz", "npz", make_zip([entry("a.npy", PAYLOAD2)]))


def tars():
    for form, name in ((tarfile.USTAR_FORMAT, "ustar"), (tarfile.GNU_FORMAT, "gnu"), (tarfile.PAX_FORMAT, "pax")):
        yield critical(f"{name}.tar", "tar", make_tar([("folder/" * 20 + "a.pkl", PAYLOAD)] if name != "ustar"
                                                      else [("a.pkl", PAYLOAD)], form))
    tar = make_tar([("a.pkl", PAYLOAD)])
    for end, octets in (("gz", gzip.compress(tar, mtime=0)), ("bz2", bz2.compress(tar)), ("xz", lzma.compress(tar))):
        yield critical(f"packed.tar.{end}", "tar", octets)
    clean = make_tar([("readme", b"text")])
    yield critical("after_end.tar", "tar trick", clean + tar)
    yield critical("rest.tar", "tar trick", clean + PAYLOAD2)
    record = b"9 size=0\n"
    yield critical("two_sizes.tar", "tar trick",
                   tar_header(b"pax", len(record), b"x") + padded(record) + tar_header(b"outer", 1024)
                   + tar_header(b"a.pkl", len(PAYLOAD)) + padded(PAYLOAD) + bytes(1024))
    yield critical("v7.tar", "tar", tar_header(b"a.pkl", len(PAYLOAD), magic=b"") + padded(PAYLOAD) + bytes(1024))
    sparse = b"1\n0\n%d\n" % len(PAYLOAD)
    fields = b"22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n" + b"%d GNU.sparse.realsize=%d\n" % (
        26, len(PAYLOAD))
    yield critical("sparse.tar", "tar trick",
                   tar_header(b"pax", len(fields), b"x") + padded(fields)
                   + tar_header(b"a.pkl", 512 + len(PAYLOAD)) + padded(sparse) + padded(PAYLOAD) + bytes(1024))
    yield Case("traversal.tar", "name that leads outside", "high", make_tar([("../../a", b"x")]))
    yield Case("through_link.tar", "name that leads outside", "high",
               make_tar([("l", b"", {"type": tarfile.SYMTYPE, "linkname": "/etc"}), ("l/cron.d/a", b"x")]))
    yield Case("link.tar", "name that leads outside", "medium",
               make_tar([("l", b"", {"type": tarfile.SYMTYPE, "linkname": "../../../etc/passwd"})]))
    yield critical("stored.7z", "7z", seven_zip([("a.pkl", PAYLOAD)]))
    # 0644, and no type
    yield critical("no_type.7z", "7z", seven_zip([("a.pkl", PAYLOAD)], attributes=0x1A48020))
    yield critical("second.7z", "7z", seven_zip([("readme.txt", b"text"), ("b/a.pkl", PAYLOAD2)]))


def benign(name, technique, content):
    return Case(name, technique, "benign", content)


def joblib_files():
    if not joblib:
        return
    value = {"weights": numpy.arange(300, dtype="float64").reshape(30, 10), "name": "os.system", "classes": [1, 2]}
    codecs = [("none", 0), ("zlib", ("zlib", 3)), ("gzip", ("gzip", 3)), ("bz2", ("bz2", 3)),
              ("xz", ("xz", 3)), ("lzma", ("lzma", 3))]
    if lz4 and importlib.util.find_spec("lz4"):
        codecs.append(("lz4", ("lz4", 3)))
    for name, how in codecs:
        out = io.BytesIO()
        try:
            joblib.dump(value, out, compress=how)
        except ValueError:
            continue  # this joblib does not know it
        yield benign(f"model_{name}.joblib", "joblib", out.getvalue())


def harmless():
    yield benign("state.pt", "torch", torch_zip(state_dict()))
    yield benign("state_named.pt", "torch", torch_zip(state_dict(), root="my model"))
    yield benign("state_legacy.pt", "torch", torch_legacy(state_dict()))
    yield benign("script.pt", "torch", torchscript(
        b"class Net(Module):\n  def forward(self: __torch__.Net, x: Tensor) -> Tensor:\n"
        b"    s = \"torch.save(x) and os.system\"\n    _0 = torch.add(torch.mm(x, self.weight), self.bias)\n"
        b"    return torch.relu(_0)\n"))
    yield benign("numbers.npy", "numpy", numbers())
    yield benign("two.npy", "numpy", numbers() + numbers(7))
    yield benign("empty.npy", "numpy", npy(b"", "'<f4'", "(0, 5)"))
    yield benign("structured.npy", "numpy", npy(bytes(24), "[('a', '<i4'), ('b', '<f8')]", "(2,)"))
    yield benign("plain.npz", "numpy", make_zip([entry("a.npy", numbers()), entry("b.npy", numbers(5))]))
    yield benign("zeros.npz", "numpy", make_zip([entry("a.npy", npy(bytes(24 << 20), "'|u1'", f"({24 << 20},)"), DEFLATED)]))
    if numpy:
        out = io.BytesIO()
        numpy.savez_compressed(out, a=numpy.arange(1000), b=numpy.eye(5))
        yield benign("written.npz", "numpy", out.getvalue())
        out = io.BytesIO()
        numpy.save(out, numpy.array([1, "two", None, {"three": [4.0]}], dtype=object), allow_pickle=True)
        yield benign("objects.npy", "numpy", out.getvalue())
    yield benign("comment.zip", "zip", make_zip([entry("a.txt", b"text")], comment=b"made by PK, see os.system"))
    yield benign("nothing.zip", "zip", make_zip([]))
    yield benign("empty_members.zip", "zip",
                 make_zip([entry("a/", b""), entry("b.txt", b"", DEFLATED, packed=b""), entry("c.txt", b"", DEFLATED)]))
    yield benign("large_empty.zip", "zip", make_zip([entry("zeros.bin", bytes(12 << 20), DEFLATED)]))
    yield benign("zip_in_zip.zip", "zip", make_zip([entry("a.zip", make_zip([entry("b.txt", b"text")]))]))
    yield benign("streamed.zip", "zip", make_zip([entry("a.txt", b"text" * 100, DEFLATED, flags=8)]))
    yield benign("application.pyz", "zip", make_zip([entry("__main__.py", b"print('hello')\n")],
                                                     prefix=b"#!/usr/bin/env python3\n"))
    yield benign("dots.zip", "zip", make_zip([entry("a..b/..c/...", b"1"), entry("./d", b"2"), entry("e/", b"")]))
    yield benign("link_inside.zip", "zip", make_zip([entry("lib/a.so", b"../b.so", mode=0o120777)]))
    yield benign("layer.tar", "tar", make_tar([("etc/", b"", {"type": tarfile.DIRTYPE}),
                                               ("bin", b"", {"type": tarfile.SYMTYPE, "linkname": "usr/bin"}),
                                               ("usr/bin/vi", b"", {"type": tarfile.SYMTYPE,
                                                                    "linkname": "/etc/alternatives/vi"})]))
    yield benign("long.tar", "tar", make_tar([("long/" * 60 + "a.txt", b"text")], tarfile.PAX_FORMAT))
    yield benign("data.tar.xz", "tar", lzma.compress(make_tar([("a.pkl", DATA), ("b.npy", numbers())])))
    yield benign("data.pkl.gz", "compressed", gzip.compress(DATA, mtime=0))
    yield benign("padded.gz", "compressed", gzip.compress(DATA, mtime=0) + bytes(100))
    yield benign("formula.txt", "text", b"x^2 + y^2 = z^2, and x\x9c is no zlib stream\n" * 20)
    yield benign("stored.7z", "7z", seven_zip([("a.txt", b"text"), ("b.pkl", DATA)]))
    noise = bytes((i * 7919 + (i >> 3) * 31) & 0xFF for i in range(20_000))
    yield benign("noise.zip", "zip", make_zip([entry("noise.bin", noise), entry("noise.gz", gzip.compress(noise, mtime=0))]))


def cases():
    for made in (compressed, zips, torch, arrays, tars, harmless, joblib_files):
        yield from made()
