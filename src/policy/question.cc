#include "policy/question.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <optional>

#include "cedar/extension/ip.h"

namespace sally::policy {

using cedar::Cell;
using cedar::CellField;
using cedar::EntityName;
using cedar::StoredEntity;
using cedar::ValueKind;

namespace {

constexpr size_t kLongestArguments = size_t{1} << 20;

constexpr std::array<std::string_view, 7> kWeekdays = {"sunday",   "monday", "tuesday", "wednesday",
                                                       "thursday", "friday", "saturday"};

// `canary` of `canary:plans`; empty where a rule has no family.
std::string_view family_of(std::string_view rule) {
  const size_t colon = rule.find(':');
  return colon == std::string_view::npos ? std::string_view() : rule.substr(0, colon);
}

}  // namespace

cedar::EntityUid tool_uid(std::string_view route, std::string_view tool) {
  return {std::string(kTool), std::string(route) + "/" + std::string(tool)};
}

std::string_view named_type(std::string_view action) {
  if (action == "mcp:prompts/get") {
    return kPrompt;
  }
  return action.starts_with("mcp:resources/") ? kMcpResource : kTool;
}

// Makes one question. Where memory ends everything that follows is null, and the question is none.
class QuestionMaker::Maker {
 public:
  // What is made of entities is added to `made`.
  Maker(cedar::Arena& arena, const cedar::EntityStore& store,
        std::vector<const StoredEntity*>& made)
      : arena_(arena), store_(store), entities_(made) {}

  // `arguments`: a record, or null where policies see none.
  std::optional<cedar::RequestView> make(const AccessRequest& request, const Cell* arguments) {
    cedar::RequestView out;
    out.principal = principal(request.principal);
    out.action = arguments == nullptr ? action(request.action) : action_of_tool(request);
    const EntityName& route = *name(kRoute, request.route.str());
    out.resource = resource(request, route);
    out.context = context(request, out.principal, route, arguments);
    return full_ ? std::nullopt : std::optional(out);
  }

 private:
  template <typename T>
  T* take(size_t count) {
    T* out = arena_.allocate<T>(count);
    if (out == nullptr) {
      full_ = true;
    }
    return out;
  }
  template <typename T>
  const T* keep(const T& value) {
    T* out = take<T>(1);
    return out == nullptr ? &kNothing<T> : std::construct_at(out, value);
  }
  template <typename T>
  static const T kNothing;

  // As the store knows it.
  const EntityName* name(std::string_view type, std::string_view id) {
    EntityName out = EntityName::of(type, id);
    out.stored = store_.find(out);
    return keep(out);
  }
  // Two texts behind one another.
  std::string_view join(std::string_view a, std::string_view b) {
    char* out = take<char>(a.size() + b.size());
    if (out == nullptr) {
      return {};
    }
    std::memcpy(out, a.data(), a.size());
    std::memcpy(out + a.size(), b.data(), b.size());
    return {out, a.size() + b.size()};
  }

