#include "vet/container/seven_zip.h"

#include <fmt/format.h>

#include <utility>

#include "base/text.h"
#include "formats/seven_zip/seven_zip.h"
#include "vet/container/member_path.h"
#include "vet/container/unpacked.h"

namespace sally::vet::container {
namespace {

constexpr size_t kShownName = 80;

// The octets of the member at which `archive` stands.
class MemberOctets : public formats::Source {
 public:
  explicit MemberOctets(formats::SevenZip& archive) : archive_(archive) {}
  Result<size_t> read(MutableBytes to) override { return archive_.read(to); }

 private:
  formats::SevenZip& archive_;
};

// The member that is the `index`th, by a walk of its own.
Result<std::unique_ptr<formats::Source>> open_again(const formats::Input& input, uint64_t index) {
  TRY(auto archive, formats::SevenZip::open(input));
  for (uint64_t i = 0; i <= index; ++i) {
    TRY(const formats::SevenZipMember* member, archive->next());
    if (member == nullptr) {
      return Error(ErrorKind::kIo, "became shorter while it was read");
    }
  }
  return std::unique_ptr<formats::Source>(std::move(archive));
}

void check_path(const formats::SevenZipMember& member, Examination& examination) {
  const std::string shown = printable(member.name, kShownName);
  if (leads_outside(member.name)) {
    examination.add(RuleId::kArchivePath, 0,
                    fmt::format("`{}` leads outside of the folder it is unpacked to", shown));
  }
  if (!member.link.empty() && link_leads_outside(member.name, member.link)) {
    examination.add(RuleId::kArchiveLink, 0,
                    fmt::format("`{}` is a link to `{}`, outside of the archive", shown,
                                printable(member.link, kShownName)));
  }
}

}  // namespace

bool may_be_seven_zip(const Look& look) {
  return formats::begins_seven_zip(look.head);
}

Result<> examine_seven_zip(const formats::Input& input, Examination& examination) {
  TRY(const auto archive, formats::SevenZip::open(input));
  for (uint64_t index = 0; index < examination.limits().members; ++index) {
    TRY_OK(examination.time_left());
    TRY(const formats::SevenZipMember* member, archive->next());
    if (member == nullptr) {
      return ok();
    }
    check_path(*member, examination);
    if (member->is_encrypted) {
      examination.add(
          RuleId::kArchiveEncrypted, 0,
          fmt::format("`{}` cannot be read without its key", printable(member->name, kShownName)));
      continue;
    }
    if (!member->is_file) {
      continue;
    }
    bool first = true;
    const Packed packed{
        .open = [&]() -> Result<std::unique_ptr<formats::Source>> {
          if (std::exchange(first, false)) {
            return std::unique_ptr<formats::Source>(std::make_unique<MemberOctets>(*archive));
          }
          return open_again(input, index);
        },
        .packed = input.size()};
    const Outcome outcome = examine_unpacked(packed, member->name, examination);
    if (outcome.damage) {
      return *outcome.damage;
    }
    if (outcome.stopped) {
      return ok();
    }
  }
  return Error(ErrorKind::kTooLarge, "7z: more members than are looked at");
}

}  // namespace sally::vet::container
