#include "cedar/eval/request.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "base/text.h"
#include "cedar/eval/functions.h"
#include "cedar/eval/scratch.h"
#include "cedar/names.h"

namespace sally::cedar {

using formats::JsonNumber;
using formats::JsonText;

namespace {

constexpr std::array<std::string_view, 4> kMembers{"principal", "action", "resource", "context"};

bool is_escape(std::string_view name) {
  return name.starts_with("__") && (name == "__entity" || name == "__extn" || name == "__expr");
}

}  // namespace

// Builds cells from the walk over a document: members and elements wait in a list until their
// object or array ends, then go into the arena in their order.
class RequestBuilder {
 public:
  explicit RequestBuilder(Scratch& scratch) : scratch_(scratch) {
    scratch_.request_.reset();
    scratch_.open_.clear();
    scratch_.frames_.clear();
  }

  Result<RequestView> read(std::string_view json);
  Result<RequestView> copy(const Request& request);

  // The handler of the walk.
  void key(const JsonText& key) { name_ = key.text; }
  void string(const JsonText& text) { add(Cell::of_text(text.text)); }
  void number(const JsonNumber& number);
  void boolean(bool value, size_t) { add(Cell::of_bool(value)); }
  void null(size_t offset) { fail(offset, "null is no value of Cedar"); }
  void begin_object(size_t) { open(); }
  void begin_array(size_t) {
    open();
    name_ = {};
  }
  void end_object(size_t offset);
  void end_array(size_t offset);

 private:
  void add(const Cell& cell) { scratch_.open_.push_back({name_, cell}); }
  // The name of an object or array waits under its frame, for its members overwrite name_.
  void open() {
    add(Cell{});
    scratch_.frames_.push_back(static_cast<uint32_t>(scratch_.open_.size()));
  }
  // Replaces what belongs to the innermost frame by its value.
  void close(const Cell& cell) {
    scratch_.open_.resize(scratch_.frames_.back());
    scratch_.open_.back().value = cell;
    scratch_.frames_.pop_back();
  }
  std::span<CellField> members() {
    return std::span(scratch_.open_).subspan(scratch_.frames_.back());
  }
  void fail(size_t offset, std::string_view what);
  void too_large();

  template <typename T>
  T* allocate(size_t count) {
    T* out = scratch_.request_.allocate<T>(count);
    if (out == nullptr) {
      too_large();
    }
    return out;
  }
  bool record(std::span<CellField> fields, Cell& out);
  bool entity(const Cell& from, size_t offset, Cell& out);
  bool extension(const Cell& from, size_t offset, Cell& out);
  bool escape(const CellField& member, size_t offset, Cell& out);
  // Whether the innermost array holds the arguments of a call, which have an order.
  [[nodiscard]] bool in_arguments() const;
  bool uid(const CellField& member, EntityName& out);

