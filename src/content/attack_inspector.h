// AttackInspector: attacks on models in the texts of requests and answers, whole or in pieces.
//
// A streamed text is looked at window by window as it grows, so that a text gives the same findings
// however it is cut into pieces; what a text says over more than a window is not seen in a stream.
#pragma once

#include <memory>

#include "content/attack/attack_detector.h"
#include "content/attack_thresholds.h"
#include "core/inspector.h"

namespace sally::content {

enum class OnAttack : uint8_t {
  kOff,       // nobody looks
  kAnnotate,  // told in the record, and to policies
  kRefuse,
};

struct AttackSettings {
  OnAttack request = OnAttack::kAnnotate;   // what is said in requests
  OnAttack response = OnAttack::kAnnotate;  // what is said in answers
  OnAttack tools = OnAttack::kAnnotate;     // of tools, of documents, in both
  AttackRates rates = kAttackRates;
  // Scores from `doubt_from` on and below `doubt_until` are in doubt where the text is settled
  // later (Segment), whether or not they reach the threshold.
  double doubt_from = 1;
  double doubt_until = 0;
  // The scores themselves, in the order of Provenance; 0: as the rate says.
  std::array<double, kProvenances> thresholds{};

  friend bool operator==(const AttackSettings&, const AttackSettings&) = default;
};

class AttackInspector final : public Inspector {
 public:
  // Of a stream's text so much is looked at at once, and again after every half of it.
  static constexpr size_t kWindow = 2'048;

  AttackInspector(std::shared_ptr<const AttackDetector> detector, const AttackSettings& settings);

  [[nodiscard]] std::string_view name() const override { return "attacks"; }
  // At most one finding of a text: `attack:` and the label, with the score as its confidence, and
  // among its reasons where it was seen, if not in the text as it is read, and whose list it is
  // known from.
  void inspect(std::string_view text, const Segment& segment, Findings& out) const override;
  // As above of each window; again only where it is worse than what was told. Nothing is held back.
  // Null where nobody looks at such a text.
  [[nodiscard]] std::unique_ptr<StreamInspector> stream(const Segment& segment) const override;
  [[nodiscard]] size_t max_hold_back() const override { return 0; }

 private:
  friend class AttackStream;
  // Whether anybody looks at a text, and what the finding would say of that.
  struct Watched {
    OnAttack on = OnAttack::kOff;
    std::string_view setting;
    float threshold = 0;
    float high = 0;  // from which score on it is of severity high
  };
  [[nodiscard]] Watched watched(const Segment& segment) const;
  static void tell(const AttackDetector& detector, const AttackScore& score, const Watched& watched,
                   const Segment& segment, uint64_t offset, Findings& out);

  std::shared_ptr<const AttackDetector> detector_;
  AttackSettings settings_;
  AttackThresholds thresholds_;
  float high_;
};

}  // namespace sally::content
