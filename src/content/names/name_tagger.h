// NameTagger: finds persons, places, organisations and postal addresses in running text.
//
// A linear model over hashed features (a structured perceptron; features.h says what it looks at)
// with lists of names as further features, and a few rules behind it (name_rules.h). It knows some
// twenty languages, upper case and lower case.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "content/entity.h"
#include "content/names/model.h"

namespace sally::content {

// Immutable: any number of threads may use one.
class NameTagger {
 public:
  // The model that is part of the program. It takes milliseconds: once, when the program starts.
  static Result<NameTagger> create();
  // `file`: what names-train wrote. kCorrupt where it is not.
  static Result<NameTagger> load(std::string_view file);
  explicit NameTagger(names::Model model);

  // Appends what is in `text` (UTF-8; octets that are not count as marks), sorted by place, not
  // overlapping. The time is linear in the text's length.
  void find(std::string_view text, std::vector<Entity>& out) const;

 private:
  names::Model model_;
  names::Transitions<int32_t> transitions_;
};

}  // namespace sally::content
