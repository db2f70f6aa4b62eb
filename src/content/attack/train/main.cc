// attack-train: makes the attack model from labelled texts, and measures it.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "content/attack/attack_detector.h"
#include "content/attack/train/corpus.h"
#include "content/attack/train/evaluate.h"
#include "content/attack/train/generate.h"
#include "content/attack/train/known_list.h"
#include "content/attack/train/learner.h"
#include "content/attack/train/obfuscate.h"
#include "content/names/train/corpus.h"

namespace sally::content::attack {
namespace {

constexpr std::string_view kUsage =
    "usage: attack-train --corpus FOLDER --output FILE [--test FILE] [LEARNING]\n"
    "       attack-train --corpus FOLDER --known FILE\n"
    "       attack-train --corpus FOLDER --evaluate FOLDS [--scores FILE] [LEARNING]\n"
    "\n"
    "Trains on the train and dev files of FOLDER and writes the model, and prints what it says of\n"
    "the texts of --test, which it has not seen. Or trains FOLDS models, each without some of the\n"
    "sources, and prints figures for what each has not seen; --scores has every text's. Or writes\n"
    "the list of known attacks. --more FILE has more texts to learn from, as `sallyport audit\n"
    "feedback` writes them.\n"
    "LEARNING: --seed --epochs --runs --bits --min-sources --rate --decay --rare --any --benign\n"
    "--foreign --low --power --persuasion --trust --dropout --learned-bits --word-bits --offset,\n"
    "each with a number,\n"
    "--thresholds with twenty, by commas; learner.h says what they are.\n"
    "\n"
    "example: attack-train --corpus corpora/prompts --output models/attack/attack.model\n";

struct Options {
  std::string corpus;
  std::string output;
  std::string known;
  std::string more;
  std::string scores;
  std::string test;
  size_t folds = 0;
  TrainingOptions training;
};

Error usage(std::string_view what) {
  return Error(ErrorKind::kUsage, std::string(what));
}

Result<double> number_of(std::string_view text) {
  double out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size() || !(out >= 0 && out <= 1e6)) {
    return usage(fmt::format("`{}` is no number from 0 to a million", text));
  }
  return out;
}

// `0.1,0.2,0.5,0.6,0.9`, four times.
Result<decltype(Model::thresholds)> thresholds_of(std::string_view text) {
  decltype(Model::thresholds) out{};
  bool rise = true;
  for (auto& voice : out) {
    for (float& threshold : voice) {
      const std::string_view part = text.substr(0, text.find(','));
      text.remove_prefix(std::min(part.size() + 1, text.size()));
      TRY(const double number, number_of(part));
      threshold = static_cast<float>(number);
    }
    rise = rise && std::ranges::is_sorted(voice) && voice.back() <= 1;
  }
  if (!text.empty() || !rise) {
    return usage("`--thresholds` needs five scores that rise for each voice, parted by commas");
  }
  return out;
}

Result<> set_option(std::string_view name, std::string_view value, Options& out) {
  if (name == "--corpus") {
    out.corpus = value;
  } else if (name == "--output") {
    out.output = value;
  } else if (name == "--more") {
    out.more = value;
  } else if (name == "--known") {
    out.known = value;
  } else if (name == "--test") {
    out.test = value;
  } else if (name == "--scores") {
    out.scores = value;
  } else if (name == "--thresholds") {
    TRY(out.training.thresholds, thresholds_of(value));
  } else {
    TRY(const double number, number_of(value));
    TrainingOptions& training = out.training;
    if (name == "--seed") {
      training.seed = static_cast<uint64_t>(number);
    } else if (name == "--epochs" && number >= 1 && number <= 100) {
      training.epochs = static_cast<uint32_t>(number);
    } else if (name == "--runs" && number >= 1 && number <= 100) {
      training.runs = static_cast<uint32_t>(number);
    } else if (name == "--bits" && number >= Model::kMinRowBits && number <= Model::kMaxRowBits) {
      training.row_bits = static_cast<uint32_t>(number);
    } else if (name == "--evaluate" && number >= 2 && number <= 100) {
      out.folds = static_cast<size_t>(number);
    } else if (name == "--min-sources") {
      training.min_sources = static_cast<uint32_t>(number);
    } else if (name == "--rate") {
      training.rate = static_cast<float>(number);
    } else if (name == "--decay") {
      training.decay = static_cast<float>(number);
    } else if (name == "--any") {
      training.share_of_any = static_cast<float>(number);
    } else if (name == "--benign") {
      training.benign = static_cast<float>(number);
    } else if (name == "--foreign") {
      training.foreign = static_cast<float>(number);
    } else if (name == "--low") {
      training.low = static_cast<float>(number);
    } else if (name == "--power") {
      training.power = static_cast<float>(number);
    } else if (name == "--persuasion") {
      training.persuasion = static_cast<float>(number);
    } else if (name == "--trust") {
      training.trust = static_cast<float>(number);
    } else if (name == "--rare") {
      training.rare = static_cast<float>(number);
    } else if (name == "--dropout") {
      training.dropout = static_cast<float>(number);
    } else if (name == "--learned-bits" && number >= Model::kMinRowBits && number <= 24) {
      training.learned_bits = static_cast<uint32_t>(number);
    } else if (name == "--word-bits" && number >= Vocabulary::kMinBits &&
               number <= Vocabulary::kMaxBits) {
      training.word_bits = static_cast<uint32_t>(number);
    } else if (name == "--offset") {
      training.offset = static_cast<float>(number);
    } else {
      return usage(fmt::format("`{} {}` is not known", name, value));
    }
  }
  return ok();
}

Result<Options> options_of(std::span<char* const> arguments) {
  Options out;
  for (size_t i = 1; i < arguments.size(); i += 2) {
    if (i + 1 == arguments.size()) {
      return usage(fmt::format("`{}` needs a value", arguments[i]));
    }
    TRY_OK(set_option(arguments[i], arguments[i + 1], out));
  }
  out.training.learned_bits = std::max(out.training.learned_bits, out.training.row_bits);
  if (out.corpus.empty() || (out.output.empty() && out.known.empty() && out.folds == 0)) {
    return usage("`--corpus` is needed, and `--output`, `--known` or `--evaluate`");
  }
  return out;
}

Result<std::vector<Example>> read_corpus(const std::string& folder) {
  std::vector<Example> out;
  for (const std::string_view name :
       {"train.jsonl", "dev.jsonl", "train2.jsonl.gz", "dev2.jsonl.gz"}) {
    TRY(const std::string lines, names::read_text(fmt::format("{}/{}", folder, name)));
    const size_t before = out.size();
    auto read = read_examples(lines, out);
    if (!read.ok()) {
      return read.error().in(name);
    }
    for (size_t i = before; i < out.size(); ++i) {
      out[i].is_first = name == "train.jsonl" || name == "dev.jsonl";
    }
  }
  return out;
}

// A model of what is seen and of what is generated.
Model model_of(std::vector<const Example*> seen, const TrainingOptions& options) {
  const std::vector<Example> own = generate(options.seed, seen);
  for (const Example& example : own) {
    seen.push_back(&example);
  }
  return train(seen, options);
}

// What a detector that has not seen its source says of a text, and of each obfuscation of it.
struct Obfuscated {
  float plain = 0;
  std::vector<float> scores;
};

struct Unseen {
  std::vector<Scored> scored;
  std::vector<Obfuscated> obfuscated;
};

constexpr size_t kOneOf = 10;     // attacks is obfuscated
constexpr size_t kShortest = 40;  // octets of it
constexpr size_t kLongest = 600;

bool is_obfuscated_too(const Example& example) {
  return example.is_attack && example.text.size() >= kShortest && example.text.size() <= kLongest &&
         std::ranges::all_of(example.text, [](char c) { return c > 0; });
}

// Scores every example with a model that has not seen its source.
Unseen score_unseen(std::span<const Example> examples, const Options& options) {
  const std::vector<size_t> fold_of = folds_of(examples, options.folds);
  Unseen out;
  for (size_t fold = 0; fold < options.folds; ++fold) {
    std::vector<const Example*> seen;
    for (size_t i = 0; i < examples.size(); ++i) {
      if (fold_of[i] != fold) {
        seen.push_back(&examples[i]);
      }
    }
    const AttackDetector detector(model_of(std::move(seen), options.training));
    for (size_t i = 0; i < examples.size(); ++i) {
      if (fold_of[i] != fold) {
        continue;
      }
      const float score = detector.score(examples[i].text).score;
      out.scored.push_back({&examples[i], score});
      if (i % kOneOf == 0 && is_obfuscated_too(examples[i])) {
        Obfuscated& row = out.obfuscated.emplace_back(Obfuscated{score, {}});
        for (const Obfuscation& obfuscation : obfuscations()) {
          row.scores.push_back(detector.score(obfuscation.apply(examples[i].text)).score);
        }
      }
    }
  }
  return out;
}

// How much less is found of what is obfuscated.
void print_losses(const Unseen& unseen) {
  const float threshold = threshold_at(unseen.scored, 0.01);
  const auto part = [&](const auto& score_of) {
    const auto over = std::ranges::count_if(
        unseen.obfuscated, [&](const Obfuscated& row) { return score_of(row) >= threshold; });
    return static_cast<double>(over) /
           static_cast<double>(std::max<size_t>(unseen.obfuscated.size(), 1));
  };
  const double plain = part([](const Obfuscated& row) { return row.plain; });
  fmt::print("obfuscated: {} attacks, recall at 1 % of the plain ones {:.3f}; less by\n",
             unseen.obfuscated.size(), plain);
  for (size_t i = 0; i < obfuscations().size(); ++i) {
    fmt::print("  {:<18} {:>6.3f}\n", obfuscations()[i].name,
               plain - part([&](const Obfuscated& row) { return row.scores[i]; }));
  }
}

// The scores that benign texts reach, for each voice, and what of its attacks does: the model's
// table.
void print_thresholds(std::span<const Scored> scored) {
  constexpr auto kNames = std::to_array<std::string_view>({"any", "user", "system", "document"});
  const auto is_attack = [](const Example& example) { return example.is_attack; };
  fmt::print("score reached by 5, 2, 1, 0.5 and 0.1 % of the benign texts, and by attacks\n");
  std::string option;
  for (size_t i = 0; i < kVoices; ++i) {
    std::vector<Scored> said;
    std::ranges::copy_if(scored, std::back_inserter(said), [i](const Scored& row) {
      return i == 0 || static_cast<size_t>(voice_of(*row.example)) == i;
    });
    fmt::print("  {:<9}", kNames[i]);
    for (const double rate : Model::kRates) {
      const float threshold = threshold_at(said, rate);
      fmt::print(" {:.4f} ({:.4f})", threshold, part_over(said, threshold, is_attack));
      option += fmt::format("{}{:.3f}", option.empty() ? "" : ",", threshold);
    }
    fmt::print("\n");
  }
  fmt::print("--thresholds {}\n", option);
}

Result<> write(const std::string& path, std::string_view text) {
  std::ofstream out(path, std::ios::binary);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  if (!out.flush()) {
    return Error(ErrorKind::kIo, fmt::format("cannot write `{}`", path));
  }
  return ok();
}

Result<> evaluate(std::span<const Example> examples, const Options& options) {
  const Unseen unseen = score_unseen(examples, options);
  const std::vector<Scored>& scored = unseen.scored;
  const auto print_of = [&](std::string_view title, const auto& keep) {
    std::vector<Scored> kept;
    std::ranges::copy_if(scored, std::back_inserter(kept),
                         [&](const Scored& row) { return keep(*row.example); });
    fmt::print("{}\n{}", title, report(kept, !options.scores.empty()));
    fmt::print(
        "at the score that 1 % of the benign texts of the same voice reach: mean recall over "
        "sources {:.4f}\n",
        mean_recall_by_voice(kept, 0.01));
  };
  print_of("all", [](const Example&) { return true; });
  print_of("first part", [](const Example& example) { return example.is_first; });
  print_thresholds(scored);
  print_losses(unseen);
  print_of("English", [](const Example& example) { return example.lang == "en"; });
  if (!options.scores.empty()) {
    std::string lines;
    for (const Scored& row : scored) {
      std::string head = row.example->text.substr(0, 160);
      std::ranges::replace_if(
          head, [](char c) { return c == '\n' || c == '\t' || c == '\r'; }, ' ');
      lines +=
          fmt::format("{:.5f}\t{}\t{}\t{}\t{}\t{}\n", row.score, row.example->is_attack ? 1 : 0,
                      row.example->source, row.example->kind, row.example->lang, head);
    }
    TRY_OK(write(options.scores, lines));
  }
  return ok();
}

// What the model of `file` says of the texts at `path`, which it was not trained on.
Result<> print_test(std::string_view file, const std::string& path) {
  TRY(const AttackDetector detector, AttackDetector::load(file));
  TRY(const std::string lines, names::read_text(path));
  std::vector<Example> examples;
  TRY_OK(read_examples(lines, examples));
  std::vector<Scored> scored;
  for (const Example& example : examples) {
    scored.push_back({&example, detector.score(example.text).score});
  }
  fmt::print("{}", report(scored, true));
  const auto at_half = [&](bool is_attack) {
    return part_over(scored, AttackDetector::kLabelled,
                     [&](const Example& example) { return example.is_attack == is_attack; });
  };
  fmt::print("labelled: {:.4f} of the attacks, {:.4f} of the benign texts\n", at_half(true),
             at_half(false));
  return ok();
}

Result<> run(const Options& options) {
  TRY(std::vector<Example> examples, read_corpus(options.corpus));
  if (!options.more.empty()) {
    TRY(const std::string lines, names::read_text(options.more));
    auto read = read_examples(lines, examples);
    if (!read.ok()) {
      return read.error().in(options.more);
    }
  }
  if (options.folds > 0) {
    return evaluate(examples, options);
  }
  if (!options.known.empty()) {
    const ListOfKnown list = known_list_of(examples);
    const std::string file = list.attacks.serialise();
    fmt::print(
        "{} attacks, list of {} octets; of {} benign texts that another list was made without,"
        " {} are known as attacks\n",
        list.attacks.attacks().size(), file.size(), list.benign, list.false_hits);
    return write(options.known, file);
  }
  std::vector<const Example*> all;
  for (const Example& example : examples) {
    all.push_back(&example);
  }
  const std::string file = model_of(all, options.training).serialise();
  fmt::print("{} texts, model of {} octets\n", all.size(), file.size());
  if (!options.test.empty()) {
    TRY_OK(print_test(file, options.test));
  }
  return write(options.output, file);
}

int main_of(std::span<char* const> arguments) {
  const auto options = options_of(arguments);
  if (!options.ok()) {
    fmt::print(stderr, "attack-train: {}\n{}", options.error().to_string(), kUsage);
    return 2;
  }
  const auto done = run(*options);
  if (!done.ok()) {
    fmt::print(stderr, "attack-train: {}\n", done.error().to_string());
    return 3;
  }
  return 0;
}

}  // namespace
}  // namespace sally::content::attack

int main(int argc, char** argv) {
  return sally::content::attack::main_of({argv, static_cast<size_t>(argc)});
}
