#include "content/outflow/link_stream.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "content/normalise/utf8.h"
#include "content/outflow/code_ranges.h"

namespace sally::content {
namespace {

constexpr size_t kNone = std::string_view::npos;
constexpr size_t kEdge = 5;  // octets by which what says so may lie across an edge

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// Whether a scheme may end here: a letter, and more of them, digits, `+`, `-`, `.` (RFC 3986).
bool ends_scheme(std::string_view text) {
  constexpr size_t kLongest = 32;
  size_t size = 0;
  bool letter = false;
  for (; size < std::min(text.size(), kLongest); ++size) {
    const char c = text[text.size() - size - 1];
    if (!is_ascii_alnum(static_cast<uint8_t>(c)) && c != '+' && c != '-' && c != '.') {
      break;
    }
    letter = is_ascii_letter(static_cast<uint8_t>(c));
  }
  return size >= 2 && (letter || size == kLongest);
}

// Where what may be a URL, or a tag that holds one, begins: behind what says so. kNone: nowhere.
size_t find_trigger(std::string_view text) {
  for (size_t at = 0; at < text.size(); ++at) {
    at = text.find_first_of(":/<]&.\x1b\xc2", at);
    if (at == kNone) {
      return kNone;
    }
    const std::string_view rest = text.substr(at + 1);
    const char next = rest.empty() ? '\0' : rest.front();
    switch (text[at]) {
      case ':':
        if (next != '\0' && next != ':' && !is_blank(next) && ends_scheme(text.substr(0, at))) {
          return at + 1;
        }
        break;
      case '/':
        if (next == '/') {
          return at + 1;
        }
        break;
      case '<':
        if (is_ascii_letter(static_cast<uint8_t>(next)) || next == '!' || next == '?') {
          return at;
        }
        break;
      case ']':
        if (next == '(' || next == ':') {
          return at + 2;
        }
        break;
      case '&':
        if (next == '#' || is_ascii_letter(static_cast<uint8_t>(next))) {
          const std::string name = lower_case(rest.substr(0, 4));
          if (next == '#' || name.starts_with("col") || name.starts_with("sol") ||
              name.starts_with("bsol")) {
            return at;
          }
        }
        break;
      case '.':
        if (at >= 3 && equal_ignoring_case(text.substr(at - 3, 3), "www")) {
          return at - 3;
        }
        break;
      case '\x1b':
        if (next == ']') {
          return at;
        }
        break;
      default:
        if (next == '\x9d') {
          return at;
        }
    }
  }
  return kNone;
}

// `[label]: where`, perhaps in a quotation or a list.
bool is_definition(std::string_view line) {
  const size_t open = line.find_first_not_of(" \t\r>-*+.)0123456789");
  return open != kNone && line[open] == '[' && line.find("]:", open) != kNone;
}

}  // namespace

bool may_hold_link(std::string_view text) {
  return find_trigger(text) != kNone || text.find("![") != kNone || text.find("\\\\") != kNone;
}

void judge_links(std::string_view text, const LinkPolicy& policy,
                 const std::vector<std::string>& sensitive, std::vector<JudgedLink>& out) {
  std::vector<Link> links;
  find_links(text, links);
  const std::vector<std::string_view> views(sensitive.begin(), sensitive.end());
  std::vector<LinkVerdict> verdicts;
  for (const Link& link : links) {
    verdicts.clear();
    policy.judge(link, views, verdicts);
    for (const LinkVerdict& verdict : verdicts) {
      out.push_back({verdict.rule, verdict.begin, verdict.end, link.kind});
    }
  }
}

void LinkStream::feed(std::string_view piece, std::vector<JudgedLink>& out) {
  while (!piece.empty()) {
    const size_t room = kLongestLine - (text_.size() - line_);
    const size_t newline = piece.find('\n');
    const bool ends = newline != kNone && newline < room;
    const std::string_view part = piece.substr(0, ends ? newline + 1 : room);
    piece.remove_prefix(part.size());
    text_ += part;
    if (!ends && part.size() < room) {
      return;
    }
    line_ = text_.size();
    if (line_ - judged_ >= step_) {
      judge(line_, out);
      forget();
    }
  }
}

void LinkStream::finish(std::vector<JudgedLink>& out) {
  judge(text_.size(), out);
}

void LinkStream::judge(size_t end, std::vector<JudgedLink>& out) {
  const size_t from = judged_ - std::min(judged_, kEdge);
  const bool any = may_hold_link(std::string_view(text_).substr(from, end - from));
  judged_ = looked_ = end;
  open_ = kNone;
  if (!any) {
    return;
  }
  std::string read;
  for (const Kept& one : kept_) {
    read += one.line;
  }
  const size_t before = read.size();
  read.append(text_, 0, end);
  std::vector<JudgedLink> found;
  judge_links(read, policy_, sensitive_, found);
  const auto place = [&](uint64_t at) -> uint64_t {
    if (at >= before) {
      return base_ + (at - before);
    }
    for (const Kept& one : kept_) {
      if (at <= one.line.size()) {
        return one.begin + at;
      }
      at -= one.line.size();
    }
    return base_;
  };
  for (JudgedLink& one : found) {
    one.begin = place(one.begin);
    one.end = std::max(place(one.end), one.begin);
    // A URL whose line went on was judged before: what was wrong with it then is told.
    if (told_.emplace(one.begin, one.rule).second) {
      out.push_back(one);
    }
  }
}

// Keeps what later steps must know of, and lets the rest go.
void LinkStream::forget() {
  if (text_.size() <= 2 * kBefore) {
    return;
  }
  size_t cut = text_.size() - kBefore;
  const size_t newline = text_.rfind('\n', cut);
  cut = newline == kNone ? cut : newline + 1;
  if (cut == 0) {
    return;
  }
  std::string read;
  for (const Kept& one : kept_) {
    read += one.line;
  }
  const size_t before = read.size();
  read.append(text_, 0, cut);
  const std::vector<Span> code = find_code(read);
  std::string state = code_state(read);
  std::erase_if(kept_, [](const Kept& one) { return one.state; });
  size_t size = 0;
  for (const Kept& one : kept_) {
    size += one.line.size();
  }
  for (size_t at = 0; at < cut;) {
    const size_t end = std::min(text_.find('\n', at), cut - 1) + 1;
    const std::string_view line = std::string_view(text_).substr(at, end - at);
    if (line.find("]:") != kNone && is_definition(line) && !is_inside(code, before + at) &&
        size + line.size() + 1 <= kMostKept) {
      size += line.size() + 1;
      kept_.push_back({base_ + at, std::string(line) + (line.ends_with('\n') ? "" : "\n"), false});
    }
    at = end;
  }
  if (!state.empty()) {
    kept_.push_back({base_ + cut, std::move(state), true});
  }
  text_.erase(0, cut);
  base_ += cut;
  judged_ -= cut;
  line_ -= cut;
  looked_ -= cut;
  std::erase_if(told_, [&](const auto& one) {
    return one.first < base_ && std::ranges::none_of(
                                    kept_,
                                    [&](const Kept& line) {
                                      return line.begin <= one.first &&
                                             one.first < line.begin + line.line.size();
                                    });
  });
}

uint64_t LinkStream::decided() {
  if (open_ == kNone) {
    const size_t from = looked_ - std::min<size_t>(looked_, kEdge);
    const size_t found = find_trigger(std::string_view(text_).substr(from));
    open_ = found == kNone ? kNone : std::max(judged_, from + found);
    looked_ = text_.size();
  }
  return base_ + std::min(open_, text_.size());
}

}  // namespace sally::content
