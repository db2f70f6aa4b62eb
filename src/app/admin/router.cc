#include "app/admin/router.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace sally::app {
namespace {

// Cuts the part before the next slash off `rest`, with the slash.
std::string_view next_part(std::string_view& rest) {
  const size_t end = std::min(rest.find('/'), rest.size());
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

// The values of `path` where it is of the form `pattern`.
std::optional<std::vector<std::string_view>> match(std::string_view pattern,
                                                   std::string_view path) {
  if (std::ranges::count(pattern, '/') != std::ranges::count(path, '/')) {
    return std::nullopt;
  }
  std::vector<std::string_view> values;
  while (!pattern.empty() || !path.empty()) {
    const std::string_view wanted = next_part(pattern);
    const std::string_view part = next_part(path);
    if (wanted.starts_with('{')) {
      if (part.empty()) {
        return std::nullopt;
      }
      values.push_back(part);
    } else if (wanted != part) {
      return std::nullopt;
    }
  }
  return values;
}

}  // namespace

Result<Routed> route(std::span<const Endpoint> endpoints, net::Method method,
                     std::string_view path) {
  std::string methods;
  for (const Endpoint& endpoint : endpoints) {
    auto values = match(endpoint.path, path);
    if (!values) {
      continue;
    }
    if (endpoint.method == method) {
      return Routed{&endpoint, *std::move(values)};
    }
    methods += fmt::format("{}{}", methods.empty() ? "" : ", ", net::name_of(endpoint.method));
  }
  if (!methods.empty()) {
    return Error(ErrorKind::kInvalidInput, "no such method here", "there is " + methods);
  }
  std::string all;
  for (const Endpoint& endpoint : endpoints) {
    all += fmt::format("{}{} {}", all.empty() ? "" : ", ", net::name_of(endpoint.method),
                       endpoint.path);
  }
  return Error(ErrorKind::kNotFound, "no such action", std::move(all));
}

}  // namespace sally::app
