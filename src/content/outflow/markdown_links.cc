// Links and images of Markdown (CommonMark 0.31, sections 4.7, 6.3 to 6.5), URLs in sentences
// (GitHub Flavored Markdown, section 6.9), and hyperlinks of terminals (OSC 8).
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/encoding.h"
#include "content/normalise/utf8.h"
#include "content/outflow/link_readers.h"

namespace sally::content {
namespace {

constexpr size_t kMaxOpen = 256;   // brackets that are open at a time
constexpr size_t kMaxLabel = 999;  // octets
constexpr size_t kMaxScheme = 12;  // letters before `://`

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool is_sign(char c) {
  return c > ' ' && c < 0x7F && !is_ascii_alnum(static_cast<uint8_t>(c));
}

// Without backslashes before signs, and with references decoded.
std::string unescaped(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size(); ++at) {
    // `https:\\host` is a URL too.
    if (text[at] == '\\' && at + 1 < text.size() && is_sign(text[at + 1]) && text[at + 1] != '\\') {
      ++at;
    }
    out.push_back(text[at]);
  }
  return decode_references(out, 0).text;
}

class MarkdownReader {
 public:
  MarkdownReader(std::string_view text, LinkSink& sink) : text_(text), sink_(sink) {}

  void run() {
    for (size_t at = 0; at < text_.size();) {
      at = step(at);
    }
    for (const Definition& one : definitions_) {
      const bool image = images_.contains(one.label) ||
                         (is_foreign(one.label) && std::ranges::any_of(images_, is_foreign));
      sink_.add(one.where, image ? LinkKind::kImage : LinkKind::kLink, LinkSyntax::kReference,
                one.url, one.where.begin);
    }
  }

 private:
  struct Bracket {
    size_t at;
    bool image;
    bool nested = false;  // holds brackets: it is no label
  };
  struct Definition {
    Span where;
    std::string label;
    std::string url;
  };

  // Case of other scripts is not folded here, so their labels all count as the same.
  static bool is_foreign(std::string_view label) {
    return std::ranges::any_of(label, [](char c) { return static_cast<uint8_t>(c) >= 0x80; });
  }

  [[nodiscard]] char octet(size_t at) const { return at < text_.size() ? text_[at] : '\0'; }

  size_t step(size_t at) {
    const size_t found = text_.find_first_of("\\[]", at);
    if (found == std::string_view::npos) {
      return text_.size();
    }
    at = found;
    if (text_[at] == '\\') {
      return at + 2;
    }
    if (text_[at] == '[') {
      if (!open_.empty()) {
        open_.back().nested = true;
      }
      if (open_.size() == kMaxOpen) {
        open_.erase(open_.begin(), open_.begin() + kMaxOpen / 2);
        lost_ = true;
      }
      const bool image = at > 0 && text_[at - 1] == '!' && !(at > 1 && text_[at - 2] == '\\');
      open_.push_back({at, image});
      return at + 1;
    }
    const bool known = !open_.empty();
    const Bracket bracket = known ? open_.back() : Bracket{at, lost_, true};
    if (known) {
      open_.pop_back();
    }
    const std::string label = bracket.nested ? "" : label_of(bracket.at + 1, at);
    if (octet(at + 1) == '(') {
      return inline_link(at + 2, bracket);
    }
    if (octet(at + 1) == ':' && !label.empty() && begins_line(bracket.at)) {
      return definition(at + 2, label);
    }
    if (bracket.image && !sink_.is_code(at)) {
      images_.insert(label);
      if (octet(at + 1) == '[') {
        const size_t end = std::min(text_.find_first_of("[]", at + 2), text_.size());
        if (octet(end) == ']') {
          images_.insert(label_of(at + 2, end));
          return end + 1;
        }
      }
    }
    return at + 1;
  }

