#!/usr/bin/python3
"""Verifies a log from nothing but its files and its public key: verify_log.py FOLDER VKEY.

Every entry is hashed, every tile computed again and compared, the root held against the checkpoint,
and the checkpoint's signature verified (by the openssl command). See docs/verification.md.
"""

import base64
import hashlib
import pathlib
import subprocess
import sys
import tempfile


def sha(data):
    return hashlib.sha256(data).digest()


def need(so, what):
    if not so:
        raise ValueError(what)


def name(number):  # 1234067 is x001/x234/067
    out = f"{number % 1000:03}"
    while number := number // 1000:
        out = f"x{number % 1000:03}/{out}"
    return out


def root(hashes):  # RFC 6962, 2.1
    if len(hashes) < 2:
        return hashes[0] if hashes else sha(b"")
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return sha(b"\1" + root(hashes[:split]) + root(hashes[split:]))


def read(folder, level, index, width):  # a partial tile may have given way to the full one
    full = folder / "tile" / level / name(index)
    partial = full.with_name(full.name + ".p") / str(width)
    return (partial if width < 256 and partial.exists() else full).read_bytes()


def entries(folder, size):
    for first in range(0, size, 256):
        bundle = read(folder, "entries", first // 256, min(256, size - first))
        for _ in range(min(256, size - first)):
            length = int.from_bytes(bundle[:2], "big")
            yield bundle[2:2 + length]
            bundle = bundle[2 + length:]


def is_signed(text, note, vkey):
    key_name, key_id, key = vkey.split("+", 2)
    key = base64.b64decode(key)
    need(key[0] == 1 and sha(key_name.encode() + b"\n" + key)[:4].hex() == key_id, "a bad key")
    with tempfile.TemporaryDirectory() as place:
        file = pathlib.Path(place)
        (file / "key").write_bytes(bytes.fromhex("302a300506032b6570032100") + key[1:])
        (file / "text").write_text(text)
        for line in note.splitlines():
            who, _, signature = line.removeprefix("— ").partition(" ")
            raw = base64.b64decode(signature) if who == key_name else b""
            if raw[:4].hex() != key_id:
                continue
            (file / "signature").write_bytes(raw[4:])
            return subprocess.run(["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform",
                                   "DER", "-inkey", file / "key", "-in", file / "text", "-sigfile",
                                   file / "signature"], stdout=subprocess.DEVNULL).returncode == 0
    return False


def main(folder, vkey):
    text, _, note = (folder / "checkpoint").read_text().rpartition("\n\n")
    origin, size, expected = (text + "\n").splitlines()[:3]
    need(origin == vkey.split("+")[0] and is_signed(text + "\n", note, vkey), "not signed")
    hashes = leaves = [sha(b"\0" + entry) for entry in entries(folder, int(size))]
    level = 0
    while hashes:
        tiles = [hashes[first:first + 256] for first in range(0, len(hashes), 256)]
        for index, tile in enumerate(tiles):
            stored = read(folder, str(level), index, len(tile))[:32 * len(tile)]
            need(stored == b"".join(tile), f"tile {level}/{index} and what is below it differ")
        hashes = [root(tile) for tile in tiles if len(tile) == 256]
        level += 1
    need(base64.b64encode(root(leaves)).decode() == expected, "another root than was signed")
    print(f"{size} entries of {origin}: good")


if __name__ == "__main__":
    try:
        main(pathlib.Path(sys.argv[1]), sys.argv[2])
    except (OSError, IndexError, ValueError) as error:
        sys.exit(f"not verified: {error}")
