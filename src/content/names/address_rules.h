// Rules for postal addresses: what a street with its number proves, and how far an address goes on.
#pragma once

#include "content/names/labelled_tokens.h"

namespace sally::content::names {

// Corrects `tokens`' labels: finds streets with numbers in the forms of some fifteen languages, has
// an address go on over flat, postcode and town, and takes away what is a telephone number or has
// no number at all.
void apply_address_rules(LabelledTokens& tokens);

}  // namespace sally::content::names
