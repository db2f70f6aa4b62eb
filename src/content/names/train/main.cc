// names-train: makes the tagger's model file from labelled text, and measures it.
#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <fstream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "content/names/name_tagger.h"
#include "content/names/train/evaluate.h"
#include "content/names/train/perceptron.h"

namespace sally::content::names {
namespace {

constexpr std::string_view kUsage =
    "usage: names-train --corpus FOLDER [--output FILE] [--permissive] [--leave-out SOURCE,...]\n"
    "                   [--seed N] [--rounds N] [--epochs N] [--bits N] [--bias N] [--miss-margin "
    "N]\n"
    "                   [--false-margin N] [--min-count N]\n"
    "       names-train --corpus FOLDER --evaluate FILE [--leave-out SOURCE,...] [--bias N]\n"
    "\n"
    "Trains on the `train` files of FOLDER (its `gazetteers` too), prints figures for its `dev` "
    "files\n"
    "and for all texts of the sources that were left out, and writes the model.\n"
    "\n"
    "example: names-train --corpus corpora/pii --output models/names/names.model\n";

struct Options {
  std::string corpus;
  std::string output;
  std::string evaluate;
  std::set<std::string, std::less<>> left_out;
  bool permissive = false;
  TrainingOptions training;
  bool has_bias = false;
};

Error usage(std::string_view what) {
  return Error(ErrorKind::kUsage, std::string(what));
}

Result<int64_t> number_of(std::string_view text) {
  int64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return usage(fmt::format("`{}` is no number", text));
  }
  return out;
}

Result<> set_option(std::string_view name, std::string_view value, Options& out) {
  if (name == "--corpus") {
    out.corpus = value;
  } else if (name == "--output") {
    out.output = value;
  } else if (name == "--evaluate") {
    out.evaluate = value;
  } else if (name == "--leave-out") {
    while (!value.empty()) {
      const size_t end = std::min(value.find(','), value.size());
      out.left_out.emplace(value.substr(0, end));
      value.remove_prefix(std::min(end + 1, value.size()));
    }
  } else {
    TRY(const int64_t number, number_of(value));
    if (name == "--seed") {
      out.training.seed = static_cast<uint64_t>(number);
    } else if (name == "--epochs" && number > 0 && number <= 100) {
      out.training.epochs = static_cast<uint32_t>(number);
    } else if (name == "--rounds" && number > 0 && number <= 100) {
      out.training.rounds = static_cast<uint32_t>(number);
    } else if (name == "--bits" && number >= Model::kMinRowBits && number <= Model::kMaxRowBits) {
      out.training.row_bits = static_cast<uint32_t>(number);
    } else if (name == "--min-count" && number > 0 && number < 256) {
      out.training.min_count = static_cast<uint32_t>(number);
    } else if (name == "--miss-margin" && number >= 0 && number <= 100) {
      out.training.miss_margin = static_cast<float>(number);
    } else if (name == "--false-margin" && number >= 0 && number <= 100) {
      out.training.false_margin = static_cast<float>(number);
    } else if (name == "--bias" && std::abs(number) <= INT16_MAX) {
      out.training.outside_bias = static_cast<int32_t>(number);
      out.has_bias = true;
    } else {
      return usage(fmt::format("`{} {}` is not known", name, value));
    }
  }
  return ok();
}

Result<Options> options_of(std::span<char* const> arguments) {
  Options out;
  for (size_t i = 1; i < arguments.size(); ++i) {
    const std::string_view name = arguments[i];
    if (name == "--permissive") {
      out.permissive = true;
    } else if (i + 1 == arguments.size()) {
      return usage(fmt::format("`{}` needs a value", name));
    } else {
      TRY_OK(set_option(name, arguments[++i], out));
    }
  }
  if (out.corpus.empty()) {
    return usage("`--corpus` is needed");
  }
  return out;
}

Result<std::vector<Example>> read_split(const std::string& corpus, std::string_view split) {
  std::vector<Example> out;
  for (const std::string& name :
       {fmt::format("{}.jsonl", split), fmt::format("ner_{}.jsonl.gz", split),
        fmt::format("synth_addresses_{}.jsonl.gz", split)}) {
    TRY(const std::string lines, read_text(fmt::format("{}/{}", corpus, name)));
    auto read = read_examples(lines, out);
    if (!read.ok()) {
      return read.error().in(name);
    }
  }
  return out;
}

Result<> evaluate(const Options& options, std::string_view file,
                  const std::vector<Example>& examples) {
  TRY(Model model, Model::parse(file));
  if (options.has_bias) {
    model.outside_bias = options.training.outside_bias;
  }
  const NameTagger tagger(std::move(model));
  fmt::print("{}", report(tagger, examples));
  return ok();
}

Result<> run(const Options& options) {
  TRY(std::vector<Example> dev, read_split(options.corpus, "dev"));
  TRY(std::vector<Example> examples, read_split(options.corpus, "train"));
  std::vector<Example> used;
  for (Example& example : examples) {
    if (options.left_out.contains(example.source)) {
      dev.push_back(std::move(example));
    } else if (!options.permissive || is_permissive(example.source)) {
      used.push_back(std::move(example));
    }
  }
  if (!options.left_out.empty()) {
    std::erase_if(
        dev, [&](const Example& example) { return !options.left_out.contains(example.source); });
  }
  if (!options.evaluate.empty()) {
    TRY(const std::string file, read_text(options.evaluate));
    return evaluate(options, file, dev);
  }
  TRY(const Lists lists, read_lists([&](std::string_view name) {
        return read_text(fmt::format("{}/gazetteers/{}.gz", options.corpus, name));
      }));
  fmt::print("{} texts to learn from, {} words and pairs listed\n", used.size(),
             lists.flags_of.size());
  const std::string file = train(used, lists, options.training).serialise();
  fmt::print("model of {} octets\n", file.size());
  TRY_OK(evaluate(options, file, dev));
  if (!options.output.empty()) {
    std::ofstream out(options.output, std::ios::binary);
    out.write(file.data(), static_cast<std::streamsize>(file.size()));
    if (!out.flush()) {
      return Error(ErrorKind::kIo, fmt::format("cannot write `{}`", options.output));
    }
  }
  return ok();
}

int main_of(std::span<char* const> arguments) {
  const auto options = options_of(arguments);
  if (!options.ok()) {
    fmt::print(stderr, "names-train: {}\n{}", options.error().to_string(), kUsage);
    return 2;
  }
  const auto done = run(*options);
  if (!done.ok()) {
    fmt::print(stderr, "names-train: {}\n", done.error().to_string());
    return 3;
  }
  return 0;
}

}  // namespace
}  // namespace sally::content::names

int main(int argc, char** argv) {
  return sally::content::names::main_of({argv, static_cast<size_t>(argc)});
}
