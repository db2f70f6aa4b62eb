#include "ledger/event_json.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <type_traits>

#include "ledger/event_kinds.h"

namespace sally::ledger {
namespace {

using namespace kinds;  // NOLINT(google-build-using-namespace): the tables name them
using formats::JsonDocument;

constexpr uint64_t kApiActivity = 6003;
constexpr uint64_t kAuthentication = 3002;
constexpr uint64_t kEntityManagement = 3004;
constexpr uint64_t kDetectionFinding = 2004;

// Writes a table's members through a bare pointer: that there is room was proved when the program
// was compiled. Every member is followed by a comma; the bracket behind the last one takes its
// place.
class Encoder {
 public:
  Encoder(char* to, unsigned mask) : at_(to), mask_(mask) { *at_++ = '{'; }

  template <size_t kSize>
  void open(const char (&key)[kSize]) {
    objects_[depth_++] = {at_, at_ + kSize - 1, "},"};
    literal(key);
  }
  template <size_t kSize>
  void open_list(const char (&key)[kSize]) {
    objects_[depth_++] = {at_, at_ + kSize - 1, "}],"};
    literal(key);
  }
  void close() {
    const Object& object = objects_[--depth_];
    if (at_ == object.inside) {
      at_ = object.begin;
    } else {
      at_ = put_literal(at_ - 1, object.end);
    }
  }
  template <typename Kind, size_t kSize, typename Value>
  void field(unsigned classes, const char (&key)[kSize], const Value& value) {
    if ((classes & mask_) != 0 && Kind::present(value)) {
      literal(key);
      at_ = Kind::put(at_, value);
      *at_++ = ',';
    }
  }
  template <size_t kSize>
  void fixed(unsigned classes, const char (&json)[kSize]) {
    if ((classes & mask_) != 0 && at_ != objects_[depth_ - 1].inside) {
      literal(json);
    }
  }
  // The end of what was written.
  char* finish() {
    at_[-1] = '}';
    return at_;
  }

 private:
  struct Object {
    char* begin;
    char* inside;
    std::string_view end;
  };
  template <size_t kSize>
  void literal(const char (&text)[kSize]) {
    std::memcpy(at_, text, kSize - 1);
    at_ += kSize - 1;
  }

  char* at_;
  unsigned mask_;
  size_t depth_ = 0;
  std::array<Object, 4> objects_;
};

// Reads a table's members from an object.
class Decoder {
 public:
  Decoder(const JsonValue& root, unsigned mask) : mask_(mask), objects_{root} {}

  void open(std::string_view name) {
    const auto& outer = objects_[depth_];
    objects_[++depth_] = outer ? outer->find(name) : std::nullopt;
  }
  // The first element of the array.
  void open_list(std::string_view name) {
    open(name);
    auto& list = objects_[depth_];
    if (list && list->is_array() && list->size() > 0) {
      list = *list->begin();
    } else {
      list = std::nullopt;
    }
  }
  void close() { --depth_; }
  template <typename Kind, typename Value>
  Result<> field(unsigned classes, std::string_view name, Value& value) {
    if ((classes & mask_) == 0) {
      return ok();
    }
    const auto& object = objects_[depth_];
    const auto json = object ? object->find(name) : std::nullopt;
    if (!json) {
      if constexpr (Kind::kAbsent.empty()) {
        return Error(ErrorKind::kCorrupt, fmt::format("`{}` is missing", name));
      }
      return ok();
    }
    auto read = Kind::read(*json, value);
    if (!read) {
      return Error(ErrorKind::kCorrupt, fmt::format("`{}`: {}", name, read.error().message()));
    }
    return ok();
  }

