// The tokens of a Python file, as CPython's tokenizer has them (Language Reference, chapter 2;
// f-strings by PEP 701).
//
// Tolerant: what is no Python becomes operators of one octet, so that a file of another version, or
// a cell of a notebook, is still read. An octet that is no ASCII belongs to a name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sally::formats {

struct PythonToken {
  enum class Kind : uint8_t {
    kName,
    kNumber,
    kString,   // with prefix and quotes
    kFStart,   // an f-string's prefix and quote
    kFMiddle,  // its text; what it computes stands between `{` and `}`, as operators
    kFEnd,
    kOperator,
    kNewline,  // the end of a logical line
    kIndent,
    kDedent,
    kMagic,  // a whole line of IPython: `!pip install x`, `%cd x`
  };
  Kind kind;
  uint32_t line;          // from 1
  uint64_t offset;        // octets
  std::string_view text;  // as it was written
};

struct PythonComment {
  uint32_t line;
  std::string_view text;  // with its `#`
};

struct PythonLimits {
  size_t bytes = size_t{16} << 20;
  size_t tokens = 4'000'000;
  size_t nesting = 100;  // of f-strings
};

// All of them view the text. `problem`: why not all of it was read.
struct PythonTokens {
  std::vector<PythonToken> tokens;  // the last is a kNewline, where there is any
  std::vector<PythonComment> comments;
  std::string_view encoding;  // that the file declares (PEP 263); empty: none
  std::optional<std::string> problem;
};
PythonTokens tokenize_python(std::string_view text, const PythonLimits& limits = {});

// A name as Python compares it, as far as letters and digits of ASCII are meant (NFKC of full-width
// and mathematical ones): `𝐞val` is `eval`.
std::string python_name(std::string_view written);

// What a string literal stands for; what escapes `\N{...}` name stays as it is.
std::string python_string(std::string_view literal);

}  // namespace sally::formats
