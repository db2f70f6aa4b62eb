// What the validator finds.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "cedar/syntax/span.h"

namespace sally::cedar {

enum class Severity : uint8_t { kError, kWarning };

struct Finding {
  std::string policy_id;  // of the static policy, the template or the link
  Severity severity = Severity::kError;
  Span span;            // in the source of the policy
  std::string message;  // lower case, one line, input in backticks
  std::string help;     // may be empty
};

// Collects the findings of one policy. The same finding in several environments counts once; of
// very many only the first stay.
class Findings {
 public:
  explicit Findings(std::string policy_id) : policy_id_(std::move(policy_id)) {}

  void error(Span span, std::string message, std::string help = {}) {
    add(Severity::kError, span, std::move(message), std::move(help));
  }
  void warn(Span span, std::string message, std::string help = {}) {
    add(Severity::kWarning, span, std::move(message), std::move(help));
  }
  // How many errors were reported, those that were known already included.
  [[nodiscard]] size_t errors() const { return errors_; }
  [[nodiscard]] std::vector<Finding> take() && { return std::move(findings_); }

 private:
  static constexpr size_t kMost = 64;

  void add(Severity severity, Span span, std::string message, std::string help) {
    errors_ += severity == Severity::kError ? 1 : 0;
    if (findings_.size() < kMost && known_.emplace(span.begin, span.end, message).second) {
      findings_.push_back({policy_id_, severity, span, std::move(message), std::move(help)});
    }
  }

  std::string policy_id_;
  std::vector<Finding> findings_;
  std::set<std::tuple<uint32_t, uint32_t, std::string>> known_;
  size_t errors_ = 0;
};

}  // namespace sally::cedar
