// AnswerStream: a text of an answer on its way to the caller: what must not leave is taken out, and
// what stands for the caller's own values becomes them again.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "content/anonymise/restorer.h"
#include "content/privacy/stream_finder.h"
#include "core/rewriter.h"

namespace sally::content {

class AnswerStream final : public StreamRewriting {
 public:
  // Tells of a finding; gives what goes on in the place of `value`, or nothing where it stays.
  // kDenied where nothing may go on.
  using Judge = std::function<Result<std::optional<std::string>>(
      const Found& found, std::string_view value, Findings& findings)>;

  // `finder` and `exchange` outlive it. JSON is looked at once it is whole.
  AnswerStream(const TextFinder& finder, anonymise::Exchange& exchange, TextForm form, Judge judge);

  [[nodiscard]] Result<size_t> feed(std::string_view piece, Findings& findings,
                                    std::vector<TextEdit>& edits) override;
  [[nodiscard]] Result<> finish(Findings& findings, std::vector<TextEdit>& edits) override;

 private:
  // What was given to the restorer: so many octets of the text as so many.
  struct Given {
    uint64_t came;
    uint64_t given;
  };

  // Gives the restorer the text up to `end`, with what goes on in the place of the findings.
  Result<> give(uint64_t end, Findings& findings);
  void give_part(std::string_view part, uint64_t came);
  // How much of what was given the restorer still holds, in octets of the text.
  [[nodiscard]] uint64_t held();
  // What came out for the octets up to `end`, as an edit where it is not what came in.
  void settle(uint64_t end, std::vector<TextEdit>& edits);

  StreamFinder finder_;
  anonymise::Restorer restorer_;
  const bool whole_;
  const Judge judge_;

  std::string came_;  // from settled_ on
  uint64_t settled_ = 0;
  uint64_t given_ = 0;  // octets of the text that the restorer got
  std::vector<Found> found_;
  std::deque<Given> parts_;  // of what it got last
  std::string out_;
};

}  // namespace sally::content
