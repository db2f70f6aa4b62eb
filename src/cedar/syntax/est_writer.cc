#include "cedar/syntax/est_writer.h"

#include <fmt/format.h>

#include "base/check.h"
#include "cedar/syntax/escape.h"
#include "cedar/syntax/operators.h"
#include "formats/json/writer.h"

namespace sally::cedar {
namespace {

using formats::append_json_string;

// Written by hand: expressions nest deeper than JsonWriter lets documents nest.
class EstWriter {
 public:
  explicit EstWriter(std::string& out) : out_(out) {}

  void write(const PolicySet& set) {
    out_ += "{\"staticPolicies\":";
    write_policies(set.policies());
    out_ += ",\"templates\":";
    write_policies(set.templates());
    out_ += ",\"templateLinks\":[";
    std::string_view between;
    for (const Link& link : set.links()) {
      out_ += between;
      write(link);
      between = ",";
    }
    out_ += "]}";
  }

  void write(const Policy& policy) {
    out_ += "{\"effect\":";
    string(policy.effect == Effect::kPermit ? "permit" : "forbid");
    write_scope("principal", policy.principal);
    write_action(policy.action);
    write_scope("resource", policy.resource);
    out_ += ",\"conditions\":[";
    std::string_view between;
    for (const Condition& condition : policy.conditions) {
      out_ += between;
      out_ += condition.kind == Condition::Kind::kWhen ? "{\"kind\":\"when\",\"body\":"
                                                       : "{\"kind\":\"unless\",\"body\":";
      write(policy.body, condition.expr);
      out_ += '}';
      between = ",";
    }
    out_ += ']';
    write_annotations(policy);
    out_ += '}';
  }

 private:
  void string(std::string_view text) { append_json_string(out_, text); }

  void write_policies(std::span<const Policy> policies) {
    out_ += '{';
    std::string_view between;
    for (const Policy& policy : policies) {
      out_ += between;
      string(policy.id);
      out_ += ':';
      write(policy);
      between = ",";
    }
    out_ += '}';
  }

  void write(const Link& link) {
    out_ += "{\"templateId\":";
    string(link.template_id);
    out_ += ",\"newId\":";
    string(link.id);
    out_ += ",\"values\":{";
    if (link.principal) {
      out_ += "\"?principal\":";
      write(*link.principal);
    }
    if (link.resource) {
      out_ += link.principal ? "," : "";
      out_ += "\"?resource\":";
      write(*link.resource);
    }
    out_ += "}}";
  }

  void write_annotations(const Policy& policy) {
    if (policy.annotations.empty()) {
      return;
    }
    out_ += ",\"annotations\":{";
    std::string_view between;
    for (const Annotation& annotation : policy.annotations) {
      out_ += between;
      string(annotation.name);
      out_ += ':';
      annotation.value ? string(*annotation.value) : void(out_ += "null");
      between = ",";
    }
    out_ += '}';
  }

  void write(const EntityUid& uid) {
    out_ += "{\"type\":";
    string(uid.type);
    out_ += ",\"id\":";
    string(uid.id);
    out_ += '}';
  }

  void write_scope(std::string_view variable, const ScopeConstraint& constraint) {
    using Kind = ScopeConstraint::Kind;
    out_ += fmt::format(",\"{}\":", variable);
    const auto entity_or_slot = [&] {
      if (constraint.slot) {
        out_ += fmt::format("\"slot\":\"?{}\"}}", variable);
      } else {
        out_ += "\"entity\":";
        write(constraint.entity);
        out_ += '}';
      }
    };
    switch (constraint.kind) {
      case Kind::kAny:
        out_ += "{\"op\":\"All\"}";
        return;
      case Kind::kEq:
        out_ += "{\"op\":\"==\",";
        return entity_or_slot();
      case Kind::kIn:
        out_ += "{\"op\":\"in\",";
        return entity_or_slot();
      case Kind::kIs:
        out_ += "{\"op\":\"is\",\"entity_type\":";
        string(constraint.type);
        out_ += '}';
        return;
      case Kind::kIsIn:
        out_ += "{\"op\":\"is\",\"entity_type\":";
        string(constraint.type);
        out_ += ",\"in\":{";
        entity_or_slot();
        out_ += '}';
        return;
    }
  }

  void write_action(const ActionConstraint& constraint) {
    using Kind = ActionConstraint::Kind;
    out_ += ",\"action\":";
    switch (constraint.kind) {
      case Kind::kAny:
        out_ += "{\"op\":\"All\"}";
        return;
      case Kind::kEq:
      case Kind::kIn:
        out_ += constraint.kind == Kind::kEq ? "{\"op\":\"==\",\"entity\":"
                                             : "{\"op\":\"in\",\"entity\":";
        write(constraint.entities.front());
        out_ += '}';
        return;
      case Kind::kInList: {
        out_ += "{\"op\":\"in\",\"entities\":[";
        std::string_view between;
        for (const EntityUid& entity : constraint.entities) {
          out_ += between;
          write(entity);
          between = ",";
        }
        out_ += "]}";
        return;
      }
    }
  }

  // `{"op":{"left":`, for the caller to go on from.
  void open(std::string_view op, std::string_view member) {
    out_ += '{';
    string(op);
    out_ += fmt::format(":{{\"{}\":", member);
  }

  void write_member(const Body& body, std::string_view name, ExprId id) {
    out_ += fmt::format(",\"{}\":", name);
    write(body, id);
  }

