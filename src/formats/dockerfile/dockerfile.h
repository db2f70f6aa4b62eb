// The instructions of a Dockerfile, as BuildKit reads them (docs.docker.com/reference/dockerfile):
// parser directives, continuations with comments between, here-documents.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sally::formats {

struct DockerInstruction {
  struct Document {
    std::string name;
    std::string text;
  };
  std::string name;                // in upper case: `RUN`
  std::vector<std::string> flags;  // `--mount=type=secret`, in order
  std::string arguments;           // the rest, continuations joined by a space
  std::vector<Document> documents;
  uint32_t line = 0;    // from 1
  uint64_t offset = 0;  // of its first octet
  uint64_t end = 0;     // behind its last

  // The words of `["a", "b"]`, where the arguments are in that form.
  [[nodiscard]] std::optional<std::vector<std::string>> exec_form() const;
};

struct Dockerfile {
  char escape = '\\';
  std::vector<DockerInstruction> instructions;
};

// At most 100,000 instructions are read.
Dockerfile parse_dockerfile(std::string_view text);

}  // namespace sally::formats
