#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "vet/model/template_judge.h"
#include "vet/model/template_names.h"

namespace sally::vet::model {

using formats::JinjaKind;
using formats::JinjaNode;

namespace {

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

}  // namespace

TemplateValue TemplateJudge::method_value(const TemplateValue& base, std::string_view method,
                                          const std::vector<TemplateValue>& given,
                                          uint64_t offset) {
  if (base.kind == TemplateValue::Kind::kList) {
    if (base.name == "cycler" && method == "next") {
      TemplateValue each;
      for (const TemplateValue& item : base.items) {
        each = either(each, item);
      }
      return each;
    }
    if (method == "pop" && !base.items.empty()) {
      return base.items.back();
    }
    if (method == "get" && !base.values.empty()) {
      return any_value(base);
    }
    if (method == "values") {
      return list_value(base.values);
    }
    return method == "keys" || method == "copy" ? base : TemplateValue{};
  }
  if (base.kind != TemplateValue::Kind::kText) {
    TemplateValue value;
    value.odd = odd_as_text(base) && base.kind != TemplateValue::Kind::kSpecial;
    return value;
  }
  if (method == "format" || method == "format_map") {
    for (const std::string& text : base.texts) {
      if (text.find(".__") != std::string::npos || text.find("[__") != std::string::npos) {
        tell(RuleId::kTemplateEscape, offset, "`format` with a field that takes `__`");
      }
    }
    return each_text(base, [&](const std::string& text) { return filled_braces(text, given); });
  }
  if (method == "join") {
    return given.empty() ? TemplateValue{} : join_items(given[0], base);
  }
  if (method == "split" || method == "rsplit") {
    std::vector<TemplateValue> parts;
    const std::string by = given.empty() ? " " : texts_of(given[0]).front();
    std::string_view rest = base.texts.front();
    while (!by.empty() && parts.size() < kMostItems) {
      const size_t at = rest.find(by);
      parts.push_back(text_value(std::string(rest.substr(0, at))));
      if (at == std::string_view::npos) {
        break;
      }
      rest.remove_prefix(at + by.size());
    }
    return list_value(std::move(parts));
  }
  if (method == "swapcase") {
    return each_text(base, [](std::string text) {
      for (char& c : text) {
        c = to_lower(c) == c ? upper(c) : to_lower(c);
      }
      return text;
    });
  }
  return text_filter(method, base, given, offset);
}

TemplateValue TemplateJudge::join_items(const TemplateValue& base, const TemplateValue& separator) {
  if (base.kind == TemplateValue::Kind::kText) {
    const std::string by = texts_of(separator).front();
    return each_text(base, [&](const std::string& text) {
      std::string out;
      for (const char c : text) {
        if (!out.empty()) {
          out += by;
        }
        out += c;
      }
      return out;
    });
  }
  if (base.kind == TemplateValue::Kind::kList) {
    TemplateValue out = text_value("");
    for (size_t i = 0; i < base.items.size(); ++i) {
      out = joined(i == 0 ? out : joined(out, separator), base.items[i]);
    }
    return out;
  }
  TemplateValue out{.kind = TemplateValue::Kind::kText, .odd = base.odd};
  out.texts.emplace_back(1, kGap);
  return out;
}

TemplateValue TemplateJudge::text_filter(std::string_view name, const TemplateValue& base,
                                         const std::vector<TemplateValue>& given, uint64_t offset) {
  if (name == "lower" || name == "upper") {
    return each_text(base, [&](std::string text) {
      for (char& c : text) {
        c = name == "lower" ? to_lower(c) : upper(c);
      }
      return text;
    });
  }
  if (name == "title" || name == "capitalize") {
    return each_text(base, [](std::string text) {
      bool first = true;
      for (char& c : text) {
        c = first ? upper(c) : to_lower(c);
        first = false;
      }
      return text;
    });
  }
  if (name == "trim" || name == "strip" || name == "lstrip" || name == "rstrip") {
    const std::string set = given.empty() ? " \t\r\n" : texts_of(given[0]).front();
    return each_text(base, [&](const std::string& text) {
      const size_t begin =
          name == "rstrip" ? 0 : std::min(text.find_first_not_of(set), text.size());
      const size_t last = name == "lstrip" ? text.size() - 1 : text.find_last_not_of(set);
      return last == std::string::npos || last < begin ? std::string()
                                                       : text.substr(begin, last + 1 - begin);
    });
  }
  if (name == "replace" && given.size() >= 2) {
    const std::string from = texts_of(given[0]).front();
    TemplateValue out{.kind = TemplateValue::Kind::kText, .odd = odd_as_text(base)};
    for (const std::string& text : texts_of(base)) {
      for (const std::string& to : texts_of(given[1])) {
        add_text(out, replaced(text, from, to));
      }
    }
    return out;
  }
  if (name == "removeprefix" || name == "removesuffix" || name == "encode" || name == "decode" ||
      name == "string" || name == "safe" || name == "e" || name == "escape" ||
      name == "forceescape" || name == "striptags" || name == "casefold") {
    return each_text(base, [](const std::string& text) { return text; });
  }
  if (name == "center" || name == "ljust" || name == "rjust" || name == "zfill" ||
      name == "indent") {
    if (!given.empty() && given[0].kind == TemplateValue::Kind::kNumber && given[0].number >= 1e7) {
      tell(RuleId::kTemplateExhausts, offset, fmt::format("`{}` to {:.0f}", name, given[0].number));
    }
  }
  TemplateValue out;
  out.odd = odd_as_text(base) && base.kind != TemplateValue::Kind::kSpecial;
  return out;
}

TemplateValue TemplateJudge::filter_value(const JinjaNode& node) {
  TemplateValue base = value_of(node.parts[0]);
  std::vector<TemplateValue> given;
  for (size_t i = 1; i < node.parts.size(); ++i) {
    given.push_back(value_of(node.parts[i]));
  }
  if (node.text == "attr") {
    if (given.empty()) {
      return {};
    }
    TemplateValue value = judged_attribute(base, given[0], true, node.offset);
    if (value.kind != TemplateValue::Kind::kTaken && texts_of(given[0]).front().starts_with(kGap) &&
        makes_text(node.parts[1])) {
      tell(RuleId::kTemplateHiddenName, node.offset, "`attr` with a name that it puts together");
      return taken();
    }
    return value;
  }
  if (one_of(node.text, kAttributeFilters)) {
    bool internal = false;
    const bool plain =
        node.text != "map" || (!given.empty() && texts_of(given[0]).front() == "attr");
    for (size_t i = 1; i < node.parts.size(); ++i) {
      const JinjaNode& part = read_.node(node.parts[i]);
      const bool names = part.kind == JinjaKind::kKeyword ? part.text == "attribute" : plain;
      if (names && given[i - 1].kind == TemplateValue::Kind::kText) {
        internal |= judged_attribute(base, given[i - 1], false, node.offset).kind ==
                    TemplateValue::Kind::kTaken;
      }
    }
    if (internal || base.kind == TemplateValue::Kind::kTaken) {
      return taken();
    }
    if (node.text == "sort" || node.text == "unique") {
      return base;
    }
    TemplateValue value;
    value.lazy = node.text != "sum" && node.text != "min" && node.text != "max";
    return value;
  }
  if (base.kind == TemplateValue::Kind::kTaken) {
    return taken();
  }
  if (node.text == "select" || node.text == "reject" || node.text == "batch" ||
      node.text == "slice") {
    TemplateValue value;
    value.lazy = node.text == "select" || node.text == "reject";
    value.odd = odd_as_text(base) && !base.lazy;
    return value;
  }
  if (node.text == "join") {
    TemplateValue items = base;
    items.odd = base.odd;
    return join_items(items, given.empty() ? text_value("") : given[0]);
  }
  if (node.text == "list" || node.text == "tojson") {
    if (node.text == "list" && base.kind == TemplateValue::Kind::kText && base.texts.size() == 1 &&
        base.texts[0].find(kGap) == std::string::npos && base.texts[0].size() < kMostItems) {
      std::vector<TemplateValue> items;
      for (const char c : base.texts[0]) {
        items.push_back(text_value(std::string(1, c)));
      }
      return list_value(std::move(items));
    }
    TemplateValue value = node.text == "list" ? base : TemplateValue{};
    value.lazy = false;
    value.odd = odd_as_text(base) && !base.lazy;
    return value;
  }
  if (node.text == "first" || node.text == "last" || node.text == "random") {
    if (base.kind == TemplateValue::Kind::kList) {
      return base.items.empty() ? TemplateValue{}
                                : (node.text == "first" ? base.items.front() : base.items.back());
    }
    if (base.kind == TemplateValue::Kind::kText) {
      return each_text(base, [&](const std::string& text) {
        return text.empty() ? text
                            : std::string(1, node.text == "first" ? text.front() : text.back());
      });
    }
    TemplateValue value;
    value.odd = base.odd;
    return value;
  }
  if (node.text == "reverse") {
    if (base.kind == TemplateValue::Kind::kList) {
      TemplateValue value = base;
      std::ranges::reverse(value.items);
      return value;
    }
    return each_text(base, [](std::string text) {
      std::ranges::reverse(text);
      return text;
    });
  }
  if (node.text == "format") {
    return each_text(base, [&](const std::string& text) { return filled_percent(text, given); });
  }
  if (node.text == "default" || node.text == "d") {
    return given.empty() ? base : either(base, given[0]);
  }
  return text_filter(node.text, base, given, node.offset);
}

TemplateValue TemplateJudge::repeated(const TemplateValue& text, double count, uint64_t offset) {
  if (count >= 1e7) {
    tell(RuleId::kTemplateExhausts, offset, fmt::format("a text {:.0f} times", count));
  }
  return each_text(text, [&](const std::string& one) {
    std::string out;
    for (double i = 0; i < count && out.size() <= kMostText; ++i) {
      out += one;
    }
    return out;
  });
}

}  // namespace sally::vet::model