  // The entity of this name with `fields`, `tags` and what the store knows, in `parents` too.
  EntityName with(EntityName own, std::span<const CellField> fields,
                  std::span<const EntityName* const> parents,
                  std::span<const CellField> tags = {}) {
    const StoredEntity* known = store_.find(own);
    StoredEntity made;
    made.attributes =
        Cell::of_record(merged(fields, known == nullptr ? Cell::of_record({}) : known->attributes));
    made.tags = Cell::of_record(merged(tags, known == nullptr ? Cell::of_record({}) : known->tags));
    made.ancestors = ancestors(known, parents);
    made.name = own;
    const StoredEntity* kept = keep(made);
    entities_.push_back(kept);
    own.stored = kept;
    return own;
  }
  // The gate's word counts where both say something.
  std::span<const CellField> merged(std::span<const CellField> fields, const Cell& known) {
    const auto others = known.as_record();
    if (fields.empty()) {
      return others;
    }
    auto* out = take<CellField>(fields.size() + others.size());
    if (out == nullptr) {
      return {};
    }
    const auto before = [](const CellField& a, const CellField& b) {
      return cedar::name_before(a.name, b.name);
    };
    const auto* end =
        std::set_union(fields.begin(), fields.end(), others.begin(), others.end(), out, before);
    return {out, static_cast<size_t>(end - out)};
  }
  std::span<const EntityName* const> ancestors(const StoredEntity* known,
                                               std::span<const EntityName* const> parents) {
    const auto own = known == nullptr ? std::span<const EntityName* const>() : known->ancestors;
    if (parents.empty()) {
      return own;
    }
    size_t count = own.size() + parents.size();
    for (const EntityName* parent : parents) {
      count += parent->stored == nullptr ? 0 : parent->stored->ancestors.size();
    }
    const auto** out = take<const EntityName*>(count);
    if (out == nullptr) {
      return {};
    }
    const EntityName** end = std::copy(own.begin(), own.end(), out);
    for (const EntityName* parent : parents) {
      *end++ = parent;
      if (parent->stored != nullptr) {
        end = std::ranges::copy(parent->stored->ancestors, end).out;
      }
    }
    std::sort(out, end,
              [](const EntityName* a, const EntityName* b) { return cedar::compare(*a, *b) < 0; });
    return {out, static_cast<size_t>(end - out)};
  }
  // Entities of one type by name.
  std::span<const EntityName* const> names(std::string_view type,
                                           std::span<const std::string> ids) {
    const auto** out = ids.empty() ? nullptr : take<const EntityName*>(ids.size());
    if (out == nullptr) {
      return {};
    }
    for (size_t i = 0; i < ids.size(); ++i) {
      out[i] = name(type, ids[i]);
    }
    return {out, ids.size()};
  }
  Cell texts(std::span<const std::string> all) {
    auto* out = all.empty() ? nullptr : take<Cell>(all.size());
    if (out == nullptr) {
      return Cell::of_set({});
    }
    for (size_t i = 0; i < all.size(); ++i) {
      std::construct_at(out + i, Cell::of_text(all[i]));
    }
    return Cell::of_set({out, cedar::sort_set({out, all.size()})});
  }

  // Fields in the order of records (by length, then by name), which is that of the calls of `add`.
  class Fields {
   public:
    static constexpr size_t kMost = 8;
    void add(std::string_view name, const Cell& value) { fields_.at(count_++) = {name, value}; }
    [[nodiscard]] std::span<const CellField> all() const {
      return std::span(fields_).first(count_);
    }

   private:
    std::array<CellField, kMost> fields_;
    size_t count_ = 0;
  };