  void write(const Body& body, ExprId id) {
    switch (body.kind(id)) {
      case ExprKind::kBool:
        out_ += body.boolean(id) ? "{\"Value\":true}" : "{\"Value\":false}";
        return;
      case ExprKind::kLong:
        out_ += fmt::format("{{\"Value\":{}}}", body.number(id));
        return;
      case ExprKind::kString:
        out_ += "{\"Value\":";
        string(body.text(id));
        out_ += '}';
        return;
      case ExprKind::kEntity:
        out_ += "{\"Value\":{\"__entity\":";
        write(body.entity(id));
        out_ += "}}";
        return;
      case ExprKind::kVariable:
        out_ += fmt::format("{{\"Var\":\"{}\"}}", name_of(body.variable(id)));
        return;
      case ExprKind::kNot:
        return write_unary(body, id, "!");
      case ExprKind::kNegate:
        return write_unary(body, id, "neg");
      case ExprKind::kIsEmpty:
        return write_unary(body, id, "isEmpty");
      case ExprKind::kIf:
        open("if-then-else", "if");
        write(body, body.operand(id, 0));
        write_member(body, "then", body.operand(id, 1));
        write_member(body, "else", body.operand(id, 2));
        out_ += "}}";
        return;
      case ExprKind::kIs:
      case ExprKind::kIsIn:
        return write_is(body, id);
      case ExprKind::kHas:
        return write_has(body, id);
      case ExprKind::kGet:
        open(".", "left");
        write(body, body.operand(id, 0));
        out_ += ",\"attr\":";
        string(body.text(id));
        out_ += "}}";
        return;
      case ExprKind::kLike:
        return write_like(body, id);
      case ExprKind::kSet:
        out_ += "{\"Set\":";
        write_list(body, id);
        out_ += '}';
        return;
      case ExprKind::kRecord:
        return write_record(body, id);
      case ExprKind::kCall:
        out_ += fmt::format("{{\"{}\":", row_of(body.function(id)).name);
        write_list(body, id);
        out_ += '}';
        return;
      case ExprKind::kAnd:
      case ExprKind::kOr:
      case ExprKind::kAdd:
      case ExprKind::kSub:
      case ExprKind::kMul:
      case ExprKind::kEq:
      case ExprKind::kNotEq:
      case ExprKind::kLess:
      case ExprKind::kLessEq:
      case ExprKind::kGreater:
      case ExprKind::kGreaterEq:
      case ExprKind::kIn:
      case ExprKind::kContains:
      case ExprKind::kContainsAll:
      case ExprKind::kContainsAny:
      case ExprKind::kHasTag:
      case ExprKind::kGetTag:
        return write_binary(body, id);
    }
  }

  void write_unary(const Body& body, ExprId id, std::string_view op) {
    open(op, "arg");
    write(body, body.operand(id, 0));
    out_ += "}}";
  }

  // A chain nests on its left: `{"&&":{"left":{"&&":{"left":a,"right":b}},"right":c}}`.
  void write_binary(const Body& body, ExprId id) {
    const OperatorRow* const row = find_operator(body.kind(id));
    SALLY_CHECK(row != nullptr);
    const auto operands = body.operands(id);
    for (size_t i = 1; i < operands.size(); ++i) {
      open(row->text, "left");
    }
    write(body, operands.front());
    for (const ExprId operand : operands.subspan(1)) {
      write_member(body, "right", operand);
      out_ += "}}";
    }
  }

  void write_is(const Body& body, ExprId id) {
    open("is", "left");
    write(body, body.operand(id, 0));
    out_ += ",\"entity_type\":";
    string(body.text(id));
    if (body.kind(id) == ExprKind::kIsIn) {
      write_member(body, "in", body.operand(id, 1));
    }
    out_ += "}}";
  }

  void write_has(const Body& body, ExprId id) {
    open("has", "left");
    write(body, body.operand(id, 0));
    out_ += ",\"attr\":";
    const auto path = body.names(id);
    if (path.size() == 1) {
      string(path.front());
    } else {
      char before = '[';
      for (const std::string& name : path) {
        out_ += before;
        string(name);
        before = ',';
      }
      out_ += ']';
    }
    out_ += "}}";
  }

  // Runs of literal code points are one `Literal` each.
  void write_like(const Body& body, ExprId id) {
    open("like", "left");
    write(body, body.operand(id, 0));
    out_ += ",\"pattern\":[";
    std::string_view between;
    std::string literal;
    const auto flush = [&] {
      if (!literal.empty()) {
        out_ += between;
        out_ += "{\"Literal\":";
        string(literal);
        out_ += '}';
        between = ",";
        literal.clear();
      }
    };
    for (const char32_t value : body.pattern(id)) {
      if (value != kWildcard) {
        append_utf8(literal, value);
        continue;
      }
      flush();
      out_ += between;
      out_ += "\"Wildcard\"";
      between = ",";
    }
    flush();
    out_ += "]}}";
  }

  void write_list(const Body& body, ExprId id) {
    out_ += '[';
    std::string_view between;
    for (const ExprId element : body.operands(id)) {
      out_ += between;
      write(body, element);
      between = ",";
    }
    out_ += ']';
  }

  void write_record(const Body& body, ExprId id) {
    const auto names = body.names(id);
    const auto values = body.operands(id);
    out_ += "{\"Record\":{";
    for (size_t i = 0; i < names.size(); ++i) {
      out_ += i == 0 ? "" : ",";
      string(names[i]);
      out_ += ':';
      write(body, values[i]);
    }
    out_ += "}}";
  }

  std::string& out_;
};

}  // namespace

std::string to_json(const Policy& policy) {
  std::string out;
  EstWriter(out).write(policy);
  return out;
}

std::string to_json(const PolicySet& set) {
  std::string out;
  EstWriter(out).write(set);
  return out;
}

}  // namespace sally::cedar
