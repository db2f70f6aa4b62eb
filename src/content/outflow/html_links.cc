// Links and images of HTML, SVG and CSS (HTML Living Standard, sections 13.2.5 and 4.8.4.2).
#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "content/normalise/utf8.h"
#include "content/outflow/link_readers.h"

namespace sally::content {
namespace {

enum class Holds : uint8_t { kUrl, kList, kRefresh, kDocument };
struct AttributeRow {
  std::string_view attribute;
  std::string_view element;
  Holds holds;
  LinkKind kind;
};
constexpr AttributeRow kAttributes[] = {
#define SALLY_LINK_ATTRIBUTE(attribute, element, holds, kind) \
  {attribute, element, Holds::holds, LinkKind::kind},
#include "content/outflow/link_attributes.def"
#undef SALLY_LINK_ATTRIBUTE
};

constexpr size_t kMaxName = 32;  // octets of an element's or attribute's name that are looked at
constexpr size_t kMaxDepth = 3;  // of tags in quoted values of tags, and of documents
constexpr std::string_view kNoMore = "\"'";

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

const AttributeRow* row_of(std::string_view attribute, std::string_view element) {
  for (const AttributeRow& row : kAttributes) {
    if (row.attribute == attribute && (row.element == element || row.element == "*")) {
      return &row;
    }
  }
  return nullptr;
}

// url(...), @import "...", image-set("..." 1x): all that a style sheet fetches.
void read_css(const Mapped& written, size_t shown_at, LinkSink& sink) {
  const Mapped css = decode_css_escapes(written);
  const std::string low = lower_case(css.text);
  const auto add = [&](size_t begin, size_t end) {
    sink.add({css.at[begin], css.at[end]}, LinkKind::kEmbedded, LinkSyntax::kCss,
             std::string_view(css.text).substr(begin, std::min(end - begin, kMaxUrl)), shown_at);
  };
  const auto quoted = [&](size_t at) {
    while (at < low.size() && is_space(low[at])) {
      ++at;
    }
    if (at >= low.size() || (low[at] != '"' && low[at] != '\'')) {
      return at;
    }
    const size_t end = std::min(low.find_first_of(std::string{low[at], '\n'}, at + 1), low.size());
    add(at + 1, end);
    return end;
  };
  constexpr std::string_view kUrl = "url(";
  constexpr std::string_view kImport = "@import";
  constexpr std::string_view kImageSet = "image-set(";
  for (size_t at = 0; at < low.size();) {
    at = low.find_first_of("u@i", at);
    if (at == std::string::npos) {
      return;
    }
    const std::string_view rest = std::string_view(low).substr(at);
    if (rest.starts_with(kUrl)) {
      size_t begin = at + kUrl.size();
      while (begin < low.size() && is_space(low[begin])) {
        ++begin;
      }
      if (begin < low.size() && (low[begin] == '"' || low[begin] == '\'')) {
        at = quoted(begin);
      } else {
        at = std::min(low.find_first_of(") \t\r\n", begin), low.size());
        add(begin, at);
      }
    } else if (rest.starts_with(kImport)) {
      at = quoted(at + kImport.size());
    } else if (rest.starts_with(kImageSet)) {
      at = quoted(at + kImageSet.size());
    } else {
      ++at;
    }
  }
}

class HtmlReader {
 public:
  // `map`: where the text's octets are, for one that was decoded; `shown_at` for its code.
  HtmlReader(std::string_view text, const std::vector<size_t>* map, size_t offset, size_t depth,
             LinkSink& sink)
      : text_(text), map_(map), offset_(offset), depth_(depth), sink_(sink) {}

  void run() {
    for (size_t at = text_.find('<'); at < text_.size(); at = text_.find('<', at)) {
      ++at;
      if (at < text_.size() && is_ascii_letter(static_cast<uint8_t>(text_[at]))) {
        at = tag(at);
      }
    }
  }

 private:
  [[nodiscard]] size_t where(size_t at) const {
    return map_ == nullptr ? offset_ + at : (*map_)[at];
  }
  [[nodiscard]] std::string name(size_t begin, size_t end) const {
    return lower_case(text_.substr(begin, std::min(end - begin, kMaxName)));
  }

  // A tag from its name on: returns where its text was read to. Goes forwards only.
  size_t tag(size_t at) {
    const size_t shown_at = where(at - 1);
    size_t end = std::min(text_.find_first_of(" \t\r\n\f/>", at), text_.size());
    std::string element = name(at, end);
    const bool style = element == "style";
    for (at = end; at < text_.size();) {
      const char c = text_[at];
      if (c == '>') {
        ++at;
        break;
      }
      if (is_space(c) || c == '/') {
        ++at;
        continue;
      }
      end = std::min(text_.find_first_of(" \t\r\n\f/>=", at + 1), text_.size());
      // To a reader for whom the tag before is none, another begins here.
      const size_t inner = text_.substr(at, end - at).rfind('<');
      if (inner != std::string_view::npos) {
        element = name(at + inner + 1, end);
      }
      const std::string attribute = name(at, end);
      at = end;
      size_t sign = at;
      while (sign < text_.size() && is_space(text_[sign])) {
        ++sign;
      }
      if (sign >= text_.size() || text_[sign] != '=') {
        continue;
      }
      at = sign + 1;
      while (at < text_.size() && is_space(text_[at])) {
        ++at;
      }
      if (at < text_.size() && (text_[at] == '"' || text_[at] == '\'')) {
        const size_t close = closing(text_[at], at + 1);
        if (close == std::string_view::npos) {
          return at + 1;
        }
        value(element, attribute, at + 1, close, shown_at);
        const std::string_view inside = text_.substr(at + 1, close - at - 1);
        if (depth_ < kMaxDepth && inside.find('<') != std::string_view::npos) {
          HtmlReader(inside, nullptr, where(at + 1), depth_ + 1, sink_).run_inside(*this, at + 1);
        }
        at = close + 1;
      } else {
        end = std::min(text_.find_first_of(" \t\r\n\f>", at), text_.size());
        value(element, attribute, at, end, shown_at);
        const size_t begins = text_.substr(at, end - at).rfind('<');
        if (begins != std::string_view::npos) {
          element = name(at + begins + 1, end);
        }
        at = end;
      }
    }
    if (style) {
      style_sheet(at, shown_at);
    }
    return at;
  }

