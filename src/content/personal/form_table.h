// FormTable: from the shape of a text to the recognisers that it may belong to (recognizers.def).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "content/entity.h"
#include "content/personal/context.h"
#include "content/personal/validators.h"

namespace sally::content::personal {

// What is not surer than this is not reported.
inline constexpr float kThreshold = 0.5F;

struct RecognizerRow {
  EntityType type;
  std::string_view forms;
  Validator validator;
  float alone;
  float in_context;
  ContextSet groups;
};
std::span<const RecognizerRow> recognizer_rows();

class FormTable {
 public:
  static constexpr size_t kMaxForm = 24;
  static constexpr size_t kMaxTokens = 8;  // of one form

  FormTable();
  // The rows of a form whose shape has this hash; where none has, empty. `literal` is the form:
  // the hash says perhaps.
  struct Form {
    uint32_t shape = 0;
    std::string literal;
    std::vector<uint16_t> rows;
  };
  [[nodiscard]] const Form* find(uint32_t shape) const {
    for (size_t at = mix(shape);; at = (at + 1) & (kSlots - 1)) {
      const uint16_t index = slots_[at];
      if (index == 0) {
        return nullptr;
      }
      if (forms_[index].shape == shape) {
        return &forms_[index];
      }
    }
  }
  // The rows of `*N`: N letters and digits in any order.
  [[nodiscard]] std::span<const uint16_t> any_of(size_t length) const {
    return length < any_.size() ? std::span<const uint16_t>(any_[length])
                                : std::span<const uint16_t>();
  }
  // Whether `value`, the whole of it, has a form of `type` and a checksum or a definition proves
  // it.
  [[nodiscard]] bool proves(EntityType type, std::string_view value) const;
  // The rows of which `value` has a form.
  [[nodiscard]] std::vector<uint16_t> rows_of(std::string_view value) const;

 private:
  static constexpr size_t kSlots = 4096;
  static size_t mix(uint32_t shape) { return (shape * 0x9E3779B1U) >> 20; }
  void add(const std::string& form, uint16_t row);
  std::vector<uint16_t> slots_;  // index into forms_, 0 for none
  std::vector<Form> forms_;
  std::vector<std::vector<uint16_t>> any_;
};

}  // namespace sally::content::personal
