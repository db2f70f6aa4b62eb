#include "telemetry/exporter.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "telemetry/test_decode.h"

namespace sally::telemetry {
namespace {

using std::chrono::seconds;

Error gone() {
  return Error(ErrorKind::kUnavailable, "connection refused");
}

std::string body(uint64_t rejected, std::string_view message) {
  std::string out;
  ProtoWriter writer(out);
  writer.message(1, [&] {
    writer.varint(1, rejected);
    writer.bytes(2, message);
  });
  return out;
}

// Where the log goes.
struct Pipe {
  Pipe() { EXPECT_EQ(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close(ends[0]);
    close(ends[1]);
  }
  int ends[2] = {-1, -1};
};

class Exporting : public testing::Test {
 protected:
  // What the log says since the last call.
  std::string log() {
    std::string out(65536, '\0');
    const ssize_t size = read(pipe.ends[0], out.data(), out.size());
    out.resize(size < 0 ? 0 : static_cast<size_t>(size));
    return out;
  }

  void trace_one(Tracer& tracer) {
    AccessEvent event{.id = Ulid::make(WallTime{}, random), .time = WallTime{}};
    tracer.end(tracer.begin({}, MonoTime{}), event, MonoTime{});
  }

  double number(std::string_view name, size_t point) {
    for (const MetricFamily& family : exporter.numbers()) {
      if (family.name == name) {
        return family.points.at(point).value;
      }
    }
    ADD_FAILURE() << name;
    return -1;
  }

  // Sends what there is and answers with `answer`; how many requests there were.
  int send(const Result<ExportAnswer>& answer, int most = 100) {
    int sent = 0;
    while (sent < most && exporter.next(now, Linger::kAllowed) != nullptr) {
      exporter.settle(answer, now);
      ++sent;
    }
    return sent;
  }