  EntityName principal(const Principal& who) {
    switch (who.kind) {
      case PrincipalKind::kAnonymous:
        break;
      case PrincipalKind::kApiKey:
        return key(who);
      case PrincipalKind::kUser:
        return holder(who);
      case PrincipalKind::kAgent:
        return who.acts_for ? agent(who, *who.acts_for) : holder(who);
      case PrincipalKind::kWorkload:
        return workload(who.id, names(kRole, who.roles));
    }
    return *name(kAnonymous, kAnonymousId);
  }
  EntityName key(const Principal& who) {
    const std::array fields{CellField{"name", Cell::of_text(who.name)}};
    const auto** parents = take<const EntityName*>(who.roles.size() + 1);
    if (parents == nullptr) {
      return {};
    }
    const EntityName** end = std::ranges::copy(names(kRole, who.roles), parents).out;
    if (!who.team.str().empty()) {
      *end++ = name(kTeam, who.team.str());
    }
    return with(EntityName::of(kKey, who.id), fields, {parents, end});
  }
  // Whoever holds a token that speaks of nobody else.
  EntityName holder(const Principal& who) {
    return subject(who.kind == PrincipalKind::kUser ? kUser : kAgent, who, who.id,
                   names(kRole, who.roles));
  }
  // An agent that acts for a user: what the token claims is about the user, what it grants and what
  // was granted to the principal is the agent's.
  EntityName agent(const Principal& who, const Party& user) {
    Fields fields;
    via(fields, who);
    describe(fields, who, who.id);
    fields.add("acts_for", Cell::of_entity(keep(subject(kUser, who, user.id, {}))));
    return with(EntityName::of(kAgent, who.id), fields.all(), names(kRole, who.roles));
  }
  // Whom the claims of a token are about.
  EntityName subject(std::string_view type, const Principal& who, std::string_view id,
                     std::span<const EntityName* const> roles) {
    const auto** parents = take<const EntityName*>(roles.size() + who.groups.size());
    auto* tags = take<CellField>(who.claims.size());
    if (parents == nullptr || tags == nullptr) {
      return {};
    }
    const EntityName** end = std::ranges::copy(roles, parents).out;
    end = std::ranges::copy(names(kGroup, who.groups), end).out;
    for (size_t i = 0; i < who.claims.size(); ++i) {
      std::construct_at(tags + i, CellField{who.claims[i].name, texts(who.claims[i].values)});
    }
    std::sort(tags, tags + who.claims.size(), [](const CellField& a, const CellField& b) {
      return cedar::name_before(a.name, b.name);
    });
    Fields fields;
    if (type == kAgent) {
      via(fields, who);
    }
    if (!who.name.empty()) {
      fields.add("name", Cell::of_text(who.name));
    }
    describe(fields, who, id);
    return with(EntityName::of(type, id), fields.all(), {parents, end}, {tags, who.claims.size()});
  }
  void via(Fields& fields, const Principal& who) {
    auto* out = take<Cell>(who.via.size());
    if (out == nullptr) {
      return;
    }
    for (size_t i = 0; i < who.via.size(); ++i) {
      std::construct_at(out + i, Cell::of_entity(name(kAgent, who.via[i].id)));
    }
    fields.add("via", Cell::of_set({out, cedar::sort_set({out, who.via.size()})}));
  }
  // What every holder of a token has. An id is `ISSUER/SUBJECT`.
  void describe(Fields& fields, const Principal& who, std::string_view id) {
    const size_t slash = id.find('/');
    fields.add("issuer", Cell::of_text(id.substr(0, slash)));
    fields.add("scopes", texts(who.scopes));
    fields.add("subject",
               Cell::of_text(slash == std::string_view::npos ? "" : id.substr(slash + 1)));
  }
  EntityName workload(std::string_view id, std::span<const EntityName* const> roles) {
    constexpr std::string_view kScheme = "spiffe://";
    const std::string_view rest = id.starts_with(kScheme) ? id.substr(kScheme.size()) : id;
    const size_t slash = std::min(rest.find('/'), rest.size());
    const std::array fields{CellField{"path", Cell::of_text(rest.substr(slash))},
                            CellField{"trust_domain", Cell::of_text(rest.substr(0, slash))}};
    return with(EntityName::of(kWorkload, id), fields, roles);
  }
  EntityName action(std::string_view id) {
    const EntityName* own = name(kAction, id);
    return own->stored == nullptr && id.starts_with("mcp:") ? *name(kAction, kOtherMethod) : *own;
  }
  EntityName action_of_tool(const AccessRequest& request) {
    const std::string_view route = join(join(kToolCall, ":"), request.route.str());
    return *name(kAction, join(join(route, "/"), request.tool));
  }
  EntityName resource(const AccessRequest& request, const EntityName& route) {
    if (request.protocol == kAdminProtocol) {
      return *name(kGate, kGateId);
    }
    if (!request.model.str().empty()) {
      return *name(kModel, request.model.str());
    }
    if (!request.tool.empty()) {
      const std::string_view id = join(join(request.route.str(), "/"), request.tool);
      const std::array parents{&route};
      const std::string_view type = named_type(request.action);
      Fields fields;
      if (type == kMcpResource) {
        fields.add("uri", Cell::of_text(request.tool));
      }
      return with(EntityName::of(type, id), fields.all(), parents);
    }
    return route;
  }

