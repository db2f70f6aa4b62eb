#include "ledger/event_export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "ledger/test_event.h"
#include "support/case_file.h"

namespace sally::ledger {
namespace {

using testing::HasSubstr;
using testing::Not;

AnyEvent change(Random& random) {
  return ChangeEvent{.id = Ulid::make(test_time(), random),
                     .time = test_time(),
                     .what = "key.revoke",
                     .target = "k1",
                     .who = "alice",
                     .from = "local:uid=0",
                     .before = R"({"a":1})",
                     .after = {},
                     .reason = "left, in a notebook",
                     .failure = {}};
}
AnyEvent notice(Random& random) {
  return NoticeEvent{.id = Ulid::make(test_time(), random),
                     .time = test_time(),
                     .notice = Notice::kLogRolledBack,
                     .detail = "at 17"};
}
std::string csv(const AnyEvent& event) {
  std::string out;
  append_csv(out, 7, event);
  return out;
}
std::string cef(const AnyEvent& event) {
  std::string out;
  append_cef(out, 7, event);
  return out;
}

// The fields of one record of CSV (RFC 4180), as a program reads them.
std::vector<std::string> fields_of(std::string_view record) {
  std::vector<std::string> out(1);
  bool quoted = false;
  for (size_t i = 0; i < record.size(); ++i) {
    const char c = record[i];
    if (c == '"') {
      if (quoted && i + 1 < record.size() && record[i + 1] == '"') {
        out.back() += '"';
        ++i;
      } else {
        quoted = !quoted;
      }
    } else if (c == ',' && !quoted) {
      out.emplace_back();
    } else if (record.substr(i) == "\r\n") {
      break;
    } else {
      out.back() += c;
    }
  }
  EXPECT_FALSE(quoted);
  return out;
}
std::string field(const AnyEvent& event, std::string_view name) {
  const auto names = fields_of(csv_heading());
  const auto at = static_cast<size_t>(std::ranges::find(names, name) - names.begin());
  const auto values = fields_of(csv(event));
  EXPECT_EQ(values.size(), names.size());
  return values.at(at);
}

TEST(EventExport, LooksLikeThis) {
  SeededRandom random(1);
  std::string out = csv_heading();
  const std::vector<AnyEvent> events = {RecordedEvent{.event = test_event(random)},
                                        RecordedEvent{.event = test_refusal(random)},
                                        change(random), notice(random)};
  for (const AnyEvent& event : events) {
    append_csv(out, 7, event);
  }
  for (const AnyEvent& event : events) {
    append_cef(out, 7, event);
    out += '\n';
  }
  std::erase(out, '\r');
  test::expect_snapshot("ledger_export.txt", out);
}

TEST(EventExport, CsvReadsBackWhatWasInTheEvent) {
  SeededRandom random(1);
  AccessEvent event = test_event(random);
  event.model = "a \"quoted\", model";
  const AnyEvent any = RecordedEvent{.event = event};
  EXPECT_EQ(field(any, "model"), event.model);
  EXPECT_EQ(field(any, "seq"), "7");
  EXPECT_EQ(field(any, "outcome"), "allowed");
  EXPECT_EQ(field(any, "input_tokens"), "211");
  EXPECT_EQ(field(any, "target"), "");
  EXPECT_EQ(field(change(random), "before"), R"({"a":1})");
  EXPECT_EQ(field(change(random), "status"), "");
  EXPECT_EQ(field(notice(random), "findings"), "log.rolled_back");
}

TEST(EventExport, NoSpreadsheetComputesAField) {
  SeededRandom random(1);
  AccessEvent event = test_event(random);
  for (const char* formula : {"=1+1", "+1", "-1", "@SUM(A1)"}) {
    event.model = formula;
    EXPECT_EQ(field(RecordedEvent{.event = event}, "model"), std::string("'") + formula);
  }
  event.model = "\t=1";  // what a spreadsheet would skip is no longer there
  EXPECT_EQ(field(RecordedEvent{.event = event}, "model"), "\\u0009=1");
}

TEST(EventExport, NoLineHoldsAControlCharacter) {
  SeededRandom random(1);
  AccessEvent event = test_refusal(random);
  event.model = "a\r\nCEF:0|x|\x1b[2J\xE2\x80\xA8\xE2\x80\xAE\xC2\x9B\x7F\xFF";
  event.path = event.principal_name = event.refusal->seen = event.model;
  for (const std::string& line :
       {csv(RecordedEvent{.event = event}), cef(RecordedEvent{.event = event}) + "\r\n"}) {
    const std::string_view inside = std::string_view(line).substr(0, line.size() - 2);
    EXPECT_TRUE(std::ranges::none_of(inside, [](char c) {
      return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    })) << inside;
    EXPECT_THAT(line, Not(HasSubstr("\xE2\x80\xA8")));
    EXPECT_THAT(line, Not(HasSubstr("\xC2\x9B")));
  }
}

TEST(EventExport, CefValuesCannotEndTheirField) {
  SeededRandom random(1);
  AccessEvent event = test_refusal(random);
  event.model = R"(x act=allowed | \ y)";
  EXPECT_THAT(cef(RecordedEvent{.event = event}),
              HasSubstr(R"(cs1=x act\=allowed | \\ y cs1Label=model)"));
  AnyEvent evil = change(random);
  std::get<ChangeEvent>(evil).what = R"(a|b\c)";
  EXPECT_THAT(cef(evil), HasSubstr(R"(|3004|a\|b\\c|1|rt=)"));
}

TEST(EventExport, CefSeverityFollowsTheEvents) {
  SeededRandom random(1);
  EXPECT_THAT(cef(RecordedEvent{.event = test_event(random)}), HasSubstr("|request allowed|1|"));
  EXPECT_THAT(cef(RecordedEvent{.event = test_refusal(random)}), HasSubstr("|request refused|10|"));
  AccessEvent refused = test_refusal(random);
  refused.findings.clear();
  EXPECT_THAT(cef(RecordedEvent{.event = refused}), HasSubstr("|request refused|3|"));
  EXPECT_THAT(cef(notice(random)), HasSubstr("|10|"));
}

TEST(EventExport, CefTellsTheFamiliesOfAddressesApart) {
  SeededRandom random(1);
  EXPECT_THAT(cef(RecordedEvent{.event = test_event(random)}), HasSubstr(" src=10.1.2.3 "));
  EXPECT_THAT(cef(RecordedEvent{.event = test_refusal(random)}),
              HasSubstr(" c6a2=2001:db8::7 c6a2Label=Source IPv6 Address "));
}

TEST(EventExport, SyslogIsFramedAsTheTransportAsks) {
  SeededRandom random(1);
  const AnyEvent event = notice(random);
  std::string datagram;
  append_syslog(datagram, "gate-1", event, "message", SyslogFraming::kDatagram);
  EXPECT_EQ(datagram, "<106>1 2026-11-18T11:06:40.000Z gate-1 sallyport - notice - message");
  std::string stream;
  append_syslog(stream, "", change(random), "message", SyslogFraming::kOctets);
  EXPECT_EQ(stream, "62 <110>1 2026-11-18T11:06:40.000Z - sallyport - change - message");
  EXPECT_EQ(stream.size(), 62U + 3);
}

}  // namespace
}  // namespace sally::ledger
