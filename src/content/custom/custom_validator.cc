#include "content/custom/custom_validator.h"

#include <algorithm>

#include "content/personal/checksum.h"
#include "content/personal/iban.h"
#include "content/personal/token.h"

namespace sally::content::custom {
namespace {

constexpr size_t kMaxMatch = 64;

bool all_digits(std::string_view text) {
  return text.size() >= 2 && std::ranges::all_of(text, personal::is_digit);
}

struct Named {
  std::string_view name;
  bool (*checksum)(std::string_view compact);
};
constexpr Named kNamed[] = {
    {"none", nullptr},
    {"luhn", [](std::string_view text) { return all_digits(text) && personal::luhn(text); }},
    {"verhoeff",
     [](std::string_view text) { return all_digits(text) && personal::verhoeff(text); }},
    {"mod97", [](std::string_view text) { return text.size() > 2 && personal::mod97(text) == 1; }},
    {"mod11_10",
     [](std::string_view text) { return all_digits(text) && personal::iso7064_mod11_10(text); }},
    {"iban",
     [](std::string_view text) {
       const auto iban = personal::iban_at(text, 0);
       return iban && iban->end == text.size();
     }},
};

}  // namespace

std::optional<CustomValidator> CustomValidator::named(std::string_view name,
                                                      const personal::FormTable& forms) {
  CustomValidator made;
  if (const auto* row = std::ranges::find(kNamed, name, &Named::name); row != std::end(kNamed)) {
    made.checksum_ = row->checksum;
    return made;
  }
  made.type_ = parse_entity_type(name);
  made.forms_ = &forms;
  const bool known =
      made.type_ && std::ranges::any_of(personal::recognizer_rows(), [&](auto& row) {
        return row.type == *made.type_ && row.validator != personal::check::shape_only;
      });
  return known ? std::optional(made) : std::nullopt;
}

std::string CustomValidator::names() {
  std::string out;
  for (const Named& row : kNamed) {
    out += std::string(row.name) + ", ";
  }
  return out + "or a built-in type that a checksum proves, such as UK_NHS";
}

bool CustomValidator::passes(std::string_view match) const {
  if (checksum_ == nullptr && !type_) {
    return true;
  }
  if (match.size() > kMaxMatch) {
    return false;
  }
  if (type_) {
    return forms_->proves(*type_, match);
  }
  std::string compact;
  for (const char c : match) {
    if (personal::is_alnum(c)) {
      compact += personal::to_upper(c);
    }
  }
  return checksum_(compact);
}

}  // namespace sally::content::custom
