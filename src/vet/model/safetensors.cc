#include "vet/model/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "formats/json/document.h"

namespace sally::vet::model {
namespace {

constexpr uint64_t kMostHeader = 100'000'000;  // as the reference reader has it
constexpr formats::JsonLimits kLimits = {.bytes = kMostHeader, .depth = 8, .members = 4'000'000};

struct Extent {
  uint64_t begin;
  uint64_t end;
  std::string_view name;
};

// What lies wrong among the tensors of a file that has `data` octets of them.
void check_layout(std::vector<Extent> extents, uint64_t data, Examination& examination) {
  std::ranges::sort(extents, {}, &Extent::begin);
  uint64_t covered = 0;
  for (const Extent& extent : extents) {
    if (extent.begin < covered) {
      examination.add(RuleId::kSafetensorsLayout, extent.begin,
                      fmt::format("`{}` overlaps the tensor before it", extent.name));
      return;
    }
    covered = extent.end;
  }
  if (covered > data) {
    examination.add(RuleId::kSafetensorsLayout, covered,
                    fmt::format("tensors reach {} octets past the end", covered - data));
  }
}

}  // namespace

bool may_be_safetensors(const Look& look) {
  return look.head.size() > 8 && look.head[8] == std::byte{'{'} && look.head[7] == std::byte{0} &&
         look.head[6] == std::byte{0};
}

Result<> examine_safetensors(const formats::Input& input, Examination& examination) {
  formats::InputReader in(input);
  TRY(const uint64_t length, in.little<uint64_t>());
  if (length > std::min(kMostHeader, in.remaining())) {
    examination.add(RuleId::kSafetensorsLayout, 0,
                    fmt::format("its header claims {} octets", length));
    return ok();
  }
  TRY(const ByteView header, in.take(length));
  TRY(const formats::JsonDocument document, formats::JsonDocument::parse(as_text(header), kLimits));
  TRY(const formats::JsonValue tensors, document.root().as_object());
  std::vector<Extent> extents;
  for (const formats::JsonValue tensor : tensors) {
    if (tensor.name() == "__metadata__") {
      continue;
    }
    TRY(const formats::JsonValue member, tensor.member("data_offsets"));
    TRY(const formats::JsonValue offsets, member.as_array());
    if (offsets.size() != 2) {
      return Error(ErrorKind::kInvalidInput, "a tensor has no two `data_offsets`");
    }
    auto at = offsets.begin();
    TRY(const uint64_t begin, (*at).as_uint64());
    ++at;
    TRY(const uint64_t end, (*at).as_uint64());
    extents.push_back({begin, std::max(begin, end), tensor.name()});
  }
  check_layout(std::move(extents), in.remaining(), examination);
  return ok();
}

}  // namespace sally::vet::model
