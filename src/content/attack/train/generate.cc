#include "content/attack/train/generate.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>

#include "content/attack/train/learner.h"
#include "content/attack/train/obfuscate.h"
#include "content/names/train/augment.h"

namespace sally::content::attack {
namespace {

using names::Dice;

enum class Part : uint8_t {
  kOverride,
  kTask,
  kExtraction,
  kRole,
  kPlanted,
  kTwin,
  kPlain,
  kInjection,
  kLeak,
  kSend,
  kPersona,
  kFreedom,
  kSeal,
  kHarmlessRole,
  kManner,
  kBusiness,
  kTopic,
};
constexpr size_t kParts = 17;
// Attacks, and as many twins.
constexpr size_t kEnglish = 2'000;
constexpr size_t kFamilies = 3'000;
constexpr size_t kOther = 50;  // in each other language
constexpr size_t kPlanted = 3'000;
constexpr size_t kObfuscated = 2'000;
constexpr size_t kShort = 400;       // octets of an attack that is put into a document
constexpr size_t kDocument = 3'000;  // octets of a document at most

struct Phrase {
  std::string_view lang;
  Part part;
  std::string_view text;
};

constexpr auto kPhrases = std::to_array<Phrase>({
#define SALLY_PHRASE(lang, part, text) {lang, Part::part, text},
#include "content/attack/train/families.def"
#include "content/attack/train/phrases.def"
#undef SALLY_PHRASE
});

using Language = std::array<std::vector<std::string_view>, kParts>;

// `text` with one of each of its choices, `{one|another}`, and bars for broken bars.
std::string chosen(std::string_view text, Dice& dice) {
  std::string out;
  while (!text.empty()) {
    const size_t open = std::min(text.find('{'), text.size());
    out += text.substr(0, open);
    text.remove_prefix(open);
    const size_t close = text.find('}');
    if (text.empty() || close == std::string_view::npos) {
      out += text;
      break;
    }
    std::string_view choices = text.substr(1, close - 1);
    text.remove_prefix(close + 1);
    size_t left = dice.below(static_cast<size_t>(std::ranges::count(choices, '|')) + 1);
    for (; left > 0; --left) {
      choices.remove_prefix(choices.find('|') + 1);
    }
    out += choices.substr(0, choices.find('|'));
  }
  constexpr std::string_view kBar = "\xC2\xA6";
  for (size_t at = out.find(kBar); at != std::string::npos; at = out.find(kBar, at)) {
    out.replace(at, kBar.size(), "|");
  }
  return out;
}

class Writer {
 public:
  Writer(std::string_view lang, const Language& language, Dice& dice)
      : lang_(lang), language_(language), dice_(dice) {}

  Example attack() {
    Example out = bare_attack();
    add_plain(out);
    return out;
  }
  // One without harmless sentences around it.
  Example bare_attack() {
    switch (dice_.below(8)) {
      case 0:
        return made("override", any(Part::kOverride) + ".");
      case 1:
        return made("override", any(Part::kOverride) + ". " + any(Part::kTask) + ".");
      case 2:
        return made("override", any(Part::kOverride) + " and " + any(Part::kTask) + "!");
      case 3:
        return made("extraction", any(Part::kExtraction));
      case 4:
        return made("extraction", any(Part::kOverride) + ". " + any(Part::kExtraction) + ".");
      case 5:
        return made("jailbreak", any(Part::kRole) + ".");
      case 6:
        return made("jailbreak", any(Part::kRole) + ". " + any(Part::kTask) + ".");
      default:
        return order();
    }
  }
  // An order to the AI that reads a document.
  Example order() {
    if (list(Part::kPlanted).empty()) {
      return made("override", any(Part::kOverride) + ", " + any(Part::kTask) + "!");
    }
    return made("indirect", any(Part::kPlanted) + any(Part::kTask) + ".");
  }
  Example twin() {
    Example out = dice_.chance(0.2) ? made("twin", any(Part::kPlain))
                  : dice_.chance(0.3)
                      ? made("twin", any(Part::kTwin) + ". " + any(Part::kTwin) + ".")
                      : made("twin", any(Part::kTwin) + ".");
    add_plain(out);
    return out;
  }
  // An attack of one of the families that are known, and a text that looks like one.
  Example family() {
    switch (dice_.below(8)) {
      case 0:
      case 1:
      case 2:
        return short_family();
      case 3:
        return made("exfiltration", any(Part::kSend), "own_families");
      case 4:
        return made("extraction", any(Part::kLeak), "own_families");
      default: {
        std::string text = any(Part::kPersona);
        for (size_t left = 1 + dice_.below(6); left > 0; --left) {
          text += (dice_.chance(0.3) ? "\n" : " ") +
                  any(dice_.chance(0.9) ? Part::kFreedom : Part::kManner);
        }
        if (dice_.chance(0.6)) {
          text += " " + any(Part::kSeal);
        }
        return made("jailbreak", std::move(text), "own_families");
      }
    }
  }
  Example short_family() {
    switch (dice_.below(4)) {
      case 0:
        return made("extraction", any(Part::kLeak), "own_families");
      case 1:
        return made("exfiltration", any(Part::kSend), "own_families");
      default:
        return made("injection", any(Part::kInjection), "own_families");
    }
  }
  Example family_twin() {
    if (dice_.chance(0.4)) {
      std::string text = any(Part::kHarmlessRole);
      for (size_t left = 1 + dice_.below(6); left > 0; --left) {
        text += (dice_.chance(0.3) ? "\n" : " ") + any(Part::kManner);
      }
      return made("twin", std::move(text), "own_families");
    }
    std::string text = any(dice_.chance(0.5) ? Part::kBusiness : Part::kTopic);
    if (dice_.chance(0.5)) {
      text += " " + any(dice_.chance(0.5) ? Part::kBusiness : Part::kTwin);
    }
    return made("twin", std::move(text), "own_families");
  }

