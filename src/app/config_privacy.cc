#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "app/config_load.h"
#include "base/text.h"
#include "content/entity.h"

namespace sally::app {
namespace {

using content::anonymise::Operator;

constexpr std::string_view kAllTypes = "all";

Operator operator_of(const Section& section) {
  using namespace content::anonymise;
  const std::string with = section.text("with");
  if (with == "mask") {
    return Mask{.character = "*", .count = std::numeric_limits<size_t>::max(), .from_end = false};
  }
  if (with == "replace") {
    return section.has("text") ? Replace{section.text("text")} : Replace{};
  }
  if (with == "synthetic") {
    return Synthetic{.restore = true};
  }
  const auto made = make_operator({.name = with});
  SALLY_CHECK(made.ok());  // the table has no other
  return *made;
}

bool is_restored(std::string_view with) {
  return with == "token" || with == "fpe" || with == "synthetic";
}

void check_type(ConfigLoad& in, const PlacedText& type,
                const std::vector<content::CustomRecognizer>& custom) {
  const auto known = content::types_of(custom);
  if (std::ranges::find(known, type.text) == known.end()) {
    const std::string_view close = nearest(type.text, known);
    in.problem(type.place, fmt::format("no type `{}`", printable(type.text)),
               close.empty() ? "docs/privacy.md has the types; or `all`"
                             : fmt::format("did you mean `{}`?", close));
  }
}

std::vector<content::CustomRecognizer> read_recognizers(const Section& privacy) {
  std::vector<content::CustomRecognizer> out;
  for (const Section& section : privacy.sections("recognizers")) {
    content::CustomRecognizer& one = out.emplace_back();
    one.type = section.text("type");
    const auto score = static_cast<float>(section.share("score"));
    for (const PlacedText& pattern : section.texts("patterns")) {
      one.patterns.push_back({pattern.text, score});
    }
    one.validator = section.text("validator");
    one.context = plain(section.texts("context"));
    one.deny_list = plain(section.texts("words"));
    one.matches = plain(section.texts("matches"));
    one.non_matches = plain(section.texts("non_matches"));
  }
  return out;
}

void read_rule(ConfigLoad& in, const Section& section, PrivacyConfig& out) {
  const std::string with = section.text("with");
  const std::string direction = section.text("in");
  if (direction != "request" && is_restored(with)) {
    in.problem(section.place("in"), fmt::format("`with: {}` in an answer", with),
               "there: replace, mask, hash, redact or block");
    return;
  }
  if (section.has("text") && with != "replace") {
    in.problem(section.place("text"), fmt::format("`text` with `with: {}`", with),
               "it belongs to `with: replace`");
  }
  const Operator op = operator_of(section);
  const auto set = [&](content::anonymise::OperatorTable& table, const std::string& type) {
    if (type == kAllTypes) {
      table = content::anonymise::OperatorTable(op);
    } else {
      table.set(type, op);
    }
  };
  for (const PlacedText& type : section.texts("types")) {
    if (type.text != kAllTypes) {
      check_type(in, type, out.recognizers);
    }
    if (direction != "answer") {
      set(out.settings.request, type.text);
    }
    if (direction != "request") {
      set(out.settings.response, type.text);
    }
  }
}

}  // namespace

void read_privacy(ConfigLoad& in) {
  if (!in.top.has("privacy")) {
    return;
  }
  const Section section = in.top.section("privacy");
  PrivacyConfig& out = in.config.privacy.emplace();
  out.settings.score = static_cast<float>(section.share("score"));
  out.settings.scope = section.text("scope") == "team" ? content::PlaceholderScope::kTeam
                                                       : content::PlaceholderScope::kSession;
  out.recognizers = read_recognizers(section);
  for (const Section& rule : section.sections("replace")) {
    read_rule(in, rule, out);
  }
  out.vault = in.references.resolve(section.text("vault"));
  out.limits.lifetime = section.duration("keep");
  out.limits.values_per_scope = section.number<size_t>("most");
  if (in.context.reading == Reading::kEvidence || in.context.reading == Reading::kAll) {
    out.key = in.key(section, "key");
  }
  if (in.context.reading == Reading::kAll) {
    auto finder = content::TextFinder::create(out.recognizers);
    if (finder.ok()) {
      out.finder = std::make_shared<const content::TextFinder>(*std::move(finder));
    } else {
      in.problem(section.place("recognizers"), "privacy.recognizers", finder.error());
    }
  }
}

}  // namespace sally::app
