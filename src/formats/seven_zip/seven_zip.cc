#include "formats/seven_zip/seven_zip.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "base/text.h"
#include "formats/seven_zip/header.h"

namespace sally::formats {
namespace {

constexpr size_t kWindow = size_t{64} << 10;
constexpr size_t kMostName = 4096;

}  // namespace

class SevenZip::Archive {
 public:
  explicit Archive(const Input& input) : input_(input), archive_(archive_read_new()) {}
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;
  ~Archive() { archive_read_free(archive_); }

  Result<> open() {
    if (archive_ == nullptr || archive_read_support_format_7zip(archive_) != ARCHIVE_OK) {
      return Error(ErrorKind::kInternal, "7z could not start");
    }
    archive_read_set_callback_data(archive_, this);
    archive_read_set_read_callback(archive_, give);
    archive_read_set_seek_callback(archive_, seek);
    archive_read_set_skip_callback(archive_, skip);
    return archive_read_open1(archive_) == ARCHIVE_OK ? ok() : Result<>(failed());
  }

  Result<const SevenZipMember*> next() {
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(archive_, &entry);
    if (status == ARCHIVE_EOF) {
      return nullptr;
    }
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) {
      return failed();
    }
    const auto text = [](const char* from) {
      return from == nullptr ? "" : std::string(from, ::strnlen(from, kMostName));
    };
    const char* utf8 = archive_entry_pathname_utf8(entry);
    member_.name = text(utf8 != nullptr ? utf8 : archive_entry_pathname(entry));
    const char* link = archive_entry_symlink_utf8(entry);
    member_.link = text(link != nullptr ? link : archive_entry_symlink(entry));
    // Whoever sets no attributes leaves no type: what is nothing else is a file.
    const auto type = archive_entry_filetype(entry);
    member_.is_file = type != AE_IFDIR && type != AE_IFLNK;
    member_.is_encrypted = archive_entry_is_encrypted(entry) != 0;
    return &member_;
  }

  Result<size_t> read(MutableBytes to) {
    size_t made = 0;
    while (made < to.size()) {
      const la_ssize_t count = archive_read_data(archive_, to.data() + made, to.size() - made);
      if (count < 0) {
        return made > 0 ? Result<size_t>(made) : Result<size_t>(failed());
      }
      if (count == 0) {
        break;
      }
      made += static_cast<size_t>(count);
    }
    return made;
  }

 private:
  [[nodiscard]] Error failed() const {
    const char* what = archive_error_string(archive_);
    return Error(ErrorKind::kInvalidInput,
                 fmt::format("7z: {}", what == nullptr ? "damaged" : printable(what)));
  }

  static la_ssize_t give(archive* /*of*/, void* data, const void** buffer) {
    auto& self = *static_cast<Archive*>(data);
    const auto count =
        static_cast<size_t>(std::min<uint64_t>(kWindow, self.input_.size() - self.at_));
    self.window_.resize(count);
    if (!self.input_.read(self.at_, self.window_).ok()) {
      return ARCHIVE_FATAL;
    }
    self.at_ += count;
    *buffer = self.window_.data();
    return static_cast<la_ssize_t>(count);
  }
  static la_int64_t seek(archive* /*of*/, void* data, la_int64_t offset, int whence) {
    auto& self = *static_cast<Archive*>(data);
    const auto size = static_cast<la_int64_t>(self.input_.size());
    const la_int64_t base = whence == SEEK_SET   ? 0
                            : whence == SEEK_CUR ? static_cast<la_int64_t>(self.at_)
                                                 : size;
    la_int64_t to = 0;
    if (__builtin_add_overflow(base, offset, &to) || to < 0 || to > size) {
      return ARCHIVE_FATAL;
    }
    self.at_ = static_cast<uint64_t>(to);
    return to;
  }
  static la_int64_t skip(archive* /*of*/, void* data, la_int64_t count) {
    auto& self = *static_cast<Archive*>(data);
    const uint64_t there = self.input_.size() - self.at_;
    const uint64_t skipped = std::min(there, static_cast<uint64_t>(std::max<la_int64_t>(count, 0)));
    self.at_ += skipped;
    return static_cast<la_int64_t>(skipped);
  }

  const Input& input_;
  archive* archive_;
  uint64_t at_ = 0;
  Bytes window_;
  SevenZipMember member_;
};

SevenZip::SevenZip(std::unique_ptr<Archive> archive) : archive_(std::move(archive)) {}
SevenZip::~SevenZip() = default;

Result<std::unique_ptr<SevenZip>> SevenZip::open(const Input& input) {
  TRY_OK(check_seven_zip_header(input));
  auto archive = std::make_unique<Archive>(input);
  TRY_OK(archive->open());
  return std::unique_ptr<SevenZip>(new SevenZip(std::move(archive)));
}

Result<const SevenZipMember*> SevenZip::next() {
  return archive_->next();
}

Result<size_t> SevenZip::read(MutableBytes to) {
  return archive_->read(to);
}

bool begins_seven_zip(ByteView head) {
  return as_text(head).starts_with("7z\xbc\xaf\x27\x1c");
}

}  // namespace sally::formats
