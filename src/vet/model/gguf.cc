#include "vet/model/gguf.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

#include "base/text.h"
#include "formats/gguf/gguf.h"
#include "vet/model/metadata.h"
#include "vet/model/template.h"

namespace sally::vet::model {
namespace {

constexpr size_t kMostName = 63;  // GGML_MAX_NAME less its end

// `general.file_type`, by its number.
constexpr std::array<std::string_view, 39> kFileTypes = {
    "F32",    "F16",    "Q4_0",  "Q4_1",    "",       "",       "",       "Q8_0",
    "Q5_0",   "Q5_1",   "Q2_K",  "Q3_K_S",  "Q3_K_M", "Q3_K_L", "Q4_K_S", "Q4_K_M",
    "Q5_K_S", "Q5_K_M", "Q6_K",  "IQ2_XXS", "IQ2_XS", "Q2_K_S", "IQ3_XS", "IQ3_XXS",
    "IQ1_S",  "IQ4_NL", "IQ3_S", "IQ3_M",   "IQ2_S",  "IQ2_M",  "IQ4_XS", "IQ1_M",
    "BF16",   "",       "",      "",        "TQ1_0",  "TQ2_0",  "MXFP4"};

void add_facts(const formats::Gguf& read, Examination& examination) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kTexts = {{
      {"general.architecture", "architecture"},
      {"general.name", "name"},
      {"general.license", "license"},
      {"general.author", "author"},
      {"general.organization", "organization"},
  }};
  for (const auto& [key, fact] : kTexts) {
    if (const formats::GgufValue* value = read.find(key);
        value != nullptr && !value->text.empty()) {
      examination.add_fact(fact, value->text);
    }
  }
  if (const formats::GgufValue* type = read.find("general.file_type");
      type != nullptr && type->number < kFileTypes.size() && !kFileTypes[type->number].empty()) {
    examination.add_fact("quantization", kFileTypes[type->number]);
  }
  examination.add_fact("tensors", fmt::format("{}", read.tensors.size()));
}

void check_keys(const formats::Gguf& read, Examination& examination) {
  std::vector<std::pair<std::string_view, uint64_t>> keys;
  for (const formats::GgufValue& value : read.values) {
    keys.emplace_back(value.key, value.offset);
  }
  std::ranges::sort(keys);
  const auto twice = std::ranges::adjacent_find(
      keys, [](const auto& a, const auto& b) { return a.first == b.first; });
  if (twice != keys.end()) {
    examination.add(
        RuleId::kModelLayout, std::next(twice)->second,
        fmt::format("the key `{}` stands there twice: readers differ in which they take",
                    printable(twice->first)));
  }
}

void check_tensor(const formats::GgufTensor& tensor, Examination& examination) {
  const std::string name = printable(tensor.name, 80);
  if (tensor.overflows) {
    examination.add(RuleId::kModelLayout, tensor.at,
                    fmt::format("the dimensions of `{}` have a product above any number", name));
  }
  if (tensor.name.size() > kMostName) {
    examination.add(RuleId::kModelLayout, tensor.at,
                    fmt::format("a tensor's name of {} octets", tensor.name.size()));
  }
}

void check_layout(const formats::Gguf& read, uint64_t size, Examination& examination) {
  if (!std::has_single_bit(read.alignment)) {
    examination.add(RuleId::kModelLayout, 0,
                    fmt::format("an alignment of {}, which is no power of two", read.alignment));
  }
  std::vector<const formats::GgufTensor*> tensors;
  for (const formats::GgufTensor& tensor : read.tensors) {
    check_tensor(tensor, examination);
    tensors.push_back(&tensor);
  }
  if (read.data_from == 0) {
    return;
  }
  std::ranges::sort(tensors, {}, [](const auto* tensor) { return tensor->offset; });
  const uint64_t room = size - std::min(size, read.data_from);
  uint64_t covered = 0;
  const formats::GgufTensor* before = nullptr;
  bool known = true;
  for (const formats::GgufTensor* tensor : tensors) {
    if (!tensor->octets) {
      known = false;
      continue;
    }
    const std::string name = printable(tensor->name, 80);
    uint64_t end = 0;
    if (__builtin_add_overflow(tensor->offset, *tensor->octets, &end) || end > room) {
      examination.add(RuleId::kModelLayout, tensor->at,
                      fmt::format("`{}` lies behind the end of the file", name));
      return;
    }
    if (tensor->offset < covered && before != nullptr) {
      examination.add(RuleId::kModelLayout, tensor->at,
                      fmt::format("`{}` overlaps `{}`", name, printable(before->name, 80)));
      return;
    }
    covered = end;
    before = tensor;
  }
  const uint64_t slack = std::max<uint64_t>(read.alignment, 64 * 1024);
  if (known && !tensors.empty() && room - covered > slack) {
    examination.add(RuleId::kModelTrailing, read.data_from + covered,
                    fmt::format("{} octets behind the last tensor", room - covered));
  }
}

}  // namespace

bool may_be_gguf(const Look& look) {
  return formats::is_gguf(look.head);
}

Result<> examine_gguf(const formats::Input& input, Examination& examination) {
  const formats::Gguf read = formats::read_gguf(input);
  add_facts(read, examination);
  check_keys(read, examination);
  for (const formats::GgufValue& value : read.values) {
    TRY_OK(examination.time_left());
    const std::string key = printable(value.key, 80);
    if (value.key.starts_with("tokenizer.chat_template")) {
      judge_template(value.text, TemplateUse::kChat, value.text_offset, key, examination);
    } else {
      judge_metadata(value.text, value.text_offset, key, examination);
    }
    for (const std::string& text : value.texts) {
      judge_metadata(text, value.offset, key, examination);
    }
  }
  check_layout(read, input.size(), examination);
  if (read.fault && read.fault->kind() == ErrorKind::kTooLarge) {
    examination.add(RuleId::kModelLayout, read.fault_offset, read.fault->message());
  } else if (read.fault) {
    examination.unread(*read.fault, read.fault_offset);
  }
  return ok();
}

}  // namespace sally::vet::model
