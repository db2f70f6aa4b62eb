#!/usr/bin/python3
"""The digits workload: a real classifier of handwritten digits behind the KServe v2 protocol.

At start it trains a support vector classifier on three quarters of the digits that Debian's
python3-sklearn ships (1,797 images of 8 by 8 pixels, values 0 to 16) and prints how it does on the
quarter it has not seen. It serves the KServe v2 protocol over REST (JSON and binary tensors) and,
with --grpc, over gRPC. One model, `digits`:

    input   pixels         FP32 or FP64 or UINT8  [n, 64] or [n, 8, 8]
    output  label          INT64                  [n]
    output  probabilities  FP32                   [n, 10]

Needs Debian's python3-sklearn; for gRPC also python3-grpcio, python3-protobuf and protobuf-compiler.
Listens on plain HTTP: it belongs behind a gate, on a loopback address.
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC

MODEL = "digits"
VERSION = "1"
MAX_BODY = 32 * 1024 * 1024
MAX_IMAGES = 100_000
DATATYPES = {"FP32": "<f4", "FP64": "<f8", "UINT8": "u1"}
INPUTS = [{"name": "pixels", "datatype": "FP32", "shape": [-1, 64]}]
OUTPUTS = [{"name": "label", "datatype": "INT64", "shape": [-1]},
           {"name": "probabilities", "datatype": "FP32", "shape": [-1, 10]}]
SERVER = {"name": "digits-example", "version": VERSION, "extensions": ["binary_tensor_data"]}
METADATA = {"name": MODEL, "versions": [VERSION], "platform": "sklearn_svc",
            "inputs": INPUTS, "outputs": OUTPUTS}


class Refused(Exception):
    """The request cannot be served: an HTTP status and a reason for the caller."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


class Classifier:
    """A trained model and how well it does on images it was not trained on."""

    def __init__(self):
        data = load_digits()
        seen, held_out, labels, expected = train_test_split(
            data.data, data.target, test_size=0.25, random_state=0, stratify=data.target)
        self.model = SVC(gamma=0.001, C=10.0, probability=True, random_state=0)
        self.model.fit(seen, labels)
        self.held_out = len(held_out)
        self.accuracy = float((self.model.predict(held_out) == expected).mean())

    def classify(self, pixels):
        """Labels [n] and probabilities [n, 10] of pixels [n, 64]."""
        probabilities = self.model.predict_proba(pixels).astype("<f4")
        return self.model.predict(pixels).astype("<i8"), probabilities


def images_of(name, datatype, shape, values):
    """The input tensor as [n, 64]; `values` is a flat array."""
    if name != "pixels":
        raise Refused(400, f"unknown input `{name}`: the model has `pixels`")
    if datatype not in DATATYPES:
        raise Refused(400, f"input `pixels` cannot be `{datatype}`: FP32, FP64 or UINT8")
    if len(shape) < 2 or any(size < 0 for size in shape) or int(numpy.prod(shape[1:])) != 64:
        raise Refused(400, f"input `pixels` has shape {shape}: [n, 64] or [n, 8, 8] expected")
    if shape[0] > MAX_IMAGES or values.size != shape[0] * 64:
        raise Refused(400, f"input `pixels` has {values.size} values for shape {shape}")
    return values.astype("f8").reshape(-1, 64)


# --- REST -------------------------------------------------------------------------------------


def flat_numbers(data):
    try:
        return numpy.asarray(data, dtype="f8").ravel()
    except (TypeError, ValueError) as error:
        raise Refused(400, "`data` must hold numbers") from error


