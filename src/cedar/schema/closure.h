// The transitive closure of a small graph.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace sally::cedar {

// For each node the nodes it leads to.
using Graph = std::vector<std::vector<uint32_t>>;

// For each node all it can reach over one edge or more, ascending; itself only on a cycle. nullopt
// where more than `limit` edges would be followed.
[[nodiscard]] std::optional<Graph> closure(const Graph& graph, size_t limit);

// Each edge the other way round.
[[nodiscard]] Graph reversed(const Graph& graph);

}  // namespace sally::cedar
