// Log events: facts with fields, not sentences. Every event has a row in `log_events.def`.
//
//   log.write(LogEvent::kUpstreamDown, {{"upstream", id.str()}, {"error", error.message()}});
//
// A field is text, a number or a flag. A Secret has no conversion to a field, so none can be
// logged. One line per event on the sink: JSON, or aligned text for a person at a terminal.
#pragma once

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.h"
#include "base/error.h"

namespace sally {

enum class LogEvent : uint8_t {
#define SALLY_LOG_EVENT(constant, name, level, help) constant,
#include "base/log_events.def"
#undef SALLY_LOG_EVENT
};

struct LogEventRow {
  LogEvent event;
  std::string_view name;
  LogLevel level;
  std::string_view help;
};
const LogEventRow& row_of(LogEvent event);

struct LogField {
  std::string_view key;
  std::variant<std::string_view, int64_t, double, bool> value;

  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}
  LogField(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
  LogField(std::string_view k, bool v) : key(k), value(v) {}
  LogField(std::string_view k, double v) : key(k), value(v) {}
  template <typename Int>
    requires(std::is_integral_v<Int> && !std::is_same_v<Int, bool>)
  LogField(std::string_view k, Int v) : key(k), value(static_cast<int64_t>(v)) {}
};

enum class LogFormat : uint8_t { kJson, kText };

// Sees every event that is written, besides the file descriptor.
class LogTap {
 public:
  // From any thread, while the event is written: does not block, and does not log.
  virtual void on_log(const LogEventRow& row, WallTime time,
                      std::initializer_list<LogField> fields) = 0;

 protected:
  ~LogTap() = default;
};

// Writes to a file descriptor, one write(2) per line. Safe from every thread.
class Logger {
 public:
  // `fd` and `clock` outlive the logger.
  Logger(int fd, LogFormat format, LogLevel least, const Clock& clock)
      : fd_(fd), format_(format), least_(least), clock_(clock) {}

  void write(LogEvent event, std::initializer_list<LogField> fields = {});

  // From now on `tap` is told too; nullptr: nobody. Taken back when no other thread logs any more.
  void set_tap(LogTap* tap) { tap_.store(tap, std::memory_order_release); }

 private:
  int fd_;
  LogFormat format_;
  LogLevel least_;
  const Clock& clock_;
  std::atomic<LogTap*> tap_{nullptr};
};

// Appends `text` to `out` as the inside of a JSON string. Invalid UTF-8 becomes U+FFFD.
void append_json_escaped(std::string& out, std::string_view text);

}  // namespace sally