def infer_rest(classifier, head, tail):
    """Runs the model for a request of JSON `head` and binary `tail`; returns (JSON, binary)."""
    try:
        asked = json.loads(head)
        tensor = asked["inputs"][0]
        name, datatype, shape = tensor["name"], tensor["datatype"], list(tensor["shape"])
        size = tensor.get("parameters", {}).get("binary_data_size")
        if len(asked["inputs"]) != 1 or not all(isinstance(n, int) for n in shape):
            raise Refused(400, "one input expected, its shape a list of integers")
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise Refused(400, "the body is no inference request") from error
    if size is None:
        values = flat_numbers(tensor.get("data"))
    else:
        kind = numpy.dtype(DATATYPES.get(datatype, "u1"))
        if size != len(tail) or size % kind.itemsize:
            raise Refused(400, f"`binary_data_size` is {size}, {len(tail)} bytes came")
        values = numpy.frombuffer(tail, dtype=kind)
    label, probabilities = classifier.classify(images_of(name, datatype, shape, values))
    computed = {"label": ("INT64", label), "probabilities": ("FP32", probabilities)}

    wanted = asked.get("outputs") or [{"name": output["name"]} for output in OUTPUTS]
    all_binary = (asked.get("parameters") or {}).get("binary_data_output", False)
    outputs, binary = [], b""
    for output in wanted:
        if output.get("name") not in computed:
            raise Refused(400, f"unknown output `{output.get('name')}`")
        datatype, values = computed[output["name"]]
        one = {"name": output["name"], "datatype": datatype, "shape": list(values.shape)}
        if (output.get("parameters") or {}).get("binary_data", all_binary):
            raw = values.tobytes()
            one["parameters"] = {"binary_data_size": len(raw)}
            binary += raw
        else:
            one["data"] = [round(float(v), 6) if datatype == "FP32" else int(v)
                           for v in values.ravel()]
        outputs.append(one)
    answer = {"model_name": MODEL, "model_version": VERSION, "outputs": outputs}
    if "id" in asked:
        answer["id"] = asked["id"]
    return json.dumps(answer).encode(), binary


class Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "digits-example"
    sys_version = ""
    timeout = 120
    disable_nagle_algorithm = True
    wbufsize = 65536

    def do_GET(self):
        base = f"/v2/models/{MODEL}"
        answers = {
            "/v2/health/live": {"live": True},
            "/v2/health/ready": {"ready": True},
            "/v2": SERVER,
            base: METADATA,
            base + "/ready": {"name": MODEL, "ready": True},
            f"{base}/versions/{VERSION}": METADATA,
            f"{base}/versions/{VERSION}/ready": {"name": MODEL, "ready": True},
        }
        answer = answers.get(self.path.partition("?")[0])
        self.send_answer(200 if answer else 404,
                         json.dumps(answer or {"error": f"nothing at `{self.path}`"}).encode())

    def do_POST(self):
        base = f"/v2/models/{MODEL}"
        try:
            body = self.read_body()
            if self.path not in (base + "/infer", f"{base}/versions/{VERSION}/infer"):
                raise Refused(404, f"nothing at `{self.path}`")
            split = int(self.headers.get("inference-header-content-length") or len(body))
            if not 0 <= split <= len(body):
                raise Refused(400, "`inference-header-content-length` is not within the body")
            head, binary = infer_rest(self.server.classifier, body[:split], body[split:])
            self.send_answer(200, head, binary)
        except Refused as refused:
            self.send_answer(refused.status, json.dumps({"error": str(refused)}).encode())
        except (ConnectionError, socket.timeout):
            self.close_connection = True

    def read_body(self):
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            body = b""
            while size := int(self.rfile.readline(64).split(b";")[0], 16):
                if len(body) + size > MAX_BODY:
                    raise Refused(413, "the body is too large")
                body += self.rfile.read(size)
                self.rfile.readline(8)
            while self.rfile.readline(65536) not in (b"\r\n", b"\n", b""):
                pass
            return body
        length = int(self.headers.get("content-length") or 0)
        if length > MAX_BODY:
            self.close_connection = True
            raise Refused(413, "the body is too large")
        return self.rfile.read(length)

    def send_answer(self, status, head, binary=b""):
        self.send_response(status)
        if binary:
            self.send_header("content-type", "application/octet-stream")
            self.send_header("inference-header-content-length", str(len(head)))
        else:
            self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(head) + len(binary)))
        self.end_headers()
        self.wfile.write(head + binary)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, address, classifier):
        super().__init__(address, Request)
        self.classifier = classifier

    def handle_error(self, _request, _address):
        if not isinstance(sys.exc_info()[1], (ConnectionError, socket.timeout)):
            super().handle_error(_request, _address)


# --- gRPC -------------------------------------------------------------------------------------


def load_messages(folder):
    """Compiles kserve_v2.proto into `folder` and returns its messages."""
    here = os.path.dirname(os.path.abspath(__file__))
    subprocess.run(["protoc", f"--proto_path={here}", f"--python_out={folder}",
                    os.path.join(here, "kserve_v2.proto")], check=True)
    sys.path.insert(0, folder)
    import kserve_v2_pb2
    sys.path.pop(0)
    return kserve_v2_pb2


