#include "vet/model/onnx.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "base/text.h"
#include "formats/protobuf/wire.h"
#include "vet/model/metadata.h"
#include "vet/model/paths.h"

namespace sally::vet::model {
namespace {

using formats::ProtoKey;
using formats::ProtoRow;
using formats::ProtoUse;
using formats::ProtoWire;

enum Message : uint16_t {
  kModel,
  kOpset,
  kEntry,
  kTraining,
  kFunction,
  kGraph,
  kNode,
  kAttribute,
  kTensor,
  kSparse,
  kExternal,
};

constexpr std::array kRows = {
    ProtoRow{kModel, 1, ProtoUse::kNumber},
    ProtoRow{kModel, 2, ProtoUse::kText},
    ProtoRow{kModel, 3, ProtoUse::kText},
    ProtoRow{kModel, 6, ProtoUse::kText},
    ProtoRow{kModel, 7, ProtoUse::kMessage, kGraph},
    ProtoRow{kModel, 8, ProtoUse::kMessage, kOpset},
    ProtoRow{kModel, 14, ProtoUse::kMessage, kEntry},
    ProtoRow{kModel, 20, ProtoUse::kMessage, kTraining},
    ProtoRow{kModel, 25, ProtoUse::kMessage, kFunction},
    ProtoRow{kOpset, 1, ProtoUse::kText},
    ProtoRow{kOpset, 2, ProtoUse::kNumber},
    ProtoRow{kEntry, 1, ProtoUse::kText},
    ProtoRow{kEntry, 2, ProtoUse::kText},
    ProtoRow{kTraining, 1, ProtoUse::kMessage, kGraph},
    ProtoRow{kTraining, 2, ProtoUse::kMessage, kGraph},
    ProtoRow{kFunction, 1, ProtoUse::kText},
    ProtoRow{kFunction, 7, ProtoUse::kMessage, kNode},
    ProtoRow{kFunction, 8, ProtoUse::kText},
    ProtoRow{kFunction, 10, ProtoUse::kText},
    ProtoRow{kFunction, 11, ProtoUse::kMessage, kAttribute},
    ProtoRow{kFunction, 14, ProtoUse::kMessage, kEntry},
    ProtoRow{kGraph, 1, ProtoUse::kMessage, kNode},
    ProtoRow{kGraph, 5, ProtoUse::kMessage, kTensor},
    ProtoRow{kGraph, 10, ProtoUse::kText},
    ProtoRow{kGraph, 15, ProtoUse::kMessage, kSparse},
    ProtoRow{kGraph, 16, ProtoUse::kMessage, kEntry},
    ProtoRow{kNode, 4, ProtoUse::kText},
    ProtoRow{kNode, 5, ProtoUse::kMessage, kAttribute},
    ProtoRow{kNode, 6, ProtoUse::kText},
    ProtoRow{kNode, 7, ProtoUse::kText},
    ProtoRow{kNode, 9, ProtoUse::kMessage, kEntry},
    ProtoRow{kAttribute, 1, ProtoUse::kText},
    ProtoRow{kAttribute, 4, ProtoUse::kText},
    ProtoRow{kAttribute, 5, ProtoUse::kMessage, kTensor},
    ProtoRow{kAttribute, 6, ProtoUse::kMessage, kGraph},
    ProtoRow{kAttribute, 10, ProtoUse::kMessage, kTensor},
    ProtoRow{kAttribute, 11, ProtoUse::kMessage, kGraph},
    ProtoRow{kAttribute, 22, ProtoUse::kMessage, kSparse},
    ProtoRow{kAttribute, 23, ProtoUse::kMessage, kSparse},
    ProtoRow{kSparse, 1, ProtoUse::kMessage, kTensor},
    ProtoRow{kSparse, 2, ProtoUse::kMessage, kTensor},
    ProtoRow{kTensor, 1, ProtoUse::kNumber},
    ProtoRow{kTensor, 2, ProtoUse::kNumber},
    ProtoRow{kTensor, 8, ProtoUse::kText},
    ProtoRow{kTensor, 9, ProtoUse::kSize},
    ProtoRow{kTensor, 13, ProtoUse::kMessage, kExternal},
    ProtoRow{kTensor, 14, ProtoUse::kNumber},
    ProtoRow{kExternal, 1, ProtoUse::kText},
    ProtoRow{kExternal, 2, ProtoUse::kText},
};

// Bits of an element, by its number in TensorProto.DataType; 0: none of a fixed size.
constexpr std::array<uint32_t, 24> kBits = {0,  32, 8,  8,   16, 16, 32, 64, 0, 8, 16, 64,
                                            32, 64, 64, 128, 16, 8,  8,  8,  8, 4, 4,  4};

constexpr std::array<std::string_view, 12> kDomains = {"",
                                                       "ai.onnx",
                                                       "ai.onnx.ml",
                                                       "ai.onnx.training",
                                                       "ai.onnx.preview",
                                                       "ai.onnx.preview.training",
                                                       "com.microsoft",
                                                       "com.microsoft.nchwc",
                                                       "com.microsoft.experimental",
                                                       "com.ms.internal.nhwc",
                                                       "ai.onnx.contrib",
                                                       "org.pytorch.aten"};
constexpr std::array<std::string_view, 5> kExternalKeys = {"location", "offset", "length",
                                                           "checksum", "basepath"};
constexpr size_t kMostDomains = 64;  // that are told
constexpr size_t kMostName = 200;

struct Tensor {
  std::string name = {};
  uint64_t at = 0;
  uint64_t elements = 1;
  bool negative = false;
  bool overflows = false;
  uint64_t type = 0;
  std::optional<uint64_t> raw = {};
  bool external = false;
};

struct Node {
  std::string op = {};
  std::string domain = {};
};

class OnnxReader {
 public:
  explicit OnnxReader(Examination& examination) : examination_(examination) {}

