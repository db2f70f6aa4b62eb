// LogSource: the log as an EventSource.
#pragma once

#include <filesystem>
#include <memory>

#include "core/event_source.h"
#include "ledger/log_reader.h"

namespace sally::ledger {

// Positions are sequence numbers. Belongs to one thread.
class LogSource final : public EventSource {
 public:
  // Errors as LogReader::open.
  static Result<std::unique_ptr<LogSource>> open(const std::filesystem::path& folder);

  [[nodiscard]] uint64_t first() const override { return reader_.first(); }
  // Also kCorrupt where `position` lies behind the end: the log lost entries that were read before,
  // or it is another one.
  [[nodiscard]] Result<uint64_t> read(uint64_t position, size_t most,
                                      const Visitor& visitor) override;
  // For what a position does not tell: how many entries there are, and reading that stops.
  [[nodiscard]] LogReader& reader() { return reader_; }

 private:
  explicit LogSource(LogReader reader) : reader_(std::move(reader)) {}
  LogReader reader_;
};

}  // namespace sally::ledger
