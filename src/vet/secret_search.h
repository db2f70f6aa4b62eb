// SecretSearch: where secrets stand in a text. The rooms above bring the recognisers.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace sally::vet {

struct FoundSecret {
  size_t offset;  // octets
  size_t length;
  std::string_view kind;  // `openai-api-key`; good as long as the search
  bool sure;              // its own shape says so, and it is no placeholder
};

// Safe from several threads.
class SecretSearch {
 public:
  SecretSearch() = default;
  SecretSearch(const SecretSearch&) = delete;
  SecretSearch& operator=(const SecretSearch&) = delete;
  virtual ~SecretSearch() = default;

  // In order, none over another.
  [[nodiscard]] virtual std::vector<FoundSecret> find(std::string_view text) const = 0;
};

}  // namespace sally::vet
