// TextFinder: everything that a text holds and that may not go just anywhere: personal data, names,
// secrets, and what users added; also where it is obfuscated or encoded.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "content/custom/custom_recognizers.h"
#include "content/names/name_tagger.h"
#include "content/normalise/views.h"
#include "content/personal/personal_recognizer.h"
#include "content/secrets/secret_finder.h"
#include "core/finding.h"

namespace sally::content {

// Octets of the text as it came.
struct Found {
  size_t begin = 0;
  size_t end = 0;         // behind the last
  std::string_view type;  // `CREDIT_CARD`, `SECRET`
  std::string rule;       // of a secret the rule that found it; else empty
  float score = 0;        // 0 to 1
  Severity severity = Severity::kInfo;
  std::string_view written{};  // how it was hidden: `base64`; empty where it stood as it is
  std::string_view model{};    // that found it, with its version; empty: rules did
  bool goes_on = false;        // a further part of the finding before it
  bool plain = false;          // a secret that SecretInspector finds too
};

inline constexpr std::string_view kSecretType = "SECRET";

// The types that a finder with these recognisers tells of. Of `custom` the names are not copied.
[[nodiscard]] std::vector<std::string_view> types_of(const std::vector<CustomRecognizer>& custom);

// Immutable; shared by threads.
class TextFinder {
 public:
  // `custom`: what is found besides what is built in. Errors as CustomRecognizers::create.
  static Result<TextFinder> create(std::vector<CustomRecognizer> custom = {});
  // Sorted by where they begin; none overlaps another. Where two do, a secret is kept, then the
  // surer one, then the longer one. `text` may be any bytes.
  [[nodiscard]] std::vector<Found> find(std::string_view text) const;

 private:
  TextFinder(std::shared_ptr<const NameTagger> names,
             std::shared_ptr<const CustomRecognizers> custom);
  void look(const View& view, std::vector<Entity>& entities, std::vector<Found>& out) const;

  std::shared_ptr<const PersonalRecognizer> personal_ = std::make_shared<PersonalRecognizer>();
  std::shared_ptr<const NameTagger> names_;
  std::shared_ptr<const SecretFinder> secrets_ = std::make_shared<SecretFinder>();
  std::shared_ptr<const CustomRecognizers> custom_;  // null: there are none
};

}  // namespace sally::content
