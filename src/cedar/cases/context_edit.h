// Contexts put together from JSON and from changes of single members.
#pragma once

#include <map>
#include <string>

#include "cedar/cases/case_file.h"

namespace sally::cedar {

// How deep the JSON of a case may nest, and how long a path may be: together no more than a
// document has.
inline constexpr size_t kMaxCaseJsonDepth = 40;
inline constexpr size_t kMaxCasePath = 16;

class ContextEditor {
 public:
  // The JSON of an edit was read before, within the depth above. kInvalidInput where the path leads
  // through what is no object, or there is nothing to take away.
  Result<> apply(const ContextEdit& edit);
  [[nodiscard]] std::string to_json() const;

 private:
  // An object with its members, or any other value as its text.
  struct Node {
    std::map<std::string, Node> members;
    std::string text;  // empty: an object
  };
  static Node read(std::string_view json);
  static void write(const Node& node, std::string& out);
  static void open(Node& node);

  Node root_;
};

}  // namespace sally::cedar
