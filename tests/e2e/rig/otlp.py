"""A collector that takes OTLP/HTTP and decodes it with Google's protobuf, from descriptors written
down here and not taken from the program under test: opentelemetry-proto 1.x."""

import threading

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from .upstream import Upstream
from .wait import until

# message: {field: (number, type)}; a type in capitals is a message, `*` before it: repeated.
MESSAGES = {
    "AnyValue": {"string_value": (1, "string"), "bool_value": (2, "bool"), "int_value": (3, "int64"),
                 "double_value": (4, "double")},
    "KeyValue": {"key": (1, "string"), "value": (2, "AnyValue")},
    "Resource": {"attributes": (1, "*KeyValue"), "dropped_attributes_count": (2, "uint32")},
    "InstrumentationScope": {"name": (1, "string"), "version": (2, "string")},
    "Event": {"time_unix_nano": (1, "fixed64"), "name": (2, "string"),
              "attributes": (3, "*KeyValue")},
    "Status": {"message": (2, "string"), "code": (3, "int32")},
    "Span": {"trace_id": (1, "bytes"), "span_id": (2, "bytes"), "trace_state": (3, "string"),
             "parent_span_id": (4, "bytes"), "name": (5, "string"), "kind": (6, "int32"),
             "start_time_unix_nano": (7, "fixed64"), "end_time_unix_nano": (8, "fixed64"),
             "attributes": (9, "*KeyValue"), "events": (11, "*Event"), "status": (15, "Status")},
    "NumberDataPoint": {"start_time_unix_nano": (2, "fixed64"), "time_unix_nano": (3, "fixed64"),
                        "as_double": (4, "double"), "as_int": (6, "sfixed64"),
                        "attributes": (7, "*KeyValue")},
    "HistogramDataPoint": {"start_time_unix_nano": (2, "fixed64"), "time_unix_nano": (3, "fixed64"),
                           "count": (4, "fixed64"), "sum": (5, "double"),
                           "bucket_counts": (6, "*fixed64"), "explicit_bounds": (7, "*double"),
                           "attributes": (9, "*KeyValue")},
    "Gauge": {"data_points": (1, "*NumberDataPoint")},
    "Sum": {"data_points": (1, "*NumberDataPoint"), "aggregation_temporality": (2, "int32"),
            "is_monotonic": (3, "bool")},
    "Histogram": {"data_points": (1, "*HistogramDataPoint"),
                  "aggregation_temporality": (2, "int32")},
    "Metric": {"name": (1, "string"), "description": (2, "string"), "unit": (3, "string"),
               "gauge": (5, "Gauge"), "sum": (7, "Sum"), "histogram": (9, "Histogram")},
    "LogRecord": {"time_unix_nano": (1, "fixed64"), "severity_number": (2, "int32"),
                  "severity_text": (3, "string"), "body": (5, "AnyValue"),
                  "attributes": (6, "*KeyValue"), "observed_time_unix_nano": (11, "fixed64"),
                  "event_name": (12, "string")},
    "ScopeSpans": {"scope": (1, "InstrumentationScope"), "spans": (2, "*Span")},
    "ScopeMetrics": {"scope": (1, "InstrumentationScope"), "metrics": (2, "*Metric")},
    "ScopeLogs": {"scope": (1, "InstrumentationScope"), "log_records": (2, "*LogRecord")},
    "ResourceSpans": {"resource": (1, "Resource"), "scope_spans": (2, "*ScopeSpans")},
    "ResourceMetrics": {"resource": (1, "Resource"), "scope_metrics": (2, "*ScopeMetrics")},
    "ResourceLogs": {"resource": (1, "Resource"), "scope_logs": (2, "*ScopeLogs")},
    "ExportTraceServiceRequest": {"resource_spans": (1, "*ResourceSpans")},
    "ExportMetricsServiceRequest": {"resource_metrics": (1, "*ResourceMetrics")},
    "ExportLogsServiceRequest": {"resource_logs": (1, "*ResourceLogs")},
}
PATHS = {"/v1/traces": "ExportTraceServiceRequest", "/v1/metrics": "ExportMetricsServiceRequest",
         "/v1/logs": "ExportLogsServiceRequest"}


def message_classes():
    file = descriptor_pb2.FileDescriptorProto(name="otlp.proto", package="otlp", syntax="proto3")
    kinds = descriptor_pb2.FieldDescriptorProto
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, (number, kind) in fields.items():
            repeated, kind = kind.startswith("*"), kind.lstrip("*")
            made = message.field.add(
                name=field, number=number,
                label=kinds.LABEL_REPEATED if repeated else kinds.LABEL_OPTIONAL)
            if kind in MESSAGES:
                made.type, made.type_name = kinds.TYPE_MESSAGE, f".otlp.{kind}"
            else:
                made.type = getattr(kinds, f"TYPE_{kind.upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    make = getattr(message_factory, "GetMessageClass", None) \
        or message_factory.MessageFactory(pool).GetPrototype
    return {name: make(pool.FindMessageTypeByName(f"otlp.{name}")) for name in MESSAGES}


CLASSES = message_classes()


def attributes(element):
    """The attributes of a span, a data point, a log record or a resource, as a dictionary."""
    out = {}
    for pair in element.attributes:
        (field, value), = pair.value.ListFields() or [(None, None)]
        assert pair.key not in out, f"{pair.key} stands twice"
        out[pair.key] = value if field else pair.value.int_value
    return out


class Collector:
    """Takes what a gate sends; `answer` may be set to a function that answers otherwise."""

    def __init__(self):
        self.server = Upstream(self.serve)
        self.lock = threading.Lock()
        self.requests = []  # (path, decoded message)
        self.answer = None

    def __enter__(self):
        self.server.listen()
        return self

    def __exit__(self, *_):
        self.server.close()

    @property
    def url(self):
        return self.server.url

    def serve(self, exchange):
        if self.answer and self.answer(exchange):
            return
        if exchange.field("content-type") != "application/x-protobuf":
            return exchange.reply(415)
        message = CLASSES[PATHS[exchange.target.split("otlp")[-1]]]()
        message.ParseFromString(exchange.body)
        assert_known(message)
        with self.lock:
            self.requests.append((exchange, message))
        exchange.reply(body=b"", fields={"content-type": "application/x-protobuf"})

    def messages(self, path):
        with self.lock:
            return [message for exchange, message in self.requests if exchange.target.endswith(path)]

    def spans(self):
        return [span for message in self.messages("/v1/traces")
                for resource in message.resource_spans for scope in resource.scope_spans
                for span in scope.spans]

    def metrics(self):
        """The newest export, by name."""
        newest = self.messages("/v1/metrics")[-1:]
        return {metric.name: metric for message in newest
                for resource in message.resource_metrics for scope in resource.scope_metrics
                for metric in scope.metrics}

    def logs(self):
        return [record for message in self.messages("/v1/logs")
                for resource in message.resource_logs for scope in resource.scope_logs
                for record in scope.log_records]

    def trace(self, trace_id, count=1):
        """Waits for the spans of one trace: at least `count`."""
        def found():
            spans = [span for span in self.spans() if span.trace_id.hex() == trace_id]
            return spans if len(spans) >= count else None
        return until(f"{count} spans of trace {trace_id}", found)


def assert_known(message):
    """Fails where a message holds a field that the descriptors do not know."""
    copy = type(message)()
    copy.CopyFrom(message)
    copy.DiscardUnknownFields()
    if copy.SerializeToString() != message.SerializeToString():
        raise AssertionError(f"unknown fields in {message}")