  [[nodiscard]] std::string label_of(size_t begin, size_t end) const {
    std::string label;
    if (end - begin > kMaxLabel) {
      return label;
    }
    for (const char c : text_.substr(begin, end - begin)) {
      if (!is_blank(c)) {
        label.push_back(to_lower(c));
      } else if (!label.empty() && label.back() != ' ') {
        label.push_back(' ');
      }
    }
    while (label.ends_with(' ')) {
      label.pop_back();
    }
    return label;
  }

  // Nothing but marks of quotations and lists stands before it.
  [[nodiscard]] bool begins_line(size_t at) const {
    while (at > 0 && text_[at - 1] != '\n') {
      if (std::string_view(" \t\r>-*+.)0123456789").find(text_[--at]) == std::string_view::npos) {
        return false;
      }
    }
    return true;
  }

  [[nodiscard]] size_t skip_blanks(size_t at) const {
    while (at < text_.size() && is_blank(text_[at])) {
      ++at;
    }
    return at;
  }

  // Behind `](`. The destination ends where brackets of its own do, before a title, or, for
  // forgiving readers, with the line; another link's begin ends it, as one of the two is none.
  size_t inline_link(size_t at, const Bracket& bracket) {
    const size_t begin = skip_blanks(at);
    size_t end = begin;
    size_t next = 0;
    std::string_view url;
    if (octet(begin) == '<') {
      end = std::min(text_.find_first_of("<>\n", begin + 1), text_.size());
      url = text_.substr(begin + 1, end - begin - 1);
      next = begin + 1;
    } else {
      size_t depth = 0;
      bool other = false;  // begins in this one
      for (; end < text_.size(); ++end) {
        const char c = text_[end];
        other = c == ']' && octet(end + 1) == '(';
        if (c == '\n' || c == '\r' || other) {
          break;
        }
        if (c == ' ' || c == '\t') {
          const char behind = octet(skip_blanks(end));
          if (behind == '"' || behind == '\'' || behind == '(' || behind == ')' || behind == '\0') {
            break;
          }
        }
        if (c == '\\' && end + 1 < text_.size() && is_sign(text_[end + 1])) {
          ++end;
          continue;
        }
        if (c == '(') {
          ++depth;
        } else if (c == ')' && depth-- == 0) {
          break;
        }
      }
      end = std::min(end, text_.size());
      url = text_.substr(begin, end - begin);
      next = other ? begin : end;
    }
    sink_.add({begin, end}, bracket.image ? LinkKind::kImage : LinkKind::kLink,
              LinkSyntax::kMarkdown, unescaped(url.substr(0, kMaxUrl)), begin);
    return std::max(next, at);
  }

  size_t definition(size_t at, const std::string& label) {
    size_t begin = skip_blanks(at);
    const bool pointed = octet(begin) == '<';
    begin += pointed ? 1 : 0;
    size_t end = begin;
    while (end < text_.size() && !is_blank(text_[end]) && (!pointed || text_[end] != '>')) {
      ++end;
    }
    if (end > begin) {
      definitions_.push_back(
          {{begin, end}, label, unescaped(text_.substr(begin, std::min(end - begin, kMaxUrl)))});
    }
    return at;
  }

  std::string_view text_;
  LinkSink& sink_;
  std::vector<Bracket> open_;
  bool lost_ = false;  // a bracket was dropped that may have been an image's
  std::vector<Definition> definitions_;
  std::set<std::string, std::less<>> images_;  // labels
};

// What a URL in a sentence never holds.
bool ends_bare(char c) {
  return static_cast<uint8_t>(c) <= ' ' || c == 0x7F || c == '<' || c == '>' || c == '"' ||
         c == '`';
}

size_t bare_end(std::string_view text, size_t begin) {
  size_t end = begin;
  while (end < text.size() && !ends_bare(text[end])) {
    const Decoded it = decode_utf8(text, end);
    // Full stops and brackets of Chinese and Japanese, and spaces of all kinds.
    if ((it.code >= 0x2000 && it.code <= 0x200A) || it.code == 0x3000 || it.code == 0x3001 ||
        it.code == 0xA0 || (it.code >= 0x3008 && it.code <= 0x3011) || it.code == 0xFF09) {
      break;
    }
    end += it.length;
  }
  // The sentence's own signs.
  const std::string_view url = text.substr(begin, end - begin);
  auto opened = std::ranges::count(url, '(') - std::ranges::count(url, ')');
  while (end > begin) {
    const char c = text[end - 1];
    if (c == ')' && opened < 0) {
      ++opened;
    } else if (std::string_view(".,;:!?'*_~]}|\\").find(c) == std::string_view::npos) {
      break;
    }
    --end;
  }
  return end;
}

}  // namespace

