// Measuring: what a tagger finds against what it should, one source after another.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "content/names/name_tagger.h"
#include "content/names/train/corpus.h"

namespace sally::content::names {

struct Counts {
  size_t gold = 0;
  size_t found = 0;  // what the tagger found, right or wrong
  size_t right = 0;  // spans that share at least half of what they cover together (IoU >= 0.5)
  void add(const Counts& other);
};
// F-beta of recall over precision; 0 where nothing is right.
double f_score(const Counts& counts, double beta);

struct Figures {
  Counts person;
  Counts location;
  Counts organization;
  Counts address;
  Counts any;  // persons, locations and organisations, whatever the type
  size_t texts = 0;
  size_t clean = 0;                    // texts without personal data of any type
  size_t false_in_clean = 0;           // what was found in them
  [[nodiscard]] Counts typed() const;  // persons, locations and organisations
  void add(const Figures& other);
};

// What is found within a span of another type than the four counts neither way.
Figures measure(const NameTagger& tagger, const Example& example);

// A line for each source, and one for all.
std::string report(const NameTagger& tagger, std::span<const Example> examples);

}  // namespace sally::content::names
