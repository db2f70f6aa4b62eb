#include "content/names/name_rules.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sally::content::names {
namespace {

// Applies the rules to `text`, of which a model found `found` (nothing else); gives what is found
// then, `PERSON` and so on.
class RulesTest : public testing::Test {
 protected:
  RulesTest() {
    flags_[word_hash("dr")] = flag(WordBit::kTitle);
    flags_[word_hash("gmbh")] = flag(WordBit::kLegalForm);
    flags_[word_hash("in")] = flag(WordBit::kLegalForm);
    flags_[word_hash("ada")] = flag(WordBit::kGiven);
    flags_[word_hash("quill")] = flag(WordBit::kSurname);
    flags_[word_hash("customer")] = flag(WordBit::kCommon);
    flags_[word_hash("will")] = flag(WordBit::kCommon) | flag(WordBit::kGiven);
  }

  std::vector<std::string> after(std::string_view text, std::string_view found = "",
                                 Label begin = Label::kBeginPerson,
                                 Label inside = Label::kInPerson) {
    Piece piece;
    piece.read(text, 0, Gazetteer::build(flags_));
    std::vector<Label> labels(piece.end() - piece.first(), Label::kOutside);
    const size_t from = text.find(found);
    for (size_t i = 0; i < labels.size() && !found.empty(); ++i) {
      const Token& token = piece.tokens[i + kContext];
      if (token.begin >= from && token.end <= from + found.size()) {
        labels[i] = token.begin == from ? begin : inside;
      }
    }
    apply_rules(text, piece, labels);
    std::vector<std::string> out;
    for (size_t i = 0; i < labels.size();) {
      size_t end = i + 1;
      while (end < labels.size() && (is_inside(labels[end]) || (labels[i] == Label::kAddress &&
                                                                labels[end] == Label::kAddress))) {
        ++end;
      }
      if (labels[i] != Label::kOutside) {
        const size_t at = piece.tokens[i + kContext].begin;
        out.push_back(std::string(name_of(type_of(labels[i]))) + " " +
                      std::string(text.substr(at, piece.tokens[end - 1 + kContext].end - at)));
      }
      i = end;
    }
    return out;
  }

