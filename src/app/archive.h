// An archive: files one after the other in a stream, for backups. The stream is sealed by somebody
// else (crypto/sealed_stream.h); what is read here was verified, but not by this program's author:
// names are checked all the same.
//
//   `F`, length of the name (2 bytes, big-endian), name, size (8 bytes), the bytes
//   `E`
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace sally::app {

inline constexpr size_t kMostArchiveName = 512;

// Whether a file of an archive may have this name: relative, plain parts of letters, digits and
// `._-`, none of them `.` or `..`.
[[nodiscard]] bool is_archive_name(std::string_view name);

class ArchiveWriter {
 public:
  using Sink = std::function<Result<>(ByteView)>;
  explicit ArchiveWriter(Sink sink) : sink_(std::move(sink)) {}

  // The first bytes of `path`, as many as it has when it is opened: it may grow meanwhile. A file
  // that is not there any more is left out.
  Result<> add_file(std::string_view name, const std::filesystem::path& path);
  Result<> add(std::string_view name, std::string_view bytes);
  // `size` bytes, as `read` gives them: at most `count` from `offset` on, none only at the end.
  using Read = std::function<Result<std::string>(uint64_t offset, size_t count)>;
  Result<> add_from(std::string_view name, uint64_t size, const Read& read);
  // Every file below `folder` that is `wanted`, in order of name; none where it is not there.
  using Wanted = std::function<bool(const std::filesystem::path& relative)>;
  Result<> add_folder(std::string_view name, const std::filesystem::path& folder,
                      const Wanted& wanted = {});
  Result<> finish();

  [[nodiscard]] uint64_t files() const { return files_; }
  [[nodiscard]] uint64_t bytes() const { return bytes_; }

 private:
  Result<> head(std::string_view name, uint64_t size);
  Sink sink_;
  uint64_t files_ = 0;
  uint64_t bytes_ = 0;
};

struct Extracted {
  uint64_t files = 0;
  uint64_t bytes = 0;
};

// Writes the files of an archive below `folder`, which is there and empty, each for its owner
// alone; they and their folders are on the disk when the call returns. `source` fills what it is
// given; less only at the end. kCorrupt where it is no archive, names a file twice or a file that
// may not be, or does not end.
Result<Extracted> extract(const std::function<Result<size_t>(MutableBytes)>& source,
                          const std::filesystem::path& folder);

}  // namespace sally::app
