#include "content/personal/personal_recognizer.h"

#include <algorithm>
#include <cstddef>

#include "content/personal/finder.h"
#include "content/personal/form_table.h"
#include "content/personal/token.h"

namespace sally::content {
namespace {

bool is_better(const Entity& a, const Entity& b) {
  if (a.score != b.score) {
    return a.score > b.score;
  }
  const size_t a_size = a.end - a.begin;
  const size_t b_size = b.end - b.begin;
  return a_size != b_size ? a_size > b_size : a.begin < b.begin;
}

// Of those that overlap the best stay. `cluster`: entities that touch one another in a chain.
void keep_best(std::span<Entity> cluster, std::vector<Entity>& out) {
  std::ranges::sort(cluster, is_better);
  const size_t first = out.size();
  for (const Entity& entity : cluster) {
    // Those that stay do not overlap: two neighbours are all that can be in the way.
    const auto from = out.begin() + static_cast<ptrdiff_t>(first);
    const auto place =
        std::lower_bound(from, out.end(), entity,
                         [](const Entity& a, const Entity& b) { return a.begin < b.begin; });
    const bool free = (place == out.end() || place->begin >= entity.end) &&
                      (place == from || std::prev(place)->end <= entity.begin);
    if (free) {
      out.insert(place, entity);
    }
  }
}

}  // namespace

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
  std::ranges::sort(found, {}, &Entity::begin);
  size_t from = 0;
  size_t end = 0;  // behind the cluster so far
  for (size_t i = 0; i < found.size(); ++i) {
    if (i > from && found[i].begin >= end) {
      keep_best(std::span(found).subspan(from, i - from), out);
      from = i;
    }
    end = std::max(end, found[i].end);
  }
  if (from < found.size()) {
    keep_best(std::span(found).subspan(from), out);
  }
}

}  // namespace sally::content
