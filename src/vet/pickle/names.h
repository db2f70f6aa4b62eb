// What is known of the names that pickles ask for: two tables, allowed.def and dangerous.def, and
// what a name that is in neither may be.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sally::vet::pickle {

// What may be done with an allowed name.
enum class Role : uint8_t {
  kReferenced,  // kept, not called
  kClass,       // instances of it are made, by any opcode
  kCalled,      // called, with any arguments
  kCaller,      // called; what it is given is called in turn, and judged
  kType,        // builtins.type
  kAttribute,   // getattr and its kin
  kImporter,    // imports a module by its name
  kNested,      // reads a file from octets
  kOutside,     // reads another file
  kBuilds,      // makes functions from code: what it makes runs when the model is used
};

// What a dangerous name does.
enum class Danger : uint8_t {
  kRunsPrograms,
  kRunsCode,
  kBuildsCode,
  kImports,
  kLoads,
  kFiles,
  kNetwork,
  kNative,
  kPatches,
  kCallsBack,
};
std::string_view what_it_does(Danger danger);  // `runs programs`

// Where a name that is in no table comes from.
enum class Origin : uint8_t {
  kStandard,  // the standard library
  kLibrary,   // a library of models whose functions for models are in the table
  kOther,
};

struct Standing {
  std::optional<Role> role = {};
  std::optional<Danger> danger = {};
  std::string reached = {};  // the dangerous name, where attributes lead to it
  Origin origin = Origin::kOther;
  bool dunder = false;    // leads through `__attributes__`
  bool dotted = false;    // leads through attributes
  bool constant = false;  // is written as constants are
  bool a_class = false;   // is written as classes are
  bool telling = false;   // its words are those of functions that run or fetch something
};

// Of `module.name`, as find_class() would get it.
Standing standing_of(std::string_view module, std::string_view name);
// Whether `module` could be imported: names with `.` between.
bool is_module_name(std::string_view module);
// Whether `module` belongs to the standard library or to a library that is known.
bool is_known_module(std::string_view module);

}  // namespace sally::vet::pickle
