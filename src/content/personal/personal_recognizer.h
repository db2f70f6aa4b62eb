// PersonalRecognizer: finds structured personal data (numbers and addresses that a definition and
// often a checksum know) in one pass over a text. Names are not its business, nor are secrets.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "content/entity.h"

namespace sally::content {

class PersonalRecognizer {
 public:
  PersonalRecognizer();
  ~PersonalRecognizer();
  PersonalRecognizer(const PersonalRecognizer&) = delete;
  PersonalRecognizer& operator=(const PersonalRecognizer&) = delete;

  // Adds what is in `text` (UTF-8, best normalised) to `out`: sorted, not overlapping; where two
  // overlap the surer one is kept, then the longer one. Any thread.
  void find(std::string_view text, std::vector<Entity>& out) const;

 private:
  struct Tables;
  std::unique_ptr<const Tables> tables_;
};

}  // namespace sally::content
