// Inspector: looks at decoded text and reports findings. It decides nothing.
#pragma once

#include <memory>
#include <string_view>

#include "core/finding.h"
#include "core/segment.h"

namespace sally {

// One text that arrives in pieces (the deltas of one streamed choice). Belongs to one exchange.
class StreamInspector {
 public:
  StreamInspector() = default;
  StreamInspector(const StreamInspector&) = delete;
  StreamInspector& operator=(const StreamInspector&) = delete;
  virtual ~StreamInspector() = default;

  // Takes the next piece. Adds findings whose last byte has been seen; offsets count from the start
  // of the whole text. Returns how many of the last bytes fed so far (across pieces) could still
  // become part of a finding: the caller holds back at least these. At most `max_hold_back()`.
  [[nodiscard]] virtual size_t feed(std::string_view piece, Findings& out) = 0;
  // The text seems to be over, though more of it may come: adds what can be told now, and returns
  // what is to be held back all the same.
  [[nodiscard]] virtual size_t rest(Findings& out) { return feed({}, out); }
  // The text is over: adds what can only be told now. Nothing is held back any more.
  virtual void finish(Findings& out) = 0;
};

// Immutable and shared by all threads; streams belong to their exchange.
class Inspector {
 public:
  Inspector() = default;
  Inspector(const Inspector&) = delete;
  Inspector& operator=(const Inspector&) = delete;
  virtual ~Inspector() = default;

  [[nodiscard]] virtual std::string_view name() const = 0;
  // Whether it reads more of a segment than where it stands and which way it goes: from whom it
  // comes, what it is to the protocol. Where nobody does, nobody finds that out.
  [[nodiscard]] virtual bool asks_origin() const { return true; }
  // Looks at one whole text and adds findings with offsets into it; what `segment` says is copied
  // into them.
  virtual void inspect(std::string_view text, const Segment& segment, Findings& out) const = 0;
  // Begins a streamed text. Nothing that `segment` views is needed afterwards. Null: nobody looks
  // at such a text.
  [[nodiscard]] virtual std::unique_ptr<StreamInspector> stream(const Segment& segment) const = 0;
  // The upper bound of what a stream asks to hold back, in bytes.
  [[nodiscard]] virtual size_t max_hold_back() const = 0;
};

}  // namespace sally
