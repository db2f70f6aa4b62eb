// What a shell command does that matters here, wherever it stands: a Dockerfile, a notebook, a call
// of Python.
#pragma once

#include <string_view>

namespace sally::vet::code {

// What is fetched is run unseen: `curl ... | sh`, `bash <(wget -O- ...)`, `sh -c "$(curl ...)"`.
bool runs_what_it_fetches(std::string_view command);

}  // namespace sally::vet::code
