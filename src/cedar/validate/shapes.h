// Shapes: numbers for the expressions of a policy, the same for the same expression wherever it
// stands. What `principal has age` says is known of every other `principal` in its reach.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cedar/syntax/ast.h"

namespace sally::cedar {

class Shapes {
 public:
  // Does not keep the body.
  explicit Shapes(const Body& body);

  [[nodiscard]] uint32_t of(ExprId id) const { return shapes_[id]; }
  // Of `object.name`, which need not stand in the body.
  [[nodiscard]] uint32_t of_get(uint32_t object, std::string_view name);
  [[nodiscard]] uint32_t of_name(std::string_view name);

 private:
  [[nodiscard]] uint32_t intern(char tag, std::string_view text,
                                std::initializer_list<uint32_t> parts);
  [[nodiscard]] uint32_t intern(std::string key);
  [[nodiscard]] uint32_t build(const Body& body, ExprId id);
  [[nodiscard]] uint32_t build_chain(const Body& body, ExprId id);
  [[nodiscard]] uint32_t build_has(const Body& body, ExprId id);
  [[nodiscard]] uint32_t build_record(const Body& body, ExprId id);

  std::vector<uint32_t> shapes_;
  std::unordered_map<std::string, uint32_t> known_;
};

// That an object has an attribute (`member`: its name) or a tag (`member`: the expression of it).
struct Capability {
  uint32_t object = 0;
  uint32_t member = 0;
  bool tag = false;

  friend bool operator==(const Capability&, const Capability&) = default;
  friend auto operator<=>(const Capability&, const Capability&) = default;
};

}  // namespace sally::cedar
