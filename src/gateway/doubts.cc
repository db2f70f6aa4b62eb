// Asking another model about texts that ours is in doubt about.
#include <algorithm>
#include <mutex>
#include <utility>

#include "gateway/call.h"
#include "gateway/gate.h"
#include "gateway/inspection.h"
#include "net/until_done.h"

namespace sally::gateway {
namespace {

constexpr size_t kMostAsked = 8;  // texts of one message; the most suspicious
constexpr float kAttackFrom = 0.5F;
constexpr float kPercent = 100;

// The answers to several questions, which come from other threads and may come late.
struct Asked {
  explicit Asked(size_t questions)
      : left(questions),
        opinions(questions,
                 Result<Opinion>(Error(ErrorKind::kUnavailable, "nobody was asked about it"))) {}

  std::mutex mutex;
  size_t left;
  std::vector<Result<Opinion>> opinions;
};

void settle_by(Finding& finding, const Opinion& opinion, std::string_view model) {
  finding.reasons.emplace_back("second-opinion");
  finding.model += finding.model.empty() ? "" : ", ";
  finding.model += model;
  const auto percent =
      static_cast<uint8_t>(std::clamp(opinion.score * kPercent, 0.0F, kPercent - 1));
  if (opinion.score >= kAttackFrom) {
    finding.confidence = std::max(finding.confidence, percent);
  } else {
    finding.confidence = percent;
    finding.severity = Severity::kInfo;
    finding.handling = Handling::kCleared;
  }
  finding.doubt = Doubt::kNone;  // what the other model cleared is told, as such
}

}  // namespace

Task<Gate::Refused> Gate::settle_doubts(Call& call, Direction direction,
                                        std::vector<Doubtful> doubts) {
  if (doubts.empty()) {
    co_return std::nullopt;
  }
  const SecondOpinion& other = *call.force->snapshot->parts().second_opinion;
  const size_t count = std::min(doubts.size(), kMostAsked);
  const auto asked = std::make_shared<Asked>(count);
  call.waited = true;
  co_await net::until_done(ports_.loop, [&](std::function<void()> done) {
    for (size_t i = 0; i < count; ++i) {
      other.ask(doubts[i].text, [asked, i, done](Result<Opinion> opinion) {
        {
          const std::lock_guard lock(asked->mutex);
          asked->opinions[i] = std::move(opinion);
          if (--asked->left > 0) {
            return;
          }
        }
        done();
      });
    }
  });
  Findings& findings = call.event.findings;
  Refused refused;
  for (size_t i = 0; i < doubts.size(); ++i) {
    Finding& finding = findings[doubts[i].finding];
    if (i < count && asked->opinions[i].ok()) {
      settle_by(finding, *asked->opinions[i], other.name());
      continue;
    }
    if (other.is_needed() && !refused) {
      refused = Refusal{direction == Direction::kRequest ? Stage::kInspection : Stage::kResponse,
                        ErrorKind::kUnavailable,
                        "attacks.second_opinion",
                        i < count ? asked->opinions[i].error().message()
                                  : "more texts are in doubt than are asked about",
                        "an opinion on " + finding.place,
                        "try again later, or set `attacks.second_opinion.on_failure: keep`"};
    }
    if (finding.doubt == Doubt::kStands) {
      finding.doubt = Doubt::kNone;
    }
  }
  drop_suspected(findings);
  co_return refused;
}

}  // namespace sally::gateway
