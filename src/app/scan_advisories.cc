#include "app/scan_advisories.h"

#include <fmt/format.h>

#include <optional>

#include "base/text.h"

namespace sally::app {
namespace {

constexpr std::string_view kVariable = "OSV_SCANNER_LOCAL_DB_CACHE_DIRECTORY";

// `newest`, which is RFC 3339, as a time; nullopt: it is none.
std::optional<WallTime> time_of(const std::string& newest) {
  constexpr size_t kSeconds = 19;  // `2024-10-10T17:22:00`
  const auto time = parse_time(newest.substr(0, kSeconds) + "Z");
  return time.ok() ? std::optional(*time) : std::nullopt;
}

std::optional<int64_t> age_in_days(const Clock& clock, const std::string& newest) {
  const auto time = time_of(newest);
  if (!time) {
    return std::nullopt;
  }
  return std::chrono::floor<std::chrono::days>(clock.now() - *time).count();
}

}  // namespace

Result<std::unique_ptr<const vet::dependency::Advisories>> open_advisories(
    const World& world, const AdvisoryOptions& options) {
  std::vector<std::string> folders = options.folders;
  if (folders.empty()) {
    if (const auto folder = world.outside.environment(std::string(kVariable));
        folder && !folder->empty()) {
      folders.push_back(*folder);
    }
  }
  if (folders.empty()) {
    return std::unique_ptr<const vet::dependency::Advisories>();
  }
  return vet::dependency::Advisories::open(folders);
}

std::optional<WallTime> newest_of(const vet::dependency::Advisories& advisories) {
  std::optional<WallTime> oldest;
  for (const vet::dependency::Advisories::Read& read : advisories.read()) {
    const auto time = time_of(read.newest);
    if (time && (!oldest || *time < *oldest)) {
      oldest = time;
    }
  }
  return oldest;
}

Result<> tell_age(const World& world, const AdvisoryOptions& options,
                  const vet::dependency::Advisories& advisories) {
  std::optional<std::string> wrong;
  for (const vet::dependency::Advisories::Read& read : advisories.read()) {
    const std::string name = read.ecosystem.empty() ? "all ecosystems" : printable(read.ecosystem);
    const auto days = age_in_days(world.clock, read.newest);
    world.console.err(fmt::format(
        "advisories: {}: {} records, {}\n", name, read.records,
        days ? fmt::format("the newest of {}, {} days old", read.newest.substr(0, 10), *days)
             : std::string("of unknown age")));
    if (read.unreadable > 0) {
      wrong = fmt::format("{} of the advisories of {} cannot be read", read.unreadable, name);
    } else if (!days || *days > static_cast<int64_t>(options.most_days)) {
      wrong = fmt::format("the advisories of {} are older than {} days", name, options.most_days);
    }
    if (wrong && options.stale != "fail") {
      world.console.err(fmt::format("warning: {}\n", *wrong));
    }
  }
  if (wrong && options.stale == "fail") {
    return Error(ErrorKind::kUnavailable, *wrong,
                 "fetch them again, or allow more with --max-advisory-age");
  }
  return ok();
}

}  // namespace sally::app