  Cell context(const AccessRequest& request, const EntityName& principal, const EntityName& route,
               const Cell* arguments) {
    using std::chrono::floor;
    const auto day = floor<std::chrono::days>(request.now);
    const auto hour = floor<std::chrono::hours>(request.now - day).count();
    const std::chrono::weekday weekday(day);
    const auto millis = floor<Millis>(request.now.time_since_epoch()).count();
    auto* fields = take<CellField>(kContextFields);
    if (fields == nullptr) {
      return {};
    }
    // In the order of records: by length, then by name.
    CellField* at = fields;
    const auto add = [&at](std::string_view name, const Cell& value) {
      std::construct_at(at++, CellField{name, value});
    };
    add("hour", Cell::of_number(ValueKind::kLong, hour));
    add("time", Cell::of_number(ValueKind::kDatetime, millis));
    add("attack", attack(request.findings));
    add("leaves", findings(request.findings, [](const Finding& finding) {
          return finding.handling == Handling::kSeen;
        }));
    add("proofs", texts(request.principal.proofs));
    if (const auto source = cedar::IpRange::parse(request.source); source.ok()) {
      add("source", Cell::of_ip(keep(*source)));
    }
    add("certain", findings(request.findings, [](const Finding& finding) {
          return finding.confidence >= kCertain && finding.handling != Handling::kCleared;
        }));
    add("request", Cell::of_entity(keep(call(request, route))));
    add("session", session(request.session));
    add("weekday", Cell::of_text(kWeekdays[weekday.c_encoding()]));
    add("findings", findings(request.findings, [](const Finding& finding) {
          return finding.handling != Handling::kCleared;
        }));
    add("severity", Cell::of_number(ValueKind::kLong, worst(request.findings)));
    if (const std::string& id = request.principal.workload; !id.empty()) {
      const bool itself = request.principal.kind == PrincipalKind::kWorkload;
      add("workload", Cell::of_entity(keep(itself ? principal : workload(id, {}))));
    }
    add("answering", Cell::of_bool(request.answering));
    if (arguments != nullptr) {
      add(kArguments, *arguments);
    }
    return Cell::of_record({fields, static_cast<size_t>(at - fields)});
  }
  static constexpr size_t kContextFields = 15;
  static constexpr uint8_t kCertain = 80;  // percent

  Cell session(const SessionFacts* facts) {
    static const SessionFacts kNone;
    const SessionFacts& seen = facts == nullptr ? kNone : *facts;
    auto* fields = take<CellField>(4);
    if (fields == nullptr) {
      return {};
    }
    std::construct_at(fields, CellField{"tools", texts(seen.tools)});
    std::construct_at(fields + 1,
                      CellField{"attack", Cell::of_number(ValueKind::kLong, seen.attack)});
    std::construct_at(fields + 2, CellField{"labels", texts(seen.labels)});
    std::construct_at(fields + 3, CellField{"findings", texts(seen.findings)});
    return Cell::of_record({fields, 4});
  }

  Cell attack(std::span<const Finding> all) {
    auto* fields = take<CellField>(3);
    if (fields == nullptr) {
      return {};
    }
    std::construct_at(
        fields, CellField{"score", Cell::of_number(ValueKind::kLong, worst_attack(all, false))});
    std::construct_at(fields + 1, CellField{"labels", labels_of_attacks(all)});
    std::construct_at(fields + 2, CellField{"untrusted", Cell::of_number(ValueKind::kLong,
                                                                         worst_attack(all, true))});
    return Cell::of_record({fields, 3});
  }
  Cell labels_of_attacks(std::span<const Finding> all) {
    if (std::ranges::all_of(all, [](const Finding& one) { return attack_of(one).empty(); })) {
      return Cell::of_set({});
    }
    auto* out = take<Cell>(all.size());
    if (out == nullptr) {
      return {};
    }
    size_t count = 0;
    for (const Finding& one : all) {
      const std::string_view label = attack_of(one);
      const std::span so_far(out, count);
      if (!label.empty() && one.handling != Handling::kCleared &&
          std::ranges::find(so_far, label, &Cell::as_text) == so_far.end()) {
        std::construct_at(out + count++, Cell::of_text(label));
      }
    }
    return Cell::of_set({out, cedar::sort_set({out, count})});
  }

