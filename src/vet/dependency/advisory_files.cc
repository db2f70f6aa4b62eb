#include "vet/dependency/advisory_files.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <vector>

#include "formats/codec/checksum.h"
#include "formats/codec/unpacker.h"
#include "formats/input.h"
#include "formats/zip/zip.h"
#include "vet/file_input.h"

namespace sally::vet::dependency {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMostRecord = uint64_t{16} << 20;
constexpr uint32_t kMostRecords = 1'000'000;
constexpr uint64_t kMostNames = uint64_t{128} << 20;

// One record of an archive; nullopt: it cannot be read.
std::optional<std::string> unpack(const formats::Input& archive, const formats::ZipMember& member) {
  if (member.unpacked > kMostRecord) {
    return std::nullopt;
  }
  const formats::PartOfInput packed(archive, member.data, member.packed);
  std::string out;
  if (member.method == formats::kZipStored) {
    auto text = formats::read_all(packed, kMostRecord);
    if (!text.ok()) {
      return std::nullopt;
    }
    out = *std::move(text);
  } else if (member.method == formats::kZipDeflated) {
    const auto unpacker = formats::Unpacker::open(formats::Codec::kDeflate, packed);
    if (!unpacker.ok()) {
      return std::nullopt;
    }
    out.resize(member.unpacked);
    const MutableBytes room = std::as_writable_bytes(std::span(out));
    for (size_t filled = 0; filled < room.size();) {
      const auto count = (*unpacker)->read(room.subspan(filled));
      if (!count.ok() || *count == 0) {
        return std::nullopt;
      }
      filled += *count;
    }
  } else {
    return std::nullopt;
  }
  return formats::crc32_of(as_bytes(out)) == member.crc ? std::optional(std::move(out))
                                                        : std::nullopt;
}

size_t read_archive(const std::string& path, const std::function<void(std::string_view)>& take) {
  const auto file = FileInput::open(path);
  if (!file.ok()) {
    return 1;
  }
  const formats::ZipContents contents =
      formats::read_zip(**file, {.members = kMostRecords, .names = kMostNames});
  size_t unreadable = contents.unread || contents.members.empty() ? 1 : 0;
  for (const formats::ZipMember& member : contents.members) {
    if (!member.listed || !member.name.ends_with(".json")) {
      continue;
    }
    if (const auto record = unpack(**file, member)) {
      take(*record);
    } else {
      ++unreadable;
    }
  }
  return unreadable;
}

}  // namespace

size_t read_advisory_files(const std::string& path,
                           const std::function<void(std::string_view)>& take) {
  std::error_code failure;
  if (!fs::is_directory(path, failure)) {
    return read_archive(path, take);
  }
  std::vector<std::string> files;
  for (fs::directory_iterator at(path, failure), end; !failure && at != end;
       at.increment(failure)) {
    if (at->path().extension() == ".json" && files.size() < kMostRecords) {
      files.push_back(at->path().string());
    }
  }
  std::ranges::sort(files);
  size_t unreadable = failure ? 1 : 0;
  for (const std::string& name : files) {
    const auto file = FileInput::open(name);
    const auto text =
        file.ok() ? formats::read_all(**file, kMostRecord) : Result<std::string>(file.error());
    if (text.ok()) {
      take(*text);
    } else {
      ++unreadable;
    }
  }
  return unreadable;
}

}  // namespace sally::vet::dependency
