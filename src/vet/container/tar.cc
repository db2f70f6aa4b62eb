#include "vet/container/tar.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <unordered_set>

#include "base/text.h"
#include "formats/tar/tar.h"
#include "vet/container/member_path.h"

namespace sally::vet::container {
namespace {

using formats::TarMember;
using formats::TarOddity;

constexpr size_t kShownName = 80;

struct OddityRow {
  RuleId rule;
  std::string_view says;
};

OddityRow row_of(TarOddity what) {
  switch (what) {
    case TarOddity::kSizesDiffer:
      return {RuleId::kTarMismatch, "readers differ in how long a member is"};
    case TarOddity::kAfterEnd:
      return {RuleId::kArchiveExtra, "members follow the end of the archive"};
    case TarOddity::kPastEnd:
      return {RuleId::kUnreadable, "reaches past the end"};
    case TarOddity::kExtra:
      return {RuleId::kArchiveExtra, "octets that are no members follow"};
    case TarOddity::kMalformed:
      return {RuleId::kUnreadable, "a header that cannot be read"};
  }
  return {RuleId::kUnreadable, "not as a tar archive should be"};
}

void tell_kind(const std::vector<TarMember>& members, Examination& examination) {
  const auto has = [&](std::string_view name) {
    return std::ranges::any_of(members, [&](const TarMember& m) { return m.name == name; });
  };
  if (has("storages") && has("tensors") && has("pickle")) {
    examination.name_format("torch-tar");
    examination.add_fact("framework", "PyTorch");
  }
}

// Remembers links that lead outside, and tells of what is written through one.
class Paths {
 public:
  explicit Paths(Examination& examination) : examination_(examination) {}

  void check(const TarMember& member) {
    const std::string shown = printable(member.name, kShownName);
    if (leads_outside(member.name)) {
      examination_.add(RuleId::kArchivePath, member.header,
                       fmt::format("`{}` leads outside of the folder it is unpacked to", shown));
    } else if (goes_through_link(member.name)) {
      examination_.add(RuleId::kArchivePath, member.header,
                       fmt::format("`{}` is written through a link that leads outside", shown));
    }
    if (member.is_device()) {
      examination_.add(RuleId::kArchiveLink, member.header,
                       fmt::format("`{}` is a device or a pipe", shown));
    }
    // A hard link names another member from the archive's root.
    const bool outside = member.is_symbolic_link()
                             ? link_leads_outside(member.name, member.link)
                             : member.is_hard_link() && leads_outside(member.link);
    if (outside) {
      outside_.insert(without_slash(member.name));
      examination_.add(RuleId::kArchiveLink, member.header,
                       fmt::format("`{}` is a link to `{}`, outside of the archive", shown,
                                   printable(member.link, kShownName)));
    }
  }

 private:
  static std::string without_slash(std::string name) {
    while (name.ends_with('/')) {
      name.pop_back();
    }
    return name;
  }
  [[nodiscard]] bool goes_through_link(const std::string& name) const {
    if (outside_.empty()) {
      return false;
    }
    for (size_t slash = name.find('/'); slash != std::string::npos;
         slash = name.find('/', slash + 1)) {
      if (outside_.contains(name.substr(0, slash))) {
        return true;
      }
    }
    return false;
  }

  Examination& examination_;
  std::unordered_set<std::string> outside_;
};

}  // namespace

bool may_be_tar(const Look& look) {
  return formats::may_be_tar(look.head);
}

Result<> examine_tar(const formats::Input& input, Examination& examination) {
  const formats::TarContents contents =
      formats::read_tar(input, {.members = examination.limits().members});
  for (const formats::TarRemark& remark : contents.remarks) {
    const OddityRow row = row_of(remark.what);
    examination.add(
        row.rule, remark.offset,
        remark.text.empty() ? std::string(row.says) : fmt::format("{}: {}", row.says, remark.text));
    if (remark.what == TarOddity::kExtra) {
      examination.examine(formats::PartOfInput(input, remark.offset, input.size()), "rest");
    }
  }
  tell_kind(contents.members, examination);
  Paths paths(examination);
  for (const TarMember& member : contents.members) {
    TRY_OK(examination.time_left());
    paths.check(member);
    if (member.size > 0) {
      examination.examine(formats::TarFile(input, member), member.name);
    }
  }
  return contents.unread ? Result<>(*contents.unread) : ok();
}

}  // namespace sally::vet::container
