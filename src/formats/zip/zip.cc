#include "formats/zip/zip.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>
#include <string_view>
#include <tuple>

#include "base/text.h"

namespace sally::formats {
namespace {

constexpr std::string_view kLocal = "PK\x03\x04";
constexpr std::string_view kCentral = "PK\x01\x02";
constexpr std::string_view kEnd = "PK\x05\x06";
constexpr std::string_view kEnd64 = "PK\x06\x06";
constexpr std::string_view kLocator64 = "PK\x06\x07";
constexpr std::string_view kDescriptor = "PK\x07\x08";
constexpr std::string_view kSpanned = "PK00PK\x03\x04";

constexpr size_t kLocalSize = 30;
constexpr size_t kCentralSize = 46;
constexpr size_t kEndSize = 22;
constexpr size_t kEnd64Size = 56;
constexpr size_t kLocatorSize = 20;
constexpr size_t kMostComment = 0xFFFF;
constexpr size_t kMostDescriptor = 24;
constexpr uint32_t kInZip64 = 0xFFFF'FFFF;

constexpr size_t kMostEnds = 16;  // end records that are followed
constexpr size_t kMostRemarks = 500;
constexpr size_t kMostOutside = 64;
constexpr size_t kShownName = 80;
constexpr size_t kChunk = size_t{256} << 10;
constexpr size_t kLookedAtOnce = 512;  // of a local header: its name is seldom longer

template <typename T>
T little(ByteView at, size_t offset) {
  T value = 0;
  std::memcpy(&value, at.data() + offset, sizeof value);
  return value;
}

bool begins(ByteView octets, std::string_view signature) {
  return as_text(octets).starts_with(signature);
}

// The next `count` octets from `offset` on, or as many as there are.
Result<Bytes> at_most(const Input& input, uint64_t offset, uint64_t count) {
  Bytes octets;
  if (offset < input.size()) {
    octets.resize(static_cast<size_t>(std::min(count, input.size() - offset)));
    TRY_OK(input.read(offset, octets));
  }
  return octets;
}

// Where the end record may stand: the last octets.
Result<Bytes> tail_of(const Input& input) {
  const uint64_t length = std::min<uint64_t>(input.size(), kEndSize + kMostComment);
  return at_most(input, input.size() - length, length);
}

struct Extent {
  uint64_t begin;
  uint64_t end;
};

// A central directory that some reader takes.
struct Directory {
  uint64_t begin;
  uint64_t shift;  // is added to the offsets in it, modulo 2^64
  uint64_t count;
  uint64_t size;
  uint64_t end_record;
};

// What extra fields say of sizes beyond 32 bits and of another name.
struct Extra {
  ByteView zip64;
  std::string_view name;
};

Extra read_extra(ByteView extra) {
  constexpr uint16_t kZip64 = 0x0001;
  constexpr uint16_t kUnicodeName = 0x7075;
  constexpr size_t kBeforeName = 5;
  Extra out;
  while (extra.size() >= 4) {
    const auto id = little<uint16_t>(extra, 0);
    const size_t length = std::min<size_t>(little<uint16_t>(extra, 2), extra.size() - 4);
    const ByteView body = extra.subspan(4, length);
    if (id == kZip64) {
      out.zip64 = body;
    } else if (id == kUnicodeName && body.size() > kBeforeName) {
      out.name = as_text(body.subspan(kBeforeName));
    }
    extra = extra.subspan(4 + length);
  }
  return out;
}

// `value`, or where it says so the next of the 64-bit fields.
uint64_t widened(uint32_t value, ByteView& zip64) {
  if (value != kInZip64 || zip64.size() < sizeof(uint64_t)) {
    return value;
  }
  const auto wide = little<uint64_t>(zip64, 0);
  zip64 = zip64.subspan(sizeof(uint64_t));
  return wide;
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

struct LocalHeader {
  std::string name;
  uint64_t data = 0;
  uint64_t packed = 0;
  uint64_t unpacked = 0;
  uint32_t crc = 0;
  uint16_t method = 0;
  uint16_t flags = 0;
};

// The local header at `offset`; nullopt where there is none.
Result<std::optional<LocalHeader>> local_at(const Input& input, uint64_t offset) {
  TRY(Bytes octets, at_most(input, offset, kLookedAtOnce));
  if (octets.size() < kLocalSize || !begins(octets, kLocal)) {
    return std::optional<LocalHeader>();
  }
  const size_t name_size = little<uint16_t>(octets, 26);
  const size_t extra_size = little<uint16_t>(octets, 28);
  const size_t whole = kLocalSize + name_size + extra_size;
  if (whole > octets.size()) {
    TRY(octets, at_most(input, offset, whole));
  }
  if (whole > octets.size()) {
    return std::optional<LocalHeader>();
  }
  const ByteView view(octets);
  LocalHeader header{.name = std::string(as_text(view.subspan(kLocalSize, name_size))),
                     .data = offset + whole,
                     .crc = little<uint32_t>(view, 14),
                     .method = little<uint16_t>(view, 8),
                     .flags = little<uint16_t>(view, 6)};
  Extra extra = read_extra(view.subspan(kLocalSize + name_size, extra_size));
  header.unpacked = widened(little<uint32_t>(view, 22), extra.zip64);
  header.packed = widened(little<uint32_t>(view, 18), extra.zip64);
  return std::optional(std::move(header));
}

// A whole reading of one input.
class Reading {
 public:
  Reading(const Input& input, const ZipLimits& limits) : input_(input), limits_(limits) {}

  ZipContents run() {
    if (auto done = read(); !done.ok()) {
      contents_.unread = done.error();
    }
    std::ranges::sort(contents_.members, [](const ZipMember& a, const ZipMember& b) {
      return std::tie(a.header, b.listed, a.name) < std::tie(b.header, a.listed, b.name);
    });
    return std::move(contents_);
  }

 private:
  Result<> read() {
    TRY_OK(find_directories());
    for (size_t i = 0; i < directories_.size(); ++i) {
      const Directory directory = directories_[i];
      if (i > 0) {
        if (is_in_stored(directory.end_record)) {
          continue;  // the directory of a member that is a zip
        }
        remark(
            ZipOddity::kTwoDirectories, directory.begin,
            fmt::format("directories at octets {} and {}", directories_[0].begin, directory.begin));
      }
      TRY_OK(walk(directory));
    }
    if (directories_.empty()) {
      remark(ZipOddity::kNoDirectory, 0, "");
    }
    find_overlaps();
    return search_gaps();
  }

  // Directories by every end record, the last one first: the one that most readers take.
  Result<> find_directories() {
    TRY(const Bytes tail, tail_of(input_));
    const std::string_view text = as_text(tail);
    const uint64_t from = input_.size() - tail.size();
    size_t found = 0;
    for (size_t at = text.rfind(kEnd); at != std::string_view::npos;
         at = at == 0 ? std::string_view::npos : text.rfind(kEnd, at - 1)) {
      if (text.size() - at < kEndSize) {
        continue;
      }
      if (++found > kMostEnds) {
        remark(ZipOddity::kTwoDirectories, from + at,
               fmt::format("more than {} end records", kMostEnds));
        break;
      }
      const ByteView record = ByteView(tail).subspan(at, kEndSize);
      const uint64_t end = from + at;
      const uint64_t comment = little<uint16_t>(record, 20);
      ends_.push_back({end, end + kEndSize});
      comments_.push_back({end + kEndSize, std::min(input_.size(), end + kEndSize + comment)});
      TRY(const uint64_t directory_end, add_zip64(end));
      TRY_OK(add_directory({.begin = 0,
                            .shift = 0,
                            .count = little<uint16_t>(record, 10),
                            .size = little<uint32_t>(record, 12),
                            .end_record = end},
                           little<uint32_t>(record, 16), directory_end));
    }
    return ok();
  }

  // The 64-bit end records that belong to the end record at `end`: where the locator says, and
  // right before the locator. Gives where the directory ends: before all of them.
  Result<uint64_t> add_zip64(uint64_t end) {
    if (end < kLocatorSize) {
      return end;
    }
    TRY(const Bytes locator, at_most(input_, end - kLocatorSize, kLocatorSize));
    if (!begins(locator, kLocator64)) {
      return end;
    }
    uint64_t before = end;
    std::vector<uint64_t> places = {little<uint64_t>(locator, 8)};
    if (end >= kLocatorSize + kEnd64Size && places[0] != end - kLocatorSize - kEnd64Size) {
      places.push_back(end - kLocatorSize - kEnd64Size);
    }
    for (const uint64_t place : places) {
      TRY(const Bytes record, at_most(input_, place, kEnd64Size));
      if (record.size() == kEnd64Size && begins(record, kEnd64)) {
        ends_.push_back({place, std::max(place, end)});
        before = std::min(before, place);
        TRY_OK(add_directory({.begin = 0,
                              .shift = 0,
                              .count = little<uint64_t>(record, 32),
                              .size = little<uint64_t>(record, 40),
                              .end_record = end},
                             little<uint64_t>(record, 48), place));
      }
    }
    return before;
  }

  // The two places that the directory before `end` may be meant to begin at: counted back from
  // there, and at `offset`.
  Result<> add_directory(Directory directory, uint64_t offset, uint64_t end) {
    if (directory.size <= end) {
      directory.begin = end - directory.size;
      directory.shift = directory.begin - offset;
      TRY_OK(add_if_there(directory));
    }
    directory.begin = offset;
    directory.shift = 0;
    return add_if_there(directory);
  }

  Result<> add_if_there(const Directory& directory) {
    const bool known = std::ranges::any_of(directories_, [&](const Directory& other) {
      return other.begin == directory.begin && other.shift == directory.shift;
    });
    if (known) {
      return ok();
    }
    TRY(const Bytes first, at_most(input_, directory.begin, kCentral.size()));
    const bool is_empty = directory.count == 0 && directory.size == 0 && directories_.empty() &&
                          directory.begin <= input_.size();
    if (begins(first, kCentral) || is_empty) {
      directories_.push_back(directory);
    }
    return ok();
  }

  Result<> walk(const Directory& directory) {
    InputReader in(input_, directory.begin);
    uint64_t count = 0;
    while (in.remaining() >= kCentralSize) {
      const uint64_t at = in.position();
      TRY(const ByteView fixed, in.peek(kCentralSize));
      if (!begins(fixed, kCentral)) {
        break;
      }
      const size_t name_size = little<uint16_t>(fixed, 28);
      const size_t extra_size = little<uint16_t>(fixed, 30);
      const size_t comment_size = little<uint16_t>(fixed, 32);
      const uint64_t whole = kCentralSize + name_size + extra_size + comment_size;
      if (whole > in.remaining()) {
        remark(ZipOddity::kPastEnd, at, "the directory");
        break;
      }
      TRY(const ByteView entry, in.take(whole));
      TRY_OK(add_listed(entry, name_size, extra_size, at, directory.shift));
      ++count;
    }
    directories_walked_.push_back({directory.begin, in.position()});
    constexpr uint64_t kSixteenBits = 0xFFFF;
    if (count != directory.count && (count & kSixteenBits) != directory.count) {
      remark(ZipOddity::kCountDiffers, directory.begin,
             fmt::format("{} members; its end record says {}", count, directory.count));
    } else if (in.position() - directory.begin != directory.size) {
      remark(ZipOddity::kCountDiffers, directory.begin,
             fmt::format("{} octets of directory; its end record says {}",
                         in.position() - directory.begin, directory.size));
    }
    return ok();
  }

  // One entry of a directory, and what its local header says instead.
  Result<> add_listed(ByteView entry, size_t name_size, size_t extra_size, uint64_t at,
                      uint64_t shift) {
    Extra extra = read_extra(entry.subspan(kCentralSize + name_size, extra_size));
    const std::string_view name = as_text(entry.subspan(kCentralSize, name_size));
    TRY_OK(count_member(name));
    constexpr uint16_t kUnix = 3;
    ZipMember member{.name = std::string(name),
                     .crc = little<uint32_t>(entry, 16),
                     .method = little<uint16_t>(entry, 10),
                     .flags = little<uint16_t>(entry, 8),
                     .listed = true};
    if (little<uint16_t>(entry, 4) >> 8U == kUnix) {
      member.mode = little<uint32_t>(entry, 38) >> 16U;
    }
    member.unpacked = widened(little<uint32_t>(entry, 24), extra.zip64);
    member.packed = widened(little<uint32_t>(entry, 20), extra.zip64);
    member.header = widened(little<uint32_t>(entry, 42), extra.zip64) + shift;
    check_name(member, at);
    if (!extra.name.empty() && extra.name != name && is_ascii(name)) {
      remark(ZipOddity::kNamesDiffer, at,
             fmt::format("`{}` and `{}`", shown(name), shown(extra.name)));
    }
    TRY(const auto local, local_at(input_, member.header));
    if (!local) {
      remark(ZipOddity::kNoMember, at, fmt::format("`{}`", shown(name)));
      return ok();
    }
    member.data = local->data;
    const ZipMember other = compare(member, *local, at);
    member.flags |= local->flags;
    add(std::move(member));
    if (differs(contents_.members.back(), other)) {
      TRY_OK(count_member(other.name));
      add(other);
    }
    return ok();
  }

  static bool differs(const ZipMember& a, const ZipMember& b) {
    return std::tie(a.name, a.packed, a.unpacked, a.method) !=
           std::tie(b.name, b.packed, b.unpacked, b.method);
  }

  // Remarks on what the two say of a member, and the member as its local header has it.
  ZipMember compare(const ZipMember& member, const LocalHeader& local, uint64_t at) {
    ZipMember other = member;
    other.flags |= local.flags;
    if (local.name != member.name) {
      remark(ZipOddity::kNamesDiffer, at,
             fmt::format("`{}` and `{}`", shown(member.name), shown(local.name)));
      other.name = local.name;
    }
    if (local.method != member.method) {
      remark(ZipOddity::kMethodsDiffer, at,
             fmt::format("`{}`: {} and {}", shown(member.name), member.method, local.method));
      other.method = local.method;
    }
    const bool follow = (local.flags & kZipSizesFollow) != 0;
    if (!(follow && local.packed == 0 && local.unpacked == 0) &&
        (local.packed != member.packed || local.unpacked != member.unpacked) &&
        !(follow && (local.packed == kInZip64 || local.unpacked == kInZip64))) {
      remark(ZipOddity::kSizesDiffer, at,
             fmt::format("`{}`: {} of {} octets, and {} of {}", shown(member.name), member.packed,
                         member.unpacked, local.packed, local.unpacked));
      other.packed = local.packed;
      other.unpacked = local.unpacked;
    }
    if (!follow && local.crc != member.crc) {
      remark(ZipOddity::kChecksumsDiffer, at, fmt::format("`{}`", shown(member.name)));
    }
    constexpr uint16_t kThatMatter = kZipEncrypted | kZipPatched | kZipStrong | kZipMasked;
    if (((local.flags ^ member.flags) & kThatMatter) != 0) {
      remark(ZipOddity::kFlagsDiffer, at,
             fmt::format("`{}`: {:#x} and {:#x}", shown(member.name), member.flags, local.flags));
    }
    return other;
  }

  void check_name(const ZipMember& member, uint64_t at) {
    if (member.name.find('\0') != std::string::npos) {
      remark(ZipOddity::kNulInName, at, fmt::format("`{}`", shown(member.name)));
    }
  }

  Result<> count_member(std::string_view name) {
    names_ += name.size();
    if (contents_.members.size() >= limits_.members) {
      return Error(ErrorKind::kTooLarge, fmt::format("zip: more than {} members", limits_.members));
    }
    if (names_ > limits_.names) {
      return Error(ErrorKind::kTooLarge,
                   fmt::format("zip: more than {} octets of names", limits_.names));
    }
    return ok();
  }

  // Takes the octets that are there.
  void add(ZipMember member) {
    const uint64_t there = input_.size() - std::min(input_.size(), member.data);
    if (member.packed > there) {
      remark(ZipOddity::kPastEnd, member.header,
             fmt::format("`{}`: {} octets, of which {} are there", shown(member.name),
                         member.packed, there));
      member.packed = there;
    }
    member.reach = member.packed;
    contents_.members.push_back(std::move(member));
  }

  // Where members, directories and end records stand, in order.
  [[nodiscard]] std::vector<Extent> taken() const {
    std::vector<Extent> extents;
    extents.reserve(contents_.members.size() + directories_walked_.size() + ends_.size());
    for (const ZipMember& member : contents_.members) {
      extents.push_back({member.header, member.data + member.packed});
    }
    extents.insert(extents.end(), directories_walked_.begin(), directories_walked_.end());
    std::ranges::copy_if(ends_, std::back_inserter(extents),
                         [&](const Extent& end) { return !is_in_stored(end.begin); });
    std::ranges::sort(extents, {}, &Extent::begin);
    return extents;
  }

  [[nodiscard]] bool is_in_stored(uint64_t at) const {
    return std::ranges::any_of(contents_.members, [&](const ZipMember& member) {
      return member.method == kZipStored && at >= member.data && at < member.data + member.packed;
    });
  }

  void find_overlaps() {
    std::vector<const ZipMember*> order;
    order.reserve(contents_.members.size());
    for (const ZipMember& member : contents_.members) {
      order.push_back(&member);
    }
    std::ranges::sort(order, {}, &ZipMember::header);
    const ZipMember* widest = nullptr;
    for (const ZipMember* member : order) {
      if (widest != nullptr && member->header != widest->header &&
          member->header < widest->data + widest->packed) {
        remark(ZipOddity::kOverlap, member->header,
               fmt::format("`{}` begins within `{}`", shown(member->name), shown(widest->name)));
      }
      if (widest == nullptr || member->data + member->packed > widest->data + widest->packed) {
        widest = member;
      }
    }
  }

  // Looks for local headers where nothing is said to be.
  Result<> search_gaps() {
    std::vector<Extent> extents = taken();
    set_reach(extents);
    for (const Extent& comment : comments_) {
      if (!is_in_stored(comment.begin)) {
        TRY_OK(search(comment.begin, comment.end, Left::kIsSaid));
        extents.push_back(comment);
      }
    }
    std::ranges::sort(extents, {}, &Extent::begin);
    uint64_t from = 0;
    for (size_t i = 0; i <= extents.size(); ++i) {
      const uint64_t to = i < extents.size() ? extents[i].begin : input_.size();
      if (to > from) {
        TRY(const bool descriptor, is_descriptor(from, to));
        TRY_OK(descriptor ? ok() : search(from, to, Left::kIsExtra));
      }
      if (i < extents.size()) {
        from = std::max(from, extents[i].end);
      }
    }
    return ok();
  }

  void set_reach(const std::vector<Extent>& extents) {
    for (ZipMember& member : contents_.members) {
      const uint64_t end = member.data + member.packed;
      const auto next = std::ranges::lower_bound(extents, end, {}, &Extent::begin);
      member.reach = (next == extents.end() ? input_.size() : next->begin) - member.data;
    }
  }

  // A descriptor may follow a member's octets.
  Result<bool> is_descriptor(uint64_t from, uint64_t to) {
    if (to - from > kMostDescriptor) {
      return false;
    }
    TRY(const Bytes octets, at_most(input_, from, to - from));
    return begins(octets, kDescriptor) || octets.size() == 12 || octets.size() == 20 ||
           std::ranges::all_of(octets, [](std::byte octet) { return octet == std::byte{0}; });
  }

  // Whether octets that are no member are worth a remark.
  enum class Left : uint8_t { kIsExtra, kIsSaid };

  Result<> search(uint64_t from, uint64_t to, Left left) {
    uint64_t at = from;
    uint64_t first_extra = to;
    uint64_t extra = 0;
    while (at < to) {
      TRY(const uint64_t found, next_local(at, to));
      if (found > at) {
        first_extra = std::min(first_extra, at);
        extra += found - at;
        add_outside(at, found - at);
      }
      if (found >= to) {
        break;
      }
      TRY(at, add_hidden(found, to));
    }
    if (extra > kMostDescriptor && left == Left::kIsExtra) {
      remark(ZipOddity::kExtra, first_extra, fmt::format("{} octets", extra));
    }
    return ok();
  }

  void add_outside(uint64_t offset, uint64_t length) {
    if (length > kMostDescriptor && contents_.outside.size() < kMostOutside) {
      contents_.outside.push_back({offset, length});
    }
  }

  // The local header at `at`, and where to go on.
  Result<uint64_t> add_hidden(uint64_t at, uint64_t to) {
    constexpr uint8_t kNewest = 63;
    constexpr size_t kMostName = 4096;
    constexpr uint16_t kLastMethod = 99;
    TRY(const auto local, local_at(input_, at));
    TRY(const Bytes version, at_most(input_, at + kLocal.size(), 1));
    if (!local || version.empty() || static_cast<uint8_t>(version[0]) > kNewest ||
        local->name.empty() || local->name.size() > kMostName || local->data > to ||
        local->method > kLastMethod) {
      return at + kLocal.size();
    }
    TRY_OK(count_member(local->name));
    const bool follow = (local->flags & kZipSizesFollow) != 0 && local->packed == 0;
    ZipMember member{.name = local->name,
                     .header = at,
                     .data = local->data,
                     .packed = follow ? to - local->data : local->packed,
                     .unpacked = local->unpacked,
                     .crc = local->crc,
                     .method = local->method,
                     .flags = local->flags,
                     .has_sizes = !follow};
    if (!directories_.empty()) {
      remark(ZipOddity::kHidden, at, fmt::format("`{}`", shown(member.name)));
    }
    check_name(member, at);
    const bool known = !follow && member.packed <= to - member.data;
    const uint64_t next = known ? member.data + member.packed : member.data;
    add(std::move(member));
    contents_.members.back().reach =
        std::max(contents_.members.back().packed, to - contents_.members.back().data);
    return next;
  }

  // The next local header in [from, to), or `to`.
  Result<uint64_t> next_local(uint64_t from, uint64_t to) {
    Bytes chunk;
    while (from < to) {
      if (searched_ >= limits_.searched) {
        remark(ZipOddity::kUnsearched, from, fmt::format("{} octets", to - from));
        return to;
      }
      chunk.resize(static_cast<size_t>(std::min<uint64_t>(kChunk, to - from)));
      TRY_OK(input_.read(from, chunk));
      searched_ += chunk.size();
      const void* found = ::memmem(chunk.data(), chunk.size(), kLocal.data(), kLocal.size());
      if (found != nullptr) {
        const uint64_t at =
            from + static_cast<uint64_t>(static_cast<const std::byte*>(found) - chunk.data());
        searched_ -= from + chunk.size() - at;
        return at;
      }
      if (chunk.size() < kLocal.size() || from + chunk.size() >= to) {
        break;
      }
      from += chunk.size() - kLocal.size() + 1;
    }
    return to;
  }

  void remark(ZipOddity what, uint64_t offset, std::string text) {
    if (contents_.remarks.size() < kMostRemarks) {
      contents_.remarks.push_back({what, offset, std::move(text)});
    }
  }

  static std::string shown(std::string_view name) { return printable(name, kShownName); }

  const Input& input_;
  const ZipLimits& limits_;
  ZipContents contents_;
  std::vector<Directory> directories_;
  std::vector<Extent> directories_walked_;
  std::vector<Extent> ends_;
  std::vector<Extent> comments_;
  uint64_t names_ = 0;
  uint64_t searched_ = 0;
};

}  // namespace

bool may_be_zip(const Input& input, ByteView head) {
  if (begins(head, kLocal) || begins(head, kEnd) || begins(head, kSpanned) ||
      begins(head, std::string_view("PK\x07\x08PK\x03\x04"))) {
    return true;
  }
  if (input.size() < kEndSize) {
    return false;
  }
  Bytes read;
  ByteView tail = head;
  if (input.size() > head.size()) {
    auto octets = tail_of(input);
    if (!octets.ok()) {
      return false;
    }
    read = std::move(*octets);
    tail = read;
  }
  // An end record, and before it a directory unless it is empty.
  for (;;) {
    const void* found = ::memmem(tail.data(), tail.size(), kEnd.data(), kEnd.size());
    if (found == nullptr) {
      return false;
    }
    tail = tail.subspan(static_cast<size_t>(static_cast<const std::byte*>(found) - tail.data()));
    if (tail.size() < kEndSize) {
      return false;
    }
    const uint64_t end = input.size() - tail.size();
    const uint64_t size = little<uint32_t>(tail, 12);
    const uint64_t offset = little<uint32_t>(tail, 16);
    for (const uint64_t begin : {end - std::min(end, size), offset}) {
      std::array<std::byte, 4> signature{};
      if (begin + signature.size() <= input.size() && input.read(begin, signature).ok() &&
          begins(signature, kCentral)) {
        return true;
      }
    }
    if (size == kInZip64 || offset == kInZip64) {
      return true;
    }
    tail = tail.subspan(kEnd.size());
  }
}

ZipContents read_zip(const Input& input, const ZipLimits& limits) {
  return Reading(input, limits).run();
}

}  // namespace sally::formats
