// LogReader: reads a log from its files, in this or another process, while it is being written.
//
//   TRY(auto reader, LogReader::open("ledger"));
//   TRY(uint64_t end, reader.size());
//   TRY_OK(reader.read(end - 10, 10, [](uint64_t seq, std::string_view entry) { ... }));
//
// What is in the rings only is not seen: the writer moves it to the journal within milliseconds.
// Nothing is verified here: that is the verifier's work.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ledger/disk.h"
#include "ledger/visit.h"

namespace sally::ledger {

// What stands in the journal behind its last whole frame, where a reader ends.
struct UnreadTail {
  uint64_t bytes = 0;  // 0: nothing
  std::string file;
  uint64_t offset = 0;
  // More entries were durable than can be read: no write that goes on, or that a crash cut short.
  bool is_damage = false;
};

class LogReader {
 public:
  // kNotFound where `folder` holds no log. An object belongs to one thread.
  // `disk` outlives it.
  static Result<LogReader> open(const std::filesystem::path& folder, Disk& disk = real_disk());
  LogReader(LogReader&&) noexcept;
  LogReader& operator=(LogReader&&) noexcept;
  LogReader(const LogReader&) = delete;
  LogReader& operator=(const LogReader&) = delete;
  ~LogReader();

  // The oldest entry that is kept: greater than 0 when the log was pruned.
  [[nodiscard]] uint64_t first() const;
  // How many entries the log has now, those in the journal included.
  [[nodiscard]] Result<uint64_t> size();
  // What was not read of the journal when size() was asked last.
  [[nodiscard]] Result<UnreadTail> unread_tail() const;
  // The newest checkpoint, as it stands; empty where there is none yet.
  [[nodiscard]] Result<std::string> checkpoint() const;

  using Visitor = std::function<Visit(uint64_t seq, std::string_view entry)>;
  // Shows the entries from `from` on in their order, at most `most`, and returns when there are no
  // more. Does not wait. kNotFound where `from` was pruned; kCorrupt, with file and place.
  [[nodiscard]] Result<> read(uint64_t from, uint64_t most, const Visitor& visitor);

 private:
  class Impl;
  explicit LogReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sally::ledger
