#include "vet/model/tensorflow.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "base/text.h"
#include "formats/protobuf/wire.h"
#include "vet/model/keras.h"
#include "vet/model/paths.h"

namespace sally::vet::model {
namespace {

using formats::PartOfInput;
using formats::ProtoKey;
using formats::ProtoRow;
using formats::ProtoUse;
using formats::ProtoWire;

enum Message : uint16_t {
  kSaved,
  kMeta,
  kMetaInfo,
  kAsset,
  kObjects,
  kObject,
  kUserObject,
  kGraphDef,
  kLibrary,
  kFunction,
  kNode,
  kAttribute,
  kAttributeValue,
  kList,
  kKerasSaved,
  kKerasObject,
};

constexpr std::array kRows = {
    ProtoRow{kSaved, 2, ProtoUse::kMessage, kMeta},
    ProtoRow{kMeta, 1, ProtoUse::kMessage, kMetaInfo},
    ProtoRow{kMeta, 2, ProtoUse::kMessage, kGraphDef},
    ProtoRow{kMeta, 6, ProtoUse::kMessage, kAsset},
    ProtoRow{kMeta, 7, ProtoUse::kMessage, kObjects},
    ProtoRow{kMetaInfo, 4, ProtoUse::kText},
    ProtoRow{kMetaInfo, 5, ProtoUse::kText},
    ProtoRow{kAsset, 2, ProtoUse::kText},
    ProtoRow{kObjects, 1, ProtoUse::kMessage, kObject},
    ProtoRow{kObject, 4, ProtoUse::kMessage, kUserObject},
    ProtoRow{kUserObject, 1, ProtoUse::kText},
    ProtoRow{kUserObject, 3, ProtoUse::kText},
    ProtoRow{kGraphDef, 1, ProtoUse::kMessage, kNode},
    ProtoRow{kGraphDef, 2, ProtoUse::kMessage, kLibrary},
    ProtoRow{kLibrary, 1, ProtoUse::kMessage, kFunction},
    ProtoRow{kFunction, 3, ProtoUse::kMessage, kNode},
    ProtoRow{kNode, 1, ProtoUse::kText},
    ProtoRow{kNode, 2, ProtoUse::kText},
    ProtoRow{kNode, 5, ProtoUse::kMessage, kAttribute},
    ProtoRow{kAttribute, 1, ProtoUse::kText},
    ProtoRow{kAttribute, 2, ProtoUse::kMessage, kAttributeValue},
    ProtoRow{kAttributeValue, 1, ProtoUse::kMessage, kList},
    ProtoRow{kAttributeValue, 2, ProtoUse::kText},
    ProtoRow{kList, 2, ProtoUse::kText},
    ProtoRow{kKerasSaved, 1, ProtoUse::kMessage, kKerasObject},
    ProtoRow{kKerasObject, 4, ProtoUse::kText},
    ProtoRow{kKerasObject, 5, ProtoUse::kText},
};

struct Operator {
  std::string_view name;
  Severity severity;
  std::string_view what;
};
constexpr std::array kOperators = {
    Operator{"PyFunc", Severity::kCritical, "runs Python"},
    Operator{"PyFuncStateless", Severity::kCritical, "runs Python"},
    Operator{"EagerPyFunc", Severity::kCritical, "runs Python"},
    Operator{"ReadFile", Severity::kHigh, "reads any file"},
    Operator{"WriteFile", Severity::kHigh, "writes any file"},
    Operator{"MatchingFiles", Severity::kHigh, "lists files"},
    Operator{"MatchingFilesDataset", Severity::kHigh, "lists files"},
    Operator{"ExperimentalMatchingFilesDataset", Severity::kHigh, "lists files"},
    Operator{"DatasetToTFRecord", Severity::kHigh, "writes a file"},
    Operator{"ExperimentalDatasetToTFRecord", Severity::kHigh, "writes a file"},
    Operator{"SaveDataset", Severity::kHigh, "writes files"},
    Operator{"SaveDatasetV2", Severity::kHigh, "writes files"},
    Operator{"SqlDataset", Severity::kHigh, "opens a database"},
    Operator{"ExperimentalSqlDataset", Severity::kHigh, "opens a database"},
    Operator{"ImmutableConst", Severity::kHigh, "maps a file"},
    Operator{"CompileAndRun", Severity::kHigh, "runs code"},
    Operator{"DebugIdentityV2", Severity::kMedium, "writes what passes to a file or address"},
    Operator{"DebugIdentity", Severity::kMedium, "writes what passes to a file or address"},
    Operator{"TextLineDataset", Severity::kMedium, "reads a file"},
    Operator{"TFRecordDataset", Severity::kMedium, "reads a file"},
    Operator{"TFRecordDatasetV2", Severity::kMedium, "reads a file"},
    Operator{"FixedLengthRecordDataset", Severity::kMedium, "reads a file"},
    Operator{"FixedLengthRecordDatasetV2", Severity::kMedium, "reads a file"},
    Operator{"CSVDataset", Severity::kMedium, "reads a file"},
    Operator{"LoadDataset", Severity::kMedium, "reads files"},
    Operator{"WholeFileReaderV2", Severity::kMedium, "reads a file"},
    Operator{"TextLineReaderV2", Severity::kMedium, "reads a file"},
    Operator{"RemoteCall", Severity::kMedium, "calls another machine"},
    Operator{"RpcCall", Severity::kMedium, "calls another machine"},
    Operator{"RegisterDataset", Severity::kMedium, "calls another machine"},
    Operator{"FileSystemSetConfiguration", Severity::kMedium, "sets up a file system"},
    Operator{"CreateSummaryFileWriter", Severity::kMedium, "writes a file"},
    Operator{"SummaryWriter", Severity::kMedium, "writes a file"},
};

class GraphReader {
 public:
  explicit GraphReader(Examination& examination) : examination_(examination) {}

