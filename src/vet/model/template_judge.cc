#include "vet/model/template_judge.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "vet/model/template_names.h"

namespace sally::vet::model {

using formats::JinjaKind;
using formats::JinjaNode;
using formats::JinjaTag;

namespace {

constexpr size_t kMostTold = 16;  // findings of one template
constexpr size_t kEvidence = 200;

}  // namespace

void TemplateJudge::tell(RuleId rule, Severity severity, uint64_t offset, std::string message) {
  if (!telling_ || told_.size() >= kMostTold || !told_.emplace(rule, message).second) {
    return;
  }
  examination_.add(
      {.rule = rule,
       .severity = severity,
       .offset = offset_ + offset,
       .message = where_.empty() ? std::move(message) : fmt::format("{}: {}", where_, message),
       .evidence = std::string(text_.substr(tag_offset_, kEvidence))});
}

bool TemplateJudge::run() {
  walk();  // what names may be bound to, wherever that is
  telling_ = true;
  walk();
  if (const JinjaTag* broken = read_.broken(); broken != nullptr && use_ == TemplateUse::kChat) {
    tag_offset_ = broken->offset;
    tell(RuleId::kTemplateMalformed, broken->offset, broken->text);
  }
  return !told_.empty();
}

void TemplateJudge::walk() {
  loops_.clear();
  captures_.clear();
  for (const JinjaTag& tag : read_.tags()) {
    tag_offset_ = tag.offset;
    follow(tag);
  }
}

void TemplateJudge::capture(const TemplateValue& value) {
  if (!captures_.empty()) {
    captures_.back().value = joined(captures_.back().value, value);
  }
}

void TemplateJudge::begin_capture(std::string ends, std::string name) {
  if (captures_.size() < 64) {
    captures_.push_back({std::move(ends), std::move(name), text_value("")});
  }
}

void TemplateJudge::bind(const std::string& name, const TemplateValue& value) {
  const auto [at, fresh] = bound_.try_emplace(name, value);
  if (!fresh) {
    at->second = either(at->second, value);
  }
}

void TemplateJudge::follow(const JinjaTag& tag) {
  if (tag.word == "data") {
    if (!captures_.empty()) {
      capture(text_value(tag.text.substr(0, kMostText + 1)));
    }
    return;
  }
  if (!captures_.empty() && tag.word == captures_.back().ends) {
    const Capture done = std::move(captures_.back());
    captures_.pop_back();
    if (done.name.empty()) {
      capture(done.value);
    } else {
      bind(done.name, done.value);
    }
    return;
  }
  if (tag.word == "for") {
    follow_for(tag);
  } else if (tag.word == "endfor") {
    if (!loops_.empty()) {
      loops_.pop_back();
    }
  } else if (tag.word == "set") {
    follow_set(tag);
  } else if (tag.word == "include" || tag.word == "import" || tag.word == "from" ||
             tag.word == "extends") {
    follow_file(tag);
  } else if (tag.word == "with") {
    for (size_t i = 0; i < tag.expressions.size() && i < tag.targets.size(); ++i) {
      bind(tag.targets[i], value_of(tag.expressions[i]));
    }
  } else {
    TemplateValue value;
    for (const uint32_t expression : tag.expressions) {
      value = value_of(expression);
    }
    if (tag.word == "output") {
      capture(value);
    } else if (tag.word == "macro" || tag.word == "call") {
      for (const std::string& target : tag.targets) {
        bind(target, TemplateValue{});
      }
      begin_capture("end" + tag.word, tag.text);
    }
  }
}

void TemplateJudge::follow_for(const JinjaTag& tag) {
  double turns = 1;
  for (size_t i = 0; i < tag.expressions.size(); ++i) {
    const TemplateValue over = value_of(tag.expressions[i]);
    if (i > 0) {
      continue;
    }
    turns = std::max(over.turns, 1.0);
    TemplateValue each;
    if (over.kind == TemplateValue::Kind::kText) {
      each = TemplateValue{.kind = TemplateValue::Kind::kText};
      for (const std::string& text : over.texts) {
        for (const char c : text) {
          add_text(each, std::string(1, c));
        }
      }
    }
    for (const TemplateValue& item : over.items) {
      each = either(each, item);
    }
    each.odd |= odd_as_text(over) && over.kind != TemplateValue::Kind::kUnknown && !over.lazy;
    if (over.kind == TemplateValue::Kind::kTaken) {
      each = taken();
    }
    for (const std::string& target : tag.targets) {
      bind(target, tag.targets.size() == 1 ? each : TemplateValue{});
    }
  }
  loops_.push_back(turns);
  double all = 1;
  for (const double turn : loops_) {
    all *= turn;
  }
  if (all >= kManyTurns) {
    tell(RuleId::kTemplateExhausts, tag.offset, fmt::format("loops that turn {:.0f} times", all));
  }
}

void TemplateJudge::follow_set(const JinjaTag& tag) {
  if (tag.text == "block") {
    for (const uint32_t expression : tag.expressions) {
      value_of(expression);
    }
    begin_capture("endset", tag.targets.empty() ? std::string() : tag.targets.front());
    return;
  }
  for (const uint32_t expression : tag.expressions) {
    const TemplateValue value = value_of(expression);
    const bool each = tag.targets.size() == value.items.size();
    for (size_t i = 0; i < tag.targets.size(); ++i) {
      bind(tag.targets[i], tag.targets.size() == 1 ? value
                           : each                  ? value.items[i]
                                                   : TemplateValue{});
    }
    const JinjaNode& node = read_.node(expression);
    if (!loops_.empty() && tag.targets.size() == 1 && value.kind == TemplateValue::Kind::kText &&
        node.kind == JinjaKind::kBinary &&
        (path_of(node.parts[0]) == tag.targets[0] || path_of(node.parts[1]) == tag.targets[0])) {
      // Grows from turn to turn: what it becomes is not followed, but it is no plain text.
      bound_.find(tag.targets[0])->second.odd = true;
    }
    if (!loops_.empty() && node.kind == JinjaKind::kBinary && !tag.targets.empty() &&
        (node.text == "~" || node.text == "+") && same(node.parts[0], node.parts[1]) &&
        path_of(node.parts[0]) == tag.targets.front()) {
      tell(RuleId::kTemplateExhausts, tag.offset,
           fmt::format("`{}` is doubled in a loop", tag.targets.front()));
    }
    if (node.kind == JinjaKind::kCall && tag.targets.size() == 1 &&
        read_.node(node.parts[0]).text == "namespace") {
      for (const uint32_t part : node.parts) {
        if (read_.node(part).kind == JinjaKind::kKeyword) {
          bind(tag.targets.front() + "." + read_.node(part).text,
               value_of(read_.node(part).parts[0]));
        }
      }
    }
  }
}

void TemplateJudge::follow_file(const JinjaTag& tag) {
  for (const std::string& target : tag.targets) {
    bind(target, TemplateValue{});
  }
  for (const uint32_t expression : tag.expressions) {
    const TemplateValue file = value_of(expression);
    bool told = false;
    for (const std::string& path : texts_of(file)) {
      if (path.starts_with('/') || path.starts_with('\\') || path.starts_with("..") ||
          path.find("/..") != std::string::npos || path.find("://") != std::string::npos) {
        tell(RuleId::kTemplateFile, tag.offset, fmt::format("takes in `{}`", path));
        told = true;
      }
    }
    if (!told && use_ == TemplateUse::kChat) {
      tell(RuleId::kTemplateFile, Severity::kMedium, tag.offset,
           fmt::format("a chat template with `{}`", tag.word));
    }
  }
}

bool TemplateJudge::judge_name(const std::string& written, bool computed, uint64_t offset) {
  const std::string name = trimmed(written);
  if (name.find(kGap) != std::string::npos) {
    if (computed && name.find("__") != std::string::npos) {
      tell(RuleId::kTemplateHiddenName, offset, "takes what a name with `__` in it stands for");
      return true;
    }
    return false;
  }
  if (one_of(name, kInternals) || name.starts_with("_TemplateReference__") ||
      name.starts_with("_Environment__")) {
    tell(RuleId::kTemplateEscape, offset,
         fmt::format("takes `{}`{}", name, computed ? ", a name that it puts together" : ""));
    return true;
  }
  if (name.starts_with("__") && name.size() > 2) {
    const bool harmless = one_of(name, kHarmlessDunders);
    tell(harmless ? RuleId::kTemplatePrivate : RuleId::kTemplateEscape,
         harmless || use_ != TemplateUse::kChat ? Severity::kMedium : Severity::kHigh, offset,
         fmt::format("takes `{}`", name));
    return !harmless;
  }
  if (name.find(".__") != std::string::npos) {
    size_t from = 0;  // `a.__class__`, as `map(attribute=...)` takes it
    bool internal = false;
    while (from <= name.size()) {
      const size_t dot = std::min(name.find('.', from), name.size());
      const std::string part = name.substr(from, dot - from);
      internal |= part.find('.') == std::string::npos && judge_name(part, computed, offset);
      from = dot + 1;
    }
    return internal;
  }
  return false;
}

TemplateValue TemplateJudge::judged_attribute(const TemplateValue& base, const TemplateValue& name,
                                              bool by_filter, uint64_t offset) {
  if (base.kind == TemplateValue::Kind::kTaken) {
    return taken();
  }
  bool internal = false;
  for (const std::string& text : texts_of(name)) {
    internal |= judge_name(text, true, offset);
  }
  if (!internal &&
      (name.odd || (odd_as_text(name) && name.kind != TemplateValue::Kind::kUnknown))) {
    tell(RuleId::kTemplateHiddenName, offset,
         "takes an attribute whose name it picks from what functions look like");
    internal = true;
  }
  if (!internal && by_filter && texts_of(name).front().find(kGap) != std::string::npos) {
    tell(RuleId::kTemplateHiddenName, Severity::kMedium, offset,
         "`attr` with a name that is not known");
  }
  return internal ? taken() : TemplateValue{};
}

bool TemplateJudge::makes_text(uint32_t index, bool within) const {
  const JinjaNode& node = read_.node(index);
  if (node.kind == JinjaKind::kText) {
    return within;
  }
  const bool makes = node.kind == JinjaKind::kFilter || node.kind == JinjaKind::kCall;
  return std::ranges::any_of(node.parts,
                             [&](uint32_t part) { return makes_text(part, within || makes); });
}

std::string TemplateJudge::path_of(uint32_t index) const {
  const JinjaNode& node = read_.node(index);
  if (node.kind == JinjaKind::kName) {
    return node.text;
  }
  if (node.kind == JinjaKind::kAttribute) {
    const std::string base = path_of(node.parts[0]);
    return base.empty() ? base : base + "." + node.text;
  }
  return {};
}

bool TemplateJudge::same(uint32_t a, uint32_t b) const {
  const std::string path = path_of(a);
  return !path.empty() && path == path_of(b);
}

void TemplateJudge::judge_free_call(const JinjaNode& callee, uint64_t offset) {
  if (callee.kind == JinjaKind::kName && !bound_.contains(callee.text) &&
      one_of(callee.text, kBuiltins)) {
    const bool mild = callee.text == "type" || callee.text == "vars" || callee.text == "input";
    tell(RuleId::kTemplateCall, mild ? Severity::kMedium : Severity::kCritical, offset,
         fmt::format("calls `{}`", callee.text));
  }
  if (callee.kind != JinjaKind::kAttribute) {
    return;
  }
  const std::string path = path_of(callee.parts[0]);
  const std::string root = path.substr(0, path.find('.'));
  if (!root.empty() && !bound_.contains(root) && one_of(root, kModules)) {
    tell(RuleId::kTemplateCall, offset, fmt::format("calls `{}.{}`", path, callee.text));
  } else if (one_of(callee.text, kRunners)) {
    tell(RuleId::kTemplateCall, Severity::kHigh, offset, fmt::format("calls `{}`", callee.text));
  }
}

}  // namespace sally::vet::model
