#include "net/http.h"

#include <array>

#include "base/equal_names.h"

namespace sally::net {
namespace {

struct MethodRow {
  Method method;
  std::string_view name;
};
constexpr std::array<MethodRow, 7> kMethods = {{{Method::kGet, "GET"},
                                                {Method::kHead, "HEAD"},
                                                {Method::kPost, "POST"},
                                                {Method::kPut, "PUT"},
                                                {Method::kDelete, "DELETE"},
                                                {Method::kPatch, "PATCH"},
                                                {Method::kOptions, "OPTIONS"}}};

}  // namespace

std::string_view name_of(Method method) {
  return kMethods[static_cast<size_t>(method)].name;
}

std::optional<Method> parse_method(std::string_view text) {
  for (const MethodRow& row : kMethods) {
    if (row.name == text) {
      return row.method;
    }
  }
  return std::nullopt;
}

std::optional<std::string_view> Fields::find(std::string_view name) const {
  for (const Field& field : list_) {
    if (equal_names(field.name, name)) {
      return field.value;
    }
  }
  return std::nullopt;
}

size_t Fields::count(std::string_view name) const {
  size_t found = 0;
  for (const Field& field : list_) {
    found += equal_names(field.name, name) ? 1 : 0;
  }
  return found;
}

}  // namespace sally::net
