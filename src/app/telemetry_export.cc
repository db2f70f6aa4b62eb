#include "app/telemetry_export.h"

#include <utility>

#include "base/encoding.h"

namespace sally::app {
namespace {

using telemetry::ExportAnswer;
using telemetry::Exporter;
using telemetry::Linger;

constexpr Millis kGatherEvery{50};
constexpr Millis kSendEvery{100};
constexpr std::chrono::seconds kFarewell{1};
constexpr size_t kMostAnswer = size_t{64} * 1024;

telemetry::Resource resource_of(const TelemetryConfig& config, Random& random) {
  return {.version = SALLY_VERSION,
          .instance = to_hex(make_trace_id(random)),
          .attributes = config.resource};
}

}  // namespace

Result<std::unique_ptr<TelemetryExport>> TelemetryExport::create(
    std::shared_ptr<const TelemetryConfig> config, const Clock& clock, Logger& logger) {
  std::unique_ptr<TelemetryExport> made(new TelemetryExport(std::move(config), clock, logger));
  const TelemetryConfig& settings = *made->config_;
  made->began_ = clock.now();
  made->exporter_ =
      std::make_unique<Exporter>(telemetry::ExporterSettings{.sample = settings.sample,
                                                             .queue_bytes = settings.queue_bytes,
                                                             .endpoint = settings.endpoint},
                                 resource_of(settings, made->random_), made->random_, logger);
  TRY(made->loop_, net::Loop::create(clock, logger));
  made->pool_ = std::make_unique<net::ClientPool>(*made->loop_);
  if (settings.logs) {
    logger.set_tap(&made->exporter_->log_tap());
  }
  return made;
}

TelemetryExport::~TelemetryExport() {
  stop();
  logger_.set_tap(nullptr);
  pool_.reset();  // before the loop, whose tasks may hold exchanges
}

std::unique_ptr<Tracer> TelemetryExport::lane(Random& random) {
  return config_->traces ? exporter_->lane(random) : nullptr;
}

void TelemetryExport::start(std::function<MetricFamilies()> numbers) {
  numbers_ = std::move(numbers);
  loop_->spawn("telemetry", gather_on());
  loop_->spawn("telemetry", send_on());
  thread_ = std::thread([loop = loop_.get()] { loop->run(); });
}

void TelemetryExport::stop() {
  if (!thread_.joinable()) {
    return;
  }
  loop_->post([this] { stopping_ = true; });
  // A collector that takes its time does not hold up the end.
  [[maybe_unused]] const auto waited = said_goodbye_.get_future().wait_for(kFarewell);
  loop_->stop();
  thread_.join();
}

Task<Result<>> TelemetryExport::gather_on() {
  for (;;) {
    exporter_->gather(now());
    co_await loop_->sleep(kGatherEvery);
  }
}

Task<Result<>> TelemetryExport::send_on() {
  MonoTime next_numbers = now();
  while (!stopping_) {
    if (config_->metrics && now() >= next_numbers) {
      next_numbers = now() + config_->interval;
      exporter_->offer(numbers_(), began_, clock_.now());
    }
    co_await send_ready(Linger::kAllowed);
    co_await loop_->sleep(kSendEvery);
  }
  exporter_->gather(now());
  if (config_->metrics) {
    exporter_->offer(numbers_(), began_, clock_.now());
  }
  co_await send_ready(Linger::kNone);
  said_goodbye_.set_value();
  co_return ok();
}

Task<void> TelemetryExport::send_ready(Linger linger) {
  while (const Exporter::Request* request = exporter_->next(now(), linger)) {
    const Result<ExportAnswer> answer = co_await post(*request);
    const bool taken = answer.ok() && answer->status < 300;
    exporter_->settle(answer, now());
    if (!taken && linger == Linger::kNone) {
      co_return;  // nothing is tried twice at the end
    }
  }
}

Task<Result<ExportAnswer>> TelemetryExport::post(const Exporter::Request& request) {
  bool stale = false;
  auto answer = co_await post_once(request, net::Reuse::kAllowed, stale);
  if (stale) {
    answer = co_await post_once(request, net::Reuse::kFreshOnly, stale);
  }
  co_return answer;
}

// `stale`: a pooled connection was closed before the answer, which says nothing of the collector.
Task<Result<ExportAnswer>> TelemetryExport::post_once(const Exporter::Request& request,
                                                      net::Reuse reuse, bool& stale) {
  stale = false;
  const std::string path = config_->base_path + std::string(path_of(request.signal));
  net::RequestHead head;
  head.method = net::Method::kPost;
  head.scheme = config_->origin.tls != nullptr ? "https" : "http";
  head.authority = config_->authority;
  head.path = path;
  head.has_body = true;
  head.fields.add("content-type", "application/x-protobuf");
  head.fields.add("user-agent", "sallyport/" SALLY_VERSION);
  for (const TelemetryHeader& header : config_->headers) {
    head.fields.add(header.name, header.value.reveal());
  }
  CO_TRY(const auto exchange, co_await pool_->open(config_->origin, reuse));
  const Result<> sent = co_await exchange->send(head, as_bytes(request.body));
  if (!sent) {
    stale = exchange->reused() && !exchange->answer_begun();
    co_return sent.error();
  }
  const auto received = co_await exchange->receive_head(config_->timeout);
  if (!received) {
    stale = exchange->reused() && !exchange->answer_begun() &&
            received.error().kind() == ErrorKind::kUnavailable;
    co_return received.error();
  }
  ExportAnswer answer;
  answer.status = (*received)->status;
  answer.retry_after = (*received)->fields.find("retry-after").value_or("");
  for (;;) {
    CO_TRY(const ByteView piece, co_await exchange->next_body(config_->timeout));
    if (piece.empty() || answer.body.size() + piece.size() > kMostAnswer) {
      break;
    }
    answer.body += as_text(piece);
  }
  co_return answer;
}

}  // namespace sally::app
