// The names of Python 2 that CPython 3 reads as others below protocol 3.
#pragma once

#include <string>

namespace sally::formats {

// `module` and `name` become what Python 3 has for them (`__builtin__` is `builtins`).
void map_python2_name(std::string& module, std::string& name);

}  // namespace sally::formats
