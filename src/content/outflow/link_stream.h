// LinkStream: the links of an answer that comes in pieces, as find_links reads them.
//
// A text is looked at in steps that end with a line, or 8 KiB behind its beginning; with each step
// at least the 4 KiB before it are read again, and of what came earlier the definitions of
// references and whether code or HTML goes on. Where steps end follows from the text alone, so any
// cutting gives the same findings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "content/outflow/link_policy.h"

namespace sally::content {

// Whether anything in `text` may be part of a link that has a host or a scheme. Says yes too often,
// never no too often.
[[nodiscard]] bool may_hold_link(std::string_view text);

struct JudgedLink {
  OutflowRule rule = OutflowRule::kLinkHost;
  uint64_t begin = 0;  // octets of the whole text
  uint64_t end = 0;
  LinkKind kind = LinkKind::kLink;
  friend bool operator==(const JudgedLink&, const JudgedLink&) = default;
};

// Adds what is wrong with the links of a whole text, in order.
void judge_links(std::string_view text, const LinkPolicy& policy,
                 const std::vector<std::string>& sensitive, std::vector<JudgedLink>& out);

// Belongs to its exchange; the policy outlives it, and so do the sensitive texts.
class LinkStream {
 public:
  // Octets of a step, at least: where what is wrong is held back, and where it is only told.
  static constexpr size_t kShortStep = 256;
  static constexpr size_t kLongStep = 4'096;
  static constexpr size_t kLongestLine = kMaxUrl;
  static constexpr size_t kBefore = 4'096;
  static constexpr size_t kMostKept = 4'096;  // octets of definitions

  LinkStream(const LinkPolicy& policy, const std::vector<std::string>& sensitive,
             size_t step = kShortStep)
      : policy_(policy), sensitive_(sensitive), step_(step) {}

  void feed(std::string_view piece, std::vector<JudgedLink>& out);
  // The text is over, or seems to be: judges what there is. More may be fed all the same.
  void finish(std::vector<JudgedLink>& out);
  // Octets [0, decided) of what was fed belong to no URL that was not judged.
  [[nodiscard]] uint64_t decided();

 private:
  // A part of the text that is read with every step though it lies before the window.
  struct Kept {
    uint64_t begin;  // in the whole text
    std::string line;
    bool state;  // not the text's: code_state
  };
  void judge(size_t end, std::vector<JudgedLink>& out);
  void forget();

  const LinkPolicy& policy_;
  const std::vector<std::string>& sensitive_;
  const size_t step_;
  std::vector<Kept> kept_;
  std::string text_;  // from `base_` on
  uint64_t base_ = 0;
  size_t judged_ = 0;  // octets of text_
  size_t line_ = 0;    // where in text_ the last line begins
  // Since the last step: how far decided() looked, and where a URL may begin.
  size_t looked_ = 0;
  size_t open_ = std::string::npos;
  std::set<std::pair<uint64_t, OutflowRule>> told_;  // where, and of which rule
};

}  // namespace sally::content
