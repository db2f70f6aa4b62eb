#include "vet/container/zip.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "base/text.h"
#include "formats/codec/checksum.h"
#include "formats/zip/zip.h"
#include "vet/container/member_path.h"
#include "vet/container/torchscript.h"
#include "vet/container/unpacked.h"

namespace sally::vet::container {
namespace {

using formats::ZipMember;
using formats::ZipOddity;

constexpr uint64_t kSummedMember = uint64_t{1} << 20;  // stored members up to this are summed
constexpr uint64_t kSummedInAll = uint64_t{64} << 20;
constexpr uint64_t kMostLink = 4096;
constexpr uint64_t kDescriptor = 24;  // what may follow a member's octets
constexpr uint32_t kKindOfFile = 0170000;
constexpr uint32_t kSymbolicLink = 0120000;
constexpr size_t kShownName = 80;
constexpr uint64_t kMostCode = uint64_t{16} << 20;

struct OddityRow {
  RuleId rule;
  Severity severity;
  std::string_view says;
};

OddityRow row_of(ZipOddity what) {
  switch (what) {
    case ZipOddity::kNamesDiffer:
      return {RuleId::kZipMismatch, Severity::kHigh,
              "the directory and the local header name a member differently"};
    case ZipOddity::kMethodsDiffer:
      return {RuleId::kZipMismatch, Severity::kHigh,
              "the directory and the local header name different methods"};
    case ZipOddity::kSizesDiffer:
      return {RuleId::kZipMismatch, Severity::kHigh,
              "the directory and the local header give different sizes"};
    case ZipOddity::kChecksumsDiffer:
      return {RuleId::kZipChecksum, Severity::kMedium,
              "the directory and the local header give different checksums"};
    case ZipOddity::kFlagsDiffer:
      return {RuleId::kZipFlag, Severity::kHigh,
              "the directory and the local header have different flags"};
    case ZipOddity::kNoMember:
      return {RuleId::kUnreadable, Severity::kMedium, "no member begins where one should"};
    case ZipOddity::kPastEnd:
      return {RuleId::kUnreadable, Severity::kMedium, "reaches past the end"};
    case ZipOddity::kHidden:
      return {RuleId::kZipHidden, Severity::kMedium, "a member that no directory names"};
    case ZipOddity::kOverlap:
      return {RuleId::kZipOverlap, Severity::kHigh, "members share octets"};
    case ZipOddity::kTwoDirectories:
      return {RuleId::kZipMismatch, Severity::kHigh, "readers differ in which directory they take"};
    case ZipOddity::kCountDiffers:
      return {RuleId::kZipMismatch, Severity::kMedium,
              "the directory is not what its end record says"};
    case ZipOddity::kNoDirectory:
      return {RuleId::kUnreadable, Severity::kMedium, "a zip without a directory"};
    case ZipOddity::kNulInName:
      return {RuleId::kZipMismatch, Severity::kHigh, "a zero octet in a member's name"};
    case ZipOddity::kExtra:
      return {RuleId::kArchiveExtra, Severity::kLow, "octets outside of all members"};
    case ZipOddity::kUnsearched:
      return {RuleId::kArchiveExtra, Severity::kLow,
              "octets outside of all members, too many to look through"};
  }
  return {RuleId::kUnreadable, Severity::kMedium, "not as a zip should be"};
}

std::optional<formats::Codec> codec_for(uint16_t method) {
  switch (method) {
    case formats::kZipDeflated:
      return formats::Codec::kDeflate;
    case formats::kZipBzip2:
      return formats::Codec::kBzip2;
    case formats::kZipLzma:
      return formats::Codec::kZipLzma;
    case formats::kZipXz:
      return formats::Codec::kXz;
    case formats::kZipZstd:
      return formats::Codec::kZstd;
    default:
      return std::nullopt;
  }
}

Result<uint32_t> sum_of(const formats::Input& input) {
  formats::InputReader in(input);
  uint32_t crc = 0;
  while (!in.at_end()) {
    constexpr uint64_t kAtOnce = uint64_t{64} << 10;
    TRY(const ByteView piece, in.take(std::min(in.remaining(), kAtOnce)));
    crc = formats::crc32_of(piece, crc);
  }
  return crc;
}

// Works through the members of one archive.
class ZipWalk {
 public:
  ZipWalk(const formats::Input& input, Examination& examination)
      : input_(input), examination_(examination) {}

