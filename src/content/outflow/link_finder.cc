#include "content/outflow/link_finder.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "content/outflow/code_ranges.h"
#include "content/outflow/link_readers.h"

namespace sally::content {

std::string_view name_of(LinkKind kind) {
  constexpr std::string_view kNames[] = {"link", "image", "embedded"};
  return kNames[static_cast<size_t>(kind)];
}

std::string_view name_of(LinkSyntax syntax) {
  constexpr std::string_view kNames[] = {"markdown", "reference", "bare",
                                         "html",     "css",       "terminal"};
  return kNames[static_cast<size_t>(syntax)];
}

bool LinkSink::is_code(size_t at) const {
  return is_inside(code_, at);
}

void LinkSink::add(Span where, LinkKind kind, LinkSyntax syntax, std::string_view url,
                   size_t shown_at) {
  Link link{where.begin, where.end, kind, syntax, false, read_url(url.substr(0, kMaxUrl))};
  if (link.url.text.empty()) {
    return;
  }
  if (syntax != LinkSyntax::kTerminal && is_code(shown_at)) {
    link.in_code = true;
    link.kind = LinkKind::kLink;
  }
  out_.push_back(std::move(link));
}

void find_links(std::string_view text, std::vector<Link>& out) {
  const std::vector<Span> code = find_code(text);
  std::vector<Link> found;
  LinkSink sink(code, found);
  read_markdown(text, sink);
  read_html(text, sink);
  read_terminal(text, sink);
  read_bare(text, sink);

  std::ranges::sort(found, [](const Link& a, const Link& b) {
    const auto key = [](const Link& link) {
      return std::tuple(link.begin, link.syntax == LinkSyntax::kBare, ~link.end,
                        -static_cast<int>(link.kind), link.syntax);
    };
    return key(a) < key(b);
  });
  // A bare URL that is part of another link's is that link.
  size_t covered = 0;
  for (Link& link : found) {
    if (link.syntax == LinkSyntax::kBare && link.begin < covered) {
      continue;
    }
    if (!link.url.is_relative()) {
      covered = std::max(covered, link.end);
    }
    out.push_back(std::move(link));
  }
}

}  // namespace sally::content
