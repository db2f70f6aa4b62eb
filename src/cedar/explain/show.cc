#include "cedar/explain/show.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "cedar/names.h"
#include "cedar/syntax/escape.h"
#include "cedar/syntax/printer.h"

namespace sally::cedar {
namespace {

// Trees up to this weight are laid out anew.
constexpr uint32_t kMostLaidOut = 2000;

// A node and the bytes of text it brings.
uint32_t weight_of(const Body& body, ExprId id) {
  static constexpr std::array kNamed{ExprKind::kString, ExprKind::kIs,  ExprKind::kIsIn,
                                     ExprKind::kHas,    ExprKind::kGet, ExprKind::kRecord};
  const ExprKind kind = body.kind(id);
  size_t out = 1;
  if (std::ranges::find(kNamed, kind) != kNamed.end()) {
    for (const std::string& name : body.names(id)) {
      out += name.size();
    }
  } else if (kind == ExprKind::kEntity) {
    out += body.entity(id).type.size() + body.entity(id).id.size();
  } else if (kind == ExprKind::kLike) {
    out += body.pattern(id).size();
  }
  return static_cast<uint32_t>(std::min<size_t>(out, kMostLaidOut + 1));
}

// The first bytes, no code point cut in two.
std::string_view head(std::string_view text, size_t limit) {
  if (text.size() <= limit) {
    return text;
  }
  size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
    --end;
  }
  return text.substr(0, end);
}

// Appends until there is more than fits.
class Printer {
 public:
  explicit Printer(size_t limit) : limit_(limit) {}

  void add(const Cell& cell);
  std::string take() { return printable(out_, limit_); }

 private:
  [[nodiscard]] bool full() const { return out_.size() > limit_; }
  void string(std::string_view text) { out_ += quoted(head(text, limit_)); }
  void list(const Cell& cell);

  const size_t limit_;
  std::string out_;
};

void Printer::list(const Cell& cell) {
  const bool is_set = cell.kind == ValueKind::kSet;
  out_ += is_set ? '[' : '{';
  for (uint32_t i = 0; i < cell.size && !full(); ++i) {
    out_ += i > 0 ? ", " : "";
    if (is_set) {
      add(cell.as_set()[i]);
    } else {
      const CellField& field = cell.as_record()[i];
      if (is_identifier(field.name)) {
        out_ += head(field.name, limit_);
      } else {
        string(field.name);
      }
      out_ += ": ";
      add(field.value);
    }
  }
  out_ += is_set ? ']' : '}';
}

// Recursion ends: values nest no deeper than the documents and policies they come from, and every
// level writes a byte.
void Printer::add(const Cell& cell) {
  if (full()) {
    return;
  }
  switch (cell.kind) {
    case ValueKind::kString:
      string(cell.as_text());
      break;
    case ValueKind::kEntity:
      out_ += head(cell.entity->type, limit_);
      out_ += "::";
      string(cell.entity->id);
      break;
    case ValueKind::kSet:
    case ValueKind::kRecord:
      list(cell);
      break;
    case ValueKind::kBool:
    case ValueKind::kLong:
    case ValueKind::kDecimal:
    case ValueKind::kDatetime:
    case ValueKind::kDuration:
    case ValueKind::kIp:
      out_ += to_value(cell).to_string();
      break;
  }
}

}  // namespace

std::string show(const Cell& cell, size_t limit) {
  Printer out(limit);
  out.add(cell);
  return out.take();
}

std::string show(const EntityUid& uid, size_t limit) {
  return printable(fmt::format("{}::{}", head(uid.type, limit), quoted(head(uid.id, limit))),
                   limit);
}

std::string show(Variable variable, const ScopeConstraint& constraint, size_t limit) {
  using Kind = ScopeConstraint::Kind;
  std::string out(name_of(variable));
  if (constraint.kind == Kind::kIs || constraint.kind == Kind::kIsIn) {
    out += " is ";
    out += head(constraint.type, limit);
  }
  if (constraint.kind == Kind::kEq) {
    out += " == " + show(constraint.entity, limit);
  } else if (constraint.kind == Kind::kIn || constraint.kind == Kind::kIsIn) {
    out += " in " + show(constraint.entity, limit);
  }
  return printable(out, limit);
}

std::string show(const ActionConstraint& constraint, size_t limit) {
  using Kind = ActionConstraint::Kind;
  std::string out = "action";
  if (constraint.kind == Kind::kAny) {
    return out;
  }
  out += constraint.kind == Kind::kEq ? " == " : " in ";
  out += constraint.kind == Kind::kInList ? "[" : "";
  for (size_t i = 0; i < constraint.entities.size() && out.size() <= limit; ++i) {
    out += i > 0 ? ", " : "";
    out += show(constraint.entities[i], limit);
  }
  out += constraint.kind == Kind::kInList ? "]" : "";
  return printable(out, limit);
}

ExprTexts::ExprTexts(const Policy& policy, size_t limit)
    : policy_(policy), limit_(limit), facts_(policy.body.size()) {
  // A policy read from JSON has spans in that, and begins with a brace.
  if (policy.source != nullptr && policy.span.begin < policy.source->text.size() &&
      policy.source->text[policy.span.begin] != '{') {
    source_ = policy.source->text;
  }
  for (ExprId id = 0; id < facts_.size(); ++id) {
    Facts& facts = facts_[id];
    facts.weight = weight_of(policy.body, id);
    facts.varies = policy.body.kind(id) == ExprKind::kVariable;
    for (const ExprId operand : policy.body.operands(id)) {
      facts.weight = std::min(facts.weight + facts_[operand].weight, kMostLaidOut + 1);
      facts.varies = facts.varies || facts_[operand].varies;
    }
  }
}

std::string ExprTexts::operator()(ExprId id) const {
  const Span span = policy_.body.span(id);
  std::string_view written;
  if (span.begin < span.end && span.end <= source_.size()) {
    written = source_.substr(span.begin, span.end - span.begin);
  }
  if (!written.empty() && written.substr(0, limit_).find('\n') == std::string_view::npos) {
    return printable(head(written, limit_ + 1), limit_);
  }
  if (facts_[id].weight <= kMostLaidOut) {
    return printable(to_cedar(policy_.body, id), limit_);
  }
  std::string out;
  for (const char c : written.substr(0, 4 * limit_)) {
    const bool blank = c == ' ' || c == '\n' || c == '\r' || c == '\t';
    if (!blank || !out.ends_with(' ')) {
      out += blank ? ' ' : c;
    }
  }
  return out.empty() ? "…" : printable(out + "…", limit_);
}

std::optional<std::string> ExprTexts::whole(ExprId id) const {
  if (facts_[id].weight > kMostLaidOut) {
    return std::nullopt;
  }
  const std::string out = to_cedar(policy_.body, id);
  if (out.size() > limit_) {
    return std::nullopt;
  }
  return printable(out, limit_);
}

}  // namespace sally::cedar
