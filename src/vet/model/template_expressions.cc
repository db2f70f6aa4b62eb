#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "base/encoding.h"
#include "vet/model/template_judge.h"
#include "vet/model/template_names.h"

namespace sally::vet::model {

using formats::JinjaKind;
using formats::JinjaNode;

TemplateValue TemplateJudge::value_of(uint32_t index) {
  const JinjaNode& node = read_.node(index);
  switch (node.kind) {
    case JinjaKind::kNothing:
      return {};
    case JinjaKind::kText:
      return text_value(node.text.substr(0, kMostText + 1));
    case JinjaKind::kNumber:
      return number_of(node);
    case JinjaKind::kName:
      return name_value(node);
    case JinjaKind::kAttribute:
      return attribute_of(value_of(node.parts[0]), node);
    case JinjaKind::kSubscript:
      return subscript_value(node);
    case JinjaKind::kCall:
      return call_value(node);
    case JinjaKind::kFilter:
      return filter_value(node);
    case JinjaKind::kBinary:
      return binary_value(node);
    case JinjaKind::kKeyword:
      return value_of(node.parts[0]);
    case JinjaKind::kList:
    case JinjaKind::kDict: {
      const bool dict = node.kind == JinjaKind::kDict;
      std::vector<TemplateValue> items;
      std::vector<TemplateValue> values;
      for (size_t i = 0; i < node.parts.size(); ++i) {
        (dict && i % 2 == 1 ? values : items).push_back(value_of(node.parts[i]));
      }
      return dict ? dict_value(std::move(items), std::move(values)) : list_value(std::move(items));
    }
    case JinjaKind::kUnary: {
      const TemplateValue inner = value_of(node.parts[0]);
      return node.text == "-" && inner.kind == TemplateValue::Kind::kNumber
                 ? number_value(-inner.number)
                 : TemplateValue{};
    }
    case JinjaKind::kCondition: {
      TemplateValue value = value_of(node.parts[0]);
      value_of(node.parts[1]);
      return node.parts.size() < 3 ? value : either(value, value_of(node.parts[2]));
    }
    case JinjaKind::kSlice:
    case JinjaKind::kTest:
      for (const uint32_t part : node.parts) {
        value_of(part);
      }
      return {};
  }
  return {};
}

TemplateValue TemplateJudge::number_of(const JinjaNode& node) {
  std::string digits = node.text;
  std::erase(digits, '_');
  if (digits.size() > 2 && digits[0] == '0' && digits[1] > '9') {
    const int base = to_lower(digits[1]) == 'x' ? 16 : to_lower(digits[1]) == 'o' ? 8 : 2;
    uint64_t value = 0;
    const auto read =
        std::from_chars(digits.data() + 2, digits.data() + digits.size(), value, base);
    return number_value(read.ec == std::errc() ? static_cast<double>(value) : 1e300);
  }
  double value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return number_value(read.ec == std::errc() ? value : 1e300);
}

TemplateValue TemplateJudge::name_value(const JinjaNode& node) {
  if (const auto found = bound_.find(node.text); found != bound_.end()) {
    return found->second;
  }
  if (node.text.starts_with("__")) {
    return judge_name(node.text, false, node.offset) ? taken() : TemplateValue{};
  }
  if (one_of(node.text, kSpecials) || one_of(node.text, kServers)) {
    return special(node.text);
  }
  return {};
}

TemplateValue TemplateJudge::attribute_of(const TemplateValue& base, const JinjaNode& node) {
  if (base.kind == TemplateValue::Kind::kTaken) {
    return taken();
  }
  if (judge_name(node.text, false, node.offset)) {
    return taken();
  }
  const JinjaNode& of = read_.node(node.parts[0]);
  if (base.kind == TemplateValue::Kind::kSpecial && one_of(base.name, kServers)) {
    tell(RuleId::kTemplatePrivate, use_ == TemplateUse::kChat ? Severity::kMedium : Severity::kInfo,
         node.offset, fmt::format("takes `{}` of a web server's `{}`", node.text, base.name));
    TemplateValue value;
    value.odd = base.name == "request";  // `request.args.a`: whoever asks says what it is
    return value;
  }
  if (of.kind == JinjaKind::kName && !bound_.contains(of.text) && one_of(of.text, kModules)) {
    tell(RuleId::kTemplateCall, Severity::kHigh, node.offset,
         fmt::format("takes `{}.{}`", of.text, node.text));
  }
  const std::string path = path_of(node.parts[0]);
  if (!path.empty()) {
    if (const auto found = bound_.find(path + "." + node.text); found != bound_.end()) {
      return found->second;
    }
  }
  if (!base.values.empty()) {
    return any_value(base);
  }
  if (base.kind == TemplateValue::Kind::kList && base.name == "cycler" && node.text == "current") {
    TemplateValue each;
    for (const TemplateValue& item : base.items) {
      each = either(each, item);
    }
    return each;
  }
  TemplateValue value;
  value.odd = base.odd;
  return value;
}

TemplateValue TemplateJudge::slice_of(const TemplateValue& value, const JinjaNode& slice) {
  std::array<std::optional<double>, 3> parts;
  bool known = true;
  for (size_t i = 0; i < slice.parts.size() && i < parts.size(); ++i) {
    if (read_.node(slice.parts[i]).kind == JinjaKind::kNothing) {
      continue;
    }
    const TemplateValue part = value_of(slice.parts[i]);
    known &= part.kind == TemplateValue::Kind::kNumber && std::abs(part.number) < 1e9;
    parts[i] = part.number;
  }
  const auto cut = [&](const auto& whole) {
    auto out = whole;
    out.clear();
    const double size = static_cast<double>(whole.size());
    const double step = parts[2].value_or(1);
    if (step == 0) {
      return out;
    }
    const auto at = [&](std::optional<double> part, double otherwise) {
      if (!part) {
        return otherwise;
      }
      return std::clamp(*part < 0 ? *part + size : *part, -1.0, size);
    };
    const double begin = at(parts[0], step > 0 ? 0 : size - 1);
    const double end = at(parts[1], step > 0 ? size : -1);
    for (double i = begin; step > 0 ? i < end : i > end; i += step) {
      if (i >= 0 && i < size) {
        out.push_back(whole[static_cast<size_t>(i)]);
      }
    }
    return out;
  };
  if (known && value.kind == TemplateValue::Kind::kText) {
    return each_text(value, [&](const std::string& text) { return cut(text); });
  }
  if (known && value.kind == TemplateValue::Kind::kList) {
    return list_value(cut(value.items));
  }
  TemplateValue out;
  out.odd = odd_as_text(value);
  return out;
}

TemplateValue TemplateJudge::subscript_value(const JinjaNode& node) {
  const TemplateValue base = value_of(node.parts[0]);
  const JinjaNode& key_node = read_.node(node.parts[1]);
  if (key_node.kind == JinjaKind::kSlice) {
    return base.kind == TemplateValue::Kind::kTaken ? taken() : slice_of(base, key_node);
  }
  const TemplateValue key = value_of(node.parts[1]);
  if (base.kind == TemplateValue::Kind::kTaken) {
    return taken();
  }
  if (key.kind == TemplateValue::Kind::kNumber) {
    const auto pick = [&](size_t size) -> std::optional<size_t> {
      const double at = key.number < 0 ? key.number + static_cast<double>(size) : key.number;
      if (at < 0 || at >= static_cast<double>(size)) {
        return std::nullopt;
      }
      return static_cast<size_t>(at);
    };
    if (base.kind == TemplateValue::Kind::kList) {
      const auto at = pick(base.items.size());
      return at ? base.items[*at] : TemplateValue{};
    }
    if (base.kind == TemplateValue::Kind::kText) {
      return each_text(base, [&](const std::string& text) {
        const auto at = pick(text.size());
        return std::string(1, at && text.find(kGap) == std::string::npos ? text[*at] : kGap);
      });
    }
    TemplateValue value;
    value.odd = odd_as_text(base) && !base.lazy;
    return value;
  }
  if (key.kind == TemplateValue::Kind::kText || key.odd) {
    const std::string path = path_of(node.parts[0]);
    if (!path.empty() && key.texts.size() == 1) {
      if (const auto found = bound_.find(path + "." + key.texts[0]); found != bound_.end()) {
        return found->second;
      }
    }
    if (base.kind == TemplateValue::Kind::kSpecial && one_of(base.name, kServers)) {
      tell(RuleId::kTemplatePrivate,
           use_ == TemplateUse::kChat ? Severity::kMedium : Severity::kInfo, node.offset,
           fmt::format("takes a member of a web server's `{}`", base.name));
    }
    TemplateValue value = judged_attribute(base, key, false, node.offset);
    return value.kind == TemplateValue::Kind::kUnknown && !base.values.empty() ? any_value(base)
                                                                               : value;
  }
  if (!base.values.empty()) {
    return any_value(base);
  }
  TemplateValue value;
  value.odd = base.odd;
  return value;
}

TemplateValue TemplateJudge::range_value(const std::vector<TemplateValue>& given, uint64_t offset) {
  for (const TemplateValue& value : given) {
    if (value.kind != TemplateValue::Kind::kNumber) {
      return {};
    }
  }
  double count = 0;
  if (given.size() == 1) {
    count = given[0].number;
  } else if (given.size() > 1) {
    const double step = given.size() > 2 ? given[2].number : 1;
    count = step == 0 ? 0 : (given[1].number - given[0].number) / step;
  }
  if (count >= kManyTurns) {
    tell(RuleId::kTemplateExhausts, offset, fmt::format("`range` over {:.0f} numbers", count));
  }
  TemplateValue value;
  value.turns = std::max(count, 1.0);
  return value;
}

TemplateValue TemplateJudge::global_call(std::string_view name, const JinjaNode& node,
                                         const std::vector<TemplateValue>& given) {
  if (name == "range") {
    return range_value(given, node.offset);
  }
  if (name == "namespace") {
    TemplateValue value;
    value.values = given;
    return value;
  }
  if (name == "dict") {
    std::vector<TemplateValue> keys;
    for (size_t i = 1; i < node.parts.size(); ++i) {
      const JinjaNode& part = read_.node(node.parts[i]);
      keys.push_back(part.kind == JinjaKind::kKeyword ? text_value(part.text) : given[i - 1]);
    }
    return dict_value(std::move(keys), given);
  }
  if (name == "cycler") {
    TemplateValue value = list_value(given);
    value.name = "cycler";
    return value;
  }
  if (name == "joiner") {
    TemplateValue value = text_value("");
    if (!given.empty()) {
      value = either(value, each_text(given[0], [](const std::string& text) { return text; }));
    }
    value.name = "joiner";
    return value;
  }
  if (name == "lipsum" && !given.empty() && given[0].kind == TemplateValue::Kind::kNumber &&
      given[0].number >= 1e5) {
    tell(RuleId::kTemplateExhausts, node.offset, "`lipsum` of very many paragraphs");
  }
  return {};
}

TemplateValue TemplateJudge::call_value(const JinjaNode& node) {
  const JinjaNode& callee = read_.node(node.parts[0]);
  std::vector<TemplateValue> given;
  for (size_t i = 1; i < node.parts.size(); ++i) {
    given.push_back(value_of(node.parts[i]));
  }
  judge_free_call(callee, node.offset);
  if (callee.kind == JinjaKind::kAttribute) {
    const TemplateValue base = value_of(callee.parts[0]);
    TemplateValue whole = attribute_of(base, callee);
    if (whole.kind == TemplateValue::Kind::kTaken || whole.kind == TemplateValue::Kind::kText) {
      return whole;
    }
    return method_value(base, callee.text, given, node.offset);
  }
  const TemplateValue called = value_of(node.parts[0]);
  if (called.kind == TemplateValue::Kind::kTaken) {
    return taken();
  }
  if (called.kind == TemplateValue::Kind::kSpecial) {
    return global_call(called.name, node, given);
  }
  return called.kind == TemplateValue::Kind::kText ? called
                                                   : TemplateValue{};  // a macro gives its text
}

TemplateValue TemplateJudge::binary_value(const JinjaNode& node) {
  const TemplateValue left = value_of(node.parts[0]);
  const TemplateValue right = value_of(node.parts[1]);
  if (left.kind == TemplateValue::Kind::kTaken || right.kind == TemplateValue::Kind::kTaken) {
    return node.text == "~" || node.text == "+" ? taken() : TemplateValue{};
  }
  const bool numbers =
      left.kind == TemplateValue::Kind::kNumber && right.kind == TemplateValue::Kind::kNumber;
  if (node.text == "~") {
    return joined(left, right);
  }
  if (node.text == "or" || node.text == "and") {
    return either(left, right);
  }
  if (numbers) {
    const double a = left.number;
    const double b = right.number;
    if (node.text == "**") {
      if (b >= 1e6 && std::abs(a) >= 2) {
        tell(RuleId::kTemplateExhausts, node.offset, "a power with very many digits");
      }
      return number_value(std::min(std::pow(a, b), 1e300));
    }
    const double made = node.text == "+"    ? a + b
                        : node.text == "-"  ? a - b
                        : node.text == "*"  ? a * b
                        : b == 0            ? 0
                        : node.text == "/"  ? a / b
                        : node.text == "//" ? std::floor(a / b)
                        : node.text == "%"  ? std::fmod(a, b)
                                            : std::numeric_limits<double>::quiet_NaN();
    return std::isfinite(made) ? number_value(made) : TemplateValue{};
  }
  if (node.text == "+") {
    if (left.kind == TemplateValue::Kind::kList && right.kind == TemplateValue::Kind::kList) {
      std::vector<TemplateValue> items = left.items;
      items.insert(items.end(), right.items.begin(), right.items.end());
      return list_value(std::move(items));
    }
    const bool texts = left.kind == TemplateValue::Kind::kText ||
                       right.kind == TemplateValue::Kind::kText || left.odd || right.odd;
    return texts ? joined(left, right) : TemplateValue{};
  }
  if (node.text == "*" && left.kind == TemplateValue::Kind::kText &&
      right.kind == TemplateValue::Kind::kNumber) {
    return repeated(left, right.number, node.offset);
  }
  if (node.text == "*" && right.kind == TemplateValue::Kind::kText &&
      left.kind == TemplateValue::Kind::kNumber) {
    return repeated(right, left.number, node.offset);
  }
  if (node.text == "%" && left.kind == TemplateValue::Kind::kText) {
    const std::vector<TemplateValue> given =
        right.kind == TemplateValue::Kind::kList ? right.items : std::vector<TemplateValue>{right};
    return each_text(left, [&](const std::string& text) { return filled_percent(text, given); });
  }
  TemplateValue out;
  out.odd = (node.text == "*" || node.text == "%") && (left.odd || right.odd);
  return out;
}

}  // namespace sally::vet::model
