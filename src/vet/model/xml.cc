#include "vet/model/xml.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/encoding.h"
#include "base/text.h"

namespace sally::vet::model {
namespace {

constexpr uint64_t kMostProlog = uint64_t{4} << 20;
constexpr size_t kManyUses = 8;  // of entities within entities

// The beginning of the document as octets of ASCII: UTF-16 loses its zeros.
std::string as_ascii(ByteView octets) {
  std::string out;
  const std::string_view text = as_text(octets);
  const bool wide = text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF") ||
                    (text.size() > 1 && (text[0] == '\0' || text[1] == '\0'));
  if (!wide) {
    return std::string(text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text);
  }
  for (const char c : text) {
    if (c != '\0' && c != '\xFF' && c != '\xFE') {
      out += c;
    }
  }
  return out;
}

// Where the prolog has its document type; npos: it has none. Sets `root` to where the first
// element begins.
size_t doctype_of(std::string_view text, size_t& root) {
  size_t at = 0;
  while ((at = text.find('<', at)) != std::string_view::npos) {
    const std::string_view here = text.substr(at);
    if (here.starts_with("<?")) {
      at = text.find("?>", at);
    } else if (here.starts_with("<!--")) {
      at = text.find("-->", at);
    } else if (here.starts_with("<!DOCTYPE")) {
      return at;
    } else {
      root = at;
      return std::string_view::npos;
    }
    if (at == std::string_view::npos) {
      break;
    }
    ++at;
  }
  return std::string_view::npos;
}

// The document type from its `<!DOCTYPE` to its end.
std::string_view whole_doctype(std::string_view text) {
  size_t brackets = 0;
  char quote = '\0';
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != '\0') {
      quote = c == quote ? '\0' : quote;
    } else if (text.substr(i).starts_with("<!--")) {
      i = std::min(text.find("-->", i), text.size());
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '[') {
      ++brackets;
    } else if (c == ']' && brackets > 0) {
      --brackets;
    } else if (c == '>' && brackets == 0) {
      return text.substr(0, i + 1);
    }
  }
  return text;
}

void judge_doctype(std::string_view type, uint64_t offset, Examination& examination) {
  size_t uses = 0;
  size_t entities = 0;
  for (size_t at = 0; (at = type.find("<!ENTITY", at)) != std::string_view::npos; ++at) {
    ++entities;
    const std::string_view entity = type.substr(at, type.find('>', at) - at);
    const size_t value = entity.find_first_of("\"'");
    const std::string_view head = entity.substr(0, value);
    if (head.find("SYSTEM") != std::string_view::npos ||
        head.find("PUBLIC") != std::string_view::npos) {
      examination.add(RuleId::kXmlEntity, offset + at, "an entity that is a file or address",
                      std::string(entity.substr(0, 200)));
      return;
    }
    if (value != std::string_view::npos) {
      uses += static_cast<size_t>(std::ranges::count(entity.substr(value), '&'));
    }
  }
  if (entities > 1 && uses >= kManyUses) {
    examination.add(RuleId::kXmlEntity, offset,
                    fmt::format("{} entities with {} others in them", entities, uses),
                    std::string(type.substr(0, 200)));
    return;
  }
  const std::string_view head = type.substr(0, type.find('['));
  const size_t address = head.find("://");
  if (head.find("SYSTEM") != std::string_view::npos && address != std::string_view::npos) {
    examination.add({.rule = RuleId::kXmlEntity,
                     .severity = Severity::kMedium,
                     .offset = offset,
                     .message = "a document type that stands at an address",
                     .evidence = std::string(head.substr(0, 200))});
  } else if (entities > 0) {
    examination.add({.rule = RuleId::kXmlEntity,
                     .severity = Severity::kLow,
                     .offset = offset,
                     .message = "a document type with entities",
                     .evidence = std::string(type.substr(0, 200))});
  }
}

}  // namespace

bool may_be_xml(const Look& look) {
  const std::string text = as_ascii(look.head.first(std::min<size_t>(look.head.size(), 512)));
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) {
    return false;
  }
  const std::string_view here = std::string_view(text).substr(begin);
  return here.starts_with("<?xml") || here.starts_with("<PMML") ||
         (here.starts_with("<!DOCTYPE") &&
          !equal_ignoring_case(here.substr(0, 14), "<!DOCTYPE html")) ||
         (here.starts_with("<!--") && look.name.ends_with("ml") && !look.name.ends_with("html"));
}

Result<> examine_xml(const formats::Input& input, Examination& examination) {
  TRY(const Bytes head, formats::head_of(input, kMostProlog));
  const std::string text = as_ascii(head);
  size_t root = text.size();
  const size_t type = doctype_of(text, root);
  if (type != std::string::npos) {
    const std::string_view whole = whole_doctype(std::string_view(text).substr(type));
    judge_doctype(whole, type, examination);
    root = std::min(text.find('<', type + whole.size()), text.size());
  }
  if (root == text.size()) {
    return Error(ErrorKind::kInvalidInput, "XML without an element");
  }
  const std::string_view element = std::string_view(text).substr(root + 1);
  const std::string_view name = element.substr(0, element.find_first_of(" \t\r\n/>"));
  if (name == "PMML") {
    examination.add_fact("framework", "pmml");
  }
  return ok();
}

}  // namespace sally::vet::model
