#include "content/attack/train/evaluate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <set>

namespace sally::content::attack {
namespace {

struct SourceFigures {
  std::vector<Scored> attacks;
  std::vector<Scored> benign;
};

constexpr size_t kFewest = 20;  // attacks of a source that counts in means over sources

}  // namespace

double auc_of(std::span<const Scored> scored) {
  std::vector<std::pair<float, bool>> sorted;
  for (const Scored& row : scored) {
    sorted.emplace_back(row.score, row.example->is_attack);
  }
  std::ranges::sort(sorted);
  double below = 0;
  double won = 0;
  double attacks = 0;
  for (size_t i = 0; i < sorted.size();) {
    size_t end = i;
    double here = 0;
    double benign = 0;
    for (; end < sorted.size() && sorted[end].first == sorted[i].first; ++end) {
      (sorted[end].second ? here : benign) += 1;
    }
    won += here * (below + benign / 2);
    below += benign;
    attacks += here;
    i = end;
  }
  return attacks > 0 && below > 0 ? won / (attacks * below) : 0;
}

float threshold_at(std::span<const Scored> scored, double rate) {
  std::vector<float> benign;
  for (const Scored& row : scored) {
    if (!row.example->is_attack) {
      benign.push_back(row.score);
    }
  }
  std::ranges::sort(benign, std::greater{});
  const auto most = static_cast<size_t>(rate * static_cast<double>(benign.size()));
  // Above the first that must not be reached.
  return most < benign.size() ? std::nextafter(benign[most], 2.0F) : 0;
}

std::string group_of(std::string_view source) {
  if (source == "t0_docs_train") {
    return "synth";  // its documents are those in which synth_indirect_train puts attacks
  }
  return std::string(source.substr(0, source.find('_')));
}

std::vector<size_t> folds_of(std::span<const Example> examples, size_t folds) {
  std::map<std::string, std::pair<size_t, size_t>> sizes;  // of groups: attacks, all
  for (const Example& example : examples) {
    auto& [attacks, all] = sizes[group_of(example.source)];
    attacks += example.is_attack ? 1 : 0;
    ++all;
  }
  std::vector<std::pair<std::pair<size_t, size_t>, std::string>> sorted;
  for (const auto& [group, size] : sizes) {
    sorted.emplace_back(size, group);
  }
  std::ranges::sort(sorted, std::greater{});
  std::map<std::string, size_t> fold;
  for (size_t i = 0; i < sorted.size(); ++i) {
    fold[sorted[i].second] = i % folds;
  }
  std::vector<size_t> out;
  out.reserve(examples.size());
  for (const Example& example : examples) {
    out.push_back(fold[group_of(example.source)]);
  }
  return out;
}

double mean_recall_by_voice(std::span<const Scored> scored, double rate) {
  std::array<std::vector<Scored>, kVoices> said;
  for (const Scored& row : scored) {
    said[static_cast<size_t>(voice_of(*row.example))].push_back(row);
  }
  std::array<float, kVoices> thresholds{};
  for (size_t i = 0; i < kVoices; ++i) {
    thresholds[i] = threshold_at(said[i], rate);
  }
  std::map<std::string_view, std::pair<double, double>> of;  // of sources: found, all
  for (const Scored& row : scored) {
    if (row.example->is_attack) {
      auto& [found, all] = of[row.example->source];
      found += row.score >= thresholds[static_cast<size_t>(voice_of(*row.example))] ? 1 : 0;
      all += 1;
    }
  }
  double recalls = 0;
  double count = 0;
  for (const auto& [source, found] : of) {
    if (found.second >= static_cast<double>(kFewest)) {
      recalls += found.first / found.second;
      count += 1;
    }
  }
  return recalls / std::max(count, 1.0);
}

std::string report(std::span<const Scored> scored, bool with_sources) {
  std::map<std::string, SourceFigures, std::less<>> of;
  for (const Scored& row : scored) {
    SourceFigures& figures = of[row.example->source];
    (row.example->is_attack ? figures.attacks : figures.benign).push_back(row);
  }
  const float one = threshold_at(scored, 0.01);
  const float tenth = threshold_at(scored, 0.001);
  const auto all = [](const Example&) { return true; };
  std::vector<Scored> benign;
  for (const Scored& row : scored) {
    if (!row.example->is_attack) {
      benign.push_back(row);
    }
  }
  std::string out;
  double aucs = 0;
  double recalls = 0;
  double count = 0;
  if (with_sources) {
    out += fmt::format("{:<26} {:>6} {:>6} {:>6} {:>6} | {:>6} {:>6}\n", "source", "attack", "AUC",
                       "R@1%", "R@.1%", "benign", "FP@1%");
  }
  for (const auto& [source, figures] : of) {
    std::vector<Scored> both = benign;
    both.insert(both.end(), figures.attacks.begin(), figures.attacks.end());
    const double auc = auc_of(both);
    const double recall = part_over(figures.attacks, one, all);
    if (figures.attacks.size() >= kFewest) {
      aucs += auc;
      recalls += recall;
      count += 1;
    }
    if (with_sources) {
      out +=
          fmt::format("{:<26} {:>6} {:>6.3f} {:>6.3f} {:>6.3f} | {:>6} {:>6.3f}\n", source,
                      figures.attacks.size(), auc, recall, part_over(figures.attacks, tenth, all),
                      figures.benign.size(), part_over(figures.benign, one, all));
    }
  }
  static const std::set<std::string, std::less<>> kHard = {
      "synth_hard_negative", "security_docs_train", "cyberseceval_frr", "shirepy_templated"};
  const auto is_hard = [&](const Example& e) { return !e.is_attack && kHard.contains(e.source); };
  const auto is_tool = [&](const Example& e) { return !e.is_attack && e.kind == "tool_output"; };
  const auto is_attack = [](const Example& e) { return e.is_attack; };
  out += fmt::format(
      "AUC {:.4f}, mean over sources {:.4f}; recall at 1 % {:.4f} (mean over sources {:.4f}), at "
      "0.1 % {:.4f}; false at 1 %: hard negatives {:.4f}, tool outputs {:.4f}; thresholds {:.4f} "
      "{:.4f}\n",
      auc_of(scored), aucs / std::max(count, 1.0), part_over(scored, one, is_attack),
      recalls / std::max(count, 1.0), part_over(scored, tenth, is_attack),
      part_over(scored, one, is_hard), part_over(scored, one, is_tool), one, tenth);
  return out;
}

}  // namespace sally::content::attack
