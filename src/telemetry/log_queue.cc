#include "telemetry/log_queue.h"

#include <utility>

#include "telemetry/attributes.h"
#include "telemetry/otlp_fields.h"
#include "telemetry/proto.h"

namespace sally::telemetry {
namespace {

namespace f = otlp::log_record;

struct SeverityRow {
  uint64_t number;
  std::string_view text;
};

// By LogLevel. https://opentelemetry.io/docs/specs/otel/logs/data-model
constexpr SeverityRow kSeverities[] = {{5, "DEBUG"}, {9, "INFO"}, {13, "WARN"}, {17, "ERROR"}};

}  // namespace

std::string encode_log(const LogEventRow& row, WallTime time,
                       std::initializer_list<LogField> fields) {
  std::string encoded;
  ProtoWriter out(encoded);
  out.message(otlp::export_request::kElements, [&] {
    const auto nanos = static_cast<uint64_t>(Nanos(time.time_since_epoch()).count());
    const SeverityRow& severity = kSeverities[static_cast<size_t>(row.level)];
    out.fixed64(f::kTime, nanos);
    out.varint(f::kSeverity, severity.number);
    out.bytes(f::kSeverityText, severity.text);
    out.message(f::kBody, [&] { out.bytes(otlp::any_value::kString, row.help); });
    AttributeWriter attributes(out, f::kAttributes);
    for (const LogField& field : fields) {
      const std::string name = "sallyport." + std::string(field.key);
      if (const auto* text = std::get_if<std::string_view>(&field.value)) {
        attributes.text(name, *text);
      } else if (const auto* number = std::get_if<int64_t>(&field.value)) {
        attributes.number(name, *number);
      } else if (const auto* real = std::get_if<double>(&field.value)) {
        attributes.real(name, *real);
      } else {
        attributes.flag(name, std::get<bool>(field.value));
      }
    }
    out.fixed64(f::kObserved, nanos);
    out.bytes(f::kEventName, row.name);
  });
  return encoded;
}

void LogQueue::on_log(const LogEventRow& row, WallTime time,
                      std::initializer_list<LogField> fields) {
  std::string record = encode_log(row, time, fields);
  const std::lock_guard lock(mutex_);
  if (waiting_.records.size() == kMost) {
    waiting_.records.pop_front();
    ++waiting_.dropped;
  }
  waiting_.records.push_back(std::move(record));
}

LogQueue::Taken LogQueue::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(waiting_, {});
}

}  // namespace sally::telemetry