  Result<> begin(uint16_t message, uint64_t offset) {
    if (message == kNode) {
      ++nodes_;
      node_at_ = offset;
      name_.clear();
      op_.clear();
    }
    return ++told_ % 4096 == 0 ? examination_.time_left() : ok();
  }

  Result<> end(uint16_t message) {
    if (message == kNode) {
      judge_node();
    }
    return ok();
  }

  Result<> text(uint16_t message, uint32_t field, ByteView octets, uint64_t offset) {
    const std::string_view text = as_text(octets);
    switch (message) {
      case kNode:
        (field == 1 ? name_ : op_) = text.substr(0, 200);
        break;
      case kMetaInfo:
        examination_.add_fact(field == 4 ? "tag" : "tensorflow-version", text.substr(0, 80));
        break;
      case kAsset:
        if (const std::string_view why = leads_out(text); !why.empty()) {
          examination_.add(RuleId::kTensorflowAsset, offset, fmt::format("an asset {}", why),
                           std::string(text.substr(0, 200)));
        }
        break;
      case kAttributeValue:
      case kList:
        judge_attribute(text, offset);
        break;
      case kUserObject:
      case kKerasObject:
        if (text.find("\"class_name\"") != std::string_view::npos) {
          judge_keras_text(text, offset, examination_);
        }
        break;
      default:
        break;
    }
    return ok();
  }

  static Result<> number(uint16_t /*message*/, uint32_t /*field*/, uint64_t /*value*/,
                         uint64_t /*offset*/) {
    return ok();
  }
  static Result<> skipped(uint16_t /*message*/, uint32_t /*field*/, uint64_t /*octets*/,
                          uint64_t /*offset*/) {
    return ok();
  }

  void finish() {
    for (const auto& [op, seen] : seen_) {
      const auto row = std::ranges::find(kOperators, op, &Operator::name);
      examination_.add({.rule = RuleId::kTensorflowOperator,
                        .severity = row->severity,
                        .offset = seen.at,
                        .message = fmt::format("`{}` {}, {} of them", op, row->what, seen.count),
                        .evidence = seen.name});
    }
    if (nodes_ > 0) {
      examination_.add_fact("framework", "tensorflow");
      examination_.add_fact("nodes", fmt::format("{}", nodes_));
    }
  }

