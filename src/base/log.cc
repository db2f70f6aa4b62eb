#include "base/log.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>

#include "base/encoding.h"
#include "base/text.h"

namespace sally {
namespace {

constexpr LogEventRow kRows[] = {
#define SALLY_LOG_EVENT(constant, name, level, help) \
  {LogEvent::constant, name, LogLevel::level, help},
#include "base/log_events.def"
#undef SALLY_LOG_EVENT
};

constexpr std::array<std::string_view, 4> kLevels = {"debug", "info", "warn", "error"};

void append_value(std::string& out, const LogField& field, LogFormat format) {
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    if (format == LogFormat::kJson) {
      out += '"';
      append_json_escaped(out, *text);
      out += '"';
    } else {
      out += printable(*text, 400);
    }
  } else if (const auto* number = std::get_if<int64_t>(&field.value)) {
    out += fmt::format("{}", *number);
  } else if (const auto* real = std::get_if<double>(&field.value)) {
    out += fmt::format("{}", *real);
  } else {
    out += std::get<bool>(field.value) ? "true" : "false";
  }
}

}  // namespace

const LogEventRow& row_of(LogEvent event) {
  return kRows[static_cast<size_t>(event)];
}

void append_json_escaped(std::string& out, std::string_view text) {
  if (!is_utf8(text)) {
    // The longest valid prefix, then the replacement character for one octet, and again.
    while (!text.empty()) {
      size_t good = 0;
      while (good < text.size()) {
        const auto lead = static_cast<uint8_t>(text[good]);
        const size_t next = good + (lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1);
        if (next > text.size() || !is_utf8(text.substr(good, next - good))) {
          break;
        }
        good = next;
      }
      append_json_escaped(out, text.substr(0, good));
      if (good < text.size()) {
        out += "\xEF\xBF\xBD";
        ++good;
      }
      text.remove_prefix(good);
    }
    return;
  }
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (u < 0x20 || u == 0x7F) {
      out += fmt::format("\\u{:04x}", u);
    } else {
      out += c;
    }
  }
}

void Logger::write(LogEvent event, std::initializer_list<LogField> fields) {
  const LogEventRow& row = row_of(event);
  if (row.level < least_) {
    return;
  }
  const WallTime now = clock_.now();
  if (LogTap* const tap = tap_.load(std::memory_order_acquire)) {
    tap->on_log(row, now, fields);
  }
  const std::string_view level = kLevels[static_cast<size_t>(row.level)];
  std::string line;
  if (format_ == LogFormat::kJson) {
    line = fmt::format(R"({{"time":"{}","level":"{}","event":"{}")", format_time(now), level,
                       row.name);
    for (const LogField& field : fields) {
      line += fmt::format(",\"{}\":", field.key);
      append_value(line, field, format_);
    }
    line += "}\n";
  } else {
    line = fmt::format("{} {:5} {}", format_time(now), level, row.name);
    for (const LogField& field : fields) {
      line += fmt::format("  {}=", field.key);
      append_value(line, field, format_);
    }
    line += '\n';
  }
  // A log that cannot be written must not stop the gate; the record of access is another path.
  [[maybe_unused]] const ssize_t ignored = ::write(fd_, line.data(), line.size());
}

}  // namespace sally
