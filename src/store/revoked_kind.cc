#include <algorithm>
#include <array>

#include "store/state.h"

namespace sally::store {
namespace {

constexpr std::array<std::string_view, kRevokedKinds> kNames = {
    "key", "session", "token", "agent", "user", "workload", "grant"};

}  // namespace

std::string_view name_of(RevokedKind kind) {
  return kNames[static_cast<size_t>(kind)];
}

std::optional<RevokedKind> parse_revoked_kind(std::string_view text) {
  const auto found = std::ranges::find(kNames, text);
  return found == kNames.end() ? std::nullopt
                               : std::optional(static_cast<RevokedKind>(found - kNames.begin()));
}

}  // namespace sally::store
