// Ids: names that cannot be confused with one another, and ULIDs.
#pragma once

#include <array>
#include <compare>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"

namespace sally {

// A string that names one kind of thing. `StrongId<struct ModelTag>` and `StrongId<struct KeyTag>`
// are different types, so that swapped arguments do not compile.
template <typename Tag>
class StrongId {
 public:
  StrongId() = default;
  explicit StrongId(std::string value) : value_(std::move(value)) {}
  [[nodiscard]] const std::string& str() const { return value_; }
  [[nodiscard]] bool empty() const { return value_.empty(); }
  friend auto operator<=>(const StrongId&, const StrongId&) = default;

 private:
  std::string value_;
};

using KeyId = StrongId<struct KeyIdTag>;
using ModelId = StrongId<struct ModelIdTag>;
using RouteId = StrongId<struct RouteIdTag>;
using UpstreamId = StrongId<struct UpstreamIdTag>;
using TeamId = StrongId<struct TeamIdTag>;

// A ULID: 48 bits of milliseconds, 80 random bits, 26 characters of Crockford's base 32. Sorts by
// time. Names a request: the explanation id of a refusal. (github.com/ulid/spec)
class Ulid {
 public:
  static Ulid make(WallTime now, Random& random);
  static Result<Ulid> parse(std::string_view text);
  [[nodiscard]] std::string_view str() const { return {text_.data(), text_.size()}; }
  [[nodiscard]] WallTime time() const;
  friend auto operator<=>(const Ulid&, const Ulid&) = default;

 private:
  Ulid() = default;
  std::array<char, 26> text_{};
};

}  // namespace sally

template <typename Tag>
struct std::hash<sally::StrongId<Tag>> {
  size_t operator()(const sally::StrongId<Tag>& id) const noexcept {
    return std::hash<std::string>{}(id.str());
  }
};
