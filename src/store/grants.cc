#include "store/grants.h"

#include <array>

namespace sally::store {

std::string_view name_of(GrantState state) {
  constexpr std::array<std::string_view, kGrantStates> kNames = {"requested", "active", "ended",
                                                                 "denied", "expired"};
  return kNames.at(static_cast<size_t>(state));
}

}  // namespace sally::store