  Pipe pipe;
  FakeClock clock{WallTime{seconds(1'700'000'000)}};
  Logger logger{pipe.ends[1], LogFormat::kJson, LogLevel::kInfo, clock};
  SeededRandom random{3};
  Exporter exporter{{.sample = 1, .queue_bytes = 64 * 1024, .endpoint = "http://collector"},
                    {.version = "1.2.3", .instance = "i-1", .attributes = {{"zone", "a"}}},
                    random,
                    logger};
  MonoTime now{seconds(100)};
};

TEST_F(Exporting, LetsABatchFillForASecond) {
  const auto tracer = exporter.lane(random);
  trace_one(*tracer);
  exporter.gather(now);
  EXPECT_EQ(exporter.next(now, Linger::kAllowed), nullptr);
  now += Millis(999);
  trace_one(*tracer);
  exporter.gather(now);
  EXPECT_EQ(exporter.next(now, Linger::kAllowed), nullptr);
  now += Millis(1);
  const auto* request = exporter.next(now, Linger::kAllowed);
  ASSERT_NE(request, nullptr);
  EXPECT_EQ(request->signal, Signal::kTraces);
  const auto resource = one(one(request->body, 1).bytes, 1).bytes;
  EXPECT_EQ(attribute(resource, 1, "service.name"), "sallyport");
  EXPECT_EQ(attribute(resource, 1, "service.version"), "1.2.3");
  EXPECT_EQ(attribute(resource, 1, "zone"), "a");
  EXPECT_EQ(all(elements_of(request->body), 2).size(), 2U);
  exporter.settle(ExportAnswer{.status = 200, .retry_after = {}, .body = {}}, now);
  EXPECT_EQ(number("sallyport_telemetry_exported_total", 0), 2);
  EXPECT_EQ(exporter.next(now, Linger::kAllowed), nullptr);
}

TEST(Envelope, HoldsEachAttributeOnce) {
  const Envelope envelope(
      {.version = "1.2.3",
       .instance = "i-1",
       .attributes = {
           {"service.instance.id", "mine"}, {"service.name", "gate"}, {"service.version", "9"}}});
  const std::string body = envelope.wrap({});
  const auto resource = one(one(body, 1).bytes, 1).bytes;
  EXPECT_EQ(all(resource, 1).size(), 3U);
  EXPECT_EQ(attribute(resource, 1, "service.name"), "gate");
  EXPECT_EQ(attribute(resource, 1, "service.version"), "9");
  EXPECT_EQ(attribute(resource, 1, "service.instance.id"), "mine");
}

TEST_F(Exporting, SendsWhatIsThereWhenTheProcessEnds) {
  const auto tracer = exporter.lane(random);
  trace_one(*tracer);
  exporter.gather(now);
  EXPECT_NE(exporter.next(now, Linger::kNone), nullptr);
}

TEST_F(Exporting, WaitsLongerAfterEachFailureAndLosesNothingThatFits) {
  const auto tracer = exporter.lane(random);
  trace_one(*tracer);
  exporter.gather(now);
  now += seconds(1);
  Nanos last{0};
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(send(gone()), 1);
    const MonoTime before = now;
    while (exporter.next(now, Linger::kAllowed) == nullptr) {
      now += Millis(100);
    }
    const Nanos waited = now - before;
    EXPECT_GE(waited, std::min<Nanos>(last / 2, seconds(30)));
    EXPECT_LE(waited, seconds(61));
    last = waited;
    exporter.settle(gone(), now);
    now += seconds(300);
  }
  EXPECT_EQ(send(ExportAnswer{.status = 200, .retry_after = {}, .body = {}}), 1);
  EXPECT_EQ(number("sallyport_telemetry_exported_total", 0), 1);
  EXPECT_EQ(number("sallyport_telemetry_dropped_total", 0), 0);
}

TEST_F(Exporting, DropsTheOldestWhenTheCollectorStaysAway) {
  const auto tracer = exporter.lane(random);
  for (int i = 0; i < 2000; ++i) {
    trace_one(*tracer);
    exporter.gather(now);
  }
  now += seconds(1);
  send(gone());
  const double dropped = number("sallyport_telemetry_dropped_total", 0);
  EXPECT_GT(dropped, 0);
  EXPECT_GE(number("sallyport_telemetry_queue_bytes", 0), 48 * 1024) << "only the oldest go";
  EXPECT_LE(number("sallyport_telemetry_queue_bytes", 0), 64 * 1024);
  EXPECT_EQ(number("sallyport_telemetry_up", 0), 0);
}

TEST_F(Exporting, SaysOnceThatTheCollectorIsAwayAndOnceThatItIsBack) {
  const auto tracer = exporter.lane(random);
  for (int i = 0; i < 4; ++i) {
    trace_one(*tracer);
    exporter.gather(now);
    now += seconds(100);
    EXPECT_EQ(send(gone()), 1);
  }
  const std::string away = log();
  EXPECT_NE(away.find("telemetry.away"), std::string::npos);
  EXPECT_EQ(std::count(away.begin(), away.end(), '\n'), 1);
  now += seconds(100);
  send(ExportAnswer{.status = 200, .retry_after = {}, .body = {}});
  trace_one(*tracer);
  exporter.gather(now);
  now += seconds(1);
  send(ExportAnswer{.status = 200, .retry_after = {}, .body = {}});
  const std::string back = log();
  EXPECT_NE(back.find("telemetry.back"), std::string::npos);
  EXPECT_EQ(std::count(back.begin(), back.end(), '\n'), 1);
}

TEST_F(Exporting, WaitsAsLongAsTheCollectorAsks) {
  const auto tracer = exporter.lane(random);
  for (const uint16_t status : {uint16_t{429}, uint16_t{503}}) {
    trace_one(*tracer);
    exporter.gather(now);
    now += seconds(1);
    EXPECT_EQ(send(ExportAnswer{.status = status, .retry_after = "120", .body = {}}), 1);
    now += seconds(119);
    EXPECT_EQ(exporter.next(now, Linger::kAllowed), nullptr);
    now += seconds(1);
    EXPECT_EQ(send(ExportAnswer{.status = 200, .retry_after = {}, .body = {}}), 1);
  }
  EXPECT_EQ(number("sallyport_telemetry_exported_total", 0), 2);
}

TEST_F(Exporting, DoesNotWaitForeverOrForWhatIsNoNumber) {
  const auto tracer = exporter.lane(random);
  for (const std::string_view after :
       {"999999999", "99999999999999999999", "-5", "soon", "Fri, 20 Nov 2026 10:00:00 GMT"}) {
    trace_one(*tracer);
    exporter.gather(now);
    now += seconds(1);
    EXPECT_EQ(send(ExportAnswer{.status = 429, .retry_after = std::string(after), .body = {}}), 1);
    now += seconds(301);
    EXPECT_EQ(send(ExportAnswer{.status = 200, .retry_after = {}, .body = {}}), 1) << after;
  }
}

TEST_F(Exporting, DoesNotRepeatWhatWillNeverSucceed) {
  const auto tracer = exporter.lane(random);
  trace_one(*tracer);
  exporter.gather(now);
  now += seconds(1);
  std::string status;
  ProtoWriter(status).bytes(2, "no \x1b[31msuch tenant");
  EXPECT_EQ(send(ExportAnswer{.status = 400, .retry_after = {}, .body = status}), 1);
  EXPECT_EQ(number("sallyport_telemetry_dropped_total", 0), 1);
  const std::string said = log();
  EXPECT_NE(said.find("status 400: no ?[31msuch tenant"), std::string::npos) << said;
}

TEST_F(Exporting, CountsWhatAPartialSuccessRejects) {
  const auto tracer = exporter.lane(random);
  for (int i = 0; i < 5; ++i) {
    trace_one(*tracer);
  }
  exporter.gather(now);
  now += seconds(1);
  send(ExportAnswer{.status = 200, .retry_after = {}, .body = body(2, "two were too old")});
  EXPECT_EQ(number("sallyport_telemetry_exported_total", 0), 3);
  EXPECT_EQ(number("sallyport_telemetry_dropped_total", 0), 2);
  EXPECT_NE(log().find("two were too old"), std::string::npos);
  trace_one(*tracer);
  exporter.gather(now);
  now += seconds(1);
  send(ExportAnswer{.status = 200, .retry_after = {}, .body = body(~uint64_t{0}, "")});
  EXPECT_EQ(number("sallyport_telemetry_exported_total", 0), 4) << "less than none is none";
}

TEST_F(Exporting, KeepsTheNewestNumbersOnly) {
  const auto offer = [&](double value) {
    exporter.offer({{.name = "sallyport_x",
                     .kind = MetricKind::kGauge,
                     .help = "",
                     .points = {{.labels = {}, .value = value, .buckets = {}}}}},
                   WallTime{}, clock.now());
  };
  offer(1);
  offer(2);
  const auto* request = exporter.next(now, Linger::kAllowed);
  ASSERT_NE(request, nullptr);
  EXPECT_EQ(request->signal, Signal::kMetrics);
  offer(3);
  exporter.settle(gone(), now);
  now += seconds(100);
  request = exporter.next(now, Linger::kAllowed);
  ASSERT_NE(request, nullptr);
  const auto metric = one(elements_of(request->body), 2).bytes;
  const auto point = one(one(metric, otlp::metric::kGauge).bytes, 1).bytes;
  EXPECT_EQ(std::bit_cast<double>(one(point, otlp::number_point::kDouble).number_value), 3.0);
  exporter.settle(ExportAnswer{.status = 200, .retry_after = {}, .body = {}}, now);
  EXPECT_EQ(exporter.next(now, Linger::kAllowed), nullptr);
}

TEST_F(Exporting, CarriesTheLog) {
  logger.set_tap(&exporter.log_tap());
  logger.write(LogEvent::kUpstreamDown, {{"upstream", "local"}, {"status", 503}, {"bad", "\xff"}});
  exporter.gather(now);
  now += seconds(1);
  const auto* request = exporter.next(now, Linger::kAllowed);
  ASSERT_NE(request, nullptr);
  EXPECT_EQ(request->signal, Signal::kLogs);
  const auto record = one(elements_of(request->body), 2).bytes;
  namespace f = otlp::log_record;
  EXPECT_EQ(one(record, f::kEventName).bytes, "upstream.down");
  EXPECT_EQ(one(record, f::kSeverity).number_value, 13U);
  EXPECT_EQ(one(record, f::kTime).number_value, 1'700'000'000'000'000'000ULL);
  EXPECT_EQ(attribute(record, f::kAttributes, "sallyport.upstream"), "local");
  EXPECT_EQ(attribute(record, f::kAttributes, "sallyport.status"), "503");
  EXPECT_EQ(attribute(record, f::kAttributes, "sallyport.bad"), "?");
  exporter.settle(gone(), now);
}

TEST_F(Exporting, TakesTurnsBetweenTheSignals) {
  const auto tracer = exporter.lane(random);
  trace_one(*tracer);
  logger.set_tap(&exporter.log_tap());
  logger.write(LogEvent::kGateStarted);
  exporter.gather(now);
  exporter.offer({{.name = "x", .kind = MetricKind::kGauge, .help = "", .points = {{}}}},
                 WallTime{}, WallTime{});
  now += seconds(1);
  std::string order;
  while (const auto* request = exporter.next(now, Linger::kAllowed)) {
    order += name_of(request->signal).front();
    exporter.settle(ExportAnswer{.status = 200, .retry_after = {}, .body = {}}, now);
    if (order.size() == 3) {
      break;
    }
  }
  EXPECT_EQ(order, "tml");
}

}  // namespace
}  // namespace sally::telemetry
