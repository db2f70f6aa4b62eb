#include "vet/container/npy.h"

#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "formats/npy/npy.h"

namespace sally::vet::container {

bool may_be_npy(const Look& look) {
  return formats::begins_npy(look.head);
}

Result<> examine_npy(const formats::Input& input, Examination& examination) {
  // Arrays may be saved one after another.
  for (uint64_t at = 0; at < input.size();) {
    TRY_OK(examination.time_left());
    TRY(const formats::NpyHeader header, formats::read_npy_header(input, at));
    const uint64_t there = input.size() - header.data;
    if (header.objects) {
      examination.add(RuleId::kNumpyObjects, at,
                      fmt::format("an array of `{}`, which is a pickle", printable(header.type)));
      examination.examine(formats::PartOfInput(input, header.data, there), "objects");
      return ok();
    }
    if (header.octets > there) {
      return Error(
          ErrorKind::kInvalidInput,
          fmt::format("npy: {} octets of an array, of which {} are there", header.octets, there));
    }
    at = header.data + header.octets;
    const formats::PartOfInput rest(input, at, input.size());
    TRY(const Bytes head, formats::head_of(rest, 8));
    if (rest.size() > 0 && !formats::begins_npy(head)) {
      examination.add(RuleId::kArchiveExtra, at,
                      fmt::format("{} octets follow the array", rest.size()));
      examination.examine(rest, "rest");
      return ok();
    }
  }
  return ok();
}

}  // namespace sally::vet::container
