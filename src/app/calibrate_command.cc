// `inspect calibrate`: from which score on a text is an attack, so that no more of somebody's own
// harmless texts are taken for one than they accept.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "app/content_commands.h"
#include "app/line_reader.h"
#include "content/attack_thresholds.h"
#include "content/service/attack_json.h"
#include "formats/json/document.h"

namespace sally::app {
namespace {

constexpr float kParts = 1e6F;

// A score above all but `most` of the scores, which fall; none that is 1 or more.
float above(const std::vector<float>& scores, size_t most) {
  const float next = scores[std::min(most, scores.size() - 1)];
  return (std::floor(next * kParts) + 1) / kParts;
}

size_t reaching(const std::vector<float>& scores, float least) {
  return static_cast<size_t>(
      std::ranges::count_if(scores, [least](float one) { return one >= least; }));
}

// As the configuration calls it.
std::string key_of(Provenance provenance) {
  std::string out(name_of(provenance));
  std::ranges::replace(out, '-', '_');
  return out;
}

std::string percent(double share) {
  return fmt::format("{:g} %", share * 100);
}

}  // namespace

Result<int> calibrate(const World& world, const CalibrateOptions& options) {
  TRY(const content::AttackDetector detector, content::AttackDetector::create());
  TRY(LineReader reader, LineReader::open(options.input, kLongestLine));
  std::array<std::vector<float>, kProvenances> scores;
  for (;;) {
    TRY(const auto line, reader.next());
    if (!line) {
      break;
    }
    if (line->empty()) {
      continue;
    }
    const auto add = [&]() -> Result<> {
      TRY(const auto document, formats::JsonDocument::parse(*line, kLineLimits));
      if (document.root().find("label")) {
        TRY(const int64_t label, document.root().int64("label"));
        if (label != 0) {
          return ok();  // an attack, in a file of feedback
        }
      }
      TRY(const std::string_view text, document.root().string("text"));
      TRY(const auto from, content::provenance_of(document.root()));
      scores[static_cast<size_t>(from.value_or(Provenance::kUser))].push_back(
          detector.score(text).score);
      return ok();
    };
    if (auto added = add(); !added) {
      return std::move(added).error().in(fmt::format("line {}", reader.number()));
    }
  }
  const content::AttackThresholds standard(detector);
  std::string out = fmt::format(
      "# From these scores on a text is an attack: at most {} of the harmless texts reach them.\n"
      "attacks:\n  thresholds:\n",
      percent(options.rate));
  bool any = false;
  for (size_t i = 0; i < kProvenances; ++i) {
    std::vector<float>& all = scores[i];
    if (all.empty()) {
      continue;
    }
    std::ranges::sort(all, std::greater());
    const auto provenance = static_cast<Provenance>(i);
    const auto most =
        static_cast<size_t>(std::floor(options.rate * static_cast<double>(all.size()) + 1e-9));
    if (most == 0) {
      world.console.err(fmt::format(
          "sallyport: {} texts of `{}` tell nothing of {}: it takes {:.0f}\n", all.size(),
          name_of(provenance), percent(options.rate), std::ceil(1 / options.rate)));
      continue;
    }
    const float least = above(all, most);
    any = true;
    out += fmt::format("    {}: {:.6f}  # {} of {} texts; {} reach the standard {:.3f}\n",
                       key_of(provenance), least, reaching(all, least), all.size(),
                       reaching(all, standard.of(provenance)), standard.of(provenance));
  }
  if (!any) {
    return Error(ErrorKind::kUsage, "there are too few texts to tell",
                 "lines of JSON with `text`, and `provenance` where it is not `user`");
  }
  world.console.out(out);
  return kFine;
}

}  // namespace sally::app
