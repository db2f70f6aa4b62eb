#include "ledger/live_index.h"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <system_error>
#include <utility>

#include "ledger/event_index.h"
#include "ledger/log_source.h"

namespace sally::ledger {
namespace {

constexpr std::chrono::seconds kPause{1};
constexpr int kLowestPriority = 19;

}  // namespace

LiveIndex::LiveIndex(std::filesystem::path folder, Logger& logger)
    : folder_(std::move(folder)), logger_(logger), thread_([this] { work(); }) {}

LiveIndex::~LiveIndex() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

bool LiveIndex::stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

Result<> LiveIndex::catch_up() {
  const std::filesystem::path file = index_file(folder_);
  std::error_code ignored;  // opening the file tells
  std::filesystem::create_directory(file.parent_path(), ignored);
  TRY(EventIndex index, EventIndex::open(file));
  TRY(const auto source, LogSource::open(folder_));
  while (!stopping()) {
    TRY_OK(index.catch_up(*source, [this] { return stopping(); }));
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kPause, [this] { return stopping_; });
  }
  return ok();
}

void LiveIndex::work() {
  // Of this thread alone: that is what Linux means by a process here. Best effort.
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kLowestPriority);
  std::string said;
  while (!stopping()) {
    const Result<> done = catch_up();
    if (done.ok()) {
      return;
    }
    if (done.error().message() != said) {
      said = done.error().message();
      logger_.write(LogEvent::kTaskFailed, {{"task", "index"}, {"error", said}});
    }
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kPause, [this] { return stopping_; });
  }
}

}  // namespace sally::ledger
