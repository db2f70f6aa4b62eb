// Residuals: expressions that are left of a policy where parts of the request are not known.
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "cedar/eval/cell.h"
#include "cedar/schema/type.h"
#include "cedar/syntax/ast.h"

namespace sally::cedar {

struct Residual {
  Body body;
  ExprId expr = 0;
};

// What is known of an expression of a residual, wherever what is assumed there holds.
struct ExprInfo {
  std::optional<Type> type;  // of its value, where it has one; none: not known
  bool may_fail = true;
  bool never_true = false;  // false, or it fails
};

// Builds a residual: adds expressions with what is known of them, and knows which conditions hold
// where it is just building. A limit of Body makes it stuck: what it gives then means nothing.
class ResidualBuilder {
 public:
  ResidualBuilder() { clear(); }
  void clear();

  ExprId add(ExprKind kind, Span span, std::span<const ExprId> operands, ExprInfo info,
             std::span<const std::string> names = {});
  ExprId add_call(Function function, Span span, std::span<const ExprId> operands, ExprInfo info);
  ExprId add_like(Span span, ExprId operand, Pattern pattern, ExprInfo info);
  ExprId add_variable(Span span, Variable variable, ExprInfo info);
  ExprId add_bool(Span span, bool value);
  // As Cedar text would write the value; nullopt where that would be long.
  std::optional<ExprId> add_value(Span span, const Cell& value);
  ExprId copy(const Body& from, ExprId id, ExprInfo info);

  [[nodiscard]] const Body& body() const { return body_; }
  [[nodiscard]] const ExprInfo& info(ExprId id) const { return infos_[id]; }
  [[nodiscard]] bool is_stuck() const { return stuck_; }
  void get_stuck() { stuck_ = true; }

  // What is assumed while this lives.
  class Assumptions {
   public:
    explicit Assumptions(ResidualBuilder& builder)
        : builder_(builder), before_(builder.facts_.size()) {}
    Assumptions(const Assumptions&) = delete;
    Assumptions& operator=(const Assumptions&) = delete;
    ~Assumptions() { builder_.facts_.resize(before_); }

   private:
    ResidualBuilder& builder_;
    size_t before_;
  };
  // That the expression was evaluated to `value` before what is built from now on is evaluated.
  void assume(ExprId condition, bool value);
  // What the expression then must be; nullopt: nothing says.
  [[nodiscard]] std::optional<bool> known(ExprId condition) const;
  // Whether the object is then known to have the attribute, or this tag; to be there.
  [[nodiscard]] bool has_attribute(ExprId object, std::string_view name) const;
  [[nodiscard]] bool has_tag(ExprId object, ExprId tag) const;
  [[nodiscard]] bool exists(ExprId entity) const;

  // The expression without what was built in vain; nullopt where a limit was passed.
  [[nodiscard]] std::optional<Residual> take(ExprId root) const;

 private:
  // `root.a.b`
  struct Path {
    ExprId root;
    std::vector<std::string_view> names;
  };
  struct Fact {
    ExprId condition;
    bool value;
  };

  ExprId keep(std::optional<ExprId> id, ExprInfo info);
  std::optional<ExprId> write(Span span, const Value& value);
  std::optional<ExprId> write_call(Span span, Function function, std::string text);
  [[nodiscard]] Path path_of(ExprId id) const;
  [[nodiscard]] Path path_of_has(ExprId id) const;
  // Whether a fact says that a path is there which begins with this one and is longer by `longer`.
  [[nodiscard]] bool is_there(const Path& path, size_t longer) const;

  Body body_;
  std::vector<ExprInfo> infos_;
  std::vector<Fact> facts_;
  bool stuck_ = false;
};

}  // namespace sally::cedar
