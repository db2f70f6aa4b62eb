#include "app/log_archive.h"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "ledger/journal.h"
#include "ledger/log_reader.h"
#include "tlog/checkpoint.h"
#include "tlog/note.h"
#include "tlog/tile.h"

namespace sally::app {
namespace fs = std::filesystem;
namespace {

constexpr int kAttempts = 16;
constexpr size_t kMostTile = tlog::kTileWidth * (2 + tlog::kMaxEntry);

// What the writer replaces while it goes on, as it was at one moment: partial tiles are read, and
// segments of the journal are open. Full tiles stay as they are.
struct Moment {
  std::string checkpoint;                                 // empty: none yet
  std::vector<std::pair<std::string, std::string>> edge;  // path and bytes
  std::vector<ledger::Segment> journal;
};

Result<uint64_t> size_of(const std::string& checkpoint) {
  if (checkpoint.empty()) {
    return uint64_t{0};
  }
  TRY(const tlog::Note note, tlog::Note::parse(checkpoint));
  TRY(const tlog::Checkpoint parsed, tlog::Checkpoint::parse(note.text));
  return parsed.size;
}

// kNotFound where the writer moved on since the checkpoint was read.
Result<Moment> look_at(const fs::path& folder) {
  ledger::Disk& disk = ledger::real_disk();
  TRY(const auto reader, ledger::LogReader::open(folder));
  Moment out;
  TRY(out.checkpoint, reader.checkpoint());
  TRY(const uint64_t size, size_of(out.checkpoint));
  for (uint32_t level = 0; level < tlog::kMaxLevels; ++level) {
    const uint64_t index = (size >> (tlog::kTileHeight * level)) / tlog::kTileWidth;
    const uint64_t width = tlog::tile_width(level, index, size);
    if (width == 0) {
      continue;
    }
    std::vector<std::string> paths = {tlog::tile_path(level, index, width)};
    if (level == 0) {
      paths.push_back(tlog::bundle_path(index, width));
    }
    for (std::string& path : paths) {
      TRY(std::string bytes, disk.read_file(folder / path, kMostTile));
      out.edge.emplace_back(std::move(path), std::move(bytes));
    }
  }
  TRY(out.journal, ledger::open_segments(disk, folder / "journal"));
  if (!out.journal.empty() && out.journal.front().first_seq > size) {
    return Error(ErrorKind::kNotFound, "the journal begins behind the checkpoint");
  }
  return out;
}

}  // namespace

Result<> add_log(ArchiveWriter& archive, std::string_view name, const fs::path& folder) {
  Result<Moment> moment = look_at(folder);
  for (int i = 1; i < kAttempts && !moment.ok(); ++i) {
    if (moment.error().kind() != ErrorKind::kNotFound) {
      return std::move(moment).error();
    }
    TRY_OK(ledger::LogReader::open(folder));  // there is a log at all
    moment = look_at(folder);
  }
  if (!moment.ok()) {
    return Error(ErrorKind::kUnavailable,
                 fmt::format("the log does not hold still: {}", moment.error().message()),
                 "try again");
  }
  if (!moment->checkpoint.empty()) {
    TRY_OK(archive.add(fmt::format("{}/checkpoint", name), moment->checkpoint));
  }
  for (const auto& [path, bytes] : moment->edge) {
    TRY_OK(archive.add(fmt::format("{}/{}", name, path), bytes));
  }
  for (const ledger::Segment& segment : moment->journal) {
    TRY(const uint64_t size, segment.file->size());
    TRY_OK(archive.add_from(fmt::format("{}/journal/{}", name, segment.path.filename().string()),
                            size, [&segment](uint64_t offset, size_t count) -> Result<std::string> {
                              std::string bytes;
                              TRY_OK(segment.file->read(offset, count, bytes));
                              return bytes;
                            }));
  }
  // Partial tiles of other sizes come and go.
  TRY_OK(archive.add_folder(fmt::format("{}/tile", name), folder / "tile", [](const fs::path& at) {
    return at.parent_path().extension() != ".p";
  }));
  return archive.add_file(fmt::format("{}/pruned", name), folder / "pruned");
}

}  // namespace sally::app