  Result<> begin(uint16_t message, uint64_t offset) {
    switch (message) {
      case kTensor:
        tensors_.push_back({.at = offset});
        break;
      case kNode:
        nodes_.emplace_back();
        ++node_count_;
        break;
      case kAttribute:
        attributes_.emplace_back();
        break;
      case kEntry:
      case kExternal:
        key_.clear();
        value_.clear();
        value_at_ = offset;
        break;
      case kFunction:
      case kOpset:
        function_domain_.clear();
        break;
      default:
        break;
    }
    return ++told_ % 4096 == 0 ? examination_.time_left() : ok();
  }

  Result<> end(uint16_t message) {
    switch (message) {
      case kTensor:
        judge_tensor(tensors_.back());
        tensors_.pop_back();
        break;
      case kNode:
        judge_node(nodes_.back());
        nodes_.pop_back();
        break;
      case kAttribute:
        attributes_.pop_back();
        break;
      case kEntry:
        judge_metadata(value_, value_at_, printable(key_, 80), examination_);
        break;
      case kExternal:
        judge_external();
        break;
      case kFunction:
        if (local_.size() < kMostDomains) {
          local_.insert(function_domain_);
        }
        break;
      default:
        break;
    }
    return ok();
  }

  Result<> text(uint16_t message, uint32_t field, ByteView octets, uint64_t offset) {
    const std::string_view text = as_text(octets);
    const std::string name(text.substr(0, kMostName));
    if (message == kModel && (field == 2 || field == 3)) {
      examination_.add_fact(field == 2 ? "producer" : "producer-version", name);
    } else if ((message == kModel || message == kNode) && field == 6) {
      judge_metadata(text, offset, "doc_string", examination_);
    } else if ((message == kGraph && field == 10) || (message == kFunction && field == 8)) {
      judge_metadata(text, offset, "doc_string", examination_);
    } else if (message == kEntry || message == kExternal) {
      (field == 1 ? key_ : value_) = text;
      value_at_ = offset;
    } else if (message == kNode && !nodes_.empty()) {
      (field == 4 ? nodes_.back().op : nodes_.back().domain) = name;
    } else if (message == kFunction && field == 10) {
      function_domain_ = name;
    } else if (message == kTensor && !tensors_.empty()) {
      tensors_.back().name = name;
    } else if (message == kAttribute && !attributes_.empty()) {
      if (field == 1) {
        attributes_.back() = name;
      } else if (attributes_.back() == "ep_cache_context" && text.size() < 4096) {
        judge_path(text, offset);
      }
    }
    return ok();
  }

  Result<> number(uint16_t message, uint32_t field, uint64_t value, uint64_t /*offset*/) {
    if (message == kModel && field == 1) {
      examination_.add_fact("ir-version", fmt::format("{}", value));
    } else if (message == kOpset && field == 2 && !opset_told_) {
      opset_told_ = true;
      examination_.add_fact("opset", fmt::format("{}", value));
    } else if (message == kTensor && !tensors_.empty()) {
      Tensor& tensor = tensors_.back();
      if (field == 1) {
        tensor.negative |= value > uint64_t{INT64_MAX};
        tensor.overflows |= __builtin_mul_overflow(tensor.elements, value, &tensor.elements);
      } else if (field == 2) {
        tensor.type = value;
      } else if (field == 14) {
        tensor.external = value == 1;
      }
    }
    return ok();
  }

  Result<> skipped(uint16_t message, uint32_t /*field*/, uint64_t octets, uint64_t /*offset*/) {
    if (message == kTensor && !tensors_.empty()) {
      tensors_.back().raw = octets;
    }
    return ok();
  }

  void finish() {
    for (const auto& [domain, op] : domains_) {
      if (!local_.contains(domain)) {
        examination_.add(
            RuleId::kOnnxCustomOperator, 0,
            fmt::format("`{}` of the domain `{}`", printable(op, 80), printable(domain, 80)));
      }
    }
    examination_.add_fact("nodes", fmt::format("{}", node_count_));
    examination_.add_fact("parameters", fmt::format("{}", parameters_));
  }

