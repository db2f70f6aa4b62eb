#include "content/personal/personal_recognizer.h"

#include "content/best_spans.h"
#include "content/personal/finder.h"
#include "content/personal/form_table.h"
#include "content/personal/token.h"

namespace sally::content {

struct PersonalRecognizer::Tables {
  personal::ContextWords words;
  personal::FormTable forms;
  personal::NumberingPlan plan;
};

PersonalRecognizer::PersonalRecognizer() : tables_(std::make_unique<const Tables>()) {}
PersonalRecognizer::~PersonalRecognizer() = default;

void PersonalRecognizer::find(std::string_view text, std::vector<Entity>& out) const {
  personal::Tokens tokens;
  personal::cut(text, tables_->words, tokens);
  std::vector<Entity> found;
  personal::Finder(text, tokens, tables_->forms, tables_->plan, found).run();
  keep_best(found, out);
}

}  // namespace sally::content
