#include "vet/model/template_value.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace sally::vet::model {
namespace {

constexpr size_t kMostAlternatives = 8;

size_t weight_of(const TemplateValue& value) {
  size_t weight = 1;
  for (const TemplateValue& one : value.values) {
    weight += weight_of(one);
  }
  for (const TemplateValue& item : value.items) {
    weight += weight_of(item);
  }
  return weight;
}

}  // namespace

TemplateValue text_value(std::string text) {
  if (text.size() > kMostText) {
    text.resize(kMostText);
    text += kGap;
  }
  TemplateValue value{.kind = TemplateValue::Kind::kText};
  value.texts.push_back(std::move(text));
  return value;
}

TemplateValue number_value(double number) {
  return {.kind = TemplateValue::Kind::kNumber, .number = number};
}

TemplateValue special(std::string_view name) {
  return {.kind = TemplateValue::Kind::kSpecial, .name = std::string(name)};
}

TemplateValue taken() {
  return {.kind = TemplateValue::Kind::kTaken};
}

TemplateValue list_value(std::vector<TemplateValue> items) {
  TemplateValue value{.kind = TemplateValue::Kind::kList};
  value.turns = static_cast<double>(items.size());
  size_t weight = 0;
  for (const TemplateValue& item : items) {
    weight += weight_of(item);
    value.odd |= item.odd;
  }
  if (weight <= kMostItems) {
    value.items = std::move(items);
  } else {
    value.kind = TemplateValue::Kind::kUnknown;
  }
  return value;
}

TemplateValue dict_value(std::vector<TemplateValue> keys, std::vector<TemplateValue> values) {
  TemplateValue value = list_value(std::move(keys));
  size_t weight = 0;
  for (const TemplateValue& one : values) {
    weight += weight_of(one);
  }
  if (weight <= kMostItems) {
    value.values = std::move(values);
  }
  return value;
}

std::vector<std::string> texts_of(const TemplateValue& value) {
  if (value.kind == TemplateValue::Kind::kText) {
    return value.texts;
  }
  if (value.kind == TemplateValue::Kind::kNumber && std::abs(value.number) < 1e15 &&
      std::floor(value.number) == value.number) {
    return {fmt::format("{}", static_cast<int64_t>(value.number))};
  }
  return {std::string(1, kGap)};
}

bool odd_as_text(const TemplateValue& value) {
  return value.odd || value.lazy || value.kind == TemplateValue::Kind::kSpecial ||
         value.kind == TemplateValue::Kind::kTaken;
}

void add_text(TemplateValue& value, std::string text) {
  if (text.size() > kMostText) {
    text.resize(kMostText);
    text += kGap;
  }
  if (std::ranges::find(value.texts, text) != value.texts.end()) {
    return;
  }
  if (value.texts.size() < kMostAlternatives) {
    value.texts.push_back(std::move(text));
  }
}

TemplateValue either(const TemplateValue& a, const TemplateValue& b) {
  if (a.kind == TemplateValue::Kind::kTaken || b.kind == TemplateValue::Kind::kTaken) {
    return taken();
  }
  if (a.kind == TemplateValue::Kind::kUnknown && !a.odd) {
    return b;
  }
  if (b.kind == TemplateValue::Kind::kUnknown && !b.odd) {
    return a;
  }
  if (a.kind == b.kind && a.kind == TemplateValue::Kind::kText) {
    TemplateValue out = a;
    for (const std::string& text : b.texts) {
      add_text(out, text);
    }
    out.odd |= b.odd;
    return out;
  }
  if (a.kind == b.kind && a.kind == TemplateValue::Kind::kNumber) {
    return number_value(std::max(a.number, b.number));
  }
  TemplateValue out = b;
  out.odd |= a.odd;
  return out;
}

TemplateValue any_value(const TemplateValue& dict) {
  TemplateValue out;
  for (const TemplateValue& value : dict.values) {
    out = either(out, value);
  }
  return out;
}

TemplateValue joined(const TemplateValue& a, const TemplateValue& b) {
  TemplateValue out{.kind = TemplateValue::Kind::kText, .odd = odd_as_text(a) || odd_as_text(b)};
  for (const std::string& left : texts_of(a)) {
    for (const std::string& right : texts_of(b)) {
      add_text(out, left + right);
    }
  }
  return out;
}

std::string trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) {
    return {};
  }
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1));
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  if (from.empty()) {
    return std::string(text);
  }
  while (out.size() <= kMostText) {
    const size_t at = text.find(from);
    out += text.substr(0, at);
    if (at == std::string_view::npos) {
      break;
    }
    out += to;
    text.remove_prefix(at + from.size());
  }
  return out;
}

std::string filled_percent(std::string_view format, const std::vector<TemplateValue>& arguments) {
  std::string out;
  size_t next = 0;
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%' || i + 1 == format.size()) {
      out += format[i];
      continue;
    }
    size_t letter = i + 1;
    if (format[letter] == '(') {
      letter = std::min(format.find(')', letter), format.size() - 1) + 1;
    }
    letter = format.find_first_not_of("0123456789.-+ #*", letter);
    if (letter == std::string_view::npos) {
      return out + kGap;
    }
    i = letter;
    if (format[i] == '%') {
      out += '%';
    } else if (next < arguments.size()) {
      const TemplateValue& argument = arguments[next++];
      const bool code = argument.kind == TemplateValue::Kind::kNumber && format[i] == 'c' &&
                        argument.number > 0 && argument.number < 128;
      out += code ? std::string(1, static_cast<char>(argument.number)) : texts_of(argument).front();
    } else {
      out += kGap;
    }
  }
  return out;
}

std::string filled_braces(std::string_view format, const std::vector<TemplateValue>& arguments) {
  std::string out;
  size_t next = 0;
  for (size_t i = 0; i < format.size(); ++i) {
    const char c = format[i];
    if ((c == '{' || c == '}') && i + 1 < format.size() && format[i + 1] == c) {
      out += c;
      ++i;
      continue;
    }
    const size_t end = c == '{' ? format.find('}', i) : std::string_view::npos;
    if (end == std::string_view::npos) {
      out += c;
      continue;
    }
    const std::string_view field = format.substr(i + 1, end - i - 1);
    const std::string_view name = field.substr(0, field.find_first_of(":!"));
    size_t index = next;
    if (name.empty()) {
      ++next;
    } else if (std::from_chars(name.data(), name.data() + name.size(), index).ec != std::errc()) {
      index = arguments.size();
    }
    if (index < arguments.size()) {
      const TemplateValue& argument = arguments[index];
      const bool code = argument.kind == TemplateValue::Kind::kNumber && field.ends_with(":c") &&
                        argument.number > 0 && argument.number < 128;
      out += code ? std::string(1, static_cast<char>(argument.number)) : texts_of(argument).front();
    } else {
      out += kGap;
    }
    i = end;
  }
  return out;
}

}  // namespace sally::vet::model
