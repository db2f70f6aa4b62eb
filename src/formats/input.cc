#include "formats/input.h"

#include <fmt/format.h>

#include <algorithm>

namespace sally::formats {
namespace {

constexpr size_t kWindow = size_t{64} << 10;

Error ends_early(uint64_t at) {
  return Error(ErrorKind::kInvalidInput,
               fmt::format("ends at octet {} in the middle of something", at));
}

Result<> inside(const Input& input, uint64_t offset, size_t count) {
  if (offset > input.size() || count > input.size() - offset) {
    return ends_early(input.size());
  }
  return ok();
}

}  // namespace

Result<> MemoryInput::read(uint64_t offset, MutableBytes to) const {
  TRY_OK(inside(*this, offset, to.size()));
  std::ranges::copy(bytes_.subspan(static_cast<size_t>(offset), to.size()), to.begin());
  return ok();
}

PartOfInput::PartOfInput(const Input& whole, uint64_t offset, uint64_t length)
    : whole_(whole),
      offset_(std::min(offset, whole.size())),
      length_(std::min(length, whole.size() - offset_)) {}

Result<> PartOfInput::read(uint64_t offset, MutableBytes to) const {
  TRY_OK(inside(*this, offset, to.size()));
  return whole_.read(offset_ + offset, to);
}

Result<std::string> read_all(const Input& input, uint64_t most) {
  if (input.size() > most) {
    return Error(ErrorKind::kTooLarge,
                 fmt::format("has {} octets; {} are the most", input.size(), most));
  }
  std::string text(static_cast<size_t>(input.size()), '\0');
  TRY_OK(input.read(0, std::as_writable_bytes(std::span(text))));
  return text;
}

Result<Bytes> head_of(const Input& input, size_t most) {
  Bytes head(static_cast<size_t>(std::min<uint64_t>(most, input.size())));
  TRY_OK(input.read(0, head));
  return head;
}

InputReader::InputReader(const Input& input, uint64_t from)
    : input_(input), size_(input.size()), window_from_(std::min(from, size_)) {}

Result<ByteView> InputReader::take_more(uint64_t count) {
  const uint64_t at = position();
  if (count > size_ - at) {
    return ends_early(size_);
  }
  if (count > kMostAtOnce) {
    return Error(ErrorKind::kTooLarge, fmt::format("{} octets at once at octet {}; {} are the most",
                                                   count, at, kMostAtOnce));
  }
  const auto want =
      static_cast<size_t>(std::min<uint64_t>(std::max<uint64_t>(count, kWindow), size_ - at));
  if (window_.size() < want || window_.size() > 16 * std::max(want, kWindow)) {
    window_ = Bytes(want);
  }
  window_from_ = at;
  next_ = 0;
  filled_ = 0;
  TRY_OK(input_.read(at, MutableBytes(window_).first(want)));
  filled_ = want;
  next_ = static_cast<size_t>(count);
  return ByteView(window_).first(next_);
}

Result<> InputReader::skip(uint64_t count) {
  if (count > remaining()) {
    return ends_early(size_);
  }
  if (count <= filled_ - next_) {
    next_ += static_cast<size_t>(count);
    return ok();
  }
  window_from_ = position() + count;
  next_ = 0;
  filled_ = 0;
  return ok();
}

Result<ByteView> InputReader::take_until(std::byte end, size_t most) {
  size_t searched = 0;
  for (;;) {
    const size_t have = filled_ - next_;
    const auto begin = window_.begin() + static_cast<ptrdiff_t>(next_);
    const auto found = std::find(begin + static_cast<ptrdiff_t>(searched),
                                 begin + static_cast<ptrdiff_t>(have), end);
    const auto length = static_cast<size_t>(found - begin);
    if (length > most) {
      return Error(ErrorKind::kTooLarge,
                   fmt::format("the line at octet {} has more than {} octets", position(), most));
    }
    if (length < have) {
      TRY(const ByteView line, take(length + 1));
      return line.first(length);
    }
    if (have == remaining()) {
      return ends_early(size_);
    }
    searched = have;
    TRY_OK(peek(std::min<uint64_t>(remaining(), std::max<uint64_t>(2 * have, kWindow))));
  }
}

}  // namespace sally::formats