 private:
  struct Seen {
    uint64_t at = 0;
    uint64_t count = 0;
    std::string name = {};
  };

  void judge_node() {
    const auto row = std::ranges::find(kOperators, op_, &Operator::name);
    if (row == kOperators.end()) {
      return;
    }
    Seen& seen = seen_[std::string(row->name)];
    if (seen.count++ == 0) {
      seen.at = node_at_;
      seen.name = printable(name_, 80);
    }
  }

  // `PrintV2` writes to a file that its attribute names; debuggers to addresses.
  void judge_attribute(std::string_view text, uint64_t offset) {
    if ((op_ == "PrintV2" || op_.starts_with("Debug")) &&
        (text.starts_with("file://") || text.starts_with("grpc://"))) {
      examination_.add(RuleId::kTensorflowOperator, offset, fmt::format("`{}` writes a file", op_),
                       std::string(text.substr(0, 200)));
    }
  }

  Examination& examination_;
  uint64_t nodes_ = 0;
  uint64_t node_at_ = 0;
  uint64_t told_ = 0;
  std::string name_;
  std::string op_;
  std::map<std::string, Seen> seen_;
};

bool named(const Look& look, std::string_view name) {
  return equal_ignoring_case(look.name, name);
}

// Whether the message that `key` begins has fields up to `most`, all of them with a length.
bool inner_fits(const formats::Input& input, uint64_t from, uint64_t length, uint32_t most) {
  const PartOfInput inner(input, from, length);
  return formats::is_protobuf(inner, 64, [&](const ProtoKey& key, auto&) {
    return key.wire == ProtoWire::kLength && key.field <= most;
  });
}

Result<> examine(const formats::Input& input, Message root, Examination& examination) {
  GraphReader reader(examination);
  const auto walked = formats::walk_protobuf(input, kRows, root, reader);
  reader.finish();
  return walked;
}

}  // namespace

bool may_be_saved_model(const Look& look) {
  if (named(look, "saved_model.pb")) {
    return true;
  }
  if (look.head.size() < 4 ||
      (look.head[0] != std::byte{0x08} && look.head[0] != std::byte{0x12})) {
    return false;
  }
  bool graph = false;
  return formats::is_protobuf(
             look.input, 10'000,
             [&](const ProtoKey& key, formats::InputReader& in) {
               if (key.field == 2 && key.wire == ProtoWire::kLength) {
                 const bool fits = graph || inner_fits(look.input, in.position(), key.value, 7);
                 graph = true;
                 return fits;
               }
               return key.field > 15 || (key.field == 1 && key.wire == ProtoWire::kVarint);
             }) &&
         graph;
}

Result<> examine_saved_model(const formats::Input& input, Examination& examination) {
  return examine(input, kSaved, examination);
}

bool may_be_graph(const Look& look) {
  if (look.head.size() < 8 || look.head[0] != std::byte{0x0A}) {
    return false;
  }
  // Nodes have a name and an operator, both texts.
  bool node = false;
  return formats::is_protobuf(look.input, 100'000,
                              [&](const ProtoKey& key, formats::InputReader& in) {
                                if (key.field == 1 && key.wire == ProtoWire::kLength && !node) {
                                  node = inner_fits(look.input, in.position(), key.value, 7);
                                  return node;
                                }
                                return key.field > 15 ||
                                       (key.field == 3
                                            ? key.wire == ProtoWire::kVarint
                                            : key.field <= 5 && key.wire == ProtoWire::kLength);
                              }) &&
         node;
}

Result<> examine_graph(const formats::Input& input, Examination& examination) {
  return examine(input, kGraphDef, examination);
}

bool may_be_keras_metadata(const Look& look) {
  return named(look, "keras_metadata.pb");
}

Result<> examine_keras_metadata(const formats::Input& input, Examination& examination) {
  return examine(input, kKerasSaved, examination);
}

}  // namespace sally::vet::model
