#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/encoding.h"
#include "content/normalise/code_points.h"
#include "content/normalise/normalise_properties.h"
#include "content/normalise/utf8.h"
#include "support/case_file.h"

namespace sally::content {
namespace {

std::vector<std::string> lines_of(std::string_view section) {
  std::vector<std::string> lines;
  while (!section.empty()) {
    const size_t end = std::min(section.find('\n'), section.size());
    lines.emplace_back(section.substr(0, end));
    section.remove_prefix(std::min(end + 1, section.size()));
  }
  return lines;
}

// What shows nothing or breaks a line as its octets, the rest as it is.
std::string shown(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const Decoded it = decode_utf8(text, at);
    const CodePoint point = CodePoints::get()[it.code];
    const bool plain =
        it.code >= 0x20 && it.code != 0x7F && it.code != kInvalid && it.code != '\\' &&
        (point.action == Action::kKeep || point.action == Action::kLookalike ||
         point.action == Action::kLooseLookalike || point.action == Action::kPunctuation ||
         point.action == Action::kDigit || point.action == Action::kDigitPunctuation);
    for (size_t i = 0; i < it.length; ++i) {
      const char c = text[at + i];
      if (plain) {
        out.push_back(c);
      } else {
        out += "\\x" + to_hex(as_bytes(std::string_view(&c, 1)));
      }
    }
    at += it.length;
  }
  return out;
}

// Section `text`: a text to a line, with the escapes of `test::unescape`; `normalised`: each as it
// comes out.
TEST(Normalise, ReadsEachCaseAsItIsMeant) {
  test::run_cases("content/normalise/plain", [](test::CaseFile& file) {
    std::string out;
    for (const std::string& line : lines_of(file.section("text"))) {
      const std::string text = test::unescape(line);
      check_properties(text);
      out += shown(normalise(UntrustedText(text)).text()) + "\n";
    }
    file.expect_section("normalised", out);
  });
}

TEST(Normalise, LeavesHonestTextUnharmed) {
  test::run_cases("content/normalise/unharmed", [](test::CaseFile& file) {
    for (const std::string& line : lines_of(file.section("text"))) {
      const std::string text = test::unescape(line);
      const NormalizedText normal = normalise(UntrustedText(text));
      EXPECT_EQ(shown(normal.text()), shown(text));
      EXPECT_FALSE(normal.changed());
    }
  });
}

// Section `text`: one text. `views`: each view, deeper ones indented. Key `find`: what the last
// view that holds it was made from is `original`.
TEST(Views, AreWhatEachCaseSays) {
  test::run_cases("content/normalise/views", [](test::CaseFile& file) {
    const std::string text = test::unescape(file.section("text"));
    check_properties(text);
    const std::string find = file.find("find").value_or("");
    std::string original;
    std::string out;
    for_each_view(UntrustedText(text), ViewLimits{}, [&](const View& view) {
      out += std::string(2 * size_t{view.depth}, ' ') + std::string(name_of(view.kind)) + ": " +
             shown(view.text.text()) + "\n";
      const size_t at = view.text.text().find(find);
      if (!find.empty() && at != std::string_view::npos) {
        const Span span = view.text.original(at, at + find.size());
        original = shown(std::string_view(text).substr(span.begin, span.end - span.begin));
      }
    });
    file.expect_section("views", out);
    if (!find.empty()) {
      file.expect("original", original);
    }
  });
}

TEST(Normalise, LeavesAsciiWhereItIs) {
  const std::string text = "plain ASCII, with \t control\x01 signs\n";
  const NormalizedText normal = normalise(UntrustedText(text));
  EXPECT_EQ(normal.text().data(), text.data());
  EXPECT_FALSE(normal.changed());
  EXPECT_EQ(normal.original(3, 8), (Span{3, 8}));
  EXPECT_EQ(normal.original(4, 4), (Span{4, 4}));
}

TEST(Normalise, KeepsOctetsThatAreNoUtf8) {
  const std::string text = "a\xFF\xC3(\xE2\x82 \xED\xA0\x80\xF4\x90\x80\x80 z\xC3";
  const NormalizedText normal = normalise(UntrustedText(text));
  EXPECT_EQ(normal.text(), text);
  for (size_t i = 0; i < text.size(); ++i) {
    EXPECT_EQ(normal.original(i, i + 1), (Span{i, i + 1}));
  }
}

TEST(Normalise, LeadsBackToTheOctetsOfEachSign) {
  const std::string text = "a\u200B\uFF14\uFF11\u200D-b\uFB03";  // full-width 41, ligature ffi
  const NormalizedText normal = normalise(UntrustedText(text));
  ASSERT_EQ(normal.text(), "a41-bffi");
  EXPECT_EQ(normal.original(0, 1), (Span{0, 1}));
  EXPECT_EQ(normal.original(1, 3), (Span{4, 10}));
  EXPECT_EQ(normal.original(0, 3), (Span{0, 10}));  // what shows nothing inside belongs to it
  EXPECT_EQ(normal.original(3, 4), (Span{13, 14}));
  EXPECT_EQ(normal.original(6, 7), (Span{15, 18}));  // part of a ligature is all of it
  EXPECT_EQ(normal.original(8, 8), (Span{18, 18}));
}

TEST(Normalise, IsIdempotentOnTheCases) {
  test::run_cases("content/normalise/plain", [](test::CaseFile& file) {
    static_cast<void>(file.section("normalised"));
    for (const std::string& line : lines_of(file.section("text"))) {
      const std::string text = test::unescape(line);
      const std::string once(normalise(UntrustedText(text)).text());
      EXPECT_EQ(normalise(UntrustedText(once)).text(), once) << text;
    }
  });
}

TEST(Normalise, HoldsItsPropertiesHoweverATextIsCut) {
  const std::string text =
      "P\u0430ss\u200Bw\u043Erd \uFF14\uFF11 \U0001F468\u200D\U0001F469 e\u0301\u0336 "
      "NDExMSAxMTExIDExMTEgMTExMQ== %34%31 &#x34; \\u0034 4 1 1 1 p4ssw0rd "
      "\U000E0049\U000E0067 a\uFE00\uFE01\uFE02\uFE03 \u202Etxet "
      "\u0968\u0966\u0968\u0969 cnffjbeq vf frperg 34 31 31 31 31 31 31 31 31";
  for (size_t i = 0; i <= text.size(); ++i) {
    check_properties(std::string_view(text).substr(0, i));
    check_properties(std::string_view(text).substr(i));
  }
}

TEST(Views, StayWithinTheBudgetWhateverTheTextIs) {
  // Each layer decodes to the next; and every kind of view at once, many times.
  std::string bomb = "sk-ant 4111 1111 1111 1111";
  for (int i = 0; i < 8; ++i) {
    bomb = to_base64(as_bytes(bomb), Base64::kStandard, Padding::kRequired);
  }
  check_properties(bomb);
  unsigned deepest = 0;
  for_each_view(UntrustedText(bomb), ViewLimits{},
                [&](const View& view) { deepest = std::max(deepest, view.depth); });
  EXPECT_EQ(deepest, 3U);

  std::string all;
  for (int i = 0; i < 200; ++i) {
    all += "%25%32%35 &amp;#38; \\u005c =3D=3D=3D p 4 s s cnffjbeq drowssap p4ssw0rd ";
  }
  size_t total = 0;
  size_t views = 0;
  for_each_view(UntrustedText(all), ViewLimits{}, [&](const View& view) {
    total += view.depth > 0 ? view.text.text().size() : 0;
    ++views;
  });
  EXPECT_GT(views, 4U);
  EXPECT_LE(total, 4 * all.size());
}

TEST(Views, OfABudgetOfNothingAreThePlainTextAlone) {
  size_t views = 0;
  for_each_view(UntrustedText("%41%42%43"), ViewLimits{.factor = 0, .floor = 0},
                [&](const View&) { ++views; });
  for_each_view(UntrustedText("%41%42%43"), ViewLimits{.depth = 0}, [&](const View&) { ++views; });
  EXPECT_EQ(views, 2U);
}

TEST(CodePoints, StandForAsciiThatStandsForItself) {
  for (uint32_t code = 0x80; code < 0x110000; ++code) {
    const CodePoint point = CodePoints::get()[code];
    if (point.action == Action::kKeep || point.action >= Action::kIgnorable) {
      continue;
    }
    const std::string_view text = CodePoints::text_of(point);
    ASSERT_FALSE(text.empty()) << code;
    ASSERT_EQ(find_non_ascii(text, 0), text.size()) << code;
  }
  EXPECT_EQ(CodePoints::get()['a'], CodePoint{});
  EXPECT_EQ(CodePoints::get()[kInvalid], CodePoint{});
}

TEST(CodePoints, KnowTheirNeighbours) {
  const CodePoints& points = CodePoints::get();
  EXPECT_EQ(points[0xFF21].action, Action::kFold);
  EXPECT_EQ(CodePoints::text_of(points[0xFF21]), "A");
  EXPECT_EQ(points[0x0430].action, Action::kLookalike);
  EXPECT_EQ(points[0x0430].group, Group::kCyrillic);
  EXPECT_EQ(points[0x0967].action, Action::kDigit);
  EXPECT_EQ(points[0x0131].action, Action::kKeep);  // Turkish
  EXPECT_EQ(points[0x10FFFF].action, Action::kKeep);
  EXPECT_EQ(CodePoints::composed('e', 0x301), 0xE9U);
  EXPECT_EQ(CodePoints::composed('e', 0x336), 0U);
}

TEST(FindNonAscii, IsRightAtEveryPlace) {
  for (size_t size = 0; size < 200; ++size) {
    std::string text(size, 'x');
    EXPECT_EQ(find_non_ascii(text, 0), size);
    for (size_t at = 0; at < size; ++at) {
      text[at] = '\x80';
      EXPECT_EQ(find_non_ascii(text, 0), at);
      EXPECT_EQ(find_non_ascii(text, at + 1), size);
      text[at] = 'x';
    }
  }
}

}  // namespace
}  // namespace sally::content
