#include "cedar/schema/closure.h"

#include <algorithm>

namespace sally::cedar {

std::optional<Graph> closure(const Graph& graph, size_t limit) {
  Graph reached(graph.size());
  std::vector<uint32_t> seen_by(graph.size(), 0);  // the last node that reached it, counted from 1
  std::vector<uint32_t> open;
  size_t followed = 0;
  for (uint32_t start = 0; start < graph.size(); ++start) {
    open.assign(1, start);
    while (!open.empty()) {
      const uint32_t at = open.back();
      open.pop_back();
      followed += graph[at].size();
      if (followed > limit) {
        return std::nullopt;
      }
      for (const uint32_t next : graph[at]) {
        if (seen_by[next] != start + 1) {
          seen_by[next] = start + 1;
          reached[start].push_back(next);
          open.push_back(next);
        }
      }
    }
    std::ranges::sort(reached[start]);
  }
  return reached;
}

Graph reversed(const Graph& graph) {
  Graph back(graph.size());
  for (uint32_t from = 0; from < graph.size(); ++from) {
    for (const uint32_t to : graph[from]) {
      back[to].push_back(from);
    }
  }
  return back;
}

}  // namespace sally::cedar
