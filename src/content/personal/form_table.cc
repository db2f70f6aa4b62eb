#include "content/personal/form_table.h"

#include <algorithm>

#include "base/check.h"
#include "content/personal/checksum.h"
#include "content/personal/token.h"

namespace sally::content::personal {
namespace {

template <typename... Groups>
constexpr ContextSet set_of(Groups... groups) {
  ContextSet set;
  (set.add(groups), ...);
  return set;
}

using enum ContextGroup;
constexpr RecognizerRow kRows[] = {
#define SALLY_PERSONAL(type, forms, validator, alone, in_context, ...) \
  {EntityType::type, forms, check::validator, alone, in_context, set_of(__VA_ARGS__)},
#include "content/personal/recognizers.def"
#undef SALLY_PERSONAL
};

// `form` with every `#` as a letter and as a digit, every `_` as a space and as a hyphen.
void expand(const std::string& form, std::vector<std::string>& out) {
  out = {form};
  if (form.find('_') != std::string::npos) {
    out = {form, form};
    for (size_t i = 0; i < 2; ++i) {
      for (char& c : out[i]) {
        c = c == '_' ? (i == 0 ? ' ' : '-') : c;
      }
    }
  }
  for (size_t at = form.find('#'); at != std::string::npos; at = form.find('#', at + 1)) {
    const size_t count = out.size();
    for (size_t i = 0; i < count; ++i) {
      out[i][at] = '9';
      out.push_back(out[i]);
      out.back()[at] = 'A';
    }
  }
}

}  // namespace

std::span<const RecognizerRow> recognizer_rows() {
  return kRows;
}

FormTable::FormTable() : slots_(kSlots), forms_(1) {
  std::vector<std::string> expanded;
  for (size_t row = 0; row < std::size(kRows); ++row) {
    std::string_view rest = kRows[row].forms;
    while (!rest.empty()) {
      const std::string form(rest.substr(0, rest.find('|')));
      rest.remove_prefix(form.size() == rest.size() ? rest.size() : form.size() + 1);
      if (form[0] == '*') {
        const auto length = static_cast<size_t>(number_of(std::string_view(form).substr(1)));
        any_.resize(std::max(any_.size(), length + 1));
        any_[length].push_back(static_cast<uint16_t>(row));
        continue;
      }
      SALLY_CHECK(form.size() <= kMaxForm);
      expand(form, expanded);
      for (const std::string& literal : expanded) {
        add(literal, static_cast<uint16_t>(row));
      }
    }
  }
}

void FormTable::add(const std::string& form, uint16_t row) {
  uint32_t shape = 0;
  for (const char c : form) {
    shape = extend_shape(shape, c);
  }
  size_t at = mix(shape);
  while (slots_[at] != 0 && forms_[slots_[at]].shape != shape) {
    at = (at + 1) & (kSlots - 1);
  }
  if (slots_[at] == 0) {
    slots_[at] = static_cast<uint16_t>(forms_.size());
    SALLY_CHECK(forms_.size() < kSlots / 2);
    forms_.push_back({shape, form, {}});
  }
  SALLY_CHECK(forms_[slots_[at]].literal == form);
  forms_[slots_[at]].rows.push_back(row);
}

std::vector<uint16_t> FormTable::rows_of(std::string_view value) const {
  if (value.size() > kMaxForm) {
    return {};
  }
  std::string literal;
  uint32_t shape = 0;
  bool plain = true;  // letters and digits only
  for (const char c : value) {
    literal += is_digit(c) ? '9' : is_alnum(c) ? 'A' : c;
    plain = plain && is_alnum(c);
    shape = extend_shape(shape, literal.back());
  }
  std::vector<uint16_t> rows;
  if (const Form* form = find(shape); form != nullptr && form->literal == literal) {
    rows = form->rows;
  }
  if (plain) {
    rows.insert(rows.end(), any_of(value.size()).begin(), any_of(value.size()).end());
  }
  return rows;
}

bool FormTable::proves(EntityType type, std::string_view value) const {
  std::string compact;
  for (const char c : value) {
    if (is_alnum(c)) {
      compact += to_upper(c);
    }
  }
  return std::ranges::any_of(rows_of(value), [&](uint16_t index) {
    const RecognizerRow& row = kRows[index];
    return row.type == type && row.validator != check::shape_only &&
           row.validator({value, compact});
  });
}

}  // namespace sally::content::personal
