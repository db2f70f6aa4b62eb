#include "content/names/address_rules.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sally::content::names {
namespace {

using Found = std::vector<std::string>;

// The addresses in `text`, of which a model took `seen` for `label`.
Found addresses(std::string_view text, std::string_view seen = "",
                Label label = Label::kBeginLocation) {
  static const Gazetteer lists = Gazetteer::build(
      {{word_hash("plain"), flag(WordBit::kStreet)}, {word_hash("via"), flag(WordBit::kCommon)}});
  Piece piece;
  piece.read(text, 0, lists);
  std::vector<Label> labels(piece.end() - piece.first(), Label::kOutside);
  LabelledTokens tokens(text, piece, labels);
  const size_t from = text.find(seen);
  for (size_t i = 0; i < labels.size() && !seen.empty(); ++i) {
    if (tokens[i].begin >= from && tokens[i].end <= from + seen.size()) {
      labels[i] = label;
    }
  }
  apply_address_rules(tokens);
  Found out;
  for (size_t i = 0; i < labels.size(); ++i) {
    const size_t begin = tokens[i].begin;
    while (i < labels.size() && labels[i] == Label::kAddress) {
      ++i;
    }
    if (i > 0 && labels[i - 1] == Label::kAddress) {
      out.emplace_back(text.substr(begin, tokens[i - 1].end - begin));
    }
  }
  return out;
}

TEST(AddressRules, ANumberANameAndAStreetWordAreAStreet) {
  EXPECT_EQ(addresses("at 12 Old Mill Road today"), Found{"12 Old Mill Road"});
  EXPECT_EQ(addresses("at 29 Queen's Road."), Found{"29 Queen's Road"});
  EXPECT_EQ(addresses("we took Mill Road"), Found{});
}

TEST(AddressRules, AWordOfTheListsIsAStreetAtTheEndOnly) {
  EXPECT_EQ(addresses("to 41905 Bernhard Plain."), Found{"41905 Bernhard Plain"});
  EXPECT_EQ(addresses("the 12 Great Plain Indians"), Found{});
  EXPECT_EQ(addresses("the 1905 Great Plain."), Found{});
}

TEST(AddressRules, AFrenchStreetStandsBehindItsNumber) {
  EXPECT_EQ(addresses("au 49, chemin Guillou, 59927 Foucher"),
            Found{"49, chemin Guillou, 59927 Foucher"});
  EXPECT_EQ(addresses("boulevard Bertrand Jacquet, 43 764 Jourdan"),
            Found{"boulevard Bertrand Jacquet, 43 764 Jourdan"});
  EXPECT_EQ(addresses("la rue Bayen est belle"), Found{});
}

TEST(AddressRules, ASouthernOrPolishStreetStandsBeforeItsNumber) {
  EXPECT_EQ(addresses("in Camino de Felix Cabanillas 30."), Found{"Camino de Felix Cabanillas 30"});
  EXPECT_EQ(addresses("al. Niepodległości 27/65, 73-456 Mikołów"),
            Found{"al. Niepodległości 27/65, 73-456 Mikołów"});
  EXPECT_EQ(addresses("Al Gore 24 said so"), Found{});
  EXPECT_EQ(addresses("it came via Python 3 and"), Found{});
  EXPECT_EQ(addresses("Piazza Roma 1907 was"), Found{});
}

TEST(AddressRules, AGermanOrDutchStreetEndsAsStreetsDo) {
  EXPECT_EQ(addresses("Karl-Marx-Straße 12a, 10115 Berlin"),
            Found{"Karl-Marx-Straße 12a, 10115 Berlin"});
  EXPECT_EQ(addresses("naar Wessellaan 43, 7962 JL, Gieterveen", "Gieterveen"),
            Found{"Wessellaan 43, 7962 JL, Gieterveen"});
  EXPECT_EQ(addresses("auf Platz 3 steht"), Found{});
  EXPECT_EQ(addresses("the Watergate 1972"), Found{});
}

TEST(AddressRules, ANameANumberAPostcodeAndATownAreAnAddress) {
  EXPECT_EQ(addresses("an Provaznická 17, 182 30 Litomyšl."),
            Found{"Provaznická 17, 182 30 Litomyšl"});
  EXPECT_EQ(addresses("Section 12, 2020 Edition"), Found{});
}

TEST(AddressRules, AnAddressGoesOnOverFlatPostcodeAndTown) {
  EXPECT_EQ(addresses("12 Mill Road Apt. 7, Springfield, IL 62704 by noon", "Springfield"),
            Found{"12 Mill Road Apt. 7, Springfield, IL 62704"});
  EXPECT_EQ(addresses("12 Mill Road\nOslo\nand more", "Oslo"), Found{"12 Mill Road\nOslo"});
  EXPECT_EQ(addresses("12 Mill Road, Anna said"), Found{"12 Mill Road"});
}

TEST(AddressRules, BoxesAndFieldPostOfficesAreAddresses) {
  EXPECT_EQ(addresses("to P.O. Box 1234, please"), Found{"P.O. Box 1234"});
  EXPECT_EQ(addresses("to PSC 0709, Box 7051, APO AE 47597."),
            Found{"PSC 0709, Box 7051, APO AE 47597"});
  EXPECT_EQ(addresses("USNS Comfort FPO AP 24796"), Found{"USNS Comfort FPO AP 24796"});
}

TEST(AddressRules, WhatIsNoAddressIsTakenAway) {
  EXPECT_EQ(addresses("call 713-664-7478 now", "713-664-7478", Label::kAddress), Found{});
  EXPECT_EQ(addresses("in 2014 New Zealand voted", "2014 New Zealand", Label::kAddress), Found{});
  EXPECT_EQ(addresses("rock, Pop and", "rock, Pop", Label::kAddress), Found{});
  EXPECT_EQ(addresses("1 Bay Rd (989)755", "1 Bay Rd (989)755", Label::kAddress),
            Found{"1 Bay Rd"});
}

TEST(AddressRules, WhoLivesThereIsNoPartOfIt) {
  EXPECT_EQ(addresses("Ada Quill 12 Mill Road", "Ada Quill 12 Mill Road", Label::kAddress),
            Found{"12 Mill Road"});
}

TEST(AddressRules, ATextWithoutCapitalsHasAddressesToo) {
  EXPECT_EQ(addresses("at 12 quillby road apt. 7 today"), Found{"12 quillby road apt. 7"});
  EXPECT_EQ(addresses("in der hauptstraße 12 steht"), Found{"hauptstraße 12"});
  EXPECT_EQ(addresses("nobody at 523 schamberger"), Found{});
  EXPECT_EQ(addresses("MEET AT 12 BERNHARD PLAIN"), Found{"12 BERNHARD PLAIN"});
}

}  // namespace
}  // namespace sally::content::names
