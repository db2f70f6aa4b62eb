#include "formats/seven_zip/seven_zip.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "base/text.h"

namespace sally::formats {
namespace {

constexpr size_t kWindow = size_t{64} << 10;
constexpr size_t kMostName = 4096;
constexpr uint64_t kMostHeader = uint64_t{4} << 20;  // libarchive holds many times of it
constexpr uint64_t kMostCoders = 4;

Error no_header() {
  return Error(ErrorKind::kInvalidInput, "7z: its header is none that is read");
}

Error large_header() {
  return Error(ErrorKind::kTooLarge,
               fmt::format("7z: its header has more than {} MiB", kMostHeader >> 20U));
}

// A number as 7z writes it: the ones that lead the first octet count those that follow.
Result<uint64_t> number(InputReader& in) {
  TRY(const auto first, in.little<uint8_t>());
  uint64_t value = 0;
  unsigned mask = 0x80;
  for (unsigned i = 0; i < 8; ++i, mask >>= 1U) {
    if ((first & mask) == 0) {
      return value | static_cast<uint64_t>(first & (mask - 1)) << (8 * i);
    }
    TRY(const auto next, in.little<uint8_t>());
    value |= static_cast<uint64_t>(next) << (8 * i);
  }
  return value;
}

Result<> expect(InputReader& in, uint8_t id) {
  TRY(const auto found, in.little<uint8_t>());
  return found == id ? ok() : Result<>(no_header());
}

// Skips the coders of a folder; how many streams come out of them.
Result<uint64_t> skip_folder(InputReader& in) {
  constexpr uint8_t kIdSize = 0x0F;
  constexpr uint8_t kHasStreams = 0x10;
  constexpr uint8_t kHasProperties = 0x20;
  TRY(const uint64_t coders, number(in));
  uint64_t ins = 0;
  uint64_t outs = 0;
  if (coders == 0 || coders > kMostCoders) {
    return no_header();
  }
  for (uint64_t i = 0; i < coders; ++i) {
    TRY(const auto flags, in.little<uint8_t>());
    TRY_OK(in.skip(flags & kIdSize));
    uint64_t own_ins = 1;
    uint64_t own_outs = 1;
    if ((flags & kHasStreams) != 0) {
      TRY(own_ins, number(in));
      TRY(own_outs, number(in));
    }
    if (own_ins > kMostCoders || own_outs > kMostCoders) {
      return no_header();
    }
    ins += own_ins;
    outs += own_outs;
    if ((flags & kHasProperties) != 0) {
      TRY(const uint64_t properties, number(in));
      TRY_OK(in.skip(properties));
    }
  }
  if (outs == 0 || ins < outs - 1) {
    return no_header();
  }
  const uint64_t pairs = outs - 1;
  const uint64_t packed = ins - pairs;
  for (uint64_t i = 0; i < 2 * pairs + (packed > 1 ? packed : 0); ++i) {
    TRY_OK(number(in));
  }
  return outs;
}

// Whether the header, unpacked, is small enough to be given to libarchive, whose memory grows with
// it. 7zFormat.txt of the LZMA SDK.
Result<> check_header(const Input& input) {
  constexpr uint64_t kStart = 32;
  constexpr uint64_t kOffset = 12;
  constexpr uint8_t kEncoded = 0x17;
  constexpr uint8_t kPackInfo = 0x06;
  constexpr uint8_t kUnpackInfo = 0x07;
  constexpr uint8_t kSizes = 0x09;
  constexpr uint8_t kDigests = 0x0A;
  constexpr uint8_t kFolder = 0x0B;
  constexpr uint8_t kUnpackSizes = 0x0C;
  InputReader start(input, kOffset);
  TRY(const auto offset, start.little<uint64_t>());
  TRY(const auto size, start.little<uint64_t>());
  if (size > kMostHeader) {
    return large_header();
  }
  if (size == 0 || offset > input.size() || kStart + offset >= input.size()) {
    return ok();  // empty, or libarchive says what is wrong
  }
  InputReader in(input, kStart + offset);
  TRY(const auto kind, in.little<uint8_t>());
  if (kind != kEncoded) {
    return ok();
  }
  TRY_OK(expect(in, kPackInfo));
  TRY_OK(number(in));
  TRY(const uint64_t streams, number(in));
  if (streams == 0 || streams > kMostCoders) {
    return no_header();
  }
  TRY_OK(expect(in, kSizes));
  for (uint64_t i = 0; i < streams; ++i) {
    TRY_OK(number(in));
  }
  TRY(auto next, in.little<uint8_t>());
  if (next == kDigests) {
    TRY_OK(expect(in, 1));  // all of them have one
    TRY_OK(in.skip(streams * sizeof(uint32_t)));
    TRY(next, in.little<uint8_t>());
  }
  if (next != 0) {
    return no_header();
  }
  TRY_OK(expect(in, kUnpackInfo));
  TRY_OK(expect(in, kFolder));
  TRY_OK(expect(in, 1));  // one folder
  TRY_OK(expect(in, 0));  // which stands here
  TRY(const uint64_t outs, skip_folder(in));
  TRY_OK(expect(in, kUnpackSizes));
  for (uint64_t i = 0; i < outs; ++i) {
    TRY(const uint64_t unpacked, number(in));
    if (unpacked > kMostHeader) {
      return large_header();
    }
  }
  return ok();
}

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
  TRY_OK(check_header(input));
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
