#include "vet/model/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <map>
#include <optional>
#include <vector>

#include "base/encoding.h"
#include "base/text.h"
#include "formats/json/lenient.h"
#include "vet/model/metadata.h"
#include "vet/model/paths.h"

namespace sally::vet::model {
namespace {

using formats::LenientJson;
using Value = LenientJson::Value;

constexpr uint64_t kMostHeader = 100'000'000;  // as the reference reader has it
constexpr uint64_t kLengthSize = 8;

struct Dtype {
  std::string_view name;
  uint32_t bits;
};
constexpr std::array kDtypes = {
    Dtype{"BOOL", 8},    Dtype{"U8", 8},      Dtype{"I8", 8},   Dtype{"F8_E5M2", 8},
    Dtype{"F8_E4M3", 8}, Dtype{"F8_E8M0", 8}, Dtype{"F4", 4},   Dtype{"F6_E2M3", 6},
    Dtype{"F6_E3M2", 6}, Dtype{"I16", 16},    Dtype{"U16", 16}, Dtype{"F16", 16},
    Dtype{"BF16", 16},   Dtype{"I32", 32},    Dtype{"U32", 32}, Dtype{"F32", 32},
    Dtype{"I64", 64},    Dtype{"U64", 64},    Dtype{"F64", 64}, Dtype{"C64", 64}};

struct Extent {
  uint64_t begin;
  uint64_t end;
  std::string_view name;
};

std::optional<uint64_t> number_of(Value value) {
  uint64_t number = 0;
  const std::string_view text = value.text();
  if (value.type() != LenientJson::Type::kNumber) {
    return std::nullopt;
  }
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

// One header, with what of it was found.
class Header {
 public:
  Header(uint64_t data, Examination& examination) : data_(data), examination_(examination) {}

  void read(Value tensors) {
    for (const Value tensor : tensors) {
      if (tensor.name() == "__metadata__") {
        read_metadata(tensor);
      } else {
        read_tensor(tensor);
      }
    }
    check_layout();
    add_facts();
  }

 private:
  void wrong(Value at, std::string_view what) {
    examination_.add(RuleId::kSafetensorsLayout, kLengthSize + at.offset(),
                     fmt::format("`{}` {}", printable(at.name(), 80), what));
  }

  void read_metadata(Value metadata) {
    if (!metadata.is_object()) {
      wrong(metadata, "is no object");
    }
    metadata.each([&](Value value) {
      if (value.is_string()) {
        judge_metadata(value.text(), kLengthSize + value.offset(), printable(value.name(), 80),
                       examination_);
      }
    });
    for (const auto& [key, fact] : kFacts) {
      if (const std::string_view text = metadata.string(key); !text.empty()) {
        examination_.add_fact(fact, text);
      }
    }
  }

  // The octets that shape and type ask for; nullopt: of a type not known, with a finding.
  std::optional<uint64_t> asked_for(Value tensor) {
    const auto shape = tensor.find("shape");
    if (!shape || !shape->is_array()) {
      wrong(tensor, "has no `shape`");
      return std::nullopt;
    }
    uint64_t product = 1;
    bool overflows = false;
    for (const Value dimension : *shape) {
      const auto number = number_of(dimension);
      if (!number) {
        wrong(tensor, "has a dimension that is no number from 0 on");
        return std::nullopt;
      }
      overflows |= __builtin_mul_overflow(product, *number, &product);
    }
    const std::string_view dtype = tensor.string("dtype");
    const auto row = std::ranges::find(kDtypes, dtype, &Dtype::name);
    if (row == kDtypes.end()) {
      examination_.add(
          {.rule = RuleId::kSafetensorsLayout,
           .severity = Severity::kMedium,
           .offset = kLengthSize + tensor.offset(),
           .message = fmt::format("`{}` is of the type `{}`, which is not known",
                                  printable(tensor.name(), 80), printable(dtype, 40))});
      return std::nullopt;
    }
    ++dtypes_[row->name];
    uint64_t bits = 0;
    overflows |= __builtin_mul_overflow(product, uint64_t{row->bits}, &bits);
    if (overflows) {
      wrong(tensor, "has a shape whose product is above any number");
      return std::nullopt;
    }
    parameters_ += product;
    return (bits + 7) / 8;
  }

  void read_tensor(Value tensor) {
    const auto offsets = tensor.find("data_offsets");
    if (!offsets || !offsets->is_array() || offsets->size() != 2) {
      wrong(tensor, "has no two `data_offsets`");
      return;
    }
    auto at = offsets->begin();
    const auto begin = number_of(*at);
    const auto end = number_of(*++at);
    if (!begin || !end || *begin > *end) {
      wrong(tensor, "ends before it begins");
      return;
    }
    if (*end > data_) {
      wrong(tensor, fmt::format("reaches {} octets past the end", *end - data_));
      return;
    }
    const auto octets = asked_for(tensor);
    if (octets && *octets != *end - *begin) {
      wrong(tensor, fmt::format("takes {} octets for a shape of {}", *end - *begin, *octets));
    }
    extents_.push_back({*begin, *end, tensor.name()});
  }

  void check_layout() {
    std::ranges::sort(extents_, [](const Extent& a, const Extent& b) {
      return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
    });
    uint64_t covered = 0;
    for (const Extent& extent : extents_) {
      if (extent.begin < covered && extent.end > extent.begin) {
        examination_.add(
            RuleId::kSafetensorsLayout, extent.begin,
            fmt::format("`{}` overlaps the tensor before it", printable(extent.name, 80)));
        return;
      }
      if (extent.begin > covered) {
        examination_.add(RuleId::kSafetensorsHole, covered,
                         fmt::format("{} octets before `{}` belong to no tensor",
                                     extent.begin - covered, printable(extent.name, 80)));
      }
      covered = std::max(covered, extent.end);
    }
    if (covered < data_) {
      examination_.add(RuleId::kSafetensorsHole, covered,
                       fmt::format("{} octets behind the last tensor", data_ - covered));
    }
  }

  void add_facts() {
    examination_.add_fact("tensors", fmt::format("{}", extents_.size()));
    examination_.add_fact("parameters", fmt::format("{}", parameters_));
    std::string dtypes;
    for (const auto& [dtype, count] : dtypes_) {
      dtypes += dtypes.empty() ? "" : ", ";
      dtypes += dtype;
    }
    examination_.add_fact("dtypes", dtypes);
  }

  static constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kFacts = {{
      {"format", "framework"},
      {"modelspec.architecture", "architecture"},
      {"license", "license"},
  }};

  uint64_t data_;
  Examination& examination_;
  std::vector<Extent> extents_;
  std::map<std::string_view, uint64_t> dtypes_;
  uint64_t parameters_ = 0;
};

}  // namespace

bool may_be_safetensors(const Look& look) {
  static constexpr std::string_view kEnding = ".safetensors";
  const bool named =
      look.name.size() >= kEnding.size() &&
      equal_ignoring_case(look.name.substr(look.name.size() - kEnding.size()), kEnding);
  if (named && !is_lfs_pointer(as_text(look.head))) {
    return true;
  }
  if (look.head.size() <= kLengthSize || look.head[kLengthSize] != std::byte{'{'}) {
    return false;
  }
  uint64_t length = 0;
  std::memcpy(&length, look.head.data(), sizeof length);
  // Without the name no loader takes for safetensors what claims more than there is.
  return length <= std::min(kMostHeader, look.input.size() - kLengthSize);
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
  const LenientJson read = LenientJson::parse(as_text(header));
  if (const auto twice = read.duplicate()) {
    examination.add(RuleId::kSafetensorsLayout, kLengthSize,
                    fmt::format("`{}` stands there twice: readers differ in which they take",
                                printable(*twice, 80)));
  }
  if (read.root().is_object()) {
    Header(in.remaining(), examination).read(read.root());
  }
  if (read.fault()) {
    return *read.fault();
  }
  if (!read.root().is_object() || read.documents().size() != 1) {
    return Error(ErrorKind::kInvalidInput, "its header is no object of JSON");
  }
  return ok();
}

}  // namespace sally::vet::model
