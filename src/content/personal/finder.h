// Finder: one text and what was found in it so far.
#pragma once

#include <string_view>
#include <vector>

#include "content/entity.h"
#include "content/personal/context.h"
#include "content/personal/form_table.h"
#include "content/personal/network.h"
#include "content/personal/phone.h"
#include "content/personal/token.h"

namespace sally::content::personal {

class Finder {
 public:
  // All outlive the finder; `out` is appended to, in no order and with overlaps.
  Finder(std::string_view text, const Tokens& tokens, const FormTable& forms,
         const NumberingPlan& plan, std::vector<Entity>& out)
      : text_(text),
        tokens_(tokens.tokens),
        hits_(tokens.hits),
        forms_(forms),
        plan_(plan),
        out_(out),
        questions_(kQuestions + text.size() / kOctetsPerQuestion) {}

  void run();

 private:
  // What stands before and behind a candidate.
  struct Edges {
    bool allowed = true;
    bool glued = false;  // to a word by `-` or the like: needs context
  };

  void names_and_urls(size_t index);
  void numbers(size_t index);
  void forms_from(size_t index);
  void form_rows(const FormTable::Form& form, size_t first, size_t last, const Edges& edges);
  void any_rows(size_t index, const Edges& edges);
  // A form without separators that stands in groups of some other size.
  void regrouped(size_t index, const Edges& edges);
  void regrouped_rows(std::string_view compact, size_t first, size_t last);
  void report_row(const RecognizerRow& row, const Shaped& shaped, size_t first, size_t last,
                  Span span, const Edges& edges);
  void phone_from(size_t index);
  void addresses_from(size_t index);
  void dates_around(const ContextHit& hit);
  void age_at(size_t index);

  // Whether token `index` continues what the one before it is a group of.
  [[nodiscard]] bool joins(size_t index) const;
  [[nodiscard]] Edges left_of(size_t index) const;
  [[nodiscard]] bool right_of(size_t end) const;
  // How near a word of `groups` stands to tokens [first, last]: 0 beside it, 1 far away; less than
  // 0 where none is near.
  [[nodiscard]] float distance(const ContextSet& groups, size_t first, size_t last) const;
  // A word that says "no person's number", nearer than `nearness`.
  [[nodiscard]] bool disowned(size_t first, float nearest) const;
  void add(Span span, EntityType type, float score) {
    out_.push_back({span.begin, span.end, type, score});
  }
  [[nodiscard]] char before(size_t at) const { return at > 0 ? text_[at - 1] : '\0'; }
  [[nodiscard]] char at(size_t at) const { return at < text_.size() ? text_[at] : '\0'; }

  std::string_view text_;
  const std::vector<Token>& tokens_;
  const std::vector<ContextHit>& hits_;
  const FormTable& forms_;
  const NumberingPlan& plan_;
  std::vector<Entity>& out_;
  // How many numbers may still be looked up in the numbering plan; then they need their context.
  static constexpr size_t kQuestions = 8;
  static constexpr size_t kOctetsPerQuestion = 1024;
  size_t questions_;
  size_t hit_ = 0;         // the first hit whose token is not before the one looked at
  size_t skip_until_ = 0;  // the end of the last URL or e-mail address
  size_t phone_until_ = 0;
};

}  // namespace sally::content::personal
