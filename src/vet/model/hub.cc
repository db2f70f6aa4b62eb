#include "vet/model/hub.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"
#include "vet/model/callables.h"
#include "vet/model/paths.h"

namespace sally::vet::model {
namespace {

using formats::LenientJson;
using Value = LenientJson::Value;

constexpr size_t kMostTold = 50;

class Judge {
 public:
  explicit Judge(Examination& examination) : examination_(examination) {}

  void judge(Value value) {
    const std::string_view name = value.name();
    if (name == "auto_map" || name == "custom_pipelines" || name == "custom_pipeline") {
      judge_code(value);
    } else if (name == "trust_remote_code" && value.is_true()) {
      tell(RuleId::kConfigRemoteCode, Severity::kMedium, value, "`trust_remote_code` is set");
    } else if (name == "_target_" && value.is_string()) {
      judge_target(value.text(), name, value.offset(), 0, examination_);
    } else if (name == "weight_map" && value.is_object()) {
      judge_weights(value);
    } else if (name == "parent_library" && value.is_string()) {
      judge_import(value, value.text(), {}, "`parent_library`");
    }
    if (value.is_object()) {
      judge_object(value);
    }
  }

 private:
  void tell(RuleId rule, Severity severity, Value at, std::string message,
            std::string_view evidence = {}) {
    if (++told_ <= kMostTold) {
      examination_.add({.rule = rule,
                        .severity = severity,
                        .offset = at.offset(),
                        .message = std::move(message),
                        .evidence = std::string(evidence.substr(0, 200))});
    }
  }

  // `auto_map` and its kin: `module.Class`, or `user/repository--module.Class`.
  void judge_code(Value map) {
    map.each([&](Value value) {
      const std::string_view text = value.text();
      if (!value.is_string() || text.empty()) {
        return;
      }
      const size_t other = text.find("--");
      const std::string member = printable(map.name(), 40);
      if (other != std::string_view::npos) {
        tell(RuleId::kConfigRemoteCode, Severity::kHigh, value,
             fmt::format("`{}` takes code of `{}`, another repository", member,
                         printable(text.substr(0, other), 80)),
             text);
      } else if (const std::string_view why = leads_out(text); !why.empty()) {
        tell(RuleId::kConfigRemoteCode, Severity::kHigh, value,
             fmt::format("`{}` takes code from a path that {}", member, why), text);
      } else if (value.name() != "type" && text.find('.') != std::string_view::npos) {
        tell(RuleId::kConfigRemoteCode, Severity::kMedium, value,
             fmt::format("`{}` takes code that comes with the model", member), text);
      }
    });
  }

  void judge_import(Value at, std::string_view module, std::string_view name,
                    std::string_view what) {
    const CallableRisk risk = name.empty() ? risk_of(module, "x") : risk_of(module, name);
    const std::string whole =
        printable(name.empty() ? std::string(module) : fmt::format("{}.{}", module, name), 120);
    if (risk == CallableRisk::kDangerous) {
      tell(RuleId::kConfigCallable, Severity::kCritical, at,
           fmt::format("{} names `{}`", what, whole));
    } else if (risk == CallableRisk::kUnknown) {
      tell(RuleId::kConfigCallable, Severity::kLow, at,
           fmt::format("{} names `{}`, of a module that is not known", what, whole));
    }
  }

  void judge_weights(Value map) {
    for (const Value file : map) {
      if (const std::string_view why = leads_out(file.text()); !why.empty()) {
        tell(RuleId::kConfigPath, Severity::kHigh, file, fmt::format("a file of weights {}", why),
             file.text());
        return;
      }
    }
  }

  void judge_object(Value object) {
    // Diffusers: `"vae": ["diffusers", "AutoencoderKL"]`.
    if (object.has("_diffusers_version")) {
      for (const Value member : object) {
        if (!member.is_array() || member.size() != 2) {
          continue;
        }
        auto at = member.begin();
        const Value library = *at;
        const Value name = *++at;
        if (library.is_string() && name.is_string()) {
          judge_import(member, library.text(), name.text(), "a part of the pipeline");
        }
      }
    }
    // Sentence Transformers: `{"idx": 0, "path": "1_Pooling", "type": "module.Class"}`.
    if (object.has("idx") && object.has("path") && object.has("type")) {
      judge_import(object, object.string("type"), {}, "`type`");
      if (const std::string_view why = leads_out(object.string("path")); !why.empty()) {
        tell(RuleId::kConfigPath, Severity::kHigh, object, fmt::format("a module's path {}", why),
             object.string("path"));
      }
    }
    // Latent diffusion: `{"target": "module.Class", "params": {}}`.
    if (object.has("params") && risk_of(object.string("target")) == CallableRisk::kDangerous) {
      judge_target(object.string("target"), "target", object.offset(), 0, examination_);
    }
    judge_skops(object);
  }

  // skops: `__loader__` rebuilds `__class__` of `__module__`.
  void judge_skops(Value object) {
    const std::string_view loader = object.string("__loader__");
    const std::string_view name = object.string("__class__");
    if (loader.empty() || name.empty()) {
      return;
    }
    const std::string_view module = object.string("__module__");
    static constexpr std::array<std::string_view, 3> kReaching = {"MethodNode", "OperatorFuncNode",
                                                                  "ReduceNode"};
    if (std::ranges::find(kReaching, loader) != kReaching.end()) {
      tell(RuleId::kConfigCallable, Severity::kHigh, object,
           fmt::format("`{}` of `{}.{}`", printable(loader, 40), printable(module, 80),
                       printable(name, 80)));
    }
    judge_import(object, module, name, "an object of skops");
    const auto content = object.find("content");
    if (content && content->is_object() && !content->string("module_path").empty()) {
      for (const std::string_view member : {"function", "type", "class"}) {
        if (const std::string_view called = content->string(member); !called.empty()) {
          judge_import(*content, content->string("module_path"), called, "a function of skops");
        }
      }
    }
  }

  Examination& examination_;
  size_t told_ = 0;
};

}  // namespace

void judge_hub(const Value& documents, Examination& examination) {
  Judge judge(examination);
  documents.each([&](Value value) { judge.judge(value); });
}

void judge_target(std::string_view dotted, std::string_view member, uint64_t offset, uint32_t line,
                  Examination& examination) {
  const CallableRisk risk = risk_of(dotted);
  if (dotted.empty() || risk == CallableRisk::kKnown) {
    return;
  }
  const bool dangerous = risk == CallableRisk::kDangerous;
  examination.add({.rule = RuleId::kConfigCallable,
                   .severity = dangerous ? Severity::kCritical : Severity::kLow,
                   .offset = offset,
                   .line = line,
                   .message = fmt::format("`{}` names `{}`{}", member, printable(dotted, 120),
                                          dangerous ? "" : ", of a module that is not known"),
                   .evidence = std::string(dotted.substr(0, 200))});
}

}  // namespace sally::vet::model