 private:
  std::unordered_map<uint64_t, uint32_t> flags_;
};

using Found = std::vector<std::string>;

TEST_F(RulesTest, CapitalisedWordsBehindATitleAreAPerson) {
  EXPECT_EQ(after("Ask Dr. Kowalczyk Brzoza about it."), Found{"PERSON Kowalczyk Brzoza"});
  EXPECT_EQ(after("Ask Dr Kowalczyk."), Found{"PERSON Kowalczyk"});
  EXPECT_EQ(after("The dr. said Kowalczyk."), Found{});
  EXPECT_EQ(after("Dr. Will said so."), Found{});
}

TEST_F(RulesTest, CapitalisedWordsBeforeALegalFormAreACompany) {
  EXPECT_EQ(after("we sold Nordwind & Hansen GmbH pumps"),
            Found{"ORGANIZATION Nordwind & Hansen GmbH"});
  EXPECT_EQ(after("we sold Nordwind, GmbH"), Found{"ORGANIZATION Nordwind, GmbH"});
  EXPECT_EQ(after("Nordwind Hansen GmbH", "Nordwind Hansen"),
            Found{"ORGANIZATION Nordwind Hansen GmbH"});
  EXPECT_EQ(after("a GmbH"), Found{});
  EXPECT_EQ(after("Nordwind in"), Found{});
}

TEST_F(RulesTest, ANumberANameAndAStreetWordAreAnAddress) {
  EXPECT_EQ(after("I live at 12 Old Mill Road since May"), Found{"ADDRESS 12 Old Mill Road"});
  EXPECT_EQ(after("12 Old Mill people"), Found{});
  EXPECT_EQ(after("12 Road"), Found{});
}

TEST_F(RulesTest, TheWordsOfAMailboxAreNamesElsewhere) {
  EXPECT_EQ(after("Zerlina Quux wrote from zerlina.quux@example.org"),
            Found{"PERSON Zerlina Quux"});
  EXPECT_EQ(after("Will wrote from will@example.org"), Found{});
  EXPECT_EQ(after("Zerlina wrote from info@zerlina.example"), Found{});
}

TEST_F(RulesTest, AWordOfAPersonIsOneEverywhere) {
  EXPECT_EQ(after("Zerlina Quux left. Later Quux came back.", "Zerlina Quux"),
            (Found{"PERSON Zerlina Quux", "PERSON Quux"}));
  EXPECT_EQ(after("Will Quux left. Will it rain?", "Will Quux"), Found{"PERSON Will Quux"});
}

TEST_F(RulesTest, ACommaOrLineEndBetweenTwoPartsOfAnAddressBelongsToIt) {
  EXPECT_EQ(after("12 Old Mill Road\n7 New Mill Lane"),
            Found{"ADDRESS 12 Old Mill Road\n7 New Mill Lane"});
}

TEST_F(RulesTest, TwoFullNamesAroundAndAreTwoPersons) {
  const Found two = {"PERSON Ada Quill", "PERSON Ada Quill"};
  EXPECT_EQ(after("by Ada Quill and Ada Quill.", "Ada Quill and Ada Quill"), two);
  EXPECT_EQ(after("by Ada Quill and Ada Quill.", "Ada Quill and Ada Quill",
                  Label::kBeginOrganization, Label::kInOrganization),
            two);
  EXPECT_EQ(after("by Quill and Brandt.", "Quill and Brandt", Label::kBeginOrganization,
                  Label::kInOrganization),
            Found{"ORGANIZATION Quill and Brandt"});
}

TEST_F(RulesTest, ALongMixOfDigitsAndLettersIsNoName) {
  EXPECT_EQ(after("commit a03fd0d12fcf is in", "a03fd0d12fcf", Label::kBeginLocation), Found{});
  EXPECT_EQ(after("the 4x4x4 is in", "4x4x4", Label::kBeginOrganization),
            Found{"ORGANIZATION 4x4x4"});
}

TEST_F(RulesTest, AWordThatOnlyBeginsTheSentenceIsNotPartOfAPerson) {
  EXPECT_EQ(after("Customer Koelpin complained.", "Customer Koelpin"), Found{"PERSON Koelpin"});
  EXPECT_EQ(after("Ada Koelpin complained.", "Ada Koelpin"), Found{"PERSON Ada Koelpin"});
  EXPECT_EQ(after("the Customer Koelpin", "Customer Koelpin"), Found{"PERSON Customer Koelpin"});
}

TEST_F(RulesTest, NamesOfThingsAreTakenAway) {
  EXPECT_EQ(after("sent as JSON to us", "JSON", Label::kBeginOrganization), Found{});
  EXPECT_EQ(after("sent by JSON Brandt", "JSON Brandt"), Found{"PERSON JSON Brandt"});
  EXPECT_EQ(after("call getUserById(7)", "getUserById", Label::kBeginOrganization), Found{});
  EXPECT_EQ(after("call McArthur (7)", "McArthur"), Found{"PERSON McArthur"});
  EXPECT_EQ(after("set MAX_RETRIES to", "MAX_RETRIES"), Found{});
  EXPECT_EQ(after("dir Tove_Brandt is", "Tove_Brandt"), Found{"PERSON Tove_Brandt"});
}

TEST_F(RulesTest, AHandleIsNoName) {
  EXPECT_EQ(after("ask @Brandt about it", "Brandt"), Found{});
  EXPECT_EQ(after("ask tove@Brandt about it", "Brandt"), Found{"PERSON Brandt"});
}

TEST_F(RulesTest, WhoFoundADiseaseIsNotMeantByIt) {
  EXPECT_EQ(after("a Cushing syndrome", "Cushing"), Found{});
  EXPECT_EQ(after("a Hodgkin's lymphoma", "Hodgkin"), Found{});
  EXPECT_EQ(after("it is Ada's disease", "Ada"), Found{"PERSON Ada"});
}

TEST_F(RulesTest, WhatFirmsHaveBehindTheirNamesMakesAFirm) {
  EXPECT_EQ(after("da Ermini s.r.l. a", "Ermini"), Found{"ORGANIZATION Ermini s.r.l."});
  EXPECT_EQ(after("da Ermini e figli a", "Ermini"), Found{"ORGANIZATION Ermini e figli"});
  EXPECT_EQ(after("da Ada e figli a", "Ada"), Found{"PERSON Ada"});
  EXPECT_EQ(after("da Ermini s.r.x. a", "Ermini"), Found{"PERSON Ermini"});
}

}  // namespace
}  // namespace sally::content::names