 private:
  void judge_tensor(const Tensor& tensor) {
    const std::string name = printable(tensor.name, 80);
    if (tensor.negative || tensor.overflows || tensor.elements > uint64_t{INT64_MAX}) {
      examination_.add(
          RuleId::kModelLayout, tensor.at,
          fmt::format("the dimensions of `{}` are negative or above any number", name));
      return;
    }
    parameters_ += tensor.elements;
    const uint32_t bits = tensor.type < kBits.size() ? kBits[tensor.type] : 0;
    uint64_t all = 0;
    if (bits == 0 || !tensor.raw) {
      return;
    }
    if (__builtin_mul_overflow(tensor.elements, uint64_t{bits}, &all) ||
        (all / 8 + (all % 8 != 0 ? 1 : 0) != *tensor.raw && !tensor.external)) {
      examination_.add(RuleId::kModelLayout, tensor.at,
                       fmt::format("`{}` has {} octets for {} elements of {} bits", name,
                                   *tensor.raw, tensor.elements, bits));
    }
  }

  void judge_node(const Node& node) {
    if (node.op == "PyOp" || node.op == "PyCustomOp" || node.op == "PythonOp") {
      const bool runs = node.op != "PythonOp";
      examination_.add({.rule = RuleId::kOnnxPythonOperator,
                        .severity = runs ? Severity::kHigh : Severity::kMedium,
                        .message = fmt::format("the operator `{}`", node.op)});
    }
    if (std::ranges::find(kDomains, node.domain) == kDomains.end() &&
        domains_.size() < kMostDomains) {
      domains_.try_emplace(node.domain, node.op);
    }
  }

  void judge_path(std::string_view path, uint64_t offset) {
    const std::string_view why = leads_out(path);
    if (!why.empty()) {
      examination_.add(RuleId::kOnnxExternalPath, offset,
                       fmt::format("a file of the model {}", why),
                       std::string(path.substr(0, kMostName)));
    }
  }

  void judge_external() {
    if (key_ == "location") {
      judge_path(value_, value_at_);
      return;
    }
    const bool number = key_ == "offset" || key_ == "length";
    if (number && (value_.empty() || value_.find_first_not_of("0123456789") != std::string::npos ||
                   value_.size() > 18)) {
      examination_.add(RuleId::kModelLayout, value_at_,
                       fmt::format("`{}` of external data is no number", key_),
                       value_.substr(0, kMostName));
    }
    if (std::ranges::find(kExternalKeys, key_) == kExternalKeys.end()) {
      // onnx sets an attribute of this name: CWE-915.
      const bool internal = key_.starts_with('_');
      examination_.add(
          {.rule = RuleId::kOnnxExternalPath,
           .severity = internal ? Severity::kHigh : Severity::kMedium,
           .offset = value_at_,
           .message = fmt::format("external data with the key `{}`", printable(key_, 80))});
    }
  }

  Examination& examination_;
  std::vector<Tensor> tensors_;
  std::vector<Node> nodes_;
  std::vector<std::string> attributes_;
  std::map<std::string, std::string> domains_;  // with an operator of each
  std::set<std::string> local_;                 // domains of functions that the model has itself
  std::string key_;
  std::string value_;
  uint64_t value_at_ = 0;
  std::string function_domain_;
  bool opset_told_ = false;
  uint64_t node_count_ = 0;
  uint64_t parameters_ = 0;
  uint64_t told_ = 0;
};

// Whether a field of the model's own message is what ONNX has there.
bool fits(const ProtoKey& key) {
  switch (key.field) {
    case 1:
    case 5:
      return key.wire == ProtoWire::kVarint;
    case 2:
    case 3:
    case 4:
    case 6:
    case 7:
    case 8:
    case 14:
    case 20:
    case 25:
    case 26:
      return key.wire == ProtoWire::kLength;
    default:
      return key.field > 26;
  }
}

}  // namespace

bool may_be_onnx(const Look& look) {
  static constexpr std::string_view kEnding = ".onnx";
  if (look.name.size() >= kEnding.size() &&
      equal_ignoring_case(look.name.substr(look.name.size() - kEnding.size()), kEnding)) {
    return !is_lfs_pointer(as_text(look.head));
  }
  // A version, then a graph and what its operators are of.
  if (look.head.size() < 8 || (look.head[0] != std::byte{0x08} && look.head[0] != std::byte{0x3A} &&
                               look.head[0] != std::byte{0x42})) {
    return false;
  }
  bool version = false;
  bool graph = false;
  const bool whole = formats::is_protobuf(look.input, 10'000, [&](const ProtoKey& key, auto&) {
    version |= key.field == 1 && key.value < 100;
    graph |= key.field == 7;
    return fits(key);
  });
  return whole && graph && version;
}

Result<> examine_onnx(const formats::Input& input, Examination& examination) {
  OnnxReader reader(examination);
  const auto walked = formats::walk_protobuf(input, kRows, kModel, reader);
  reader.finish();
  return walked;
}

}  // namespace sally::vet::model
