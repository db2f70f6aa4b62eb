#include "vet/model/keras.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "base/text.h"
#include "vet/model/callables.h"
#include "vet/model/paths.h"

namespace sally::vet::model {
namespace {

using formats::LenientJson;
using Value = LenientJson::Value;

constexpr size_t kEvidence = 200;
constexpr size_t kMostTold = 50;

bool one_of(std::string_view word, std::span<const std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

// Layers that open a file of words, where `vocabulary` is a path.
constexpr std::array<std::string_view, 6> kLookups = {
    "StringLookup", "IntegerLookup",  "TextVectorization",
    "IndexLookup",  "HashedCrossing", "SentencePieceTokenizer"};
constexpr std::array<std::string_view, 4> kPathMembers = {"vocabulary", "idf_weights",
                                                          "vocabulary_path", "merges"};
// Objects that Keras writes itself, none of them a class.
constexpr std::array<std::string_view, 8> kMarks = {
    "__tensor__",   "__numpy__",        "__bytes__", "__ellipsis__",
    "__typespec__", "__keras_tensor__", "__tuple__", "__set__"};

class Judge {
 public:
  Judge(uint64_t offset, Examination& examination) : offset_(offset), examination_(examination) {}

  bool judge(Value object) {
    const std::string_view name = object.string("class_name");
    const auto config = object.find("config");
    if (name.empty() || (!config && !object.has("module"))) {
      return false;
    }
    judge_class(object, name);
    if (config && config->is_object()) {
      judge_config(object, name, *config);
    }
    return true;
  }

  void tell(RuleId rule, Severity severity, Value at, std::string message,
            std::string_view evidence = {}) {
    if (++told_ <= kMostTold) {
      examination_.add({.rule = rule,
                        .severity = severity,
                        .offset = offset_ + at.offset(),
                        .message = std::move(message),
                        .evidence = std::string(evidence.substr(0, kEvidence))});
    }
  }

 private:
  void judge_class(Value object, std::string_view name) {
    if (name == "__lambda__") {
      tell(RuleId::kKerasLambda, Severity::kCritical, object,
           "a function as marshalled code of Python");
      return;
    }
    if (one_of(name, kMarks)) {
      return;
    }
    std::string_view module = object.string("module");
    std::string_view called = name;
    if (name == "function" || name == "type") {
      const auto config = object.find("config");
      called = config && config->is_string() ? config->text() : std::string_view();
      if (called.empty() && config && config->is_object()) {
        called = config->string("function_name");
      }
    }
    if (const size_t mark = called.find('>'); mark != std::string_view::npos) {
      // `package>Name`: looked up among what its user has registered, unless it is a module.
      if (module.empty()) {
        module = called.substr(0, mark);
      }
      called = called.substr(mark + 1);
    }
    if (called.empty()) {
      return;
    }
    const CallableRisk risk = risk_of(module, called);
    const bool named = !module.empty() || name.find('.') != std::string_view::npos;
    const std::string whole = fmt::format("{}{}{}", printable(module, 80),
                                          module.empty() ? "" : ".", printable(called, 80));
    if (risk == CallableRisk::kDangerous &&
        (named || called == "TorchModuleWrapper" || called == "eval" || called == "exec")) {
      tell(RuleId::kKerasCallable, Severity::kCritical, object, fmt::format("`{}`", whole));
    } else if (risk == CallableRisk::kUnknown && named && module != "Custom" &&
               module != "__main__" && object.has("module")) {
      tell(RuleId::kKerasCallable, Severity::kLow, object,
           fmt::format("`{}`, of a module that is not known", whole));
    }
    if (called == "TFSMLayer") {
      tell(RuleId::kKerasFile, Severity::kMedium, object, "`TFSMLayer` loads another SavedModel");
    }
  }

  void judge_config(Value object, std::string_view name, Value config) {
    if (name == "Lambda" || name.ends_with(">Lambda")) {
      judge_lambda(object, config);
    }
    if (name == "TFSMLayer") {
      if (const auto why = leads_out(config.string("filepath")); !why.empty()) {
        tell(RuleId::kKerasFile, Severity::kHigh, config,
             fmt::format("`filepath` of `TFSMLayer` {}", why), config.string("filepath"));
      }
    }
    if (one_of(name.substr(name.rfind('>') + 1), kLookups)) {
      for (const std::string_view member : kPathMembers) {
        const std::string_view path = config.string(member);
        const std::string_view why = leads_out(path);
        if (!path.empty()) {
          tell(RuleId::kKerasFile, why.empty() ? Severity::kMedium : Severity::kHigh, config,
               fmt::format("`{}` of `{}` is a file{}{}", member, printable(name, 80),
                           why.empty() ? "" : " and ", why),
               path);
        }
      }
    }
  }

  void judge_lambda(Value object, Value config) {
    for (const std::string_view which : {"function", "output_shape", "mask"}) {
      const auto function = config.find(which);
      const std::string type(config.string(fmt::format("{}_type", which)));
      if (!function || (which != std::string_view("function") && type != "lambda" &&
                        type != "function" && !function->is_object())) {
        continue;
      }
      if (function->is_array()) {
        const auto first = function->begin();
        if (function->size() > 0 && (*first).is_string()) {
          tell(RuleId::kKerasLambda, Severity::kCritical, *function,
               fmt::format("`{}` of a Lambda layer is marshalled code of Python", which),
               (*first).text());
        }
      } else if (function->is_string()) {
        const std::string_view text = function->text();
        const std::string_view module = config.string("module");
        const bool code = text.find_first_of(" (:=;") != std::string_view::npos ||
                          type == "lambda" || type == "raw";
        if (code || (!module.empty() && risk_of(module, text) == CallableRisk::kDangerous)) {
          tell(RuleId::kKerasLambda, Severity::kCritical, *function,
               fmt::format("`{}` of a Lambda layer is code", which), text);
        } else {
          tell(RuleId::kKerasLambda, Severity::kMedium, *function,
               fmt::format("a Lambda layer calls `{}` of its user", printable(text, 80)), text);
        }
      }
    }
    if (!config.has("function")) {
      tell(RuleId::kKerasLambda, Severity::kMedium, object, "a Lambda layer");
    }
  }

  uint64_t offset_;
  Examination& examination_;
  size_t told_ = 0;
};

}  // namespace

bool judge_keras(const Value& root, uint64_t offset, Examination& examination) {
  Judge judge(offset, examination);
  bool keras = false;
  root.each([&](Value value) {
    if (value.is_object()) {
      keras |= judge.judge(value);
    } else if (value.is_string() &&
               value.text().find("enable_unsafe_deserialization") != std::string_view::npos) {
      judge.tell(RuleId::kKerasCallable, Severity::kHigh, value,
                 "names `enable_unsafe_deserialization`");
    }
  });
  if (keras && root.is_object()) {
    for (const std::string_view name : {"keras_version", "backend"}) {
      if (const std::string_view text = root.string(name); !text.empty()) {
        examination.add_fact(name, text);
      }
    }
    if (const std::string_view name = root.string("class_name"); !name.empty()) {
      examination.add_fact("architecture", name);
    }
  }
  return keras;
}

void judge_keras_text(std::string_view text, uint64_t offset, Examination& examination) {
  const LenientJson read = LenientJson::parse(text);
  judge_keras(read.documents(), offset, examination);
  if (read.fault()) {
    examination.unread(*read.fault(), offset + read.fault_offset());
  }
}

}  // namespace sally::vet::model
