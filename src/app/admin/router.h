// Router: which endpoint a request is for.
#pragma once

#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "app/admin/endpoint.h"

namespace sally::app {

struct Routed {
  const Endpoint* endpoint;
  // The values in the path, as the path has them, in the order of `path_members`.
  std::vector<std::string_view> values;
};

// kNotFound with the paths that there are; kInvalidInput where the path has other methods. Views
// into `path`.
[[nodiscard]] Result<Routed> route(std::span<const Endpoint> endpoints, net::Method method,
                                   std::string_view path);

}  // namespace sally::app
