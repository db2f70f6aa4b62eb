// LiveIndex: keeps the index of a log up to date while the log grows, so that a question finds
// nothing left to do.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "base/log.h"

namespace sally::ledger {

class LiveIndex {
 public:
  // Works in a thread of its own, of the lowest priority, once a second while there is news. What
  // goes wrong is logged once and tried again. `logger` outlives it.
  LiveIndex(std::filesystem::path folder, Logger& logger);
  LiveIndex(const LiveIndex&) = delete;
  LiveIndex& operator=(const LiveIndex&) = delete;
  // Ends after the transaction at hand.
  ~LiveIndex();

 private:
  void work();
  [[nodiscard]] bool stopping();
  // Takes in what is new, until there is no more.
  [[nodiscard]] Result<> catch_up();

  const std::filesystem::path folder_;
  Logger& logger_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace sally::ledger
