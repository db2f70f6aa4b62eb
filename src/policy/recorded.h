// RecordedCall: what policies were asked about a call that stands in the record, to ask it again:
// of the set that decided, for an explanation, or of another, for a comparison.
#pragma once

#include <optional>

#include "core/decision.h"
#include "core/event.h"

namespace sally::policy {

class RecordedCall {
 public:
  // Nothing where policies were not asked about it, or were asked about several things at once: a
  // listing, or a batch of messages.
  static std::optional<RecordedCall> of(const AccessEvent& event);

  // As it was asked before the upstream was called, and, where answers() is true, again with what
  // was found in the answer. Views into this.
  [[nodiscard]] AccessRequest request() const { return view(false); }
  [[nodiscard]] AccessRequest answer() const { return view(true); }
  // Whether the record tells of findings in the answer.
  [[nodiscard]] bool answers() const { return request_findings_.size() < findings_.size(); }
  // Whether all that policies saw stands in the record: long texts are cut there, a path that holds
  // a secret is withheld, of many findings some are counted only.
  [[nodiscard]] bool exact() const { return exact_; }

 private:
  RecordedCall() = default;
  [[nodiscard]] AccessRequest view(bool answering) const;

  Principal principal_;
  std::string action_;
  std::string protocol_;
  RouteId route_;
  ModelId model_;
  std::string tool_;
  std::string method_;
  std::string path_;
  std::string source_;
  Findings request_findings_;
  Findings findings_;  // of both directions
  bool stream_ = false;
  uint64_t bytes_ = 0;
  std::optional<int64_t> max_tokens_;
  WallTime time_;
  bool exact_ = true;
};

}  // namespace sally::policy
