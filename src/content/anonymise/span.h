// Span: what a recogniser found in a text, as the anonymiser takes it.
#pragma once

#include <cstddef>
#include <string_view>

namespace sally::content::anonymise {

struct Span {
  size_t begin = 0;  // octets of the text
  size_t end = 0;    // behind its last octet
  std::string_view type;
};

}  // namespace sally::content::anonymise
