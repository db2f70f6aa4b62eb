// Pickles: what one would run when it is loaded, told without loading it.
#pragma once

#include "vet/format.h"

namespace sally::vet::pickle {

// Whether pickle.load() would do anything with it: by its first opcodes, carried out; by a name
// that pickles have where nothing else claims the octets.
bool may_be_pickle(const Look& look);

// Every stream of it, what stands behind them, and pickles within its texts. Persistent ids (torch)
// and arrays between the opcodes (joblib) are read as their loaders read them.
Result<> examine_pickle(const formats::Input& input, Examination& examination);

}  // namespace sally::vet::pickle
