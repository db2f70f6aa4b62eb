// Names of variables that hold secrets, and values that are none.
#pragma once

#include <string_view>

namespace sally::vet::code {

// `OPENAI_API_KEY`, `DB_PASSWORD`, `token`; not `MAX_TOKENS`, `KEY_NAME`.
bool names_secret(std::string_view name);

// A value that stands there as it is: neither empty, a reference (`$X`, `{{ x }}`), a path, a
// number or a truth value, nor what documentation writes instead (`changeme`, `<your key>`).
bool is_literal_secret(std::string_view value);

}  // namespace sally::vet::code
