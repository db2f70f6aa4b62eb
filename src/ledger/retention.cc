#include "ledger/retention.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <system_error>

#include "base/text.h"
#include "ledger/disk.h"
#include "tlog/tile.h"

namespace sally::ledger {
namespace fs = std::filesystem;
namespace {

// Removes a file or a folder of partial files, and counts it.
Result<> remove(const fs::path& path, PruneReport& report) {
  std::error_code failed;
  if (fs::is_directory(fs::symlink_status(path, failed))) {
    for (fs::directory_iterator at(path, failed), end; !failed && at != end; at.increment(failed)) {
      report.bytes += at->file_size(failed);
      ++report.files;
    }
    fs::remove_all(path, failed);
  } else {
    const uint64_t size = fs::file_size(path, failed);
    failed.clear();
    if (fs::remove(path, failed)) {
      report.bytes += size;
      ++report.files;
    }
  }
  if (failed && failed != std::errc::no_such_file_or_directory) {
    return Error(ErrorKind::kIo,
                 fmt::format("cannot delete `{}`: {}", printable(path.string()), failed.message()));
  }
  return ok();
}

}  // namespace

Result<PrunePlan> plan_prune(LogReader& reader, uint64_t checkpoint_size, Millis keep, WallTime now,
                             const Holds& holds, uint64_t most) {
  if (keep <= Millis(0)) {
    return Error(ErrorKind::kUsage,
                 "there is no retention policy, and without one nothing is pruned",
                 "set `ledger.retention` to how long entries are kept, such as 400d");
  }
  PrunePlan plan;
  plan.present = reader.first();
  plan.minimum = plan.present;
  // Whether a hold protects an entry: it is of a time that the hold covers (whoever it is about:
  // a prefix goes whole), or it placed the hold.
  const auto is_held = [&](uint64_t seq, WallTime time) {
    for (const auto& [id, active] : holds.active()) {
      if (seq == active.seq || time >= active.hold.since.value_or(WallTime{})) {
        plan.held_by.emplace_back(id.str());
      }
    }
    return !plan.held_by.empty();
  };
  uint64_t end = plan.present;
  std::optional<Error> unreadable;
  TRY_OK(reader.read(plan.present,
                     std::min(most, checkpoint_size - std::min(checkpoint_size, plan.present)),
                     [&](uint64_t seq, std::string_view entry) {
                       const auto event = parse_any(entry);
                       if (!event) {
                         unreadable = event.error().in(fmt::format("entry {}", seq));
                         return Visit::kStop;
                       }
                       const WallTime time = time_of(*event);
                       if (time > now - keep || is_held(seq, time)) {
                         return Visit::kStop;
                       }
                       end = seq + 1;
                       return Visit::kContinue;
                     }));
  if (unreadable) {
    return *unreadable;
  }
  plan.minimum = std::max(plan.present, end - end % tlog::kTileWidth);
  return plan;
}

Result<PruneReport> prune(const fs::path& folder, const PrunePlan& plan) {
  PruneReport report;
  if (!plan.does_something()) {
    return report;
  }
  // Said before it is so: whoever reads meanwhile is told that entries were pruned, not that they
  // are missing.
  Disk& disk = real_disk();
  const fs::path fresh = folder / "pruned.new";
  {
    TRY(const auto file, disk.create(fresh));
    TRY_OK(file->write(0, fmt::format("{}\n", plan.minimum)));
    TRY_OK(file->sync());
  }
  TRY_OK(disk.rename(fresh, folder / "pruned"));
  TRY_OK(disk.sync_folder(folder));
  // From the beginning: what an earlier pruning left when it was cut short goes, too.
  for (uint64_t index = 0; index < plan.minimum / tlog::kTileWidth; ++index) {
    for (const std::string& path : {tlog::bundle_path(index), tlog::tile_path(0, index)}) {
      TRY_OK(remove(folder / path, report));
      TRY_OK(remove(folder / tlog::partial_folder(path), report));
    }
  }
  return report;
}

}  // namespace sally::ledger
