#include "cedar/schema/names.h"

#include <algorithm>
#include <array>

#include "cedar/names.h"

namespace sally::cedar {

std::optional<ExtensionType> find_extension_type(std::string_view name) {
  for (const auto type : {ExtensionType::kDecimal, ExtensionType::kDatetime,
                          ExtensionType::kDuration, ExtensionType::kIp}) {
    if (name_of(type) == name) {
      return type;
    }
  }
  return std::nullopt;
}

std::optional<Type> builtin_type(std::string_view name) {
  if (name == "Bool") {
    return Type::boolean();
  }
  if (name == "Long") {
    return Type::integer();
  }
  if (name == "String") {
    return Type::string();
  }
  if (const auto extension = find_extension_type(name)) {
    return Type::extension(*extension);
  }
  return std::nullopt;
}

bool is_reserved_type_name(std::string_view name) {
  constexpr std::array<std::string_view, 8> kReserved = {"Bool", "Boolean", "Entity", "Extension",
                                                         "Long", "Record",  "Set",    "String"};
  return std::ranges::find(kReserved, name) != kReserved.end();
}

bool is_reserved_path(std::string_view path) {
  for (;;) {
    const size_t end = path.find("::");
    if (path.substr(0, end) == kBuiltinNamespace) {
      return true;
    }
    if (end == std::string_view::npos) {
      return false;
    }
    path.remove_prefix(end + 2);
  }
}

std::string qualified(std::string_view namespace_name, std::string_view name) {
  std::string path(namespace_name);
  if (!path.empty()) {
    path += "::";
  }
  return path += name;
}

bool is_qualified(std::string_view path) {
  return path.find("::") != std::string_view::npos;
}

bool is_type_reference(std::string_view path) {
  if (path.starts_with(kBuiltinNamespace) &&
      path.substr(kBuiltinNamespace.size()).starts_with("::")) {
    path.remove_prefix(kBuiltinNamespace.size() + 2);
  }
  return is_type_name(path);
}

}  // namespace sally::cedar
