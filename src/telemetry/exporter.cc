#include "telemetry/exporter.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "telemetry/metrics.h"

namespace sally::telemetry {
namespace {

constexpr size_t kLaneBytes = size_t{2} * 1024 * 1024;  // a few thousand requests for each turn
constexpr size_t kBatchBytes = size_t{512} * 1024;      // collectors take some megabytes
constexpr size_t kBatchesInQueue = 8;                   // at least: what is dropped goes by batches
constexpr Millis kLinger{1'000};
constexpr Millis kFirstWait{1'000};
constexpr Millis kLongestWait{60'000};
constexpr Millis kLongestRetryAfter{300'000};
constexpr uint32_t kMostDoublings = 6;

struct SignalRow {
  std::string_view name;
  std::string_view path;
};
constexpr std::array<SignalRow, kSignals> kRows = {
    {{"traces", "/v1/traces"}, {"metrics", "/v1/metrics"}, {"logs", "/v1/logs"}}};

// The statuses after which the same request may succeed (OTLP, "Failures").
bool may_succeed_later(uint16_t status) {
  return status == 429 || status == 502 || status == 503 || status == 504;
}

// Of the field's two forms the one in seconds; a date is not waited for.
std::optional<Millis> read_retry_after(std::string_view text) {
  uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return std::min<Millis>(std::chrono::seconds(seconds), kLongestRetryAfter);
}

std::string reason(const ExportAnswer& answer) {
  std::string out = "status " + std::to_string(answer.status);
  if (const std::string said = read_failure(answer.body); !said.empty()) {
    out += ": " + said;
  }
  return out;
}

}  // namespace

std::string_view name_of(Signal signal) {
  return kRows[static_cast<size_t>(signal)].name;
}

std::string_view path_of(Signal signal) {
  return kRows[static_cast<size_t>(signal)].path;
}

Exporter::Exporter(ExporterSettings settings, const Resource& resource, Random& random,
                   Logger& logger)
    : settings_(std::move(settings)),
      batch_bytes_(std::min(kBatchBytes, settings_.queue_bytes / kBatchesInQueue)),
      envelope_(resource),
      sampler_(settings_.sample),
      random_(random),
      logger_(logger) {}

std::unique_ptr<Tracer> Exporter::lane(Random& random) {
  lanes_.push_back(std::make_shared<Lane>(kLaneBytes));
  return std::make_unique<LaneTracer>(lanes_.back(), sampler_, random);
}

void Exporter::add(Signal signal, std::string_view elements, uint32_t items, MonoTime now) {
  Queue& queue = queue_of(signal);
  if (queue.batches.empty() || queue.batches.back().elements.size() >= batch_bytes_) {
    queue.batches.push_back({.elements = {}, .items = 0, .begun = now});
  }
  Batch& batch = queue.batches.back();
  batch.elements.append(elements);
  batch.items += items;
  queue.bytes += elements.size();
  shrink(queue, settings_.queue_bytes);
}

// Drops the oldest until at most `most` bytes are left.
void Exporter::shrink(Queue& queue, size_t most) {
  while (queue.bytes > most) {
    queue.bytes -= queue.batches.front().elements.size();
    queue.dropped.fetch_add(queue.batches.front().items, std::memory_order_relaxed);
    queue.batches.pop_front();
  }
  queue.waiting.store(queue.bytes, std::memory_order_relaxed);
}

void Exporter::gather(MonoTime now) {
  Queue& traces = queue_of(Signal::kTraces);
  for (const auto& lane : lanes_) {
    scratch_.clear();
    while (const uint32_t spans = lane->ring.pop(scratch_)) {
      add(Signal::kTraces, scratch_, spans, now);
      scratch_.clear();
    }
    traces.dropped.fetch_add(lane->dropped.exchange(0, std::memory_order_relaxed),
                             std::memory_order_relaxed);
  }
  const LogQueue::Taken taken = logs_.take();
  queue_of(Signal::kLogs).dropped.fetch_add(taken.dropped, std::memory_order_relaxed);
  for (const std::string& record : taken.records) {
    add(Signal::kLogs, record, 1, now);
  }
}

void Exporter::offer(const MetricFamilies& families, WallTime began, WallTime now) {
  EncodedMetrics encoded = encode_metrics(families, began, now);
  Queue& queue = queue_of(Signal::kMetrics);
  queue.batches.clear();
  queue.bytes = encoded.elements.size();
  queue.batches.push_back(
      {.elements = std::move(encoded.elements), .items = encoded.items, .begun = {}});
  queue.waiting.store(queue.bytes, std::memory_order_relaxed);
}

bool Exporter::ready(const Queue& queue, MonoTime now, Linger linger) const {
  return !queue.batches.empty() && (linger == Linger::kNone || queue.batches.size() > 1 ||
                                    queue.batches.front().elements.size() >= batch_bytes_ ||
                                    now - queue.batches.front().begun >= kLinger);
}

const Exporter::Request* Exporter::next(MonoTime now, Linger linger) {
  if (linger == Linger::kAllowed && now < not_before_) {
    return nullptr;
  }
  for (size_t i = 0; i < kSignals; ++i) {
    const auto signal = static_cast<Signal>((turn_ + i) % kSignals);
    Queue& queue = queue_of(signal);
    // Numbers have lingered already: they come once an interval.
    if (!ready(queue, now, signal == Signal::kMetrics ? Linger::kNone : linger)) {
      continue;
    }
    sending_ = std::move(queue.batches.front());
    queue.batches.pop_front();
    queue.bytes -= sending_.elements.size();
    queue.waiting.store(queue.bytes, std::memory_order_relaxed);
    turn_ = (turn_ + i + 1) % kSignals;
    request_ = Request{signal, envelope_.wrap(sending_.elements)};
    return &*request_;
  }
  return nullptr;
}

void Exporter::settle(const Result<ExportAnswer>& answer, MonoTime now) {
  const Signal signal = request_->signal;
  Queue& queue = queue_of(signal);
  request_.reset();
  const bool answered = answer.ok();
  if (answered && answer->status >= 200 && answer->status < 300) {
    const ExportReply reply = read_success(answer->body);
    const uint64_t rejected = std::min<uint64_t>(reply.rejected, sending_.items);
    queue.exported.fetch_add(sending_.items - rejected, std::memory_order_relaxed);
    queue.dropped.fetch_add(rejected, std::memory_order_relaxed);
    failures_ = 0;
    enter(rejected > 0 ? State::kRefusing : State::kFine, reply.message);
    return;
  }
  failed_requests_.fetch_add(1, std::memory_order_relaxed);
  if (answered && !may_succeed_later(answer->status)) {
    queue.dropped.fetch_add(sending_.items, std::memory_order_relaxed);
    enter(State::kRefusing, reason(*answer));
    return;
  }
  // It goes back to where it came from, unless newer numbers are there already.
  if (signal != Signal::kMetrics || queue.batches.empty()) {
    queue.bytes += sending_.elements.size();
    queue.batches.push_front(std::move(sending_));
    shrink(queue,
           std::max(settings_.queue_bytes, signal == Signal::kMetrics ? queue.bytes : size_t{0}));
  }
  put_off(now, answered ? std::string_view(answer->retry_after) : std::string_view());
  enter(State::kAway, answered ? reason(*answer) : answer.error().message());
}

// Doubles from one failure to the next; a random half of it, so that gates do not come back as one.
void Exporter::put_off(MonoTime now, std::string_view retry_after) {
  const Millis longest =
      std::min(kLongestWait, kFirstWait * (1U << std::min(failures_, kMostDoublings)));
  ++failures_;
  const auto half = static_cast<uint64_t>(longest.count()) / 2;
  const Millis wait{static_cast<int64_t>(half + random_.next_u64() % (half + 1))};
  not_before_ = now + std::max(wait, read_retry_after(retry_after).value_or(Millis{0}));
}

// One line in the log for each change, not for each request.
void Exporter::enter(State state, std::string_view why) {
  up_.store(state != State::kAway, std::memory_order_relaxed);
  if (std::exchange(state_, state) == state) {
    return;
  }
  const LogEvent event = state == State::kFine       ? LogEvent::kTelemetryBack
                         : state == State::kRefusing ? LogEvent::kTelemetryRefused
                                                     : LogEvent::kTelemetryAway;
  logger_.write(event, {{"endpoint", settings_.endpoint}, {"reason", why}});
}

MetricFamilies Exporter::numbers() const {
  const auto per_signal = [this](std::string_view name, MetricKind kind, std::string_view help,
                                 std::atomic<uint64_t> Queue::* number) {
    MetricFamily family{.name = name, .kind = kind, .help = help, .points = {}};
    for (size_t i = 0; i < kSignals; ++i) {
      MetricPoint point;
      point.labels.emplace_back("signal", kRows[i].name);
      point.value = static_cast<double>((queues_[i].*number).load(std::memory_order_relaxed));
      family.points.push_back(std::move(point));
    }
    return family;
  };
  const auto single = [](std::string_view name, MetricKind kind, std::string_view help,
                         double value) {
    return MetricFamily{.name = name,
                        .kind = kind,
                        .help = help,
                        .points = {{.labels = {}, .value = value, .buckets = {}}}};
  };
  MetricFamilies out;
  out.push_back(per_signal("sallyport_telemetry_exported_total", MetricKind::kCounter,
                           "spans, data points and log records that the collector took",
                           &Queue::exported));
  out.push_back(per_signal("sallyport_telemetry_dropped_total", MetricKind::kCounter,
                           "those that it will never see: no room left, or refused",
                           &Queue::dropped));
  out.push_back(per_signal("sallyport_telemetry_queue_bytes", MetricKind::kGauge,
                           "waiting for the collector", &Queue::waiting));
  out.push_back(single("sallyport_telemetry_failed_requests_total", MetricKind::kCounter,
                       "requests that the collector did not take",
                       static_cast<double>(failed_requests_.load(std::memory_order_relaxed))));
  out.push_back(single("sallyport_telemetry_up", MetricKind::kGauge,
                       "1 while the collector answers", up_.load() ? 1 : 0));
  return out;
}

}  // namespace sally::telemetry