  Scratch& scratch_;
  std::string_view name_;
  std::optional<Error> wrong_;  // the first thing that was
};

void RequestBuilder::fail(size_t offset, std::string_view what) {
  if (!wrong_.has_value()) {
    wrong_ = Error(ErrorKind::kInvalidInput, fmt::format("request: {} at byte {}", what, offset));
  }
}

void RequestBuilder::too_large() {
  if (!wrong_.has_value()) {
    wrong_ = Error(ErrorKind::kTooLarge, "request: it needs more memory than its limit");
  }
}

void RequestBuilder::number(const JsonNumber& number) {
  const auto value = formats::json_int64(number.raw);
  if (!value.has_value()) {
    fail(number.offset,
         fmt::format("expected an integer of 64 bits, found `{}`", printable(number.raw)));
  }
  add(Cell::of_number(ValueKind::kLong, value.value_or(0)));
}

bool RequestBuilder::record(std::span<CellField> fields, Cell& out) {
  auto* cells = allocate<CellField>(fields.size());
  if (cells == nullptr) {
    return false;
  }
  std::sort(fields.begin(), fields.end(),
            [](const CellField& a, const CellField& b) { return name_before(a.name, b.name); });
  std::uninitialized_copy(fields.begin(), fields.end(), cells);
  out = Cell::of_record({cells, fields.size()});
  return true;
}

// `{"type": .., "id": ..}`.
bool RequestBuilder::entity(const Cell& from, size_t offset, Cell& out) {
  const bool two = from.kind == ValueKind::kRecord && from.size == 2;
  const Cell* type = two ? find_field(from.as_record(), "type") : nullptr;
  const Cell* id = two ? find_field(from.as_record(), "id") : nullptr;
  if (type == nullptr || id == nullptr || type->kind != ValueKind::kString ||
      id->kind != ValueKind::kString) {
    fail(offset, "expected an entity `{\"type\": .., \"id\": ..}`");
    return false;
  }
  if (!is_type_name(type->as_text())) {
    fail(offset, fmt::format("`{}` is no name of an entity type", printable(type->as_text())));
    return false;
  }
  auto* name = allocate<EntityName>(1);
  if (name == nullptr) {
    return false;
  }
  out = Cell::of_entity(std::construct_at(name, EntityName::of(type->as_text(), id->as_text())));
  return true;
}

// `{"fn": .., "arg": ..}` or `{"fn": .., "args": [..]}`.
bool RequestBuilder::extension(const Cell& from, size_t offset, Cell& out) {
  const bool two = from.kind == ValueKind::kRecord && from.size == 2;
  const Cell* name = two ? find_field(from.as_record(), "fn") : nullptr;
  const Cell* one = two ? find_field(from.as_record(), "arg") : nullptr;
  const Cell* list = two ? find_field(from.as_record(), "args") : nullptr;
  if (name == nullptr || name->kind != ValueKind::kString ||
      (one == nullptr && (list == nullptr || list->kind != ValueKind::kSet))) {
    fail(offset, "expected a call `{\"fn\": .., \"arg\": ..}`");
    return false;
  }
  const auto function = find_function(name->as_text());
  if (!function.has_value() || !gives_extension_value(*function)) {
    fail(offset,
         fmt::format("no function `{}` gives an extension value", printable(name->as_text())));
    return false;
  }
  EvalError error;
  const auto arguments = one != nullptr ? std::span(one, 1) : list->as_set();
  if (call(*function, arguments, scratch_.request_, out, error)) {
    return true;
  }
  if (error.kind == EvalErrorKind::kMemory) {
    too_large();
  } else {
    fail(offset, describe(error));
  }
  return false;
}

bool RequestBuilder::escape(const CellField& member, size_t offset, Cell& out) {
  if (member.name == "__entity") {
    return entity(member.value, offset, out);
  }
  if (member.name == "__extn") {
    return extension(member.value, offset, out);
  }
  fail(offset, "`__expr` is not supported");
  return false;
}

void RequestBuilder::end_object(size_t offset) {
  if (scratch_.frames_.size() == 1) {
    return;  // the request itself: read() takes its members from where they are
  }
  const auto fields = members();
  Cell out;
  if (fields.size() == 1 && is_escape(fields.front().name)) {
    escape(fields.front(), offset, out);
  } else if (std::any_of(fields.begin(), fields.end(),
                         [](const CellField& field) { return is_escape(field.name); })) {
    fail(offset, "an escape stands beside other members");
  } else {
    record(fields, out);
  }
  close(out);
}

bool RequestBuilder::in_arguments() const {
  const auto& frames = scratch_.frames_;
  return frames.size() > 1 && scratch_.open_[frames.back() - 1].name == "args" &&
         scratch_.open_[frames[frames.size() - 2] - 1].name == "__extn";
}

void RequestBuilder::end_array(size_t) {
  const auto elements = members();
  auto* cells = allocate<Cell>(elements.size());
  if (cells == nullptr) {
    return close(Cell{});
  }
  for (size_t i = 0; i < elements.size(); ++i) {
    std::construct_at(cells + i, elements[i].value);
  }
  const size_t count = in_arguments() ? elements.size() : sort_set({cells, elements.size()});
  close(Cell::of_set({cells, count}));
}

// A member of the request that names an entity.
bool RequestBuilder::uid(const CellField& member, EntityName& out) {
  Cell cell = member.value;
  if (cell.kind != ValueKind::kEntity && !entity(member.value, 0, cell)) {
    wrong_ = wrong_->in(member.name);
    return false;
  }
  out = *cell.entity;
  return true;
}

Result<RequestView> RequestBuilder::read(std::string_view json) {
  static constexpr formats::JsonLimits kLimits{.nul_in_names = true};
  TRY_OK(scratch_.reader_.walk(json, kLimits, *this));
  if (wrong_.has_value()) {
    return *std::move(wrong_);
  }
  if (scratch_.frames_.size() != 1) {
    return Error(ErrorKind::kInvalidInput, "request: expected an object");
  }
  RequestView out;
  unsigned found = 0;
  for (const CellField& member : members()) {
    bool ok = true;
    if (member.name == "principal") {
      ok = uid(member, out.principal);
      found |= 1;
    } else if (member.name == "action") {
      ok = uid(member, out.action);
      found |= 2;
    } else if (member.name == "resource") {
      ok = uid(member, out.resource);
      found |= 4;
    } else if (member.name == "context" && member.value.kind == ValueKind::kRecord) {
      out.context = member.value;
      found |= 8;
    } else if (member.name == "context") {
      return Error(ErrorKind::kInvalidInput, "request: `context` is no object");
    } else {
      return Error(ErrorKind::kInvalidInput,
                   fmt::format("request: unknown member `{}`", printable(member.name)));
    }
    if (!ok) {
      return *std::move(wrong_);
    }
  }
  for (size_t i = 0; i < kMembers.size(); ++i) {
    if ((found >> i & 1) == 0) {
      return Error(ErrorKind::kInvalidInput, fmt::format("request: `{}` is missing", kMembers[i]));
    }
  }
  return out;
}

Result<RequestView> RequestBuilder::copy(const Request& request) {
  RequestView out;
  const auto name = [this](const EntityUid& uid, EntityName& to) {
    const EntityName* copied = nullptr;
    const bool fits = to_name(uid, scratch_.request_, copied);
    to = fits ? *copied : EntityName{};
    return fits;
  };
  if (!name(request.principal, out.principal) || !name(request.action, out.action) ||
      !name(request.resource, out.resource) ||
      !to_cell(request.context, scratch_.request_, out.context)) {
    too_large();
    return *std::move(wrong_);
  }
  return out;
}

Result<RequestView> view_of(const Request& request, Scratch& scratch) {
  if (request.context.kind() != ValueKind::kRecord) {
    return Error(ErrorKind::kInvalidInput, "request: the context is no record");
  }
  return RequestBuilder(scratch).copy(request);
}

Result<RequestView> read_request(std::string_view json, Scratch& scratch) {
  return RequestBuilder(scratch).read(json);
}

}  // namespace sally::cedar
