#include "content/text_finder.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "content/best_spans.h"
#include "content/entity.h"
#include "content/severity.h"

namespace sally::content {
namespace {

const std::string kNamesModel = "names-" + std::to_string(names::Model::kVersion);

// What a definition knows is surer than what a model takes for a name: the mailbox of an address.
constexpr float kSurestName = 0.85F;

// While the best are chosen: the password in a URL goes before the URL.
constexpr float kSecretFirst = 2;

std::string_view written_in(const View& view) {
  return view.depth == 0 ? std::string_view() : name_of(view.kind);
}

}  // namespace

std::vector<std::string_view> types_of(const std::vector<CustomRecognizer>& custom) {
  const auto names = entity_type_names();
  std::vector<std::string_view> out(names.begin(), names.end());
  out.push_back(kSecretType);
  std::ranges::transform(custom, std::back_inserter(out), &CustomRecognizer::type);
  return out;
}

TextFinder::TextFinder(std::shared_ptr<const NameTagger> names,
                       std::shared_ptr<const CustomRecognizers> custom)
    : names_(std::move(names)), custom_(std::move(custom)) {}

Result<TextFinder> TextFinder::create(std::vector<CustomRecognizer> custom) {
  TRY(NameTagger names, NameTagger::create());
  std::shared_ptr<const CustomRecognizers> added;
  if (!custom.empty()) {
    TRY(CustomRecognizers recognizers, CustomRecognizers::create(std::move(custom)));
    added = std::make_shared<const CustomRecognizers>(std::move(recognizers));
  }
  return TextFinder(std::make_shared<const NameTagger>(std::move(names)), std::move(added));
}

void TextFinder::look(const View& view, std::vector<Entity>& entities,
                      std::vector<Found>& out) const {
  const std::string_view seen = view.text.text();
  const auto add = [&](size_t begin, size_t end, std::string_view type, float score) -> Found& {
    const Span span = view.text.original(begin, end);
    out.push_back({.begin = span.begin,
                   .end = span.end,
                   .type = type,
                   .score = score,
                   .severity = severity_of(type),
                   .written = written_in(view)});
    return out.back();
  };
  entities.clear();
  personal_->find(seen, entities);
  for (const Entity& entity : entities) {
    add(entity.begin, entity.end, name_of(entity.type), entity.score);
  }
  if (view.depth == 0) {  // decoded text is too short of sentences
    entities.clear();
    names_->find(seen, entities);
    for (const Entity& entity : entities) {
      add(entity.begin, entity.end, name_of(entity.type), kSurestName * entity.score).model =
          kNamesModel;
    }
  }
  std::vector<FoundSecret> secrets;
  secrets_->find(seen, secrets);
  for (const FoundSecret& secret : secrets) {
    Found& found = add(secret.begin, secret.end, kSecretType, kSecretFirst + secret.score);
    found.rule = secret.rule;
    found.severity = secret.severity;
    found.plain = view.depth == 0 && secret.told_by == ToldBy::kShape;
  }
  if (custom_ != nullptr) {
    std::vector<CustomEntity> added;
    custom_->find(seen, added);
    for (const CustomEntity& entity : added) {
      add(entity.begin, entity.end, entity.type, entity.score);
    }
  }
}

std::vector<Found> TextFinder::find(std::string_view text) const {
  std::vector<Found> all;
  std::vector<Entity> entities;
  for_each_view(UntrustedText(text), {}, [&](const View& view) { look(view, entities, all); });
  std::vector<Found> out;
  keep_best(all, out);
  for (Found& found : out) {
    found.score -= found.score > 1 ? kSecretFirst : 0;
  }
  return out;
}

}  // namespace sally::content
