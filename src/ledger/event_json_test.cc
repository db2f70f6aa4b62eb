#include "ledger/event_json.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "formats/json/document.h"
#include "ledger/event_reference.h"
#include "ledger/test_event.h"
#include "support/case_file.h"

namespace sally::ledger {
namespace {

using formats::JsonDocument;

std::string json_of(const AccessEvent& event) {
  std::string out;
  append_event(out, event);
  return out;
}
std::string json_of(const ChangeEvent& event) {
  std::string out;
  append_change(out, event);
  return out;
}
std::string json_of(const NoticeEvent& event) {
  std::string out;
  append_notice(out, event);
  return out;
}

AccessEvent test_stranger(Random& random) {
  AccessEvent event = test_refusal(random);
  event.refusal->stage = Stage::kIdentity;
  event.refusal->kind = ErrorKind::kUnauthenticated;
  event.principal = {};
  event.route = "main";
  return event;
}
ChangeEvent test_change(Random& random) {
  return {.id = Ulid::make(test_time(), random),
          .time = test_time(),
          .what = "key.revoke",
          .target = "k7f3a9",
          .who = "alice",
          .from = "local:uid=0",
          .before = R"({"name":"demo","routes":["a","b"],"rpm":1.50,"old":null,"on":true})",
          .after = "revoked",
          .reason = "found in a notebook",
          .failure = {}};
}
NoticeEvent test_notice(Random& random) {
  return {.id = Ulid::make(test_time(), random),
          .time = test_time(),
          .notice = Notice::kClockBack,
          .detail = "by 3 s, at entry 17"};
}

// A text of `size` bytes each of which becomes six.
std::string worst(size_t size) {
  return std::string(size, '\x01');
}

TEST(EventJson, TheReferenceIsWhatTheTablesSay) {
  test::expect_snapshot("../../docs/events.md", events_reference());
}

TEST(EventJson, EntriesLookLikeThis) {
  SeededRandom random(1);
  std::string lines;
  for (const AccessEvent& event :
       {test_event(random), test_refusal(random), test_stranger(random)}) {
    lines += json_of(event) + "\n";
  }
  lines += json_of(test_change(random)) + "\n";
  lines += json_of(test_notice(random)) + "\n";
  test::expect_snapshot("ledger_entries.jsonl", lines);
}

TEST(EventJson, ATypicalAccessIsSmall) {
  SeededRandom random(1);
  EXPECT_LE(json_of(test_event(random)).size(), 1'280U);
  EXPECT_LE(json_of(test_refusal(random)).size(), 1'224U);
}

TEST(EventJson, ReadsBackWhatItWrote) {
  SeededRandom random(2);
  AccessEvent cancelled = test_event(random);
  cancelled.outcome = Outcome::kCancelled;
  cancelled.tokens_estimated = true;
  cancelled.output_tokens = -1;
  AccessEvent failed = test_refusal(random);
  failed.outcome = Outcome::kFailed;
  failed.policy = test_event(random).policy;
  failed.policy->determining = {"first", "a \"second\""};
  failed.policy->failed = {{"third", "`context.x` is missing"}};
  failed.tool = "send_mail";
  failed.max_tokens = 0;
  failed.messages = 3;
  AccessEvent delegated = test_event(random);
  delegated.principal_kind = PrincipalKind::kAgent;
  delegated.principal = "corp/travel-bot";
  delegated.acts_for = "corp/alice";
  delegated.via = "corp/planner corp/router";
  delegated.proofs = "corp certificate";
  delegated.workload = "spiffe://corp/batch";
  delegated.session = "corp/s-1";
  delegated.token = "corp/t-1";
  delegated.grants = "g-1 g-2";
  delegated.break_glass = true;
  AccessEvent compared = test_event(random);
  compared.shadow = failed.policy;
  compared.shadow->allowed = false;
  compared.shadow->failed.clear();  // not told
  for (const AccessEvent& event : {test_event(random), test_refusal(random), test_stranger(random),
                                   cancelled, failed, compared, delegated}) {
    const std::string json = json_of(event);
    const auto back = parse_event(json);
    ASSERT_TRUE(back.ok()) << back.error().message();
    const AccessEvent& read = back->event;
    EXPECT_EQ(back->findings_total, event.findings.size());
    EXPECT_EQ(json_of(read), json);
    EXPECT_EQ(read.id, event.id);
    EXPECT_EQ(read.time, event.time);
    EXPECT_EQ(read.outcome, event.outcome);
    EXPECT_EQ(read.principal_kind, event.principal_kind);
    EXPECT_EQ(read.principal, event.principal);
    EXPECT_EQ(read.acts_for, event.acts_for);
    EXPECT_EQ(read.via, event.via);
    EXPECT_EQ(read.proofs, event.proofs);
    EXPECT_EQ(read.workload, event.workload);
    EXPECT_EQ(read.session, event.session);
    EXPECT_EQ(read.token, event.token);
    EXPECT_EQ(read.grants, event.grants);
    EXPECT_EQ(read.break_glass, event.break_glass);
    EXPECT_EQ(read.team, event.team);
    EXPECT_EQ(read.route, event.route);
    EXPECT_EQ(read.action, event.action);
    EXPECT_EQ(read.model, event.model);
    EXPECT_EQ(read.upstream, event.upstream);
    EXPECT_EQ(read.upstream_model, event.upstream_model);
    EXPECT_EQ(read.policy, event.policy);
    EXPECT_EQ(read.shadow, event.shadow);
    EXPECT_EQ(read.tool, event.tool);
    EXPECT_EQ(read.max_tokens, event.max_tokens);
    EXPECT_EQ(read.messages, event.messages);
    EXPECT_EQ(read.input_tokens, event.input_tokens);
    EXPECT_EQ(read.output_tokens, event.output_tokens);
    EXPECT_EQ(read.tokens_estimated, event.tokens_estimated);
    EXPECT_EQ(read.duration_us, event.duration_us);
    EXPECT_EQ(read.request_coverage, event.request_coverage);
    EXPECT_EQ(read.response_coverage, event.response_coverage);
    ASSERT_EQ(read.refusal.has_value(), event.refusal.has_value());
    if (event.refusal) {
      EXPECT_EQ(read.refusal->stage, event.refusal->stage);
      EXPECT_EQ(read.refusal->kind, event.refusal->kind);
      EXPECT_EQ(read.refusal->rule, event.refusal->rule);
      EXPECT_EQ(read.refusal->seen, event.refusal->seen);
      EXPECT_EQ(read.refusal->expected, event.refusal->expected);
      EXPECT_EQ(read.refusal->hint, event.refusal->hint);
    }
    ASSERT_EQ(read.findings.size(), event.findings.size());
    for (size_t i = 0; i < event.findings.size(); ++i) {
      EXPECT_EQ(read.findings[i].rule, event.findings[i].rule);
      EXPECT_EQ(read.findings[i].severity, event.findings[i].severity);
      EXPECT_EQ(read.findings[i].place, event.findings[i].place);
      EXPECT_EQ(read.findings[i].offset, event.findings[i].offset);
    }
  }
}

TEST(EventJson, AnEventWithNothingInItIsAnEventToo) {
  SeededRandom random(2);
  const AccessEvent event{.id = Ulid::make(test_time(), random), .time = test_time()};
  const auto back = parse_event(json_of(event));
  ASSERT_TRUE(back.ok()) << back.error().message();
  EXPECT_EQ(json_of(back->event), json_of(event));
  EXPECT_EQ(back->event.action, "");
}

TEST(EventJson, ReadsChangesAndNoticesBack) {
  SeededRandom random(3);
  const ChangeEvent change = test_change(random);
  const auto any = parse_any(json_of(change));
  ASSERT_TRUE(any.ok()) << any.error().message();
  const auto& read = std::get<ChangeEvent>(*any);
  EXPECT_EQ(id_of(*any), change.id);
  EXPECT_EQ(time_of(*any), change.time);
  EXPECT_EQ(read.what, change.what);
  EXPECT_EQ(read.target, change.target);
  EXPECT_EQ(read.who, change.who);
  EXPECT_EQ(read.from, change.from);
  EXPECT_EQ(read.before, change.before);
  EXPECT_EQ(read.after, change.after);
  EXPECT_EQ(read.reason, change.reason);
  EXPECT_EQ(read.failure, change.failure);

  for (const NoticeRow& row : notice_table()) {
    NoticeEvent notice = test_notice(random);
    notice.notice = row.notice;
    const auto back = parse_any(json_of(notice));
    ASSERT_TRUE(back.ok()) << back.error().message();
    EXPECT_EQ(std::get<NoticeEvent>(*back).notice, row.notice);
    EXPECT_EQ(std::get<NoticeEvent>(*back).detail, notice.detail);
  }
  EXPECT_EQ(parse_event(json_of(change)).error().kind(), ErrorKind::kNotFound);
}

TEST(EventJson, TheNumbersOfAClassFitTogether) {
  SeededRandom random(4);
  std::vector<std::string> all;
  for (const char* method : {"POST", "GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", ""}) {
    AccessEvent event = test_event(random);
    event.method = method;
    all.push_back(json_of(event));
  }
  for (const char* what : {"key.create", "key.revoke", "config.reload", "a", "a.b.c", ""}) {
    ChangeEvent change = test_change(random);
    change.what = what;
    all.push_back(json_of(change));
  }
  all.push_back(json_of(test_stranger(random)));
  all.push_back(json_of(test_notice(random)));
  for (const std::string& json : all) {
    const auto document = JsonDocument::parse(json);
    ASSERT_TRUE(document.ok()) << json;
    const auto number = [&](std::string_view name) { return *document->root().int64(name); };
    EXPECT_EQ(number("class_uid") / 1000, number("category_uid")) << json;
    EXPECT_EQ(number("class_uid") * 100 + number("activity_id"), number("type_uid")) << json;
    EXPECT_TRUE(number("severity_id") >= 1 && number("severity_id") <= 5) << json;
    EXPECT_EQ(number("activity_id") == 99, document->root().find("activity_name").has_value());
  }
}

TEST(EventJson, AnEventIsAsSevereAsItsWorstFinding) {
  SeededRandom random(4);
  AccessEvent event = test_event(random);
  EXPECT_NE(json_of(event).find(R"("severity_id":1,)"), std::string::npos);
  event.findings = test_refusal(random).findings;
  event.findings[0].severity = Severity::kHigh;
  event.findings.push_back(event.findings[0]);
  event.findings[1].severity = Severity::kInfo;
  EXPECT_NE(json_of(event).find(R"("severity_id":4,)"), std::string::npos);
}

TEST(EventJson, AnEntryIsOneLineWhateverTheCallerSent) {
  SeededRandom random(3);
  AccessEvent event = test_event(random);
  event.model = std::string("\n\r\x1b[31m\"\\\0\x7F\xFF", 13);
  event.path = "/\xE2\x80\xA8/\xE2\x80\xAE/\xC2\x9B/\xEF\xBB\xBF/\xC3\xA9";
  const std::string json = json_of(event);
  EXPECT_TRUE(std::ranges::all_of(
      json, [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F; }));
  for (const std::string_view bad : {"\xE2\x80\xA8", "\xE2\x80\xAE", "\xC2\x9B", "\xEF\xBB\xBF"}) {
    EXPECT_EQ(json.find(bad), std::string::npos);
  }
  const auto back = parse_event(json);
  ASSERT_TRUE(back.ok()) << back.error().message();
  EXPECT_EQ(back->event.model, std::string("\n\r\x1b[31m\"\\\0\x7F\xEF\xBF\xBD", 15));
  EXPECT_EQ(back->event.path, event.path);
}

TEST(EventJson, WhatIsTooLongIsCutAtACharacter) {
  SeededRandom random(3);
  AccessEvent event = test_event(random);
  event.http = "h\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9";  // 9 bytes, of which 8 are kept
  const auto back = parse_event(json_of(event));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->event.http, "h\xC3\xA9\xC3\xA9\xE2\x80\xA6");
  event.http = "12345678";
  EXPECT_EQ(parse_event(json_of(event))->event.http, event.http);
}

TEST(EventJson, ShortTextsOfEveryLengthAreChecked) {
  SeededRandom random(3);
  AccessEvent event = test_event(random);
  for (size_t size = 1; size < 40; ++size) {
    for (size_t at = 0; at < size; ++at) {
      for (const char bad : {'"', '\\', '\x1f', '\x7f', '\n'}) {
        event.model = std::string(size, 'a');
        event.model[at] = bad;
        const auto back = parse_event(json_of(event));
        ASSERT_TRUE(back.ok()) << size << " " << at;
        ASSERT_EQ(back->event.model, event.model);
      }
    }
  }
}

TEST(EventJson, TheWorstEventFitsIntoAnEntry) {
  SeededRandom random(4);
  constexpr size_t kHuge = 100'000;
  AccessEvent event = test_refusal(random);
  event.method = event.path = event.http = event.source = worst(kHuge);
  event.principal = event.principal_name = event.team = event.route = worst(kHuge);
  event.protocol = event.action = event.model = event.upstream = worst(kHuge);
  event.principal_kind = PrincipalKind::kWorkload;
  event.acts_for = event.via = event.proofs = event.workload = worst(kHuge);
  event.session = event.token = event.grants = worst(kHuge);
  event.break_glass = true;
  event.upstream_model = event.tool = worst(kHuge);
  event.policy = event.shadow =
      PolicyVerdict{.set = {.version = UINT64_MAX, .hash = {}, .entities = UINT64_MAX},
                    .allowed = true,
                    .determining = std::vector<std::string>(1'000, worst(kHuge)),
                    .failed = std::vector<PolicyFailure>(1'000, {worst(kHuge), worst(kHuge)})};
  event.max_tokens = INT64_MAX;
  event.messages = UINT32_MAX;
  event.refusal->rule = event.refusal->seen = worst(kHuge);
  event.refusal->expected = event.refusal->hint = worst(kHuge);
  event.input_tokens = event.output_tokens = event.duration_us = INT64_MAX;
  event.upstream_us = event.first_byte_us = INT64_MIN;
  event.request_bytes = event.response_bytes = UINT64_MAX;
  event.findings[0].inspector = event.findings[0].rule = event.findings[0].place = worst(kHuge);
  event.findings[0].reasons.resize(8, worst(64));
  event.findings[0].provenance = Provenance::kToolDescription;
  event.findings.resize(1'000, event.findings[0]);
  for (const Stage stage : {Stage::kPolicy, Stage::kIdentity}) {
    event.refusal->stage = stage;
    const std::string json = json_of(event);
    EXPECT_LE(json.size(), kMaxEntryBytes);
    EXPECT_GT(json.size(), 50'000U);
    const auto back = parse_event(json);
    ASSERT_TRUE(back.ok()) << back.error().message();
    EXPECT_EQ(back->findings_total, 1'000U);
  }

  ChangeEvent change = test_change(random);
  change.what = change.target = change.who = change.from = worst(kHuge);
  change.reason = change.failure = worst(kHuge);
  change.before = change.after = std::string(19'990, 'x');
  EXPECT_LE(json_of(change).size(), kMaxEntryBytes);
  EXPECT_GT(json_of(change).size(), 60'000U);
  EXPECT_TRUE(parse_any(json_of(change)).ok());

  NoticeEvent notice = test_notice(random);
  notice.detail = worst(kHuge);
  EXPECT_LE(json_of(notice).size(), kMaxEntryBytes);
}

TEST(EventJson, AStateThatIsTooLargeIsNamedByItsDigest) {
  SeededRandom random(4);
  ChangeEvent change = test_change(random);
  change.before = std::string(20'001, 'x');
  const auto back = parse_any(json_of(change));
  ASSERT_TRUE(back.ok());
  EXPECT_TRUE(
      std::get<ChangeEvent>(*back).before.starts_with(R"({"omitted_bytes":20001,"sha256":")"));
}

TEST(EventJson, AStateIsJsonOnlyWhereItIsWhole) {
  SeededRandom random(4);
  for (const std::string_view text :
       {"{\"a\":", "plain", "\"a\"", "17", "[1,{\"a\":\"\\u001b\"}]", "{}", "[]"}) {
    ChangeEvent change = test_change(random);
    change.before = text;
    const auto back = parse_any(json_of(change));
    ASSERT_TRUE(back.ok()) << text;
    EXPECT_EQ(std::get<ChangeEvent>(*back).before, text);
  }
  ChangeEvent spaced = test_change(random);
  spaced.before = "{ \"a\" :\n 1 }";
  EXPECT_EQ(std::get<ChangeEvent>(*parse_any(json_of(spaced))).before, R"({"a":1})");
}

TEST(EventJson, AFindingTellsHowSureItIsWhoFoundItAndWhatBecameOfIt) {
  SeededRandom random(7);
  AccessEvent event = test_refusal(random);
  event.findings[0].confidence = 62;
  event.findings[0].model = "names-3";
  event.findings[0].handling = Handling::kReplaced;
  event.findings[0].provenance = Provenance::kToolDescription;
  event.findings[0].reasons = {"base64", "reversed"};
  const auto back = parse_event(json_of(event));
  ASSERT_TRUE(back.ok()) << back.error().message();
  EXPECT_EQ(back->event.findings[0].confidence, 62);
  EXPECT_EQ(back->event.findings[0].model, "names-3");
  EXPECT_EQ(back->event.findings[0].handling, Handling::kReplaced);
  EXPECT_EQ(back->event.findings[0].provenance, Provenance::kToolDescription);
  EXPECT_EQ(back->event.findings[0].reasons, event.findings[0].reasons);
}

TEST(EventJson, ManyFindingsAreCountedNotListed) {
  SeededRandom random(4);
  AccessEvent event = test_refusal(random);
  event.findings.resize(1'000, event.findings[0]);
  const auto back = parse_event(json_of(event));
  ASSERT_TRUE(back.ok());
  EXPECT_GT(back->event.findings.size(), kFindingsRecorded - 15);
  EXPECT_LE(back->event.findings.size(), kFindingsRecorded);
  EXPECT_EQ(back->findings_total, 1'000U);
}

TEST(EventJson, ATruncatedEntryIsNoEvent) {
  SeededRandom random(5);
  for (const std::string& json : {json_of(test_refusal(random)), json_of(test_change(random)),
                                  json_of(test_notice(random))}) {
    for (size_t cut = 0; cut < json.size(); ++cut) {
      EXPECT_FALSE(parse_any(std::string_view(json).substr(0, cut)).ok()) << cut;
    }
  }
}

TEST(EventJson, LeavesUnknownMembersAndClassesAside) {
  SeededRandom random(6);
  std::string json = json_of(test_event(random));
  json.insert(json.size() - 1, ",\"later\":{\"a\":[1]}");
  EXPECT_TRUE(parse_event(json).ok());
  const auto other = parse_any(
      R"({"class_uid":2003,"time":1795000000000,"metadata":{"uid":"01ARZ3NDEKTSV4RRFFQ69G5FAV"}})");
  ASSERT_TRUE(other.ok()) << other.error().message();
  EXPECT_EQ(std::get<OtherEvent>(*other).class_uid, 2003U);
}

TEST(EventJson, RefusesWhatIsNoEvent) {
  SeededRandom random(7);
  const std::string json = json_of(test_refusal(random));
  const auto with = [&](std::string_view what, std::string_view by) {
    std::string changed = json;
    changed.replace(changed.find(what), what.size(), by);
    return parse_any(changed);
  };
  ASSERT_TRUE(with("", "").ok());
  EXPECT_EQ(with(R"("disposition_id":2)", R"("disposition_id":3)").error().message(),
            "`disposition_id`: `3` is none of its values");
  EXPECT_EQ(with(R"("disposition_id":2,)", "").error().message(), "`disposition_id` is missing");
  EXPECT_EQ(with(R"("code":403)", R"("code":65536)").error().message(),
            "`code`: `65536` is too large");
  EXPECT_EQ(with(R"("time":1795)", R"("time":-1795)").error().kind(), ErrorKind::kCorrupt);
  EXPECT_FALSE(with(R"("class_uid":6003)", R"("class_uid":3002)").ok());
  EXPECT_FALSE(with(R"("class_uid":6003,)", "").ok());
  EXPECT_FALSE(with(R"("status_code":"denied",)", "").ok());
  EXPECT_FALSE(with(R"("stage":"inspection")", R"("stage":"identity")").ok());
  EXPECT_FALSE(with(R"("metadata":{)", R"("metadata":{"metadata":1,"x":{)").ok());
  for (const std::string_view text : {"", "{}", "null", "{\"time\":}", "x", "[]"}) {
    EXPECT_EQ(parse_any(text).error().kind(), ErrorKind::kCorrupt);
  }
}

TEST(EventJson, ALineIsAnEntryWithItsNumber) {
  SeededRandom random(8);
  const std::string json = json_of(test_event(random));
  std::string line;
  append_line(line, 7, json);
  EXPECT_EQ(line, "{\"seq\":7," + json.substr(1) + "\n");
  EXPECT_EQ(parse_any(line).error().kind(), ErrorKind::kCorrupt);
  EXPECT_TRUE(parse_any(std::string_view(line).substr(0, line.size() - 1)).ok());
}

}  // namespace
}  // namespace sally::ledger