  EntityName call(const AccessRequest& request, const EntityName& route) {
    Fields fields;
    fields.add("path", Cell::of_text(request.path));
    fields.add("bytes", Cell::of_number(ValueKind::kLong, static_cast<int64_t>(request.bytes)));
    fields.add("method", Cell::of_text(request.method));
    fields.add("stream", Cell::of_bool(request.stream));
    fields.add("protocol", Cell::of_text(request.protocol));
    fields.add("operation", Cell::of_text(request.action));
    if (request.max_tokens) {
      fields.add("max_tokens", Cell::of_number(ValueKind::kLong, *request.max_tokens));
    }
    const std::array parents{&route};
    return with(EntityName::of(kRequest, "this"), fields.all(), parents);
  }

  // The rules, and their families, of those findings that `counts`.
  template <typename Counts>
  Cell findings(std::span<const Finding> all, const Counts& counts) {
    if (all.empty()) {
      return Cell::of_set({});
    }
    auto* out = take<Cell>(2 * all.size());
    if (out == nullptr) {
      return {};
    }
    size_t count = 0;
    const auto add = [&](std::string_view text) {
      // Many findings are of few rules: what is there already need not be sorted.
      const std::span so_far(out, count);
      if (std::ranges::find(so_far, text, &Cell::as_text) == so_far.end()) {
        std::construct_at(out + count++, Cell::of_text(text));
      }
    };
    for (const Finding& finding : all) {
      if (!counts(finding)) {
        continue;
      }
      add(finding.rule);
      if (const std::string_view family = family_of(finding.rule); !family.empty()) {
        add(family);
      }
    }
    return Cell::of_set({out, cedar::sort_set({out, count})});
  }
  static int64_t worst(std::span<const Finding> all) {
    auto out = Severity::kInfo;
    for (const Finding& finding : all) {
      out = std::max(out, finding.severity);
    }
    return static_cast<int64_t>(out);
  }

  cedar::Arena& arena_;
  const cedar::EntityStore& store_;
  std::vector<const StoredEntity*>& entities_;
  bool full_ = false;
};

template <typename T>
const T QuestionMaker::Maker::kNothing{};

Result<cedar::RequestView> QuestionMaker::make(const AccessRequest& request,
                                               const cedar::EntityStore& store,
                                               const ToolActions& tools) {
  arena_.reset();
  made_.clear();
  Cell arguments = Cell::of_record({});
  const cedar::Type* type =
      request.action == kToolCall ? tools.find(request.route.str(), request.tool) : nullptr;
  if (type != nullptr && request.arguments) {
    if (request.arguments->size() > kLongestArguments) {
      return Error(ErrorKind::kTooLarge, "the call has more arguments than a decision can hold");
    }
    TRY(arguments_, formats::JsonDocument::parse(*request.arguments));
    TRY(arguments, read_arguments(arguments_->root(), *type, arena_));
  }
  if (const auto made =
          Maker(arena_, store, made_).make(request, type == nullptr ? nullptr : &arguments)) {
    return *made;
  }
  return Error(ErrorKind::kTooLarge, "the call has more findings than a decision can hold");
}

QuestionMaker::Copy QuestionMaker::copy(const cedar::RequestView& view) const {
  Copy out;
  out.request = {cedar::to_uid(view.principal), cedar::to_uid(view.action),
                 cedar::to_uid(view.resource), cedar::to_value(view.context)};
  for (const StoredEntity* made : made_) {
    cedar::Entity& entity = out.entities.emplace_back();
    entity.uid = cedar::to_uid(made->name);
    entity.attributes = cedar::to_value(made->attributes);
    entity.tags = cedar::to_value(made->tags);
    for (const EntityName* ancestor : made->ancestors) {
      entity.parents.push_back(cedar::to_uid(*ancestor));
    }
  }
  return out;
}

}  // namespace sally::policy
