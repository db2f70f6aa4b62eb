// Vector files: published inputs and outputs of an algorithm as text.
//
//   # RFC 4231, test case 2
//   key = "Jefe"
//   message = "what do ya want for nothing?"
//   digest = 5bdcc146...
//
// A vector is a run of `name = value` lines; an empty line ends it, `#` begins a comment line. A
// value is hexadecimal, text in double quotes, or `hex * n`: the octets n times. An attribute that
// the test did not read fails it, so that none can go unnoticed.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace sally::test {

class Vector {
 public:
  // The attribute's octets. One that is missing, or malformed, fails the test and reads as empty.
  [[nodiscard]] Bytes bytes(std::string_view name);

 private:
  friend void run_vectors_of(std::string_view name, std::string_view text,
                             const std::function<void(Vector&)>& body);
  struct Attribute {
    std::string value;
    bool read = false;
  };
  std::map<std::string, Attribute, std::less<>> attributes_;
};

// Runs `body` on every vector of `tests/vectors/<file>`, each under its own trace (line of the
// file). Fails when an attribute was not read, stands twice, or when there is no vector.
void run_vectors(std::string_view file, const std::function<void(Vector&)>& body);
// The same for a file's text.
void run_vectors_of(std::string_view name, std::string_view text,
                    const std::function<void(Vector&)>& body);

}  // namespace sally::test
