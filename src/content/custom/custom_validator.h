// CustomValidator: a checksum by its name.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "content/entity.h"
#include "content/personal/form_table.h"

namespace sally::content::custom {

class CustomValidator {
 public:
  // None for a name that nobody has. `forms` outlives the validator.
  static std::optional<CustomValidator> named(std::string_view name,
                                              const personal::FormTable& forms);
  // `none, luhn, ...`: every name, for a hint.
  [[nodiscard]] static std::string names();

  // Whether the letters and digits of `match` pass. What is longer than 64 octets passes `none`
  // only.
  [[nodiscard]] bool passes(std::string_view match) const;

 private:
  using Checksum = bool (*)(std::string_view compact);
  Checksum checksum_ = nullptr;     // over letters in upper case and digits
  std::optional<EntityType> type_;  // or a built-in type
  const personal::FormTable* forms_ = nullptr;
};

}  // namespace sally::content::custom