 private:
  unsigned mask_;
  size_t depth_ = 0;
  std::array<std::optional<JsonValue>, 5> objects_;
};

#define SALLY_EVENT_OPEN(name) out.open("\"" name "\":{");
#define SALLY_EVENT_LIST(name) out.open_list("\"" name "\":[{");
#define SALLY_EVENT_FIELD(classes, name, kind, value, help) \
  out.field<kind>(classes, "\"" name "\":", event.value);
#define SALLY_EVENT_DERIVED(classes, name, kind, help) \
  out.field<kind>(classes, "\"" name "\":", event);
#define SALLY_EVENT_FIXED(classes, json, help) out.fixed(classes, json ",");
#define SALLY_EVENT_CLOSE() out.close();

[[gnu::flatten]] char* put_event(char* to, const AccessEvent& event) {
  Encoder out(to, is_authentication(event) ? kAuth : kApi);
#include "ledger/events/access.def"
  return out.finish();
}
char* put_event(char* to, const ChangeEvent& event) {
  Encoder out(to, kBoth);
#include "ledger/events/change.def"
  return out.finish();
}
char* put_event(char* to, const NoticeEvent& event) {
  Encoder out(to, kBoth);
#include "ledger/events/notice.def"
  return out.finish();
}

#include "ledger/events/end.def"

#define SALLY_EVENT_OPEN(name) in.open(name);
#define SALLY_EVENT_LIST(name) in.open_list(name);
#define SALLY_EVENT_FIELD(classes, name, kind, value, help) \
  TRY_OK(in.field<kind>(classes, name, event.value));
#define SALLY_EVENT_DERIVED(classes, name, kind, help)
#define SALLY_EVENT_FIXED(classes, json, help)
#define SALLY_EVENT_CLOSE() in.close();

Result<> read_event(const JsonValue& object, unsigned mask, AccessEvent& event) {
  Decoder in(object, mask);
#include "ledger/events/access.def"
  return ok();
}
Result<> read_event(const JsonValue& object, unsigned mask, ChangeEvent& event) {
  Decoder in(object, mask);
#include "ledger/events/change.def"
  return ok();
}
Result<> read_event(const JsonValue& object, unsigned mask, NoticeEvent& event) {
  Decoder in(object, mask);
#include "ledger/events/notice.def"
  return ok();
}

#include "ledger/events/end.def"

// What an event of a class can need at most, from the table alone.
#define SALLY_EVENT_OPEN(name) +sizeof name + 8
#define SALLY_EVENT_LIST(name) +sizeof name + 8
#define SALLY_EVENT_FIELD(classes, name, kind, value, help) \
  +(((classes) & kMask) == 0 ? 0 : sizeof name + 4 + kind::kRoom)
#define SALLY_EVENT_DERIVED(classes, name, kind, help) \
  +(((classes) & kMask) == 0 ? 0 : sizeof name + 4 + kind::kRoom)
#define SALLY_EVENT_FIXED(classes, json, help) +sizeof json + 1
#define SALLY_EVENT_CLOSE() +0
template <unsigned kMask>
constexpr size_t kAccessRoom = 2
#include "ledger/events/access.def"
    ;
template <unsigned kMask>
constexpr size_t kChangeRoom = 2
#include "ledger/events/change.def"
    ;
template <unsigned kMask>
constexpr size_t kNoticeRoom = 2
#include "ledger/events/notice.def"
    ;
#include "ledger/events/end.def"
static_assert(kAccessRoom<kApi> <= kMaxEntryBytes);
static_assert(kAccessRoom<kAuth> <= kMaxEntryBytes);
static_assert(kChangeRoom<kBoth> <= kMaxEntryBytes);
static_assert(kNoticeRoom<kBoth> <= kMaxEntryBytes);

template <typename Event>
void append(std::string& out, const Event& event) {
  // One per thread: nothing is cleared, and only what an event needs is touched.
  thread_local const std::unique_ptr<char[]> buffer(new char[kMaxEntryBytes]);
  const char* const end = put_event(buffer.get(), event);
  out.append(buffer.get(), static_cast<size_t>(end - buffer.get()));
}

// What every class has: who may be asked of an event whose class is not known.
struct Basics {
  uint64_t class_uid;
  Ulid id;
  WallTime time;
};
Result<Basics> read_basics(const JsonValue& root) {
  TRY(const JsonValue class_uid, root.member("class_uid"));
  TRY(const uint64_t uid, class_uid.as_uint64());
  TRY(const JsonValue metadata, root.member("metadata"));
  TRY(const std::string_view id, metadata.string("uid"));
  TRY(const Ulid ulid, Ulid::parse(id));
  Basics basics{.class_uid = uid, .id = ulid, .time = {}};
  TRY(const JsonValue time, root.member("time"));
  TRY_OK(Time::read(time, basics.time));
  return basics;
}

Result<RecordedEvent> read_access(const JsonValue& root, const Basics& basics) {
  RecordedEvent recorded{.event = {.id = basics.id, .time = basics.time}};
  const bool authentication = basics.class_uid == kAuthentication;
  TRY_OK(read_event(root, authentication ? kAuth : kApi, recorded.event));
  if (authentication != is_authentication(recorded.event)) {
    return Error(ErrorKind::kCorrupt, "`class_uid` does not fit the stage of the refusal");
  }
  recorded.findings_total = recorded.event.findings.size();
  if (const auto unmapped = root.find("unmapped")) {
    if (const auto total = unmapped->find("findings_total")) {
      TRY(recorded.findings_total, total->as_uint64());
    }
  }
  return recorded;
}

Result<AnyEvent> read_any(const JsonValue& root) {
  TRY(const Basics basics, read_basics(root));
  switch (basics.class_uid) {
    case kApiActivity:
    case kAuthentication: {
      TRY(RecordedEvent access, read_access(root, basics));
      return AnyEvent(std::move(access));
    }
    case kEntityManagement: {
      ChangeEvent change{.id = basics.id, .time = basics.time, .what = {}, .target = {}, .who = {}};
      TRY_OK(read_event(root, kBoth, change));
      return AnyEvent(std::move(change));
    }
    case kDetectionFinding: {
      NoticeEvent notice{.id = basics.id, .time = basics.time, .notice = {}, .detail = {}};
      TRY_OK(read_event(root, kBoth, notice));
      return AnyEvent(std::move(notice));
    }
    default:
      if (basics.class_uid > UINT32_MAX) {
        return Error(ErrorKind::kCorrupt, "`class_uid` is too large");
      }
      return AnyEvent(OtherEvent{.class_uid = static_cast<uint32_t>(basics.class_uid),
                                 .id = basics.id,
                                 .time = basics.time});
  }
}

constexpr std::string_view kSeqHead = "{\"seq\":";
constexpr formats::JsonLimits kEntryLimits = {.bytes = 1 << 20, .depth = 40};

}  // namespace

void append_event(std::string& out, const AccessEvent& event) {
  append(out, event);
}
void append_change(std::string& out, const ChangeEvent& event) {
  append(out, event);
}
void append_notice(std::string& out, const NoticeEvent& event) {
  append(out, event);
}

Result<AnyEvent> parse_any(std::string_view json) {
  if (json.find_first_of("\r\n") != std::string_view::npos) {
    return Error(ErrorKind::kCorrupt, "an entry is one line");
  }
  auto document = JsonDocument::parse(json, kEntryLimits);
  if (!document) {
    return Error(ErrorKind::kCorrupt, document.error().message());
  }
  auto event = read_any(document->root());
  if (!event) {
    return Error(ErrorKind::kCorrupt, event.error().message());
  }
  return event;
}

Result<RecordedEvent> parse_event(std::string_view json) {
  TRY(AnyEvent event, parse_any(json));
  if (auto* const access = std::get_if<RecordedEvent>(&event)) {
    return std::move(*access);
  }
  return Error(ErrorKind::kNotFound, "the event is not of an access");
}

const Ulid& id_of(const AnyEvent& event) {
  return std::visit(
      [](const auto& one) -> const Ulid& {
        if constexpr (std::is_same_v<std::decay_t<decltype(one)>, RecordedEvent>) {
          return one.event.id;
        } else {
          return one.id;
        }
      },
      event);
}
WallTime time_of(const AnyEvent& event) {
  return std::visit(
      [](const auto& one) {
        if constexpr (std::is_same_v<std::decay_t<decltype(one)>, RecordedEvent>) {
          return one.event.time;
        } else {
          return one.time;
        }
      },
      event);
}

void append_line(std::string& out, uint64_t seq, std::string_view entry) {
  char number[20];
  const auto end = std::to_chars(number, number + sizeof number, seq).ptr;
  out += kSeqHead;
  out.append(number, static_cast<size_t>(end - number));
  out += ',';
  out += entry.substr(1);  // behind its bracket
  out += '\n';
}

}  // namespace sally::ledger