def tensor_of(request):
    tensor = request.inputs[0]
    kind = numpy.dtype(DATATYPES.get(tensor.datatype, "u1"))
    if request.raw_input_contents:
        raw = request.raw_input_contents[0]
        if len(raw) % kind.itemsize:
            raise Refused(400, f"{len(raw)} raw bytes are no {tensor.datatype} tensor")
        return numpy.frombuffer(raw, dtype=kind)
    contents = tensor.contents
    return flat_numbers({"FP32": contents.fp32_contents, "FP64": contents.fp64_contents,
                         "UINT8": contents.uint_contents}.get(tensor.datatype, []))


def start_grpc(address, classifier):
    """Serves inference.GRPCInferenceService; returns (server, port)."""
    import grpc
    with tempfile.TemporaryDirectory() as folder:
        pb = load_messages(folder)

    def model_infer(request, context):
        try:
            if request.model_name != MODEL:
                context.abort(grpc.StatusCode.NOT_FOUND, f"no model `{request.model_name}`")
            if len(request.inputs) != 1 or len(request.raw_input_contents) > 1:
                raise Refused(400, "one input expected")
            tensor = request.inputs[0]
            label, probabilities = classifier.classify(
                images_of(tensor.name, tensor.datatype, list(tensor.shape), tensor_of(request)))
        except Refused as refused:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(refused))
        answer = pb.ModelInferResponse(model_name=MODEL, model_version=VERSION, id=request.id)
        for name, datatype, values in (("label", "INT64", label),
                                       ("probabilities", "FP32", probabilities)):
            answer.outputs.add(name=name, datatype=datatype, shape=values.shape)
            answer.raw_output_contents.append(values.tobytes())
        return answer

    def model_metadata(request, context):
        if request.name != MODEL:
            context.abort(grpc.StatusCode.NOT_FOUND, f"no model `{request.name}`")
        return pb.ModelMetadataResponse(**METADATA)

    methods = {
        "ServerLive": (pb.ServerLiveRequest, lambda *_: pb.ServerLiveResponse(live=True)),
        "ServerReady": (pb.ServerReadyRequest, lambda *_: pb.ServerReadyResponse(ready=True)),
        "ModelReady": (pb.ModelReadyRequest,
                       lambda r, _: pb.ModelReadyResponse(ready=r.name == MODEL)),
        "ServerMetadata": (pb.ServerMetadataRequest,
                           lambda *_: pb.ServerMetadataResponse(**SERVER)),
        "ModelMetadata": (pb.ModelMetadataRequest, model_metadata),
        "ModelInfer": (pb.ModelInferRequest, model_infer),
    }
    handlers = {
        name: grpc.unary_unary_rpc_method_handler(
            run, request_deserializer=message.FromString,
            response_serializer=lambda answer: answer.SerializeToString())
        for name, (message, run) in methods.items()}
    server = grpc.server(ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("inference.GRPCInferenceService", handlers),))
    port = server.add_insecure_port(address)
    server.start()
    return server, port


def main():
    parser = argparse.ArgumentParser(description="An example classifier of handwritten digits "
                                                 "behind the KServe v2 protocol.")
    parser.add_argument("--listen", default="127.0.0.1:9002", metavar="HOST:PORT",
                        help="REST; port 0 chooses a free one (default %(default)s)")
    parser.add_argument("--grpc", metavar="HOST:PORT", help="serve gRPC too")
    options = parser.parse_args()

    classifier = Classifier()
    print(f"{MODEL} (example) trained: {classifier.accuracy:.1%} of {classifier.held_out} "
          "held-out images are classified correctly", flush=True)
    host, _, port = options.listen.rpartition(":")
    server = Server((host, int(port)), classifier)
    grpc_server = None
    if options.grpc:
        grpc_server, grpc_port = start_grpc(options.grpc, classifier)
        print(f"{MODEL} (example) listens on grpc://{options.grpc.rpartition(':')[0]}:{grpc_port}",
              flush=True)
    print(f"{MODEL} (example) listens on http://{host}:{server.server_port}", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    if grpc_server:
        grpc_server.stop(grace=1).wait()


if __name__ == "__main__":
    main()
