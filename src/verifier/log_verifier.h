// Verifies a whole log from its files: entries -> leaf hashes -> tiles of every level -> root ->
// checkpoint -> signatures. Trust runs the other way: the signed root says which tiles are right,
// those say which tiles below them are, and so down to the entry, so that damage is reported where
// it is and not where it shows. Memory is bounded: one tile a level, one bundle a thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "verifier/checkpoint.h"
#include "verifier/merkle.h"

namespace sally::verifier {

// One thing that is wrong, and where.
struct Problem {
  std::string file;                // below the folder
  std::optional<uint64_t> entry;   // its index in the log
  std::optional<uint64_t> offset;  // in the file
  std::string what;
  std::string expected;  // empty where `what` says it all
  std::string found;
};

struct VerifyOptions {
  std::filesystem::path folder;
  Policy policy;
  // Entries before this one may have been pruned: their tiles and bundles may be absent, and the
  // hash of what they held is taken from the tile above. Absent: what the log says itself, in its
  // file `pruned`, which the report then calls by its name: the log's own word.
  std::optional<uint64_t> minimum_index = {};
  unsigned threads = 0;  // 0: as many as there are cores
  size_t most_problems = 100;
  // Told now and then how many entries of how many are done, on the calling thread.
  std::function<void(uint64_t done, uint64_t size)> progress;
};

struct LogReport {
  bool has_checkpoint = false;
  Checkpoint checkpoint;  // the default where there is none
  Signatures signatures;

  uint64_t entries = 0;  // read, hashed and found in the tree
  uint64_t entry_bytes = 0;
  uint64_t tiles = 0;  // read: of hashes
  uint64_t bundles = 0;
  uint64_t pruned = 0;  // entries below the minimum index that are gone

  uint64_t problem_count = 0;
  std::vector<Problem> problems;  // the first `most_problems`, in the order of the log
  std::vector<std::string> not_verified;

  [[nodiscard]] bool good() const { return problem_count == 0; }
};

// Fails only where nothing can be looked at: kUsage for a bad policy, kNotFound where the folder is
// none. Everything else is in the report. The log may be written to meanwhile.
[[nodiscard]] Result<LogReport> verify_log(const VerifyOptions& options);

}  // namespace sally::verifier
