// What CustomRecognizers are made of; for the files of this folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "content/custom/custom_recognizers.h"
#include "content/custom/custom_validator.h"
#include "content/custom/pattern_set.h"
#include "content/personal/form_table.h"

namespace sally::content {

namespace custom {

// What an expression of the set is to its recogniser.
enum class Role : uint8_t { kPattern, kDeny, kContext };
struct Member {
  size_t recognizer = 0;
  size_t index = 0;  // in its list
  Role role = Role::kPattern;
};

}  // namespace custom

struct CustomRecognizers::Rep {
  struct Row {
    std::string type;
    size_t group = 0;           // the first row of this type
    std::vector<float> scores;  // of its patterns
    custom::CustomValidator validator;
    bool has_context = false;
  };
  std::vector<Row> rows;
  std::vector<custom::Member> members;  // by expression
  std::optional<custom::PatternSet> patterns;
  personal::FormTable forms;  // what some validators ask
};

}  // namespace sally::content
