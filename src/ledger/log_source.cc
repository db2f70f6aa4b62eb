#include "ledger/log_source.h"

#include <fmt/format.h>

#include <algorithm>

namespace sally::ledger {

Result<std::unique_ptr<LogSource>> LogSource::open(const std::filesystem::path& folder) {
  TRY(LogReader reader, LogReader::open(folder));
  return std::unique_ptr<LogSource>(new LogSource(std::move(reader)));
}

Result<uint64_t> LogSource::read(uint64_t position, size_t most, const Visitor& visitor) {
  TRY(const uint64_t size, reader_.size());
  if (position > size) {
    return Error(ErrorKind::kCorrupt,
                 fmt::format("the log ends at {}, before position {}", size, position),
                 "it is another log, or it lost entries: sallyport audit verify");
  }
  if (position == size || most == 0) {
    return position;
  }
  uint64_t next = position;
  TRY_OK(reader_.read(position, most, [&](uint64_t seq, std::string_view entry) {
    visitor({.seq = seq, .json = entry});
    next = seq + 1;
    return Visit::kContinue;
  }));
  return next;
}

}  // namespace sally::ledger
