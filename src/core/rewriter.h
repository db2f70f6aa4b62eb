// Rewriter: what takes the place of personal data and secrets on their way up, and how it comes
// back in the answer. A port.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "core/finding.h"
#include "core/place.h"
#include "core/principal.h"

namespace sally {

// Bytes [begin, end) of a text become `with`; or what stands for the value of this number once it
// is kept (Rewriting::keep).
struct TextEdit {
  static constexpr uint32_t kNone = UINT32_MAX;
  uint64_t begin = 0;
  uint64_t end = 0;
  std::string with{};
  uint32_t kept = kNone;
  friend bool operator==(const TextEdit&, const TextEdit&) = default;
};

// What a text is by itself: in the arguments of a tool, JSON, where a value must stand as JSON
// writes it.
enum class TextForm : uint8_t { kPlain, kJson };

// A text of the answer that arrives in pieces.
class StreamRewriting {
 public:
  StreamRewriting() = default;
  StreamRewriting(const StreamRewriting&) = delete;
  StreamRewriting& operator=(const StreamRewriting&) = delete;
  virtual ~StreamRewriting() = default;

  // Takes the next piece. Adds findings and edits, by offsets into the whole text; edits in order,
  // apart, and behind what was let go before. Returns how many of the last bytes fed so far are not
  // decided yet: the caller holds back at least these. An error: nothing more may go on.
  [[nodiscard]] virtual Result<size_t> feed(std::string_view piece, Findings& findings,
                                            std::vector<TextEdit>& edits) = 0;
  // The text is over: everything is decided.
  [[nodiscard]] virtual Result<> finish(Findings& findings, std::vector<TextEdit>& edits) = 0;
};

// One exchange. Not shared: request and answer may be fed from different threads, one after the
// other.
class Rewriting {
 public:
  Rewriting() = default;
  Rewriting(const Rewriting&) = delete;
  Rewriting& operator=(const Rewriting&) = delete;
  virtual ~Rewriting() = default;

  // Looks at a whole text: adds findings, and edits in order and apart. `fixed`: the text is not to
  // change, for it names something (a model, a role); then it is only looked at. kDenied where the
  // text must not go on at all.
  [[nodiscard]] virtual Result<> rewrite(std::string_view text, const Place& place,
                                         Direction direction, TextForm form, bool fixed,
                                         Findings& findings, std::vector<TextEdit>& edits) = 0;
  // Whether edits wait for their values to be kept; keeps them, which may wait for a disk; and what
  // then stands for one. Only texts of a request have such edits.
  [[nodiscard]] virtual bool has_to_keep() const = 0;
  [[nodiscard]] virtual Result<> keep() = 0;
  [[nodiscard]] virtual std::string_view stands_for(uint32_t kept) const = 0;
  // Begins a text of the answer.
  [[nodiscard]] virtual std::unique_ptr<StreamRewriting> stream(std::string_view place,
                                                                TextForm form) = 0;
};

// Whose texts they are.
struct RewritingSubject {
  const Principal& principal;
  std::string_view end_user;  // as the request names whom it is for; empty: nobody
};

// Immutable and shared by all threads.
class Rewriter {
 public:
  Rewriter() = default;
  Rewriter(const Rewriter&) = delete;
  Rewriter& operator=(const Rewriter&) = delete;
  virtual ~Rewriter() = default;

  // Whether `text` (a path, the name of a tool) holds what no record may hold.
  [[nodiscard]] virtual bool holds(std::string_view text) const = 0;

  [[nodiscard]] virtual std::unique_ptr<Rewriting> begin(const RewritingSubject& subject,
                                                         WallTime now) const = 0;
};

}  // namespace sally
