#include "content/privacy/answer_stream.h"

#include <algorithm>
#include <utility>

namespace sally::content {

using anonymise::Writing;

AnswerStream::AnswerStream(const TextFinder& finder, anonymise::Exchange& exchange, TextForm form,
                           Judge judge)
    : finder_(finder),
      restorer_(exchange, form == TextForm::kJson ? Writing::kJsonString : Writing::kText),
      whole_(form == TextForm::kJson),
      judge_(std::move(judge)) {}

Result<size_t> AnswerStream::feed(std::string_view piece, Findings& findings,
                                  std::vector<TextEdit>& edits) {
  came_.append(piece);
  finder_.feed(piece, found_);
  if (whole_) {
    return static_cast<size_t>(finder_.fed());
  }
  TRY_OK(give(finder_.decided(), findings));
  settle(given_ - held(), edits);
  return static_cast<size_t>(finder_.fed() - settled_);
}

Result<> AnswerStream::finish(Findings& findings, std::vector<TextEdit>& edits) {
  finder_.finish(found_);
  TRY_OK(give(finder_.fed(), findings));
  restorer_.finish(out_);
  settle(given_, edits);
  return ok();
}

Result<> AnswerStream::give(uint64_t end, Findings& findings) {
  const auto text = [this](uint64_t from, uint64_t to) {
    return std::string_view(came_).substr(from - settled_, to - from);
  };
  for (const Found& found : std::exchange(found_, {})) {
    const std::string_view value = text(found.begin, found.end);
    TRY(const auto with, judge_(found, value, findings));
    if (with) {
      give_part(text(given_, found.begin), found.begin - given_);
      give_part(*with, value.size());
    }
  }
  give_part(text(given_, end), end - given_);
  return ok();
}

void AnswerStream::give_part(std::string_view part, uint64_t came) {
  restorer_.feed(part, out_);
  given_ += came;
  if (came > 0) {
    parts_.push_back({came, part.size()});
  }
}

uint64_t AnswerStream::held() {
  uint64_t left = restorer_.held();
  uint64_t came = 0;
  size_t used = 0;
  for (auto part = parts_.rbegin(); part != parts_.rend() && left > 0; ++part, ++used) {
    // Of a part that goes on as it came, some; of another one all.
    came += part->came == part->given ? std::min(left, part->came) : part->came;
    left -= std::min(left, part->given);
  }
  parts_.erase(parts_.begin(), parts_.end() - static_cast<std::ptrdiff_t>(used));
  return came;
}

void AnswerStream::settle(uint64_t end, std::vector<TextEdit>& edits) {
  if (end <= settled_) {
    return;
  }
  const auto size = static_cast<size_t>(end - settled_);
  if (out_ != std::string_view(came_).substr(0, size)) {
    edits.push_back({.begin = settled_, .end = end, .with = out_});
  }
  out_.clear();
  came_.erase(0, size);
  settled_ = end;
}

}  // namespace sally::content
