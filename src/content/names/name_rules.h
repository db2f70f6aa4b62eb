// Rules behind the model: what a form proves whatever the weights say.
#pragma once

#include <span>
#include <string_view>

#include "content/names/features.h"
#include "content/names/labels.h"

namespace sally::content::names {

// Corrects `labels`, which are those of the tokens of `piece` between its edges. `text` is the
// piece.
void apply_rules(std::string_view text, const Piece& piece, std::span<Label> labels);

}  // namespace sally::content::names
