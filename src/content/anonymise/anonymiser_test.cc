#include "content/anonymise/anonymiser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>
#include <map>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "content/anonymise/map_vault.h"
#include "content/anonymise/restorer.h"
#include "support/case_file.h"

namespace sally::content::anonymise {
namespace {

constexpr WallTime kNow = WallTime(Micros(1'000'000));

Keys make_keys() {
  auto keys = Keys::derive(Secret(std::string(32, 'k')), "tenant");
  EXPECT_TRUE(keys.ok());
  return std::move(*keys);
}

// A text in which `{TYPE|value}` marks what was found.
struct Marked {
  explicit Marked(std::string_view marked) {
    while (!marked.empty()) {
      const size_t open = std::min(marked.find('{'), marked.size());
      text += marked.substr(0, open);
      marked.remove_prefix(open);
      if (!marked.empty()) {
        const size_t bar = marked.find('|');
        const size_t close = marked.find('}');
        types.emplace_back(marked.substr(1, bar - 1));
        places.emplace_back(text.size(), text.size() + close - bar - 1);
        text += marked.substr(bar + 1, close - bar - 1);
        marked.remove_prefix(close + 1);
      }
    }
    for (size_t i = 0; i < types.size(); ++i) {
      spans.push_back({places[i].first, places[i].second, types[i]});
    }
  }
  std::string text;
  std::vector<std::string> types;
  std::vector<std::pair<size_t, size_t>> places;
  std::vector<Span> spans;
};

class AnonymiserTest : public testing::Test {
 protected:
  Result<Anonymised> run(Exchange& exchange, const OperatorTable& table, const Marked& marked) {
    const std::vector<Input> inputs = {{marked.text, marked.spans}};
    TRY(auto out, anonymise(exchange, table, keys_, inputs, random_));
    return std::move(out[0]);
  }
  Result<Anonymised> run(const OperatorTable& table, const Marked& marked) {
    return run(exchange_, table, marked);
  }