  void run() {
    const formats::ZipContents contents =
        formats::read_zip(input_, {.members = examination_.limits().members});
    for (const formats::ZipRemark& remark : contents.remarks) {
      const OddityRow row = row_of(remark.what);
      examination_.add({.rule = row.rule,
                        .severity = row.severity,
                        .offset = remark.offset,
                        .message = remark.text.empty()
                                       ? std::string(row.says)
                                       : fmt::format("{}: {}", row.says, remark.text)});
    }
    tell_kind(contents.members);
    find_twins(contents.members);
    for (const ZipMember& member : contents.members) {
      if (!examination_.time_left().ok()) {
        return;
      }
      if (is_new(member)) {
        examine(member);
      }
    }
    // Nothing that reads zips reads these; whoever hides a payload may.
    for (const formats::ZipStretch& stretch : contents.outside) {
      examination_.examine(formats::PartOfInput(input_, stretch.offset, stretch.length),
                           fmt::format("outside, at octet {}", stretch.offset));
    }
    if (contents.unread) {
      examination_.unread(*contents.unread);
    }
  }

 private:
  // Whether these octets were not yet examined under this name and by this method.
  bool is_new(const ZipMember& member) {
    return seen_
        .emplace(std::string_view(member.name), member.data,
                 std::pair(member.packed, member.has_sizes), member.method)
        .second;
  }

  // What loaders take an archive with these members for.
  void tell_kind(const std::vector<ZipMember>& members) {
    const auto any = [&](auto is) { return std::ranges::any_of(members, is); };
    const auto ends = [](std::string_view end) {
      return [end](const ZipMember& member) { return member.name.ends_with(end); };
    };
    if (any(ends("/.data/extern_modules"))) {
      examination_.name_format("torch-package");
      examination_.add_fact("framework", "PyTorch");
      examination_.add(RuleId::kTorchPackage, 0, "a package of torch.package");
    } else if (any(ends("/data.pkl")) && any([](const ZipMember& member) {
                 return member.name.ends_with("/version") ||
                        member.name.find("/data/") != std::string::npos;
               })) {
      is_torch_ = true;
      const bool script = any([](const ZipMember& member) {
        return member.name.find("/code/") != std::string::npos && member.name.ends_with(".py");
      });
      examination_.name_format(script ? "torchscript" : "torch-zip");
      examination_.add_fact("framework", "PyTorch");
    } else if (!members.empty() && std::ranges::all_of(members, ends(".npy"))) {
      examination_.name_format("npz");
      examination_.add_fact("framework", "NumPy");
    }
  }

  void find_twins(const std::vector<ZipMember>& members) {
    std::unordered_map<std::string_view, const ZipMember*> first;
    for (const ZipMember& member : members) {
      const auto [at, is_first] = first.emplace(member.name, &member);
      if (!is_first && at->second->header != member.header && !member.name.ends_with('/')) {
        examination_.add(
            RuleId::kZipDuplicate, member.header,
            fmt::format("`{}` stands at octets {} and {}", printable(member.name, kShownName),
                        at->second->header, member.header));
      }
    }
  }

  void examine(const ZipMember& member) {
    check_path(member);
    if (member.packed == 0 && member.unpacked == 0 && member.reach <= kDescriptor) {
      return;  // a folder, or empty whatever its method
    }
    if ((member.flags & formats::kZipPatched) != 0) {
      add(member, RuleId::kZipFlag, "is marked as a patch, which no reader knows");
    }
    if (member.method == formats::kZipStored) {
      examine_stored(member);
    } else if (const auto codec = codec_for(member.method)) {
      examine_compressed(member, *codec);
    } else if (is_marked_encrypted(member)) {
      add(member, RuleId::kArchiveEncrypted, "cannot be read without its key");
    } else {
      add(member, RuleId::kUnreadable,
          fmt::format("is compressed by method {}, which is not read", member.method));
    }
  }

  static bool is_marked_encrypted(const ZipMember& member) {
    return (member.flags & (formats::kZipEncrypted | formats::kZipStrong)) != 0;
  }

  void add(const ZipMember& member, RuleId rule, std::string_view what) {
    examination_.add(rule, member.header,
                     fmt::format("`{}` {}", printable(member.name, kShownName), what));
  }

  void check_path(const ZipMember& member) {
    if (leads_outside(member.name)) {
      add(member, RuleId::kArchivePath, "leads outside of the folder it is unpacked to");
    }
  }

  void check_link(const ZipMember& member, const formats::Input& octets) {
    if ((member.mode & kKindOfFile) != kSymbolicLink) {
      return;
    }
    const auto to = formats::read_all(octets, kMostLink);
    if (to.ok() && link_leads_outside(member.name, *to)) {
      add(member, RuleId::kArchiveLink,
          fmt::format("is a link to `{}`, outside of the archive", printable(*to, kShownName)));
    }
  }

