// HiddenCanary: planted texts in an answer, as they are or in another writing.
//
// A canary is known by its letters and digits alone, in any case, whatever stands between two of
// them, lookalikes taken for what they look like: forwards, backwards, in rot13. So it is sought in
// the text and in what the text says as base64, at each of the four places where a group of digits
// may begin, and as hex. What else the text says (content/normalise/views.h: escapes, entities,
// tags, one writing in another) is looked at in windows whose ends follow from the text's length
// alone. So a text gives the same findings however it is cut.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "content/secrets/secret_finder.h"

namespace sally::content {

struct FoundCanary {
  uint64_t begin = 0;  // octets of the whole text, in which all of it stands
  uint64_t end = 0;
  std::string_view rule;     // `canary:` and its name: valid as long as the HiddenCanary
  std::string_view writing;  // `plain`, `spaced`, `reversed`, `rot13`, `base64`, or a view's name
  friend bool operator==(const FoundCanary&, const FoundCanary&) = default;
};

struct CanaryNeedles;

// Immutable; shared by all threads.
class HiddenCanary {
 public:
  static constexpr size_t kMinLetters = 8;  // letters and digits of a canary
  static constexpr size_t kMaxGap = 16;     // octets between two of them in a text
  static constexpr size_t kWindow = 4'096;  // octets after which other writings are looked at
  static constexpr size_t kBefore = 2'048;  // octets before, that are looked at with them

  // As SecretFinder::create; kUsage too for one of fewer letters and digits than kMinLetters.
  static Result<HiddenCanary> create(const std::vector<Canary>& canaries);

  // Adds every canary of a whole text, in order; where one is found in several writings, once.
  void find(std::string_view text, std::vector<FoundCanary>& out) const;

 private:
  friend class HiddenCanaryStream;
  explicit HiddenCanary(std::shared_ptr<const CanaryNeedles> needles)
      : needles_(std::move(needles)) {}
  std::shared_ptr<const CanaryNeedles> needles_;
};

// One text in pieces. Belongs to its exchange; may outlive the finder.
class HiddenCanaryStream {
 public:
  explicit HiddenCanaryStream(const HiddenCanary& finder);
  HiddenCanaryStream(HiddenCanaryStream&&) noexcept;
  HiddenCanaryStream& operator=(HiddenCanaryStream&&) = delete;
  ~HiddenCanaryStream();

  // Appends what was found: in the text, in base64 and hex with the last octet of it; in other
  // writings at the end of a window. Holds back nothing: to keep a canary in, the caller does.
  void feed(std::string_view piece, std::vector<FoundCanary>& out);
  // The text is over.
  void finish(std::vector<FoundCanary>& out);

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace sally::content