  Keys keys_ = make_keys();
  MapVault vault_;
  SeededRandom random_{1};
  Exchange exchange_{&vault_, {.scope = "s", .subject = "u"}, kNow};
};

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> out;
  while (!line.empty()) {
    const size_t space = std::min(line.find(' '), line.size());
    if (space > 0) {
      out.emplace_back(line.substr(0, space));
    }
    line.remove_prefix(std::min(space + 1, line.size()));
  }
  return out;
}

// `mask masking_char=# chars_to_mask=4`
Result<Operator> read_operator(const std::vector<std::string>& words) {
  OperatorSettings settings{.name = words[1]};
  for (size_t i = 2; i < words.size(); ++i) {
    const std::string_view word = words[i];
    const size_t equals = word.find('=');
    const std::string_view name = word.substr(0, equals);
    const std::string_view value = word.substr(equals + 1);
    const std::map<std::string_view, std::optional<std::string_view> OperatorSettings::*> texts = {
        {"new_value", &OperatorSettings::new_value},
        {"masking_char", &OperatorSettings::masking_char},
        {"hash_type", &OperatorSettings::hash_type},
        {"salt", &OperatorSettings::salt},
        {"key", &OperatorSettings::key}};
    if (const auto text = texts.find(name); text != texts.end()) {
      settings.*(text->second) = value;
    } else if (name == "chars_to_mask") {
      int64_t count = 0;
      std::from_chars(value.data(), value.data() + value.size(), count);
      settings.chars_to_mask = count;
    } else if (name == "from_end") {
      settings.from_end = value == "true";
    } else if (name == "restore") {
      settings.restore = value == "true";
    } else {
      ADD_FAILURE() << "no setting " << name;
    }
  }
  return make_operator(settings);
}

// Section `operators`: a line for each type, first `*` for the others. `text`: with marks.
// `anonymised` and `items`: what comes out; it is restored to what it was, unless the key
// `irreversible` is there. `answer` and `restored`: what else comes back. Key `refused` instead of
// all that: why an operator is not taken.
TEST_F(AnonymiserTest, DoesWhatEachCaseSays) {
  test::run_cases("content/anonymise", [this](test::CaseFile& file) {
    OperatorTable table;
    std::string rest = file.section("operators");
    while (!rest.empty()) {
      const size_t end = std::min(rest.find('\n'), rest.size());
      const std::vector<std::string> words = words_of(rest.substr(0, end));
      rest.erase(0, end + 1);
      ASSERT_GE(words.size(), 2U);
      auto op = read_operator(words);
      if (!op.ok()) {
        EXPECT_EQ(op.error().kind(), ErrorKind::kInvalidInput);
        file.expect("refused", op.error().message());
        return;
      }
      if (words[0] == "*") {
        table = OperatorTable(std::move(*op));
      } else {
        table.set(words[0], std::move(*op));
      }
    }
    MapVault vault;
    Exchange exchange(&vault, {.scope = "s", .subject = "u"}, kNow);
    const Marked marked(file.section("text"));
    const auto result = run(exchange, table, marked);
    ASSERT_TRUE(result.ok()) << result.error().to_string();
    file.expect_section("anonymised", result->blocked ? "blocked\n" : result->text);
    std::string items;
    for (const Item& item : result->items) {
      items += std::to_string(item.begin) + " " + std::to_string(item.end) + " " +
               marked.types[item.span] + " " + std::string(item.op) + "\n";
    }
    file.expect_section("items", items);
    if (const auto answer = file.find_section("answer")) {
      file.expect_section("restored", restore(exchange, *answer, Writing::kText));
    }
    if (!file.find("irreversible")) {
      EXPECT_EQ(restore(exchange, result->text, Writing::kText), marked.text);
    }
  });
}

TEST_F(AnonymiserTest, HashesAsOthersDo) {
  const Marked marked("{X|abc}");
  OperatorTable table(Hash{.kind = Hash::Kind::kSha256, .salt = ""});
  // FIPS 180-4's example.
  EXPECT_EQ(run(table, marked)->text,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  table = OperatorTable(Hash{.kind = Hash::Kind::kSha256, .salt = "a"});
  EXPECT_EQ(run(table, Marked("{X|bc}"))->text,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  table = OperatorTable(Hash{.kind = Hash::Kind::kSha512, .salt = "ab"});
  EXPECT_TRUE(run(table, Marked("{X|c}"))->text.starts_with("ddaf35a193617abacc417349ae204131"));
}

TEST_F(AnonymiserTest, DecryptsWhatPresidioEncrypts) {
  auto op = make_operator({.name = "decrypt", .key = "WmZq4t7w!z%C&F)J"});
  ASSERT_TRUE(op.ok());
  // Made with `openssl enc -aes-128-cbc`, as Presidio lays it out, IV 00..0f.
  const auto result = run(OperatorTable(std::move(*op)),
                          Marked("{X|AAECAwQFBgcICQoLDA0OD15muEpuVxuYhOdd8jQRAHc=}"));
  ASSERT_TRUE(result.ok()) << result.error().to_string();
  EXPECT_EQ(result->text, "Jane Doe");
}

TEST_F(AnonymiserTest, EncryptsUnderAFreshIvAndDecrypts) {
  const OperatorSettings key{.key = "WmZq4t7w!z%C&F)J"};
  OperatorSettings settings = key;
  settings.name = "encrypt";
  const OperatorTable encrypting(*make_operator(settings));
  settings.name = "decrypt";
  const OperatorTable decrypting(*make_operator(settings));
  const Marked marked("{X|Jane Doe}");
  const auto first = run(encrypting, marked);
  const auto second = run(encrypting, marked);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_NE(first->text, second->text);
  EXPECT_EQ(run(decrypting, Marked("{X|" + first->text + "}"))->text, "Jane Doe");
  const auto refused = run(decrypting, marked);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind(), ErrorKind::kInvalidInput);
}

TEST_F(AnonymiserTest, WritesOnceForAllTextsOfARequest) {
  const OperatorTable table{Token{}};
  const Marked one("{PERSON|Ada} and {PERSON|Grace}");
  const Marked two("{PERSON|Grace} again");
  const std::vector<Input> inputs = {{one.text, one.spans}, {two.text, two.spans}};
  const auto out = anonymise(exchange_, table, keys_, inputs, random_);
  ASSERT_TRUE(out.ok());
  EXPECT_EQ(vault_.puts, 1U);
  const std::string grace = (*out)[1].text.substr(0, (*out)[1].text.find(' '));
  EXPECT_TRUE((*out)[0].text.ends_with(grace)) << "one value, one placeholder";
}

TEST_F(AnonymiserTest, LeavesGenuinePlaceholdersAlone) {
  const OperatorTable table{Token{}};
  const auto first = run(table, Marked("{PERSON|Ada}"));
  ASSERT_TRUE(first.ok());
  const auto again = run(table, Marked("{PERSON|" + first->text + "} wrote"));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->text, first->text + " wrote");
  EXPECT_TRUE(again->items.empty());
  const auto forged = run(table, Marked("{PERSON|[PERSON_1_00000000]} wrote"));
  ASSERT_TRUE(forged.ok());
  EXPECT_EQ(forged->items.size(), 1U) << "a forged one is text like any";
  EXPECT_EQ(restore(exchange_, forged->text, Writing::kText), "[PERSON_1_00000000] wrote");
}

TEST_F(AnonymiserTest, SendsNothingWhereItCannotBeKept) {
  const OperatorTable table{Token{}};
  vault_.fails = true;
  EXPECT_FALSE(run(table, Marked("{PERSON|Ada}")).ok());
  Exchange without(nullptr, {}, kNow);
  const auto refused = run(without, table, Marked("{PERSON|Ada}"));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind(), ErrorKind::kUsage);
  EXPECT_TRUE(run(without, OperatorTable{}, Marked("{PERSON|Ada}")).ok());
}

