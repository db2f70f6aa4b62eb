#include "formats/sse.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "base/random.h"

namespace sally::formats {
namespace {

struct Seen {
  std::string events;  // one line per event
  std::string raw;     // all of them joined
};

void show(const SseEvent& event, Seen& seen) {
  seen.raw += event.raw;
  if (event.dispatched) {
    std::string data(event.data);
    for (size_t at = 0; (at = data.find('\n', at)) != std::string::npos;) {
      data.replace(at, 1, "|");
    }
    seen.events += fmt::format("{}<{}>{}{}\n", event.type, data,
                               event.id.empty() ? "" : fmt::format("#{}", event.id),
                               event.complete ? "" : " incomplete");
  } else if (!event.ignored.empty()) {
    seen.events += fmt::format("ignored {}", event.ignored);
  }
}

// Pushes the pieces, each from memory of its own that is gone after its events were taken.
Result<Seen> parse(const std::vector<std::string_view>& pieces, size_t limit = 1000) {
  SseParser parser(limit);
  Seen seen;
  for (const std::string_view piece : pieces) {
    const auto own = std::make_unique<std::string>(piece);
    parser.push(*own);
    for (;;) {
      TRY(const auto event, parser.next());
      if (!event) {
        break;
      }
      show(*event, seen);
    }
  }
  if (const auto last = parser.finish()) {
    show(*last, seen);
  }
  return seen;
}

struct Case {
  std::string_view stream;
  std::string_view events;
};
constexpr Case kCases[] = {
    {"data: a\n\n", "<a>\n"},
    {"data:a\r\n\r\n", "<a>\n"},
    {"data:  a\r\r", "< a>\n"},
    {"data: a\ndata\ndata: b\n\n", "<a||b>\n"},
    {"data\n\n", "<>\n"},
    {"event: delta\ndata: {}\nid: 7\nretry: 10\n\n", "delta<{}>#7\n"},
    {"event: x\nevent: y\ndata: 1\n\n", "y<1>\n"},
    {": ping\n\ndata: a\n\n", "ignored : ping\n<a>\n"},
    {"\n\n\r\n\rdata: a\n\n", "<a>\n"},
    {"event: lost\n\ndata: a\n\n", "<a>\n"},
    {"DATA: a\nfoo: b\ndatax: c\ndata: d\n\n", "<d>\n"},
    {"\xEF\xBB\xBF"
     "data: a\n\n",
     "<a>\n"},
    {"\xEF\xBB\xBF\xEF\xBB\xBF"
     "data: a\n\n",
     "ignored \xEF\xBB\xBF"
     "data: a\n"},
    {"data: a\n\ndata: [DONE]\n", "<a>\n<[DONE]> incomplete\n"},
    {"data: a\n\ndata: [DONE]", "<a>\n<[DONE]> incomplete\n"},
    {"data: a\r\n\r\ndata: b\r\n\r\n", "<a>\n<b>\n"},
    {"data: a:b: c\n\n", "<a:b: c>\n"},
    {"", ""},
    {"\xEF\xBB", "ignored \xEF\xBB\n"},
};

TEST(Sse, ReadsStreamsAsTheStandardSays) {
  for (const auto& [stream, events] : kCases) {
    const auto seen = parse({stream});
    ASSERT_TRUE(seen.ok());
    EXPECT_EQ(seen->events, events) << stream;
    EXPECT_EQ(seen->raw, stream);
  }
}

TEST(Sse, EveryCutInTwoReadsAsTheWhole) {
  for (const auto& [stream, events] : kCases) {
    for (size_t cut = 0; cut <= stream.size(); ++cut) {
      const auto seen = parse({stream.substr(0, cut), stream.substr(cut)});
      ASSERT_TRUE(seen.ok());
      EXPECT_EQ(seen->events, events) << stream << " cut at " << cut;
      EXPECT_EQ(seen->raw, stream);
    }
  }
}

TEST(Sse, EveryOctetByItselfReadsAsTheWhole) {
  for (const auto& [stream, events] : kCases) {
    std::vector<std::string_view> pieces;
    for (size_t i = 0; i < stream.size(); ++i) {
      pieces.push_back(stream.substr(i, 1));
    }
    const auto seen = parse(pieces);
    ASSERT_TRUE(seen.ok());
    EXPECT_EQ(seen->events, events) << stream;
    EXPECT_EQ(seen->raw, stream);
  }
}

TEST(Sse, RandomStreamsReadTheSameHoweverTheyAreCut) {
  constexpr std::string_view kWords[] = {"data: ", "data", "event:", "id:",  ":", "\n",
                                         "\r",     "\r\n", "x",      "\n\n", " ", "\xEF\xBB\xBF"};
  SeededRandom random(3);
  for (int round = 0; round < 5'000; ++round) {
    std::string stream;
    for (uint64_t i = random.next_u64() % 30; i > 0; --i) {
      stream += kWords[random.next_u64() % std::size(kWords)];
    }
    const auto whole = parse({stream}, 10'000);
    ASSERT_TRUE(whole.ok());
    std::vector<std::string_view> pieces;
    for (size_t at = 0; at < stream.size();) {
      const size_t size = 1 + random.next_u64() % 7;
      pieces.push_back(std::string_view(stream).substr(at, size));
      at += size;
    }
    const auto cut = parse(pieces, 10'000);
    ASSERT_TRUE(cut.ok());
    EXPECT_EQ(cut->events, whole->events);
    EXPECT_EQ(cut->raw, stream);
    EXPECT_EQ(whole->raw, stream);
  }
}

TEST(Sse, AnEventInOnePieceIsNotCopied) {
  const std::string stream = "data: first\n\ndata: second\n\n";
  SseParser parser(100);
  parser.push(stream);
  const auto event = parser.next();
  ASSERT_TRUE(event.ok() && event->has_value());
  EXPECT_EQ((*event)->data.data(), stream.data() + 6);
  EXPECT_EQ((*event)->raw.data(), stream.data());
}

TEST(Sse, AnEventBeyondTheLimitIsRefusedWholeOrInPieces) {
  const std::string fits = "data: " + std::string(13, 'x') + "\n\n";
  EXPECT_TRUE(parse({fits}, 20).ok());
  const std::string big = "data: " + std::string(200, 'x') + "\n\n";
  EXPECT_EQ(parse({big}, 20).error().kind(), ErrorKind::kTooLarge);
  EXPECT_EQ(parse({big.substr(0, 30), big.substr(30)}, 20).error().kind(), ErrorKind::kTooLarge);
  std::string lines;
  for (int i = 0; i < 10; ++i) {
    lines += ":\n";
  }
  EXPECT_TRUE(parse({lines}, 20).ok());
  EXPECT_EQ(parse({lines + lines}, 20).error().kind(), ErrorKind::kTooLarge);
}

TEST(Sse, HoldsOnlyTheIncompleteEvent) {
  SseParser parser(1000);
  parser.push("data: a\n\ndata: b");
  ASSERT_TRUE(parser.next()->has_value());
  ASSERT_FALSE(parser.next()->has_value());
  EXPECT_EQ(parser.pending(), 7U);
  parser.push("c\n\n");
  const auto event = parser.next();
  ASSERT_TRUE(event.ok() && event->has_value());
  EXPECT_EQ((*event)->data, "bc");
  ASSERT_FALSE(parser.next()->has_value());
  EXPECT_EQ(parser.pending(), 0U);
}

TEST(Sse, WritesWhatItReads) {
  std::string out;
  append_sse_event(out, "error", "{\n}");
  append_sse_event(out, "", "");
  EXPECT_EQ(out, "event: error\ndata: {\ndata: }\n\ndata: \n\n");
  EXPECT_EQ(parse({out})->events, "error<{|}>\n<>\n");
}

}  // namespace
}  // namespace sally::formats