  // The text of a quoted value, as one in which tags may begin.
  void run_inside(const HtmlReader& outer, size_t begin) {
    std::vector<size_t> map;
    if (outer.map_ != nullptr) {
      const auto from = outer.map_->begin() + static_cast<ptrdiff_t>(begin);
      map.assign(from, from + static_cast<ptrdiff_t>(text_.size() + 1));
      map_ = &map;
    }
    run();
    map_ = nullptr;
  }

  // The next `quote`; looks for one that is not there once.
  size_t closing(char quote, size_t at) {
    size_t& none = none_[kNoMore.find(quote)];
    if (at >= none) {
      return std::string_view::npos;
    }
    const size_t found = text_.find(quote, at);
    if (found == std::string_view::npos) {
      none = at;
    }
    return found;
  }

  void style_sheet(size_t begin, size_t shown_at) {
    if (begin < styled_) {
      return;
    }
    size_t end = begin;
    for (end = text_.find("</", begin); end != std::string_view::npos;
         end = text_.find("</", end)) {
      if (equal_ignoring_case(text_.substr(end + 2, 5), "style")) {
        break;
      }
      end += 2;
    }
    end = std::min(end, text_.size());
    styled_ = end;
    Mapped css{std::string(text_.substr(begin, end - begin)), {}};
    for (size_t at = begin; at <= end; ++at) {
      css.at.push_back(where(at));
    }
    read_css(css, shown_at, sink_);
  }

  void value(std::string_view element, std::string_view attribute, size_t begin, size_t end,
             size_t shown_at) {
    const std::string_view raw = text_.substr(begin, end - begin);
    const AttributeRow* const row = row_of(attribute, element);
    const bool may_be_css = row == nullptr && (attribute == "style" || may_hold_url(raw));
    if (row == nullptr && !may_be_css) {
      return;
    }
    Mapped decoded = decode_references(raw, 0);
    for (size_t& at : decoded.at) {
      at = where(begin + at);
    }
    if (row == nullptr) {
      read_css(decoded, shown_at, sink_);
      return;
    }
    const auto add = [&](size_t from, size_t to) {
      sink_.add({decoded.at[from], decoded.at[to]}, row->kind, LinkSyntax::kHtml,
                std::string_view(decoded.text).substr(from, std::min(to - from, kMaxUrl)),
                shown_at);
    };
    const std::string& text = decoded.text;
    switch (row->holds) {
      case Holds::kUrl:
        add(0, text.size());
        return;
      case Holds::kList:
        // URL, then perhaps a size, then a comma, which the URL may end with.
        for (size_t at = 0; at < text.size();) {
          at = std::min(text.find_first_not_of(" \t\r\n\f,", at), text.size());
          const size_t stop = std::min(text.find_first_of(" \t\r\n\f", at), text.size());
          size_t last = stop;
          while (last > at && text[last - 1] == ',') {
            --last;
          }
          if (last > at) {
            add(at, last);
          }
          at = last < stop ? stop : std::min(text.find(',', stop), text.size());
        }
        return;
      case Holds::kRefresh: {
        const size_t url = lower_case(text).find("url");
        const size_t sign = url == std::string::npos ? url : text.find('=', url);
        if (sign != std::string::npos) {
          size_t from = std::min(text.find_first_not_of(" \t\"'", sign + 1), text.size());
          add(from, std::min(text.find_first_of("\"'", from), text.size()));
        }
        return;
      }
      case Holds::kDocument:
        if (depth_ < kMaxDepth) {
          HtmlReader(text, &decoded.at, 0, depth_ + 1, sink_).run();
        }
        return;
    }
  }

  static bool may_hold_url(std::string_view raw) {
    return raw.find('(') != std::string_view::npos || raw.find('&') != std::string_view::npos;
  }

  std::string_view text_;
  const std::vector<size_t>* map_;
  size_t offset_;
  size_t depth_;
  LinkSink& sink_;
  std::array<size_t, 2> none_{std::string_view::npos, std::string_view::npos};
  size_t styled_ = 0;  // style sheets before this were read
};

}  // namespace

void read_html(std::string_view text, LinkSink& sink) {
  HtmlReader(text, nullptr, 0, 0, sink).run();
}

}  // namespace sally::content
