// The readers that find_links consists of: one for each way to write a link. Each passes over a
// text once and tells a LinkSink what it saw.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "content/normalise/offset_map.h"
#include "content/outflow/link_finder.h"

namespace sally::content {

class LinkSink {
 public:
  // `code` outlives it.
  LinkSink(const std::vector<Span>& code, std::vector<Link>& out) : code_(code), out_(out) {}
  // `shown_at`: where the construct begins, which decides whether it is code.
  void add(Span where, LinkKind kind, LinkSyntax syntax, std::string_view url, size_t shown_at);
  [[nodiscard]] bool is_code(size_t at) const;

 private:
  const std::vector<Span>& code_;
  std::vector<Link>& out_;
};

void read_markdown(std::string_view text, LinkSink& sink);
void read_html(std::string_view text, LinkSink& sink);
void read_bare(std::string_view text, LinkSink& sink);
void read_terminal(std::string_view text, LinkSink& sink);

}  // namespace sally::content