TEST_F(AnonymiserTest, RefusesSpansOutOfOrder) {
  const std::string text = "0123456789";
  for (const std::vector<Span>& spans : {
           std::vector<Span>{{4, 4, "X"}},
           std::vector<Span>{{4, 3, "X"}},
           std::vector<Span>{{9, 11, "X"}},
           std::vector<Span>{{4, 6, "X"}, {5, 7, "X"}},
           std::vector<Span>{{4, 6, "X"}, {0, 2, "X"}},
       }) {
    const std::vector<Input> inputs = {{text, spans}};
    const auto out = anonymise(exchange_, OperatorTable{}, keys_, inputs, random_);
    ASSERT_FALSE(out.ok());
    EXPECT_EQ(out.error().kind(), ErrorKind::kInternal);
  }
}

TEST_F(AnonymiserTest, MasksWholeCharacters) {
  const auto masked = [&](std::string_view value, size_t count, bool from_end) {
    const OperatorTable table{Mask{.character = "•", .count = count, .from_end = from_end}};
    const std::vector<Span> spans = {{0, value.size(), "X"}};
    const std::vector<Input> inputs = {{value, spans}};
    return anonymise(exchange_, table, keys_, inputs, random_)->at(0).text;
  };
  EXPECT_EQ(masked("Renée", 4, false), "••••e");
  EXPECT_EQ(masked("Renée", 2, true), "Ren••");
  EXPECT_EQ(masked("Renée", 99, true), "•••••");
  EXPECT_EQ(masked("Renée", 0, true), "Renée");
  EXPECT_EQ(masked("\x80\x80", 9, false), "•") << "octets that are no character count as one";
}

TEST_F(AnonymiserTest, GivesAPlaceholderWhereAFormHasNoRoom) {
  const OperatorTable table{FormatPreserving{}};
  const auto out = run(table, Marked("{PIN|1234} {CARD|4111 1111 1111 1111} {NAME|Ada Lovelace}"));
  ASSERT_TRUE(out.ok());
  ASSERT_EQ(out->items.size(), 3U);
  EXPECT_EQ(out->items[0].op, "token");
  EXPECT_EQ(out->items[1].op, "fpe");
  EXPECT_EQ(out->items[2].op, "token");
  EXPECT_EQ(restore(exchange_, out->text, Writing::kText), "1234 4111 1111 1111 1111 Ada Lovelace");
}

}  // namespace
}  // namespace sally::content::anonymise
