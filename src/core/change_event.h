// The events that are no access: what administrators change, and what the ledger reports of itself.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ids.h"
#include "core/finding.h"

namespace sally {

// One administrative change, or the attempt at one. No field ever holds a secret.
struct ChangeEvent {
  Ulid id;
  WallTime time;
  std::string what;    // kind of thing and verb: `key.create`, `config.reload`, `hold.place`
  std::string target;  // which one: the key's id, the file, the range; empty where there is but one
  std::string who;     // `admin:alice`, `uid=0`, `sallyport` where the program did it by itself
  std::string from{};  // `10.1.2.3`, `local:uid=0`; empty where the program did it by itself
  std::string before{};   // what was: JSON or text; empty where there was nothing
  std::string after{};    // what is now, the same way
  std::string reason{};   // what the person said it is for
  std::string failure{};  // why it was not done; empty: it was
};

enum class Notice : uint8_t {
#define SALLY_NOTICE(constant, name, severity, title) constant,
#include "core/notices.def"
#undef SALLY_NOTICE
};

struct NoticeRow {
  Notice notice;
  std::string_view name;
  Severity severity;
  std::string_view title;
};
const NoticeRow& row_of(Notice notice);
// Every kind of notice, in the order of the table.
std::span<const NoticeRow> notice_table();

// Something that the ledger found out about itself, for whoever has to look into it.
struct NoticeEvent {
  Ulid id;
  WallTime time;
  Notice notice;
  std::string detail;  // where and how: the sequence numbers, the sizes, the file
};

}  // namespace sally