void read_markdown(std::string_view text, LinkSink& sink) {
  MarkdownReader(text, sink).run();
}

void read_bare(std::string_view text, LinkSink& sink) {
  constexpr std::string_view kSchemes[] = {"http", "https", "ftp", "ftps", "ws", "wss"};
  size_t done = 0;  // before this all is part of a link
  for (size_t at = 0; at < text.size();) {
    const size_t colon = std::min(text.find_first_of(":wW", at), text.size());
    if (colon == text.size()) {
      return;
    }
    at = colon + 1;
    if (text[colon] != ':') {
      const bool begins = colon == 0 || (!is_ascii_alnum(static_cast<uint8_t>(text[colon - 1])) &&
                                         text[colon - 1] != '.' && text[colon - 1] != '/');
      if (begins && colon >= done && equal_ignoring_case(text.substr(colon, 4), "www.")) {
        const size_t end = bare_end(text, colon);
        const std::string_view url = text.substr(colon, std::min(end - colon, kMaxUrl));
        if (url.find('.', 4) != std::string_view::npos) {
          sink.add({colon, end}, LinkKind::kLink, LinkSyntax::kBare, "http://" + std::string(url),
                   colon);
          done = end;
          at = std::max(at, end);
        }
      }
      continue;
    }
    size_t begin = colon;
    while (begin > done && colon - begin < kMaxScheme &&
           is_ascii_letter(static_cast<uint8_t>(text[begin - 1]))) {
      --begin;
    }
    const bool pointed = begin > 0 && text[begin - 1] == '<';
    const std::string scheme = lower_case(text.substr(begin, colon - begin));
    const bool known = std::ranges::find(kSchemes, scheme) != std::end(kSchemes) &&
                       text.substr(colon).starts_with("://");
    if (scheme.size() < 2 || (!known && !pointed)) {
      continue;
    }
    size_t end = known ? bare_end(text, begin) : begin;
    if (!known) {
      while (end < text.size() && !ends_bare(text[end])) {
        ++end;
      }
      if (end >= text.size() || text[end] != '>') {
        at = std::max(at, end);
        continue;
      }
    }
    if (end > colon + (known ? 3 : 1)) {
      sink.add({begin, end}, LinkKind::kLink, LinkSyntax::kBare,
               text.substr(begin, std::min(end - begin, kMaxUrl)), begin);
      done = end;
      at = std::max(at, end);
    }
  }
}

// ESC ] 8 ; parameters ; URL, closed by BEL or ESC \; also with the single signs that stand for
// ESC ] and ESC \ (ECMA-48, section 8.3).
void read_terminal(std::string_view text, LinkSink& sink) {
  for (const std::string_view opening : {"\x1b]8;",
                                         "\xc2\x9d"
                                         "8;"}) {
    for (size_t at = text.find(opening); at != std::string_view::npos;
         at = text.find(opening, at)) {
      at += opening.size();
      const size_t end = std::min(text.find_first_of("\x07\x1b\xc2\n", at), text.size());
      const size_t semicolon = text.substr(0, end).find(';', at);
      if (semicolon != std::string_view::npos) {
        sink.add({semicolon + 1, end}, LinkKind::kLink, LinkSyntax::kTerminal,
                 text.substr(semicolon + 1, end - semicolon - 1), at);
      }
      at = end;
    }
  }
}

}  // namespace sally::content
