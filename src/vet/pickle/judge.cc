#include "vet/pickle/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "formats/pickle/opcode.h"
#include "vet/pickle/nested.h"

namespace sally::vet::pickle {
namespace {

using formats::PickleHow;
using formats::PickleKind;
using formats::PickleValue;
namespace op = formats::pickle;

constexpr unsigned kMostAlike = 3;       // findings of one rule on one name
constexpr unsigned kMostTold = 4'000;    // different ones
constexpr unsigned kMostWithin = 2'000;  // texts that are looked into
constexpr unsigned kDeepestWithin = 4;
constexpr size_t kMostEncoded = size_t{64} << 20;  // of octets written as a text

std::string full(const formats::PickleGlobal& global) {
  return global.module + "." + global.name;
}

std::string by_whom(const Standing& standing) {
  switch (standing.origin) {
    case Origin::kStandard:
      return "a function of the standard library that no model needs";
    case Origin::kLibrary:
      return "no function that its library's models need";
    case Origin::kOther:
      break;
  }
  return "a name that is not known here";
}

}  // namespace

std::string Judge::shown(PickleValue value) const {
  return formats::render(*heap_, value);
}

void Judge::tell(RuleId rule, Severity severity, uint64_t at, std::string message,
                 std::string evidence) {
  dangerous_ |= severity >= Severity::kHigh;
  if (reading_ == Reading::kData && (severity < Severity::kHigh || rule == RuleId::kPickleExcess)) {
    return;
  }
  if (reading_ == Reading::kPerhaps && severity < Severity::kCritical) {
    return;
  }
  const std::string key = fmt::format("{} {}", row_of(rule).id, message);
  if (told_.size() >= kMostTold || ++told_[key] > kMostAlike) {
    return;
  }
  if (reading_ == Reading::kData) {
    rule = RuleId::kPickleNested;
    severity = row_of(rule).severity;
    at = within_;
    message = "a pickle within a text " + message;
  }
  examination_.add({.rule = rule,
                    .severity = severity,
                    .offset = at,
                    .message = std::move(message),
                    .evidence = std::move(evidence)});
}

Judge::Asked& Judge::asked(PickleValue global) {
  const auto row = static_cast<size_t>(global.payload());
  if (row >= asked_.size()) {
    asked_.resize(row + 1);
  }
  Asked& found = asked_[row];
  if (!found.seen) {
    found.seen = true;
    const formats::PickleGlobal& names = heap_->global(global);
    if (!names.computed) {
      found.standing = standing_of(names.module, names.name);
    }
  }
  return found;
}

void Judge::on_import(const formats::PickleImport& import) {
  const auto row = static_cast<size_t>(import.global.payload());
  const bool first = row >= asked_.size() || !asked_[row].seen;
  Asked& names = asked(import.global);
  if (first) {
    names.at = import.at;
  }
}

void Judge::end_of_stream() {
  for (size_t row = 0; row < asked_.size(); ++row) {
    Asked& one = asked_[row];
    if (!one.seen || one.judged) {
      continue;
    }
    one.judged = true;
    const PickleValue value(PickleKind::kGlobal, row);
    const formats::PickleGlobal& global = heap_->global(value);
    const std::string name = full(global);
    const Standing& standing = one.standing;
    if (global.computed) {
      tell(RuleId::kPickleComputedName, one.at, "asks for a name that only loading it tells", name);
    } else if (standing.role && *standing.role != Role::kBuilds) {
      continue;
    } else if (standing.role) {
      tell(RuleId::kPickleBuildsCode, Severity::kMedium, one.at,
           fmt::format("asks for `{}`, which builds code", name), name);
    } else if (standing.danger && !standing.constant) {
      tell(
          RuleId::kPickleDangerousName, one.at,
          fmt::format("asks for `{}`, which {}", standing.reached.empty() ? name : standing.reached,
                      what_it_does(*standing.danger)),
          name);
    } else if (standing.dunder) {
      tell(RuleId::kPickleDangerousName, one.at,
           fmt::format("asks for `{}`: a way around what a module shows", name), name);
    } else if (standing.origin != Origin::kLibrary) {
      tell(RuleId::kPickleUnknownName, one.at,
           fmt::format("asks for `{}`, which is not known here", name), name);
    }
  }
}

void Judge::judge_standing(const Standing& standing, std::string_view name, bool makes_instance,
                           uint64_t at, std::string evidence) {
  if (standing.danger) {
    tell(RuleId::kPickleDangerousCall, at,
         fmt::format("calls `{}`, which {}", standing.reached.empty() ? name : standing.reached,
                     what_it_does(*standing.danger)),
         std::move(evidence));
  } else if (standing.dunder) {
    tell(RuleId::kPickleDangerousCall, at,
         fmt::format("calls `{}`: a way around what a module shows", name), std::move(evidence));
  } else if (const bool is_class = standing.a_class || makes_instance;
             standing.origin == Origin::kStandard  ? !makes_instance
             : standing.origin == Origin::kLibrary ? !is_class || standing.dotted
                                                   : standing.telling && !makes_instance) {
    tell(RuleId::kPickleUnlistedCall, at, fmt::format("calls `{}`, {}", name, by_whom(standing)),
         std::move(evidence));
  } else {
    tell(RuleId::kPickleUnknownCall, at,
         fmt::format("{} `{}`, which is not known here",
                     is_class ? "makes an instance of" : "calls", name),
         std::move(evidence));
  }
}

void Judge::on_call(const formats::PickleCall& whole) {
  formats::PickleCall call = whole;
  if (call.callee.is(PickleKind::kPersistent)) {
    // torch before 1.6: ('module', class, file, source) is the class.
    const auto id = heap_->items(heap_->node(call.callee).arguments);
    if (id.size() >= 2 && heap_->text(id[0], 16) == "module") {
      call.callee = id[1];
    }
  }
  if (!call.callee.is(PickleKind::kGlobal)) {
    judge_call_of_result(call);
    return;
  }
  Asked& one = asked(call.callee);
  const formats::PickleGlobal& global = heap_->global(call.callee);
  if (global.computed) {
    one.judged = true;
    tell(RuleId::kPickleComputedName, Severity::kCritical, call.at,
         "calls a name that only loading it tells", shown(call.result));
    return;
  }
  const Standing& standing = one.standing;
  if (standing.role == Role::kClass || standing.role == Role::kCalled) {
    return;
  }
  if ((!standing.role || standing.role == Role::kReferenced) && ++one.calls > kMostAlike) {
    return;  // told as often as it is listed
  }
  const std::string name = full(global);
  if (standing.role && *standing.role != Role::kReferenced) {
    judge_known_call(*standing.role, call, name);
    return;
  }
  one.judged = true;
  if (standing.role) {
    tell(RuleId::kPickleUnlistedCall, call.at,
         fmt::format("calls `{}`, which models only keep", name), shown(call.result));
    return;
  }
  judge_standing(standing, name, call.how == PickleHow::kNewObj, call.at, shown(call.result));
}

void Judge::judge_known_call(Role role, const formats::PickleCall& call, std::string_view name) {
  switch (role) {
    case Role::kCaller:
      if (!call.arguments.is(PickleKind::kTuple) && !call.arguments.is(PickleKind::kList) &&
          call.arguments.is(PickleKind::kCall)) {
        tell(RuleId::kPickleIndirectCall, call.at,
             fmt::format("calls `{}` with what a call gave", name), shown(call.result));
      }
      for (const PickleValue item : heap_->items(call.arguments)) {
        judge_callback(item, call);
        if (item.is(PickleKind::kTuple)) {  // what is handed on to what is called
          for (const PickleValue inner : heap_->items(item)) {
            judge_callback(inner, call);
          }
        }
      }
      return;
    case Role::kType:
      judge_type(call, name);
      return;
    case Role::kAttribute:
      judge_attribute(call, name);
      return;
    case Role::kImporter:
      judge_import_of(call, name);
      return;
    case Role::kNested:
      judge_loaded_octets(call, name);
      return;
    case Role::kOutside:
      tell(RuleId::kPickleOutsideFile, call.at, fmt::format("`{}` reads a file beside it", name),
           shown(call.result));
      return;
    case Role::kBuilds:
      asked(call.callee).judged = true;
      tell(RuleId::kPickleBuildsCode, call.at, fmt::format("calls `{}`, which builds code", name),
           shown(call.result));
      return;
    case Role::kReferenced:
    case Role::kClass:
    case Role::kCalled:
      return;
  }
}

void Judge::judge_callback(PickleValue value, const formats::PickleCall& call) {
  if (value.is(PickleKind::kCall)) {
    const auto [module, name] = attribute_of(value);
    if (!name.empty()) {
      const Standing standing = standing_of(module, name);
      if (standing.danger || standing.dunder) {
        judge_standing(standing, module + "." + name, false, call.at, shown(call.result));
      }
    }
    return;
  }
  if (!value.is(PickleKind::kGlobal)) {
    return;
  }
  Asked& one = asked(value);
  const formats::PickleGlobal& global = heap_->global(value);
  const std::string name = full(global);
  if (global.computed) {
    one.judged = true;
    tell(RuleId::kPickleComputedName, Severity::kCritical, call.at,
         "hands over a name that only loading it tells, to be called", shown(call.result));
    return;
  }
  const Standing& standing = one.standing;
  if (standing.role == Role::kBuilds) {
    one.judged = true;
    tell(RuleId::kPickleBuildsCode, call.at, fmt::format("hands over `{}` to be called", name),
         shown(call.result));
  } else if (!standing.role && (standing.danger || standing.dunder)) {
    one.judged = true;
    judge_standing(standing, name, false, call.at, shown(call.result));
  } else if (!standing.role && standing.origin != Origin::kLibrary) {
    one.judged = true;
    tell(RuleId::kPickleUnknownCall, call.at,
         fmt::format("hands over `{}`, which is not known here, to be called", name),
         shown(call.result));
  }
}

void Judge::judge_type(const formats::PickleCall& call, std::string_view name) {
  const auto items = heap_->items(call.arguments);
  if (call.arguments.is(PickleKind::kTuple) && items.size() <= 1 &&
      !heap_->node(call.arguments).more) {
    return;
  }
  tell(RuleId::kPickleBuildsCode, call.at, fmt::format("makes a class with `{}`", name),
       shown(call.result));
}

std::pair<std::string, std::string> Judge::attribute_of(PickleValue value) const {
  std::string path;
  // getattr(getattr(global, 'a'), 'b'), from the outside in; a bound on the steps.
  for (unsigned steps = 0; steps < 16 && value.is(PickleKind::kCall); ++steps) {
    const formats::PickleNode& node = heap_->node(value);
    if (!node.callee.is(PickleKind::kGlobal) || heap_->global(node.callee).module != "builtins" ||
        heap_->global(node.callee).name != "getattr") {
      return {};
    }
    const auto items = heap_->items(node.arguments);
    if (items.size() < 2) {
      return {};
    }
    const auto name = heap_->text(items[1], 256);
    if (!name) {
      return {};
    }
    if (!path.empty()) {
      path.insert(0, ".");
    }
    path.insert(0, *name);
    value = items[0];
  }
  if (!value.is(PickleKind::kGlobal) || path.empty()) {
    return {};
  }
  const formats::PickleGlobal& global = heap_->global(value);
  return {global.module, global.name + "." + path};
}

bool Judge::is_attribute(PickleValue value) const {
  if (!value.is(PickleKind::kCall)) {
    return false;
  }
  const PickleValue callee = heap_->node(value).callee;
  if (!callee.is(PickleKind::kGlobal)) {
    return false;
  }
  const formats::PickleGlobal& global = heap_->global(callee);
  return (global.module == "builtins" && global.name == "getattr") ||
         ((global.module == "operator" || global.module == "_operator") &&
          (global.name == "attrgetter" || global.name == "methodcaller"));
}

void Judge::judge_attribute(const formats::PickleCall& call, std::string_view name) {
  const auto [module, path] = attribute_of(call.result);
  if (!path.empty()) {
    const Standing standing = standing_of(module, path);
    if (standing.danger || standing.dunder) {
      judge_standing(standing, module + "." + path, false, call.at, shown(call.result));
      return;
    }
  }
  bool telling = false;
  bool computed = !call.arguments.is(PickleKind::kTuple);
  const auto items = heap_->items(call.arguments);
  const bool getattr = name.ends_with(".getattr");
  computed |= items.size() < (getattr ? 2U : 1U);
  const size_t last = getattr ? 2 : items.size();
  for (size_t i = getattr ? 1 : 0; i < items.size() && i < last; ++i) {
    const auto text = heap_->text(items[i], 256);
    computed |= !text && (getattr || i == 0);
    if (text) {
      const Standing standing = standing_of("", *text);
      telling |= standing.telling || standing.dunder;
    }
  }
  if (computed) {
    tell(RuleId::kPickleComputedName, call.at, "reads an attribute that only loading it tells",
         shown(call.result));
    return;
  }
  if (getattr && items[0].is(PickleKind::kGlobal)) {
    const Standing& target = asked(items[0]).standing;
    telling = telling && target.origin != Origin::kLibrary;
    if (target.role && !telling) {
      return;
    }
  }
  if (getattr && items[0].plain() && !telling) {
    return;
  }
  tell(telling ? RuleId::kPickleUnlistedCall : RuleId::kPickleUnknownCall, call.at,
       fmt::format("reads an attribute with `{}`", name), shown(call.result));
}

void Judge::judge_import_of(const formats::PickleCall& call, std::string_view name) {
  const auto items = heap_->items(call.arguments);
  const auto module = items.empty() ? std::nullopt : heap_->text(items[0], 256);
  constexpr std::array<std::string_view, 2> kLibraries = {"numpy", "scipy"};
  const bool known = module && std::ranges::any_of(kLibraries, [&](std::string_view library) {
                       return module->starts_with(library) && (module->size() == library.size() ||
                                                               (*module)[library.size()] == '.');
                     });
  const auto wanted = items.size() < 2 ? std::nullopt : heap_->text(items[1], 256);
  if (known && wanted) {
    const Standing standing = standing_of(*module, *wanted);
    if (!standing.danger && !standing.dunder) {
      return;
    }
  }
  tell(RuleId::kPickleDangerousCall, call.at,
       fmt::format("calls `{}`, which imports what it is told", name), shown(call.result));
}

void Judge::judge_loaded_octets(const formats::PickleCall& call, std::string_view name) {
  const auto items = heap_->items(call.arguments);
  PickleValue octets = items.size() == 1 ? items[0] : PickleValue();
  bool encoded = false;
  if (octets.is(PickleKind::kCall)) {  // _codecs.encode(text, 'latin1'), as protocol 2 has octets
    const formats::PickleNode& node = heap_->node(octets);
    const auto text = heap_->items(node.arguments);
    encoded = node.callee.is(PickleKind::kGlobal) &&
              full(heap_->global(node.callee)) == "_codecs.encode" && text.size() == 2 &&
              text[0].is(PickleKind::kText) && heap_->text(text[1], 16) == "latin1";
    octets = encoded ? text[0] : PickleValue();
  }
  if (!encoded && !octets.is(PickleKind::kBytes) && !octets.is(PickleKind::kByteArray)) {
    tell(RuleId::kPickleUnlistedCall, call.at,
         fmt::format("calls `{}` with octets that only loading it tells", name),
         shown(call.result));
    return;
  }
  if (reading_ != Reading::kLoaded) {
    return;
  }
  const std::string member = fmt::format("octets at {}", octets.payload());
  if (encoded) {
    const auto text = heap_->text(octets, kMostEncoded);
    const std::string undone_text = undone(NestedKind::kLatin1, text.value_or(""));
    examination_.examine(formats::MemoryInput(std::string_view(undone_text)), member);
  } else if (const auto where = heap_->extent(octets); where.ok()) {
    examination_.examine(formats::PartOfInput(input_, where->at, where->length), member);
  }
}

void Judge::judge_call_of_result(const formats::PickleCall& call) {
  if (call.callee.is(PickleKind::kCall)) {
    const auto [module, path] = attribute_of(call.callee);
    if (!path.empty()) {
      judge_standing(standing_of(module, path), module + "." + path, call.how == PickleHow::kNewObj,
                     call.at, shown(call.result));
      return;
    }
    tell(RuleId::kPickleIndirectCall,
         is_attribute(call.callee) ? Severity::kCritical : Severity::kHigh, call.at,
         "calls what another call gave", shown(call.result));
    return;
  }
  tell(RuleId::kPickleIndirectCall, call.at,
       call.callee.is(PickleKind::kPersistent) ? "calls what its loader gave for an id"
                                               : "calls something that was lost sight of",
       shown(call.result));
}

void Judge::on_set(const formats::PickleSet& set) {
  const bool build = set.opcode == op::kBuild;
  if (set.target.is(PickleKind::kGlobal)) {
    asked(set.target).judged = true;
    const std::string name = shown(set.target);
    const bool pairs = set.opcode == op::kSetitem || set.opcode == op::kSetitems;
    tell(RuleId::kPicklePatch, set.at, fmt::format("changes `{}`", name),
         build   ? fmt::format("vars({}).update({})", name, shown(set.first))
         : pairs ? fmt::format("{}[{}] = {}", name, shown(set.first), shown(set.second))
                 : fmt::format("{}.append({})", name, shown(set.first)));
    return;
  }
  if (!set.target.is(PickleKind::kCall)) {
    return;
  }
  if (is_attribute(set.target)) {
    tell(RuleId::kPicklePatch, set.at, "changes what it reached through an attribute",
         fmt::format("{} <- {}", shown(set.target), shown(set.first)));
    return;
  }
  if (!build) {
    return;
  }
  const formats::PickleNode& node = heap_->node(set.target);
  const formats::PickleCall made{.how = node.how,
                                 .callee = node.callee,
                                 .arguments = set.first,
                                 .named = node.named,
                                 .result = set.first,
                                 .at = set.at};
  if (node.callee.is(PickleKind::kGlobal) && asked(node.callee).standing.role == Role::kCaller) {
    for (const PickleValue item : heap_->items(set.first)) {
      judge_callback(item, made);
    }
  }
  const auto state = heap_->items(set.first);
  if (set.first.is(PickleKind::kTuple) && state.size() == 2 && state[1].is(PickleKind::kDict)) {
    const auto slots = heap_->items(state[1]);
    for (size_t i = 0; i + 1 < slots.size(); i += 2) {
      const auto name = heap_->text(slots[i], 64);
      if (name && name->starts_with("__") && name->ends_with("__") && *name != "__dict__") {
        tell(RuleId::kPicklePatch, Severity::kHigh, set.at,
             fmt::format("sets `{}` of what it makes", *name), shown(set.first));
        return;
      }
    }
  }
}

void Judge::on_array(const formats::PickleArray& /*array*/) {
  arrays_ = true;
}

void Judge::on_extension(uint32_t code, uint64_t at) {
  tell(RuleId::kPickleComputedName, at,
       fmt::format("asks copyreg for what is registered as {}", code),
       fmt::format("copyreg._inverted_registry[{}]", code));
}

void Judge::on_excess(formats::PickleExcess excess, uint64_t how_much, uint64_t at) {
  switch (excess) {
    case formats::PickleExcess::kMemoIndex:
      tell(RuleId::kPickleExcess, at, fmt::format("makes room for {} values", how_much), {});
      return;
    case formats::PickleExcess::kLength:
      tell(RuleId::kPickleExcess, at, fmt::format("asks for {} octets at once", how_much), {});
      return;
    case formats::PickleExcess::kDigits:
      tell(RuleId::kPickleExcess, Severity::kMedium, at,
           fmt::format("a number of {} digits, whose reading costs their square", how_much), {});
      return;
    case formats::PickleExcess::kDepth:
      tell(RuleId::kPickleExcess, Severity::kMedium, at,
           fmt::format("values within values, {} deep", how_much), {});
      return;
  }
}

void Judge::on_data(const formats::PickleData& data) {
  const NestedKind kind = may_hold_pickle(data.kind, as_text(data.head));
  if (kind == NestedKind::kNone || depth_ >= kDeepestWithin || looked_within_ >= kMostWithin) {
    return;
  }
  ++looked_within_;
  constexpr size_t kMostDecoded = size_t{4} << 20;
  if (kind == NestedKind::kRaw) {
    const formats::PartOfInput part(input_, data.at, data.length);
    look_within(part, data.at);
    return;
  }
  if (const auto text = heap_->text(data.value, kMostDecoded)) {
    const std::string octets = undone(kind, *text);
    const formats::MemoryInput inner{std::string_view(octets)};
    look_within(inner, data.at);
  }
}

void Judge::look_within(const formats::Input& inner, uint64_t at) {
  Judge judge(inner, examination_, Reading::kData, depth_ + 1,
              reading_ == Reading::kData ? within_ : at);
  formats::PickleOptions options;
  options.limits = {.stack = 100'000,
                    .marks = 10'000,
                    .memo = 100'000,
                    .nodes = 50'000,
                    .items = 200'000,
                    .items_each = 64,
                    .globals = 5'000};
  formats::PickleMachine machine(inner, judge, options);
  judge.reads(machine.heap());
  (void)machine.run(0);
  dangerous_ |= judge.dangerous();
}

}  // namespace sally::vet::pickle
