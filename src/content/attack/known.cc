#include "content/attack/known.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "content/model_file.h"

namespace sally::content::attack {
namespace {

using model_file::take;

constexpr std::string_view kMagic = "SALLYKNO";
constexpr std::string_view kWhat = "the list of attacks";
constexpr size_t kOctetsOfOne = 10;  // without its sketch

Error corrupt(std::string_view what) {
  return Error(ErrorKind::kCorrupt, fmt::format("{} {}", kWhat, what));
}

// Gives the words of a text to take(key).
template <typename Take>
struct Words {
  const Take& take;
  void feature(uint32_t /*hash*/, unsigned /*words*/) const {}
  void known(uint32_t /*place*/) const {}
  void token(size_t /*begin*/, size_t /*end*/) const {}
  void word(uint32_t key, size_t /*begin*/, size_t /*end*/) const { take(key); }
};

template <typename Take>
void for_each_word(std::string_view text, const Take& take) {
  const Words<Take> words{take};
  const Vocabulary none;
  FeatureReader<const Words<Take>>(text, none, words).run();
}

}  // namespace

std::vector<uint32_t> KnownAttacks::runs_of(std::string_view text) {
  std::vector<uint32_t> out;
  std::array<uint32_t, kRun> last{};
  size_t words = 0;
  for_each_word(text, [&](uint32_t key) {
    std::ranges::rotate(last, last.begin() + 1);
    last.back() = key;
    if (++words >= kRun) {
      out.push_back(KnownReader::hash_of(last[0], last[1], last[2], last[3]));
    }
  });
  return out;
}

std::optional<KnownAttack> KnownAttacks::of(std::string_view text, size_t least,
                                            std::span<const uint32_t> common) {
  const KnownAttacks none;
  KnownReader reader(none);
  for_each_word(text, [&reader](uint32_t key) { reader.word(key, 0, 0); });
  if (reader.words() < std::max<size_t>(least, 1)) {
    return std::nullopt;
  }
  KnownAttack out;
  out.whole = reader.whole();
  out.sketch = runs_of(text);
  std::ranges::sort(out.sketch);
  out.sketch.erase(std::ranges::unique(out.sketch).begin(), out.sketch.end());
  std::erase_if(out.sketch,
                [&](uint32_t hash) { return std::ranges::binary_search(common, hash); });
  if (out.sketch.size() < kLeastSketch) {
    out.sketch.clear();
  }
  out.sketch.resize(std::min(out.sketch.size(), kSketch));
  return out;
}

bool KnownAttacks::add(const KnownAttack& attack) {
  const auto low = static_cast<uint32_t>(attack.whole);
  bool is_new = attacks_.size() < kMost;
  for_each(low, [&](uint32_t other, uint32_t slot) {
    is_new = is_new && (slot != kWhole || attacks_[other].whole != attack.whole);
  });
  if (!is_new) {
    return false;
  }
  const auto number = static_cast<uint32_t>(attacks_.size());
  attacks_.push_back(attack);
  KnownAttack& added = attacks_.back();
  std::erase_if(added.sketch, [this](uint32_t hash) {
    size_t count = 0;
    for_each(hash, [&count](uint32_t, uint32_t) { ++count; });
    return count >= kMostOfRun;
  });
  if (added.sketch.size() < kLeastSketch) {
    added.sketch.clear();
  }
  put(low, number << 5 | kWhole);
  for (size_t i = 0; i < added.sketch.size(); ++i) {
    put(added.sketch[i], number << 5 | static_cast<uint32_t>(i));
  }
  return true;
}

void KnownAttacks::put(uint32_t hash, uint32_t what) {
  if (2 * (used_ + 1) > places_.size()) {
    grow();
  }
  size_t at = hash & mask_;
  while (places_[at].what != 0) {
    at = (at + 1) & mask_;
  }
  places_[at] = {hash, what + 1};
  ++used_;
  const uint32_t bit = hash >> filter_shift_;
  filter_[bit / 64] |= uint64_t{1} << bit % 64;
}

void KnownAttacks::grow() {
  const std::vector<Place> before = std::exchange(places_, std::vector<Place>(2 * places_.size()));
  mask_ = places_.size() - 1;
  filter_.assign(filter_.size() * 2, 0);
  --filter_shift_;
  used_ = 0;
  for (const Place& place : before) {
    if (place.what != 0) {
      put(place.hash, place.what - 1);
    }
  }
}

std::string KnownAttacks::serialise() const {
  std::string checked;
  model_file::put(checked, static_cast<uint32_t>(attacks_.size()));
  for (const KnownAttack& attack : attacks_) {
    model_file::put(checked, attack.whole);
    model_file::put(checked, static_cast<uint8_t>(attack.label));
    model_file::put(checked, static_cast<uint8_t>(attack.sketch.size()));
    for (const uint32_t hash : attack.sketch) {
      model_file::put(checked, hash);
    }
  }
  return model_file::sealed(kMagic, kVersion, checked);
}

Result<KnownAttacks> KnownAttacks::parse(std::string_view file) {
  TRY(std::string_view data, model_file::opened(file, kMagic, kVersion, kWhat));
  if (data.size() < sizeof(uint32_t)) {
    return corrupt("is cut off");
  }
  KnownAttacks out;
  for (auto left = take<uint32_t>(data); left > 0; --left) {
    if (data.size() < kOctetsOfOne) {
      return corrupt("is cut off");
    }
    KnownAttack attack;
    attack.list = KnownList::kShipped;
    attack.whole = take<uint64_t>(data);
    const auto label = take<uint8_t>(data);
    const auto size = take<uint8_t>(data);
    if (label == 0 || label >= kHeads || size > kSketch || (size > 0 && size < kLeastSketch)) {
      return corrupt("has an attack that cannot be");
    }
    if (data.size() < size * sizeof(uint32_t)) {
      return corrupt("is cut off");
    }
    attack.label = static_cast<Head>(label);
    for (size_t i = 0; i < size; ++i) {
      attack.sketch.push_back(take<uint32_t>(data));
    }
    if (!std::ranges::is_sorted(attack.sketch, std::less_equal{}) || !out.add(attack) ||
        out.attacks_.back().sketch.size() != size) {
      return corrupt("has an attack that cannot be");
    }
  }
  if (!data.empty()) {
    return corrupt("is longer than it says");
  }
  return out;
}

void KnownReader::look(uint32_t hash, size_t begin, size_t end) {
  known_.for_each(hash, [&](uint32_t attack, uint32_t slot) {
    if (slot == KnownAttacks::kWhole) {
      return;
    }
    if (place_.empty()) {
      place_.resize(known_.attacks_.size());
    }
    if (place_[attack] == 0) {
      found_.push_back({attack, 0, begin, end});
      place_[attack] = static_cast<uint32_t>(found_.size());
    }
    Found& found = found_[place_[attack] - 1];
    found.slots |= 1U << slot;
    found.end = end;
  });
}

KnownHit KnownReader::finish(size_t begin, size_t end) const {
  KnownHit out;
  known_.for_each(static_cast<uint32_t>(whole()), [&](uint32_t attack, uint32_t slot) {
    const KnownAttack& known = known_.attacks_[attack];
    if (slot == KnownAttacks::kWhole && known.whole == whole() && words_ > 0) {
      out = {1, known.label, known.list, begin, end};
    }
  });
  if (out.score > 0) {
    return out;
  }
  for (const Found& found : found_) {
    const KnownAttack& known = known_.attacks_[found.attack];
    const float share = static_cast<float>(std::popcount(found.slots)) /
                        static_cast<float>(std::max<size_t>(known.sketch.size(), 1));
    if (share >= KnownAttacks::kLeastShare && share > out.score) {
      out = {share, known.label, known.list, found.begin, found.end};
    }
  }
  // Word for word is another thing.
  constexpr float kMostOfPart = 0.99F;
  out.score = std::min(out.score, kMostOfPart);
  return out;
}

}  // namespace sally::content::attack