  void check_sum(const ZipMember& member, uint32_t sum) {
    if (member.has_sizes && sum != member.crc) {
      add(member, RuleId::kZipChecksum,
          fmt::format("has the checksum {:08x}, not {:08x} as is said", sum, member.crc));
    }
  }

  void examine_stored(const ZipMember& member) {
    if (member.has_sizes && member.unpacked != member.packed) {
      add(member, is_marked_encrypted(member) ? RuleId::kArchiveEncrypted : RuleId::kZipMismatch,
          fmt::format("is stored in {} octets, and has {} by its own word", member.packed,
                      member.unpacked));
    }
    const uint64_t longest = std::min(std::max(member.packed, member.unpacked), member.reach);
    const formats::PartOfInput octets(input_, member.data, std::max(longest, member.packed));
    check_link(member, octets);
    const bool marked = is_marked_encrypted(member);
    if (octets.size() <= (marked ? kSummedInAll : kSummedMember) &&
        summed_ + octets.size() <= kSummedInAll) {
      summed_ += octets.size();
      if (const auto sum = sum_of(octets); sum.ok()) {
        if (!marked) {
          check_sum(member, *sum);
        } else {
          tell_encrypted(member, *sum == member.crc);
        }
      }
    } else if (marked) {
      tell_encrypted(member, false);
    }
    look_at_code(member, octets);
    examination_.examine(octets, member.name);
  }

  void tell_encrypted(const ZipMember& member, bool readable) {
    if (readable) {
      add(member, RuleId::kZipFlag, "is marked as encrypted, and is not");
    } else {
      add(member, RuleId::kArchiveEncrypted, "cannot be read without its key");
    }
  }

  void examine_compressed(const ZipMember& member, formats::Codec codec) {
    Outcome outcome = unpack(member, codec, member.packed);
    const bool marked = is_marked_encrypted(member);
    if (marked) {
      tell_encrypted(member, !outcome.damage && !outcome.stopped && outcome.crc == member.crc);
      return;
    }
    if (outcome.stopped) {
      return;
    }
    if (outcome.damage) {
      examination_.unread(
          outcome.damage->in(fmt::format("`{}`", printable(member.name, kShownName))), member.data);
      // A reader of streams goes on where the directory says that it ends.
      if (member.reach > member.packed) {
        outcome = unpack(member, codec, member.reach);
        if (!outcome.damage) {
          add(member, RuleId::kZipMismatch, "goes on after its end by the directory");
        }
      }
      return;
    }
    if (!member.has_sizes) {
      return;
    }
    if (outcome.size != member.unpacked) {
      add(member, RuleId::kZipMismatch,
          fmt::format("unpacks to {} octets, and has {} by its own word", outcome.size,
                      member.unpacked));
    }
    check_sum(member, outcome.crc);
  }

  Outcome unpack(const ZipMember& member, formats::Codec codec, uint64_t length) {
    const formats::PartOfInput octets(input_, member.data, length);
    const Packed packed{
        .open = [&]() -> Result<std::unique_ptr<formats::Source>> {
          TRY(auto unpacker, formats::Unpacker::open(codec, octets));
          return std::unique_ptr<formats::Source>(std::move(unpacker));
        },
        .packed = std::max<uint64_t>(octets.size(), 1),
        .most = codec == formats::Codec::kZipLzma ? std::optional(member.unpacked) : std::nullopt};
    return examine_unpacked(packed, member.name, examination_, [&](const formats::Input& unpacked) {
      check_link(member, unpacked);
      look_at_code(member, unpacked);
    });
  }

  // TorchScript has its code in an archive beside its weights.
  void look_at_code(const ZipMember& member, const formats::Input& octets) {
    if (!is_torch_ || member.name.find("/code/") == std::string::npos ||
        !member.name.ends_with(".py")) {
      return;
    }
    const auto code = formats::read_all(octets, kMostCode);
    if (!code.ok()) {
      examination_.unread(code.error(), member.data);
      return;
    }
    examine_torchscript(*code, member.name, examination_);
  }

  const formats::Input& input_;
  Examination& examination_;
  // Names are those of the contents that run() holds.
  std::set<std::tuple<std::string_view, uint64_t, std::pair<uint64_t, bool>, uint16_t>> seen_;
  uint64_t summed_ = 0;
  bool is_torch_ = false;
};

}  // namespace

bool may_be_zip(const Look& look) {
  return formats::may_be_zip(look.input, look.head);
}

Result<> examine_zip(const formats::Input& input, Examination& examination) {
  ZipWalk(input, examination).run();
  return ok();
}

}  // namespace sally::vet::container