 private:
  [[nodiscard]] const std::vector<std::string_view>& list(Part part) const {
    return language_[static_cast<size_t>(part)];
  }
  std::string any(Part part) { return chosen(list(part)[dice_.below(list(part).size())], dice_); }
  void add_plain(Example& out) {
    if (dice_.chance(0.4)) {
      out.text = dice_.chance(0.7) ? any(Part::kPlain) + " " + out.text
                                   : out.text + " " + any(Part::kPlain);
    }
  }
  // Two sources of each name: what one source alone says is not learned.
  Example made(std::string_view kind, std::string text, std::string_view source = "own_templates") {
    return {.text = std::move(text),
            .source = std::string(source) + (dice_.chance(0.5) ? "_a" : "_b"),
            .kind = std::string(kind),
            .lang = std::string(lang_),
            .is_attack = kind != "twin",
            .is_first = false};
  }

  std::string_view lang_;
  const Language& language_;
  Dice& dice_;
};

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// The letters within each word in another order.
std::string shuffled(std::string text, Dice& dice) {
  for (size_t at = 0; at < text.size();) {
    size_t end = at;
    while (end < text.size() && is_letter(text[end])) {
      ++end;
    }
    for (size_t i = at + 2; i + 1 < end; ++i) {
      std::swap(text[i], text[at + 1 + dice.below(i - at)]);
    }
    at = end + 1;
  }
  return text;
}

// Short English texts, as many attacks as others, half of them with their letters shuffled, half in
// another writing: a model that has seen none takes a writing for an attack, or goes by pieces of
// words alone.
void add_obfuscated(std::span<const Example* const> seen, Dice& dice, std::vector<Example>& out) {
  std::array<std::vector<const Example*>, 2> of;
  for (const Example* const example : seen) {
    if (example->lang == "en" && example->text.size() < kShort &&
        std::ranges::all_of(example->text, [](char c) { return c > 0; })) {
      of[example->is_attack ? 1 : 0].push_back(example);
    }
  }
  for (const auto& list : of) {
    for (size_t i = 0; i < kObfuscated && !list.empty(); ++i) {
      Example& made = out.emplace_back(*list[dice.below(list.size())]);
      made.text = i % 2 == 0 ? shuffled(std::move(made.text), dice)
                             : obfuscations()[dice.below(obfuscations().size())].apply(made.text);
      made.source = "own_obfuscated";
    }
  }
}

bool is_document(const Example& example) {
  static constexpr auto kKinds = std::to_array<std::string_view>(
      {"document", "tool_output", "email", "technical_doc", "agent_trace", "request_json"});
  return !example.is_attack && example.lang == "en" && example.text.size() > 200 &&
         std::ranges::find(kKinds, example.kind) != kKinds.end();
}

// `attack` put between two lines or sentences of `document`.
std::string planted(std::string_view document, std::string_view attack, Dice& dice) {
  document = document.substr(0, kDocument);
  size_t at = dice.below(document.size());
  const size_t line = document.find('\n', at);
  const size_t sentence = document.find(". ", at);
  at = line != std::string_view::npos && line < sentence ? line + 1
       : sentence != std::string_view::npos              ? sentence + 2
                                                         : document.size();
  return std::string(document.substr(0, at)) + (at == document.size() ? " " : "") +
         std::string(attack) + (dice.chance(0.5) ? "\n" : " ") + std::string(document.substr(at));
}

}  // namespace

std::vector<Example> generate(uint64_t seed, std::span<const Example* const> seen) {
  std::map<std::string_view, Language> languages;
  for (const Phrase& phrase : kPhrases) {
    languages[phrase.lang][static_cast<size_t>(phrase.part)].push_back(phrase.text);
  }
  std::vector<Example> out;
  Dice dice(seed);
  for (const auto& [lang, language] : languages) {
    Writer writer(lang, language, dice);
    for (size_t i = 0; i < (lang == "en" ? kEnglish : kOther); ++i) {
      out.push_back(writer.attack());
      out.push_back(writer.twin());
    }
  }
  std::vector<const Example*> documents;
  std::vector<const Example*> attacks;
  for (const Example* const example : seen) {
    if (is_document(*example)) {
      documents.push_back(example);
    } else if (example->is_attack && example->text.size() < kShort &&
               kind_of_attack(*example) != Head::kJailbreak) {
      attacks.push_back(example);
    }
  }
  Writer english("en", languages["en"], dice);
  for (size_t i = 0; i < kFamilies; ++i) {
    out.push_back(english.family());
    out.push_back(english.family_twin());
  }
  for (size_t i = 0; i < kPlanted && !documents.empty() && !attacks.empty(); ++i) {
    const Example own = i % 3 == 0   ? english.order()
                        : i % 3 == 1 ? english.short_family()
                                     : english.bare_attack();
    const std::string& attack = i % 2 == 0 ? own.text : attacks[dice.below(attacks.size())]->text;
    out.push_back({.text = planted(documents[dice.below(documents.size())]->text, attack, dice),
                   .source = i % 4 < 2 ? "own_planted_a" : "own_planted_b",
                   .kind = "indirect",
                   .lang = "en",
                   .is_attack = true,
                   .is_first = false});
  }
  add_obfuscated(seen, dice, out);
  return out;
}

}  // namespace sally::content::attack
