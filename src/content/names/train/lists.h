// Lists of names: what becomes the gazetteer of a model, and what names are swapped with.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "content/names/gazetteer.h"

namespace sally::content::names {

struct Lists {
  // Of each word and pair of words.
  std::unordered_map<uint64_t, uint32_t> flags_of;
  // For swaps.
  std::vector<std::string> given;
  std::vector<std::string> surnames;
  std::vector<std::string> places;
  std::vector<std::string> organizations;
};

// `read` gives the text of a list by its name (`given_names.tsv`); lines of columns with tabs
// between them, the first of which is the entry. A list that cannot be read is an error.
Result<Lists> read_lists(const std::function<Result<std::string>(std::string_view)>& read);

}  // namespace sally::content::names
