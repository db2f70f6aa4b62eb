"""`sallyport scan --disarm`: the tensors that it writes are those that the libraries load."""

import hashlib
import json
import shutil
import struct
import tempfile
import unittest
from pathlib import Path

try:
    import joblib
    import numpy
except ImportError:
    numpy = None
try:
    import torch
except ImportError:
    torch = None

from rig.scan import scan


def tensors_of(path):
    """Type, shape and digest of each tensor of a safetensors file."""
    content = path.read_bytes()
    length = struct.unpack_from("<Q", content)[0]
    header = json.loads(content[8:8 + length])
    data = content[8 + length:]
    return {name: (row["shape"], hashlib.sha256(data[slice(*row["data_offsets"])]).hexdigest())
            for name, row in header.items()}


def as_loaded(arrays):
    return {name: (list(array.shape), hashlib.sha256(
        numpy.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes()).hexdigest())
        for name, array in arrays.items()}


class Disarm(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="sally-disarm-", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.folder)

    def disarm(self, path, status=0):
        out = self.folder / "out.safetensors"
        done = scan(path, "--disarm", out)
        self.assertEqual(done.returncode, status, done.stdout.decode() + done.stderr.decode())
        return tensors_of(out)

    @unittest.skipUnless(numpy, "no numpy and joblib")
    def test_arrays_of_joblib_and_pickle_are_those_that_numpy_loads(self):
        import pickle
        arrays = {"x": numpy.arange(12.0).reshape(3, 4), "f": numpy.asfortranarray(numpy.arange(6).reshape(2, 3)),
                  "turned": numpy.arange(4, dtype=">i4"), "none": numpy.zeros((0, 3)), "one": numpy.array(1, "u1"),
                  "flags": numpy.array([True, False]), "half": numpy.ones(3, "f2")}
        path = self.folder / "a.joblib"
        joblib.dump(arrays, path)
        self.assertEqual(self.disarm(path), as_loaded(joblib.load(path)))
        path = self.folder / "a.pkl"
        for protocol in range(6):
            with self.subTest(protocol=protocol):
                path.write_bytes(pickle.dumps(arrays, protocol=protocol))
                self.assertEqual(self.disarm(path), as_loaded(pickle.loads(path.read_bytes())))

    @unittest.skipUnless(numpy and torch, "no torch")
    def test_tensors_of_an_archive_are_those_that_torch_loads(self):
        path = self.folder / "model.pt"
        model = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.BatchNorm1d(3))
        state = model.state_dict() | {"turned": torch.arange(12.0).reshape(3, 4).t(),
                                      "part": torch.arange(10)[2:5], "wide": torch.ones(1).expand(4)}
        torch.save(state, path)
        self.assertEqual(self.disarm(path), as_loaded({name: tensor.contiguous().numpy()
                                                       for name, tensor in torch.load(path).items()}))

    def test_what_runs_is_left_out_and_found(self):
        array = (b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R(K\x01K\x01\x85"
                 b"cnumpy\ndtype\nU\x02i2\x89\x88\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89"
                 b"C\x02\x07\x00tb")
        path = self.folder / "bad.pkl"
        path.write_bytes(b"\x80\x03}(U\x01a" + array + b"U\x01bcos\nsystem\nU\x02id\x85Ru.")
        self.assertEqual(self.disarm(path, status=1),
                         {"a": ([1], hashlib.sha256(b"\x07\x00").hexdigest())})

    def test_nothing_is_left_where_there_is_nothing_to_copy(self):
        path = self.folder / "a.pkl"
        path.write_bytes(b"\x80\x03}.")
        out = self.folder / "out.safetensors"
        self.assertNotEqual(scan(path, "--disarm", out).returncode, 0)
        self.assertEqual(list(self.folder.iterdir()), [path])


if __name__ == "__main__":
    unittest.main()
