// The recognisers of `content` for a scan of files.
#pragma once

#include "content/secrets/secret_finder.h"
#include "vet/secret_search.h"

namespace sally::app {

class ContentSecretSearch final : public vet::SecretSearch {
 public:
  // Sure is what its own shape tells and what gives access: not public keys, tokens that are
  // tests', or what only the words before it make likely.
  [[nodiscard]] std::vector<vet::FoundSecret> find(std::string_view text) const override;

 private:
  content::SecretFinder finder_;
};

}  // namespace sally::app
