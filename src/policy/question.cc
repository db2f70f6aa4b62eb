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

// Makes one question. Where memory ends everything that follows is null, and the question is none.
class QuestionMaker::Maker {
 public:
  Maker(cedar::Arena& arena, const cedar::EntityStore& store) : arena_(arena), store_(store) {}

  std::optional<cedar::RequestView> make(const AccessRequest& request) {
    cedar::RequestView out;
    out.principal = principal(request.principal);
    out.action = action(request.action);
    const EntityName& route = *name(kRoute, request.route.str());
    out.resource = resource(request, route);
    out.context = context(request, route);
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

  // The entity of this name with `fields` and what the store knows, in `parent` too.
  EntityName with(EntityName own, std::span<const CellField> fields, const EntityName* parent) {
    const StoredEntity* known = store_.find(own);
    StoredEntity made;
    made.attributes = Cell::of_record(merged(known, fields));
    made.tags = known == nullptr ? Cell::of_record({}) : known->tags;
    made.ancestors = ancestors(known, parent);
    made.name = own;
    own.stored = keep(made);
    return own;
  }
  // The gate's word counts where both say something.
  std::span<const CellField> merged(const StoredEntity* known, std::span<const CellField> fields) {
    const auto others =
        known == nullptr ? std::span<const CellField>() : known->attributes.as_record();
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
                                               const EntityName* parent) {
    const auto own = known == nullptr ? std::span<const EntityName* const>() : known->ancestors;
    if (parent == nullptr) {
      return own;
    }
    const auto above = parent->stored == nullptr ? std::span<const EntityName* const>()
                                                 : parent->stored->ancestors;
    const auto** out = take<const EntityName*>(own.size() + above.size() + 1);
    if (out == nullptr) {
      return {};
    }
    const EntityName** end = std::copy(own.begin(), own.end(), out);
    end = std::copy(above.begin(), above.end(), end);
    *end++ = parent;
    std::sort(out, end,
              [](const EntityName* a, const EntityName* b) { return cedar::compare(*a, *b) < 0; });
    return {out, static_cast<size_t>(end - out)};
  }

  EntityName principal(const Principal& who) {
    if (who.kind == PrincipalKind::kAnonymous) {
      return *name(kAnonymous, kAnonymousId);
    }
    const std::array fields{CellField{"name", Cell::of_text(who.name)}};
    const EntityName* team = who.team.str().empty() ? nullptr : name(kTeam, who.team.str());
    return with(EntityName::of(kKey, who.id.str()), fields, team);
  }
  EntityName action(std::string_view id) {
    const EntityName* own = name(kAction, id);
    return own->stored == nullptr && id.starts_with("mcp:") ? *name(kAction, kOtherMethod) : *own;
  }
  EntityName resource(const AccessRequest& request, const EntityName& route) {
    if (!request.model.str().empty()) {
      return *name(kModel, request.model.str());
    }
    if (!request.tool.empty()) {
      const std::string_view id = join(join(request.route.str(), "/"), request.tool);
      return with(EntityName::of(kTool, id), {}, &route);
    }
    return route;
  }

  Cell context(const AccessRequest& request, const EntityName& route) {
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
    if (const auto source = cedar::IpRange::parse(request.source); source.ok()) {
      add("source", Cell::of_ip(keep(*source)));
    }
    add("request", Cell::of_entity(keep(call(request, route))));
    add("weekday", Cell::of_text(kWeekdays[weekday.c_encoding()]));
    add("findings", findings(request.findings));
    add("severity", Cell::of_number(ValueKind::kLong, worst(request.findings)));
    add("answering", Cell::of_bool(request.answering));
    return Cell::of_record({fields, static_cast<size_t>(at - fields)});
  }
  static constexpr size_t kContextFields = 8;

  EntityName call(const AccessRequest& request, const EntityName& route) {
    std::array<CellField, 7> fields;
    size_t count = 0;
    const auto add = [&](std::string_view name, const Cell& value) {
      fields[count++] = {name, value};
    };
    add("path", Cell::of_text(request.path));
    add("bytes", Cell::of_number(ValueKind::kLong, static_cast<int64_t>(request.bytes)));
    add("method", Cell::of_text(request.method));
    add("stream", Cell::of_bool(request.stream));
    add("protocol", Cell::of_text(request.protocol));
    add("operation", Cell::of_text(request.action));
    if (request.max_tokens) {
      add("max_tokens", Cell::of_number(ValueKind::kLong, *request.max_tokens));
    }
    return with(EntityName::of(kRequest, "this"), std::span(fields).first(count), &route);
  }

  Cell findings(std::span<const Finding> all) {
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
  bool full_ = false;
};

template <typename T>
const T QuestionMaker::Maker::kNothing{};

Result<cedar::RequestView> QuestionMaker::make(const AccessRequest& request,
                                               const cedar::EntityStore& store) {
  arena_.reset();
  if (const auto made = Maker(arena_, store).make(request)) {
    return *made;
  }
  return Error(ErrorKind::kTooLarge, "the call has more findings than a decision can hold");
}

QuestionMaker::Copy QuestionMaker::copy(const cedar::RequestView& view) const {
  Copy out;
  out.request = {cedar::to_uid(view.principal), cedar::to_uid(view.action),
                 cedar::to_uid(view.resource), cedar::to_value(view.context)};
  const Cell* call = cedar::find_field(view.context.as_record(), "request");
  for (const EntityName* name : {&view.principal, &view.resource, call->entity}) {
    if (name->stored == nullptr) {
      continue;
    }
    cedar::Entity& entity = out.entities.emplace_back();
    entity.uid = cedar::to_uid(*name);
    entity.attributes = cedar::to_value(name->stored->attributes);
    entity.tags = cedar::to_value(name->stored->tags);
    for (const EntityName* ancestor : name->stored->ancestors) {
      entity.parents.push_back(cedar::to_uid(*ancestor));
    }
  }
  return out;
}

}  // namespace sally::policy
