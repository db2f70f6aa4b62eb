// Calls of Python that are risky whatever they are given, or with what is given or left out: one
// row each.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "vet/rule.h"

namespace sally::vet::code {

enum class CallCheck : uint8_t {
  kAlways,
  kUnlessTrue,  // the argument `name` is not True
  kIfTrue,
  kIfFalse,
  kIfMissing,
};

struct CallRow {
  std::string_view path;  // `torch.load`; with `*` before it: whatever ends so
  RuleId rule;
  CallCheck check;
  std::string_view argument;  // that is looked at; empty: none
  std::string_view message;
};

std::span<const CallRow> call_rows();

// The rows of `path`. Total.
bool names(const CallRow& row, std::string_view path);

}  // namespace sally::vet::code
