// Requirement: one package that Python asks for (PEP 508), and the lines of a requirements file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sally::vet::dependency {

struct Requirement {
  std::string name;
  std::vector<std::string> extras;
  std::string specifiers;  // `>=1.0,<2`; empty: any
  std::string url;         // `name @ url`; empty: none
  std::string marker;      // behind `;`
};

// `name[extra] >=1.0 ; marker`, `name @ https://...`; nullopt: no requirement.
std::optional<Requirement> parse_requirement(std::string_view text);

// One line of a requirements file as pip reads it, continuations joined, comments gone.
struct RequirementLine {
  enum class Kind : uint8_t {
    kRequirement,
    kUrl,     // an address or a path instead of a name
    kOption,  // `-r other.txt`, `--extra-index-url https://...`
    kOther,   // none of these
  };
  Kind kind = Kind::kOther;
  Requirement requirement;  // of a kRequirement; of a kUrl its `url`, and `name` where `#egg=` says
  std::string option;       // in its long form: `--requirement`
  std::string value;
  std::vector<std::string> hashes;  // `sha256:...`
  bool editable = false;
  uint32_t line = 0;    // from 1
  uint64_t offset = 0;  // of its first octet
  std::string text;
};
std::vector<RequirementLine> parse_requirements(std::string_view text);

// The arguments of `pip install ...`, `uv pip install ...`, `python -m pip install ...` anywhere in
// a shell command: as lines of a requirements file. Empty: there is none.
std::vector<RequirementLine> pip_install_arguments(std::string_view command);

}  // namespace sally::vet::dependency
