// The expressions of one logical line of Python, as a small tree: names, attributes, calls, texts.
//
// Not a grammar of Python but what a reader of calls needs: operators of all ranks are one kind,
// and what is no expression is stepped over. Depth is bounded; what lies deeper is kOther.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/python/tokens.h"

namespace sally::formats {

struct PythonExpression {
  enum class Kind : uint8_t {
    kName,       // text
    kAttribute,  // text of children[0]
    kCall,       // children[0] called with the other children, and with `keywords`
    kItem,       // children[0] at children[1...]
    kText,       // text: the literal's value; children: what an f-string computes
    kNumber,     // text
    kOperation,  // children with `text` between; `compares`: the outcome is a truth value
    kGroup,      // a tuple, list or set of children
    kDict,       // `keywords` of constant texts; children: the rest
    kLambda,     // children[0]
    kOther,
  };
  struct Keyword {
    std::string name;  // empty: `**value`
    uint32_t value;
  };
  Kind kind = Kind::kOther;
  uint32_t line = 0;
  uint64_t begin = 0;  // octets
  uint64_t end = 0;    // behind the last
  std::string text;
  std::vector<uint32_t> children;
  std::vector<Keyword> keywords;
  bool compares = false;
  bool mixed = false;     // of a kOperation: `text` is the first of several signs
  bool computed = false;  // of a kText: an f-string with something in it
  uint32_t height = 1;    // of the tree below it
};

// Part of a line between signs that are no part of an expression: `a = b` is two of them.
struct PythonPart {
  std::string_view before;  // the sign or keyword before it: `=`, `import`, `:`; empty: the first
  uint32_t expression;
};

struct PythonLine {
  static constexpr uint32_t kMostHeight = 400;  // of a tree: what walks it may recurse

  std::vector<PythonExpression> nodes;
  std::vector<PythonPart> parts;
  bool too_deep = false;  // something lies deeper than is read

  [[nodiscard]] const PythonExpression& at(uint32_t node) const { return nodes[node]; }
};

// The expressions among `tokens`, which are those of one logical line. `out` is cleared first.
void parse_python_line(std::span<const PythonToken> tokens, PythonLine& out);

}  // namespace sally::formats
