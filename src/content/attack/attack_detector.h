// AttackDetector: whether a text is an attack on the AI that reads it: orders to forget what it was
// told, a role that has no rules, questions for its own instructions.
//
// A linear model over hashed words and pieces of words (features.h), on the normalised text and on
// all that is hidden in it (normalise/views.h), in windows (windows.h). It sees the form of an
// attack, not what an order means: an order in a document that reads like any other is not seen.
// A text that quotes an attack scores like one, if less.
//
// What is known to be an attack (known.h) is one whatever the model says, and so is a made-up
// conversation that leads to one (many_shot.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "content/attack/known.h"
#include "content/attack/model.h"
#include "content/normalise/views.h"

namespace sally::content {

enum class AttackLabel : uint8_t { kNone, kInjection, kJailbreak, kExtraction, kExfiltration };

// `injection`. Stable.
[[nodiscard]] std::string_view name_of(AttackLabel label);
[[nodiscard]] std::optional<AttackLabel> parse_attack_label(std::string_view name);
struct AttackScore {
  float score = 0;  // 0 to 1; models/attack/MODEL.md says what scores benign texts have
  AttackLabel label = AttackLabel::kNone;  // kNone below AttackDetector::kLabelled
  ViewKind view = ViewKind::kPlain;        // where it was seen
  Span span;                               // the window, in octets of the text as it came
  // Where it is known from: the score is then 1 where the text is one that is known word for word,
  // and at least the share of a known attack that the text contains.
  KnownList known = KnownList::kNone;
  bool is_many_shot = false;  // its form is what tells (many_shot.h)
};

// What to tell of a score beside its label: the view where it was seen unless it is the text as it
// came, `known:shipped` or `known:house`, `many-shot`. Stable.
[[nodiscard]] std::vector<std::string_view> reasons_of(const AttackScore& score);

// A word or a mark, in octets of the text as it came, and by how much its features moved the logit.
struct AttackReason {
  Span span;
  float weight = 0;
};

// A text that somebody knows to be an attack.
struct KnownText {
  std::string text;
  AttackLabel label = AttackLabel::kInjection;
};

// Immutable: any number of threads may use one. Copies share what they hold.
class AttackDetector {
 public:
  // From this score on a text has a label.
  static constexpr float kLabelled = 0.5F;

  // The model that is part of the program, and the list of known attacks. It takes milliseconds:
  // once, when the program starts.
  static Result<AttackDetector> create();
  // `file`: the model that attack-train wrote; nothing is known. kCorrupt where it is not.
  static Result<AttackDetector> load(std::string_view file);
  explicit AttackDetector(attack::Model model);
  // The same that knows these too, in whatever writing: the house's list.
  [[nodiscard]] AttackDetector knowing(std::span<const KnownText> texts) const;

  // `attack-` and the eight hex digits of the model file's checksum: which model it was that said
  // something.
  [[nodiscard]] const std::string& version() const { return version_; }

  // The score that this part of the benign texts of sources never seen reaches (MODEL.md), of what
  // `voice` says: between the rates that were measured interpolated, beyond them that of the
  // nearest, 0.001 and 0.05. Other traffic has other shares: measure your own.
  [[nodiscard]] float threshold_for(double false_positive_rate,
                                    attack::Voice voice = attack::Voice::kAny) const;

  // Any octets. The time is linear in the text's length; what it needs of memory are the views.
  [[nodiscard]] AttackScore score(std::string_view text) const;
  // What of the window that score() tells of moved the score most, towards an attack or from it:
  // `most` at most, the largest first. It takes a few times as long as score().
  [[nodiscard]] std::vector<AttackReason> explain(std::string_view text, size_t most) const;

 private:
  std::shared_ptr<const attack::Model> model_;
  std::shared_ptr<const attack::KnownAttacks> known_;
  std::string version_;
};

}  // namespace sally::content
