// Provenance: from whom a text comes that a model reads or wrote.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sally {

enum class Provenance : uint8_t {
  kUnknown,          // nobody said so, or in words that are not known: trusted least
  kSystem,           // the operator: system prompts
  kUser,             // who calls
  kAssistant,        // the model itself
  kTool,             // what a tool answered
  kToolDescription,  // what a tool's provider says of it: descriptions and schemas
  kRetrieved,        // documents, search results, files, resources
};
inline constexpr size_t kProvenances = 7;

// `unknown`, `system`, `user`, `assistant`, `tool`, `tool-description`, `retrieved`. Stable.
[[nodiscard]] std::string_view name_of(Provenance provenance);
[[nodiscard]] std::optional<Provenance> parse_provenance(std::string_view text);

// Whether others than the operator, the caller and the model wrote it: tools, documents, and who is
// not known.
[[nodiscard]] constexpr bool is_untrusted(Provenance provenance) {
  return provenance == Provenance::kUnknown || provenance == Provenance::kTool ||
         provenance == Provenance::kToolDescription || provenance == Provenance::kRetrieved;
}

}  // namespace sally
