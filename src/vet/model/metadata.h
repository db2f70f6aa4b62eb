// Texts that describe a model: nothing should run them, but those who show or evaluate them do.
#pragma once

#include <cstdint>
#include <string_view>

#include "vet/examination.h"

namespace sally::vet::model {

// Judges `text`, which stands at `offset` of what is examined and is called `where`: statements of
// Python that run programs, scripts of a page, what is hidden as base64, Jinja. Prose that names
// such things is none of them.
void judge_metadata(std::string_view text, uint64_t offset, std::string_view where,
                    Examination& examination);

// A statement in `text` that runs a program or code: the statement; empty: none.
std::string_view statement_that_runs(std::string_view text);

}  // namespace sally::vet::model
