// LogQueue: the process's log events on their way to the collector.
#pragma once

#include <deque>
#include <mutex>
#include <string>

#include "base/log.h"

namespace sally::telemetry {

// A log event as an element of an export request.
std::string encode_log(const LogEventRow& row, WallTime time,
                       std::initializer_list<LogField> fields);

// Takes from every thread: log events are rare, so a mutex will do.
class LogQueue final : public LogTap {
 public:
  static constexpr size_t kMost = 4096;  // records; beyond it the oldest go

  void on_log(const LogEventRow& row, WallTime time,
              std::initializer_list<LogField> fields) override;
  // What waits, oldest first, and how many were dropped since the last call.
  struct Taken {
    std::deque<std::string> records;
    uint64_t dropped = 0;
  };
  Taken take();

 private:
  std::mutex mutex_;
  Taken waiting_;
};

}  // namespace sally::telemetry
