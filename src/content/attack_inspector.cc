#include "content/attack_inspector.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

namespace sally::content {
namespace {

// What is shorter says nothing: names, roles, single words.
constexpr size_t kShortest = 12;
// From this score on a finding is of severity high.
constexpr double kHighRate = 0.001;

Severity severity_of(float score, float high) {
  return score >= high ? Severity::kHigh : Severity::kMedium;
}

// Pictures and sound in base64, which no model reads as letters: by the first octets of the files.
bool is_media(std::string_view text) {
  constexpr auto kBegins =
      std::to_array<std::string_view>({"iVBORw0KGgo", "/9j/", "R0lGOD", "UklGR", "JVBERi0", "SUQz",
                                       "AAAAGGZ0eX", "AAAAHGZ0eX", "AAAAIGZ0eX"});
  constexpr size_t kLeast = 16'384;  // less of it costs little
  const auto is_digit = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/' || c == '=';
  };
  return text.size() >= kLeast &&
         std::ranges::any_of(kBegins, [text](auto one) { return text.starts_with(one); }) &&
         std::ranges::all_of(text, is_digit);
}

}  // namespace

AttackInspector::AttackInspector(std::shared_ptr<const AttackDetector> detector,
                                 const AttackSettings& settings)
    : detector_(std::move(detector)),
      settings_(settings),
      thresholds_(*detector_, settings.rates),
      high_(detector_->threshold_for(kHighRate)) {
  for (size_t i = 0; i < kProvenances; ++i) {
    if (settings.thresholds[i] > 0) {
      thresholds_.set(static_cast<Provenance>(i), static_cast<float>(settings.thresholds[i]));
    }
  }
}

AttackInspector::Watched AttackInspector::watched(const Segment& segment) const {
  const bool tools = segment.provenance == Provenance::kTool ||
                     segment.provenance == Provenance::kToolDescription ||
                     segment.provenance == Provenance::kRetrieved;
  Watched out;
  // What names something is read by programs; but a model reads all that a tool is described by.
  if (segment.fixed && segment.provenance != Provenance::kToolDescription) {
    return out;
  }
  out.threshold = thresholds_.of(segment.provenance);
  out.high = high_;
  if (!thresholds_.looks_at(segment.provenance)) {
    return out;
  }
  if (tools) {
    out.on = settings_.tools;
    out.setting = "attacks.tools";
  } else if (segment.direction == Direction::kRequest) {
    out.on = settings_.request;
    out.setting = "attacks.request";
  } else {
    out.on = settings_.response;
    out.setting = "attacks.response";
  }
  return out;
}

void AttackInspector::tell(const AttackDetector& detector, const AttackScore& score,
                           const Watched& watched, const Segment& segment, uint64_t offset,
                           Findings& out) {
  constexpr float kPercent = 100;
  Finding& finding = out.emplace_back();
  finding.inspector = "attacks";
  finding.rule =
      fmt::format("attack:{}", name_of(label_of(score, std::min(score.score, watched.threshold))));
  finding.severity = severity_of(score.score, watched.high);
  finding.direction = segment.direction;
  finding.place = segment.place.str();
  finding.offset = offset + score.span.begin;
  finding.length =
      static_cast<uint32_t>(std::min<size_t>(score.span.end - score.span.begin, UINT32_MAX));
  // Never quite sure.
  finding.confidence = static_cast<uint8_t>(std::min(score.score * kPercent, kPercent - 1));
  finding.model = detector.version();
  finding.provenance = segment.provenance;
  for (const std::string_view reason : reasons_of(score)) {
    finding.reasons.emplace_back(reason);
  }
  finding.ruling = watched.on == OnAttack::kRefuse ? Ruling::kRefuse : Ruling::kAnnotate;
  finding.setting = watched.setting;
}

void AttackInspector::inspect(std::string_view text, const Segment& segment, Findings& out) const {
  if (text.size() < kShortest) {
    return;
  }
  const Watched watched = this->watched(segment);
  if (watched.on == OnAttack::kOff || is_media(text)) {
    return;
  }
  const AttackScore score = detector_->score(text);
  const bool counts = score.score >= watched.threshold;
  const bool in_doubt = segment.settled_later && score.score >= settings_.doubt_from &&
                        score.score < settings_.doubt_until;
  if (counts || in_doubt) {
    tell(*detector_, score, watched, segment, 0, out);
    out.back().doubt = !in_doubt ? Doubt::kNone : counts ? Doubt::kStands : Doubt::kSuspected;
  }
}

// Keeps the last window. Windows end at multiples of half a window, and where the text does.
class AttackStream final : public StreamInspector {
 public:
  AttackStream(std::shared_ptr<const AttackDetector> detector,
               const AttackInspector::Watched& watched, const Segment& segment)
      : detector_(std::move(detector)),
        watched_(watched),
        place_(segment.place.str()),
        segment_{place_, segment.direction, segment.provenance, segment.fixed} {}

  size_t feed(std::string_view piece, Findings& out) override {
    while (!piece.empty()) {
      const size_t room = kStep - (begin_ + held_.size()) % kStep;
      const std::string_view part = piece.substr(0, room);
      held_.append(part);
      piece.remove_prefix(part.size());
      fresh_ = true;
      if (part.size() == room) {
        look(out);
        if (held_.size() > kStep) {
          begin_ += held_.size() - kStep;
          held_.erase(0, held_.size() - kStep);
        }
      }
    }
    return 0;
  }

  void finish(Findings& out) override {
    if (fresh_ && begin_ + held_.size() >= kShortest) {
      look(out);
    }
  }

 private:
  static constexpr size_t kStep = AttackInspector::kWindow / 2;

  void look(Findings& out) {
    fresh_ = false;
    const AttackScore score = detector_->score(held_);
    if (score.score < watched_.threshold) {
      return;
    }
    const Severity severity = severity_of(score.score, watched_.high);
    if (told_ && *told_ >= severity) {
      return;
    }
    told_ = severity;
    AttackInspector::tell(*detector_, score, watched_, segment_, begin_, out);
  }

  std::shared_ptr<const AttackDetector> detector_;
  AttackInspector::Watched watched_;
  std::string place_;
  Segment segment_;
  std::string held_;  // of the text from `begin_` on
  uint64_t begin_ = 0;
  bool fresh_ = false;  // something was fed since the last look
  std::optional<Severity> told_;
};

std::unique_ptr<StreamInspector> AttackInspector::stream(const Segment& segment) const {
  const Watched watched = this->watched(segment);
  if (watched.on == OnAttack::kOff) {
    return nullptr;
  }
  return std::make_unique<AttackStream>(detector_, watched, segment);
}

}  // namespace sally::content
