// ExchangeInspector: looks at an answer in the light of its request. A port.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "core/finding.h"
#include "core/inspector.h"
#include "core/rewriter.h"

namespace sally {

// One exchange. Not shared: request and answer may be fed from different threads, one after the
// other. Its findings say by themselves what is to become of them (Ruling).
class ExchangeInspection {
 public:
  ExchangeInspection() = default;
  ExchangeInspection(const ExchangeInspection&) = delete;
  ExchangeInspection& operator=(const ExchangeInspection&) = delete;
  virtual ~ExchangeInspection() = default;

  // A text of the request, and what others found in it.
  virtual void see_request(std::string_view text, const Segment& segment,
                           std::span<const Finding> known, Findings& out) = 0;
  // The request is over.
  virtual void end_request() = 0;
  // A text that must not leave by a link of the answer: what stands there for a value.
  virtual void protect(std::string_view value) = 0;
  // A whole text of the answer; `out` may hold what others found in it.
  virtual void see_answer(std::string_view text, const Segment& segment, TextForm form,
                          Findings& out) = 0;
  // Begins a streamed text of the answer. It may outlive a reload, but not this.
  [[nodiscard]] virtual std::unique_ptr<StreamInspector> stream(const Segment& segment,
                                                                TextForm form) = 0;
};

// Immutable and shared by all threads.
class ExchangeInspector {
 public:
  ExchangeInspector() = default;
  ExchangeInspector(const ExchangeInspector&) = delete;
  ExchangeInspector& operator=(const ExchangeInspector&) = delete;
  virtual ~ExchangeInspector() = default;

  [[nodiscard]] virtual std::unique_ptr<ExchangeInspection> begin() const = 0;
};

}  // namespace sally
